//! The end of a call's time limit, by a clock that continues while the machine is suspended.

use std::time::Duration;

use tokio::time::Instant;

use crate::moment::Moment;

/// When a call's time is over.
///
/// Timers count by a clock that stands still while the machine is suspended, and a process that was stopped polls a
/// call before it looks at any timer. So whether time is over is asked here, at the moment that it matters.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    timer: Instant,
    over: Moment,
}

impl Deadline {
    /// The deadline of a call that begins now and may take `limit`.
    pub(crate) fn after(limit: Duration) -> Self {
        Self { timer: Instant::now() + limit, over: Moment::now().plus(limit) }
    }

    /// The deadline of what began at `began` and may take `limit` from there; what is to begin later begins now.
    pub(crate) fn since(began: Moment, limit: Duration) -> Self {
        let from_now = Self::after(limit.saturating_sub(Moment::now().since(began)));
        // The process may have been stopped since the clock was read.
        Self { over: from_now.over.min(began.plus(limit)), ..from_now }
    }

    /// When a timer for it should ring.
    pub(crate) fn timer(self) -> Instant {
        self.timer
    }

    /// Returns whether it has passed.
    pub(crate) fn is_over(self) -> bool {
        Instant::now() >= self.timer || Moment::now() >= self.over
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(3_600);

    #[test]
    fn it_passes() {
        assert!(!Deadline::after(LIMIT).is_over());
        assert!(Deadline::after(Duration::ZERO).is_over());
    }

    #[test]
    fn it_passes_by_either_clock() {
        let deadline = Deadline::after(LIMIT);
        assert!(Deadline { timer: Instant::now(), ..deadline }.is_over());
        // As after a suspend of an hour, of which no timer knows.
        assert!(Deadline { over: Moment::at(Duration::ZERO), ..deadline }.is_over());
    }

    #[test]
    fn it_counts_from_where_the_call_began() {
        // The clock began when this machine did, however lately.
        let (start, up) = (Moment::at(Duration::ZERO), Moment::now().counted());
        let left = |deadline: Deadline| deadline.timer() - Instant::now();
        assert!(Deadline::since(start, up).is_over());
        let half = Deadline::since(start, up * 2);
        assert!(!half.is_over());
        assert!(left(half) <= up);
        // No instant makes the limit longer.
        let later = Deadline::since(Moment::now().plus(LIMIT), LIMIT);
        assert!(left(later) <= LIMIT);
        assert!(later.over <= Moment::now().plus(LIMIT));
    }
}
