//! A JSON object read by another reader than the library's: every member, the second of two as well.

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

/// Every member of an object, in the order they are written.
pub(super) struct Members(Vec<(String, Value)>);

impl Members {
    /// Reads `json`; `None` if it is not an object.
    pub(super) fn read(json: &str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }

    /// Every value but null under one of `names`, in any letter case: a text, or a number as it is written.
    pub(super) fn all(&self, names: &[&str]) -> Vec<&Value> {
        let wanted = |key: &str| names.iter().any(|name| key.eq_ignore_ascii_case(name));
        self.0.iter().filter(|(key, value)| wanted(key) && !value.is_null()).map(|(_, value)| value).collect()
    }

    /// All names and values with no escapes, where something hidden would be seen.
    pub(super) fn shown(&self) -> String {
        self.0.iter().map(|(key, value)| format!("{key} {value}")).collect::<Vec<_>>().join("\n")
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;

        impl<'de> Visitor<'de> for Collect {
            type Value = Vec<(String, Value)>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(members)
            }
        }

        deserializer.deserialize_map(Collect).map(Self)
    }
}
