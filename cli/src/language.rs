//! The language that a person is told in.

use crate::terminal::Terminal;

/// Returns `ko` or `en`: the one that was `named`, or what the environment says.
pub(crate) fn language(named: Option<&str>, terminal: &dyn Terminal) -> &'static str {
    if let Some(named) = named {
        return if named == "ko" { "ko" } else { "en" };
    }
    let set = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().map(|name| terminal.variable(name).unwrap_or_default());
    let first = set.into_iter().find(|value| !value.is_empty()).unwrap_or_default();
    if first.to_ascii_lowercase().starts_with("ko") { "ko" } else { "en" }
}

/// The same in English and in Korean.
#[derive(Clone, Copy)]
pub(crate) struct Words(pub(crate) &'static str, pub(crate) &'static str);

impl Words {
    pub(crate) fn of(self, lang: &str) -> &'static str {
        if lang == "ko" { self.1 } else { self.0 }
    }
}

/// How many letters take two columns.
pub(crate) fn wide(text: &str) -> usize {
    text.chars().filter(|letter| matches!(letter, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ff60}')).count()
}
