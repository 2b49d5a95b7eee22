//! Korean time: the only clock the gateway's fields know.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time};

/// Korea has kept UTC+9 without summer time since 1988.
const KST_AHEAD_SECONDS: i64 = 9 * 3600;

/// A second in KST, as the 14 digits `yyyyMMddHHmmss`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kst(String);

impl Kst {
    /// The KST reading of a Unix time in seconds; a time beyond the year 9999 reads as 1970.
    pub(crate) fn at_unix(seconds: i64) -> Self {
        let at = OffsetDateTime::from_unix_timestamp(seconds.saturating_add(KST_AHEAD_SECONDS))
            .unwrap_or(OffsetDateTime::UNIX_EPOCH);
        Self(format!(
            "{:04}{:02}{:02}{:02}{:02}{:02}",
            at.year(),
            u8::from(at.month()),
            at.day(),
            at.hour(),
            at.minute(),
            at.second()
        ))
    }

    /// The second these 14 digits name, where they are a real date and time.
    pub(crate) fn parse(digits: &str) -> Option<Self> {
        unix_of(digits).map(|_| Self(digits.to_owned()))
    }

    /// The Unix time in seconds.
    pub(crate) fn unix(&self) -> i64 {
        unix_of(&self.0).unwrap_or(0)
    }

    /// The year and month, `yyyyMM`.
    pub(crate) fn month(&self) -> &str {
        &self.0[..6]
    }

    /// All 14 digits.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The date, `yyyyMMdd`.
    pub(crate) fn date(&self) -> &str {
        &self.0[..8]
    }

    /// The time of day, `HHmmss`.
    pub(crate) fn time(&self) -> &str {
        &self.0[8..]
    }
}

/// The Unix time of 14 digits of a real date and time in KST.
pub(crate) fn unix_of(digits: &str) -> Option<i64> {
    if digits.len() != 14 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let two = |from: usize| digits[from..from + 2].parse::<u8>().ok();
    let year = digits[..4].parse::<i32>().ok()?;
    let month = Month::try_from(two(4)?).ok()?;
    let date = Date::from_calendar_date(year, month, two(6)?).ok()?;
    let time = Time::from_hms(two(8)?, two(10)?, two(12)?).ok()?;
    Some(PrimitiveDateTime::new(date, time).assume_utc().unix_timestamp() - KST_AHEAD_SECONDS)
}

/// The Unix time in milliseconds of 13 digits of it.
pub(crate) fn millis_of(digits: &str) -> Option<i64> {
    let right = digits.len() == 13 && digits.bytes().all(|byte| byte.is_ascii_digit());
    if right { digits.parse().ok() } else { None }
}

/// The clock a sandbox goes by: this machine's, or one that a test has set.
#[derive(Clone, Debug, Default)]
pub(crate) enum Clock {
    /// This machine's.
    #[default]
    Machine,
    /// One that stands still, in Unix seconds.
    Fixed(i64),
    /// One that was set, in Unix seconds, and continues from there.
    Running(i64, Instant),
}

impl Clock {
    /// The second it shows.
    pub(crate) fn now(&self) -> Kst {
        Kst::at_unix(match self {
            Self::Machine => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH);
                since.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(0))
            }
            Self::Fixed(second) => *second,
            Self::Running(second, since) => {
                second.saturating_add(i64::try_from(since.elapsed().as_secs()).unwrap_or(0))
            }
        })
    }

    /// `machine`, `fixed` or `running`.
    pub(crate) fn mode(&self) -> &'static str {
        match self {
            Self::Machine => "machine",
            Self::Fixed(_) => "fixed",
            Self::Running(..) => "running",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Clock, Kst, millis_of, unix_of};

    #[test]
    fn reads_the_clock_in_korea() {
        // 2019-09-06 11:01:00 +09:00 is 1567735260 since the epoch.
        let at = Kst::at_unix(1_567_735_260);
        assert_eq!(at.as_str(), "20190906110100");
        assert_eq!((at.date(), at.time()), ("20190906", "110100"));
        // 15:00 UTC is midnight of the next day, here of the next year.
        assert_eq!(Kst::at_unix(1_704_034_800).as_str(), "20240101000000");
        assert_eq!(Kst::at_unix(i64::MAX).as_str(), "19700101000000");
    }

    #[test]
    fn reads_back_what_it_writes() {
        for (digits, unix) in [("20190906110100", 1_567_735_260), ("20240101000000", 1_704_034_800)] {
            assert_eq!(Kst::parse(digits).map(|at| at.unix()), Some(unix));
        }
        let last = Kst::parse("20240229235959");
        assert!(last.is_some_and(|at| at.month() == "202402" && Kst::at_unix(at.unix() + 1).month() == "202403"));
        assert_eq!(millis_of("1567735260000"), Some(1_567_735_260_000));
        for bad in ["", "20190229000000", "20191301000000", "20190900000000", "20190906240000", "20190906116000"] {
            assert_eq!(unix_of(bad), None, "{bad}");
        }
        for bad in ["20190906110160", "2019-09-06T11:", "２０１９0906110100", "20190906110100 ", "+2019090611010"] {
            assert_eq!((unix_of(bad), millis_of(bad)), (None, None), "{bad}");
        }
    }

    #[test]
    fn a_set_clock_stands_still_or_goes_on() {
        assert_eq!(Clock::Fixed(1_567_735_260).now().as_str(), "20190906110100");
        let began = Instant::now().checked_sub(Duration::from_secs(61));
        let running = began.map(|began| Clock::Running(1_567_735_260, began).now());
        assert!(running.is_none_or(|now| now.as_str() > "20190906110200"));
        assert!(Clock::Machine.now().as_str() > "20250101000000");
    }
}
