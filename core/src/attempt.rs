//! The attempts of a call as they ended, for those who want to see them.

use std::mem;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use crate::error::ErrorKind;

/// One attempt of a call, as it ended: it reached an answer, or it failed.
///
/// It holds nothing of what was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attempt {
    /// Its number within the call, from 1.
    pub number: u32,
    /// When it began, by this machine's clock.
    pub began: SystemTime,
    /// How long it took, until the answer was read or it failed.
    pub took: Duration,
    /// Why it reached no answer; absent where it did.
    pub kind: Option<ErrorKind>,
    /// The answer's HTTP status, where it reached one.
    pub http_status: Option<u16>,
    /// How long the call pauses before another attempt; absent where this one was the last.
    pub pause: Option<Duration>,
}

/// The attempts of one call, shared by the call and its caller.
///
/// A call with one attempt keeps it in place, and asks for no further memory.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trail(Arc<Mutex<Ended>>);

#[derive(Debug, Default)]
struct Ended {
    earlier: Vec<Attempt>,
    last: Option<Attempt>,
}

impl Trail {
    pub(crate) fn add(&self, attempt: Attempt) {
        let mut ended = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(before) = ended.last.replace(attempt) {
            ended.earlier.push(before);
        }
    }

    /// Returns those that have ended since it was last asked, in order.
    pub(crate) fn take(&self) -> Vec<Attempt> {
        let mut ended = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut attempts = mem::take(&mut ended.earlier);
        attempts.extend(ended.last.take());
        attempts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(number: u32) -> Attempt {
        let began = SystemTime::UNIX_EPOCH;
        Attempt { number, began, took: Duration::ZERO, kind: None, http_status: None, pause: None }
    }

    #[test]
    fn each_attempt_is_given_once_and_in_order() {
        let trail = Trail::default();
        assert!(trail.take().is_empty());
        for number in 1..=3 {
            trail.add(attempt(number));
        }
        assert_eq!(trail.take(), [attempt(1), attempt(2), attempt(3)]);
        trail.add(attempt(4));
        assert_eq!(trail.take(), [attempt(4)]);
        assert!(trail.take().is_empty());
    }
}
