//! After a restore of the store, or a fail-over that lost writes: what may have been forgotten goes to a person (R12).

use serde_json::json;

use crate::event::Event;
use crate::ledger::{Ledger, draw};
use crate::moved::Action;
use crate::process;
use crate::refund::State;
use crate::refused::Refused;
use crate::sql;
use crate::tries::Tries;
use crate::work::Io;

/// How many keys are read at once.
const PAGE: u64 = 500;

/// Doubts all that is open, and every payment of which something remains: of what was forgotten the store knows nothing.
pub(crate) async fn restored(ledger: Ledger, io: Io, since: u64, seed: u64) -> Result<String, Refused> {
    let (mut after, mut doubted, mut place) = (String::new(), 0_u64, 0_u64);
    loop {
        let page = io.query(vec![sql::open(ledger.dialect, &ledger.mid, &after, PAGE)]).await?;
        let keys: Vec<_> = page.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect();
        let Some(last) = keys.last() else { break };
        after.clone_from(last);
        for key in &keys {
            place += 1;
            doubt(&ledger, &io, key, since, draw(seed, u64::MAX - place)).await?;
            doubted += 1;
        }
    }
    io.query(vec![sql::suspect(ledger.dialect, &ledger.mid)]).await?;
    Ok(json!({ "refunds": doubted }).to_string())
}

async fn doubt(ledger: &Ledger, io: &Io, key: &str, since: u64, seed: u64) -> Result<(), Refused> {
    let mut tries = Tries::new(seed);
    loop {
        let before = process::load(ledger, io, key).await?;
        let moved = process::decide(ledger, &before, Event::Restored, before.now)?;
        if moved.action == Action::Nothing || before.refund.state.is_ended() {
            return Ok(());
        }
        let mut next = before.moved(&moved, before.now);
        next.sent_at = Some(before.sent_at.unwrap_or(since).min(since).min(before.now));
        let what = if moved.refund.state == State::Review { "restored" } else { "doubted" };
        let entry = sql::Entry { what, ..sql::Entry::default() };
        if process::write(ledger, io, &before, &next, &entry, tries.writer()).await? {
            return Ok(());
        }
        tries.again(io, key).await?;
    }
}
