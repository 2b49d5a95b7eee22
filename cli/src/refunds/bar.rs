//! How far a batch has come, for people: lines without an escape, none of which says more than is known.

use std::fmt::Write;

use serde_json::Value;

use crate::language::wide;
use crate::refunds::written::{grouped, kst, one_line, shown};

/// The states in which a worker has something to do.
const OPEN: [&str; 3] = ["requested", "sending", "unknown"];
const STATES: [&str; 7] = ["requested", "sending", "unknown", "review", "done", "declined", "void"];
/// How wide the bar is at most, and what stands beside it.
const WIDEST: usize = 40;
const BESIDE: usize = 38;

/// How many of a batch's refunds a worker still has something to do with.
pub(crate) fn open(progress: &Value) -> u64 {
    OPEN.iter().map(|state| refunds(progress, state)).sum()
}

pub(crate) fn refunds(progress: &Value, state: &str) -> u64 {
    progress["counts"][state]["refunds"].as_u64().unwrap_or_default()
}

/// Several lines, for a terminal of so many columns.
pub(crate) fn block(progress: &Value, lang: &str, columns: usize, program: &str) -> String {
    let is_korean = lang == "ko";
    let all = progress["total"]["refunds"].as_u64().unwrap_or_default();
    let ended = all - open(progress).min(all);
    let width = columns.saturating_sub(BESIDE).clamp(5, WIDEST);
    let filled = usize::try_from(ended * width as u64 / all.max(1)).unwrap_or(width);
    let mut text = format!("{}\n", head(progress, is_korean));
    let of = if is_korean {
        format!("{}건 중 {}건", number(all), number(ended))
    } else {
        format!("{} of {}", number(ended), number(all))
    };
    let _ = writeln!(text, "[{}{}] {} %  {of}", "#".repeat(filled), ".".repeat(width - filled), percent(ended, all));
    let (many, much) = if is_korean { ("건수", "원 (USD는 센트)") } else { ("refunds", "won (USD: cents)") };
    let _ = writeln!(text, "  {:<10} {many:>w$} {much:>v$}", "", w = 11 - wide(many), v = 20 - wide(much));
    for state in STATES {
        let count = &progress["counts"][state];
        if refunds(progress, state) > 0 {
            let _ =
                writeln!(text, "  {state:<10} {:>11} {:>20}", grouped(&count["refunds"]), grouped(&count["amount"]));
        }
    }
    if let Some(speed) = speed(progress, is_korean) {
        let _ = writeln!(text, "{speed}");
    }
    if let Some(why) = progress["why"][lang].as_str() {
        let _ = writeln!(text, "{}", one_line(why));
    }
    let review = refunds(progress, "review");
    if review > 0 {
        let look = if is_korean { "확인이 필요한 환불" } else { "waiting for a person" };
        let _ = writeln!(text, "{look}: {}; {program} review", number(review));
    }
    text
}

/// The same on one line.
pub(crate) fn line(progress: &Value, lang: &str) -> String {
    let is_korean = lang == "ko";
    let all = progress["total"]["refunds"].as_u64().unwrap_or_default();
    let ended = all - open(progress).min(all);
    let mut text = head(progress, is_korean);
    let _ = write!(text, " · {}/{} ({} %)", number(ended), number(all), percent(ended, all));
    for state in STATES {
        let count = &progress["counts"][state];
        if refunds(progress, state) > 0 {
            let _ = write!(text, " · {state} {} ({})", grouped(&count["refunds"]), grouped(&count["amount"]));
        }
    }
    if let Some(speed) = speed(progress, is_korean) {
        let _ = write!(text, " · {speed}");
    }
    text + "\n"
}

/// How many of a terminal's rows a text takes.
pub(crate) fn rows(text: &str, columns: usize) -> usize {
    text.lines().map(|line| (line.chars().count() + wide(line)).div_ceil(columns.max(1)).max(1)).sum()
}

/// Its name, and whether it continues.
fn head(progress: &Value, is_korean: bool) -> String {
    let name = shown(&progress["batch"]);
    let pace = progress["pace"].as_f64().map(|pace| (pace * 1_000.0).round() / 1_000.0);
    if progress["state"] == "paused" {
        let (by, at) = (shown(&progress["paused_by"]), kst(&progress["paused_at"]));
        let note = progress["pause_note"].as_str().map(|note| format!(" ({})", one_line(note))).unwrap_or_default();
        return if is_korean {
            format!("{name}: 일시 중지 · {by}, {at}{note}")
        } else {
            format!("{name}: paused by {by}, {at}{note}")
        };
    }
    let state = match (open(progress), is_korean) {
        (0, false) => "ended",
        (0, true) => "끝남",
        (_, false) => "running",
        (_, true) => "진행 중",
    };
    match pace {
        Some(pace) if is_korean => format!("{name}: {state} · 초당 최대 {pace}건"),
        Some(pace) => format!("{name}: {state}, at most {pace} a second"),
        None => format!("{name}: {state}"),
    }
}

/// How fast it goes, and how long it takes.
fn speed(progress: &Value, is_korean: bool) -> Option<String> {
    let rate = progress["rate"].as_f64().filter(|rate| *rate > 0.0)?;
    let rate = if rate < 10.0 { format!("{rate:.1}") } else { number(whole(rate)) };
    let left = progress["left"].as_f64().filter(|left| *left > 0.0).map(|left| lasting(left, is_korean));
    Some(match (left, is_korean) {
        (None, false) => format!("{rate} a minute"),
        (None, true) => format!("분당 {rate}건"),
        (Some(left), false) => format!("{rate} a minute; about {left} left"),
        (Some(left), true) => format!("분당 {rate}건 · 약 {left} 남음"),
    })
}

/// Seconds as a person tells them.
fn lasting(seconds: f64, is_korean: bool) -> String {
    let minutes = whole(seconds / 60.0);
    let (s, min, h) = if is_korean { ("초", "분", "시간") } else { (" s", " min", " h") };
    match minutes {
        _ if seconds < 90.0 => format!("{}{s}", whole(seconds.max(1.0))),
        0..100 => format!("{minutes}{min}"),
        _ => format!("{}{h} {}{min}", minutes / 60, minutes % 60),
    }
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "no rate and no time is so large, nor below 0"
)]
fn whole(value: f64) -> u64 {
    value.round() as u64
}

/// Rounded down, so that 100 is all of it.
fn percent(part: u64, all: u64) -> String {
    let tenths = (part * 1_000).checked_div(all).unwrap_or(1_000);
    format!("{}.{}", tenths / 10, tenths % 10)
}

fn number(value: u64) -> String {
    grouped(&value.into())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn progress() -> Value {
        json!({
            "batch": "concert-17", "state": "running", "pace": 40.0, "rate": 2_400.4, "left": 1_872.0, "why": null,
            "counts": {
                "requested": { "refunds": 74_880, "amount": 898_560_000 }, "sending": { "refunds": 20, "amount": 240_000 },
                "unknown": { "refunds": 0, "amount": 0 }, "review": { "refunds": 3, "amount": 36_000 },
                "done": { "refunds": 25_097, "amount": 301_164_000 },
            },
            "total": { "refunds": 100_000, "amount": 1_200_000_000 },
        })
    }

    #[test]
    fn a_batch_is_told_state_by_state() {
        let text = block(&progress(), "en", 80, "paywelcome refunds");
        let expected = "\
concert-17: running, at most 40 a second
[##########..............................] 25.1 %  25,100 of 100,000
                 refunds     won (USD: cents)
  requested       74,880          898,560,000
  sending             20              240,000
  review               3               36,000
  done            25,097          301,164,000
2,400 a minute; about 31 min left
waiting for a person: 3; paywelcome refunds review
";
        assert_eq!(text, expected);
        assert!(block(&progress(), "en", 50, "p").contains("[###.........] 25.1 %"));
        assert!(block(&progress(), "ko", 80, "p").starts_with("concert-17: 진행 중 · 초당 최대 40건\n"));
        let told = line(&progress(), "en");
        assert!(
            told.starts_with(
                "concert-17: running, at most 40 a second · 25,100/100,000 (25.1 %) · requested 74,880 (898,560,000) · "
            ),
            "{told}"
        );
        assert_eq!(told.lines().count(), 1);
    }

    #[test]
    fn what_has_paused_says_who_and_why() {
        let mut paused = progress();
        paused["state"] = "paused".into();
        paused["paused_by"] = "Kim\u{1b}[2J".into();
        paused["pause_note"] = "too many\nstay".into();
        paused["paused_at"] = 1_767_193_200_000_u64.into();
        paused["why"] = json!({ "en": "None of the last 10 is done.", "ko": "마지막 10건" });
        let text = block(&paused, "en", 80, "p");
        assert!(text.starts_with("concert-17: paused by Kim [2J, 2026-01-01 00:00:00 KST (too many stay)\n"), "{text}");
        assert!(text.contains("None of the last 10 is done.\n"), "{text}");
    }

    #[test]
    fn a_hundred_percent_is_all_of_it() {
        assert_eq!(
            (percent(99_999, 100_000), percent(5, 5), percent(0, 0)),
            ("99.9".into(), "100.0".into(), "100.0".into())
        );
        assert_eq!(
            (lasting(89.0, false), lasting(5_400.0, true), lasting(7_260.0, false)),
            ("89 s".into(), "90분".into(), "2 h 1 min".into())
        );
        assert_eq!((rows("a\n확인확인\n", 4), rows("", 4)), (3, 0));
    }
}
