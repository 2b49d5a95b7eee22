//! What was found of refunds, for people.

use std::fmt::Write;

use serde_json::Value;

use crate::refunds::desk::Desk;
use crate::refunds::written::{grouped, iso, kst, money, one_line, quoted, shown};

/// How many due refunds are counted at most.
pub(crate) const MOST_DUE: usize = 1_000;

/// What came of a run, or of a doubt.
pub(crate) fn ran(desk: &Desk, what: &str, how_many: &Value, counts: &Value) -> String {
    let waiting = &counts["review"]["refunds"];
    let review = match waiting.as_u64() {
        None | Some(0) => String::new(),
        Some(_) => format!("waiting for a person: {waiting}; see {} review\n", desk.program),
    };
    format!("{what}: {}\n{review}", shown(how_many))
}

/// How many refunds there are by their states, and what waits.
pub(crate) fn counts(desk: &Desk, counts: &Value, oldest: &Value, due: usize) -> String {
    let mut text = format!("refunds of {}, in {}\n", desk.mid, desk.kept_in);
    for state in ["requested", "sending", "unknown", "review", "done", "declined", "void"] {
        let count = &counts[state];
        let (refunds, amount) = (grouped(&count["refunds"]), grouped(&count["amount"]));
        let _ = writeln!(text, "  {state:<10} {refunds:>9} {amount:>17}");
    }
    let more = if due >= MOST_DUE { " or more" } else { "" };
    let _ = writeln!(text, "due now: {due}{more}");
    if !oldest.is_null() {
        let (key, since) = (shown(&oldest["key"]), kst(&oldest["updated_at"]));
        let program = &desk.program;
        let _ = writeln!(text, "waiting longest for a person: {key}, since {since}; see {program} review");
    }
    text
}

/// One refund, and its journal where it was asked for.
pub(crate) fn one(desk: &Desk, refund: &Value, journal: &Value) -> String {
    let unit = &refund["currency"];
    let mut text = format!(
        "{}: {} · {} of {} paid; {} remain\n",
        shown(&refund["key"]),
        shown(&refund["state"]),
        money(&refund["amount"], unit),
        money(&refund["paid"], unit),
        money(&refund["remaining"], unit),
    );
    text.push_str(&facts(refund));
    if !refund["review"].is_null() {
        text.push_str(&look(desk, refund));
    }
    text.push_str(&self::journal(journal));
    text
}

/// What is known of a refund: each fact's name, and the fact.
pub(crate) fn known(refund: &Value) -> Vec<(&'static str, String)> {
    let names = [
        "tid",
        "pay_type",
        "tax",
        "taxfree",
        "operation",
        "confirm_price",
        "reference",
        "batch",
        "attempts",
        "note",
        "evidence",
        "requested_at",
        "sent_at",
        "due_at",
        "ended_at",
        "outcome",
        "kind",
        "http_status",
        "result_code",
        "result_msg",
        "message",
        "signed_timestamp",
        "cancel_tid",
        "cancelled_at",
        "ruling",
        "ruled_by",
        "ruling_note",
    ];
    let known = names.into_iter().filter(|name| !refund[*name].is_null());
    known.map(|name| (name, if name.ends_with("_at") { kst(&refund[name]) } else { shown(&refund[name]) })).collect()
}

/// The same, one fact a line.
pub(crate) fn facts(refund: &Value) -> String {
    let mut text = String::new();
    for (name, fact) in known(refund) {
        let _ = writeln!(text, "  {name}: {fact}");
    }
    text
}

/// What was recorded of a refund over time.
pub(crate) fn journal(journal: &Value) -> String {
    let mut text = String::new();
    for entry in journal.as_array().into_iter().flatten() {
        let _ = write!(text, "  {} {} → {}", kst(&entry["at"]), shown(&entry["what"]), shown(&entry["state"]));
        for name in ["note", "ruling", "ruled_by", "ruling_note", "outcome", "kind", "result_code", "result_msg"] {
            if !entry[name].is_null() {
                let _ = write!(text, " · {}", shown(&entry[name]));
            }
        }
        text.push('\n');
    }
    text
}

/// What a person has to look at.
pub(crate) fn list(desk: &Desk, refunds: &Value) -> String {
    let refunds = refunds.as_array().map_or(&[] as &[Value], Vec::as_slice);
    if refunds.is_empty() {
        let nothing = if desk.lang == "ko" {
            "확인이 필요한 환불이 없습니다."
        } else {
            "No refund waits for a person."
        };
        return format!("{nothing}\n");
    }
    let each = refunds.iter().map(|refund| {
        format!(
            "{} {} {} · {}\n{}",
            shown(&refund["key"]),
            money(&refund["amount"], &refund["currency"]),
            shown(&refund["tid"]),
            kst(&refund["updated_at"]),
            look(desk, refund)
        )
    });
    each.collect::<Vec<_>>().join("\n")
}

/// Why a refund is in review, what to look for, and the command of each ruling.
fn look(desk: &Desk, refund: &Value) -> String {
    let review = &refund["review"][desk.lang];
    let mut text = format!("  {}\n", shown(&review["why"]));
    for sentence in review["look_for"].as_array().into_iter().flatten() {
        let _ = writeln!(text, "  - {}", shown(sentence));
    }
    let program = &desk.program;
    let key = quoted(&refund["key"]);
    let name = if desk.lang == "ko" { "이름" } else { "NAME" };
    for ruling in ["done", "void", "retry", "resend"] {
        if let Some(does) = review["rulings"][ruling].as_str() {
            let _ = writeln!(text, "  {program} resolve --by {name} {key} {ruling}\n      {}", one_line(does));
        }
    }
    text
}

/// The same with times as texts, and the gateway's answers as the JSON that they are.
pub(crate) fn in_json(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let told = fields.into_iter().map(|(name, value)| {
                let told = match &value {
                    Value::Number(_) if name == "at" || name.ends_with("_at") => iso(&value),
                    Value::String(text) if name == "raw" => serde_json::from_str(text).unwrap_or(value),
                    _ => in_json(value),
                };
                (name, told)
            });
            Value::Object(told.collect())
        }
        Value::Array(values) => values.into_iter().map(in_json).collect(),
        other => other,
    }
}
