//! Bytes that somebody kept → the answer in them, and what was asked, where that is there, too.
//!
//! A body stands alone, or below its head as `curl -i` prints both. A HAR file has the request beside it, and an error or a receipt of
//! this library the arguments.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use paywelcome::judged::Kept;
use paywelcome_rehearsal::FORMAT;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::arguments::Asked;
use super::words::Note;

/// What was found in a file.
pub(crate) struct Captured {
    pub(crate) kept: Kept,
    /// Whether the file tells the HTTP status.
    pub(crate) has_status: bool,
    pub(crate) asked: Asked,
    pub(crate) notes: Vec<Note>,
}

/// Where a command's JSON holds what was answered.
const WITHIN: [&str; 2] = ["receipt", "refund"];

/// Why a file can't be judged.
pub(crate) type Refused = Note;

impl Captured {
    fn of(kept: Kept, has_status: bool) -> Self {
        Self { kept, has_status, asked: Asked::default(), notes: Vec::new() }
    }
}

/// Finds the answer in what was kept.
pub(crate) fn read(bytes: Vec<u8>) -> Result<Captured, Refused> {
    let (bytes, was_utf_16) = of_utf_16(bytes);
    let mut captured = match head_of(&bytes) {
        Some(head) => with_head(&head, &bytes),
        None => match serde_json::from_slice::<Value>(without_mark(&bytes)) {
            Ok(Value::Object(object)) if object.get("format").is_some_and(|format| format == FORMAT) => {
                return Err(Note::Rehearsed);
            }
            Ok(Value::Object(object)) if object.contains_key("log") && !is_answer(&object) => of_har(&object)?,
            Ok(Value::Object(object))
                if ["outcome", "raw", "refund"].iter().any(|key| object.contains_key(*key)) && !is_answer(&object) =>
            {
                of_our_own(&object, without_mark(&bytes))?
            }
            _ => Captured::of(Kept { status: 200, body: bytes, ..Kept::default() }, false),
        },
    };
    if was_utf_16 {
        captured.notes.push(Note::Utf16);
    }
    Ok(captured)
}

/// Whatever else it holds, a text with a code is the gateway's.
fn is_answer(object: &Map<String, Value>) -> bool {
    object.keys().any(|key| key.eq_ignore_ascii_case("ResultCode"))
}

/// A shell of Windows keeps texts in UTF-16, which begin with a mark.
fn of_utf_16(bytes: Vec<u8>) -> (Vec<u8>, bool) {
    let units =
        |of: fn([u8; 2]) -> u16| bytes[2..].chunks_exact(2).map(|pair| of([pair[0], pair[1]])).collect::<Vec<_>>();
    let units = match bytes.as_slice() {
        [0xff, 0xfe, ..] => units(u16::from_le_bytes),
        [0xfe, 0xff, ..] => units(u16::from_be_bytes),
        _ => return (bytes, false),
    };
    (String::from_utf16_lossy(&units).into_bytes(), true)
}

fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

/// A head, and where the body below it begins.
struct Head {
    status: u16,
    headers: Vec<(String, String)>,
    end: usize,
}

impl Head {
    fn header(&self, name: &str) -> Option<String> {
        let mut values = self.headers.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str());
        let first = values.next()?.to_owned();
        Some(values.fold(first, |all, value| all + "," + value))
    }
}

/// The last of the heads that the bytes begin with: those of a proxy's tunnel and of `100 Continue` stand before it.
fn head_of(bytes: &[u8]) -> Option<Head> {
    let blank = without_mark(bytes).iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let mut at = bytes.len() - without_mark(bytes).len() + blank;
    let mut last = None;
    while bytes[at..].starts_with(b"HTTP/") {
        let head = one_head(bytes, at)?;
        at = head.end;
        let goes_on = head.status < 200 || bytes[at..].starts_with(b"HTTP/");
        last = Some(head);
        if !goes_on {
            break;
        }
    }
    last
}

fn one_head(bytes: &[u8], start: usize) -> Option<Head> {
    let mut at = start;
    let mut line = || {
        let rest = &bytes[at..];
        let length = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        at += (length + 1).min(rest.len());
        let line = String::from_utf8_lossy(&rest[..length]).trim_end_matches('\r').to_owned();
        (line, at)
    };
    let (first, _) = line();
    let status = first.split_ascii_whitespace().nth(1)?.parse().ok().filter(|status| (100..=599).contains(status))?;
    let mut headers = Vec::new();
    loop {
        let (next, end) = line();
        if next.is_empty() {
            return Some(Head { status, headers, end });
        }
        let (name, value) = next.split_once(':')?;
        headers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
    }
}

fn with_head(head: &Head, bytes: &[u8]) -> Captured {
    let mut body = bytes[head.end..].to_vec();
    let mut notes = Vec::new();
    let mut is_cut = false;
    let is_chunked =
        head.header("transfer-encoding").is_some_and(|coding| coding.to_ascii_lowercase().contains("chunked"));
    if is_chunked && begins_with_a_size(&body) {
        (body, is_cut) = unchunked(&body);
    }
    let mut coding = head.header("content-encoding");
    if coding.is_some() && body.trim_ascii_start().starts_with(b"{") {
        // The program that kept it has undone this; what it counted was something else.
        coding = None;
        notes.push(Note::Unpacked);
    } else if let Some(promised) = head.header("content-length").and_then(|length| length.parse::<usize>().ok()) {
        // A line break at the end may be lost where a text is kept, or added.
        let missing = promised.saturating_sub(body.len());
        is_cut = missing > 2;
        if is_cut {
            notes.push(Note::Cut { promised, here: body.len() });
        } else if coding.is_some() {
            body.truncate(promised);
        }
    }
    let kept = Kept {
        status: head.status,
        content_type: head.header("content-type"),
        content_encoding: coding,
        location: head.header("location"),
        body,
        is_cut,
    };
    Captured { notes, ..Captured::of(kept, true) }
}

fn begins_with_a_size(body: &[u8]) -> bool {
    let digits = body.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    digits > 0 && matches!(body.get(digits), Some(b'\r' | b'\n' | b';'))
}

/// Undoes the chunks, and tells whether the last is missing.
fn unchunked(mut rest: &[u8]) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    loop {
        let Some(line) = rest.iter().position(|byte| *byte == b'\n') else { return (body, true) };
        let size = String::from_utf8_lossy(&rest[..line]);
        let size = size.split(';').next().unwrap_or_default().trim();
        let Ok(size) = usize::from_str_radix(size, 16) else { return (body, true) };
        rest = &rest[line + 1..];
        if size == 0 {
            return (body, false);
        }
        let Some(chunk) = rest.get(..size) else {
            body.extend_from_slice(rest);
            return (body, true);
        };
        body.extend_from_slice(chunk);
        rest = rest[size..].trim_ascii_start();
    }
}

/// The one call to the gateway in a browser's or a proxy's record.
fn of_har(har: &Map<String, Value>) -> Result<Captured, Refused> {
    let entries = har["log"]["entries"].as_array().ok_or(Note::NoAnswer)?;
    let path = |entry: &Value| {
        entry["request"]["url"].as_str().unwrap_or_default().split(['?', '#']).next().map(str::to_owned)
    };
    let is_partial = |entry: &Value| match path(entry).as_deref() {
        Some(path) if path.ends_with("/cancel/repay") => Some(true),
        Some(path) if path.ends_with("/cancel/cancel") => Some(false),
        _ => None,
    };
    let mut calls = entries.iter().filter_map(|entry| Some((entry, is_partial(entry)?)));
    let (entry, is_partial) = calls.next().ok_or(Note::NoAnswer)?;
    if calls.next().is_some() {
        return Err(Note::ManyAnswers);
    }
    let response = &entry["response"];
    let content = &response["content"];
    let text = content["text"].as_str().unwrap_or_default();
    let body =
        if content["encoding"] == "base64" { STANDARD.decode(text).map_err(|_| Note::NoAnswer)? } else { text.into() };
    let header = |wanted: &str| {
        let headers = response["headers"].as_array()?;
        let is_it = |header: &&Value| header["name"].as_str().is_some_and(|name| name.eq_ignore_ascii_case(wanted));
        headers.iter().find(is_it)?["value"].as_str().map(str::to_owned)
    };
    let status = response["status"].as_u64().and_then(|status| u16::try_from(status).ok()).filter(|status| *status > 0);
    let kept = Kept {
        // A record says 0 where no answer came.
        status: status.ok_or(Note::NoAnswer)?,
        // A record's text is in UTF-8, and its compression undone.
        content_type: header("content-type").filter(|_| content["encoding"] == "base64"),
        location: header("location"),
        body,
        ..Kept::default()
    };
    let posted = |name: &str| posted(&entry["request"]["postData"], name).into();
    let asked = Asked {
        is_partial: Some(is_partial),
        tid: posted("tid"),
        price: posted(if is_partial { "cancelPrice" } else { "price" }),
        confirm_price: if is_partial { posted("confirmPrice") } else { paywelcome::Argument::Absent },
    };
    Ok(Captured { asked, ..Captured::of(kept, true) })
}

/// A field of a form that was posted.
fn posted(data: &Value, name: &str) -> Option<String> {
    let of_list =
        data["params"].as_array().and_then(|all| all.iter().find(|each| each["name"] == name)?["value"].as_str());
    of_list.map(str::to_owned).or_else(|| {
        let form = url::form_urlencoded::parse(data["text"].as_str()?.as_bytes());
        form.into_iter().find(|(field, _)| field == name).map(|(_, value)| value.into_owned())
    })
}

/// An error, a receipt or a refund of this library, as it writes them as JSON: `to_dict()`, `toJSON()` or a command's `--json`.
fn of_our_own(told: &Map<String, Value>, bytes: &[u8]) -> Result<Captured, Refused> {
    let within = |name: &str| told.get(name).and_then(Value::as_object);
    let is_receipt = within("receipt").is_some() || told.contains_key("mismatches");
    let told = WITHIN.iter().find_map(|name| within(name)).unwrap_or(told);
    let get = |snake: &str, camel: &str| told.get(snake).or_else(|| told.get(camel)).filter(|value| !value.is_null());
    let status = get("http_status", "httpStatus").and_then(Value::as_u64).and_then(|status| u16::try_from(status).ok());
    let mut notes = Vec::new();
    let body = match (raw_of(bytes), get("body_excerpt", "bodyExcerpt").and_then(Value::as_str)) {
        (Some(raw), _) => raw,
        // It may look whole where the answer was not.
        (None, Some(_)) if status == Some(200) => return Err(Note::ExcerptOnly),
        (None, Some(excerpt)) => {
            notes.push(Note::ExcerptOnly);
            excerpt.to_owned()
        }
        (None, None) => return Err(Note::NoAnswer),
    };
    let text = |value: Option<&Value>| match value {
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    // A refund tells what it gives back as its amount.
    let price = get("price", "price").or_else(|| get("amount", "amount"));
    let remaining = get("remaining_price", "remainingPrice").or_else(|| get("confirm_price", "confirmPrice"));
    let asked = Asked {
        is_partial: match get("operation", "operation").and_then(Value::as_str) {
            Some("cancel") => Some(false),
            Some("partial_cancel" | "partialCancel") => Some(true),
            _ => is_receipt.then_some(remaining.is_some()),
        },
        tid: text(get("tid", "tid")).into(),
        price: text(price).into(),
        confirm_price: text(remaining).into(),
    };
    let content_type = get("content_type", "contentType").and_then(Value::as_str).map(str::to_owned);
    // Only a status of 200 has a receipt; its text is read already.
    let status = status.or(is_receipt.then_some(200));
    let kept = Kept {
        status: status.unwrap_or(200),
        content_type: content_type.filter(|_| status != Some(200)),
        body: body.into_bytes(),
        ..Kept::default()
    };
    Ok(Captured { asked, notes, ..Captured::of(kept, status.is_some()) })
}

/// The member `raw` as it is written, so that what stands twice in it is seen; a row of a table has it as a text.
fn raw_of(bytes: &[u8]) -> Option<String> {
    type Members<'a> = HashMap<String, &'a RawValue>;
    let told: Members<'_> = serde_json::from_slice(bytes).ok()?;
    let within = WITHIN.iter().find_map(|name| told.get(*name)).filter(|within| within.get().starts_with('{'));
    let raw = match within {
        Some(within) => *serde_json::from_str::<Members<'_>>(within.get()).ok()?.get("raw")?,
        None => *told.get("raw")?,
    };
    let raw = if raw.get().starts_with('"') { serde_json::from_str(raw.get()).ok()? } else { raw.get().to_owned() };
    raw.starts_with('{').then_some(raw)
}
