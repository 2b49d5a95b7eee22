//! One JSON object read by key name, with nothing lost and nothing guessed.

use std::borrow::Cow;
use std::fmt;

use encoding_rs::{EUC_KR, Encoding, UTF_8};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::raw::Raw;

/// A number longer than this is nothing that the gateway says, and more than a reader of `raw` should have to bear.
const LONGEST_NUMBER: usize = 64;

/// What is wrong with an answer, to be read after "the answer".
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Malformed(pub(crate) String);

impl Malformed {
    fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}

/// A value of the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Text(String),
    /// A number, as it was written.
    Number(String),
    Null,
    /// A boolean, an array or an object: nothing that a documented field holds.
    Other(String),
}

impl Value {
    /// The value as a text: a text's own, or a number as it was written.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Number(text) => Some(text),
            Self::Null | Self::Other(_) => None,
        }
    }

    fn read(json: &str) -> Result<Self, Malformed> {
        let unreadable = |_| Malformed::new("has a value that can't be read");
        match json.as_bytes().first() {
            Some(b'"') => serde_json::from_str(json).map(Self::Text).map_err(unreadable),
            Some(b'-' | b'0'..=b'9') if json.len() > LONGEST_NUMBER => {
                Err(Malformed::new(format!("has a number of more than {LONGEST_NUMBER} characters")))
            }
            Some(b'-' | b'0'..=b'9') => Ok(Self::Number(json.to_owned())),
            Some(b'n') => Ok(Self::Null),
            Some(b'[' | b'{') => {
                if has_long_number(json) {
                    return Err(Malformed::new(format!("has a number of more than {LONGEST_NUMBER} characters")));
                }
                // The reader's own limit of depth holds here, so that `raw` can be read in every language.
                serde_json::from_str::<serde_json::Value>(json).map_err(unreadable)?;
                Ok(Self::Other(json.to_owned()))
            }
            _ => Ok(Self::Other(json.to_owned())),
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

/// The members of the answer, in the order they came.
#[derive(Debug)]
pub(crate) struct Fields {
    members: Vec<(String, Value)>,
    text: String,
}

impl Fields {
    /// Reads an answer's body; what is `hidden` and repeated there, in small or capital letters, is not kept.
    pub(crate) fn parse(body: Vec<u8>, content_type: Option<&str>, hidden: &[&str]) -> Result<Self, Malformed> {
        let mut text = decode(body, content_type)?;
        for hidden in hidden {
            text = without(text, hidden);
        }
        if text.trim_ascii().is_empty() {
            return Err(Malformed::new("is empty"));
        }
        let Members(members) = serde_json::from_str(&text).map_err(|_| Malformed::new("is no JSON object"))?;
        let members = members
            .into_iter()
            .map(|(key, value)| Ok((key, Value::read(value.get())?)))
            .collect::<Result<Vec<_>, Malformed>>()?;
        Ok(Self { members, text })
    }

    /// Finds a value by the names it may have, in any letter case; null is absent, two that differ are malformed.
    pub(crate) fn get(&self, names: &[&str]) -> Result<Option<&Value>, Malformed> {
        let mut found: Option<&Value> = None;
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

    pub(crate) fn to_raw(&self) -> Raw {
        Raw::new(self.text.clone())
    }

    pub(crate) fn into_raw(self) -> Raw {
        Raw::new(self.text)
    }
}

impl Value {
    /// A text and a number that are written alike say the same.
    fn same(&self, other: &Self) -> bool {
        match (self.text(), other.text()) {
            (Some(a), Some(b)) => a == b,
            _ => self == other,
        }
    }
}

/// The declared charset, by the names Korean servers use; UTF-8 where there is none.
fn declared(content_type: Option<&str>) -> Option<&'static Encoding> {
    let parameters = content_type?.split(';').skip(1);
    let mut charsets = parameters.filter_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches('"').trim())
    });
    let label = charsets.next()?;
    let windows_names = ["cp949", "ms949", "uhc", "x-windows-949"];
    if windows_names.iter().any(|name| label.eq_ignore_ascii_case(name)) {
        return Some(EUC_KR);
    }
    Encoding::for_label(label.as_bytes())
}

/// Takes `hidden`, hex digits in small letters, out of `text`, whatever the case of its letters there.
fn without(mut text: String, hidden: &str) -> String {
    if !has_hex_digits(text.as_bytes(), hidden.len()) {
        return text;
    }
    while let Some(at) = text.to_ascii_lowercase().find(hidden) {
        text.replace_range(at..at + hidden.len(), "(hidden)");
    }
    text
}

/// Tells whether so many hex digits stand in a row; of every so many bytes one would be of them, and only that is looked at.
fn has_hex_digits(bytes: &[u8], length: usize) -> bool {
    (length - 1..bytes.len()).step_by(length).any(|at| {
        let after = bytes[at..].iter().take_while(|b| b.is_ascii_hexdigit()).count();
        let before = bytes[..at].iter().rev().take_while(|b| b.is_ascii_hexdigit()).count();
        after > 0 && before + after >= length
    })
}

fn decode(body: Vec<u8>, content_type: Option<&str>) -> Result<String, Malformed> {
    const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
    if let Some(rest) = body.strip_prefix(BYTE_ORDER_MARK) {
        return String::from_utf8(rest.to_vec()).map_err(|_| Malformed::new("is no UTF-8"));
    }
    let encoding = declared(content_type).unwrap_or(UTF_8);
    if encoding == UTF_8 {
        return String::from_utf8(body).map_err(|_| Malformed::new("is no UTF-8"));
    }
    let text = encoding.decode_without_bom_handling_and_without_replacement(&body);
    text.map(Cow::into_owned).ok_or_else(|| Malformed::new(format!("is no {}", encoding.name())))
}

/// A JSON object with every member it has: a map would hide the second of two.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;

        impl<'de> Visitor<'de> for Collect {
            type Value = Vec<(String, &'de RawValue)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::with_capacity(12);
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(members)
            }
        }

        deserializer.deserialize_map(Collect).map(Self)
    }
}
