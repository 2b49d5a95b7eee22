//! Ends of calls → one JSON text, which JavaScript reads far faster than objects are made from here.

use encoding_rs::mem::convert_utf8_to_utf16;
use napi::{Env, Error, JsString};

use crate::report::{Attempted, Failure, Receipt};

/// How the call `id` ended: with a receipt, with none where it only reached the gateway, or without.
pub(crate) struct End {
    /// The number that the call was started under.
    pub(crate) id: u32,
    /// Whether it is no end, but that the wait for it is over: the end comes later.
    pub(crate) goes_on: bool,
    result: std::result::Result<Option<Receipt>, Failure>,
}

impl End {
    pub(crate) const fn new(id: u32, result: std::result::Result<Option<Receipt>, Failure>) -> Self {
        Self { id, goes_on: false, result }
    }

    /// Of no call: the alarm `id` goes off.
    pub(crate) const fn alarm(id: u32) -> Self {
        Self { id, goes_on: false, result: Ok(None) }
    }

    /// The wait for the call `id` is over, and the call continues.
    pub(crate) const fn pending(id: u32, failure: Failure) -> Self {
        Self { id, goes_on: true, result: Err(failure) }
    }
}

/// Ends as one JSON list. Its first member says whether there are more; then there are three for each call: its number, its
/// attempts where somebody wants to see them, and its end. A receipt is a list, which ends with the answer: as it is where
/// JavaScript reads it without a loss, else as a text.
#[derive(Default)]
pub(crate) struct Batch {
    text: Vec<u8>,
}

impl Batch {
    /// How long it is, in bytes.
    pub(crate) const fn len(&self) -> usize {
        self.text.len()
    }

    pub(crate) fn add(&mut self, end: &End, attempts: Option<Vec<Attempted>>) -> napi::Result<()> {
        self.write(end, attempts.as_deref()).map_err(|error| Error::from_reason(error.to_string()))
    }

    fn write(&mut self, End { id, result, .. }: &End, attempts: Option<&[Attempted]>) -> serde_json::Result<()> {
        let text = &mut self.text;
        text.push(b',');
        serde_json::to_writer(&mut *text, id)?;
        text.push(b',');
        serde_json::to_writer(&mut *text, &attempts)?;
        text.push(b',');
        match result {
            Ok(Some(receipt)) => {
                serde_json::to_writer(&mut *text, receipt)?;
                // The list continues.
                text.pop();
                text.push(b',');
                let answer = receipt.raw.as_json();
                if may_hold_number(answer) {
                    serde_json::to_writer(&mut *text, answer)?;
                } else {
                    text.extend_from_slice(answer.as_bytes());
                }
                text.push(b']');
            }
            Ok(None) => text.extend_from_slice(b"null"),
            Err(failure) => serde_json::to_writer(&mut *text, failure)?,
        }
        Ok(())
    }

    pub(crate) fn close(self, more: bool) -> Vec<u8> {
        let mut text = format!("[{more}").into_bytes();
        text.extend(self.text);
        text.push(b']');
        text
    }
}

/// Makes a text of JavaScript's from UTF-8, in the width that it is kept in there: far faster than to let it be found out.
pub(crate) fn written<'env>(env: &'env Env, text: &[u8]) -> napi::Result<JsString<'env>> {
    if text.is_ascii() {
        return env.create_string_latin1(text);
    }
    let mut units = vec![0; text.len() + 1];
    let length = convert_utf8_to_utf16(text, &mut units);
    env.create_string_utf16(&units[..length])
}

/// Returns whether a number may stand anywhere in a JSON text: an answer whose fields are all texts, as documented, has no
/// such place.
fn may_hold_number(json: &str) -> bool {
    let mut before = b' ';
    json.bytes().filter(|byte| !byte.is_ascii_whitespace()).any(|byte| {
        let starts = matches!(byte, b'-' | b'0'..=b'9') && matches!(before, b':' | b',' | b'[');
        before = byte;
        starts
    })
}
