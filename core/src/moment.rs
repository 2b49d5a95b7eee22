//! An instant, by a clock that continues while the machine is suspended.

use std::time::Duration;

/// An instant by a clock that continues while the machine is suspended, and that nobody sets.
///
/// It says nothing to another machine, nor after a restart of this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(Duration);

impl Moment {
    /// The instant that it is now.
    #[must_use]
    pub fn now() -> Self {
        Self(clock::now())
    }

    /// The instant at which the clock had counted so much.
    #[must_use]
    pub const fn at(counted: Duration) -> Self {
        Self(counted)
    }

    /// What the clock had counted.
    #[must_use]
    pub const fn counted(self) -> Duration {
        self.0
    }

    /// How long ago `earlier` was at this instant; nothing where it is later.
    pub(crate) const fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }

    /// The instant that comes so much later.
    pub(crate) const fn plus(self, later: Duration) -> Self {
        Self(self.0.saturating_add(later))
    }
}

#[cfg(unix)]
mod clock {
    use std::time::Duration;

    use rustix::time::{ClockId, clock_gettime};

    /// Continues in a suspend; the monotonic one does so only on other systems than Linux.
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

    /// On Windows this clock continues in a suspend.
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);

    pub(super) fn now() -> Duration {
        START.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3_600);

    #[test]
    fn it_goes_on_and_can_be_written_down() {
        let then = Moment::now();
        let again = Moment::at(then.counted());
        assert_eq!(again, then);
        assert!(Moment::now() >= then);
    }

    #[test]
    fn what_is_still_to_come_has_not_passed() {
        let now = Moment::now();
        assert_eq!(now.plus(HOUR).since(now), HOUR);
        assert_eq!(now.since(now.plus(HOUR)), Duration::ZERO);
        assert_eq!(Moment::at(Duration::MAX).plus(HOUR), Moment::at(Duration::MAX));
    }
}
