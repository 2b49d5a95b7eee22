//! What came of a command → what is said, and the exit code.

use serde_json::{Map, Value};

use crate::exit;
use crate::refunds::words::in_words;
use crate::refunds::written::{iso, money, object, one_line, quoted, shown};
use crate::terminal::Terminal;

/// Asks before real money moves; the exit code where it is not to.
pub(crate) fn ask(command: &Value, looked: &Value, terminal: &mut dyn Terminal) -> Option<i32> {
    if !looked["error"].is_null() {
        return Some(finish(command, looked, terminal));
    }
    let refund = &looked["looks"]["refund"];
    let what = match command["words"][1].as_str() {
        Some("retry") => "have a worker ask anew to give back",
        Some(_) => "have a worker send once more to give back",
        None => "give back",
    };
    let question = format!(
        "{}, {}: {what} {} of the payment {}\nat {}, as {}.\nType yes to go on: ",
        shown(&refund["key"]),
        shown(&refund["state"]),
        money(&refund["amount"], &refund["currency"]),
        shown(&refund["tid"]),
        shown(&command["gateway"]),
        shown(&command["mid"]),
    );
    if terminal.ask(&question).is_ok_and(|answer| answer == "yes") {
        return None;
    }
    terminal.complain("Nothing was sent.\n");
    Some(exit::STOPPED)
}

/// Tells what came of a command, and gives the exit code.
pub(crate) fn finish(command: &Value, result: &Value, terminal: &mut dyn Terminal) -> i32 {
    let error = &result["error"];
    if !error.is_null() {
        return failed(command, error, terminal);
    }
    let looks = &result["looks"];
    let refund = &looks["refund"];
    let code = if command["verb"] == "process" { code_of(refund) } else { exit::DONE };
    let text = if command["json"] == true {
        let mut told = match looks {
            Value::Object(looks) => looks.clone(),
            _ => Map::new(),
        };
        let named = match command["verb"].as_str() {
            Some("run") => Some("processed"),
            Some("restored") => Some("doubted"),
            _ => None,
        };
        told.extend(named.map(|name| (name.to_owned(), result["action"].clone())));
        format!("{}\n", in_json(told.into()))
    } else {
        in_words(command, result, looks)
    };
    terminal.say(&text);
    code
}

/// The exit code that tells what became of a refund that was processed.
fn code_of(refund: &Value) -> i32 {
    match refund["state"].as_str() {
        Some("done") => exit::DONE,
        Some("declined") => exit::DECLINED,
        Some("requested" | "void") => exit::NOT_SENT,
        _ => exit::UNKNOWN,
    }
}

/// Tells why something was not done.
fn failed(command: &Value, error: &Value, terminal: &mut dyn Terminal) -> i32 {
    let kind = error["kind"].as_str().unwrap_or_default();
    let code = match kind {
        "invalid_request" | "configuration" | "not_found" | "driver" => exit::WRONG,
        "in_transaction" | "schema" | "ruling" => exit::STOPPED,
        // The store may have failed after the request had left.
        _ if command["verb"] == "process" && error["began"] != false => exit::UNKNOWN,
        _ => exit::STOPPED,
    };
    let errors: Vec<_> = error["errors"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|wrong| (option(wrong["field"].as_str().unwrap_or_default()), one_line(&shown(&wrong["message"]))))
        .collect();
    let message = if errors.is_empty() {
        one_line(&shown(&error["message"]))
    } else {
        errors.iter().map(|(option, wrong)| format!("{option} {wrong}")).collect::<Vec<_>>().join("; ")
    };
    if command["json"] == true {
        let errors =
            errors.into_iter().map(|(option, wrong)| object(vec![("field", option.into()), ("message", wrong.into())]));
        let told = object(vec![
            ("outcome", if code == exit::UNKNOWN { "unknown" } else { "not_sent" }.into()),
            ("kind", kind.into()),
            ("message", message.into()),
            ("errors", errors.collect()),
            ("until", iso(&error["until"])),
        ]);
        terminal.say(&format!("{told}\n"));
        return code;
    }
    let (program, verb) = (shown(&command["program"]), shown(&command["verb"]));
    terminal.complain(&format!("{program} refunds {verb}: {message}\n"));
    if code == exit::UNKNOWN {
        let key = quoted(&command["words"][0]);
        terminal.complain(&format!(
            "unknown: the request may have left. Look before you do anything else: {program} refunds status {key}\n"
        ));
    }
    code
}

/// A field's name as it is written on a command line.
fn option(field: &str) -> String {
    let mut name = String::with_capacity(field.len() + 2);
    for letter in field.chars() {
        match letter {
            '_' => name.push('-'),
            upper if upper.is_ascii_uppercase() => name.extend(['-', upper.to_ascii_lowercase()]),
            other => name.push(other),
        }
    }
    match name.as_str() {
        "key" => "KEY".to_owned(),
        "ruling" => "the ruling".to_owned(),
        "quiet-ms" => "--quiet".to_owned(),
        "timeout-ms" => "--timeout".to_owned(),
        "sign-key" => "PAYWELCOME_SIGN_KEY".to_owned(),
        "mkey" => "PAYWELCOME_MKEY".to_owned(),
        _ => format!("--{name}"),
    }
}

/// The same with times as texts, and the gateway's answers as the JSON that they are.
fn in_json(value: Value) -> Value {
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
