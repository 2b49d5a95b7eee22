//! The command `refunds`, whose work is done in Python.

use paywelcome_cli::Streams;
use paywelcome_cli::refunds::{Prepared, confirm, finish, prepare};
use pyo3::prelude::*;

/// Reads a command line, and gives what is to be done as JSON; or nothing, and the exit code.
#[pyfunction]
pub(crate) fn refunds_prepare(py: Python<'_>, program: &str, arguments: Vec<String>) -> (Option<String>, i32) {
    match py.detach(|| prepare(program, false, &arguments, &mut Streams)) {
        Prepared::Command(command) => (Some(command), 0),
        Prepared::Over(code) => (None, code),
    }
}

/// Asks before real money moves; gives the exit code where the person says no.
#[pyfunction]
pub(crate) fn refunds_confirm(py: Python<'_>, command: &str, looked: &str) -> Option<i32> {
    py.detach(|| confirm(command, looked, &mut Streams))
}

/// Tells what came of it, and gives the exit code.
#[pyfunction]
pub(crate) fn refunds_finish(py: Python<'_>, command: &str, result: &str) -> i32 {
    py.detach(|| finish(command, result, &mut Streams))
}
