//! Giving up what of a paused batch was not sent, a thousand at once.
//!
//! The statements decide what [`step`](crate::step) decides of the ruling *void* on a refund that is requested: a test holds the
//! two against each other. Payments are locked first, by a write. Whoever claims a refund writes its payment, too, so that what
//! is then read of both stays.

use serde_json::{Value as Json, json};

use crate::batch;
use crate::dialect::Dialect;
use crate::ledger::{Ledger, draw};
use crate::record::Columns;
use crate::refused::{Kind, Refused};
use crate::statement::{Statement, Value, number, text};
use crate::work::Io;

/// How many are given up by one transaction.
const CHUNK: u64 = 1_000;

/// Nothing of it was sent, and no worker has it.
const IS_UNSENT: &str = "r.state = 'requested' AND r.maybe_sent = 0";
/// What is recorded of it can be trusted, and the refund does not have it.
const IS_FREE: &str = "p.suspect = 0 AND (p.open_refund IS NULL OR p.open_refund <> r.refund_key)";

/// What a ruling *void* makes of such a refund.
const VOIDED: &str = "state = 'void', due_at = NULL, note = NULL, in_a_row = 0, evidence = 'operator', ruling = 'void', \
                      ruled_by = {t}, ruling_note = {t}, updated_at = {now}, ended_at = {now}, writer = {i}";

/// Gives up what of a batch is requested and was never sent; tells how many these were.
pub(crate) async fn unsent(
    ledger: Ledger,
    io: Io,
    batch: String,
    (by, note): (String, Option<String>),
    seed: u64,
) -> Result<String, Refused> {
    if !batch::is_paused(&ledger, &io, &batch).await? {
        let message =
            format!("batch {batch:?} is running, and its workers may send what is to be given up; pause it first");
        return Err(Refused::new(Kind::Ruling, message));
    }
    let (mut refunds, mut amount) = (0, 0);
    for place in 0.. {
        let found = io.query(vec![some(&ledger, &batch)]).await?;
        if found.is_empty() {
            break;
        }
        let mut rows = Vec::with_capacity(found.len());
        for row in found {
            let mut row = Columns(row.into_iter());
            rows.push(json!({ "k": row.text("refund_key")?, "tid": row.text("tid")? }));
        }
        let rows = text(Json::Array(rows).to_string());
        let written = io.query(give_up(&ledger, &rows, &by, note.as_deref(), draw(seed, place))).await?;
        let mut written = Columns(written.into_iter().next().unwrap_or_default().into_iter());
        let many = written.number("refunds")?;
        amount += written.some_number("amount")?.unwrap_or_default();
        refunds += many;
        // Others have them by now, and those are left.
        if many == 0 {
            break;
        }
    }
    Ok(json!({ "refunds": refunds, "amount": amount }).to_string())
}

/// Some that could be given up.
fn some(ledger: &Ledger, batch: &str) -> Statement {
    let template = format!(
        "SELECT CAST(r.refund_key AS {{as}}) AS refund_key, CAST(r.tid AS {{as}}) AS tid FROM paywelcome_refund r \
         JOIN paywelcome_payment p ON p.mid = r.mid AND p.tid = r.tid \
         WHERE r.mid = {{t}} AND r.batch = {{t}} AND {IS_UNSENT} AND {IS_FREE} LIMIT {CHUNK}"
    );
    Statement::new(ledger.dialect, &template, vec![text(&*ledger.mid), text(batch)])
}

/// Returns those of some up that still can be; the last statement tells how many, and how much, these are.
fn give_up(ledger: &Ledger, rows: &Value, by: &str, note: Option<&str>, writer: u64) -> Vec<Statement> {
    let these = These { dialect: ledger.dialect, mid: text(&*ledger.mid), rows: rows.clone(), writer: number(writer) };
    let mut statements = these.locked();
    statements.extend([these.voided(&text(by), &note.map(str::to_owned)), these.no_longer_asked(), these.noted()]);
    statements.push(these.told());
    statements
}

/// Rows of keys and tids, and a number that no other write has.
struct These {
    dialect: Dialect,
    mid: Value,
    rows: Value,
    writer: Value,
}

impl These {
    fn made(&self, template: &str, values: &[&Value]) -> Statement {
        Statement::new(self.dialect, template, values.iter().map(|value| (*value).clone()).collect())
    }

    /// Locks their payments, in the order of their tids as whoever requests does, so that none waits for the other.
    fn locked(&self) -> Vec<Statement> {
        let Self { mid, rows, writer, .. } = self;
        if self.dialect == Dialect::Mysql {
            let template = "UPDATE paywelcome_payment p JOIN (SELECT DISTINCT j.tid AS tid FROM {rows} ORDER BY j.tid) AS s \
                            ON p.tid = s.tid SET p.version = p.version + 1, p.writer = {i}, p.updated_at = {now} WHERE p.mid = {t}";
            return vec![self.made(template, &[rows, writer, mid])];
        }
        let mut statements = Vec::new();
        if self.dialect == Dialect::Postgres {
            let template = "SELECT p.tid FROM paywelcome_payment p WHERE p.mid = {t} AND p.tid IN (SELECT j.tid FROM {rows}) \
                            ORDER BY p.tid FOR UPDATE";
            statements.push(self.made(template, &[mid, rows]));
        }
        let template = "UPDATE paywelcome_payment SET version = version + 1, writer = {i}, updated_at = {now} \
                        WHERE mid = {t} AND tid IN (SELECT j.tid FROM {rows})";
        statements.push(self.made(template, &[writer, mid, rows]));
        statements
    }

    fn voided(&self, by: &Value, note: &Value) -> Statement {
        let Self { mid, rows, writer, .. } = self;
        let is_locked = format!("{IS_UNSENT} AND p.writer = {{i}} AND {IS_FREE}");
        let of_payment = "paywelcome_payment p";
        let joined = "p.mid = r.mid AND p.tid = r.tid";
        match self.dialect {
            Dialect::Mysql => {
                let sets = format!("r.{}", VOIDED.replace(", ", ", r."));
                let template = format!(
                    "UPDATE paywelcome_refund r JOIN {{rows}} ON r.refund_key = j.k JOIN {of_payment} ON {joined} \
                     SET {sets} WHERE r.mid = {{t}} AND {is_locked}"
                );
                self.made(&template, &[rows, by, note, writer, mid, writer])
            }
            Dialect::Postgres => {
                let template = format!(
                    "UPDATE paywelcome_refund AS r SET {VOIDED} FROM {{rows}}, {of_payment} \
                     WHERE r.mid = {{t}} AND r.refund_key = j.k AND {joined} AND {is_locked}"
                );
                self.made(&template, &[by, note, writer, rows, mid, writer])
            }
            Dialect::Sqlite => {
                let template = format!(
                    "UPDATE paywelcome_refund AS r SET {VOIDED} WHERE r.mid = {{t}} AND r.refund_key IN (SELECT j.k FROM {{rows}}) \
                     AND EXISTS (SELECT 1 FROM {of_payment} WHERE {joined} AND {is_locked})"
                );
                self.made(&template, &[by, note, writer, mid, rows, writer])
            }
        }
    }

    fn no_longer_asked(&self) -> Statement {
        let Self { mid, rows, writer, .. } = self;
        if self.dialect == Dialect::Mysql {
            let template = "UPDATE paywelcome_payment p JOIN (SELECT r.tid AS tid, CAST(sum(r.amount) AS signed) AS amount FROM {rows} \
                            JOIN paywelcome_refund r ON r.mid = {t} AND r.refund_key = j.k WHERE r.writer = {i} GROUP BY r.tid) AS s \
                            ON p.tid = s.tid SET p.asked = p.asked - s.amount WHERE p.mid = {t}";
            return self.made(template, &[rows, mid, writer, mid]);
        }
        let template = "UPDATE paywelcome_payment SET asked = asked - coalesce((SELECT sum(r.amount) FROM paywelcome_refund r \
                        WHERE r.mid = paywelcome_payment.mid AND r.tid = paywelcome_payment.tid AND r.writer = {i}), 0) \
                        WHERE mid = {t} AND tid IN (SELECT j.tid FROM {rows})";
        self.made(template, &[writer, mid, rows])
    }

    /// Those that were given up.
    fn given_up(&self) -> (&'static str, [&Value; 3]) {
        let Self { mid, rows, writer, .. } = self;
        match self.dialect {
            // What is joined would be read anew for each row.
            Dialect::Sqlite => (
                "FROM paywelcome_refund r JOIN paywelcome_payment p ON p.mid = r.mid AND p.tid = r.tid \
                 WHERE r.mid = {t} AND r.refund_key IN (SELECT j.k FROM {rows}) AND r.writer = {i}",
                [mid, rows, writer],
            ),
            Dialect::Postgres | Dialect::Mysql => (
                "FROM {rows} JOIN paywelcome_refund r ON r.mid = {t} AND r.refund_key = j.k \
                 JOIN paywelcome_payment p ON p.mid = r.mid AND p.tid = r.tid WHERE r.writer = {i}",
                [rows, mid, writer],
            ),
        }
    }

    fn noted(&self) -> Statement {
        let (these, values) = self.given_up();
        let template = format!(
            "INSERT INTO paywelcome_attempt (mid, refund_key, entry, what, token, state, operation, amount, confirm_price, \
             ruling, ruled_by, ruling_note, at) SELECT r.mid, r.refund_key, p.version, 'ruling', 0, r.state, r.operation, \
             r.amount, r.confirm_price, r.ruling, r.ruled_by, r.ruling_note, r.updated_at {these}"
        );
        self.made(&template, &values)
    }

    fn told(&self) -> Statement {
        let (these, values) = self.given_up();
        let template =
            format!("SELECT CAST(count(*) AS {{as}}) AS refunds, CAST(sum(r.amount) AS {{as}}) AS amount {these}");
        self.made(&template, &values)
    }
}
