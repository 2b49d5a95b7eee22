//! What was found of refunds, for people.

use std::fmt::Write;

use serde_json::Value;

use crate::refunds::command::MOST_DUE;
use crate::refunds::written::{grouped, kst, money, one_line, quoted, shown};

pub(crate) fn in_words(command: &Value, result: &Value, looks: &Value) -> String {
    let program = shown(&command["program"]);
    let refund = &looks["refund"];
    match command["verb"].as_str().unwrap_or_default() {
        "init" => format!("the tables are there: {}\n", shown(&command["kept_in"])),
        verb @ ("run" | "restored") => {
            let what = if verb == "run" { "processed" } else { "doubted" };
            let waiting = &looks["counts"]["review"]["refunds"];
            let review = match waiting.as_u64() {
                None | Some(0) => String::new(),
                Some(_) => format!("waiting for a person: {waiting}; see {program} refunds review\n"),
            };
            format!("{what}: {}\n{review}", shown(&result["action"]))
        }
        "review" => list(command, &looks["review"]),
        "status" if refund.is_null() => counts(command, looks),
        _ => one(command, refund, &looks["journal"]),
    }
}

fn counts(command: &Value, looks: &Value) -> String {
    let mut text = format!("refunds of {}, in {}\n", shown(&command["mid"]), shown(&command["kept_in"]));
    for state in ["requested", "sending", "unknown", "review", "done", "declined", "void"] {
        let count = &looks["counts"][state];
        let (refunds, amount) = (grouped(&count["refunds"]), grouped(&count["amount"]));
        let _ = writeln!(text, "  {state:<10} {refunds:>9} {amount:>17}");
    }
    let due = looks["due"].as_array().map_or(0, Vec::len);
    let more = if due >= MOST_DUE { " or more" } else { "" };
    let _ = writeln!(text, "due now: {due}{more}");
    let oldest = &looks["oldest"][0];
    if !oldest.is_null() {
        let (key, since) = (shown(&oldest["key"]), kst(&oldest["updated_at"]));
        let program = shown(&command["program"]);
        let _ = writeln!(text, "waiting longest for a person: {key}, since {since}; see {program} refunds review");
    }
    text
}

/// One refund, and its journal where it was asked for.
fn one(command: &Value, refund: &Value, journal: &Value) -> String {
    let unit = &refund["currency"];
    let mut text = format!(
        "{}: {} · {} of {} paid; {} remain\n",
        shown(&refund["key"]),
        shown(&refund["state"]),
        money(&refund["amount"], unit),
        money(&refund["paid"], unit),
        money(&refund["remaining"], unit),
    );
    for name in [
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
    ] {
        let value = &refund[name];
        if !value.is_null() {
            let value = if name.ends_with("_at") { kst(value) } else { shown(value) };
            let _ = writeln!(text, "  {name}: {value}");
        }
    }
    if !refund["review"].is_null() {
        text.push_str(&look(command, refund));
    }
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
fn list(command: &Value, refunds: &Value) -> String {
    let refunds = refunds.as_array().map_or(&[] as &[Value], Vec::as_slice);
    if refunds.is_empty() {
        let nothing = if command["lang"] == "ko" {
            "확인이 필요한 환불이 없습니다."
        } else {
            "Nothing waits for a person."
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
            look(command, refund)
        )
    });
    each.collect::<Vec<_>>().join("\n")
}

/// Why a refund is in review, what to look for, and the command of each ruling.
fn look(command: &Value, refund: &Value) -> String {
    let lang = command["lang"].as_str().unwrap_or("en");
    let review = &refund["review"][lang];
    let mut text = format!("  {}\n", shown(&review["why"]));
    for sentence in review["look_for"].as_array().into_iter().flatten() {
        let _ = writeln!(text, "  - {}", shown(sentence));
    }
    let program = shown(&command["program"]);
    let key = quoted(&refund["key"]);
    let name = if lang == "ko" { "이름" } else { "NAME" };
    for ruling in ["done", "void", "retry", "resend"] {
        if let Some(does) = review["rulings"][ruling].as_str() {
            let _ = writeln!(text, "  {program} refunds resolve --by {name} {key} {ruling}\n      {}", one_line(does));
        }
    }
    text
}
