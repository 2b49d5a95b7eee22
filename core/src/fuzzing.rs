//! The reader of answers without a wire, for fuzz targets and property tests. No part of the API.

use std::time::Duration;

use crate::error::Error;
use crate::receipt::{CancelReceipt, PartialCancelReceipt};
use crate::reply::{self, Answer};
use crate::request::{CancelRequest, PartialCancelRequest};

const LIMIT: Duration = Duration::from_secs(1);

/// Reads an answer to a full cancel, as it would be read off the wire.
///
/// # Errors
///
/// What the call would end with.
pub fn read_cancel(
    request: &CancelRequest,
    hidden: &[&str],
    status: u16,
    content_type: Option<&str>,
    body: &[u8],
) -> Result<CancelReceipt, Error> {
    let (operation, _) = request.check(LIMIT)?;
    reply::read(&operation, "welcometst", hidden, answer(status, content_type, body))
}

/// Reads an answer to a partial cancel, as it would be read off the wire.
///
/// # Errors
///
/// What the call would end with.
pub fn read_partial_cancel(
    request: &PartialCancelRequest,
    hidden: &[&str],
    status: u16,
    content_type: Option<&str>,
    body: &[u8],
) -> Result<PartialCancelReceipt, Error> {
    let (operation, _) = request.check(LIMIT)?;
    reply::read(&operation, "welcometst", hidden, answer(status, content_type, body))
}

fn answer(status: u16, content_type: Option<&str>, body: &[u8]) -> Answer {
    Answer { status, content_type: content_type.map(str::to_owned), body: Ok(body.to_vec()) }
}
