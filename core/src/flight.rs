//! Whether anything of a call's request may have left this machine.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::deadline::Deadline;

const WAITING: u32 = 0;
const LEFT: u32 = 1;
const WITHDRAWN: u32 = 2;

/// One call's truth, shared by the call, its caller and the body of each attempt.
///
/// A word holds the attempt's number and its state, so that a body of an earlier attempt, or of a withdrawn call, can
/// never leave: it asks here first, and what it is told is final.
#[derive(Clone, Debug, Default)]
pub(crate) struct Flight(Arc<AtomicU32>);

/// The permission of one attempt to leave, once and before the call's deadline.
#[derive(Debug)]
pub(crate) struct Ticket {
    flight: Flight,
    attempt: u32,
    deadline: Deadline,
}

impl Flight {
    /// Begins the next attempt; `None` if the call was withdrawn, or if something left already.
    pub(crate) fn board(&self, deadline: Deadline) -> Option<Ticket> {
        let word = self.0.load(Ordering::Acquire);
        let attempt = (word >> 2) + 1;
        let boarded = state(word) == WAITING
            && self.0.compare_exchange(word, attempt << 2 | WAITING, Ordering::AcqRel, Ordering::Acquire).is_ok();
        boarded.then(|| Ticket { flight: self.clone(), attempt, deadline })
    }

    /// Calls everything back: true if nothing has left and from now on nothing can.
    pub(crate) fn withdraw(&self) -> bool {
        let withdraw = |word| (state(word) == WAITING).then_some(word & !3 | WITHDRAWN);
        match self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, withdraw) {
            Ok(_) => true,
            Err(word) => state(word) == WITHDRAWN,
        }
    }

    /// Returns whether the call was called back.
    pub(crate) fn is_withdrawn(&self) -> bool {
        state(self.0.load(Ordering::Acquire)) == WITHDRAWN
    }

    /// How many attempts have begun.
    pub(crate) fn attempts(&self) -> u32 {
        self.0.load(Ordering::Acquire) >> 2
    }

    /// Returns whether the request may have left.
    pub(crate) fn has_left(&self) -> bool {
        state(self.0.load(Ordering::Acquire)) == LEFT
    }
}

impl Ticket {
    /// Takes the permission to leave: true once at most, only for the latest attempt of a call not withdrawn, and only
    /// before its deadline.
    pub(crate) fn leave(&self) -> bool {
        if self.deadline.is_over() {
            return false;
        }
        let waiting = self.attempt << 2 | WAITING;
        let left = self.attempt << 2 | LEFT;
        self.flight.0.compare_exchange(waiting, left, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }
}

const fn state(word: u32) -> u32 {
    word & 3
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn soon() -> Deadline {
        Deadline::after(Duration::from_secs(60))
    }

    #[test]
    fn nothing_leaves_after_the_deadline() {
        let flight = Flight::default();
        let ticket = flight.board(Deadline::after(Duration::ZERO)).expect("nothing has left yet");
        assert!(!ticket.leave());
        assert!(!flight.has_left());
        assert!(flight.withdraw(), "it is not sure that nothing left");
    }

    #[test]
    fn a_ticket_leaves_once() {
        let flight = Flight::default();
        let ticket = flight.board(soon()).expect("nothing has left yet");
        assert!(!flight.has_left());
        assert!(ticket.leave());
        assert!(!ticket.leave());
        assert!(flight.has_left());
        assert!(!flight.withdraw());
        assert!(flight.board(soon()).is_none(), "a second attempt began after the first had left");
    }

    #[test]
    fn nothing_leaves_after_a_withdrawal() {
        let flight = Flight::default();
        let ticket = flight.board(soon()).expect("nothing has left yet");
        assert!(flight.withdraw());
        assert!(flight.withdraw(), "withdrawing twice is as good as once");
        assert!(!ticket.leave());
        assert!(!flight.has_left());
        assert!(flight.board(soon()).is_none());
    }

    #[test]
    fn an_earlier_attempt_can_not_leave_after_a_later_one_began() {
        let flight = Flight::default();
        let first = flight.board(soon()).expect("nothing has left yet");
        let second = flight.board(soon()).expect("nothing has left yet");
        assert!(!first.leave());
        assert!(second.leave());
    }

    #[test]
    fn withdrawing_and_leaving_never_both_succeed() {
        for _ in 0..2_000 {
            let flight = Flight::default();
            let ticket = flight.board(soon()).expect("nothing has left yet");
            let (left, withdrawn) = std::thread::scope(|scope| {
                let leaver = scope.spawn(move || ticket.leave());
                let withdrawn = flight.withdraw();
                (leaver.join().expect("leaving does not panic"), withdrawn)
            });
            assert_ne!(left, withdrawn);
        }
    }
}
