//! The answer's fields as they came.

use std::fmt;

/// The gateway's answer: one JSON object, kept as its text so that nothing is lost on the way.
#[derive(Clone, PartialEq, Eq)]
pub struct Raw(String);

impl Raw {
    /// `text` has been read as one JSON object.
    pub(crate) fn new(text: String) -> Self {
        Self(text)
    }

    /// The object's JSON text, in UTF-8.
    pub fn as_json(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
