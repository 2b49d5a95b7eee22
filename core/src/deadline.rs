//! The end of a call's time limit, by a clock that goes on while the machine is suspended.

use std::time::Duration;

use tokio::time::Instant;

/// When a call's time is over.
///
/// Timers count by a clock that stands still while the machine is suspended, and a process that was stopped polls a
/// call before it looks at any timer. So whether time is over is asked here, at the moment that it matters.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    timer: Instant,
    over: Duration,
}

impl Deadline {
    /// The deadline of a call that begins now and may take `limit`.
    pub(crate) fn after(limit: Duration) -> Self {
        Self { timer: Instant::now() + limit, over: clock::now() + limit }
    }

    /// When a timer for it should ring.
    pub(crate) fn timer(self) -> Instant {
        self.timer
    }

    /// Tells whether it has passed.
    pub(crate) fn is_over(self) -> bool {
        Instant::now() >= self.timer || clock::now() >= self.over
    }
}

#[cfg(unix)]
mod clock {
    use std::time::Duration;

    use rustix::time::{ClockId, clock_gettime};

    /// Goes on in a suspend; the monotonic one does so only on other systems than Linux.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    const CLOCK: ClockId = ClockId::Boottime;
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    const CLOCK: ClockId = ClockId::Monotonic;

    /// How long the machine has been up.
    pub(super) fn now() -> Duration {
        Duration::try_from(clock_gettime(CLOCK)).unwrap_or_default()
    }
}

#[cfg(not(unix))]
mod clock {
    use std::sync::LazyLock;
    use std::time::{Duration, Instant};

    /// On Windows this clock goes on in a suspend.
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);

    pub(super) fn now() -> Duration {
        START.elapsed()
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
        assert!(Deadline { over: Duration::ZERO, ..deadline }.is_over());
    }
}
