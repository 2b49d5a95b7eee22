//! How a success is spelt.

use paywelcome::Mismatch;
use paywelcome_rehearsal::{Exchange, Key, KeyType, Spelling, WhoseTid};

use super::exchange::{Members, amount, asked, confirm, header, is_partial, plain, posted, readable, verdict};

/// How this success is spelt.
pub(crate) fn spelling(exchange: &Exchange) -> Spelling {
    let verdict = verdict(exchange);
    let (text, _) = readable(exchange);
    let members = Members::read(&text);
    let keys: Vec<Key> =
        members.iter().flat_map(|members| &members.0).map(|(name, value)| key(exchange, name, value.get())).collect();
    let of = |what: &str| keys.iter().find(|key| key.what.as_deref() == Some(what));
    let tid = match members.as_ref().and_then(|members| members.text(&["Tid"])) {
        None => WhoseTid::Absent,
        Some(tid) if tid == posted(exchange, "tid") => WhoseTid::Payment,
        Some(_) => WhoseTid::Own,
    };
    let own = of("cancel_tid").map(|key| key.length);
    let differing = verdict.as_ref().and_then(|verdict| verdict.differing.as_deref());
    Spelling {
        charset: verdict.as_ref().map(|verdict| verdict.charset.to_ascii_lowercase()),
        content_type: header(exchange, "content-type").map(str::to_owned),
        tid: members.is_some().then_some(tid),
        cancel_tid_length: own.filter(|_| is_partial(exchange) || tid == WhoseTid::Own),
        echoes_differing: differing
            .unwrap_or_default()
            .iter()
            .map(|Mismatch { field, .. }| field.snake().to_owned())
            .collect(),
        unreadable: match (&verdict, differing) {
            (Some(verdict), None) => verdict.error.as_ref().map(|error| error.message(paywelcome::Field::snake)),
            _ => None,
        },
        keys,
    }
}

fn key(exchange: &Exchange, name: &str, value: &str) -> Key {
    let kind = match value.as_bytes().first() {
        Some(b'"') => KeyType::String,
        Some(b't' | b'f') => KeyType::Boolean,
        Some(b'n') => KeyType::Null,
        Some(b'[') => KeyType::Array,
        Some(b'{') => KeyType::Object,
        _ => KeyType::Number,
    };
    let text = if kind == KeyType::String { serde_json::from_str(value).unwrap_or_default() } else { value.to_owned() };
    let what = what(exchange, name, &text).map(str::to_owned);
    Key { key: name.to_owned(), kind, what, length: text.chars().count() }
}

/// What a member says, by its name and by its value.
pub(crate) fn what(exchange: &Exchange, name: &str, text: &str) -> Option<&'static str> {
    let is = |names: &[&str]| names.iter().any(|known| plain(known).eq_ignore_ascii_case(&plain(name)));
    let amount = amount(text);
    Some(if is(&["ResultCode"]) {
        "code"
    } else if is(&["ResultMsg"]) {
        "message"
    } else if is(&["Mid"]) || text == posted(exchange, "mid") {
        "mid"
    } else if text == posted(exchange, "tid") {
        "tid"
    } else if is(&["C_Tid", "CTid", "CancelTid", "Tid"]) && !text.is_empty() {
        "cancel_tid"
    } else if is(&["Moid", "Oid", "OrderNo", "OrderId"]) {
        "moid"
    } else if is(&["RmainPrice", "RemainPrice", "RemainingPrice"]) {
        "remaining"
    } else if is(&["Price", "CancelPrice"]) || amount.is_some() && amount == Some(asked(exchange)) {
        "price"
    } else if amount.is_some() && amount == confirm(exchange) {
        "remaining"
    } else if is(&["CancelDate"]) {
        "date"
    } else if is(&["CancelTime"]) {
        "time"
    } else {
        return None;
    })
}
