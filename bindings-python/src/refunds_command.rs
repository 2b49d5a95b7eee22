//! The command `refunds`, whose store and client are Python's.

use std::sync::{Mutex, PoisonError};

use paywelcome_cli::Streams;
use paywelcome_cli::refunds::{Called, Given, Session};
use paywelcome_refunds::Source;
use pyo3::prelude::*;

use crate::client::Core;

/// A command line of `refunds` under way, on the process's own streams.
#[pyclass(frozen, module = "paywelcome._native")]
pub(crate) struct RefundsSession(Mutex<Session>);

impl RefundsSession {
    /// The refunds that are asked to be recorded.
    pub(crate) fn source(&self) -> Option<Source> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).source()
    }
}

#[pymethods]
impl RefundsSession {
    /// With a client, that one and its store are used, which is kept in what `kept_in` says.
    #[new]
    #[pyo3(signature = (program, arguments, client=None, kept_in=None))]
    fn new(program: &str, arguments: Vec<String>, client: Option<&Core>, kept_in: Option<&str>) -> Self {
        let called = Called { program, is_javascript: false };
        let streams = Box::new(Streams);
        Self(Mutex::new(match client {
            None => Session::new(called, arguments, streams),
            Some(core) => {
                let kept_in = kept_in.unwrap_or_default().to_owned();
                Session::within(called, arguments, Given { client: core.client.clone(), kept_in }, streams)
            }
        }))
    }

    /// Gives what came of the last ask, and gets the next one; both are JSON. It may take as long as a person does.
    fn next(&self, py: Python<'_>, given: Option<&str>) -> String {
        py.detach(|| self.0.lock().unwrap_or_else(PoisonError::into_inner).next(given))
    }
}
