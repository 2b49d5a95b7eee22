//! How the refunds of a merchant fare, cheap enough to be asked for all the time: refunds that have ended are not looked at.

use serde_json::{Map, Value as Json, json};

use crate::dialect::Dialect;
use crate::ledger::Ledger;
use crate::record::Columns;
use crate::refund::State;
use crate::refused::Refused;
use crate::statement::{Statement, text};
use crate::told;
use crate::work::Io;

/// Returns `open` (refunds and their amounts by state), in milliseconds `review_oldest` (for how long the oldest in review has
/// waited) and `due_lag` (for how long a worker could have continued with a refund), null where there is none, and `paused`
/// (why, by batch, where it has refunds that would continue).
pub(crate) async fn health(ledger: Ledger, io: Io) -> Result<String, Refused> {
    let rows = io.query(vec![statement(ledger.dialect, &ledger.mid)]).await?;
    let open = told::STATES.iter().filter(|state| !state.is_ended());
    let mut open: Map<String, Json> =
        open.map(|state| (state.as_str().to_owned(), json!({ "refunds": 0, "amount": 0 }))).collect();
    let (mut review_oldest, mut due_lag, mut paused) = (None, None, Map::new());
    for row in rows {
        let mut row = Columns(row.into_iter());
        let (what, name) = (row.text("what")?, row.value().unwrap_or_default());
        let (refunds, amount) = (row.number("refunds")?, row.number("amount")?);
        // Other clocks wrote some times of old rows.
        let age = row.value().and_then(|age| age.parse::<i64>().ok()).map(|age| age.max(0));
        match what.as_str() {
            "due" => due_lag = due_lag.max(age),
            "turn" => due_lag = due_lag.max(age.map(|microseconds| microseconds / 1_000)),
            "paused" => {
                paused.insert(name, row.value().into());
            }
            _ => {
                if name == State::Review.as_str() {
                    review_oldest = age;
                }
                open.insert(name, json!({ "refunds": refunds, "amount": amount }));
            }
        }
    }
    Ok(json!({ "open": open, "review_oldest": review_oldest, "due_lag": due_lag, "paused": paused }).to_string())
}

/// What is open has a time at which it is due, or is in review: both have an index.
fn statement(dialect: Dialect, mid: &str) -> Statement {
    const COUNTED: &str = "CAST(count(*) AS {as}) AS refunds, CAST(coalesce(sum(amount), 0) AS {as}) AS amount";
    const NOTHING: &str = "CAST(NULL AS {as})";
    // One that a worker could continue with: it does not wait behind another refund of its payment.
    const DUE: &str = "SELECT r.due_at FROM paywelcome_refund r JOIN paywelcome_payment p ON p.mid = r.mid AND p.tid = r.tid \
                       WHERE r.mid = {t} AND r.due_at <= {now} AND (p.open_refund IS NULL OR p.open_refund = r.refund_key)";
    const BATCH: &str = "SELECT 1 FROM paywelcome_batch b WHERE b.mid = r.mid AND b.batch = r.batch";
    let template = format!(
        "SELECT 'open' AS what, CAST(state AS {{as}}) AS name, {COUNTED}, {NOTHING} AS age, {NOTHING} AS reason \
         FROM paywelcome_refund WHERE mid = {{t}} AND due_at IS NOT NULL GROUP BY state \
         UNION ALL SELECT 'open', 'review', {COUNTED}, CAST({{now}} - min(updated_at) AS {{as}}), {NOTHING} \
         FROM paywelcome_refund WHERE mid = {{t}} AND state = 'review' \
         UNION ALL SELECT 'due', {NOTHING}, '0', '0', CAST({{now}} - due_at AS {{as}}), {NOTHING} \
         FROM ({DUE} AND NOT EXISTS ({BATCH} AND (b.state = 'paused' OR b.gap_us IS NOT NULL)) ORDER BY r.due_at LIMIT 1) d \
         UNION ALL SELECT 'turn', {NOTHING}, '0', '0', \
         CAST(1000 * {{now}} - CASE WHEN due > turn THEN due ELSE turn END AS {{as}}), {NOTHING} \
         FROM (SELECT 1000 * ({DUE} AND r.batch = b.batch ORDER BY r.due_at LIMIT 1) AS due, coalesce(b.next_at_us, 0) AS turn \
         FROM paywelcome_batch b WHERE b.mid = {{t}} AND b.state = 'running' AND b.gap_us IS NOT NULL) d WHERE due IS NOT NULL \
         UNION ALL SELECT 'paused', CAST(b.batch AS {{as}}), '0', '0', {NOTHING}, CAST(b.pause_reason AS {{as}}) \
         FROM paywelcome_batch b WHERE b.mid = {{t}} AND b.state = 'paused' \
         AND EXISTS (SELECT 1 FROM paywelcome_refund r WHERE r.mid = b.mid AND r.batch = b.batch AND r.due_at IS NOT NULL)"
    );
    Statement::new(dialect, &template, vec![text(mid); 6])
}
