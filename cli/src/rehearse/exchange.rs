//! What an exchange of the file says: what was asked, and what was answered.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use paywelcome::judged::{self, Judged, Kept};
use paywelcome::{CancelRequest, Error, List, Mismatch, PartialCancelRequest};
use paywelcome_rehearsal::{Exchange, Outcome};
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// The gateway's path of partial cancels.
pub(crate) const PARTIAL: &str = "/cancel/repay";
/// The gateway's path of full cancels.
pub(crate) const WHOLE: &str = "/cancel/cancel";

/// A field as it was posted.
pub(crate) fn posted<'a>(exchange: &'a Exchange, name: &str) -> &'a str {
    exchange.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str()).unwrap_or_default()
}

fn posted_amount(exchange: &Exchange, name: &str) -> Option<u64> {
    posted(exchange, name).parse().ok()
}

/// Whether it asked for a partial cancel.
pub(crate) fn is_partial(exchange: &Exchange) -> bool {
    exchange.path == PARTIAL
}

/// The amount that it asked for.
pub(crate) fn asked(exchange: &Exchange) -> u64 {
    posted_amount(exchange, if is_partial(exchange) { "cancelPrice" } else { "price" }).unwrap_or_default()
}

/// The `confirmPrice` that it asked with.
pub(crate) fn confirm(exchange: &Exchange) -> Option<u64> {
    posted_amount(exchange, "confirmPrice")
}

/// The bytes of the answer's body.
pub(crate) fn body(exchange: &Exchange) -> Vec<u8> {
    let Some(answer) = &exchange.answer else { return Vec::new() };
    match (&answer.body, &answer.body_base64) {
        (Some(text), _) => text.clone().into_bytes(),
        (None, Some(base64)) => STANDARD.decode(base64).unwrap_or_default(),
        (None, None) => Vec::new(),
    }
}

/// A header of the answer.
pub(crate) fn header<'a>(exchange: &'a Exchange, name: &str) -> Option<&'a str> {
    let headers = &exchange.answer.as_ref()?.headers;
    headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

/// What a call would have ended with.
pub(crate) struct Verdict {
    pub(crate) outcome: Outcome,
    /// The error, where the call would not have been done.
    pub(crate) error: Option<Error>,
    pub(crate) result_msg: Option<String>,
    /// Of what says success and can be read: each echo that differs from what was asked.
    pub(crate) differing: Option<Vec<Mismatch>>,
    /// The echoes that agree.
    pub(crate) fitting: Vec<&'static str>,
    pub(crate) charset: &'static str,
}

/// Reads the answer by the same rules as a call's, where all echoes must agree; nothing where none came.
///
/// A success whose echoes alone differ is *done* here, and its error says so.
pub(crate) fn verdict(exchange: &Exchange) -> Option<Verdict> {
    let answer = exchange.answer.as_ref()?;
    let header = |name: &str| header(exchange, name).map(str::to_owned);
    let kept = Kept {
        status: answer.status,
        content_type: header("content-type"),
        // It was undone already.
        content_encoding: None,
        location: header("location"),
        body: body(exchange),
        is_cut: answer.is_cut,
    };
    let (tid, mid, amount) = (posted(exchange, "tid"), posted(exchange, "mid"), asked(exchange));
    let all = List::default();
    if is_partial(exchange) {
        let request = PartialCancelRequest::new("card", tid, amount, confirm(exchange).unwrap_or_default());
        judged::partial_cancel(&request, &all, mid, &[], kept)
            .ok()
            .map(|judged| told(judged, |receipt| &receipt.result_msg))
    } else {
        let request = CancelRequest::new("card", tid, amount);
        judged::cancel(&request, &all, mid, &[], kept).ok().map(|judged| told(judged, |receipt| &receipt.result_msg))
    }
}

fn told<R>(judged: Judged<R>, msg: impl Fn(&R) -> &String) -> Verdict {
    let Judged { verdict, charset, differing, fitting, .. } = judged;
    let (outcome, error, result_msg) = match verdict {
        Ok(receipt) => (Outcome::Done, None, Some(msg(&receipt).clone())),
        Err(error) => {
            let outcome = match error.outcome() {
                _ if differing.is_some() => Outcome::Done,
                paywelcome::Outcome::Declined => Outcome::Declined,
                paywelcome::Outcome::NotSent => Outcome::NotSent,
                paywelcome::Outcome::Unknown => Outcome::Unknown,
            };
            let msg = error.result_msg().map(str::to_owned);
            (outcome, Some(error), msg)
        }
    };
    Verdict { outcome, error, result_msg, differing, fitting, charset }
}

/// The members of a JSON object in their order, as they are written.
pub(crate) struct Members<'a>(pub(crate) Vec<(String, &'a RawValue)>);

impl<'a> Members<'a> {
    /// Reads an object; nothing where the text is none.
    pub(crate) fn read(text: &'a str) -> Option<Self> {
        // A mark of UTF-8, which is three characters where each byte is one.
        let text = text.strip_prefix('\u{feff}').or_else(|| text.strip_prefix("\u{ef}\u{bb}\u{bf}")).unwrap_or(text);
        serde_json::from_str(text).ok()
    }

    /// The first member of one of these names, however its words are joined: a call reads `ResultCode` alone, and this also finds
    /// what `result_code` says.
    pub(crate) fn get(&self, names: &[&str]) -> Option<&'a RawValue> {
        let is_it = |name: &str| names.iter().any(|known| plain(known).eq_ignore_ascii_case(&plain(name)));
        self.0.iter().find(|(name, _)| is_it(name)).map(|(_, value)| *value)
    }

    /// Its text, or its number as it is written.
    pub(crate) fn text(&self, names: &[&str]) -> Option<String> {
        let value = self.get(names)?.get();
        match value.as_bytes().first()? {
            b'"' => serde_json::from_str(value).ok(),
            b'-' | b'0'..=b'9' => Some(value.to_owned()),
            _ => None,
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OfObject;
        impl<'de> Visitor<'de> for OfObject {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(OfObject)
    }
}

/// A name without what joins its words.
pub(crate) fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// The body as a text: as UTF-8, or each byte as a character of its own, of which what JSON consists of is the same.
pub(crate) fn readable(exchange: &Exchange) -> (String, bool) {
    match String::from_utf8(body(exchange)) {
        Ok(text) => (text, true),
        Err(error) => (error.as_bytes().iter().map(|byte| char::from(*byte)).collect(), false),
    }
}

/// The answer's `ResultCode`, whatever its status.
pub(crate) fn code(exchange: &Exchange) -> Option<String> {
    Members::read(&readable(exchange).0)?.text(&["ResultCode"])
}

/// Whether an answer is whole and one of the gateway's own: a code, and no failure of its server.
pub(crate) fn is_clear(exchange: &Exchange) -> bool {
    let is_whole = exchange.answer.as_ref().is_some_and(|answer| !answer.is_cut && answer.status < 500);
    is_whole && code(exchange).is_some()
}

/// An amount as an answer writes it.
pub(crate) fn amount(text: &str) -> Option<u64> {
    let digits: String = text.chars().filter(|c| *c != ',').collect();
    digits.trim().parse().ok()
}

/// An amount that the answer tells below one of these names.
pub(crate) fn echoed(exchange: &Exchange, names: &[&str]) -> Option<u64> {
    amount(&Members::read(&readable(exchange).0)?.text(names)?)
}

/// The cancel's own id, where the answer tells one.
pub(crate) fn own_id(exchange: &Exchange) -> Option<String> {
    let (text, _) = readable(exchange);
    let members = Members::read(&text)?;
    let tid = || members.text(&["Tid"]).filter(|tid| tid != posted(exchange, "tid"));
    members.text(&CANCEL_TID).or_else(tid).filter(|id| !id.is_empty())
}

/// What a cancel's own id is called.
pub(crate) const CANCEL_TID: [&str; 3] = ["C_Tid", "CTid", "CancelTid"];
