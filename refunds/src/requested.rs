//! The statements by which refunds are recorded, many at once, and by which it is told why some were not.

use serde_json::{Value as Json, json};

use crate::dialect::Dialect;
use crate::ledger::Ledger;
use crate::record::{Columns, Record, columns};
use crate::refused::Refused;
use crate::statement::{Statement, Value, number, text};
use crate::work::{Io, Row};

const PAYMENT: &str = "INSERT INTO paywelcome_payment (mid, tid, pay_type, currency, paid, remaining, asked, open_refund, suspect, \
     version, writer, created_at, updated_at) SELECT {t}, j.tid, min(j.pay_type), min(j.currency), min(j.paid), \
     min(j.remaining), 0, NULL, 0, 1, 0, {now}, {now}";
const REFUND: &str = "INSERT INTO paywelcome_refund (mid, refund_key, tid, amount, tax, taxfree, reference, batch, state, attempts, \
     in_a_row, token, maybe_sent, awaited, lease_over, quiet_over, due_at, pauses, requested_at, updated_at, writer) \
     SELECT {t}, j.k, j.tid, j.amount, j.tax, j.taxfree, j.reference, j.batch, 'requested', 0, 0, 0, 0, 0, 0, 0, {now}, 0, \
     {now}, {now}, {i}";
/// What is asked of each payment by the rows up to one, that one among them.
const SO_FAR: &str = "sum(j.amount) OVER (PARTITION BY j.tid ORDER BY j.n) AS so_far";
/// The row agrees with its payment, of which enough is left.
const AGREES: &str =
    "p.paid = j.paid AND p.currency = j.currency AND p.pay_type = j.pay_type AND j.so_far <= p.remaining - p.asked";
/// The row's key is new.
const NEW: &str = "NOT EXISTS (SELECT 1 FROM paywelcome_refund r WHERE r.mid = {t} AND r.refund_key = j.k)";

/// Writes rows down; what is known already, or asks for too much, is left out. Gives how many were written, where the
/// database tells. `writer` is a number that no other write has.
///
/// Payments are locked in the order of their tids, so that two transactions don't wait for each other.
pub(crate) async fn write(ledger: &Ledger, io: &Io, rows: &Value, writer: u64) -> Result<Option<usize>, Refused> {
    if ledger.dialect == Dialect::Postgres {
        return write_at_once(ledger, io, rows, writer).await.map(Some);
    }
    let dialect = ledger.dialect;
    let mid = || text(&*ledger.mid);
    let (touch, keep) = match dialect {
        Dialect::Mysql => (
            "ON DUPLICATE KEY UPDATE version = paywelcome_payment.version + 1",
            "ON DUPLICATE KEY UPDATE refund_key = paywelcome_refund.refund_key",
        ),
        _ => (TOUCH, KEEP),
    };
    let payments = format!("{PAYMENT} FROM {{rows}} WHERE {NEW} GROUP BY j.tid ORDER BY j.tid {touch}");
    let refunds = format!(
        "{REFUND} FROM (SELECT j.*, {SO_FAR} FROM {{rows}} WHERE {NEW}) AS j \
         JOIN paywelcome_payment p ON p.mid = {{t}} AND p.tid = j.tid WHERE {AGREES} {keep}"
    );
    let asked = match dialect {
        Dialect::Mysql => Statement::new(
            dialect,
            "UPDATE paywelcome_payment p JOIN (SELECT r.tid AS tid, CAST(sum(r.amount) AS signed) AS amount FROM {rows} \
             JOIN paywelcome_refund r ON r.mid = {t} AND r.refund_key = j.k WHERE r.writer = {i} GROUP BY r.tid) AS s \
             ON p.tid = s.tid SET p.asked = p.asked + s.amount WHERE p.mid = {t}",
            vec![rows.clone(), mid(), number(writer), mid()],
        ),
        // What is joined in an UPDATE is gone through once for each payment.
        _ => Statement::new(
            dialect,
            "UPDATE paywelcome_payment SET asked = asked + coalesce((SELECT sum(r.amount) FROM paywelcome_refund r \
             WHERE r.mid = paywelcome_payment.mid AND r.tid = paywelcome_payment.tid AND r.writer = {i}), 0) \
             WHERE mid = {t} AND tid IN (SELECT j.tid FROM {rows})",
            vec![number(writer), mid(), rows.clone()],
        ),
    };
    io.query(vec![
        Statement::new(dialect, &payments, vec![mid(), rows.clone(), mid()]),
        Statement::new(dialect, &refunds, vec![mid(), number(writer), rows.clone(), mid(), mid()]),
        asked,
    ])
    .await?;
    Ok(None)
}

const TOUCH: &str = "ON CONFLICT (mid, tid) DO UPDATE SET version = paywelcome_payment.version + 1";
const KEEP: &str = "ON CONFLICT (mid, refund_key) DO NOTHING";

/// Reads the rows once, and adds up what was written: of tables that have just grown `PostgreSQL` has no statistics, and
/// would go through all of them.
async fn write_at_once(ledger: &Ledger, io: &Io, rows: &Value, writer: u64) -> Result<usize, Refused> {
    let mid = || text(&*ledger.mid);
    // What has an offset stays a question of its own for each row, which an index answers.
    let new = NEW.replace("j.k)", "j.k OFFSET 0)");
    let template = format!(
        "WITH j AS MATERIALIZED (SELECT j.* FROM {{rows}} WHERE {new}), \
         p AS ({PAYMENT} FROM j GROUP BY j.tid ORDER BY j.tid {TOUCH} RETURNING tid, paid, currency, pay_type, remaining, asked), \
         r AS ({REFUND} FROM (SELECT j.*, {SO_FAR} FROM j) AS j JOIN p ON p.tid = j.tid WHERE {AGREES} {KEEP} \
         RETURNING tid, amount) \
         SELECT tid, CAST(sum(amount) AS text) AS amount, CAST(count(*) AS text) AS refunds FROM r GROUP BY tid"
    );
    let values = vec![rows.clone(), mid(), mid(), mid(), number(writer)];
    let written = io.query(vec![Statement::new(ledger.dialect, &template, values)]).await?;
    let (mut asked, mut count) = (Vec::with_capacity(written.len()), 0);
    for row in written {
        let mut row = Columns(row.into_iter());
        asked.push(json!({ "tid": row.text("tid")?, "amount": row.number("amount")? }));
        count += usize::try_from(row.number("refunds")?).unwrap_or_default();
    }
    if !asked.is_empty() {
        let template = "UPDATE paywelcome_payment SET asked = asked + s.amount \
                        FROM json_to_recordset(CAST({t} AS json)) AS s (tid text, amount bigint) \
                        WHERE paywelcome_payment.mid = {t} AND paywelcome_payment.tid = s.tid";
        let values = vec![text(Json::Array(asked).to_string()), mid()];
        io.query(vec![Statement::new(ledger.dialect, template, values)]).await?;
    }
    Ok(count)
}

/// What is known of a payment whose refund was not recorded.
pub(crate) struct KnownPayment {
    pub(crate) pay_type: String,
    pub(crate) currency: String,
    pub(crate) paid: u64,
    pub(crate) remaining: u64,
    pub(crate) asked: u64,
}

/// How rows stand now; with a writer, only those that it has not written.
pub(crate) fn explain(ledger: &Ledger, rows: &Value, not_of: Option<u64>) -> Statement {
    let dialect = ledger.dialect;
    let others = if not_of.is_some() { " WHERE r.writer IS NULL OR r.writer <> {i}" } else { "" };
    // Another transaction may have written it after this one began to read.
    let lock = if dialect == Dialect::Mysql { " LOCK IN SHARE MODE" } else { "" };
    let template = format!(
        "SELECT CAST(j.n AS {{as}}) AS n, {}, CAST(q.pay_type AS {{as}}) AS q_pay_type, CAST(q.currency AS {{as}}) AS q_currency, \
         CAST(q.paid AS {{as}}) AS q_paid, CAST(q.remaining AS {{as}}) AS q_remaining, CAST(q.asked AS {{as}}) AS q_asked \
         FROM {{rows}} LEFT JOIN paywelcome_refund r ON r.mid = {{t}} AND r.refund_key = j.k \
         LEFT JOIN paywelcome_payment p ON p.mid = r.mid AND p.tid = r.tid \
         LEFT JOIN paywelcome_payment q ON q.mid = {{t}} AND q.tid = j.tid{others} ORDER BY j.n{lock}",
        columns(dialect)
    );
    let mid = text(&*ledger.mid);
    let mut values = vec![rows.clone(), mid.clone(), mid];
    values.extend(not_of.map(number));
    Statement::new(dialect, &template, values)
}

pub(crate) type Found = (usize, Result<Record, KnownPayment>);

/// Reads a row of [`explain`]: the refund that is known, or else the payment.
pub(crate) fn read(mut row: Row) -> Result<Found, Refused> {
    let mut payment = Columns(row.split_off(row.len().saturating_sub(5)).into_iter());
    let mut row = row.into_iter();
    let place = Columns(vec![row.next().flatten()].into_iter()).number("n")?;
    let place = usize::try_from(place).unwrap_or(usize::MAX);
    let row: Row = row.collect();
    // The refund's key, after the time and the payment's columns.
    if row.get(9).is_some_and(Option::is_some) {
        return Ok((place, Ok(Record::read(row)?)));
    }
    let payment = KnownPayment {
        pay_type: payment.text("pay_type")?,
        currency: payment.text("currency")?,
        paid: payment.number("paid")?,
        remaining: payment.number("remaining")?,
        asked: payment.number("asked")?,
    };
    Ok((place, Err(payment)))
}
