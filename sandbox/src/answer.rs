//! The JSON object of a reply, in the gateway's order.

use paywelcome_loopback::http::Reply;
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::reply::reply;

/// The content type of an answer.
pub(crate) const JSON: &str = "application/json; charset=utf-8";
/// The longest `ResultMsg`, in characters.
pub(crate) const MESSAGE_MAX: usize = 100;
/// The longest `ResultCode`, in characters.
pub(crate) const CODE_MAX: usize = 6;

/// Keys and values in order; a fault may double a key or change a value's type, but the gateway's are strings.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer(pub(crate) Vec<(String, Value)>);

impl Answer {
    /// An answer of strings.
    pub(crate) fn new<T: Into<String>>(fields: impl IntoIterator<Item = (&'static str, T)>) -> Self {
        Self(fields.into_iter().map(|(name, value)| (name.to_owned(), Value::from(value.into()))).collect())
    }

    /// The text of a key.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        let found = self.0.iter().find(|(key, _)| key == name);
        found.and_then(|(_, value)| value.as_str().map(str::to_owned))
    }

    /// The body.
    pub(crate) fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The reply, with status 200.
    pub(crate) fn reply(&self) -> Reply {
        reply(200, JSON, self.json())
    }
}

impl Serialize for Answer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}
