//! What comes of an event, and the moves that decisions are made of.

use crate::payment::{Holder, Payment};
use crate::refund::{Note, Refund, State};

/// Which of the gateway's operations is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Full cancel (전체 취소): nothing went back yet, and the whole is asked for.
    Cancel,
    /// Partial cancel (부분 취소).
    PartialCancel,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Nothing; nothing has changed.
    Nothing,
    /// Store what has changed.
    Store,
    /// Store what has changed, and only then send.
    Send {
        /// Which operation.
        operation: Operation,
        /// What goes back.
        amount: u64,
        /// What is to remain.
        confirm: u64,
    },
}

/// What comes of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moved {
    /// The payment afterwards.
    pub payment: Payment,
    /// The refund afterwards.
    pub refund: Refund,
    /// What is to be done.
    pub action: Action,
}

impl Moved {
    /// The refund waits for a person, and keeps the payment (R3).
    pub(crate) fn review(mut self, note: Note) -> Self {
        self.refund.state = State::Review;
        self.refund.note = Some(note);
        self.refund.due = None;
        self.payment.holder = Holder::This;
        self.stored()
    }

    /// The refund has ended, and gives the payment back.
    pub(crate) fn end(mut self, state: State) -> Self {
        if !self.refund.state.is_ended() {
            self.payment.asked = self.payment.asked.saturating_sub(self.refund.amount);
        }
        self.refund.state = state;
        self.refund.due = None;
        self.free()
    }

    /// The refund does not have the payment.
    pub(crate) fn free(mut self) -> Self {
        if self.payment.holder == Holder::This {
            self.payment.holder = Holder::Nobody;
        }
        self.stored()
    }

    pub(crate) fn stored(mut self) -> Self {
        self.action = Action::Store;
        self
    }

    /// No answer that tells came: it is sent again only where `confirmPrice` is enforced (R4).
    pub(crate) fn unanswered(mut self, again: bool) -> Self {
        if !again {
            return self.review(Note::NoAnswer);
        }
        self.refund.state = State::Unknown;
        self.refund.due = Some(self.refund.quiet_over);
        self.stored()
    }
}
