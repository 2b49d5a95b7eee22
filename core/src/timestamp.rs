//! An instant as the gateway writes it: Korean time, whatever this machine's time zone is.

use std::time::{Duration, SystemTime};

use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

/// Korea has kept UTC+9 without summer time since 1988.
const KST_SECONDS: i32 = 9 * 60 * 60;

/// How the `timestamp` (타임스탬프) field is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TimestampFormat {
    /// 14 digits, yyyyMMddHHmmss in KST: the guide's field table.
    #[default]
    Kst,
    /// 13 digits, milliseconds since 1970: the guide's samples.
    EpochMs,
}

impl TimestampFormat {
    /// Writes `at`, or gives `None` where this machine's clock is before 1970 or beyond the year 9999.
    pub(crate) fn write(self, at: SystemTime) -> Option<String> {
        let since_1970 = at.duration_since(SystemTime::UNIX_EPOCH).ok()?;
        match self {
            Self::Kst => kst_digits(since_1970),
            Self::EpochMs => Some(format!("{:013}", since_1970.as_millis())).filter(|digits| digits.len() == 13),
        }
    }
}

fn kst_digits(since_1970: Duration) -> Option<String> {
    let utc = OffsetDateTime::from_unix_timestamp(i64::try_from(since_1970.as_secs()).ok()?).ok()?;
    let kst = utc.checked_to_offset(kst_offset()?)?;
    let (date, time) = (kst.date(), kst.time());
    let day = [date.year(), i32::from(u8::from(date.month())), i32::from(date.day())];
    let clock = [time.hour(), time.minute(), time.second()].map(i32::from);
    let number = day.into_iter().chain(clock).fold(0, |number, part| number * 100 + i64::from(part));
    Some(format!("{number:014}"))
}

fn kst_offset() -> Option<UtcOffset> {
    UtcOffset::from_whole_seconds(KST_SECONDS).ok()
}

/// Reads the gateway's date (YYYYMMDD) and time (hhmmss) as seconds since 1970; `None` where there is no such instant,
/// or one before there were such payments.
pub(crate) fn read_kst(date: &str, time: &str) -> Option<i64> {
    let year = digits(date, 8, 0..4)?;
    let month = Month::try_from(u8::try_from(digits(date, 8, 4..6)?).ok()?).ok()?;
    let day = u8::try_from(digits(date, 8, 6..8)?).ok()?;
    let clock = Time::from_hms(
        u8::try_from(digits(time, 6, 0..2)?).ok()?,
        u8::try_from(digits(time, 6, 2..4)?).ok()?,
        u8::try_from(digits(time, 6, 4..6)?).ok()?,
    )
    .ok()?;
    let date = Date::from_calendar_date(i32::from(year), month, day).ok()?;
    let seconds = PrimitiveDateTime::new(date, clock).assume_offset(kst_offset()?).unix_timestamp();
    (seconds >= 0).then_some(seconds)
}

fn digits(text: &str, length: usize, range: std::ops::Range<usize>) -> Option<u16> {
    if text.len() != length || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.get(range)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn korean_midnight_is_three_in_the_afternoon_of_utc() {
        // 2023-12-31T14:59:59Z and one second later.
        assert_eq!(TimestampFormat::Kst.write(at(1_704_034_799)).as_deref(), Some("20231231235959"));
        assert_eq!(TimestampFormat::Kst.write(at(1_704_034_800)).as_deref(), Some("20240101000000"));
        assert_eq!(TimestampFormat::Kst.write(at(1_709_132_400)).as_deref(), Some("20240229000000"));
        assert_eq!(TimestampFormat::EpochMs.write(at(1_704_034_800)).as_deref(), Some("1704034800000"));
    }

    #[test]
    fn a_clock_that_is_off_by_ages_gives_no_timestamp() {
        assert_eq!(TimestampFormat::Kst.write(SystemTime::UNIX_EPOCH - Duration::from_secs(1)), None);
        assert_eq!(TimestampFormat::EpochMs.write(at(10_000_000_000)), None);
    }

    #[test]
    fn only_real_instants_are_read_back() {
        assert_eq!(read_kst("20240101", "000000"), Some(1_704_034_800));
        assert_eq!(read_kst("20240229", "235959"), Some(1_709_218_799));
        for (date, time) in [
            ("20230229", "000000"),
            ("20240101", "240000"),
            ("2024-1-1", "000000"),
            ("00010101", "000000"),
            ("19700101", "085959"),
            ("20240101", "0000"),
            ("", ""),
            ("２０２４", "000000"),
        ] {
            assert_eq!(read_kst(date, time), None, "{date} {time}");
        }
    }
}
