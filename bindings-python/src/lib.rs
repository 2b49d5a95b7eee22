//! The Python face of `paywelcome`: the module `paywelcome._native`, which only converts and waits.
#![forbid(unsafe_code)]
// What Python passes to a function is its own.
#![allow(clippy::needless_pass_by_value)]

mod call;
mod client;
mod convert;
mod ending;
mod giving_up;
mod inbox;
mod open;
mod refunds;
mod refunds_command;
mod sandbox;
mod slot;

/// The native half of the package; use `paywelcome` instead.
// Closing relies on the interpreter lock: between a call's look at whether the client is closed and its place among those
// that are open, nobody else may look. A lock of our own there could be held by nobody in a forked child.
#[pyo3::pymodule(gil_used = true)]
mod _native {
    use pyo3::prelude::*;

    #[pymodule_export]
    use crate::call::Call;
    #[pymodule_export]
    use crate::client::Core;
    #[pymodule_export]
    use crate::giving_up::Exits;
    #[pymodule_export]
    use crate::inbox::Inbox;
    #[pymodule_export]
    use crate::refunds::{Refunds, Running};
    #[pymodule_export]
    use crate::refunds_command::RefundsSession;
    #[pymodule_export]
    use crate::sandbox::{Gateway, Guard};

    /// Takes the module for the interpreter whose `id(sys.modules)` this is; false if another one has it.
    ///
    /// The classes that the module knows belong to one interpreter.
    #[pyfunction]
    fn claim(modules: usize) -> bool {
        static OWNER: std::sync::OnceLock<usize> = std::sync::OnceLock::new();
        *OWNER.get_or_init(|| modules) == modules
    }

    static INTERRUPTS: std::sync::LazyLock<paywelcome_cli::Interrupts> = std::sync::LazyLock::new(Default::default);

    /// Runs a command of the command line on the process's own streams, and gives the exit code; `None` if there is none
    /// of this name.
    #[pyfunction]
    fn command_line(py: Python<'_>, name: &str, host: &str, command: &str, arguments: Vec<String>) -> Option<i32> {
        use paywelcome_cli::{Program, Streams, run};

        py.detach(|| run(Program { name, host, interrupts: &INTERRUPTS }, command, arguments, &mut Streams))
    }

    /// Tells the command that runs of Ctrl-C; false where it does not listen.
    #[pyfunction]
    fn interrupt() -> bool {
        INTERRUPTS.interrupt()
    }

    /// Sets what is needed when a call is given up: what starts a thread, what that runs, two functions of `sys`, and the
    /// class of the package's errors.
    #[pyfunction]
    fn need(
        py: Python<'_>,
        start: Py<PyAny>,
        run: Py<PyAny>,
        is_finalizing: Py<PyAny>,
        exc_info: Py<PyAny>,
        error: Py<PyAny>,
    ) {
        crate::giving_up::need(py, crate::giving_up::Needed { start, run, is_finalizing, exc_info, error });
    }

    /// Gives a call that was given up and that no thread waits for, to the thread that asks: it waits for it and tells.
    #[pyfunction]
    fn follow(py: Python<'_>) -> Option<Py<PyAny>> {
        crate::open::follow(py)
    }

    /// Returns the calls of `owner` of whose ends somebody is still to learn; or all of this process, also those whose
    /// callers have not come for ends that are there.
    #[pyfunction]
    #[pyo3(signature = (owner = None))]
    fn open_calls(py: Python<'_>, owner: Option<Bound<'_, PyAny>>) -> Vec<Py<PyAny>> {
        crate::giving_up::catch_up(py);
        crate::open::list(py, owner.as_ref())
    }

    /// Returns the instant that it is now, in seconds of the clock that time limits count by: see `Call`'s `began`.
    #[pyfunction]
    fn moment() -> f64 {
        paywelcome::Moment::now().counted().as_secs_f64()
    }

    /// Tells the library that this process was just forked.
    #[pyfunction]
    fn forked() {
        paywelcome::forked();
    }
}
