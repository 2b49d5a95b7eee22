//! The statements.

use crate::dialect::Dialect;
use crate::record::{Heard, Record, Ruled, columns};
use crate::statement::{Statement, Value, number, text};

/// One payment and one of its refunds.
pub(crate) fn load(dialect: Dialect, mid: &str, key: &str) -> Statement {
    let template = format!("SELECT {} {JOINED} WHERE r.mid = {{t}} AND r.refund_key = {{t}}", columns(dialect));
    Statement::new(dialect, &template, vec![text(mid), text(key)])
}

const JOINED: &str = "FROM paywelcome_refund r JOIN paywelcome_payment p ON p.mid = r.mid AND p.tid = r.tid";

/// What is added to the journal of a refund.
#[derive(Debug, Default)]
pub(crate) struct Entry {
    pub(crate) what: &'static str,
    pub(crate) token: u64,
    pub(crate) heard: Heard,
    pub(crate) ruled: Ruled,
    pub(crate) remaining: Option<u64>,
}

/// Records what a record has become, if nobody has changed the payment meanwhile: the last statement gives 1 where
/// it was written, else 0. `writer` is a number that no other write has.
pub(crate) fn write(
    dialect: Dialect,
    mid: &str,
    before: u64,
    after: &Record,
    entry: &Entry,
    writer: u64,
) -> Vec<Statement> {
    let mut payment = after.payment_written();
    payment.push(("writer", "{i}", number(writer)));
    let (sets, mut values) = assignments(&payment);
    values.extend([text(mid), text(&*after.tid), number(before)]);
    let payment =
        (format!("UPDATE paywelcome_payment SET {sets} WHERE mid = {{t}} AND tid = {{t}} AND version = {{i}}"), values);
    let (sets, refund_values) = assignments(&after.refund_written());
    let refund = format!("UPDATE paywelcome_refund SET {sets}");
    let entry = entry_of(mid, after, entry);
    let names: Vec<_> = entry.iter().map(|(name, ..)| *name).collect();
    let places: Vec<_> = entry.iter().map(|(_, place, _)| *place).collect();
    let entry_values: Vec<_> = entry.into_iter().map(|(.., value)| value).collect();
    let insert = format!("INSERT INTO paywelcome_attempt ({}) SELECT {}", names.join(", "), places.join(", "));
    let key = [text(mid), text(&*after.key)];
    if dialect == Dialect::Postgres {
        // One statement is one commit.
        let template = format!(
            "WITH p AS ({} RETURNING 1), r AS ({refund} FROM p WHERE mid = {{t}} AND refund_key = {{t}} RETURNING 1), \
             a AS ({insert} FROM p RETURNING 1) SELECT CAST(count(*) AS text) AS written FROM p",
            payment.0
        );
        let values = [payment.1, refund_values, key.to_vec(), entry_values].concat();
        return vec![Statement::new(dialect, &template, values)];
    }
    let mine = [text(mid), text(&*after.tid), number(after.version), number(writer)];
    let refund = format!("{refund} WHERE mid = {{t}} AND refund_key = {{t}} AND EXISTS (SELECT 1 {MINE})");
    let written = format!("SELECT CAST(count(*) AS {{as}}) AS written {MINE}");
    vec![
        // A write comes first: SQLite lets no read of a transaction turn into a write where others have written.
        Statement::new(dialect, &payment.0, payment.1),
        Statement::new(dialect, &refund, [refund_values, key.to_vec(), mine.to_vec()].concat()),
        Statement::new(dialect, &format!("{insert} {MINE}"), [entry_values, mine.to_vec()].concat()),
        Statement::new(dialect, &written, mine.to_vec()),
    ]
}

/// The payment as this write has left it.
const MINE: &str = "FROM paywelcome_payment WHERE mid = {t} AND tid = {t} AND version = {i} AND writer = {i}";

/// What is null is written as a word, since drivers look at each value, and psycopg reads each statement of more than 50
/// values anew.
fn assignments(written: &[(&'static str, &'static str, Value)]) -> (String, Vec<Value>) {
    let sets: Vec<_> = written
        .iter()
        .map(|(name, place, value)| format!("{name} = {}", if value.is_some() { place } else { "NULL" }))
        .collect();
    (sets.join(", "), written.iter().map(|(.., value)| value).filter(|value| value.is_some()).cloned().collect())
}

/// What is added to the journal, without what is null.
fn entry_of(mid: &str, after: &Record, entry: &Entry) -> Vec<(&'static str, &'static str, Value)> {
    let mut written = vec![
        ("mid", "{t}", text(mid)),
        ("refund_key", "{t}", text(&*after.key)),
        // The payment's version is a number that grows with each write.
        ("entry", "{i}", number(after.version)),
        ("what", "{t}", text(entry.what)),
        ("token", "{i}", number(entry.token)),
        ("state", "{t}", text(after.refund.state.as_str())),
        ("note", "{t}", after.refund.note.map(|note| note.as_str().to_owned())),
        ("operation", "{t}", after.operation.map(|operation| operation.as_str().to_owned())),
        ("amount", "{i}", number(after.refund.amount)),
        ("confirm_price", "{i}", after.refund.confirm.and_then(number)),
        ("ruling", "{t}", entry.ruled.ruling.clone()),
        ("ruled_by", "{t}", entry.ruled.by.clone()),
        ("ruling_note", "{t}", entry.ruled.note.clone()),
        ("remaining", "{i}", entry.remaining.and_then(number)),
        ("at", "{i}", number(after.updated_at)),
    ];
    written.extend(entry.heard.written());
    written.retain(|(.., value)| value.is_some());
    written
}

/// The columns of a journal's entry, in the order in which they are read.
pub(crate) const ENTRY: &str = "entry what token state note operation amount confirm_price ruling ruled_by ruling_note \
                                remaining at outcome kind message result_code result_msg http_status signed_timestamp \
                                cancel_tid cancelled_at raw body_excerpt";

/// What was written into the journal of a refund, from the oldest on.
pub(crate) fn journal(dialect: Dialect, mid: &str, key: &str) -> Statement {
    let columns: Vec<_> = ENTRY.split_whitespace().map(|name| format!("CAST({name} AS {{as}}) AS c_{name}")).collect();
    let template = format!(
        "SELECT {} FROM paywelcome_attempt WHERE mid = {{t}} AND refund_key = {{t}} ORDER BY entry",
        columns.join(", ")
    );
    Statement::new(dialect, &template, vec![text(mid), text(key)])
}

/// What waits for a person, from the longest waiting on.
pub(crate) fn in_review(dialect: Dialect, mid: &str, limit: u64) -> Statement {
    let template = format!(
        "SELECT {} {JOINED} WHERE r.mid = {{t}} AND r.state = 'review' ORDER BY r.updated_at, r.refund_key LIMIT {limit}",
        columns(dialect)
    );
    Statement::new(dialect, &template, vec![text(mid)])
}

/// How many refunds are in each state, and how much they are.
pub(crate) fn counts(dialect: Dialect, mid: &str) -> Statement {
    let template = "SELECT CAST(r.state AS {as}) AS state, CAST(count(*) AS {as}) AS refunds, CAST(sum(amount) AS {as}) AS amount \
                    FROM paywelcome_refund r WHERE mid = {t} GROUP BY r.state";
    Statement::new(dialect, template, vec![text(mid)])
}

/// Keys after `after`, of refunds that have not ended.
pub(crate) fn open(dialect: Dialect, mid: &str, after: &str, limit: u64) -> Statement {
    let template = format!(
        "SELECT CAST(refund_key AS {{as}}) AS refund_key FROM paywelcome_refund WHERE mid = {{t}} AND refund_key > {{t}} \
         AND state IN ('requested', 'sending', 'unknown', 'review') ORDER BY refund_key LIMIT {limit}"
    );
    Statement::new(dialect, &template, vec![text(mid), text(after)])
}

/// All refunds of payments, which are given as the rows of a JSON array.
pub(crate) fn of_payments(dialect: Dialect, mid: &str, payments: Value) -> Statement {
    // The rows come first: left to itself, SQLite goes through all refunds, and for each through the whole array.
    let join = if dialect == Dialect::Mysql { "STRAIGHT_JOIN" } else { "CROSS JOIN" };
    let template = format!(
        "SELECT {} FROM {{rows}} {join} paywelcome_refund r {join} paywelcome_payment p WHERE r.mid = {{t}} AND r.tid = j.tid \
         AND p.mid = r.mid AND p.tid = r.tid ORDER BY r.tid, r.requested_at, r.refund_key",
        columns(dialect)
    );
    Statement::new(dialect, &template, vec![payments, text(mid)])
}

/// What was sent between two times and may have moved money, by keys after `after`.
pub(crate) fn sent(dialect: Dialect, mid: &str, after: &str, (since, until): (u64, u64), limit: u64) -> Statement {
    let template = format!(
        "SELECT {} {JOINED} WHERE r.mid = {{t}} AND r.refund_key > {{t}} AND r.state IN ('done', 'unknown', 'review') \
         AND r.sent_at >= {{i}} AND r.sent_at <= {{i}} ORDER BY r.refund_key LIMIT {limit}",
        columns(dialect)
    );
    Statement::new(dialect, &template, vec![text(mid), text(after), number(since), number(until)])
}

/// Doubts each payment of which something remains.
pub(crate) fn suspect(dialect: Dialect, mid: &str) -> Statement {
    let template = "UPDATE paywelcome_payment SET suspect = 1, version = version + 1, updated_at = {now} \
                    WHERE mid = {t} AND remaining > 0 AND suspect = 0";
    Statement::new(dialect, template, vec![text(mid)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_null_takes_no_value() {
        let (sets, values) = assignments(&[("a", "{i}", None), ("b", "{t}", text("x")), ("c", "{t}", text(""))]);
        assert_eq!((sets.as_str(), values), ("a = NULL, b = {t}, c = {t}", vec![text("x"), text("")]));
    }
}
