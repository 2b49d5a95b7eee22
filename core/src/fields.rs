//! One JSON object read by key name, with nothing lost and nothing guessed.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// A number longer than this is nothing that the gateway says, and more than a reader of `raw` should have to bear.
const LONGEST_NUMBER: usize = 64;

/// What is wrong with an answer, to be read after "the answer".
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Malformed(pub(crate) String);

impl Malformed {
    fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}

/// A value of the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value<'a> {
    Text(Cow<'a, str>),
    /// A number, as it was written.
    Number(Cow<'a, str>),
    Null,
    /// A boolean, an array or an object: nothing that a documented field holds.
    Other(&'a str),
}

impl<'a> Value<'a> {
    /// The value as a text: a text's own, or a number as it was written.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Number(text) => Some(text),
            Self::Null | Self::Other(_) => None,
        }
    }

    /// The value as it was written; a text without its quotes.
    pub(crate) fn as_written(&self) -> &str {
        match self {
            Self::Text(text) | Self::Number(text) => text,
            Self::Null => "null",
            Self::Other(json) => json,
        }
    }

    fn read(json: &'a str) -> Result<Self, Malformed> {
        let unreadable = |_| Malformed::new("has a value that can't be read");
        match json.as_bytes().first() {
            Some(b'"') if !json.contains('\\') => Ok(Self::Text(Cow::Borrowed(&json[1..json.len() - 1]))),
            Some(b'"') => serde_json::from_str(json).map(|text| Self::Text(Cow::Owned(text))).map_err(unreadable),
            Some(b'-' | b'0'..=b'9') if json.len() > LONGEST_NUMBER => {
                Err(Malformed::new(format!("has a number of more than {LONGEST_NUMBER} characters")))
            }
            Some(b'-' | b'0'..=b'9') => {
                // A number beyond every range is none that `raw` could be read with.
                serde_json::from_str::<serde_json::Value>(json).map_err(unreadable)?;
                Ok(Self::Number(Cow::Borrowed(json)))
            }
            Some(b'n') => Ok(Self::Null),
            Some(b'[' | b'{') => {
                if has_long_number(json) {
                    return Err(Malformed::new(format!("has a number of more than {LONGEST_NUMBER} characters")));
                }
                // The reader's own limit of depth holds here, so that `raw` can be read in every language.
                serde_json::from_str::<serde_json::Value>(json).map_err(unreadable)?;
                Ok(Self::Other(json))
            }
            _ => Ok(Self::Other(json)),
        }
    }
}

fn has_long_number(json: &str) -> bool {
    let (mut in_text, mut escaped, mut run) = (false, false, 0);
    json.bytes().any(|b| {
        if in_text {
            (in_text, escaped) = (escaped || b != b'"', !escaped && b == b'\\');
            return false;
        }
        in_text = b == b'"';
        run = if b.is_ascii_digit() { run + 1 } else { 0 };
        run > LONGEST_NUMBER
    })
}

/// Returns the text of an answer with `U+FFFD` in place of each half of a character that an escape of JSON writes without the
/// other: no text of ours can hold it, and a message that was cut there is no reason to believe nothing.
pub(crate) fn well_formed(text: &str) -> Cow<'_, str> {
    let mut formed = String::new();
    let (mut at, mut kept) = (0, 0);
    while let Some(next) = text[at..].find('\\') {
        at += next;
        match (surrogate(text, at), surrogate(text, at + ESCAPE)) {
            (Some(Half::First), Some(Half::Second)) => at += 2 * ESCAPE,
            (Some(_), _) => {
                formed.push_str(&text[kept..at]);
                formed.push(char::REPLACEMENT_CHARACTER);
                at += ESCAPE;
                kept = at;
            }
            // Whatever is escaped, it begins no escape itself.
            (None, _) => at += 1 + text[at + 1..].chars().next().map_or(0, char::len_utf8),
        }
    }
    if kept == 0 { Cow::Borrowed(text) } else { Cow::Owned(formed + &text[kept..]) }
}

/// How long an escape such as `\ud83d` is.
const ESCAPE: usize = 6;

/// Half of a character beyond the first 65,536.
enum Half {
    First,
    Second,
}

fn surrogate(text: &str, at: usize) -> Option<Half> {
    let digits = text.get(at..at + ESCAPE)?.strip_prefix("\\u")?;
    match u16::from_str_radix(digits, 16).ok()? {
        0xd800..=0xdbff => Some(Half::First),
        0xdc00..=0xdfff => Some(Half::Second),
        _ => None,
    }
}

/// The members of the answer, in the order they came.
#[derive(Debug)]
pub(crate) struct Fields<'a> {
    members: Vec<Member<'a>>,
}

impl<'a> Fields<'a> {
    /// Reads the text of an answer.
    pub(crate) fn parse(text: &'a str) -> Result<Self, Malformed> {
        if text.trim_ascii().is_empty() {
            return Err(Malformed::new("is empty"));
        }
        let Members(members) = serde_json::from_str(text).map_err(|_| Malformed::new("is not a JSON object"))?;
        Ok(Self { members: members? })
    }

    /// Finds a value by the names it may have, in any letter case; null is absent, two that differ are malformed.
    pub(crate) fn get(&self, names: &[&str]) -> Result<Option<&Value<'a>>, Malformed> {
        let mut found: Option<&Value<'a>> = None;
        for (key, value) in &self.members {
            if *value == Value::Null || !names.iter().any(|name| key.eq_ignore_ascii_case(name)) {
                continue;
            }
            match found {
                Some(first) if !first.same(value) => {
                    return Err(Malformed::new(format!("has {} twice with different values", names[0])));
                }
                Some(_) => {}
                None => found = Some(value),
            }
        }
        Ok(found)
    }
}

impl Value<'_> {
    /// A text and a number that are written alike say the same.
    fn same(&self, other: &Self) -> bool {
        match (self.text(), other.text()) {
            (Some(a), Some(b)) => a == b,
            _ => self == other,
        }
    }
}

type Member<'a> = (Cow<'a, str>, Value<'a>);

/// A JSON object with every member it has: a map would hide the second of two.
struct Members<'a>(Result<Vec<Member<'a>>, Malformed>);

#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;

        impl<'de> Visitor<'de> for Collect {
            type Value = Result<Vec<Member<'de>>, Malformed>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Ok(Vec::with_capacity(12));
                while let Some((Key(key), value)) = map.next_entry::<_, &RawValue>()? {
                    // What follows a value that is wrong is still read: what is not JSON at all counts first.
                    if let Ok(read) = &mut members {
                        match Value::read(value.get()) {
                            Ok(value) => read.push((key, value)),
                            Err(malformed) => members = Err(malformed),
                        }
                    }
                }
                Ok(members)
            }
        }

        deserializer.deserialize_map(Collect).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_character_is_replaced_and_a_whole_one_stays() {
        for (text, formed) in [
            (r#"{"a":"\ud83e\uddfe \n \" \\"}"#, r#"{"a":"\ud83e\uddfe \n \" \\"}"#),
            (r#"{"a":"cut \ud83e"}"#, "{\"a\":\"cut \u{fffd}\"}"),
            (r#"{"a":"\uddfe\uD83E\uD83E\uDDFE"}"#, "{\"a\":\"\u{fffd}\u{fffd}\\uD83E\\uDDFE\"}"),
            (r#"{"\udc00":1}"#, "{\"\u{fffd}\":1}"),
            // A backslash, and letters.
            (r#"{"a":"\\ud83e"}"#, r#"{"a":"\\ud83e"}"#),
            (r#"{"a":"\\\ud83e"}"#, "{\"a\":\"\\\\\u{fffd}\"}"),
            (r"\ud83", r"\ud83"),
            ("\\가", "\\가"),
            ("\\", "\\"),
        ] {
            assert_eq!(well_formed(text), formed);
            let parsed = serde_json::from_str::<serde_json::Value>(formed);
            assert!(parsed.is_ok() || !text.starts_with('{'), "{formed}");
        }
    }
}
