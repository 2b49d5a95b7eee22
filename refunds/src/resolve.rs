//! What a person rules who has looked.

use paywelcome::Argument;

use crate::event::{Event, Refusal, Ruling};
use crate::ledger::Ledger;
use crate::process;
use crate::record::{Record, Ruled};
use crate::refused::{Kind, Refused};
use crate::step::step;
use crate::tries::Tries;
use crate::work::Io;
use crate::{kst, sql, told};

/// The longest note, in characters.
const NOTE_LONGEST: usize = 1_000;

/// What a person asks for.
pub(crate) struct Asked {
    pub(crate) key: String,
    pub(crate) ruling: Ruling,
    pub(crate) by: String,
    pub(crate) note: Option<String>,
    pub(crate) remaining: Option<u64>,
}

pub(crate) fn ruling(argument: &Argument) -> Result<Ruling, String> {
    const WANTED: &str = "\"done\", \"void\", \"retry\" or \"resend\"";
    Ruling::parse(argument.text(WANTED)?).ok_or_else(|| format!("must be {WANTED}"))
}

pub(crate) fn note(argument: &Argument) -> Result<Option<String>, String> {
    if argument.is_absent() {
        return Ok(None);
    }
    let text = argument.text("a text")?;
    if text.contains('\0') {
        return Err("holds a NUL, which no database takes; pass it without".to_owned());
    }
    match text.chars().count() {
        length if length > NOTE_LONGEST => Err(format!("has {length} characters; pass at most {NOTE_LONGEST}")),
        _ => Ok(Some(text.to_owned())),
    }
}

pub(crate) async fn resolve(ledger: Ledger, io: Io, asked: Asked, seed: u64) -> Result<String, Refused> {
    let Asked { key, ruling, by, note, remaining } = asked;
    let ruled = Ruled { ruling: Some(ruling.as_str().to_owned()), by: Some(by), note };
    let mut tries = Tries::new(seed);
    loop {
        let before = process::load(&ledger, &io, &key).await?;
        let event = Event::Ruled { ruling, remaining };
        let moved = step(before.payment, before.refund, event, before.now, &ledger.policy_of(&before));
        let moved = moved.map_err(|refusal| refused(refusal, &before, ruling))?;
        let mut after = before.moved(&moved, before.now);
        after.ruled = ruled.clone();
        if moved.refund.state.is_ended() {
            after.evidence = Some("operator".to_owned());
        }
        let entry = sql::Entry { what: "ruling", ruled: ruled.clone(), remaining, ..sql::Entry::default() };
        if process::write(&ledger, &io, &before, &after, &entry, tries.writer()).await? {
            return Ok(told::moved(&ledger, &before, &after, None));
        }
        tries.again(&io, &key).await?;
    }
}

fn refused(refusal: Refusal, record: &Record, ruling: Ruling) -> Refused {
    let (key, ruling) = (&record.key, ruling.as_str());
    let (remaining, amount) = (record.payment.remaining, record.refund.amount);
    let after = remaining.saturating_sub(amount);
    let why = match refusal {
        Refusal::State => {
            let state = record.refund.state.as_str();
            format!("it is {state:?}; only refunds in review or unknown are ruled on, and \"void\" also ends one that was not sent")
        }
        Refusal::Quiet(until) => format!(
            "a sent request may still arrive until {}; check again then",
            kst::written(until)
        ),
        Refusal::NothingLeft => "it was never sent, so it can't be done".to_owned(),
        Refusal::Remaining => {
            let most = if ruling == "done" { after } else { remaining };
            format!("remaining is above {most}, the most that can remain")
        }
        Refusal::LooksDone => {
            format!("{after} is what remains if the {amount} went back; check the list of cancels again")
        }
        Refusal::RemainingNeeded => {
            "the store was restored and may not know of a cancel; pass remaining, the amount that the merchant admin shows as left".to_owned()
        }
        Refusal::OtherOpen => {
            let other = record.open_refund.as_deref().unwrap_or_default();
            let or = if record.payment.suspect { "" } else { ", or leave remaining out" };
            format!("what remains is not known until {other:?}, another refund of this payment, has ended; wait for that, or rule on it first{or}")
        }
        Refusal::NotEnforced => {
            "the same cancel is sent again only with confirm_price_enforced, which is neither stated nor proven for this pay_type by a rehearsal".to_owned()
        }
    };
    let until = match refusal {
        Refusal::Quiet(until) => Some(until),
        _ => None,
    };
    Refused { until, ..Refused::new(Kind::Ruling, format!("{ruling:?} is refused for {key:?}: {why}")) }
}
