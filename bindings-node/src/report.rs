//! The core's receipts and errors as plain data, which TypeScript makes classes of.

use std::time::{Duration, UNIX_EPOCH};

use napi::Error;
use napi_derive::napi;
use paywelcome::{Attempt, CancelReceipt, Client, ErrorKind, Field, Mismatch, Outcome, PartialCancelReceipt, Raw};
use serde::{Serialize, Serializer};

/// A field that was refused.
#[napi(object, object_to_js = false)]
#[derive(Serialize)]
pub struct Finding {
    /// The field's name, as JavaScript writes it.
    pub field: String,
    /// What is wrong and what to pass instead.
    pub message: String,
}

/// What is known of a call that gave no receipt, or of settings that were refused.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Failure {
    /// `not_sent`, `declined` or `unknown`.
    pub(crate) outcome: &'static str,
    /// Why, in one word.
    pub(crate) kind: &'static str,
    /// One line for people.
    pub(crate) message: String,
    /// Every field that was refused.
    pub(crate) errors: Vec<Finding>,
    /// `cancel`, `partial_cancel` or `warm_up`.
    pub(crate) operation: Option<&'static str>,
    /// The payment's transaction id.
    pub(crate) tid: Option<String>,
    /// The caller's own reference.
    pub(crate) reference: Option<String>,
    /// The timestamp that was signed last.
    pub(crate) timestamp: Option<String>,
    /// How often a connection was tried.
    pub(crate) attempts: u32,
    /// The gateway's host, with its port where that is not the scheme's own.
    pub(crate) host: Option<String>,
    /// The merchant id.
    pub(crate) mid: Option<String>,
    /// The answer's HTTP status.
    pub(crate) http_status: Option<u16>,
    /// The answer's content type.
    pub(crate) content_type: Option<String>,
    /// The beginning of the answer's body.
    pub(crate) body_excerpt: Option<String>,
    /// The gateway's `ResultCode`.
    pub(crate) result_code: Option<String>,
    /// The gateway's `ResultMsg`.
    pub(crate) result_msg: Option<String>,
    /// The answer's JSON text.
    pub(crate) raw: Option<String>,
}

/// The fields of both kinds of receipt.
pub(crate) struct Receipt {
    result_code: String,
    result_msg: String,
    mid: String,
    tid: String,
    /// `Moid`, of a full cancel.
    moid: Option<String>,
    /// `C_Tid`, of a partial cancel.
    cancel_tid: Option<String>,
    price: i64,
    /// `RmainPrice`, of a partial cancel.
    remaining_price: Option<i64>,
    cancel_date: Option<String>,
    cancel_time: Option<String>,
    /// Both as milliseconds since 1970.
    cancelled_at: Option<i64>,
    mismatches: Vec<Mismatch>,
    /// The answer's JSON text.
    pub(crate) raw: Raw,
}

/// In JSON a list in this order, without the answer.
impl Serialize for Receipt {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { result_code, result_msg, mid, tid, moid, cancel_tid, price, remaining_price, .. } = self;
        let Self { cancel_date: date, cancel_time: time, cancelled_at: at, mismatches, .. } = self;
        let mismatches: Vec<_> = mismatches.iter().map(Differing::from).collect();
        (result_code, result_msg, mid, tid, moid, cancel_tid, price, remaining_price, date, time, at, mismatches)
            .serialize(serializer)
    }
}

/// An echo that need not agree, and does not.
#[derive(Serialize)]
struct Differing<'a> {
    field: &'static str,
    asked: &'a str,
    answered: Option<&'a str>,
}

impl<'a> From<&'a Mismatch> for Differing<'a> {
    fn from(Mismatch { field, asked, answered, .. }: &'a Mismatch) -> Self {
        Self { field: field.camel(), asked, answered: answered.as_deref() }
    }
}

/// What is handed over as a JSON text, since that is how an object gets members of its own: whoever added a setter or a
/// member to every object of the program has no part in it.
pub(crate) fn json(value: &impl Serialize) -> napi::Result<String> {
    serde_json::to_string(value).map_err(|error| Error::from_reason(error.to_string()))
}

/// One attempt of a call, as it ended.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Attempted {
    /// From 1.
    number: u32,
    /// Milliseconds since 1970.
    began: f64,
    /// Milliseconds.
    took: f64,
    /// Why it reached no answer.
    kind: Option<&'static str>,
    /// The answer's HTTP status.
    http_status: Option<u16>,
    /// Milliseconds before another attempt.
    pause: Option<f64>,
}

impl From<Attempt> for Attempted {
    fn from(attempt: Attempt) -> Self {
        let milliseconds = |time: Duration| time.as_secs_f64() * 1_000.0;
        Self {
            number: attempt.number,
            began: milliseconds(attempt.began.duration_since(UNIX_EPOCH).unwrap_or_default()),
            took: milliseconds(attempt.took),
            kind: attempt.kind.map(ErrorKind::as_str),
            http_status: attempt.http_status,
            pause: attempt.pause.map(milliseconds),
        }
    }
}

impl From<paywelcome::Error> for Failure {
    fn from(error: paywelcome::Error) -> Self {
        let errors = error.fields().iter();
        let errors =
            errors.map(|found| Finding { field: found.field.camel().to_owned(), message: found.message.clone() });
        Self {
            outcome: error.outcome().as_str(),
            kind: error.kind().as_str(),
            message: error.message(Field::camel),
            errors: errors.collect(),
            operation: error.operation(),
            tid: error.tid().map(str::to_owned),
            reference: error.reference().map(str::to_owned),
            timestamp: error.timestamp().map(str::to_owned),
            attempts: error.attempts(),
            host: error.host().map(str::to_owned),
            mid: error.mid().map(str::to_owned),
            http_status: error.http_status(),
            content_type: error.content_type().map(str::to_owned),
            body_excerpt: error.body_excerpt().map(str::to_owned),
            result_code: error.result_code().map(str::to_owned),
            result_msg: error.result_msg().map(str::to_owned),
            raw: error.raw().map(|raw| raw.as_json().to_owned()),
        }
    }
}

/// What the core found nothing wrong with.
pub(crate) struct Faultless {
    /// Nothing where it is a client's settings.
    pub(crate) operation: Option<&'static str>,
    pub(crate) tid: Option<String>,
    pub(crate) reference: Option<String>,
    pub(crate) host: String,
    pub(crate) mid: String,
}

impl Faultless {
    /// The settings of a client.
    pub(crate) fn settings(client: &Client) -> Self {
        let (host, mid) = (client.host().to_owned(), client.mid().to_owned());
        Self { operation: None, tid: None, reference: None, host, mid }
    }
}

impl Failure {
    /// A refusal of settings or arguments: what the core found, or that it found nothing, and what TypeScript found.
    pub(crate) fn refused(found: Result<Faultless, paywelcome::Error>, findings: Vec<Finding>) -> Self {
        let mut failure = found.map_or_else(Self::from, Self::unrefused);
        for finding in findings {
            failure.message.push_str(if failure.errors.is_empty() { ": " } else { "; " });
            failure.message.extend([finding.field.as_str(), ": ", finding.message.as_str()]);
            failure.errors.push(finding);
        }
        failure
    }

    /// A refusal in which the core found nothing, in the core's words.
    fn unrefused(Faultless { operation, tid, reference, host, mid }: Faultless) -> Self {
        let kind = if operation.is_some() { ErrorKind::InvalidRequest } else { ErrorKind::Configuration };
        Self {
            outcome: Outcome::NotSent.as_str(),
            kind: kind.as_str(),
            message: kind.summary().unwrap_or_default().to_owned(),
            errors: Vec::new(),
            operation,
            tid,
            reference,
            timestamp: None,
            attempts: 0,
            host: Some(host),
            mid: Some(mid),
            http_status: None,
            content_type: None,
            body_excerpt: None,
            result_code: None,
            result_msg: None,
            raw: None,
        }
    }
}

impl From<CancelReceipt> for Receipt {
    fn from(receipt: CancelReceipt) -> Self {
        Self {
            result_code: receipt.result_code,
            result_msg: receipt.result_msg,
            mid: receipt.mid,
            tid: receipt.tid,
            moid: receipt.moid,
            cancel_tid: None,
            price: number(receipt.price),
            remaining_price: None,
            cancel_date: receipt.cancel_date,
            cancel_time: receipt.cancel_time,
            cancelled_at: receipt.cancelled_at.map(|seconds| seconds * 1_000),
            mismatches: receipt.mismatches,
            raw: receipt.raw,
        }
    }
}

impl From<PartialCancelReceipt> for Receipt {
    fn from(receipt: PartialCancelReceipt) -> Self {
        Self {
            result_code: receipt.result_code,
            result_msg: receipt.result_msg,
            mid: receipt.mid,
            tid: receipt.tid,
            moid: None,
            cancel_tid: receipt.cancel_tid,
            price: number(receipt.price),
            remaining_price: Some(number(receipt.remaining_price)),
            cancel_date: receipt.cancel_date,
            cancel_time: receipt.cancel_time,
            cancelled_at: receipt.cancelled_at.map(|seconds| seconds * 1_000),
            mismatches: receipt.mismatches,
            raw: receipt.raw,
        }
    }
}

/// An amount as JavaScript's number: a receipt's is what was asked, and that was refused above the largest exact one.
fn number(amount: u128) -> i64 {
    i64::try_from(amount).unwrap_or(i64::MAX)
}
