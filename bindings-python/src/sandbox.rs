//! The sandbox gateway, as `paywelcome.testing` holds it.

use paywelcome_sandbox::{Approval, Options, Sandbox};
use pyo3::exceptions::{PyOSError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;

/// A running sandbox gateway; what it tells is JSON text.
#[pyclass(frozen, module = "paywelcome._native")]
pub(crate) struct Gateway(Sandbox);

#[pymethods]
impl Gateway {
    #[new]
    fn new(py: Python<'_>, port: u16, mid: Option<String>, sign_key: Option<String>) -> PyResult<Self> {
        let defaults = Options::default();
        let options = Options {
            port,
            mid: mid.unwrap_or(defaults.mid),
            sign_key: sign_key.unwrap_or(defaults.sign_key),
            ..Options::default()
        };
        let started = py.detach(|| Sandbox::start(options));
        started.map(Self).map_err(|error| match error.kind() {
            std::io::ErrorKind::InvalidInput => PyValueError::new_err(error.to_string()),
            _ => PyOSError::new_err(error.to_string()),
        })
    }

    #[getter]
    fn url(&self) -> String {
        self.0.url()
    }

    #[getter]
    fn mid(&self) -> &str {
        self.0.mid()
    }

    #[getter]
    fn sign_key(&self) -> &str {
        self.0.sign_key()
    }

    #[getter]
    fn executions(&self) -> u64 {
        self.0.executions()
    }

    #[getter]
    fn request_count(&self) -> u64 {
        self.0.request_count()
    }

    fn approve(&self, price: u64, pay_type: String, currency: String, moid: Option<String>) -> PyResult<String> {
        let approved = self.0.approve(Approval { price, pay_type, currency, moid });
        approved.map_err(|error| PyValueError::new_err(error.to_string()))
    }

    fn payment(&self, tid: &str) -> PyResult<Option<String>> {
        self.0.payment(tid).map(|payment| json(&payment)).transpose()
    }

    fn payments(&self) -> PyResult<String> {
        json(&self.0.payments())
    }

    fn requests(&self) -> PyResult<String> {
        json(&self.0.requests())
    }

    fn stop(&self, py: Python<'_>) {
        py.detach(|| self.0.stop());
    }
}

fn json<T: serde::Serialize>(value: &T) -> PyResult<String> {
    serde_json::to_string(value).map_err(|error| PyRuntimeError::new_err(error.to_string()))
}
