//! An answer that somebody kept, read as it would have been off the wire; for the command line, no part of the API.

#![allow(clippy::missing_errors_doc, reason = "each tells what is wrong with what was asked")]

use std::time::Duration;

use crate::argument::List;
use crate::config::REQUIRED_ECHOES;
use crate::echoes::{Echo, Mismatch, RequiredEchoes};
use crate::error::{Error, FieldError};
use crate::receipt::{CancelReceipt, PartialCancelReceipt};
use crate::reply::{self, Answer, Answered, Asked, Body, Cut};
use crate::request::{CancelRequest, PartialCancelRequest};

/// No call is made, so none takes this long.
const LIMIT: Duration = Duration::from_secs(30);

/// An answer as it was kept.
#[derive(Clone, Debug, Default)]
pub struct Kept {
    /// Its HTTP status.
    pub status: u16,
    /// Its `Content-Type`.
    pub content_type: Option<String>,
    /// Its `Content-Encoding`.
    pub content_encoding: Option<String>,
    /// Its `Location`.
    pub location: Option<String>,
    /// Its body, or as much of it as came.
    pub body: Vec<u8>,
    /// Whether the body ends before its end.
    pub is_cut: bool,
}

/// What an answer says.
#[derive(Clone, Debug)]
pub struct Judged<R> {
    /// What the call would have ended with.
    pub verdict: Result<R, Error>,
    /// The charset that it was read in.
    pub charset: &'static str,
    /// Whether nothing declares that charset, or some bytes were replaced.
    pub guessed: bool,
    /// Of a success, each echo that does not agree with what was asked, whether it must or not; nothing where no choice of
    /// echoes makes the answer a success.
    pub differing: Option<Vec<Mismatch>>,
    /// The names of the echoes that must agree so that it is done: those that had to, without those that differ.
    pub fitting: Vec<&'static str>,
}

/// Judges an answer to a full cancel; `secrets` are in nothing that is given.
pub fn cancel(
    request: &CancelRequest,
    required: &List,
    mid: &str,
    secrets: &[&str],
    kept: Kept,
) -> Result<Judged<CancelReceipt>, Error> {
    let (operation, _) = request.check(LIMIT)?;
    Ok(judge(&operation, echoes(required)?, mid, secrets, kept, |receipt| &receipt.mismatches))
}

/// Judges an answer to a partial cancel; `secrets` are in nothing that is given.
pub fn partial_cancel(
    request: &PartialCancelRequest,
    required: &List,
    mid: &str,
    secrets: &[&str],
    kept: Kept,
) -> Result<Judged<PartialCancelReceipt>, Error> {
    let (operation, _) = request.check(LIMIT)?;
    Ok(judge(&operation, echoes(required)?, mid, secrets, kept, |receipt| &receipt.mismatches))
}

fn echoes(required: &List) -> Result<RequiredEchoes, Error> {
    RequiredEchoes::read(required)
        .map_err(|message| Error::configuration(vec![FieldError::new(REQUIRED_ECHOES, message)]))
}

fn judge<O: Answered>(
    operation: &O,
    required: RequiredEchoes,
    mid: &str,
    secrets: &[&str],
    kept: Kept,
    mismatches: impl Fn(&O::Receipt) -> &[Mismatch],
) -> Judged<O::Receipt> {
    let Kept { status, content_type, content_encoding, location, body, is_cut } = kept;
    let body = Body { bytes: body, cut: is_cut.then_some(Cut::Lost) };
    let answer = Answer { status, content_type, content_encoding, location, body };
    let read = |required| reply::read(operation, Asked { mid, secrets, required }, answer.clone());
    let verdict = read(required);
    let differing = read(RequiredEchoes::NONE).ok().map(|receipt| mismatches(&receipt).to_vec());
    let differs = |echo: &Echo| differing.iter().flatten().any(|mismatch| mismatch.field == echo.field());
    let fitting = Echo::ALL.into_iter().filter(|echo| required.has(*echo) && !differs(echo));
    let fitting = fitting.map(|echo| echo.field().snake()).collect();
    let (charset, guessed) = reply::charset_of(answer.clone());
    Judged { verdict, charset, guessed, differing, fitting }
}
