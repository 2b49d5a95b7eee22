//! The two operations, and reaching the gateway, as one thing to read, to check and to start.

use std::time::SystemTime;

use napi::bindgen_prelude::{Either, Object};
use napi::{Error, Result, Status};
use paywelcome::{Argument, CancelRequest, Client, PartialCancelRequest};

use crate::convert::{self, Values};
use crate::report::{Failure, Faultless, Receipt};

/// What a merchant asks for, before it is checked.
pub(crate) enum Request {
    Cancel(CancelRequest),
    PartialCancel(PartialCancelRequest),
    /// Reaching the gateway within so many seconds; no money moves.
    WarmUp(Argument),
}

impl Request {
    /// Reads the arguments of `operation`.
    pub(crate) fn read(operation: &str, values: &Either<String, Object>) -> Result<Self> {
        let mut values = Values::of(values);
        let request = match operation {
            "cancel" => convert::cancel(&mut values).map(Self::Cancel),
            "partial_cancel" => convert::partial_cancel(&mut values).map(Self::PartialCancel),
            "warm_up" => convert::seconds(&mut values, "timeoutMs").map(Self::WarmUp),
            _ => Err(Error::new(Status::InvalidArg, "there is no such operation")),
        }?;
        values.end().map(|()| request)
    }

    /// The operation's name in every language.
    pub(crate) const fn operation(&self) -> &'static str {
        match self {
            Self::Cancel(_) => "cancel",
            Self::PartialCancel(_) => "partial_cancel",
            Self::WarmUp(_) => "warm_up",
        }
    }

    /// What is known of arguments that are right.
    pub(crate) fn faultless(&self, client: &Client) -> Faultless {
        let text = |argument: &Argument| match argument {
            Argument::Text(text) => Some(text.clone()),
            _ => None,
        };
        let (tid, reference) = match self {
            Self::Cancel(request) => (text(&request.tid), text(&request.reference)),
            Self::PartialCancel(request) => (text(&request.tid), text(&request.reference)),
            Self::WarmUp(_) => (None, None),
        };
        Faultless { operation: Some(self.operation()), tid, reference, ..Faultless::settings(client) }
    }

    /// Checks the arguments and gives the form that would be posted at `at`, which is empty where none is.
    pub(crate) fn form(&self, client: &Client, at: SystemTime) -> std::result::Result<String, paywelcome::Error> {
        match self {
            Self::Cancel(request) => client.cancel_form(request, at),
            Self::PartialCancel(request) => client.partial_cancel_form(request, at),
            Self::WarmUp(timeout) => client.warm_up_limit(timeout).map(|_| String::new()),
        }
    }

    /// Starts the call; `done` is called once, on another thread, unless it is refused here.
    pub(crate) fn start(
        &self,
        client: &Client,
        done: impl FnOnce(std::result::Result<Option<Receipt>, Failure>) + Send + 'static,
    ) -> std::result::Result<paywelcome::Call, paywelcome::Error> {
        match self {
            Self::Cancel(request) => client.start_cancel(request, |result| {
                done(result.map(|receipt| Some(receipt.into())).map_err(Failure::from));
            }),
            Self::PartialCancel(request) => client.start_partial_cancel(request, |result| {
                done(result.map(|receipt| Some(receipt.into())).map_err(Failure::from));
            }),
            Self::WarmUp(timeout) => {
                client.start_warm_up(timeout, |result| done(result.map(|_| None).map_err(Failure::from)))
            }
        }
    }
}
