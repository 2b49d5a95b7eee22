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
    use super::written;

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
}
