//! What differs between the findings of two runs.

use paywelcome_rehearsal::Findings;
use serde_json::Value;

/// What differs from run to run by itself.
const OF_A_RUN: [&str; 3] = ["times_ms", "answers", "at_once"];
/// Clocks are told by the second.
const CLOCK: &str = "clock_difference_seconds";
const CLOCK_TOLERANCE: i64 = 2;

/// One line for each finding that is another than before.
pub(crate) fn changes(before: &Findings, now: &Findings) -> Vec<String> {
    let value = |findings: &Findings| serde_json::to_value(findings).unwrap_or_default();
    let mut found = Vec::new();
    compare("", &value(before), &value(now), &mut found);
    found
}

fn compare(place: &str, before: &Value, now: &Value, found: &mut Vec<String>) {
    if before == now {
        return;
    }
    let name = place.rsplit('.').next().unwrap_or_default();
    if OF_A_RUN.contains(&name) {
        return;
    }
    if name == CLOCK
        && let (Some(before), Some(now)) = (before.as_i64(), now.as_i64())
        && (before - now).abs() <= CLOCK_TOLERANCE
    {
        return;
    }
    let (Value::Object(old), Value::Object(new)) = (before, now) else {
        found.push(match (told(before), told(now)) {
            // What is long stands in the file.
            (Some(before), Some(now)) => format!("{place}: {before} → {now}"),
            _ if before.is_null() => format!("{place}: found out now, not before"),
            _ if now.is_null() => format!("{place}: found out before, not now"),
            _ => format!("{place}: another than before"),
        });
        return;
    };
    let added = new.keys().filter(|name| !old.contains_key(*name));
    for name in old.keys().chain(added) {
        let of = |all: &serde_json::Map<String, Value>| all.get(name).cloned().unwrap_or_default();
        let place = if place.is_empty() { name.clone() } else { format!("{place}.{name}") };
        compare(&place, &of(old), &of(new), found);
    }
}

/// A finding in a few words, where it is one.
fn told(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some("not known".to_owned()),
        Value::Object(_) => None,
        Value::Array(all) if all.iter().any(|one| one.is_object() || one.is_array()) => None,
        value => Some(value.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use paywelcome_rehearsal::{Situation, Spelling, Times};

    use super::*;

    #[test]
    fn what_differs_is_named_and_what_differs_by_itself_is_not() {
        let mut before = Findings { clock_difference_seconds: Some(0), ..Findings::default() };
        before.codes.insert(Situation::UnknownTid, "E1".to_owned());
        let mut now = before.clone();
        assert_eq!(changes(&before, &now), [] as [&str; 0]);
        now.times_ms = Some(Times { fastest: 1.0, median: 2.0, slowest: 3.0 });
        now.clock_difference_seconds = Some(-2);
        assert_eq!(changes(&before, &now), [] as [&str; 0]);
        now.codes.insert(Situation::UnknownTid, "E2".to_owned());
        now.codes.insert(Situation::SecondFull, "E3".to_owned());
        now.confirm_price.enforced = Some(true);
        now.clock_difference_seconds = Some(9);
        now.success.full = Some(Spelling::default());
        let expected = [
            "clock_difference_seconds: 0 → 9",
            "codes.second_full: not known → \"E3\"",
            "codes.unknown_tid: \"E1\" → \"E2\"",
            "confirm_price.enforced: not known → true",
            "success.full: found out now, not before",
        ];
        let mut found = changes(&before, &now);
        found.sort();
        assert_eq!(found, expected);
    }
}
