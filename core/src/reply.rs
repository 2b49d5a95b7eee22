//! The gateway's answer: bytes in, a receipt or the truth about what is known out.

use crate::address::target;
use crate::amount::Amount;
use crate::charset::{self, Text};
use crate::echoes::{Echo, Mismatch, RequiredEchoes};
use crate::error::{Error, ErrorKind, Outcome};
use crate::excerpt::{excerpt, shown};
use crate::fields::{self, Fields, Malformed, Value};
use crate::raw::Raw;
use crate::receipt::{CancelReceipt, PartialCancelReceipt};
use crate::redact::{redact, redact_bytes};
use crate::request::{Cancel, Operation, PartialCancel};
use crate::timestamp;
use crate::unpack::{Packed, Why, unpack};

/// An answer of the gateway has some hundred bytes.
pub(crate) const LARGEST_BODY: usize = 256 * 1024;
/// The documented success, compared as an exact string.
const DONE: &str = "00";

/// What came back over the wire.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: Option<String>,
    /// Of all `Content-Encoding` headers together.
    pub(crate) content_encoding: Option<String>,
    pub(crate) location: Option<String>,
    pub(crate) body: Body,
}

/// What came of an answer's body.
#[derive(Clone, Debug, Default)]
pub(crate) struct Body {
    pub(crate) bytes: Vec<u8>,
    /// Why it is not all of it.
    pub(crate) cut: Option<Cut>,
}

/// Why the status came, but not the whole body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    TooLarge,
    Lost,
    TimedOut,
}

/// An operation whose answer can be read.
pub(crate) trait Answered: Operation {
    /// Turns a documented success into a receipt, or tells which echo is missing or differs.
    fn receipt(&self, success: Success<'_>) -> Result<Self::Receipt, Error>;
}

/// What an answer is held against.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    /// The merchant that it was asked for.
    pub(crate) mid: &'a str,
    /// What is in no receipt and no error, even if the gateway repeats it.
    pub(crate) secrets: &'a [&'a str],
    /// Which echoes must agree.
    pub(crate) required: RequiredEchoes,
}

/// The fields of an answer whose code is the documented success.
pub(crate) struct Success<'a> {
    asked: Asked<'a>,
    fields: &'a Fields<'a>,
    text: &'a str,
    result_msg: String,
    mismatches: Vec<Mismatch>,
}

/// Reads an answer to `operation`: the verdict table, whole.
pub(crate) fn read<O: Answered>(operation: &O, asked: Asked<'_>, answer: Answer) -> Result<O::Receipt, Error> {
    let Answer { status, content_type, content_encoding, location, body } = answer;
    let (text, fault) = text_of(body, content_type.as_deref(), content_encoding.as_deref(), asked.secrets);
    let is_cut = fault.is_some();
    let judged = match fault {
        _ if status != 200 => Err(not_ok(&text.content, status, location, asked.secrets)),
        Some(fault) => Err(fault.into()),
        None => judge(operation, asked, &text),
    };
    judged.map_err(|error| {
        let content_type = content_type.map(|content_type| shown(&redact(content_type, asked.secrets, false)));
        error.with_answer(status, content_type, excerpt(&text.content, asked.secrets, is_cut))
    })
}

/// Names the charset that an answer is read in, and tells whether nothing declares it or some bytes were replaced.
pub(crate) fn charset_of(answer: Answer) -> (&'static str, bool) {
    let Answer { content_type, content_encoding, body, .. } = answer;
    let (Text { charset, guessed, .. }, _) = text_of(body, content_type.as_deref(), content_encoding.as_deref(), &[]);
    (charset.name(), guessed)
}

/// The beginning of an answer's words on one line.
pub(crate) fn words_of(answer: Answer, secrets: &[&str]) -> String {
    let Answer { content_type, content_encoding, body, .. } = answer;
    let (text, fault) = text_of(body, content_type.as_deref(), content_encoding.as_deref(), secrets);
    excerpt(&text.content, secrets, fault.is_some())
}

/// Why a body is not the answer.
#[derive(Clone, Debug)]
enum Fault {
    Cut(Cut),
    Unreadable(Malformed),
}

/// Returns a body as a text without the secrets in it, as far as it can be read, and why that is not the answer.
fn text_of(
    Body { bytes, cut }: Body,
    content_type: Option<&str>,
    content_encoding: Option<&str>,
    secrets: &[&str],
) -> (Text, Option<Fault>) {
    let (bytes, fault) = match unpack(bytes, content_encoding, LARGEST_BODY) {
        Ok(bytes) => (bytes, cut.map(Fault::Cut)),
        Err(Packed { body, why }) => {
            let fault = match (cut, why) {
                (Some(cut), _) => Fault::Cut(cut),
                (None, Why::TooLarge) => Fault::Cut(Cut::TooLarge),
                (None, Why::Unreadable(what)) => Fault::Unreadable(Malformed(what)),
            };
            (body, Some(fault))
        }
    };
    // What can't be decompressed to its end may end anywhere.
    let is_cut = fault.is_some();
    let mut read = charset::read(redact_bytes(bytes, secrets, is_cut), content_type);
    if read.decoded {
        read.content = redact(read.content, secrets, is_cut);
    }
    (read, fault)
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Cut(Cut::TooLarge) => unknown(ErrorKind::Malformed, "the answer is too large"),
            Fault::Cut(Cut::Lost) => unknown(ErrorKind::ConnectionLost, "the connection was lost within the answer"),
            Fault::Cut(Cut::TimedOut) => unknown(ErrorKind::Timeout, "time ran out within the answer"),
            Fault::Unreadable(malformed) => malformed.into(),
        }
    }
}

fn judge<O: Answered>(
    operation: &O,
    asked: Asked<'_>,
    Text { content, guessed, .. }: &Text,
) -> Result<O::Receipt, Error> {
    let text = fields::well_formed(content);
    let fields = Fields::parse(&text)?;
    judge_fields(operation, asked, &fields, &text, *guessed).map_err(|error| {
        let read = |name| fields.get(&[name]).ok().flatten().and_then(Value::text).map(str::to_owned);
        let code = read("ResultCode");
        let msg = read("ResultMsg").or_else(|| code.as_ref().map(|_| String::new()));
        error.with_result(code, msg).with_raw(Some(Raw::new(text.clone().into_owned())))
    })
}

fn judge_fields<O: Answered>(
    operation: &O,
    asked: Asked<'_>,
    fields: &Fields<'_>,
    text: &str,
    guessed: bool,
) -> Result<O::Receipt, Error> {
    let code = fields.get(&["ResultCode"])?;
    let result_msg = fields.get(&["ResultMsg"])?;
    let result_msg = result_msg.and_then(Value::text).unwrap_or_default().to_owned();
    let undocumented = || unknown(ErrorKind::UndocumentedCode, "the answer's code resembles success but is not 00");
    match code {
        Some(Value::Text(code)) if code == DONE => {
            let success = Success { asked, fields, text, result_msg, mismatches: Vec::new() };
            operation.receipt(success)
        }
        Some(Value::Text(code)) if is_made_of_zeros(code) => Err(undocumented()),
        // A number can't keep the zeros that lead it, so zero may have been any of the successes.
        Some(Value::Number(code)) if is_zero(code) => Err(undocumented()),
        // Letters that were replaced, or read in a charset that is a guess, may have been zeros, too.
        Some(Value::Text(code)) if code.contains(char::REPLACEMENT_CHARACTER) || guessed && !code.is_ascii() => {
            Err(unknown(ErrorKind::Malformed, "the answer has a ResultCode that can't be read"))
        }
        Some(Value::Text(code) | Value::Number(code)) if !is_blank(code) => {
            // A decline that names a payment must name this one, whatever a success may do: it says that nothing moved.
            match fields.get(&["Tid"])?.and_then(Value::text) {
                None | Some("") => {}
                Some(tid) if tid == operation.tid() => {}
                Some(tid) => {
                    let what = format!("the answer declines, but names another payment, Tid '{}'", shown(tid));
                    return Err(unknown(ErrorKind::Mismatch, what));
                }
            }
            let detail = format!("code {}, {}", shown(code), shown(&result_msg));
            Err(Error::new(Outcome::Declined, ErrorKind::Declined, detail))
        }
        _ => Err(unknown(ErrorKind::Malformed, "the answer has no ResultCode")),
    }
}

/// Any number of zeros but the documented one, such as `0000`, which is success in sibling products: never a decline, since a
/// second refund would follow. Nor is one with something around it or in it that no code has, such as white space: `00 `.
fn is_made_of_zeros(code: &str) -> bool {
    let mut signs = code.chars().filter(|c| c.is_alphanumeric()).peekable();
    signs.peek().is_some() && signs.all(|c| matches!(c, '0' | '\u{ff10}'))
}

/// A code that says nothing.
fn is_blank(code: &str) -> bool {
    code.chars().all(|c| c.is_whitespace() || c.is_control())
}

/// A number that is zero, however it is written.
fn is_zero(number: &str) -> bool {
    let digits = number.split(['e', 'E']).next().unwrap_or_default();
    !digits.bytes().any(|b| (b'1'..=b'9').contains(&b))
}

fn not_ok(text: &str, status: u16, location: Option<String>, secrets: &[&str]) -> Error {
    let text = fields::well_formed(text);
    let raw = Fields::parse(&text).is_ok().then(|| Raw::new(text.into_owned()));
    let (kind, what) = if (300..400).contains(&status) {
        let target = location.map(|location| shown(&redact(target(&location), secrets, false)));
        let to = target.filter(|target| !target.is_empty()).map(|target| format!(" to {target}")).unwrap_or_default();
        (ErrorKind::Redirect, format!("the answer is a redirect{to}, which is never followed"))
    } else {
        (ErrorKind::HttpStatus, "the answer is not a documented one".to_owned())
    };
    unknown(kind, format!("{what} (HTTP status {status})")).with_raw(raw)
}

fn unknown(kind: ErrorKind, detail: impl Into<String>) -> Error {
    Error::new(Outcome::Unknown, kind, detail)
}

impl From<Malformed> for Error {
    fn from(Malformed(what): Malformed) -> Self {
        unknown(ErrorKind::Malformed, format!("the answer {what}"))
    }
}

impl Success<'_> {
    fn optional(&self, name: &str) -> Result<Option<String>, Error> {
        Ok(self.fields.get(&[name])?.and_then(Value::text).map(str::to_owned))
    }

    /// Makes sure that an echo agrees with what was asked, or notes that one does not that need not.
    fn hold(&mut self, echo: Echo, asked: &str, agrees: impl Fn(&str) -> bool) -> Result<(), Error> {
        let (name, field) = (echo.names()[0], echo.field());
        let answered = self.fields.get(echo.names())?;
        if answered.and_then(Value::text).is_some_and(agrees) {
            return Ok(());
        }
        if !self.asked.required.has(echo) {
            let answered = answered.map(|value| value.as_written().to_owned());
            self.mismatches.push(Mismatch { field, asked: asked.to_owned(), answered });
            return Ok(());
        }
        let what = match answered {
            None => format!("has no {name}"),
            Some(value) => format!("{name} is '{}' where {asked} was asked", shown(value.as_written())),
        };
        let setting = "the setting required_echoes (requiredEchoes) names the echoes that must agree";
        Err(unknown(ErrorKind::Mismatch, format!("the answer says success, but {what}; {setting}")))
    }

    fn hold_tid(&mut self, asked: &str) -> Result<(), Error> {
        self.hold(Echo::Tid, asked, |tid| tid == asked)
    }

    fn hold_amount(&mut self, echo: Echo, asked: Amount) -> Result<(), Error> {
        self.hold(echo, &asked.to_string(), |text| Amount::parse(text) == Ok(asked))
    }

    fn mid(&self) -> Result<String, Error> {
        Ok(self.optional("Mid")?.unwrap_or_else(|| self.asked.mid.to_owned()))
    }

    fn when(&self) -> Result<When, Error> {
        let (date, time) = (self.optional("CancelDate")?, self.optional("CancelTime")?);
        let at = date.as_deref().zip(time.as_deref()).and_then(|(date, time)| timestamp::read_kst(date, time));
        Ok(When { date, time, at })
    }
}

/// When the gateway cancelled, as it says.
struct When {
    date: Option<String>,
    time: Option<String>,
    at: Option<i64>,
}

impl Answered for Cancel {
    fn receipt(&self, mut success: Success<'_>) -> Result<CancelReceipt, Error> {
        success.hold_tid(self.tid())?;
        success.hold_amount(Echo::Price, self.price)?;
        let when = success.when()?;
        Ok(CancelReceipt {
            result_code: DONE.to_owned(),
            mid: success.mid()?,
            tid: self.tid().to_owned(),
            moid: success.optional("Moid")?,
            price: self.price.value(),
            cancel_date: when.date,
            cancel_time: when.time,
            cancelled_at: when.at,
            raw: Raw::new(success.text.to_owned()),
            result_msg: success.result_msg,
            mismatches: success.mismatches,
        })
    }
}

impl Answered for PartialCancel {
    fn receipt(&self, mut success: Success<'_>) -> Result<PartialCancelReceipt, Error> {
        success.hold_tid(self.tid())?;
        success.hold_amount(Echo::Price, self.cancel_price)?;
        success.hold_amount(Echo::RemainingPrice, self.confirm_price)?;
        let when = success.when()?;
        Ok(PartialCancelReceipt {
            result_code: DONE.to_owned(),
            mid: success.mid()?,
            tid: self.tid().to_owned(),
            cancel_tid: success.optional("C_Tid")?,
            price: self.cancel_price.value(),
            remaining_price: self.confirm_price.value(),
            cancel_date: when.date,
            cancel_time: when.time,
            cancelled_at: when.at,
            raw: Raw::new(success.text.to_owned()),
            result_msg: success.result_msg,
            mismatches: success.mismatches,
        })
    }
}
