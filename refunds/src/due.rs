//! What a worker can do something about now: nothing of batches that are paused, nor of those that it leaves alone for a while.
//!
//! One statement lists what is longest due. Only where that lists something of a paused batch is each batch asked by itself, so
//! that no paused batch, however large, stands in the way of another.

use std::collections::HashMap;

use serde_json::json;

use crate::dialect::Dialect;
use crate::ledger::Ledger;
use crate::refused::Refused;
use crate::statement::{Statement, Value, text};
use crate::work::{Io, Row};

/// How many batches are asked by themselves; of more, all are gone through.
const MOST_BATCHES: usize = 64;
/// How many of those that are due since lately are looked through for what a worker has had before.
const LATELY: u64 = 500;
/// Microseconds in which what is sent at a batch's pace is sent soon.
const SOON: u64 = 10_000_000;

const FROM: &str = "FROM paywelcome_refund r JOIN paywelcome_payment p ON p.mid = r.mid AND p.tid = r.tid \
                    LEFT JOIN paywelcome_batch b ON b.mid = r.mid AND b.batch = r.batch";
/// What waits behind another refund of its payment is not listed, so that it can't fill the list.
const IS_DUE: &str = "r.due_at <= {now} AND (p.open_refund IS NULL OR p.open_refund = r.refund_key)";
const PAUSED: &str = "SELECT 1 FROM paywelcome_batch b WHERE b.mid = {t} AND b.state = 'paused' AND b.batch";

/// What is looked for.
pub(crate) struct Look {
    pub(crate) limit: u64,
    pub(crate) batch: Option<String>,
    /// Batches that are left alone.
    pub(crate) without: Vec<String>,
}

/// Returns keys, from the longest due on; of a batch with a pace no more than are sent soon, so that no queue that they are put
/// into is filled by one batch.
pub(crate) async fn keys(ledger: Ledger, io: Io, look: Look) -> Result<String, Refused> {
    let mut rows = look.rows(&ledger, &io).await?;
    if look.batch.is_none() && rows.len() as u64 >= look.limit && rows.iter().any(|row| gap(row).is_some()) {
        rows = look.rows_of_each(&ledger, &io, true).await?;
    }
    let mut rows = look.begun_first(&ledger, &io, rows).await?;
    let mut seen = HashMap::<Value, u64>::new();
    rows.retain(|row| {
        let Some(most) = gap(row).map(soon) else { return true };
        let so_far = seen.entry(row[3].clone()).or_default();
        *so_far += 1;
        *so_far <= most
    });
    let keys: Vec<_> = rows.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect();
    Ok(json!(keys).to_string())
}

/// Returns keys, the tids of their payments, and their batches where these have a pace.
pub(crate) async fn by_payment(ledger: Ledger, io: Io, look: Look) -> Result<String, Refused> {
    let rows = look.rows(&ledger, &io).await?;
    let rows = look.begun_first(&ledger, &io, rows).await?.into_iter();
    Ok(json!(rows.map(shown).collect::<Vec<_>>()).to_string())
}

/// Returns in how many milliseconds something is due.
pub(crate) async fn next(ledger: Ledger, io: Io, look: Look) -> Result<String, Refused> {
    let Look { batch, without, .. } = &look;
    let rows = io.query(vec![first(&ledger, batch.as_deref())]).await?;
    let Some(row) = rows.into_iter().next() else { return Ok(json!(null).to_string()) };
    let mut wait = row.first().cloned().flatten();
    if look.is_left_alone(&row[1..]) {
        wait = None;
        if batch.is_none() {
            let rows = first_of_each(&ledger, &io).await?;
            let wanted = rows.into_iter().filter(|row| row.get(1).is_some_and(|batch| !is_in(without, batch)));
            wait = wanted
                .filter_map(|row| row.first()?.as_deref()?.parse::<i64>().ok())
                .min()
                .map(|wait| wait.to_string());
        }
    }
    let wait = wait.and_then(|wait| wait.parse::<i64>().ok());
    Ok(json!(wait.map(|wait| wait.max(0))).to_string())
}

impl Look {
    async fn rows(&self, ledger: &Ledger, io: &Io) -> Result<Vec<Row>, Refused> {
        let Self { limit, batch, .. } = self;
        let plain = listed(ledger, *limit, batch.as_deref().map_or(Of::All, Of::Batch));
        let rows = io.query(vec![plain]).await?;
        if !rows.iter().any(|row| row.len() > 3 && self.is_left_alone(&row[3..])) {
            return Ok(rows);
        }
        if batch.is_some() {
            return Ok(Vec::new());
        }
        self.rows_of_each(ledger, io, false).await
    }

    /// Puts what a worker has had before in front of a list that is full.
    async fn begun_first(&self, ledger: &Ledger, io: &Io, mut rows: Vec<Row>) -> Result<Vec<Row>, Refused> {
        if (rows.len() as u64) < self.limit {
            return Ok(rows);
        }
        let of = self.batch.as_deref().map_or(Of::All, Of::Batch);
        let mut begun = io.query(vec![begun_lately(ledger, of)]).await?;
        begun.retain(|row| row.len() > 3 && !self.is_left_alone(&row[3..]));
        rows.retain(|row| !begun.iter().any(|other| other.first() == row.first()));
        begun.append(&mut rows);
        begun.truncate(usize::try_from(self.limit).unwrap_or(usize::MAX));
        Ok(begun)
    }

    /// Each batch is asked by itself, those with a pace for what is sent soon, if that is wanted.
    async fn rows_of_each(&self, ledger: &Ledger, io: &Io, is_soon: bool) -> Result<Vec<Row>, Refused> {
        let Self { limit, without, .. } = self;
        let rows = due_batches(ledger, io, MOST_BATCHES + without.len()).await?;
        let each = rows.into_iter().filter_map(|row| {
            let mut row = row.into_iter();
            let (name, gap) = (row.next()??, row.next().flatten().and_then(|gap| gap.parse().ok()));
            Some((name, gap.filter(|_| is_soon).map_or(*limit, |gap| soon(gap).min(*limit))))
        });
        let each: Vec<_> = each.filter(|(name, _)| !without.contains(name)).collect();
        let statement = if each.len() < MOST_BATCHES {
            of_each(ledger, &each, *limit)
        } else {
            of_all_others(ledger, without, *limit)
        };
        io.query(vec![statement]).await
    }

    /// By the name of a refund's batch, and its state.
    fn is_left_alone(&self, columns: &[Value]) -> bool {
        let is_paused = columns.get(1).is_some_and(|state| state.as_deref() == Some("paused"));
        is_paused || columns.first().is_some_and(|batch| is_in(&self.without, batch))
    }
}

/// The microseconds between two refunds of its batch.
fn gap(row: &Row) -> Option<u64> {
    row.get(6)?.as_deref()?.parse().ok()
}

/// How many refunds of a batch are sent soon.
fn soon(gap: u64) -> u64 {
    (SOON / gap.max(1)).max(1)
}

fn is_in(names: &[String], name: &Value) -> bool {
    name.as_ref().is_some_and(|name| names.contains(name))
}

fn shown(mut row: Row) -> Row {
    row.truncate(3);
    row
}

#[derive(Clone, Copy)]
enum Of<'a> {
    All,
    Batch(&'a str),
    None,
}

/// Key, tid, the batch where it has a pace, the batch, its state, since when it is due, and the gap of its pace.
fn select(of: Of<'_>, limit: u64) -> String {
    let of_batch = match of {
        Of::All => "",
        Of::Batch(_) => " AND r.batch = {t}",
        Of::None => " AND r.batch IS NULL",
    };
    format!(
        "SELECT CAST(r.refund_key AS {{as}}) AS refund_key, CAST(r.tid AS {{as}}) AS tid, \
         CAST(CASE WHEN b.gap_us IS NOT NULL THEN r.batch END AS {{as}}) AS paced, CAST(r.batch AS {{as}}) AS batch, \
         CAST(b.state AS {{as}}) AS state, CAST(r.due_at AS {{as}}) AS due_at, CAST(b.gap_us AS {{as}}) AS gap_us \
         {FROM} WHERE r.mid = {{t}}{of_batch} AND {IS_DUE} ORDER BY r.due_at LIMIT {limit}"
    )
}

fn values_of(ledger: &Ledger, of: Of<'_>) -> Vec<Value> {
    let mid = text(&*ledger.mid);
    match of {
        Of::Batch(batch) => vec![mid, text(batch)],
        _ => vec![mid],
    }
}

fn listed(ledger: &Ledger, limit: u64, of: Of<'_>) -> Statement {
    Statement::new(ledger.dialect, &select(of, limit), values_of(ledger, of))
}

/// Of those that are due since lately, what a worker has had before.
fn begun_lately(ledger: &Ledger, of: Of<'_>) -> Statement {
    let lately = select(of, LATELY)
        .replace(" AS gap_us ", " AS gap_us, CAST(r.attempts AS {as}) AS attempts ")
        .replace("ORDER BY r.due_at", "ORDER BY r.due_at DESC");
    let template = format!("SELECT * FROM ({lately}) AS d WHERE attempts <> '0' ORDER BY due_at");
    Statement::new(ledger.dialect, &template, values_of(ledger, of))
}

/// What is due of each of some batches, so many of each at most, and of none.
fn of_each(ledger: &Ledger, batches: &[(String, u64)], limit: u64) -> Statement {
    let (mut each, mut values) = (Vec::new(), Vec::new());
    let batches = batches.iter().map(|(name, most)| (Of::Batch(name), *most));
    for (place, (of, most)) in std::iter::once((Of::None, limit)).chain(batches).enumerate() {
        each.push(format!("SELECT * FROM ({}) AS d{place}", select(of, most)));
        values.extend(values_of(ledger, of));
    }
    // Times have as many digits for some centuries, so that texts are in their order.
    let template = format!("SELECT * FROM ({}) AS d ORDER BY due_at LIMIT {limit}", each.join(" UNION ALL "));
    Statement::new(ledger.dialect, &template, values)
}

/// What is due of all batches that are not paused, however many these are.
fn of_all_others(ledger: &Ledger, without: &[String], limit: u64) -> Statement {
    let others: Vec<_> = without.iter().map(|_| "{t}").collect();
    let others = if others.is_empty() { String::new() } else { format!(" AND r.batch NOT IN ({})", others.join(", ")) };
    let is_wanted = format!(" AND (r.batch IS NULL OR NOT EXISTS ({PAUSED} = r.batch){others})");
    let template = select(Of::All, limit).replace(" ORDER BY", &format!("{is_wanted} ORDER BY"));
    let mid = text(&*ledger.mid);
    let values = [vec![mid.clone(), mid], without.iter().map(|name| text(&**name)).collect()].concat();
    Statement::new(ledger.dialect, &template, values)
}

/// The names of batches as a table `s`: a step from each to the next, so that no batch is gone through.
async fn names(ledger: &Ledger, io: &Io, most: usize) -> Result<(String, Vec<Value>), Refused> {
    if ledger.dialect == Dialect::Mysql
        && let Some(found) = stepped(ledger, io, most).await?
    {
        let each: Vec<_> = found.iter().map(|_| "SELECT convert({t} USING utf8mb4) COLLATE utf8mb4_bin").collect();
        let each = if each.is_empty() { "SELECT NULL".to_owned() } else { each.join(" UNION ALL ") };
        return Ok((format!("WITH s (batch) AS ({each})"), found));
    }
    let step = |after: &str| {
        // An index of PostgreSQL and SQLite has only what is due.
        let is_due = if ledger.dialect == Dialect::Mysql { "" } else { " AND r.due_at IS NOT NULL" };
        format!(
            "SELECT r.batch FROM paywelcome_refund r WHERE r.mid = {{t}} AND r.batch {after}{is_due} ORDER BY r.batch LIMIT 1"
        )
    };
    let template = format!(
        "WITH RECURSIVE s (batch) AS (SELECT ({}) UNION ALL SELECT ({}) FROM s WHERE s.batch IS NOT NULL)",
        step("IS NOT NULL"),
        step("> s.batch")
    );
    Ok((template, vec![text(&*ledger.mid); 2]))
}

/// The same for `MySQL`, which goes through all of a batch to come to the next, unless it is told by name after which: step by
/// step; nothing where there are too many.
async fn stepped(ledger: &Ledger, io: &Io, most: usize) -> Result<Option<Vec<Value>>, Refused> {
    let mut found: Vec<Value> = Vec::new();
    loop {
        let (after, mut values) = (found.last().cloned(), vec![text(&*ledger.mid)]);
        let is_after = if after.is_some() { "> {t}" } else { "IS NOT NULL" };
        values.extend(after);
        let template = format!(
            "SELECT CAST(r.batch AS {{as}}) AS batch FROM paywelcome_refund r WHERE r.mid = {{t}} AND r.batch {is_after} \
             ORDER BY r.batch LIMIT 1"
        );
        let rows = io.query(vec![Statement::new(ledger.dialect, &template, values)]).await?;
        let Some(name) = rows.into_iter().next().and_then(|row| row.into_iter().next().flatten()) else {
            return Ok(Some(found));
        };
        if found.len() == most {
            return Ok(None);
        }
        found.push(Some(name));
    }
}

/// The names of batches of which something is due, and that are not paused; and the gaps of their pace.
async fn due_batches(ledger: &Ledger, io: &Io, limit: usize) -> Result<Vec<Row>, Refused> {
    let (names, mut values) = names(ledger, io, limit).await?;
    let template = format!(
        "{} SELECT CAST(s.batch AS {{as}}) AS batch, CAST((SELECT b.gap_us FROM paywelcome_batch b \
         WHERE b.mid = {{t}} AND b.batch = s.batch) AS {{as}}) AS gap_us FROM s WHERE s.batch IS NOT NULL AND NOT EXISTS ({PAUSED} = s.batch) \
         AND EXISTS (SELECT 1 FROM paywelcome_refund r WHERE r.mid = {{t}} AND r.batch = s.batch AND r.due_at <= {{now}}) LIMIT {limit}",
        names
    );
    values.extend(vec![text(&*ledger.mid); 3]);
    io.query(vec![Statement::new(ledger.dialect, &template, values)]).await
}

/// In how many milliseconds the first is due, its batch, and the state of that.
fn first(ledger: &Ledger, batch: Option<&str>) -> Statement {
    let (of_batch, of) = batch.map_or(("", Of::All), |batch| (" AND r.batch = {t}", Of::Batch(batch)));
    let template = format!(
        "SELECT CAST(r.due_at - {{now}} AS {{as}}) AS wait, CAST(r.batch AS {{as}}) AS batch, \
         CAST((SELECT b.state FROM paywelcome_batch b WHERE b.mid = r.mid AND b.batch = r.batch) AS {{as}}) AS state \
         FROM paywelcome_refund r WHERE r.mid = {{t}}{of_batch} AND r.due_at IS NOT NULL ORDER BY r.due_at LIMIT 1"
    );
    Statement::new(ledger.dialect, &template, values_of(ledger, of))
}

/// The same of each batch that is not paused, and of none.
async fn first_of_each(ledger: &Ledger, io: &Io) -> Result<Vec<Row>, Refused> {
    let (names, mut values) = names(ledger, io, MOST_BATCHES).await?;
    let due = |of_batch: &str| {
        format!(
            "SELECT r.due_at FROM paywelcome_refund r WHERE r.mid = {{t}} AND r.batch {of_batch} AND r.due_at IS NOT NULL \
             ORDER BY r.due_at LIMIT 1"
        )
    };
    let template = format!(
        "{} SELECT CAST(({}) - {{now}} AS {{as}}) AS wait, CAST(NULL AS {{as}}) AS batch \
         UNION ALL SELECT CAST(({}) - {{now}} AS {{as}}) AS wait, CAST(s.batch AS {{as}}) AS batch FROM s \
         WHERE s.batch IS NOT NULL AND NOT EXISTS ({PAUSED} = s.batch)",
        names,
        due("IS NULL"),
        due("= s.batch"),
    );
    values.extend(vec![text(&*ledger.mid); 3]);
    io.query(vec![Statement::new(ledger.dialect, &template, values)]).await
}
