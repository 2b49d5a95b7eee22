//! Times for people: in Korea, whatever this machine's time zone is.

const DAY: u64 = 86_400;
/// Korea has kept UTC+9 without summer time since 1988.
const KST: u64 = 9 * 3_600;

/// Writes an instant of milliseconds since 1970, as `2026-03-01 14:05:09 KST`.
pub fn written(milliseconds: u64) -> String {
    let seconds = milliseconds / 1_000 + KST;
    let (year, month, day) = date(seconds / DAY);
    let of_day = seconds % DAY;
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02} KST", of_day / 3_600, of_day / 60 % 60, of_day % 60)
}

/// Reads an instant as milliseconds since 1970: `2026-03-01 14:05` in Korea, with seconds or without, or with another offset
/// from UTC behind it, such as `Z` or `-05:00`. A `T` may stand in place of the space.
pub fn read(text: &str) -> Option<u64> {
    let (text, offset) = match text.as_bytes().get(16..)?.iter().position(|byte| b"+-Z".contains(byte)) {
        Some(at) => (&text[..16 + at], offset(&text[16 + at..])?),
        None => (text, KST.cast_signed()),
    };
    let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    if !["0000-00-00 00:00", "0000-00-00 00:00:00"].contains(&shape.replacen('T', " ", 1).as_str()) {
        return None;
    }
    let number = |from: usize, to: usize| text.get(from..to).and_then(|digits| digits.parse::<u64>().ok());
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19).unwrap_or_default());
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let days = days(number(0, 4)?, number(5, 7)?, number(8, 10)?)?;
    let seconds = days * DAY + hour * 3_600 + minute * 60 + second;
    seconds.checked_add_signed(-offset)?.checked_mul(1_000)
}

/// Reads an instant or a day as people and merchant admins in Korea write it, and gives its first and last millisecond:
/// `2026-03-01`, `2026.03.01 14:05`, `2026. 3. 1. 오후 2:05:09`, `2026년 3월 1일`, `20260301`, `20260301140509`. It is in Korea
/// unless another offset from UTC stands behind it.
pub fn span(text: &str) -> Option<(u64, u64)> {
    let text = text.trim();
    // An offset stands behind a time of day.
    let at = text.bytes().position(|byte| byte == b':').unwrap_or(text.len());
    let (text, ahead) = match text[at..].find(['+', '-', 'Z']) {
        Some(sign) => (&text[..at + sign], offset(&text[at + sign..])?),
        None => (text, KST.cast_signed()),
    };
    let is_afternoon = text.contains("오후") || text.contains("PM");
    let is_halved = is_afternoon || text.contains("오전") || text.contains("AM");
    let text = ["오전", "오후", "AM", "PM"].iter().fold(text.to_owned(), |text, half| text.replace(half, " "));
    if !text.chars().all(|c| c.is_ascii_digit() || " -./:T년월일시분초".contains(c)) {
        return None;
    }
    let mut groups: Vec<_> = text.split(|c: char| !c.is_ascii_digit()).filter(|group| !group.is_empty()).collect();
    let alone = groups.len() == 1;
    if let Some(digits) =
        groups.first().copied().filter(|digits| digits.len() == 8 || alone && [12, 14].contains(&digits.len()))
    {
        let places = [(0, 4), (4, 6), (6, 8), (8, 10), (10, 12), (12, 14)];
        groups.splice(0..1, places.into_iter().filter_map(|(from, to)| digits.get(from..to)));
    }
    // Of a second, fractions are not looked at.
    if groups.len() == 7 && text.contains('.') {
        groups.pop();
    }
    if groups.first()?.len() != 4
        || groups[1..].iter().any(|group| group.len() > 2)
        || ![3, 5, 6].contains(&groups.len())
    {
        return None;
    }
    let number = |at: usize| groups.get(at).map_or(Some(0), |group| group.parse::<u64>().ok());
    let (mut hour, minute, second) = (number(3)?, number(4)?, number(5)?);
    if hour > 23 || minute > 59 || second > 59 || is_halved && !(1..=12).contains(&hour) {
        return None;
    }
    if is_halved {
        hour = hour % 12 + if is_afternoon { 12 } else { 0 };
    }
    let days = days(number(0)?, number(1)?, number(2)?)?;
    let length = match groups.len() {
        3 => DAY,
        5 => 60,
        _ => 1,
    };
    let first = (days * DAY + hour * 3_600 + minute * 60 + second).checked_add_signed(-ahead)? * 1_000;
    Some((first, first + length * 1_000 - 1))
}

/// Seconds ahead of UTC.
fn offset(text: &str) -> Option<i64> {
    if text == "Z" {
        return Some(0);
    }
    let (hours, minutes) = text.get(1..)?.split_once(':')?;
    if hours.len() != 2 || minutes.len() != 2 {
        return None;
    }
    let seconds = hours.parse::<i64>().ok()? * 3_600 + minutes.parse::<i64>().ok()? * 60;
    Some(if text.starts_with('-') { -seconds } else { seconds })
}

/// The number of days from 1970 to a date that there is.
fn days(year: u64, month: u64, day: u64) -> Option<u64> {
    let years = year.checked_sub(1970)?;
    // Looked for nearby, so that `date` alone knows the calendar.
    let near = years * 365 + years / 4 + month.checked_sub(1)? * 30;
    (near.saturating_sub(31)..near + 31 + day).find(|days| date(*days) == (year, month, day))
}

/// The date of a number of days since 1970, by the Gregorian calendar.
fn date(days: u64) -> (u64, u64, u64) {
    // Counted from a 1 March, so that a leap day is the last of its year.
    let days = days + 719_468;
    let era = days / 146_097;
    let of_era = days % 146_097;
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::{read, span, written};

    #[test]
    fn instants_are_written_as_a_clock_in_seoul_shows_them() {
        // By date(1): TZ=Asia/Seoul date -d @… '+%F %T %Z'.
        for (seconds, expected) in [
            (0, "1970-01-01 09:00:00 KST"),
            (951_782_399, "2000-02-29 08:59:59 KST"),
            (951_836_400, "2000-03-01 00:00:00 KST"),
            (1_767_193_200, "2026-01-01 00:00:00 KST"),
            (1_798_761_599, "2027-01-01 08:59:59 KST"),
            (4_107_542_399, "2100-03-01 08:59:59 KST"),
        ] {
            assert_eq!(written(seconds * 1_000 + 999), expected, "{seconds}");
        }
    }

    #[test]
    fn instants_are_read_as_they_are_written_and_with_other_offsets() {
        for seconds in [0, 951_782_399, 951_836_400, 1_767_193_200, 1_798_761_599, 4_107_542_399] {
            let text = written(seconds * 1_000);
            assert_eq!(read(text.trim_end_matches(" KST")), Some(seconds * 1_000), "{text}");
        }
        // By date(1): date -d … +%s.
        for (text, seconds) in [
            ("2026-03-01T14:05:09+09:00", 1_772_341_509),
            ("2026-03-01 14:05", 1_772_341_500),
            ("2026-03-01T14:05Z", 1_772_373_900),
            ("2024-02-29T23:59:59-05:30", 1_709_270_999),
        ] {
            assert_eq!(read(text), Some(seconds * 1_000), "{text}");
        }
    }

    #[test]
    fn days_and_instants_are_read_as_merchant_admins_write_them() {
        // By date(1): TZ=Asia/Seoul date -d … +%s.
        let (day, minute, second) = (1_772_290_800_000, 1_772_341_500_000, 1_772_341_509_000);
        for text in
            ["2026-03-01", "2026.03.01", "2026. 3. 1.", "2026/3/1", "20260301", "2026년 3월 1일", " 2026-03-01 "]
        {
            assert_eq!(span(text), Some((day, day + 86_399_999)), "{text}");
        }
        for text in
            ["2026-03-01 14:05", "202603011405", "2026.03.01 오후 2:05", "2026-03-01 02:05 PM", "2026-03-01T05:05Z"]
        {
            assert_eq!(span(text), Some((minute, minute + 59_999)), "{text}");
        }
        for text in [
            "2026-03-01 14:05:09",
            "20260301140509",
            "20260301 14:05:09",
            "2026. 3. 1. 오후 2:05:09",
            "2026년 3월 1일 14시 5분 9초",
            "2026-03-01T14:05:09.123+09:00",
            "2026-03-01T14:05:09.123456",
            "2026-03-01 05:05:09+00:00",
            "2026/03/01 14:05:09.0",
        ] {
            assert_eq!(span(text), Some((second, second + 999)), "{text}");
        }
        assert_eq!(span("2026-03-01 오전 12:00").map(|(first, _)| first), Some(day));
        assert_eq!(span("2026-03-01 오후 12:00").map(|(first, _)| first), Some(day + 43_200_000));
        for text in [
            "",
            "1",
            "2026",
            "202603",
            "2026-03",
            "26-03-01",
            "2026-02-29",
            "2026-13-01",
            "2026-03-01 24:00",
            "03/01/2026",
            "2026-03-01 14",
            "2026-03-01 오후 14:05",
            "2026-03-01 14:05:60",
            "어제",
            "2026-03-01 14:05 KST?",
            "46082",
            "2026-003-01",
            "1969-12-31",
        ] {
            assert_eq!(span(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_no_instant_is_not_read() {
        for text in [
            "",
            "yesterday",
            "2026-03-01",
            "2026-3-1 14:05",
            "2026-02-29 14:05",
            "2026-13-01 14:05",
            "2026-00-10 14:05",
            "2026-01-00 14:05",
            "2026-01-32 14:05",
            "2026-01-01 24:00",
            "2026-01-01 14:60",
            "2026-01-01 14:05:60",
            "2026-01-01 14:05 KST",
            "2026-01-01 14:05+9",
            "2026-01-01 14:05+0900",
            "1969-12-31 23:59Z",
            "1970-01-01 08:59",
            "2026-01-01 14:05:0é",
            "2026-01-01 14:0é",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
