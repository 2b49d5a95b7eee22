//! What becomes of a refund when a statement of the gateway's, or the merchant admin's, shows its cancel.

use crate::moved::Moved;
use crate::payment::Holder;
use crate::refund::{Note, State};

pub(crate) fn show(before: Moved, now: u64) -> Moved {
    let refund = before.refund;
    match refund.state {
        // A person is to say what it means that the statement contradicts what was recorded.
        State::Review if refund.note == Some(Note::Statement) => before,
        State::Review | State::Unknown if refund.maybe_sent > 0 => done(before),
        State::Sending if refund.lease_over <= now => done(before),
        // Of what was never claimed no cancel can be.
        State::Declined | State::Void | State::Requested if refund.attempts > 0 => contradicted(before),
        _ => before,
    }
}

/// The statement shows a cancel of the payment that belongs to no refund of the ledger: what remains is less than is recorded,
/// so that the next refund waits for a person.
pub(crate) fn foreign(mut before: Moved) -> Moved {
    if before.payment.suspect || before.payment.remaining == 0 {
        return before;
    }
    before.payment.suspect = true;
    before.stored()
}

fn done(mut moved: Moved) -> Moved {
    moved.payment.remaining = moved.payment.remaining.saturating_sub(moved.refund.amount);
    moved.refund.note = None;
    moved.end(State::Done)
}

fn contradicted(mut moved: Moved) -> Moved {
    if moved.payment.holder == Holder::Other {
        // R3: it can't wait for a person beside another; what remains is doubted, so that the next one does.
        if moved.payment.suspect {
            return moved;
        }
        moved.payment.suspect = true;
        return moved.stored();
    }
    if moved.refund.state.is_ended() {
        moved.payment.asked = moved.payment.asked.saturating_add(moved.refund.amount);
    }
    moved.refund.maybe_sent = moved.refund.maybe_sent.max(1);
    moved.refund.awaited = false;
    moved.review(Note::Statement)
}
