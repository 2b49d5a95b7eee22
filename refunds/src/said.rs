//! What becomes of a refund when one of its attempts has ended.

use crate::event::Said;
use crate::moved::Moved;
use crate::policy::Policy;
use crate::refund::{Note, State};
use crate::rules::{Rule, Rules};

pub(crate) fn hear(rules: Rules, before: Moved, token: u64, said: Said, now: u64, policy: &Policy) -> Moved {
    let refund = before.refund;
    let current = token == refund.token;
    if said == Said::Done {
        // R6: from any attempt, however late.
        let counts = rules.keep(Rule::AnySuccess) || current && refund.state == State::Sending;
        return if counts && refund.state != State::Done { done(before) } else { before };
    }
    // R6: all else once, from the current attempt, also when its lease is over.
    let open = matches!(refund.state, State::Sending | State::Unknown | State::Review);
    if !open || !current || !refund.awaited && rules.keep(Rule::Once) {
        return before;
    }
    let mut heard = before;
    heard.refund.awaited = false;
    let only = refund.maybe_sent == 1;
    let again = policy.confirm_price_enforced || !rules.keep(Rule::Enforced);
    match said {
        // R8.
        Said::Declined if only || !rules.keep(Rule::OnlyAttempt) => {
            // Where a person was to look already, there is nothing left to look for.
            heard.refund.note = None;
            heard.end(State::Declined)
        }
        // R5.
        Said::Declined if !rules.keep(Rule::NoNewPair) => not_sent(heard, now, policy),
        // R7.
        Said::Declined if !rules.keep(Rule::NoInference) => done(heard),
        Said::Declined => heard.review(Note::ProbablyDone),
        // R9.
        Said::NotSent if only || !rules.keep(Rule::GiveBack) => not_sent(heard, now, policy),
        Said::NotSent => {
            heard.refund.maybe_sent -= 1;
            heard.refund.in_a_row = refund.in_a_row.saturating_sub(1);
            waits(heard, again)
        }
        // R7.
        Said::Unknown { mismatch: true } => heard.review(Note::Mismatch),
        _ => waits(heard, again),
    }
}

/// What already waits for a person continues to do so.
fn waits(heard: Moved, again: bool) -> Moved {
    if heard.refund.state == State::Review { heard.stored() } else { heard.unanswered(again) }
}

fn done(mut moved: Moved) -> Moved {
    moved.payment.remaining = moved.payment.remaining.saturating_sub(moved.refund.amount);
    moved.refund.note = moved.refund.state.is_ended().then_some(Note::LateSuccess);
    moved.end(State::Done)
}

/// R9: payment and pair are given back together, and a pause that grows.
fn not_sent(mut moved: Moved, now: u64, policy: &Policy) -> Moved {
    let refund = &mut moved.refund;
    refund.state = State::Requested;
    refund.confirm = None;
    refund.maybe_sent = 0;
    refund.in_a_row = 0;
    refund.due = Some(now.saturating_add(policy.pause_after(refund.pauses)));
    refund.pauses += 1;
    refund.note = None;
    moved.free()
}
