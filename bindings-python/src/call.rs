//! One call: started by a client, awaited by a thread or by an event loop, settled by the core.

use std::mem;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{self, Thread};
use std::time::{Duration, Instant, UNIX_EPOCH};

use paywelcome::{CancelReceipt, Error, ErrorKind, Outcome, PartialCancelReceipt, Process, Reached};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use crate::convert;
use crate::hub::{Hub, Wake};

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
    /// What to wake; who holds this lock never waits for the interpreter's.
    watchers: Mutex<Watchers>,
}

#[derive(Default)]
struct Watchers {
    threads: Vec<Thread>,
    hubs: Vec<(Wake, u64)>,
}

impl Slot {
    pub(crate) fn fill(&self, settled: Settled, wake: Option<(Wake, u64)>) {
        // The core settles a call once.
        let _ = self.settled.set(settled);
        let watchers = mem::take(&mut *self.watchers());
        for (hub, id) in wake.into_iter().chain(watchers.hubs) {
            hub.wake(id);
        }
        for thread in watchers.threads {
            thread.unpark();
        }
    }

    fn is_filled(&self) -> bool {
        self.settled.get().is_some()
    }

    /// Has this thread woken at the end; false where the end has come already.
    fn wake_this_thread(&self) -> bool {
        let mut watchers = self.watchers();
        // Looked at with the lock held: one that is filled later finds the thread.
        if self.is_filled() {
            return false;
        }
        let own = thread::current();
        if !watchers.threads.iter().any(|thread| thread.id() == own.id()) {
            watchers.threads.push(own);
        }
        true
    }

    /// Waits on this thread for the end, for at most `longest`.
    fn wait(&self, longest: Duration) {
        let start = Instant::now();
        while self.wake_this_thread() {
            let left = longest.saturating_sub(start.elapsed());
            if left.is_zero() {
                return;
            }
            thread::park_timeout(left);
        }
    }

    fn watch(&self, hub: Wake, id: u64) {
        let mut watchers = self.watchers();
        // With the lock held, as above.
        if !self.is_filled() {
            watchers.hubs.push((hub, id));
            return;
        }
        drop(watchers);
        hub.wake(id);
    }

    fn watchers(&self) -> MutexGuard<'_, Watchers> {
        self.watchers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a call asked for, for the errors that only this side can raise.
pub(crate) struct Started {
    pub(crate) call: paywelcome::Call,
    pub(crate) operation: &'static str,
    pub(crate) tid: String,
    pub(crate) reference: Option<String>,
}

/// A call, made before it is started so that nothing can interrupt between its start and its wait.
#[pyclass(frozen, module = "paywelcome._native")]
pub(crate) struct Call {
    #[pyo3(get)]
    id: u64,
    process: Process,
    pub(crate) slot: Arc<Slot>,
    pub(crate) started: OnceLock<Started>,
}

#[pymethods]
impl Call {
    #[new]
    fn new() -> Self {
        Self { id: next_id(), process: Process::current(), slot: Arc::default(), started: OnceLock::new() }
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

    /// The caller's own reference, once the call was started.
    #[getter]
    fn reference(&self) -> Option<&str> {
        self.started.get().and_then(|started| started.reference.as_deref())
    }

    /// Takes the attempts that have ended since this was last asked: each one's number, when it began and how long it
    /// took in seconds, the kind of its failure or the answer's status, and the seconds of pause before another.
    fn attempts(&self) -> Vec<Attempt> {
        let attempts = self.started.get().map(|started| started.call.attempts()).unwrap_or_default();
        attempts.iter().map(attempt).collect()
    }

    /// Whether another process started this call, of whose end only that one will learn.
    #[getter]
    fn foreign(&self) -> bool {
        !self.process.is_current()
    }

    /// Whether this process knows the end.
    #[getter]
    fn settled(&self) -> bool {
        self.slot.is_filled()
    }

    /// Waits for the end, `longest` seconds or as long as it takes, with the interpreter lock released and answering
    /// signals; true if it has come. A call of another process is not waited for.
    fn wait(&self, py: Python<'_>, longest: Option<f64>) -> PyResult<bool> {
        // More than a clock can count is as long as it takes.
        let longest = longest.map(Duration::try_from_secs_f64).and_then(Result::ok);
        let until = longest.and_then(|longest| Instant::now().checked_add(longest));
        loop {
            let left = until.map_or(SLICE, |until| until.saturating_duration_since(Instant::now()));
            if !self.foreign() {
                py.detach(|| self.slot.wait(left.min(SLICE)));
            }
            if self.slot.is_filled() {
                return Ok(true);
            }
            // What answers a signal may fork.
            py.check_signals()?;
            if left.is_zero() || self.foreign() {
                return Ok(false);
            }
        }
    }

    /// Announces the end to `hub`, also where it has come already, under the number that is given back.
    fn watch(&self, hub: &Bound<'_, Hub>) -> u64 {
        let id = next_id();
        self.slot.watch(hub.get().waker(), id);
        id
    }

    /// Waits for the end as long as it takes, as `wait` does.
    fn settle(&self, py: Python<'_>) -> PyResult<()> {
        let Some(started) = self.started.get() else {
            return Err(PyRuntimeError::new_err("this call was not started"));
        };
        if self.wait(py, None)? {
            return Ok(());
        }
        let lost = Error::lost_by_fork(started.operation, &started.tid).with_reference(started.reference.clone());
        Err(convert::raise(py, &lost))
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
        // One that was not started when this process was forked is started by its parent.
        let unstarted = if self.foreign() { Outcome::Unknown } else { Outcome::NotSent };
        self.started.get().map_or(unstarted, |started| started.call.give_up()).as_str()
    }
}

type Attempt = (u32, f64, f64, Option<&'static str>, Option<u16>, Option<f64>);

fn attempt(attempt: &paywelcome::Attempt) -> Attempt {
    let began = attempt.began.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
    let (kind, pause) = (attempt.kind.map(ErrorKind::as_str), attempt.pause.map(|pause| pause.as_secs_f64()));
    (attempt.number, began, attempt.took.as_secs_f64(), kind, attempt.http_status, pause)
}

/// Numbers calls, and those who watch them, apart from each other.
fn next_id() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
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
