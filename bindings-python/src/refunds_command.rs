//! The command `refunds`, whose store and client are Python's.

use std::sync::{Mutex, PoisonError};

use paywelcome_cli::Streams;
use paywelcome_cli::refunds::{Called, Session};
use pyo3::prelude::*;

/// A command line of `refunds` under way, on the process's own streams.
#[pyclass(frozen, module = "paywelcome._native")]
pub(crate) struct RefundsSession(Mutex<Session>);

#[pymethods]
impl RefundsSession {
    #[new]
    fn new(program: &str, arguments: Vec<String>) -> Self {
        let called = Called { program, is_javascript: false };
        Self(Mutex::new(Session::new(called, arguments, Box::new(Streams))))
    }

    /// Gives what came of the last ask, and gets the next one; both are JSON. It may take as long as a person does.
    fn next(&self, py: Python<'_>, given: Option<&str>) -> String {
        py.detach(|| self.0.lock().unwrap_or_else(PoisonError::into_inner).next(given))
    }
}
