//! Where in a JSON text something is wrong, as a path of names.

use std::fmt::Write as _;
use std::{error, fmt};

use serde::de::IgnoredAny;

/// What is wrong with a rehearsal's file, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadError {
    place: String,
    why: String,
}

impl ReadError {
    pub(crate) fn new(place: impl Into<String>, why: String) -> Self {
        Self { place: place.into(), why }
    }

    /// Names the place in `text` that `error` is about.
    pub(crate) fn at(text: &str, error: &serde_json::Error) -> Self {
        let why = error.to_string();
        let position = format!(" at line {} column {}", error.line(), error.column());
        let why = why.strip_suffix(&position).unwrap_or(&why).to_owned();
        // A number in place of a word is told as if it were not JSON.
        let is_json = error.is_data() || serde_json::from_str::<IgnoredAny>(text).is_ok();
        let why = if is_json && !error.is_data() { "must be one of the words of this place".to_owned() } else { why };
        if !is_json {
            return Self::new("", format!("is not JSON: {why}{position}"));
        }
        let line_start: usize = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
        Self::new(path_at(text.as_bytes(), line_start + error.column()), why)
    }

    /// Where it is wrong, such as `findings.signature.format`; empty where it is the whole file.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// What is wrong there.
    pub fn why(&self) -> &str {
        &self.why
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place.as_str() {
            "" => f.write_str(&self.why),
            place => write!(f, "{place}: {}", self.why),
        }
    }
}

impl error::Error for ReadError {}

/// An object or a list that is open.
enum Open {
    Object { key: Option<String>, is_key_next: bool },
    Array { index: usize },
}

/// The path of the value that the bytes before `end` are in, or end with.
fn path_at(text: &[u8], end: usize) -> String {
    let mut open: Vec<Open> = Vec::new();
    let mut at = 0;
    let end = end.min(text.len());
    while at < end {
        match text[at] {
            b'{' => open.push(Open::Object { key: None, is_key_next: true }),
            b'[' => open.push(Open::Array { index: 0 }),
            b'}' | b']' => drop(open.pop()),
            b',' if at + 1 < end => match open.last_mut() {
                Some(Open::Object { is_key_next, .. }) => *is_key_next = true,
                Some(Open::Array { index }) => *index += 1,
                None => {}
            },
            b'"' => {
                let start = at + 1;
                at = start;
                while at < text.len() && text[at] != b'"' {
                    at += if text[at] == b'\\' { 2 } else { 1 };
                }
                if let Some(Open::Object { key, is_key_next: is_next @ true }) = open.last_mut() {
                    *key = Some(String::from_utf8_lossy(&text[start..at.min(text.len())]).into_owned());
                    *is_next = false;
                }
            }
            _ => {}
        }
        at += 1;
    }
    let mut path = String::new();
    for each in open {
        match each {
            Open::Object { key: Some(key), .. } => {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(&key);
            }
            Open::Object { key: None, .. } => {}
            Open::Array { index } => drop(write!(path, "[{index}]")),
        }
    }
    path
}
