//! The pace of a batch: one row from which all workers take turns.

use serde_json::json;

use crate::dialect::Dialect;
use crate::ledger::Ledger;
use crate::record::Columns;
use crate::refused::Refused;
use crate::statement::{Statement, number, text};
use crate::tries::Tries;
use crate::work::Io;

/// Microseconds whose turns may be taken at once, where none were taken for as long.
const BURST: u64 = 1_000_000;
/// Milliseconds before a paused batch is looked at again.
const WAIT: u64 = 1_000;

/// Turns that were taken, or when there are some again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Turns {
    pub(crate) taken: u64,
    pub(crate) wait_ms: u64,
}

/// Returns how many turns there are, and from when on the next one is, by a pace and when its next turn is.
fn turns(now: u64, gap: u64, next: Option<u64>, many: u64) -> (u64, u64) {
    let gap = gap.max(1);
    // No turn is that far ahead unless the database's clock was set back, or another one took its place.
    let next = next.filter(|next| *next <= now.saturating_add(gap).saturating_add(BURST));
    // Nothing is kept for longer, so that what was not sent for a while is not sent all at once.
    let from = next.unwrap_or(now).max(now.saturating_sub(BURST.saturating_sub(gap)));
    if from > now {
        return (0, from);
    }
    let taken = many.min((now - from) / gap + 1);
    (taken, from + taken * gap)
}

/// Takes so many turns of a batch at most. Nothing is reserved: a worker that dies loses no more than it has taken.
pub(crate) async fn take(
    ledger: &Ledger,
    io: &Io,
    batch: &str,
    many: u64,
    tries: &mut Tries,
) -> Result<Turns, Refused> {
    loop {
        let rows = io.query(vec![load(ledger.dialect, &ledger.mid, batch)]).await?;
        let Some(row) = rows.into_iter().next() else { return Ok(Turns { taken: many, wait_ms: 0 }) };
        let mut row = Columns(row.into_iter());
        let (now, state) = (row.number("now")?.saturating_mul(1_000), row.text("state")?);
        let (gap, next) = (row.some_number("gap_us")?, row.some_number("next_at_us")?);
        if state == "paused" {
            return Ok(Turns { taken: 0, wait_ms: WAIT });
        }
        let Some(gap) = gap else { return Ok(Turns { taken: many, wait_ms: 0 }) };
        let (taken, after) = turns(now, gap, next, many);
        if taken == 0 {
            return Ok(Turns { taken, wait_ms: (after - now).div_ceil(1_000) });
        }
        let writer = tries.writer();
        let rows = io.query(write(ledger.dialect, &ledger.mid, batch, (gap, next), after, writer)).await?;
        let written = rows.into_iter().next().and_then(|row| row.into_iter().next().flatten());
        if written.as_deref() == Some("1") {
            return Ok(Turns { taken, wait_ms: 0 });
        }
        tries.again(io, batch).await?;
    }
}

/// As a verb.
pub(crate) async fn told(ledger: Ledger, io: Io, batch: String, many: u64, seed: u64) -> Result<String, Refused> {
    let Turns { taken, wait_ms } = take(&ledger, &io, &batch, many, &mut Tries::new(seed)).await?;
    Ok(json!({ "taken": taken, "wait_ms": wait_ms }).to_string())
}

fn load(dialect: Dialect, mid: &str, batch: &str) -> Statement {
    let template = "SELECT CAST({now} AS {as}) AS now, CAST(b.state AS {as}) AS state, CAST(b.gap_us AS {as}) AS gap_us, \
                    CAST(b.next_at_us AS {as}) AS next_at_us FROM paywelcome_batch b WHERE b.mid = {t} AND b.batch = {t}";
    Statement::new(dialect, template, vec![text(mid), text(batch)])
}

/// Takes them, if nobody was faster and the pace is still the same; the last statement then gives 1.
fn write(
    dialect: Dialect,
    mid: &str,
    batch: &str,
    (gap, next): (u64, Option<u64>),
    after: u64,
    writer: u64,
) -> Vec<Statement> {
    let is_same = if next.is_some() { "= {i}" } else { "IS NULL" };
    let update = format!(
        "UPDATE paywelcome_batch SET next_at_us = {{i}}, writer = {{i}} WHERE mid = {{t}} AND batch = {{t}} \
         AND state = 'running' AND gap_us = {{i}} AND next_at_us {is_same}"
    );
    let mut values = vec![number(after), number(writer), text(mid), text(batch), number(gap)];
    values.extend(next.map(number));
    if dialect == Dialect::Postgres {
        let template = format!("WITH b AS ({update} RETURNING 1) SELECT CAST(count(*) AS text) AS written FROM b");
        return vec![Statement::new(dialect, &template, values)];
    }
    let written = "SELECT CAST(count(*) AS {as}) AS written FROM paywelcome_batch WHERE mid = {t} AND batch = {t} AND writer = {i}";
    vec![
        Statement::new(dialect, &update, values),
        Statement::new(dialect, written, vec![text(mid), text(batch), number(writer)]),
    ]
}

#[cfg(test)]
mod tests {
    use super::turns;

    const NOW: u64 = 1_000_000_000;

    #[test]
    fn a_pace_that_has_just_begun_gives_one_turn_and_then_waits() {
        assert_eq!(turns(NOW, 200_000, None, 8), (1, NOW + 200_000));
        assert_eq!(turns(NOW + 199_999, 200_000, Some(NOW + 200_000), 8), (0, NOW + 200_000));
        assert_eq!(turns(NOW + 200_000, 200_000, Some(NOW + 200_000), 8), (1, NOW + 400_000));
    }

    #[test]
    fn after_a_rest_no_more_than_a_second_s_turns_are_taken_at_once() {
        for (gap, most) in [(200_000, 5), (300_000, 3), (1_000_000, 1), (5_000_000, 1), (1_000, 1_000)] {
            let (taken, after) = turns(NOW, gap, Some(0), 10_000);
            assert_eq!(taken, most, "{gap}");
            assert!(after > NOW, "{gap}: none is left");
        }
    }

    #[test]
    fn a_clock_that_was_set_back_does_not_stop_a_batch() {
        let gap = 200_000;
        let (_, after) = turns(NOW + 3_600_000_000, gap, None, 1);
        assert_eq!(turns(NOW, gap, Some(after), 8), (1, NOW + gap));
        // Clocks of two servers that differ a little do not make it faster.
        let (_, after) = turns(NOW + 900_000, gap, None, 1);
        assert_eq!(turns(NOW, gap, Some(after), 8), (0, after));
    }

    #[test]
    fn only_what_is_asked_for_is_taken() {
        let (taken, after) = turns(NOW, 1_000, Some(0), 8);
        assert_eq!(taken, 8);
        assert_eq!(turns(NOW, 1_000, Some(after), 10_000).0, 992);
    }

    #[test]
    fn over_time_the_pace_is_kept() {
        let (mut next, mut sum, seconds) = (None, 0, 60);
        for tick in 0..seconds * 100 {
            let (taken, after) = turns(NOW + tick * 10_000, 150_000, next, 3);
            sum += taken;
            next = Some(after);
        }
        assert_eq!(sum, seconds * 1_000_000 / 150_000);
    }
}
