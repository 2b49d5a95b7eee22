//! Values of refunds as a person reads them; a text does nothing to a terminal.

use paywelcome_refunds::kst;
use serde_json::Value;

/// A JSON object; less code than a macro makes of it.
pub(crate) fn object(fields: Vec<(&str, Value)>) -> Value {
    Value::Object(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// A value on one line.
pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => one_line(text),
        other => other.to_string(),
    }
}

pub(crate) fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// An instant of milliseconds since 1970 in Korea; a text is one already.
pub(crate) fn kst(at: &Value) -> String {
    at.as_u64().map_or_else(|| shown(at), kst::written)
}

/// The same as ISO 8601 writes it.
pub(crate) fn iso(at: &Value) -> Value {
    at.as_u64().map_or(Value::Null, |at| kst::written(at).replacen(' ', "T", 1).replace(" KST", "+09:00").into())
}

pub(crate) fn money(amount: &Value, currency: &Value) -> String {
    format!("{} {}", grouped(amount), if currency == "USD" { "cents" } else { "won" })
}

/// The same in a language.
pub(crate) fn money_in(lang: &str, amount: &Value, currency: &Value) -> String {
    let written = money(amount, currency);
    if lang == "ko" { written.replace(" won", "원") } else { written }
}

/// Digits in groups of three.
pub(crate) fn grouped(amount: &Value) -> String {
    let digits = shown(amount);
    let mut grouped = String::new();
    for (place, digit) in digits.char_indices() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A word as a shell takes it.
pub(crate) fn quoted(word: &Value) -> String {
    let word = shown(word);
    let is_plain = |c: char| c.is_alphanumeric() || "_-./:@%+=,".contains(c);
    let quoted = if !word.is_empty() && word.chars().all(is_plain) {
        word
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    };
    // What begins as an option does is none after two dashes.
    if quoted.trim_start_matches('\'').starts_with('-') { format!("-- {quoted}") } else { quoted }
}
