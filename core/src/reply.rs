//! The gateway's answer: bytes in, a receipt or the truth about what is known out.

use crate::amount::Amount;
use crate::error::{Error, ErrorKind, Outcome};
use crate::fields::{self, Fields, Malformed, Value};
use crate::raw::Raw;
use crate::receipt::{CancelReceipt, PartialCancelReceipt};
use crate::request::{Cancel, Operation, PartialCancel};
use crate::timestamp;

/// The documented success, compared as an exact string.
const DONE: &str = "00";
/// Success in sibling products of the gateway: never a decline, since a second refund would follow.
const SIBLING_DONE: &str = "0000";

/// What came back over the wire.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: Option<String>,
    pub(crate) body: Result<Vec<u8>, BodyFailure>,
}

/// Why the status came, but not the whole body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyFailure {
    TooLarge,
    Lost,
    TimedOut,
}

/// An operation whose answer can be read.
pub(crate) trait Answered: Operation {
    /// Turns a documented success into a receipt, or tells which echo is missing or differs.
    fn receipt(&self, success: Success<'_>) -> Result<Self::Receipt, Error>;
}

/// The fields of an answer whose code is the documented success.
pub(crate) struct Success<'a> {
    mid: &'a str,
    fields: &'a Fields<'a>,
    text: &'a str,
    result_msg: String,
}

/// Reads an answer to `operation`, asked for the merchant `mid`: the verdict table, whole.
///
/// What is `hidden` is in no receipt and no error, even if the gateway repeats it.
pub(crate) fn read<O: Answered>(
    operation: &O,
    mid: &str,
    hidden: &[&str],
    answer: Answer,
) -> Result<O::Receipt, Error> {
    let status = answer.status;
    let judged = if status == 200 { judge(operation, mid, hidden, answer) } else { Err(not_ok(hidden, answer)) };
    judged.map_err(|error| error.with_status(status))
}

fn judge<O: Answered>(operation: &O, mid: &str, hidden: &[&str], answer: Answer) -> Result<O::Receipt, Error> {
    let body = answer.body.map_err(|failure| match failure {
        BodyFailure::TooLarge => unknown(ErrorKind::Malformed, "the answer is too large"),
        BodyFailure::Lost => unknown(ErrorKind::ConnectionLost, "the connection was lost within the answer"),
        BodyFailure::TimedOut => unknown(ErrorKind::Timeout, "time ran out within the answer"),
    })?;
    let text = fields::text(body, answer.content_type.as_deref(), hidden)?;
    let fields = Fields::parse(&text)?;
    judge_fields(operation, mid, &fields, &text).map_err(|error| {
        let read = |name| fields.get(&[name]).ok().flatten().and_then(Value::text).map(str::to_owned);
        let code = read("ResultCode");
        let msg = read("ResultMsg").or_else(|| code.as_ref().map(|_| String::new()));
        error.with_result(code, msg).with_raw(Some(Raw::new(text.clone())))
    })
}

fn judge_fields<O: Answered>(operation: &O, mid: &str, fields: &Fields<'_>, text: &str) -> Result<O::Receipt, Error> {
    let code = fields.get(&["ResultCode"])?;
    let result_msg = fields.get(&["ResultMsg"])?;
    let result_msg = result_msg.and_then(Value::text).unwrap_or_default().to_owned();
    let undocumented = || unknown(ErrorKind::UndocumentedCode, "the answer's code is close to success but not it");
    match code {
        Some(Value::Text(code)) if code == DONE => {
            let success = Success { mid, fields, text, result_msg };
            operation.receipt(success)
        }
        Some(Value::Text(code)) if code == SIBLING_DONE || is_success_in_disguise(code) => Err(undocumented()),
        // A number can't keep the zeros that lead it, so zero may have been any of the successes.
        Some(Value::Number(code)) if is_zero(code) => Err(undocumented()),
        Some(Value::Text(code) | Value::Number(code)) if !is_blank(code) => {
            // A decline that names a payment must name this one.
            match fields.get(&["Tid"])?.and_then(Value::text) {
                None | Some("") => {}
                Some(tid) if tid == operation.tid() => {}
                Some(_) => return Err(unknown(ErrorKind::Mismatch, "the answer declines, but another payment")),
            }
            let detail = format!("code {}, {}", shown(code), shown(&result_msg));
            Err(Error::new(Outcome::Declined, ErrorKind::Declined, detail))
        }
        _ => Err(unknown(ErrorKind::Malformed, "the answer has no ResultCode")),
    }
}

/// A success with something around it or in it that no code has, such as white space or a byte of zero: `00 `.
fn is_success_in_disguise(code: &str) -> bool {
    let mut signs = code.chars().filter(|c| c.is_alphanumeric()).peekable();
    code.contains(|c: char| !c.is_ascii_alphanumeric())
        && signs.peek().is_some()
        && signs.all(|c| matches!(c, '0' | '\u{ff10}'))
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

fn not_ok(hidden: &[&str], Answer { status, content_type, body }: Answer) -> Error {
    let text = body.ok().and_then(|body| fields::text(body, content_type.as_deref(), hidden).ok());
    let raw = text.filter(|text| Fields::parse(text).is_ok()).map(Raw::new);
    let (kind, what) = if (300..400).contains(&status) {
        (ErrorKind::Redirect, "the answer is a redirect, which is never followed")
    } else {
        (ErrorKind::HttpStatus, "the answer is no documented one")
    };
    unknown(kind, format!("{what} (HTTP status {status})")).with_raw(raw)
}

fn unknown(kind: ErrorKind, detail: impl Into<String>) -> Error {
    Error::new(Outcome::Unknown, kind, detail)
}

fn mismatch(what: impl std::fmt::Display) -> Error {
    unknown(ErrorKind::Mismatch, format!("the answer says success, but {what}"))
}

impl From<Malformed> for Error {
    fn from(Malformed(what): Malformed) -> Self {
        unknown(ErrorKind::Malformed, format!("the answer {what}"))
    }
}

/// A text of the gateway's on one short line.
fn shown(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(100).collect()
}

impl Success<'_> {
    fn optional(&self, name: &str) -> Result<Option<String>, Error> {
        Ok(self.fields.get(&[name])?.and_then(Value::text).map(str::to_owned))
    }

    /// Gives the amount under the first of `names`, or under another way to spell it, if it is the one asked for.
    fn agrees(&self, names: &[&str], asked: Amount) -> Result<u128, Error> {
        let name = names[0];
        match self.fields.get(names)?.and_then(Value::text) {
            None => Err(mismatch(format_args!("has no {name}"))),
            Some(text) if Amount::parse(text) == Ok(asked) => Ok(asked.value()),
            Some(text) => Err(mismatch(format_args!("{name} is '{}' where {asked} was asked", shown(text)))),
        }
    }

    fn tid_agrees(&self, asked: &str) -> Result<String, Error> {
        match self.optional("Tid")? {
            None => Err(mismatch("has no Tid")),
            Some(tid) if tid == asked => Ok(tid),
            Some(tid) => Err(mismatch(format_args!("Tid is '{}', another payment's", shown(&tid)))),
        }
    }

    fn mid(&self) -> Result<String, Error> {
        Ok(self.optional("Mid")?.unwrap_or_else(|| self.mid.to_owned()))
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
    fn receipt(&self, success: Success<'_>) -> Result<CancelReceipt, Error> {
        let tid = success.tid_agrees(self.tid())?;
        let price = success.agrees(&["Price"], self.price)?;
        let when = success.when()?;
        Ok(CancelReceipt {
            result_code: DONE.to_owned(),
            mid: success.mid()?,
            tid,
            moid: success.optional("Moid")?,
            price,
            cancel_date: when.date,
            cancel_time: when.time,
            cancelled_at: when.at,
            raw: Raw::new(success.text.to_owned()),
            result_msg: success.result_msg,
        })
    }
}

impl Answered for PartialCancel {
    fn receipt(&self, success: Success<'_>) -> Result<PartialCancelReceipt, Error> {
        let tid = success.tid_agrees(self.tid())?;
        let price = success.agrees(&["Price"], self.cancel_price)?;
        let remaining_price = success.agrees(&["RmainPrice", "RemainPrice"], self.confirm_price)?;
        let when = success.when()?;
        Ok(PartialCancelReceipt {
            result_code: DONE.to_owned(),
            mid: success.mid()?,
            tid,
            cancel_tid: success.optional("C_Tid")?,
            price,
            remaining_price,
            cancel_date: when.date,
            cancel_time: when.time,
            cancelled_at: when.at,
            raw: Raw::new(success.text.to_owned()),
            result_msg: success.result_msg,
        })
    }
}
