//! Korean time: the only clock the gateway's fields know.

use std::time::{SystemTime, UNIX_EPOCH};

use time::{Date, Month, OffsetDateTime, Time};

/// Korea has kept UTC+9 without summer time since 1988.
const KST_AHEAD_SECONDS: i64 = 9 * 3600;

/// A second in KST, as the 14 digits `yyyyMMddHHmmss`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kst(String);

impl Kst {
    /// The present second of this machine's clock.
    pub(crate) fn now() -> Self {
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        Self::at_unix(i64::try_from(seconds).unwrap_or(0))
    }

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

/// Whether the text is a timestamp the gateway reads: 14 digits of a real date and time, or 13 digits of epoch
/// milliseconds.
pub(crate) fn is_timestamp(text: &str) -> bool {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    match text.len() {
        13 => true,
        14 => is_real(text).is_some(),
        _ => false,
    }
}

fn is_real(digits: &str) -> Option<()> {
    let two = |from: usize| digits[from..from + 2].parse::<u8>().ok();
    let year = digits[..4].parse::<i32>().ok()?;
    let month = Month::try_from(two(4)?).ok()?;
    Date::from_calendar_date(year, month, two(6)?).ok()?;
    Time::from_hms(two(8)?, two(10)?, two(12)?).ok()?;
    Some(())
}

#[cfg(test)]
mod tests {
    use super::{Kst, is_timestamp};

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
    fn accepts_both_documented_timestamps_and_nothing_else() {
        for good in ["20190906110100", "20240229235959", "1567735260000"] {
            assert!(is_timestamp(good), "{good}");
        }
        for bad in [
            "",
            "2019090611010",
            "20190906110100 ",
            "20190229000000",
            "20191301000000",
            "20190900000000",
            "20190906240000",
            "20190906116000",
            "20190906110160",
            "2019-09-06T11:",
            "156773526000",
            "２０１９0906110100",
            "+1567735260000",
        ] {
            // The second one has 13 digits, and so reads as epoch milliseconds.
            assert_eq!(is_timestamp(bad), bad == "2019090611010", "{bad}");
        }
    }
}
