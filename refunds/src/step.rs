//! What becomes of a payment and its refund when something happens: the only place that decides.

use crate::event::{Event, Refusal};
use crate::moved::{Action, Moved, Operation};
use crate::payment::{Holder, Payment};
use crate::policy::Policy;
use crate::refund::{Note, Refund, State};
use crate::rules::{Rule, Rules};
use crate::{ruling, said, shown};

/// Decides what becomes of a payment and its refund.
///
/// `now` is the store's time, in milliseconds. What comes back is to be stored by compare-and-set: only if nobody has
/// changed the payment since it was loaded.
///
/// # Errors
///
/// A ruling that is too early, or that contradicts what is known. Nothing has changed then.
pub fn step(payment: Payment, refund: Refund, event: Event, now: u64, policy: &Policy) -> Result<Moved, Refusal> {
    decide(Rules::ALL, payment, refund, event, now, policy)
}

/// Decides by the rules that are given.
///
/// # Errors
///
/// A ruling that is too early, or that contradicts what is known.
pub fn decide(
    rules: Rules,
    payment: Payment,
    refund: Refund,
    event: Event,
    now: u64,
    policy: &Policy,
) -> Result<Moved, Refusal> {
    let before = Moved { payment, refund, action: Action::Nothing };
    match event {
        Event::Claim { token } => Ok(claim(rules, before, token, now, policy)),
        Event::Said { token, said } => Ok(said::hear(rules, before, token, said, now, policy)),
        Event::Ruled { ruling, remaining } => ruling::judge(rules, before, ruling, remaining, now, policy),
        Event::Restored => Ok(restored(rules, before, now, policy)),
        Event::Shown => Ok(shown::show(before, now)),
        Event::Foreign => Ok(shown::foreign(before)),
    }
}

fn claim(rules: Rules, before: Moved, token: u64, now: u64, policy: &Policy) -> Moved {
    let Moved { payment, refund, .. } = before;
    let again = policy.confirm_price_enforced || !rules.keep(Rule::Enforced);
    match refund.state {
        // R3.
        State::Requested if payment.holder == Holder::Other && rules.keep(Rule::OneOpen) => before,
        State::Requested if refund.due.is_none_or(|due| due > now) => before,
        // R12.
        State::Requested if payment.suspect || refund.maybe_sent > 0 => {
            doubted(before, now, policy).review(Note::Restored)
        }
        State::Requested => match payment.remaining.checked_sub(refund.amount) {
            Some(confirm) => send(rules, before, token, confirm, now, policy),
            None => before.review(Note::AboveRemaining),
        },
        // R11: its worker died, or was stopped for longer than its lease.
        State::Sending if refund.lease_over <= now && rules.keep(Rule::Sweep) => before.unanswered(again),
        // R4.
        State::Unknown if refund.quiet_over <= now && again => match refund.confirm {
            Some(_) if refund.in_a_row >= policy.sends => before.review(Note::TooOften),
            // R2: the pair that was stored.
            Some(confirm) => send(rules, before, token, confirm, now, policy),
            None => before.review(Note::NoAnswer),
        },
        // The merchant no longer states that it is enforced.
        State::Unknown if refund.quiet_over <= now => before.review(Note::NoAnswer),
        _ => before,
    }
}

fn send(rules: Rules, mut moved: Moved, token: u64, confirm: u64, now: u64, policy: &Policy) -> Moved {
    let before = moved;
    let Moved { payment, refund, .. } = &mut moved;
    payment.holder = Holder::This;
    // R2: counted as sent before it can be.
    refund.state = State::Sending;
    refund.confirm = Some(confirm);
    refund.attempts += 1;
    refund.in_a_row += 1;
    refund.token = token;
    refund.maybe_sent += 1;
    refund.awaited = true;
    refund.lease_over = now.saturating_add(policy.lease);
    refund.quiet_over = refund.lease_over.saturating_add(policy.quiet);
    refund.due = Some(refund.lease_over);
    let whole = payment.remaining == payment.paid && refund.amount == payment.paid;
    let operation = if whole { Operation::Cancel } else { Operation::PartialCancel };
    moved.action = Action::Send { operation, amount: refund.amount, confirm };
    if rules.keep(Rule::Pair) { moved } else { Moved { action: moved.action, ..before } }
}

/// R12: what is open may have been sent, and forgotten.
fn restored(rules: Rules, mut before: Moved, now: u64, policy: &Policy) -> Moved {
    if !rules.keep(Rule::Restore) {
        return before;
    }
    before.payment.suspect = true;
    if before.refund.state.is_ended() {
        return before.stored();
    }
    let doubted = doubted(before, now, policy);
    // R3: what waits for another refund goes to review when its turn comes.
    if doubted.payment.holder == Holder::Other { doubted.stored() } else { doubted.review(Note::Restored) }
}

/// It may have left, though nothing is written of it.
fn doubted(mut moved: Moved, now: u64, policy: &Policy) -> Moved {
    let Moved { payment, refund, .. } = &mut moved;
    refund.maybe_sent = refund.maybe_sent.max(1);
    // Of attempts that were forgotten nothing is known, so that what is written of the latest one is no count.
    refund.awaited = false;
    refund.confirm = refund.confirm.or(Some(payment.remaining.saturating_sub(refund.amount)));
    refund.quiet_over = refund.quiet_over.max(now.saturating_add(policy.lease).saturating_add(policy.quiet));
    moved
}
