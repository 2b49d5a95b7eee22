//! What a reply says: the JSON object in the gateway's order, or what a rehearsed gateway says in its place.

use std::fmt;

use encoding_rs::{EUC_KR, Encoding, UTF_8};
use paywelcome_loopback::http::Reply;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::reply::reply;

/// The content type of an answer.
pub(crate) const JSON: &str = "application/json; charset=utf-8";
/// The longest `ResultMsg`, in characters.
pub(crate) const MESSAGE_MAX: usize = 100;
/// The longest `ResultCode`, in characters.
pub(crate) const CODE_MAX: usize = 6;

/// An answer: what it says by name, and how that is written.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// Keys and values in order; none where it is not a JSON object. A fault may double a key or change a value's type.
    fields: Fields,
    /// The reply, with a body that says what the fields do.
    reply: Reply,
    charset: &'static Encoding,
    /// The keys that are called otherwise than the guide calls them.
    names: Vec<(&'static str, String)>,
}

/// The members of a JSON object, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Fields(pub(crate) Vec<(String, Value)>);

impl Answer {
    /// An answer of strings, in JSON and with status 200.
    pub(crate) fn new<T: Into<String>>(fields: impl IntoIterator<Item = (&'static str, T)>) -> Self {
        let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), Value::from(value.into()))).collect();
        let empty = Self { fields: Fields::default(), reply: reply(200, JSON, ""), charset: UTF_8, names: Vec::new() };
        empty.with(Fields(fields))
    }

    /// An answer as it goes over the wire; what it says is read of its body.
    pub(crate) fn read(reply: Reply) -> Self {
        let charset = if std::str::from_utf8(&reply.body).is_ok() { UTF_8 } else { EUC_KR };
        let (text, _, _) = charset.decode(&reply.body);
        let fields = serde_json::from_str(&text).unwrap_or_default();
        Self { fields, reply, charset, names: Vec::new() }
    }

    /// Returns which key says what the guide has another key for.
    pub(crate) fn name(&mut self, name: &'static str, key: Option<&str>) {
        self.names.extend(key.map(|key| (name, key.to_owned())));
    }

    /// The key that says what the guide calls so.
    pub(crate) fn key<'name>(&'name self, name: &'name str) -> &'name str {
        self.names.iter().find(|(guide, _)| *guide == name).map_or(name, |(_, key)| key)
    }

    /// The key that says this; amounts are the same with commas, and with zeros in front.
    pub(crate) fn key_of(&self, said: &str) -> Option<&str> {
        let says = |value: &Value| {
            let text = text(value);
            text == said || text.replace(',', "").trim_start_matches('0') == said
        };
        self.fields.0.iter().find(|(_, value)| says(value)).map(|(key, _)| key.as_str())
    }

    /// The same with other members, in its own character set.
    pub(crate) fn with(mut self, fields: Fields) -> Self {
        let text = serde_json::to_string(&fields).unwrap_or_default();
        let (body, _, _) = self.charset.encode(&text);
        self.reply.body = body.into_owned();
        self.fields = fields;
        self
    }

    /// Its members.
    pub(crate) fn fields(&self) -> &Fields {
        &self.fields
    }

    /// What is said under a key of the guide, whatever its letter case, as text.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        let key = self.key(name);
        self.fields.0.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| text(value))
    }

    /// The body as text.
    pub(crate) fn text(&self) -> String {
        let (text, _, _) = self.charset.decode(&self.reply.body);
        text.into_owned()
    }

    /// The reply.
    pub(crate) fn reply(&self) -> Reply {
        self.reply.clone()
    }
}

/// A text as it is, and anything else as JSON writes it.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Fields;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }

        deserializer.deserialize_map(InOrder)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Answer, Fields};
    use crate::reply::reply;

    #[test]
    fn reads_what_another_gateway_says_and_changes_it_in_its_own_way() {
        let (body, _, _) = encoding_rs::EUC_KR.encode(r#"{"RESULTCODE": "00", "Price": 3000, "Msg": "정상"}"#);
        let answer = Answer::read(reply(203, "text/json", body.into_owned()));
        assert_eq!((answer.get("ResultCode").as_deref(), answer.get("Price").as_deref()), (Some("00"), Some("3000")));
        let fields = answer.fields().0.iter().filter(|(name, _)| name != "Price").cloned().collect();
        let changed = answer.clone().with(Fields(fields));
        assert_eq!(changed.text(), r#"{"RESULTCODE":"00","Msg":"정상"}"#);
        let (sent, _, _) = encoding_rs::EUC_KR.encode(r#"{"RESULTCODE":"00","Msg":"정상"}"#);
        assert_eq!((changed.reply().status, changed.reply().body), (203, sent.into_owned()));
        assert_eq!(answer.text(), r#"{"RESULTCODE": "00", "Price": 3000, "Msg": "정상"}"#);
    }

    #[test]
    fn a_page_says_nothing_by_name() {
        for body in ["", "<html>", "[1]", "\"00\"", "{"] {
            let answer = Answer::read(reply(500, "text/html", body));
            assert_eq!((answer.fields(), answer.get("ResultCode")), (&Fields::default(), None), "{body}");
            assert_eq!(answer.text(), body);
        }
        assert_eq!(Answer::new([("ResultCode", "00")]).fields().0, [("ResultCode".to_owned(), json!("00"))]);
    }
}
