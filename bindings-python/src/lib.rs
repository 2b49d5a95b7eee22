//! The Python face of `paywelcome`: the module `paywelcome._native`, which only converts and waits.
#![forbid(unsafe_code)]
// What Python passes to a function is its own.
#![allow(clippy::needless_pass_by_value)]

mod call;
mod client;
mod convert;
mod hub;
mod sandbox;

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
    use crate::hub::Hub;
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

    /// Tells the library that this process was just forked.
    #[pyfunction]
    fn forked() {
        paywelcome::forked();
    }
}
