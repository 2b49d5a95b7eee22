//! What becomes of a refund when a person has looked.

use crate::event::{Refusal, Ruling};
use crate::moved::Moved;
use crate::payment::Holder;
use crate::policy::Policy;
use crate::refund::State;
use crate::rules::{Rule, Rules};

pub(crate) fn judge(
    rules: Rules,
    before: Moved,
    ruling: Ruling,
    remaining: Option<u64>,
    now: u64,
    policy: &Policy,
) -> Result<Moved, Refusal> {
    let Moved { payment, refund, .. } = before;
    match refund.state {
        State::Review | State::Unknown => {}
        State::Requested if ruling == Ruling::Void => {}
        _ => return Err(Refusal::State),
    }
    // Whether it lacks what the other has sent, nobody can say yet: it could be taken off twice.
    if payment.holder == Holder::Other && (payment.suspect || remaining.is_some()) {
        return Err(Refusal::OtherOpen);
    }
    if payment.suspect && remaining.is_none() {
        return Err(Refusal::RemainingNeeded);
    }
    let left = refund.maybe_sent > 0;
    // R10.
    if left && ruling != Ruling::Done && refund.quiet_over > now && rules.keep(Rule::Quiet) {
        return Err(Refusal::Quiet(refund.quiet_over));
    }
    let after = payment.remaining.saturating_sub(refund.amount);
    let most = if ruling == Ruling::Done { after } else { payment.remaining };
    if remaining.is_some_and(|seen| seen > most) {
        return Err(Refusal::Remaining);
    }
    let mut moved = before;
    match ruling {
        // R4.
        Ruling::Resend if !policy.confirm_price_enforced => return Err(Refusal::NotEnforced),
        Ruling::Done | Ruling::Resend if !left => return Err(Refusal::NothingLeft),
        Ruling::Void | Ruling::Retry if left && !payment.suspect && remaining == Some(after) => {
            return Err(Refusal::LooksDone);
        }
        Ruling::Done => moved.payment.remaining = remaining.unwrap_or(after),
        Ruling::Resend => {}
        Ruling::Void | Ruling::Retry => moved.payment.remaining = remaining.unwrap_or(payment.remaining),
    }
    moved.payment.suspect = payment.suspect && remaining.is_none();
    moved.refund.note = None;
    moved.refund.in_a_row = 0;
    Ok(match ruling {
        Ruling::Done => moved.end(State::Done),
        Ruling::Void => moved.end(State::Void),
        Ruling::Retry => {
            // R9: both are given back.
            moved.refund.state = State::Requested;
            moved.refund.confirm = None;
            moved.refund.maybe_sent = 0;
            moved.refund.awaited = false;
            moved.refund.pauses = 0;
            moved.refund.due = Some(now);
            moved.free()
        }
        Ruling::Resend => {
            moved.refund.state = State::Unknown;
            moved.refund.due = Some(now);
            moved.stored()
        }
    })
}
