//! One call: started by a client, awaited by a thread or by an event loop, settled by the core.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use paywelcome::{CancelReceipt, Error, Outcome, PartialCancelReceipt, Reached};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use crate::convert;
use crate::hub::Wake;

/// How long a wait leaves Ctrl-C and other signals unanswered at most.
const SLICE: Duration = Duration::from_millis(50);

/// How a call ended.
pub(crate) enum Settled {
    Cancel(Result<CancelReceipt, Error>),
    PartialCancel(Result<PartialCancelReceipt, Error>),
    WarmUp(Result<Reached, Error>),
}

/// Where the core leaves the end of a call, on its own thread and without Python.
#[derive(Default)]
pub(crate) struct Slot {
    // Read without a lock: a thread that holds the interpreter lock must never wait for one that wants it.
    settled: OnceLock<Settled>,
    waiting: Mutex<()>,
    filled: Condvar,
}

impl Slot {
    pub(crate) fn fill(&self, settled: Settled, wake: Option<(Wake, u64)>) {
        // The core settles a call once.
        let _ = self.settled.set(settled);
        drop(self.waiting.lock());
        self.filled.notify_all();
        if let Some((hub, id)) = wake {
            hub.wake(id);
        }
    }

    fn wait(&self, longest: Duration) -> bool {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.filled.wait_timeout_while(waiting, longest, |()| self.settled.get().is_none()));
        self.settled.get().is_some()
    }
}

/// What a call asked for, for the errors that only this side can raise.
pub(crate) struct Started {
    pub(crate) call: paywelcome::Call,
    pub(crate) operation: &'static str,
    pub(crate) tid: String,
}

/// A call, made before it is started so that nothing can interrupt between its start and its wait.
#[pyclass(frozen, module = "paywelcome._native")]
pub(crate) struct Call {
    #[pyo3(get)]
    id: u64,
    pid: u32,
    pub(crate) slot: Arc<Slot>,
    pub(crate) started: OnceLock<Started>,
}

#[pymethods]
impl Call {
    #[new]
    fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            pid: std::process::id(),
            slot: Arc::default(),
            started: OnceLock::new(),
        }
    }

    /// The operation, once it was started.
    #[getter]
    fn operation(&self) -> Option<&'static str> {
        self.started.get().map(|started| started.operation)
    }

    /// The payment's tid, once the call was started.
    #[getter]
    fn tid(&self) -> Option<&str> {
        self.started.get().map(|started| started.tid.as_str())
    }

    /// Whether another process started this call, of whose end only that one will learn.
    #[getter]
    fn foreign(&self) -> bool {
        self.pid != std::process::id()
    }

    /// Waits for the end with the interpreter lock released, answering signals.
    fn settle(&self, py: Python<'_>) -> PyResult<()> {
        let Some(started) = self.started.get() else {
            return Err(PyRuntimeError::new_err("this call was not started"));
        };
        while !py.detach(|| self.slot.wait(SLICE)) {
            py.check_signals()?;
            if self.foreign() {
                return Err(convert::raise(py, &Error::lost_by_fork(started.operation, &started.tid)));
            }
        }
        Ok(())
    }

    /// Gives the receipt (of a warm-up, nothing) or the error of a call that is settled; it raises neither.
    fn result<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        match self.slot.settled.get() {
            None => Err(PyRuntimeError::new_err("this call is not settled")),
            Some(Settled::Cancel(Ok(receipt))) => convert::cancel_receipt(py, receipt),
            Some(Settled::PartialCancel(Ok(receipt))) => convert::partial_cancel_receipt(py, receipt),
            Some(Settled::WarmUp(Ok(_))) => Ok(py.None().into_bound(py)),
            Some(Settled::Cancel(Err(error)) | Settled::PartialCancel(Err(error)) | Settled::WarmUp(Err(error))) => {
                convert::exception(py, error)
            }
        }
    }

    /// Gives up the wait: `"not_sent"` if nothing left and nothing will, else `"unknown"`.
    fn give_up(&self) -> &'static str {
        self.started.get().map_or(Outcome::NotSent, |started| started.call.give_up()).as_str()
    }
}

impl Call {
    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    pub(crate) fn start(&self, started: Started) {
        // A second start would be a fault of the package, and the first is the one that is awaited.
        let _ = self.started.set(started);
    }
}
