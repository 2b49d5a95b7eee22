//! The steps of a call one by one, without a wire, for benchmarks, fuzz targets and property tests; no part of the API.

use std::time::{Duration, SystemTime};

use crate::config::{ClientOptions, Config};
use crate::error::Error;
use crate::receipt::{CancelReceipt, PartialCancelReceipt};
use crate::reply::{self, Answer};
use crate::request::{Cancel, CancelRequest, PartialCancelRequest};
use crate::{attempt, signature};

const LIMIT: Duration = Duration::from_secs(30);

/// A full cancel on its way, without a network.
#[derive(Debug)]
pub struct Steps {
    config: Config,
    operation: Cancel,
}

impl Steps {
    /// Checks settings and arguments.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with either.
    pub fn new(options: &ClientOptions, request: &CancelRequest) -> Result<Self, Error> {
        let config = Config::check(options)?;
        let (operation, _) = request.check(LIMIT)?;
        Ok(Self { config, operation })
    }

    /// Checks a request; tells whether it is right.
    pub fn check(request: &CancelRequest) -> bool {
        request.check(LIMIT).is_ok()
    }

    /// Signs a timestamp.
    pub fn sign(&self, timestamp: &str) -> String {
        signature::sign(&self.config.credentials, timestamp, self.config.signature_format)
    }

    /// Signs and builds the form.
    ///
    /// # Errors
    ///
    /// An instant that the gateway has no digits for.
    pub fn form(&self, at: SystemTime) -> Result<String, Error> {
        attempt::signed(&self.operation, &self.config, at).map(|signed| signed.form)
    }

    /// Reads an answer with status 200.
    ///
    /// # Errors
    ///
    /// What [`Client::cancel`](crate::Client::cancel) would fail with.
    pub fn read(&self, body: Vec<u8>, signature: &str) -> Result<CancelReceipt, Error> {
        let content_type = Some("application/json; charset=utf-8".to_owned());
        let hidden = [signature, self.config.credentials.mkey()];
        let answer = Answer { status: 200, content_type, body: Ok(body) };
        reply::read(&self.operation, self.config.credentials.mid(), &hidden, answer)
    }
}

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
