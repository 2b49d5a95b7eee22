//! Processing a refund: claimed, sent and recorded.

use serde_json::Value as Json;

use crate::batch_sql::DIED;
use crate::event::{Event, Said};
use crate::ledger::{Ledger, draw};
use crate::moved::{Action, Moved};
use crate::pace::Turns;
use crate::record::{Heard, Record};
use crate::refund::State;
use crate::refused::{Kind, Refused};
use crate::step::step;
use crate::tries::Tries;
use crate::work::{Io, Sending};
use crate::{batch, pace, sql, told};

pub(crate) async fn load(ledger: &Ledger, io: &Io, key: &str) -> Result<Record, Refused> {
    let rows = io.query(vec![sql::load(ledger.dialect, &ledger.mid, key)]).await?;
    let row = rows.into_iter().next().ok_or_else(|| Refused::not_found(key, &ledger.mid))?;
    Record::read(row)
}

/// Records what a record has become; false where others were faster.
pub(crate) async fn write(
    ledger: &Ledger,
    io: &Io,
    before: &Record,
    after: &Record,
    entry: &sql::Entry,
    writer: u64,
) -> Result<bool, Refused> {
    let statements = sql::write(ledger.dialect, &ledger.mid, before.version, after, entry, writer);
    let rows = io.query(statements).await?;
    let written = rows.first().and_then(|row| row.first()).and_then(Option::as_deref);
    match written {
        Some("1") => Ok(true),
        Some("0") => Ok(false),
        _ => Err(Refused::store("the store does not tell whether something was written")),
    }
}

/// Claims a refund, sends it and records what came of it; gives it as it then stands. `has_turn` tells that the pace of its
/// batch has given it a turn already.
pub(crate) async fn process(
    ledger: Ledger,
    io: Io,
    key: String,
    mut has_turn: bool,
    seed: u64,
) -> Result<String, Refused> {
    let mut tries = Tries::new(seed);
    let token = draw(seed, 0);
    let (claimed, sending) = loop {
        let mut before = load(&ledger, &io, &key).await?;
        if before.hold.is_paused {
            return Ok(told::refund(&ledger, &before).to_string());
        }
        let moved = decide(&ledger, &before, Event::Claim { token }, before.now)?;
        if let (Action::Send { .. }, Some(_), Some(batch), false) =
            (moved.action, before.hold.next_at, &before.batch, has_turn)
        {
            let Turns { taken, wait_ms } = pace::take(&ledger, &io, batch, 1, &mut tries).await?;
            if taken == 0 {
                before.hold.next_at = Some(before.now + wait_ms);
                return Ok(told::refund(&ledger, &before).to_string());
            }
            has_turn = true;
        }
        let mut after = before.moved(&moved, before.now);
        let entry = match moved.action {
            Action::Nothing => return Ok(told::refund(&ledger, &before).to_string()),
            Action::Store => sql::Entry { what: "review", ..sql::Entry::default() },
            Action::Send { operation, .. } => {
                after.operation = Some(operation);
                after.sent_at = Some(before.sent_at.unwrap_or(before.now));
                // What was heard of an earlier attempt is in the journal.
                after.heard = Heard::default();
                sql::Entry { what: "sent", token, ..sql::Entry::default() }
            }
        };
        if !write(&ledger, &io, &before, &after, &entry, tries.writer()).await? {
            tries.again(&io, &key).await?;
            continue;
        }
        match moved.action {
            Action::Send { operation, amount, confirm } => break (after, (operation, amount, confirm)),
            _ => return ended(&ledger, &io, &before, &after, letter(&before, &after, false), seed).await,
        }
    };
    let (operation, amount, confirm_price) = sending;
    let answer = io
        .send(Sending {
            token,
            operation: operation.as_str(),
            pay_type: claimed.pay_type.clone(),
            tid: claimed.tid.clone(),
            amount,
            confirm_price,
            currency: claimed.currency.clone(),
            tax: claimed.tax,
            taxfree: claimed.taxfree,
            reference: claimed.reference.clone().unwrap_or_else(|| key.clone()),
        })
        .await?;
    let answer = Answer::read(&answer)?;
    if answer.is_pending {
        return Ok(told::refund(&ledger, &claimed).to_string());
    }
    // Nobody else has touched it, most of the time: what was written is what is there.
    let known = Record { now: claimed.now.saturating_add(answer.took), ..claimed };
    hear(&ledger, &io, &key, token, &answer, Some(known), tries).await
}

/// Records what came of an attempt, also where it comes late.
pub(crate) async fn settle(
    ledger: Ledger,
    io: Io,
    key: String,
    token: u64,
    answer: String,
    seed: u64,
) -> Result<String, Refused> {
    let answer = Answer::read(&answer)?;
    // Its numbers are others than those of the operation that sent.
    hear(&ledger, &io, &key, token, &answer, None, Tries::new(draw(seed, u64::MAX / 2))).await
}

async fn hear(
    ledger: &Ledger,
    io: &Io,
    key: &str,
    token: u64,
    answer: &Answer,
    mut known: Option<Record>,
    mut tries: Tries,
) -> Result<String, Refused> {
    loop {
        let before = match known.take() {
            Some(known) => known,
            None => load(ledger, io, key).await?,
        };
        let moved = decide(ledger, &before, Event::Said { token, said: answer.said }, before.now)?;
        if moved.action == Action::Nothing {
            return Ok(told::refund(ledger, &before).to_string());
        }
        let mut after = before.moved(&moved, before.now);
        after.heard = answer.heard.clone();
        if matches!(moved.refund.state, State::Done | State::Declined) {
            after.evidence = Some("answer".to_owned());
        }
        let entry = sql::Entry { what: "answer", token, heard: answer.heard.clone(), ..sql::Entry::default() };
        if write(ledger, io, &before, &after, &entry, tries.writer()).await? {
            return ended(ledger, io, &before, &after, letter(&before, &after, true), tries.seed).await;
        }
        tries.again(io, key).await?;
    }
}

/// How a refund has ended, or where it has stopped, in the letters of its batch; nothing where it has not.
fn letter(before: &Record, after: &Record, is_answered: bool) -> Option<char> {
    let (was, is) = (before.refund.state, after.refund.state);
    match is {
        _ if is == was => None,
        State::Done => Some('d'),
        State::Declined => Some('c'),
        // Its worker died.
        State::Unknown | State::Review if was == State::Sending && !is_answered => Some(DIED),
        State::Unknown => Some('u'),
        State::Review => Some('r'),
        _ => None,
    }
}

/// Counts it for its batch, and tells it.
async fn ended(
    ledger: &Ledger,
    io: &Io,
    before: &Record,
    after: &Record,
    letter: Option<char>,
    seed: u64,
) -> Result<String, Refused> {
    let paused = match (&after.batch, letter) {
        (Some(batch), Some(letter)) => batch::note(ledger, io, batch, letter, seed).await?,
        _ => None,
    };
    Ok(told::moved(ledger, before, after, paused))
}

pub(crate) fn decide(ledger: &Ledger, record: &Record, event: Event, now: u64) -> Result<Moved, Refused> {
    // Only rulings are refused.
    step(record.payment, record.refund, event, now, &ledger.policy_of(record))
        .map_err(|refusal| Refused::new(Kind::Ruling, format!("{refusal:?}")))
}

/// The longest that every database takes of a word, and of a text, in characters; the whole answer stands in `raw`.
const WORD: usize = 100;
const TEXT: usize = 16_000;

/// A text that every database takes: whatever a gateway has answered, what came of a refund must be recorded.
///
/// `PostgreSQL` takes no NUL, which programs leave at the end of a text of fixed length.
fn fitted(text: &str, most: usize) -> String {
    let mut kept: String = text.chars().filter(|c| *c != '\0').take(most + 1).collect();
    if kept.chars().count() > most {
        kept = kept.chars().take(most - 1).chain(['…']).collect();
    }
    kept
}

/// What came of an attempt.
struct Answer {
    said: Said,
    /// The wait ended first, and the end is told later.
    is_pending: bool,
    /// Milliseconds from the claim to the answer.
    took: u64,
    heard: Heard,
}

impl Answer {
    /// Reads what a face gives: `outcome`, `kind` and the other words of the client's receipt or error, and `took`.
    fn read(json: &str) -> Result<Self, Refused> {
        let wrong = || Refused::store("what came of a cancel can't be read");
        let answer: Json = serde_json::from_str(json).map_err(|_| wrong())?;
        let whole = |name: &str| match &answer[name] {
            Json::Null => None,
            Json::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        };
        let word = |name: &str| whole(name).map(|text| fitted(&text, WORD));
        let text = |name: &str| whole(name).map(|text| fitted(&text, TEXT));
        let (outcome, kind) = (word("outcome").ok_or_else(wrong)?, word("kind"));
        let said = match (outcome.as_str(), kind.as_deref()) {
            ("done", _) => Said::Done,
            ("declined", _) => Said::Declined,
            ("not_sent", _) => Said::NotSent,
            // An answer that is not as documented tells no more the second time.
            (_, Some("mismatch" | "undocumented_code")) => Said::Unknown { mismatch: true },
            _ => Said::Unknown { mismatch: false },
        };
        Ok(Self {
            said,
            is_pending: kind.as_deref() == Some("pending"),
            took: answer["took"].as_u64().unwrap_or_default(),
            heard: Heard {
                outcome: Some(outcome),
                kind,
                message: text("message"),
                result_code: word("result_code"),
                result_msg: text("result_msg"),
                http_status: answer["http_status"].as_u64().map(|status| status.to_string()),
                signed_timestamp: word("timestamp"),
                cancel_tid: word("cancel_tid"),
                cancelled_at: word("cancelled_at"),
                raw: whole("raw").map(|text| text.replace('\0', "")),
                body_excerpt: text("body_excerpt"),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, TEXT, WORD, fitted};
    use crate::event::Said;

    #[test]
    fn a_text_is_kept_as_far_as_every_database_takes_it() {
        for (text, kept) in
            [("", ""), ("정상", "정상"), ("ok\0\0", "ok"), ("\0", ""), ("abcd", "abcd"), ("abcde", "abc…")]
        {
            assert_eq!(fitted(text, 4), kept, "{text:?}");
        }
        // A text of MySQL's has 65,535 bytes, of which a character takes four at most.
        assert!(fitted(&"😀".repeat(TEXT + 1), TEXT).len() <= 65_535);
    }

    #[test]
    fn whatever_was_answered_can_be_recorded() {
        let long = "9".repeat(70_000);
        let answer = serde_json::json!({
            "outcome": "done", "result_code": long, "result_msg": long, "cancel_tid": format!("{long}\0"), "raw": "{}\0",
        });
        let answer = Answer::read(&answer.to_string()).expect("it is an answer");
        assert_eq!(answer.said, Said::Done);
        let count = |value: &Option<String>| value.as_deref().map(|text| text.chars().count());
        let heard = &answer.heard;
        assert_eq!([&heard.result_code, &heard.cancel_tid].map(count), [Some(WORD); 2]);
        assert_eq!((count(&heard.result_msg), heard.raw.as_deref()), (Some(TEXT), Some("{}")));
    }
}
