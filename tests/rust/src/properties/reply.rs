//! An answer is a receipt only if its bytes say so, a decline only if they say nothing like success, and no answer
//! makes the library repeat a secret.

use std::fmt::Debug;

use paywelcome::internals::{read_cancel, read_partial_cancel};
use paywelcome::{Error, Outcome};
use serde_json::Value;

use super::digits;
use super::members::Members;
use crate::{full, mkey, partial, signature};

const TID: &str = "T1";
const STATUSES: [u16; 8] = [200, 200, 200, 200, 201, 302, 400, 500];
const CONTENT_TYPES: [Option<&str>; 8] = [
    None,
    Some("application/json; charset=utf-8"),
    Some("text/html; charset=euc-kr"),
    Some("application/json;charset=\"MS949\""),
    Some("text/html"),
    Some("text/plain; charset=iso-8859-1"),
    Some("application/json; charset=shift_jis"),
    Some("application/json; charset=utf-16le"),
];
const CODINGS: [Option<&str>; 8] =
    [None, None, None, None, Some("gzip"), Some("deflate"), Some("br"), Some("deflate, gzip")];

/// Takes two bytes for the status, the operation, the content type and the coding, and the rest as the body, in which 1 stands for
/// the mkey, 2 for the signature in capitals and 3 for it in escapes.
///
/// # Panics
///
/// Where the library believes what the bytes do not say, or shows what is hidden.
pub fn reply(data: &[u8]) {
    let [how, content_type, written @ ..] = data else { return };
    let status = STATUSES[usize::from(how & 7)];
    let coding = CODINGS[usize::from(content_type >> 2 & 7)];
    let content_type = CONTENT_TYPES[usize::from(content_type & 3 | content_type >> 3 & 4)];
    let secrets = [signature("20260930151000"), mkey()];
    let hidden = secrets.each_ref().map(String::as_str);
    let body = body(written, &secrets);
    let said = if how & 8 == 0 {
        let read = read_cancel(&full(TID), &hidden, status, content_type, coding, &body);
        said(&read, &[("Price", "12000")], |receipt| (receipt.raw.as_json(), vec![receipt.price]))
    } else {
        let read = read_partial_cancel(&partial(TID), &hidden, status, content_type, coding, &body);
        let of = [("Price", "3000"), ("RmainPrice", "9000")];
        said(&read, &of, |receipt| (receipt.raw.as_json(), vec![receipt.price, receipt.remaining_price]))
    };
    assert!(said.outcome.is_some_and(|outcome| outcome == Outcome::Unknown) || status == 200, "{status}: {said:?}");
    let shown = said.shown.to_ascii_lowercase();
    assert!(!hidden.iter().any(|secret| shown.contains(secret)), "{shown}");
}

fn body(written: &[u8], [signature, mkey]: &[String; 2]) -> Vec<u8> {
    let mut body = Vec::new();
    for byte in written {
        match byte {
            1 => body.extend(mkey.bytes()),
            2 => body.extend(signature.to_uppercase().bytes()),
            3 => body.extend(signature.bytes().flat_map(|b| format!("\\u{b:04x}").into_bytes())),
            _ => body.push(*byte),
        }
    }
    body
}

/// What the library made of an answer.
#[derive(Debug)]
struct Said {
    /// `None` is done.
    outcome: Option<Outcome>,
    /// Everything that a user may see.
    shown: String,
}

fn said<T: Debug>(read: &Result<T, Error>, amounts: &[(&str, &str)], of: impl Fn(&T) -> (&str, Vec<u128>)) -> Said {
    let mut shown = format!("{read:?}");
    let raw = match read {
        Ok(receipt) => Some(of(receipt).0),
        Err(error) => {
            shown.extend([error.to_string().as_str(), error.result_msg().unwrap_or_default()]);
            let excerpt = error.body_excerpt().expect("an answer came");
            shown.push_str(excerpt);
            assert!(excerpt.chars().count() <= 500 && !excerpt.contains(char::is_control), "{excerpt:?}");
            error.raw().map(paywelcome::Raw::as_json)
        }
    };
    let members = raw.map(|raw| Members::read(raw).unwrap_or_else(|| panic!("{raw} is kept, but is not an object")));
    shown.extend(members.iter().map(Members::shown));
    let outcome = match read {
        Ok(receipt) => {
            assert_done(&members.expect("a receipt has what it was read from"), amounts);
            let read = of(receipt).1;
            assert!(read.iter().map(u128::to_string).eq(amounts.iter().map(|(_, amount)| *amount)), "{read:?}");
            None
        }
        Err(error) => {
            if error.outcome() == Outcome::Declined {
                assert_declined(&members.expect("a decline has what it was read from"));
            }
            assert_ne!(error.outcome(), Outcome::NotSent, "an answer came: {error:?}");
            Some(error.outcome())
        }
    };
    Said { outcome, shown }
}

/// A text, or a number as it is written.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn assert_done(members: &Members, amounts: &[(&str, &str)]) {
    let codes = members.all(&["ResultCode"]);
    assert!(!codes.is_empty() && codes.iter().all(|code| *code == "00"), "done, with {codes:?}");
    let tids = members.all(&["Tid"]);
    assert!(!tids.is_empty() && tids.iter().all(|tid| *tid == TID), "done, with {tids:?}");
    for (name, asked) in amounts {
        let names = if *name == "RmainPrice" { vec![*name, "RemainPrice"] } else { vec![*name] };
        let echoes = members.all(&names);
        let agrees = |echo: &&Value| text(echo).and_then(|text| digits(&text)).as_deref() == Some(asked);
        assert!(!echoes.is_empty() && echoes.iter().all(agrees), "done, with {name} {echoes:?}");
    }
}

fn assert_declined(members: &Members) {
    let codes = members.all(&["ResultCode"]);
    let [first, ..] = codes.as_slice() else { panic!("declined without a code") };
    let code = text(first).unwrap_or_else(|| panic!("declined with {first}"));
    assert!(codes.iter().all(|other| text(other).as_ref() == Some(&code)), "declined with {codes:?}");
    let plain: String = code.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
    assert!(!plain.chars().all(|c| matches!(c, '0' | '０')), "declined with {code:?}");
    if first.is_number() {
        // A number as small as 1e-400 is written with another digit, and read as nothing.
        assert!(!matches!(code.as_str(), "0" | "-0"), "declined with the number {code}");
    }
    let tids = members.all(&["Tid"]);
    assert!(
        tids.iter().all(|tid| text(tid).is_none_or(|tid| tid.is_empty() || tid == TID)),
        "declined another payment: {tids:?}"
    );
}
