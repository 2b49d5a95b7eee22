-- The tables of paywelcome.refunds, version 2, for an empty database and for one of version 1. Columns and tables are only
-- ever added.

CREATE TABLE IF NOT EXISTS paywelcome_payment (
    mid TEXT NOT NULL, -- 가맹점ID
    tid TEXT NOT NULL, -- 거래ID of the approval
    pay_type TEXT NOT NULL, -- 결제수단
    currency TEXT NOT NULL, -- WON, or USD in cents
    paid INTEGER NOT NULL, -- what was approved
    remaining INTEGER NOT NULL, -- what remains after the refunds that are done
    asked INTEGER NOT NULL, -- the sum of the refunds that have not ended
    open_refund TEXT, -- the refund that has the payment, of which something may be under way
    suspect INTEGER NOT NULL, -- 1 after a restore, until a person says what remains
    version INTEGER NOT NULL, -- grows with each write
    writer INTEGER NOT NULL, -- who wrote last
    created_at INTEGER NOT NULL, -- times are milliseconds since 1970, UTC
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (mid, tid)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS paywelcome_refund (
    mid TEXT NOT NULL,
    refund_key TEXT NOT NULL, -- the name that the caller gave the refund
    tid TEXT NOT NULL,
    amount INTEGER NOT NULL, -- what is to go back
    tax INTEGER, -- 부가세
    taxfree INTEGER, -- 비과세
    reference TEXT,
    batch TEXT,
    state TEXT NOT NULL, -- requested, sending, unknown, review, done, declined or void
    operation TEXT, -- cancel or partial_cancel
    confirm_price INTEGER, -- what is to remain; it stays while anything may be under way
    attempts INTEGER NOT NULL,
    in_a_row INTEGER NOT NULL,
    token INTEGER NOT NULL, -- names the latest attempt
    maybe_sent INTEGER NOT NULL, -- how many attempts may have left
    awaited INTEGER NOT NULL, -- 1 while the end of the latest attempt is not told
    sent_at INTEGER, -- from when on it may have been sent
    lease_over INTEGER NOT NULL, -- until when the worker has it to itself
    quiet_over INTEGER NOT NULL, -- until when what left may still arrive
    due_at INTEGER, -- when a worker should look; null where none can do anything
    pauses INTEGER NOT NULL,
    note TEXT, -- why it stands where it stands
    evidence TEXT, -- answer, operator or statement
    outcome TEXT, -- what was heard of an attempt last, in the words of the client
    kind TEXT,
    message TEXT,
    result_code TEXT,
    result_msg TEXT,
    http_status INTEGER,
    signed_timestamp TEXT,
    cancel_tid TEXT,
    cancelled_at TEXT,
    raw TEXT,
    body_excerpt TEXT,
    ruling TEXT, -- what a person decided last
    ruled_by TEXT,
    ruling_note TEXT,
    requested_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    ended_at INTEGER,
    writer INTEGER NOT NULL, -- who wrote it down
    PRIMARY KEY (mid, refund_key)
);

CREATE INDEX IF NOT EXISTS paywelcome_refund_due ON paywelcome_refund (mid, due_at) WHERE due_at IS NOT NULL;

CREATE INDEX IF NOT EXISTS paywelcome_refund_review ON paywelcome_refund (mid, updated_at) WHERE state = 'review';

CREATE INDEX IF NOT EXISTS paywelcome_refund_payment ON paywelcome_refund (mid, tid);

CREATE INDEX IF NOT EXISTS paywelcome_refund_batch ON paywelcome_refund (mid, batch, state, ended_at, amount) WHERE batch IS NOT NULL;

CREATE INDEX IF NOT EXISTS paywelcome_refund_batch_due ON paywelcome_refund (mid, batch, due_at) WHERE due_at IS NOT NULL;

CREATE TABLE IF NOT EXISTS paywelcome_attempt (
    mid TEXT NOT NULL,
    refund_key TEXT NOT NULL,
    entry INTEGER NOT NULL, -- grows
    what TEXT NOT NULL, -- sent, answer, review, ruling, restored, doubted or statement
    token INTEGER NOT NULL,
    state TEXT NOT NULL, -- the state of the refund afterwards
    note TEXT,
    operation TEXT,
    amount INTEGER NOT NULL,
    confirm_price INTEGER,
    ruling TEXT,
    ruled_by TEXT,
    ruling_note TEXT,
    remaining INTEGER, -- as a person saw it
    at INTEGER NOT NULL,
    outcome TEXT,
    kind TEXT,
    message TEXT,
    result_code TEXT,
    result_msg TEXT,
    http_status INTEGER,
    signed_timestamp TEXT,
    cancel_tid TEXT,
    cancelled_at TEXT,
    raw TEXT,
    body_excerpt TEXT,
    PRIMARY KEY (mid, refund_key, entry)
);

CREATE TABLE IF NOT EXISTS paywelcome_batch (
    mid TEXT NOT NULL,
    batch TEXT NOT NULL, -- the name that the refunds carry
    state TEXT NOT NULL, -- running or paused; a batch without a row is running
    gap_us INTEGER, -- microseconds between two starts, of all workers together; null for no pace
    next_at_us INTEGER, -- from when on the next may start, in microseconds since 1970
    most_in_a_row INTEGER, -- it pauses by itself after so many in a row that are not done; null for never
    most_percent INTEGER, -- it pauses by itself where so many of a hundred are not done; null for never
    recent TEXT NOT NULL, -- how the last 200 attempts ended: d done, c declined, u unknown, r review, x its worker died
    paused_by TEXT,
    pause_note TEXT,
    pause_reason TEXT, -- person, in_a_row or share
    paused_at INTEGER,
    resumed_by TEXT, -- who let it continue last
    resumed_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL, -- grows with each write but those of its pace and of how attempts end
    writer INTEGER NOT NULL,
    PRIMARY KEY (mid, batch)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS paywelcome_schema (
    version INTEGER NOT NULL,
    installed_at INTEGER NOT NULL,
    PRIMARY KEY (version)
) WITHOUT ROWID;

INSERT INTO paywelcome_schema (version, installed_at) SELECT 2, CAST(round((julianday('now') - 2440587.5) * 86400000.0) AS integer) WHERE true ON CONFLICT (version) DO NOTHING;
