//! Makes the bytes of a faulty answer. Knows what a success would say, and not whether it happened.

use paywelcome_loopback::http::Reply;
use serde_json::Value;

use super::{Kind, StatusBody};
use crate::answer::{Answer, Fields, text};
use crate::delivery::{Delivery, End, Step};
use crate::reply::reply;

const HTML: &str = "text/html; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";
const PAGE: &str = "<!DOCTYPE html>\n<html lang=\"ko\"><head><title>점검 중</title></head>\
                    <body><h1>시스템 점검 중입니다</h1><p>Service temporarily unavailable.</p></body></html>\n";

/// What goes over the wire instead of an answer.
pub(crate) fn shape(kind: &Kind, answer: &Answer, close: bool) -> Delivery {
    let honest = || answer.reply().encode(false, close);
    let end = if close { End::Close } else { End::Keep };
    let plain = |reply: Reply| Delivery::plain(reply.status, reply.encode(false, close), close);
    match kind {
        Kind::Close { after_bytes } => cut(&honest(), *after_bytes, answer, End::Close),
        Kind::Reset { after_bytes } => cut(&honest(), *after_bytes, answer, End::Reset),
        Kind::Stall { after_bytes, pause } => {
            let bytes = honest();
            let (first, rest) = bytes.split_at((*after_bytes).min(bytes.len()));
            let mut steps = vec![Step::Send(first.to_vec())];
            match pause {
                Some(pause) => steps.extend([Step::Pause(*pause), Step::Send(rest.to_vec())]),
                None => steps.push(Step::Silence),
            }
            steps.retain(|step| *step != Step::Send(Vec::new()));
            let answered = pause.is_some() || !first.is_empty();
            Delivery {
                status: if answered { answer.reply().status } else { 0 },
                steps,
                end: if pause.is_some() { end } else { End::Close },
            }
        }
        Kind::Trickle { portion, every } => {
            let step = Step::Trickle { bytes: honest(), portion: *portion, every: *every };
            Delivery { status: answer.reply().status, steps: vec![step], end }
        }
        Kind::TruncatedJson { kept } => {
            let mut reply = answer.reply();
            let kept = kept.unwrap_or(reply.body.len() / 2);
            reply.body.truncate(kept);
            plain(reply)
        }
        Kind::LengthTooLong { by } => wrong_length(answer, |right| right.saturating_add(*by)),
        Kind::LengthTooShort { by } => wrong_length(answer, |right| right.saturating_sub(*by)),
        Kind::EmptyBody => plain(Reply { body: Vec::new(), ..answer.reply() }),
        Kind::Html => plain(reply(200, HTML, PAGE)),
        Kind::Redirect { status, location } => {
            let mut reply = reply(*status, TEXT, "");
            reply.header("Location", location.clone());
            plain(reply)
        }
        Kind::Status { status, body } => plain(match body {
            StatusBody::Text => reply(*status, TEXT, "error\n"),
            StatusBody::Html => reply(*status, HTML, PAGE),
            StatusBody::Empty => reply(*status, TEXT, ""),
            StatusBody::Receipt => Reply { status: *status, ..answer.reply() },
        }),
        Kind::Bom => plain(Reply { body: ["\u{feff}".as_bytes(), &answer.reply().body].concat(), ..answer.reply() }),
        Kind::EucKr => {
            let text = answer.text();
            let (body, _, _) = encoding_rs::EUC_KR.encode(&text);
            let content_type = "application/json; charset=euc-kr".into();
            plain(Reply { body: body.into_owned(), content_type, ..answer.reply() })
        }
        Kind::HugeBody { bytes } => huge(answer, *bytes, end),
        Kind::CloseIdle { at_next_byte } => {
            let end = if *at_next_byte { End::CloseAtReuse } else { End::Close };
            Delivery { end, ..plain(answer.reply()) }
        }
        _ => plain(rewritten(kind, answer).reply()),
    }
}

/// The first bytes of an answer, and then the end.
fn cut(bytes: &[u8], after: usize, answer: &Answer, end: End) -> Delivery {
    let sent = &bytes[..after.min(bytes.len())];
    let steps = if sent.is_empty() { Vec::new() } else { vec![Step::Send(sent.to_vec())] };
    Delivery { status: if sent.is_empty() { 0 } else { answer.reply().status }, steps, end }
}

/// All of the body under another length; the connection is closed, or a client would wait for ever.
fn wrong_length(answer: &Answer, said: impl Fn(usize) -> usize) -> Delivery {
    let mut reply = answer.reply();
    reply.said_length = Some(said(reply.body.len()) as u64);
    Delivery { end: End::Close, ..Delivery::plain(reply.status, reply.encode(false, false), true) }
}

/// The answer with one more key, or a page with more text, as long as asked for.
fn huge(answer: &Answer, bytes: u64, end: End) -> Delivery {
    let text = answer.text();
    // The object is opened again for the key that fills it.
    let (start, finish) = match text.trim_end().strip_suffix('}') {
        Some(open) => (format!("{open},\"Filler\":\""), "\"}"),
        None => (text, ""),
    };
    let filler = bytes.saturating_sub((start.len() + finish.len()) as u64);
    let mut reply = Reply { body: start.into_bytes(), ..answer.reply() };
    let status = reply.status;
    reply.said_length = Some(reply.body.len() as u64 + filler + finish.len() as u64);
    let steps =
        vec![Step::Send(reply.encode(false, end == End::Close)), Step::Fill(b'x', filler), Step::Send(finish.into())];
    Delivery { status, steps, end }
}

/// The answer with its keys or values changed.
fn rewritten(kind: &Kind, answer: &Answer) -> Answer {
    let mut changed = answer.fields().0.clone();
    if changed.is_empty() {
        return answer.clone();
    }
    let fields = &mut changed;
    match kind {
        Kind::MissingKey { key } => fields.retain(|(name, _)| !name.eq_ignore_ascii_case(answer.key(key))),
        Kind::ResultCode { code } => set(fields, answer.key("ResultCode"), |_| Value::from(code.as_str())),
        Kind::LetterCase { upper } => {
            for (name, _) in fields.iter_mut() {
                *name = if *upper { name.to_uppercase() } else { name.to_lowercase() };
            }
        }
        Kind::DuplicateKey { key, conflicting } => {
            let found = fields.iter().find(|(name, _)| name.eq_ignore_ascii_case(answer.key(key))).cloned();
            if let Some((name, value)) = found {
                fields.push((name, if *conflicting { other(&value) } else { value }));
            }
        }
        Kind::Numbers => {
            for name in ["Price", "RmainPrice"] {
                set(fields, answer.key(name), |value| {
                    text(value).parse::<u64>().map_or_else(|_| value.clone(), Value::from)
                });
            }
        }
        Kind::WrongAmount { by } => set(fields, answer.key("Price"), |value| shifted(value, *by)),
        Kind::WrongRemaining { by } => set(fields, answer.key("RmainPrice"), |value| shifted(value, *by)),
        Kind::WrongTid { tid } => {
            set(fields, answer.key("Tid"), |value| {
                Value::from(tid.clone().unwrap_or_else(|| text(value).chars().rev().collect()))
            });
        }
        _ => {}
    }
    answer.clone().with(Fields(changed))
}

/// Changes the values of a key, whatever its letter case.
fn set(fields: &mut [(String, Value)], name: &str, change: impl Fn(&Value) -> Value) {
    for (_, value) in fields.iter_mut().filter(|(found, _)| found.eq_ignore_ascii_case(name)) {
        *value = change(value);
    }
}

/// A value that contradicts another: 99 where it was a code, one more where it was an amount.
fn other(value: &Value) -> Value {
    let text = text(value);
    if text == "00" { Value::from("99") } else { text.parse::<u64>().map_or(Value::from("x"), |_| shifted(value, 1)) }
}

/// An amount that is so far off, as a number where it was one.
fn shifted(value: &Value, by: i64) -> Value {
    if let Some(amount) = value.as_i64() {
        return amount.saturating_add(by).into();
    }
    let amount = text(value).parse::<i128>().unwrap_or_default() + i128::from(by);
    Value::from(amount.to_string())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::shape;
    use crate::answer::Answer;
    use crate::delivery::{End, Step};
    use crate::fault::Kind;

    const BODY: &str = r#"{"ResultCode":"00","Tid":"abc","Price":"3000","RmainPrice":"9000"}"#;

    fn answer() -> Answer {
        Answer::new([("ResultCode", "00"), ("Tid", "abc"), ("Price", "3000"), ("RmainPrice", "9000")])
    }

    fn sent(kind: &Kind) -> (String, Vec<u8>) {
        let delivery = shape(kind, &answer(), false);
        let bytes = delivery.transcript().bytes().to_vec();
        let middle = bytes.windows(4).position(|four| four == b"\r\n\r\n").map_or(bytes.len(), |at| at + 4);
        (String::from_utf8_lossy(&bytes[..middle]).into_owned(), bytes[middle..].to_vec())
    }

    fn body(kind: &Kind) -> String {
        let (head, body) = sent(kind);
        assert!(head.contains(&format!("Content-Length: {}\r\n", body.len())), "{head}");
        String::from_utf8_lossy(&body).into_owned()
    }

    #[test]
    fn changes_what_it_says_and_nothing_else() {
        let key = |key: &str| key.to_owned();
        for (kind, expected) in [
            (Kind::MissingKey { key: key("ResultCode") }, BODY.replace("\"ResultCode\":\"00\",", "")),
            (Kind::ResultCode { code: key("0000") }, BODY.replace("\"00\"", "\"0000\"")),
            (Kind::LetterCase { upper: false }, BODY.to_lowercase()),
            (Kind::DuplicateKey { key: key("Price"), conflicting: false }, BODY.replace('}', ",\"Price\":\"3000\"}")),
            (Kind::DuplicateKey { key: key("Price"), conflicting: true }, BODY.replace('}', ",\"Price\":\"3001\"}")),
            (
                Kind::DuplicateKey { key: key("ResultCode"), conflicting: true },
                BODY.replace('}', ",\"ResultCode\":\"99\"}"),
            ),
            (Kind::Numbers, BODY.replace("\"3000\"", "3000").replace("\"9000\"", "9000")),
            (Kind::WrongAmount { by: -1 }, BODY.replace("3000", "2999")),
            (Kind::WrongRemaining { by: 1 }, BODY.replace("9000", "9001")),
            (Kind::WrongTid { tid: None }, BODY.replace("abc", "cba")),
            (Kind::WrongTid { tid: Some(key("x")) }, BODY.replace("abc", "x")),
            (Kind::Bom, format!("\u{feff}{BODY}")),
            (Kind::EmptyBody, String::new()),
            (Kind::TruncatedJson { kept: Some(20) }, BODY[..20].to_owned()),
            (Kind::TruncatedJson { kept: None }, BODY[..BODY.len() / 2].to_owned()),
            (Kind::CloseIdle { at_next_byte: true }, BODY.to_owned()),
        ] {
            assert_eq!(body(&kind), expected, "{kind:?}");
        }
        assert!(body(&Kind::Html).starts_with("<!DOCTYPE html>"));
    }

    #[test]
    fn encodes_as_declared() {
        let korean = Answer::new([("ResultMsg", "정상")]);
        let delivery = shape(&Kind::EucKr, &korean, false);
        assert!(delivery.transcript().bytes().ends_with(b"{\"ResultMsg\":\"\xc1\xa4\xbb\xf3\"}"));
    }

    #[test]
    fn misstates_the_length_and_closes() {
        for (kind, said) in
            [(Kind::LengthTooLong { by: 10 }, BODY.len() + 10), (Kind::LengthTooShort { by: 10 }, BODY.len() - 10)]
        {
            let (head, body) = sent(&kind);
            assert!(head.contains(&format!("Content-Length: {said}\r\n")) && body == BODY.as_bytes());
            assert_eq!(shape(&kind, &answer(), false).end, End::Close);
        }
    }

    #[test]
    fn cuts_stalls_and_fills() {
        let close = shape(&Kind::Close { after_bytes: 0 }, &answer(), false);
        assert_eq!((close.status, close.steps.len(), close.end), (0, 0, End::Close));
        let reset = shape(&Kind::Reset { after_bytes: 12 }, &answer(), false);
        assert_eq!((reset.transcript().bytes(), reset.end), (&b"HTTP/1.1 200"[..], End::Reset));
        let silent = shape(&Kind::Stall { after_bytes: 0, pause: None }, &answer(), false);
        assert_eq!((silent.status, &silent.steps[..]), (0, &[Step::Silence][..]));
        let pause = Some(Duration::from_millis(5));
        let late = shape(&Kind::Stall { after_bytes: 20, pause }, &answer(), false);
        assert_eq!((late.transcript().bytes(), late.end), (&answer().reply().encode(false, false)[..], End::Keep));
        let huge = shape(&Kind::HugeBody { bytes: 1_000_000 }, &answer(), false).transcript();
        assert!(huge.bytes().windows(30).any(|part| part == b"\r\nContent-Length: 1000000\r\nX-P"));
        let head = huge.bytes().windows(4).position(|four| four == b"\r\n\r\n").unwrap_or_default() + 4;
        assert_eq!(huge.length(), 1_000_000 + head as u64);
    }
}
