//! The sandbox gateway, as `paywelcome.testing` and the command line hold it.

use std::fmt;
use std::io;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use paywelcome_sandbox::{CommandError, Launch, LaunchError, Options, Rehearsal, Rules, Sandbox};
use pyo3::exceptions::{PyOSError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use serde_json::{Map, Value};

/// What became of a command: its result as JSON text, or the error's code, argument and message.
#[derive(IntoPyObject)]
enum Told {
    Result(String),
    Error((&'static str, Option<String>, String)),
}

/// A running sandbox gateway; what it tells is JSON text.
#[pyclass(frozen, module = "paywelcome._native")]
pub(crate) struct Gateway(Sandbox);

#[pymethods]
impl Gateway {
    #[new]
    fn new(
        py: Python<'_>,
        port: u16,
        mid: Option<String>,
        sign_key: Option<String>,
        host: Option<&str>,
        tls: bool,
        rehearsal_and_rules: (Option<String>, Option<String>),
    ) -> PyResult<Self> {
        let (rehearsal, rules) = rehearsal_and_rules;
        let defaults = Options::default();
        let options = Options {
            port,
            host: host.map_or(Ok(defaults.host), address)?,
            mid: mid.unwrap_or(defaults.mid),
            sign_key: sign_key.unwrap_or(defaults.sign_key),
            tls,
            ..defaults
        };
        let options = match rehearsal {
            None => options,
            Some(text) => options.rehearsed(Rehearsal::read(&text).map_err(|error| wrong("rehearsal", &error))?),
        };
        let options = match rules {
            None => options,
            Some(text) => Options { rules: read_rules(&options.rules, &text)?, ..options },
        };
        let started = py.detach(|| Sandbox::start(options));
        started.map(Self).map_err(|error| match error.kind() {
            io::ErrorKind::InvalidInput => PyValueError::new_err(error.to_string()),
            _ => PyOSError::new_err(error.to_string()),
        })
    }

    /// Starts what a command line asks for: the gateway, if there is one, with its exit code and what to print.
    #[staticmethod]
    fn launch(py: Python<'_>, arguments: Vec<String>, terminal: bool) -> (Option<Self>, i32, String) {
        match py.detach(|| Launch::parse(arguments).and_then(|launch| launch.for_terminal(terminal).start())) {
            Ok((sandbox, ready)) => (Some(Self(sandbox)), 0, ready),
            Err(error) => {
                let code = error.exit_code();
                let text = match error {
                    LaunchError::Help(text) => text.to_owned(),
                    LaunchError::Usage(text) | LaunchError::Start(text) => text,
                    other => other.to_string(),
                };
                (None, code, text)
            }
        }
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
    fn ca_pem(&self) -> Option<&str> {
        self.0.ca_pem()
    }

    #[getter]
    fn executions(&self) -> u64 {
        self.0.executions()
    }

    #[getter]
    fn request_count(&self) -> u64 {
        self.0.request_count()
    }

    /// Carries out a command; other threads run meanwhile, since `events` may wait.
    fn command(&self, py: Python<'_>, name: &str, arguments: &str) -> PyResult<Told> {
        let arguments = serde_json::from_str(arguments).map_err(|error| PyValueError::new_err(error.to_string()))?;
        Ok(match py.detach(|| self.0.command(name, arguments)) {
            Ok(result) => Told::Result(result.to_string()),
            Err(error) => Told::error(&error),
        })
    }

    fn payments(&self, py: Python<'_>) -> PyResult<String> {
        py.detach(|| serde_json::to_string(&self.0.payments()))
            .map_err(|error| PyRuntimeError::new_err(error.to_string()))
    }

    fn stop(&self, py: Python<'_>) {
        py.detach(|| self.0.stop());
    }
}

/// A sandbox that clients of this process may call; where it guards, none may call another gateway.
#[pyclass(frozen, module = "paywelcome._native")]
pub(crate) struct Guard(Mutex<Option<paywelcome::Guard>>);

#[pymethods]
impl Guard {
    #[new]
    fn new(url: &str, guards: bool) -> Self {
        Self(Mutex::new(Some(paywelcome::Guard::new(url, guards))))
    }

    /// Ends it.
    fn lift(&self) {
        drop(self.0.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}

impl Told {
    fn error(error: &CommandError) -> Self {
        Self::Error((error.code(), error.argument().map(str::to_owned), error.to_string()))
    }
}

fn address(text: &str) -> PyResult<IpAddr> {
    text.parse().map_err(|_| PyValueError::new_err("host must be an IP address, such as 127.0.0.1"))
}

fn read_rules(rules: &Rules, text: &str) -> PyResult<Rules> {
    let given: Map<String, Value> = serde_json::from_str(text).map_err(|error| wrong("rules", &error))?;
    rules.changed(given).map_err(|error| wrong("rules", &error))
}

fn wrong(argument: &str, error: &dyn fmt::Display) -> PyErr {
    PyValueError::new_err(format!("{argument}: {error}"))
}
