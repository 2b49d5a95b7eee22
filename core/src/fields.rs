//! One JSON object read by key name, with nothing lost and nothing guessed.

use std::borrow::Cow;
use std::fmt;

use encoding_rs::{EUC_KR, Encoding, UTF_8};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::hide::hide;

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

/// Gives an answer's body as a text; what is `hidden` and repeated there is not kept.
pub(crate) fn text(body: Vec<u8>, content_type: Option<&str>, hidden: &[&str]) -> Result<String, Malformed> {
    Ok(hide(decode(body, content_type)?, hidden))
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
        let Members(members) = serde_json::from_str(text).map_err(|_| Malformed::new("is no JSON object"))?;
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
                    // What follows a value that is wrong is still read: what is no JSON at all counts first.
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
