-- The tables of paywelcome.refunds, version 2, for an empty database and for one of version 1. Columns and tables are only
-- ever added.

CREATE TABLE IF NOT EXISTS paywelcome_payment (
    mid text NOT NULL, -- 가맹점ID
    tid text NOT NULL, -- 거래ID of the approval
    pay_type text NOT NULL, -- 결제수단
    currency text NOT NULL, -- WON, or USD in cents
    paid bigint NOT NULL, -- what was approved
    remaining bigint NOT NULL, -- what remains after the refunds that are done
    asked bigint NOT NULL, -- the sum of the refunds that have not ended
    open_refund text, -- the refund that has the payment, of which something may be under way
    suspect smallint NOT NULL, -- 1 after a restore, until a person says what remains
    version bigint NOT NULL, -- grows with each write
    writer bigint NOT NULL, -- who wrote last
    created_at bigint NOT NULL, -- times are milliseconds since 1970, UTC
    updated_at bigint NOT NULL,
    PRIMARY KEY (mid, tid)
);

CREATE TABLE IF NOT EXISTS paywelcome_refund (
    mid text NOT NULL,
    refund_key text NOT NULL, -- the name that the caller gave the refund
    tid text NOT NULL,
    amount bigint NOT NULL, -- what is to go back
    tax bigint, -- 부가세
    taxfree bigint, -- 비과세
    reference text,
    batch text,
    state text NOT NULL, -- requested, sending, unknown, review, done, declined or void
    operation text, -- cancel or partial_cancel
    confirm_price bigint, -- what is to remain; it stays while anything may be under way
    attempts bigint NOT NULL,
    in_a_row bigint NOT NULL,
    token bigint NOT NULL, -- names the latest attempt
    maybe_sent bigint NOT NULL, -- how many attempts may have left
    awaited smallint NOT NULL, -- 1 while the end of the latest attempt is not told
    sent_at bigint, -- from when on it may have been sent
    lease_over bigint NOT NULL, -- until when the worker has it to itself
    quiet_over bigint NOT NULL, -- until when what left may still arrive
    due_at bigint, -- when a worker should look; null where none can do anything
    pauses bigint NOT NULL,
    note text, -- why it stands where it stands
    evidence text, -- answer, operator or statement
    outcome text, -- what was heard of an attempt last, in the words of the client
    kind text,
    message text,
    result_code text,
    result_msg text,
    http_status smallint,
    signed_timestamp text,
    cancel_tid text,
    cancelled_at text,
    raw text,
    body_excerpt text,
    ruling text, -- what a person decided last
    ruled_by text,
    ruling_note text,
    requested_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    ended_at bigint,
    writer bigint NOT NULL, -- who wrote it down
    PRIMARY KEY (mid, refund_key)
);

CREATE INDEX IF NOT EXISTS paywelcome_refund_due ON paywelcome_refund (mid, due_at) WHERE due_at IS NOT NULL;

CREATE INDEX IF NOT EXISTS paywelcome_refund_review ON paywelcome_refund (mid, updated_at) WHERE state = 'review';

CREATE INDEX IF NOT EXISTS paywelcome_refund_payment ON paywelcome_refund (mid, tid);

CREATE INDEX IF NOT EXISTS paywelcome_refund_batch ON paywelcome_refund (mid, batch, state, ended_at, amount) WHERE batch IS NOT NULL;

CREATE INDEX IF NOT EXISTS paywelcome_refund_batch_due ON paywelcome_refund (mid, batch, due_at) WHERE due_at IS NOT NULL;

CREATE TABLE IF NOT EXISTS paywelcome_attempt (
    mid text NOT NULL,
    refund_key text NOT NULL,
    entry bigint NOT NULL, -- grows
    what text NOT NULL, -- sent, answer, review, ruling, restored, doubted or statement
    token bigint NOT NULL,
    state text NOT NULL, -- the state of the refund afterwards
    note text,
    operation text,
    amount bigint NOT NULL,
    confirm_price bigint,
    ruling text,
    ruled_by text,
    ruling_note text,
    remaining bigint, -- as a person saw it
    at bigint NOT NULL,
    outcome text,
    kind text,
    message text,
    result_code text,
    result_msg text,
    http_status smallint,
    signed_timestamp text,
    cancel_tid text,
    cancelled_at text,
    raw text,
    body_excerpt text,
    PRIMARY KEY (mid, refund_key, entry)
);

CREATE TABLE IF NOT EXISTS paywelcome_batch (
    mid text NOT NULL,
    batch text NOT NULL, -- the name that the refunds carry
    state text NOT NULL, -- running or paused; a batch without a row is running
    gap_us bigint, -- microseconds between two starts, of all workers together; null for no pace
    next_at_us bigint, -- from when on the next may start, in microseconds since 1970
    most_in_a_row bigint, -- it pauses by itself after so many in a row that are not done; null for never
    most_percent bigint, -- it pauses by itself where so many of a hundred are not done; null for never
    recent text NOT NULL, -- how the last 200 attempts ended: d done, c declined, u unknown, r review, x its worker died
    paused_by text,
    pause_note text,
    pause_reason text, -- person, in_a_row or share
    paused_at bigint,
    resumed_by text, -- who let it continue last
    resumed_at bigint,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    version bigint NOT NULL, -- grows with each write but those of its pace and of how attempts end
    writer bigint NOT NULL,
    PRIMARY KEY (mid, batch)
);

CREATE TABLE IF NOT EXISTS paywelcome_schema (
    version bigint NOT NULL,
    installed_at bigint NOT NULL,
    PRIMARY KEY (version)
);

INSERT INTO paywelcome_schema (version, installed_at) SELECT 2, CAST(floor(extract(epoch FROM statement_timestamp()) * 1000) AS bigint) ON CONFLICT (version) DO NOTHING;
