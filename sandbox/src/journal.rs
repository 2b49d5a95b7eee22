//! What arrived, in order: the newest ten thousand requests, without any secret.

use std::collections::VecDeque;

use serde::Serialize;

/// How many requests are kept.
const KEPT: usize = 10_000;
/// Sign keys shorter than this hide only values that are the key: parts of others would match by accident.
const SEARCHED_KEY_MIN: usize = 8;
const HIDDEN: &str = "(hidden)";

/// A request that was read and answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Request {
    /// The method, such as `POST`.
    pub method: String,
    /// The path, without a query.
    pub path: String,
    /// The form's fields as decoded, in order; empty where the body was refused or not well-formed. A value that holds
    /// the sign key or the merchant key reads `(hidden)`.
    pub fields: Vec<(String, String)>,
    /// The HTTP status of the reply.
    pub status: u16,
    /// The `ResultCode` of the reply; absent where the status is not 200.
    pub result_code: Option<String>,
    /// The `ResultMsg` of the reply; absent where the status is not 200.
    pub result_msg: Option<String>,
    /// Whether it moved money.
    pub executed: bool,
    /// The address and port it came from: one per connection.
    pub peer: String,
}

/// The newest requests, and how many there were at the endpoints.
#[derive(Default)]
pub(crate) struct Journal {
    newest: VecDeque<Request>,
    at_endpoints: u64,
}

impl Journal {
    /// Writes a request down.
    pub(crate) fn push(&mut self, request: Request, at_endpoint: bool) {
        if self.newest.len() == KEPT {
            self.newest.pop_front();
        }
        self.newest.push_back(request);
        self.at_endpoints += u64::from(at_endpoint);
    }

    /// The newest requests, oldest first.
    pub(crate) fn requests(&self) -> impl Iterator<Item = &Request> {
        self.newest.iter()
    }

    /// How many requests arrived at either endpoint, those no longer kept included.
    pub(crate) fn at_endpoints(&self) -> u64 {
        self.at_endpoints
    }
}

/// Keeps the keys out of everything that is written down or said.
pub(crate) struct Secrets {
    sign_key: String,
    merchant_key: String,
}

impl Secrets {
    /// The secrets of one merchant.
    pub(crate) fn new(sign_key: String, merchant_key: String) -> Self {
        Self { sign_key, merchant_key }
    }

    /// The text itself, or a mark in its place where it holds a key.
    pub(crate) fn hide(&self, text: &str) -> String {
        if self.holds(text) { HIDDEN } else { text }.to_owned()
    }

    /// The fields with every key hidden, also another merchant's in a field that is named like one.
    pub(crate) fn hide_fields(&self, fields: &[(String, String)]) -> Vec<(String, String)> {
        fields
            .iter()
            .map(|(name, value)| {
                let value = if is_key_name(name) { HIDDEN.to_owned() } else { self.hide(value) };
                (self.hide(name), value)
            })
            .collect()
    }

    fn holds(&self, text: &str) -> bool {
        text == self.sign_key
            || (self.sign_key.len() >= SEARCHED_KEY_MIN && text.contains(&self.sign_key))
            || (text.len() >= self.merchant_key.len() && text.to_ascii_lowercase().contains(&self.merchant_key))
    }
}

fn is_key_name(name: &str) -> bool {
    ["mkey", "signkey", "sign_key", "key"].iter().any(|key| name.eq_ignore_ascii_case(key))
}

#[cfg(test)]
mod tests {
    use super::{Journal, KEPT, Request, Secrets};
    use crate::signature::merchant_key;

    fn request(path: String) -> Request {
        Request {
            method: "POST".to_owned(),
            path,
            fields: Vec::new(),
            status: 200,
            result_code: None,
            result_msg: None,
            executed: false,
            peer: String::new(),
        }
    }

    #[test]
    fn keeps_the_newest_and_counts_all() {
        let mut journal = Journal::default();
        for number in 0..=KEPT {
            journal.push(request(number.to_string()), number != 3);
        }
        let paths: Vec<&str> = journal.requests().map(|request| request.path.as_str()).collect();
        assert_eq!(paths.len(), KEPT);
        assert_eq!((paths[0], paths[KEPT - 1]), ("1", "10000"));
        assert_eq!(journal.at_endpoints(), 10_000);
    }

    #[test]
    fn hides_every_key() {
        let sign_key = "made-up-key";
        let mkey = merchant_key(sign_key);
        let secrets = Secrets::new(sign_key.to_owned(), mkey.clone());
        let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let fields = [
            field("mid", "shop"),
            field("tid", &format!("x{}x", mkey.to_uppercase())),
            field("signature", sign_key),
            field("price", "say made-up-key twice"),
            field("mKey", "of another merchant"),
            field(&mkey, "1"),
        ];
        assert_eq!(
            secrets.hide_fields(&fields),
            [
                field("mid", "shop"),
                field("tid", "(hidden)"),
                field("signature", "(hidden)"),
                field("price", "(hidden)"),
                field("mKey", "(hidden)"),
                field("(hidden)", "1"),
            ]
        );
    }

    #[test]
    fn a_short_key_hides_only_itself() {
        let secrets = Secrets::new("1".to_owned(), merchant_key("1"));
        assert_eq!(secrets.hide("1"), "(hidden)");
        assert_eq!(secrets.hide("1000"), "1000");
    }
}
