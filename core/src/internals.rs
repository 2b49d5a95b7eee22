//! The steps of a call one by one, without a wire, for benchmarks, fuzz targets and property tests; no part of the API.

use std::time::{Duration, SystemTime};

use crate::config::{ClientOptions, Config};
use crate::echoes::RequiredEchoes;
use crate::error::Error;
use crate::receipt::{CancelReceipt, PartialCancelReceipt};
use crate::reply::{self, Answer, Asked, Body};
use crate::request::{Cancel, CancelRequest, PartialCancelRequest};
use crate::{sending, signature};

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
        sending::signed(&self.operation, &self.config, at).map(|signed| signed.form)
    }

    /// Reads an answer with status 200.
    ///
    /// # Errors
    ///
    /// What [`Client::cancel`](crate::Client::cancel) would fail with.
    pub fn read(&self, body: Vec<u8>, signature: &str) -> Result<CancelReceipt, Error> {
        let credentials = &self.config.credentials;
        let secrets = [signature, credentials.mkey()];
        let asked = Asked { mid: credentials.mid(), secrets: &secrets, required: self.config.required_echoes };
        reply::read(&self.operation, asked, answer(200, Some("application/json; charset=utf-8"), None, body))
    }
}

/// Reads an answer to a full cancel, as it would be read off the wire.
///
/// # Errors
///
/// What the call would end with.
pub fn read_cancel(
    request: &CancelRequest,
    secrets: &[&str],
    status: u16,
    content_type: Option<&str>,
    content_encoding: Option<&str>,
    body: &[u8],
) -> Result<CancelReceipt, Error> {
    let (operation, _) = request.check(LIMIT)?;
    reply::read(&operation, asked(secrets), answer(status, content_type, content_encoding, body.to_vec()))
}

/// Reads an answer to a partial cancel, as it would be read off the wire.
///
/// # Errors
///
/// What the call would end with.
pub fn read_partial_cancel(
    request: &PartialCancelRequest,
    secrets: &[&str],
    status: u16,
    content_type: Option<&str>,
    content_encoding: Option<&str>,
    body: &[u8],
) -> Result<PartialCancelReceipt, Error> {
    let (operation, _) = request.check(LIMIT)?;
    reply::read(&operation, asked(secrets), answer(status, content_type, content_encoding, body.to_vec()))
}

fn asked<'a>(secrets: &'a [&'a str]) -> Asked<'a> {
    Asked { mid: "welcometst", secrets, required: RequiredEchoes::ALL }
}

fn answer(status: u16, content_type: Option<&str>, content_encoding: Option<&str>, bytes: Vec<u8>) -> Answer {
    Answer {
        status,
        content_type: content_type.map(str::to_owned),
        content_encoding: content_encoding.map(str::to_owned),
        location: None,
        body: Body { bytes, cut: None },
    }
}
