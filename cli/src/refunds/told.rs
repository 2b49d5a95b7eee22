//! Why something was not done → what is said, and the exit code.

use serde_json::Value;

use crate::exit;
use crate::refunds::desk::Desk;
use crate::refunds::host::Failed;
use crate::refunds::written::{iso, object, one_line, quoted, shown};

impl Desk {
    /// Returns why something was not done, and gives the exit code.
    pub(crate) fn failed(&mut self, Failed(error): &Failed) -> i32 {
        let kind = error["kind"].as_str().unwrap_or_default();
        let code = match kind {
            "invalid_request" | "configuration" | "not_found" | "driver" => exit::WRONG,
            "in_transaction" | "schema" | "ruling" => exit::STOPPED,
            // The store may have failed after the request had left.
            _ if self.began => exit::UNKNOWN,
            _ => exit::STOPPED,
        };
        if self.line.json {
            let errors = errors(error)
                .into_iter()
                .map(|(option, wrong)| object(vec![("field", option.into()), ("message", wrong.into())]));
            let told = object(vec![
                ("outcome", if code == exit::UNKNOWN { "unknown" } else { "not_sent" }.into()),
                ("kind", kind.into()),
                ("message", message(error).into()),
                ("errors", errors.collect()),
                ("until", iso(&error["until"])),
            ]);
            self.terminal.say(&format!("{told}\n"));
            return code;
        }
        let (program, verb) = (&self.program, self.line.verb.name);
        self.terminal.complain(&format!("{program} {verb}: {}\n", message(error)));
        if code == exit::UNKNOWN {
            let key = quoted(&self.line.words.first().map(String::as_str).unwrap_or_default().into());
            self.terminal.complain(&format!(
                "unknown: the request may have left. Check before you do anything else: {program} status {key}\n"
            ));
        }
        code
    }
}

/// Why something was not done, on one line.
pub(crate) fn message(error: &Value) -> String {
    let errors = errors(error);
    if errors.is_empty() {
        return one_line(&shown(&error["message"]));
    }
    errors.iter().map(|(option, wrong)| format!("{option} {wrong}")).collect::<Vec<_>>().join("; ")
}

/// Each thing that is wrong: its option, and why.
fn errors(error: &Value) -> Vec<(String, String)> {
    let errors = error["errors"].as_array().into_iter().flatten();
    errors
        .map(|wrong| (option(wrong["field"].as_str().unwrap_or_default()), one_line(&shown(&wrong["message"]))))
        .collect()
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
