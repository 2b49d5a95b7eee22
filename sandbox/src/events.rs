//! What changed, in order, for those who follow live; what it looks like now is asked for elsewhere.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar};

use tokio::sync::watch;

/// How many changes are kept: who asks less often than that has to look at everything again.
const KEPT: usize = 2_000;

/// What a change is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// A request arrived, ended, or moved money late.
    Request(u64),
    /// A payment was approved.
    Payment(String),
    /// Something was set: `rules`, `clock`, `merchants`, `balance`, `faults`, `tls`, or everything by `reset`.
    Settings(&'static str),
}

/// The newest changes.
pub(crate) struct Events {
    newest: VecDeque<(u64, Change)>,
    last: u64,
    bell: Arc<Bell>,
}

/// What those who wait for a change wait on: threads on the one, tasks on the other.
pub(crate) struct Bell {
    pub(crate) threads: Condvar,
    pub(crate) tasks: watch::Sender<u64>,
}

impl Bell {
    /// A bell that nobody has rung.
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { threads: Condvar::new(), tasks: watch::Sender::new(0) })
    }
}

impl Events {
    /// No change yet.
    pub(crate) fn new(bell: Arc<Bell>) -> Self {
        Self { newest: VecDeque::new(), last: 0, bell }
    }

    /// Tells of a change.
    pub(crate) fn push(&mut self, change: Change) {
        self.last += 1;
        if self.newest.len() == KEPT {
            self.newest.pop_front();
        }
        self.newest.push_back((self.last, change));
        self.bell.tasks.send_replace(self.last);
        self.bell.threads.notify_all();
    }

    /// The number of the newest change, 0 before the first.
    pub(crate) fn last(&self) -> u64 {
        self.last
    }

    /// At most so many changes after a number, and whether some before them are lost.
    pub(crate) fn since(&self, number: u64, limit: usize) -> (Vec<(u64, Change)>, bool) {
        let oldest = self.newest.front().map_or(self.last + 1, |(first, _)| *first);
        // A number that was never given is one of another run: its owner has to look at everything again.
        let lost = number.saturating_add(1) < oldest || number > self.last;
        let after = self.newest.iter().filter(|(at, _)| lost || *at > number);
        (after.take(limit).cloned().collect(), lost)
    }
}

#[cfg(test)]
mod tests {
    use super::{Bell, Change, Events, KEPT};

    #[test]
    fn tells_what_came_after_and_what_is_lost() {
        let bell = Bell::new();
        let mut events = Events::new(bell.clone());
        assert_eq!(events.since(0, 10), (Vec::new(), false));
        for number in 1..=KEPT as u64 + 1 {
            events.push(Change::Request(number));
        }
        assert_eq!(*bell.tasks.borrow(), events.last());
        let numbers = |since, limit| {
            let (found, lost) = events.since(since, limit);
            (found.first().map(|(at, _)| *at), found.len(), lost)
        };
        assert_eq!(numbers(2_001, 10), (None, 0, false));
        assert_eq!(numbers(1_999, 10), (Some(2_000), 2, false));
        assert_eq!(numbers(1, 10), (Some(2), 10, false));
        assert_eq!(numbers(0, 10), (Some(2), 10, true));
        assert_eq!(numbers(5_000, 10), (Some(2), 10, true));
    }
}
