//! Batches: refunds that carry one name, with a pace, a pause and an error budget of their own.

use serde_json::{Map, Value as Json, json};

use crate::batch_sql::MINUTE;
use crate::ledger::{Ledger, draw};
use crate::limits::{MOST_IN_A_ROW, MOST_PERCENT, Settings};
use crate::record::Columns;
use crate::refused::{Kind, Refused};
use crate::statement::Value;
use crate::work::{Io, Row};
use crate::{batch_sql, told, why};

/// A batch as it stands.
#[derive(Clone, Debug)]
pub(crate) struct Batch {
    pub(crate) name: String,
    pub(crate) is_paused: bool,
    pub(crate) gap: Option<u64>,
    pub(crate) most_in_a_row: Option<u64>,
    pub(crate) most_percent: Option<u64>,
    /// How the latest attempts ended, a letter each.
    pub(crate) recent: String,
    pub(crate) paused_by: Value,
    pub(crate) pause_note: Value,
    pub(crate) pause_reason: Value,
    pub(crate) paused_at: Option<u64>,
    pub(crate) resumed_by: Value,
    pub(crate) resumed_at: Option<u64>,
}

impl Batch {
    /// One of which nothing is written.
    fn new(name: String) -> Self {
        Self {
            name,
            is_paused: false,
            gap: None,
            most_in_a_row: Some(MOST_IN_A_ROW),
            most_percent: Some(MOST_PERCENT),
            recent: String::new(),
            paused_by: None,
            pause_note: None,
            pause_reason: None,
            paused_at: None,
            resumed_by: None,
            resumed_at: None,
        }
    }

    /// Why it has paused by itself.
    fn why(&self) -> Json {
        let reason = self.pause_reason.as_deref().filter(|_| self.is_paused);
        why::told(reason.unwrap_or_default(), self.most_in_a_row, &self.recent)
    }

    /// Reads a row of [`batch_sql::load`].
    fn read(row: Row) -> Result<Self, Refused> {
        let mut row = Columns(row.into_iter());
        Ok(Self {
            name: row.text("batch")?,
            is_paused: row.text("state")? == "paused",
            gap: row.some_number("gap_us")?,
            most_in_a_row: row.some_number("most_in_a_row")?,
            most_percent: row.some_number("most_percent")?,
            recent: row.value().unwrap_or_default(),
            paused_by: row.value(),
            pause_note: row.value(),
            pause_reason: row.value(),
            paused_at: row.some_number("paused_at")?,
            resumed_by: row.value(),
            resumed_at: row.some_number("resumed_at")?,
        })
    }
}

/// How many of a batch's refunds are in one state.
struct Counted {
    batch: String,
    state: String,
    refunds: u64,
    amount: u64,
    /// How many of them have ended in the last minute, and how many milliseconds ago the first of these.
    lately: u64,
    since: u64,
}

impl Counted {
    fn read(row: Row) -> Result<Self, Refused> {
        let mut row = Columns(row.into_iter());
        Ok(Self {
            batch: row.text("batch")?,
            state: row.text("state")?,
            refunds: row.number("refunds")?,
            amount: row.number("amount")?,
            lately: row.number("lately")?,
            since: row.some_number("since")?.unwrap_or_default(),
        })
    }
}

/// How far a batch has come.
pub(crate) async fn progress(ledger: Ledger, io: Io, batch: String) -> Result<String, Refused> {
    match all(&ledger, &io, Some(&batch)).await?.pop() {
        Some(progress) => Ok(progress.to_string()),
        None => Err(unknown(&ledger, &batch)),
    }
}

/// How far each batch has come, in the order of their names.
pub(crate) async fn batches(ledger: Ledger, io: Io) -> Result<String, Refused> {
    Ok(Json::Array(all(&ledger, &io, None).await?).to_string())
}

fn unknown(ledger: &Ledger, batch: &str) -> Refused {
    Refused::new(
        Kind::NotFound,
        format!("there is no batch {batch:?} of {}; request_many(rows, batch=…) makes one", ledger.mid),
    )
}

async fn all(ledger: &Ledger, io: &Io, only: Option<&str>) -> Result<Vec<Json>, Refused> {
    let rows = io.query(vec![batch_sql::counts(ledger.dialect, &ledger.mid, only)]).await?;
    let mut counted = rows.into_iter().map(Counted::read).collect::<Result<Vec<_>, _>>()?;
    let rows = io.query(vec![batch_sql::load(ledger.dialect, &ledger.mid, only)]).await?;
    let mut batches = rows.into_iter().map(Batch::read).collect::<Result<Vec<_>, _>>()?;
    for Counted { batch, .. } in &counted {
        if !batches.iter().rev().any(|known| known.name == *batch) {
            batches.push(Batch::new(batch.clone()));
        }
    }
    batches.sort_by(|one, other| one.name.cmp(&other.name));
    counted.sort_by(|one, other| one.batch.cmp(&other.batch));
    let mut rest = counted.as_slice();
    Ok(batches
        .iter()
        .map(|batch| {
            let (own, others) = rest.split_at(rest.iter().take_while(|counted| counted.batch == batch.name).count());
            rest = others;
            told(batch, own)
        })
        .collect())
}

#[allow(clippy::cast_precision_loss, reason = "no rate needs more than 52 bits")]
fn told(batch: &Batch, counted: &[Counted]) -> Json {
    let mut counts: Map<String, Json> =
        told::STATES.iter().map(|state| (state.as_str().to_owned(), json!({ "refunds": 0, "amount": 0 }))).collect();
    let (mut refunds, mut amount, mut ended, mut lately, mut since, mut open) = (0, 0, 0, 0, 0, 0);
    for each in counted {
        counts.insert(each.state.clone(), json!({ "refunds": each.refunds, "amount": each.amount }));
        refunds += each.refunds;
        amount += each.amount;
        match each.state.as_str() {
            "done" | "declined" => {
                ended += each.refunds;
                lately += each.lately;
                since = since.max(each.since);
            }
            "requested" | "sending" | "unknown" => open += each.refunds,
            _ => {}
        }
    }
    // Of a batch that has just begun, no minute is over.
    let span = if lately == ended { since.clamp(1_000, MINUTE) } else { MINUTE };
    let rate = lately as f64 * (MINUTE as f64 / span as f64);
    let left = match (open, batch.is_paused) {
        (0, _) => Some(0.0),
        (_, true) => None,
        (open, false) => (rate > 0.0).then(|| open as f64 * 60.0 / rate),
    };
    json!({
        "batch": batch.name,
        "state": if batch.is_paused { "paused" } else { "running" },
        "paused_by": batch.paused_by,
        "pause_note": batch.pause_note,
        "pause_reason": batch.pause_reason,
        "paused_at": batch.paused_at,
        "why": batch.why(),
        "resumed_by": batch.resumed_by,
        "resumed_at": batch.resumed_at,
        "pace": batch.gap.map(pace),
        "most_in_a_row": batch.most_in_a_row,
        "most_percent": batch.most_percent,
        "counts": counts,
        "total": { "refunds": refunds, "amount": amount },
        "rate": rate,
        "left": left,
    })
}

/// The pace that a gap was made of: of those that give it, the one with the fewest digits.
#[allow(clippy::cast_precision_loss, reason = "no gap needs more than 52 bits")]
fn pace(gap: u64) -> f64 {
    let exact = 1e6 / gap as f64;
    let written = (0..17).map(|digits| format!("{exact:.digits$e}").parse::<f64>().unwrap_or(exact));
    let mut fits = written.filter(|pace| (1e6 / pace).round().total_cmp(&(gap as f64)).is_eq());
    fits.next().unwrap_or(exact)
}

/// Sets the pace and the error budget of a batch, which needs no refunds yet.
pub(crate) async fn set(ledger: Ledger, io: Io, batch: String, settings: Settings) -> Result<String, Refused> {
    io.query(vec![batch_sql::set(ledger.dialect, &ledger.mid, &batch, settings)]).await?;
    progress(ledger, io, batch).await
}

/// Pauses a batch: nothing more of it is sent. One that is paused stays as it is.
pub(crate) async fn pause(
    ledger: Ledger,
    io: Io,
    batch: String,
    by: String,
    note: Option<String>,
) -> Result<String, Refused> {
    // A name with a slip in it pauses nothing.
    if all(&ledger, &io, Some(&batch)).await?.is_empty() {
        return Err(unknown(&ledger, &batch));
    }
    io.query(vec![batch_sql::pause(ledger.dialect, &ledger.mid, &batch, by, note)]).await?;
    progress(ledger, io, batch).await
}

/// Returns whether a batch is paused.
pub(crate) async fn is_paused(ledger: &Ledger, io: &Io, batch: &str) -> Result<bool, Refused> {
    let rows = io.query(vec![batch_sql::load(ledger.dialect, &ledger.mid, Some(batch))]).await?;
    let batch = rows.into_iter().next().map(Batch::read).transpose()?;
    Ok(batch.is_some_and(|batch| batch.is_paused))
}

/// Lets a paused batch continue, with an error budget that is whole again.
pub(crate) async fn resume(ledger: Ledger, io: Io, batch: String, by: String) -> Result<String, Refused> {
    io.query(vec![batch_sql::resume(ledger.dialect, &ledger.mid, &batch, by)]).await?;
    progress(ledger, io, batch).await
}

/// Notes how an attempt has ended; gives the batch and why, where it has paused by itself over that.
pub(crate) async fn note(
    ledger: &Ledger,
    io: &Io,
    batch: &str,
    letter: char,
    seed: u64,
) -> Result<Option<Json>, Refused> {
    let statements = batch_sql::note(ledger.dialect, &ledger.mid, batch, letter, draw(seed, u64::MAX / 3));
    let rows = io.query(statements).await?;
    if rows.into_iter().next().and_then(|row| row.into_iter().next().flatten()).as_deref() != Some("1") {
        return Ok(None);
    }
    let rows = io.query(vec![batch_sql::load(ledger.dialect, &ledger.mid, Some(batch))]).await?;
    let batch = rows.into_iter().next().map(Batch::read).transpose()?;
    Ok(batch.map(|batch| json!({ "batch": batch.name, "why": batch.why() })))
}

#[cfg(test)]
mod tests {
    use paywelcome::Argument;

    use super::pace;
    use crate::arguments;
    use crate::limits::Setting;

    #[test]
    fn a_pace_is_shown_as_it_was_asked_for() {
        let whole = (1..=1_000).map(|pace| (Argument::Integer(pace), pace.to_string()));
        let parts = ["0.001", "0.3", "0.7", "1.5", "3.33", "12.5", "66.6", "2500", "7000", "10000"];
        let parts = parts.map(|text| (Argument::Fraction(text.parse().unwrap_or_default()), text.to_owned()));
        for (asked, text) in whole.chain(parts) {
            let Ok(Setting::To(gap)) = arguments::pace(&asked) else { panic!("{text} is a pace") };
            assert_eq!(pace(gap).to_string(), text);
        }
    }
}
