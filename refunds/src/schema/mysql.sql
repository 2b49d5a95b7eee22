-- The tables of paywelcome.refunds, version 2, for an empty database and for one of version 1. Columns and tables are only
-- ever added.

-- They want InnoDB; keys are compared byte by byte.

CREATE TABLE IF NOT EXISTS paywelcome_payment (
    mid varchar(10) NOT NULL, -- 가맹점ID
    tid varchar(40) NOT NULL, -- 거래ID of the approval
    pay_type varchar(100) NOT NULL, -- 결제수단
    currency varchar(100) NOT NULL, -- WON, or USD in cents
    paid bigint NOT NULL, -- what was approved
    remaining bigint NOT NULL, -- what remains after the refunds that are done
    asked bigint NOT NULL, -- the sum of the refunds that have not ended
    open_refund varchar(100), -- the refund that has the payment, of which something may be under way
    suspect smallint NOT NULL, -- 1 after a restore, until a person says what remains
    version bigint NOT NULL, -- grows with each write
    writer bigint NOT NULL, -- who wrote last
    created_at bigint NOT NULL, -- times are milliseconds since 1970, UTC
    updated_at bigint NOT NULL,
    PRIMARY KEY (mid, tid)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS paywelcome_refund (
    mid varchar(10) NOT NULL,
    refund_key varchar(100) NOT NULL, -- the name that the caller gave the refund
    tid varchar(40) NOT NULL,
    amount bigint NOT NULL, -- what is to go back
    tax bigint, -- 부가세
    taxfree bigint, -- 비과세
    reference varchar(200),
    batch varchar(100),
    state varchar(100) NOT NULL, -- requested, sending, unknown, review, done, declined or void
    operation varchar(100), -- cancel or partial_cancel
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
    note varchar(100), -- why it stands where it stands
    evidence varchar(100), -- answer, operator or statement
    outcome varchar(100), -- what was heard of an attempt last, in the words of the client
    kind varchar(100),
    message text,
    result_code varchar(100),
    result_msg text,
    http_status smallint,
    signed_timestamp varchar(100),
    cancel_tid varchar(100),
    cancelled_at varchar(100),
    raw longtext,
    body_excerpt text,
    ruling varchar(100), -- what a person decided last
    ruled_by varchar(100),
    ruling_note text,
    requested_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    ended_at bigint,
    writer bigint NOT NULL, -- who wrote it down
    PRIMARY KEY (mid, refund_key),
    KEY paywelcome_refund_due (mid, due_at),
    KEY paywelcome_refund_state (mid, state),
    KEY paywelcome_refund_payment (mid, tid),
    KEY paywelcome_refund_batch (mid, batch, state, ended_at, amount),
    KEY paywelcome_refund_batch_due (mid, batch, due_at)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The keys that a table of version 1 lacks: MySQL has no CREATE INDEX IF NOT EXISTS.

SET @paywelcome = (SELECT if(count(*) = 0, 'ALTER TABLE paywelcome_refund ADD KEY paywelcome_refund_batch (mid, batch, state, ended_at, amount)', 'DO 0') FROM information_schema.statistics WHERE table_schema = database() AND table_name = 'paywelcome_refund' AND index_name = 'paywelcome_refund_batch');

PREPARE paywelcome FROM @paywelcome;

EXECUTE paywelcome;

DEALLOCATE PREPARE paywelcome;

SET @paywelcome = (SELECT if(count(*) = 0, 'ALTER TABLE paywelcome_refund ADD KEY paywelcome_refund_batch_due (mid, batch, due_at)', 'DO 0') FROM information_schema.statistics WHERE table_schema = database() AND table_name = 'paywelcome_refund' AND index_name = 'paywelcome_refund_batch_due');

PREPARE paywelcome FROM @paywelcome;

EXECUTE paywelcome;

DEALLOCATE PREPARE paywelcome;

CREATE TABLE IF NOT EXISTS paywelcome_attempt (
    mid varchar(10) NOT NULL,
    refund_key varchar(100) NOT NULL,
    entry bigint NOT NULL, -- grows
    what varchar(100) NOT NULL, -- sent, answer, review, ruling, restored, doubted or statement
    token bigint NOT NULL,
    state varchar(100) NOT NULL, -- the state of the refund afterwards
    note varchar(100),
    operation varchar(100),
    amount bigint NOT NULL,
    confirm_price bigint,
    ruling varchar(100),
    ruled_by varchar(100),
    ruling_note text,
    remaining bigint, -- as a person saw it
    at bigint NOT NULL,
    outcome varchar(100),
    kind varchar(100),
    message text,
    result_code varchar(100),
    result_msg text,
    http_status smallint,
    signed_timestamp varchar(100),
    cancel_tid varchar(100),
    cancelled_at varchar(100),
    raw longtext,
    body_excerpt text,
    PRIMARY KEY (mid, refund_key, entry)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS paywelcome_batch (
    mid varchar(10) NOT NULL,
    batch varchar(100) NOT NULL, -- the name that the refunds carry
    state varchar(100) NOT NULL, -- running or paused; a batch without a row is running
    gap_us bigint, -- microseconds between two starts, of all workers together; null for no pace
    next_at_us bigint, -- from when on the next may start, in microseconds since 1970
    most_in_a_row bigint, -- it pauses by itself after so many in a row that are not done; null for never
    most_percent bigint, -- it pauses by itself where so many of a hundred are not done; null for never
    recent varchar(200) NOT NULL, -- how the last 200 attempts ended: d done, c declined, u unknown, r review, x its worker died
    paused_by varchar(100),
    pause_note text,
    pause_reason varchar(100), -- person, in_a_row or share
    paused_at bigint,
    resumed_by varchar(100), -- who let it continue last
    resumed_at bigint,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    version bigint NOT NULL, -- grows with each write but those of its pace and of how attempts end
    writer bigint NOT NULL,
    PRIMARY KEY (mid, batch)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS paywelcome_schema (
    version bigint NOT NULL,
    installed_at bigint NOT NULL,
    PRIMARY KEY (version)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

INSERT INTO paywelcome_schema (version, installed_at) SELECT 2, timestampdiff(MICROSECOND, '1970-01-01 00:00:00', utc_timestamp(3)) DIV 1000 ON DUPLICATE KEY UPDATE version = paywelcome_schema.version;
