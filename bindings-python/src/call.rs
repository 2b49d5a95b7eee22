//! One call: started by a client, awaited by a thread or by an event loop, settled by the core.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, UNIX_EPOCH};

use paywelcome::{Error, ErrorKind, Moment, Outcome};
use pyo3::exceptions::{PyBaseException, PyRuntimeError, PyValueError};
use pyo3::prelude::*;

use crate::convert;
use crate::ending::{Ending, Fate};
use crate::inbox::Inbox;
use crate::open::{self, Open};
use crate::slot::End;

/// How long a wait leaves Ctrl-C and other signals unanswered at most.
const SLICE: Duration = Duration::from_millis(50);

/// What a call asked for, for the errors that only this side can raise.
pub(crate) struct Started {
    pub(crate) call: paywelcome::Call,
    pub(crate) operation: &'static str,
    pub(crate) tid: String,
    pub(crate) reference: Option<String>,
    pub(crate) whom: Whom,
}

/// The host and the merchant id of a client, which a call keeps without the key.
#[derive(Clone)]
pub(crate) struct Whom {
    pub(crate) host: Arc<str>,
    pub(crate) mid: Arc<str>,
}

/// A call, made before it is started so that nothing can interrupt between its start and its wait.
#[pyclass(frozen, module = "paywelcome._native")]
pub(crate) struct Call {
    #[pyo3(get)]
    id: u64,
    /// What tells of the calls of the same client.
    #[pyo3(get)]
    owner: Py<PyAny>,
    /// What receives its result besides the caller, wherever the result arrives.
    #[pyo3(get)]
    pub(crate) sink: Option<Py<PyAny>>,
    /// Since when its time limit counts, where that is not since its start.
    pub(crate) began: Option<Moment>,
    /// Whether its caller's wait was over before its end.
    pub(crate) kept: AtomicBool,
    /// Whether it was called back, so that only its sink is told.
    pub(crate) withdrawn: AtomicBool,
    pub(crate) ending: Arc<Ending>,
    pub(crate) started: OnceLock<Started>,
    pub(crate) observer: OnceLock<Py<PyAny>>,
    pub(crate) reporter: OnceLock<Py<PyAny>>,
}

#[pymethods]
impl Call {
    #[new]
    #[pyo3(signature = (owner, sink = None, began = None))]
    fn new(owner: Py<PyAny>, sink: Option<Py<PyAny>>, began: Option<f64>) -> PyResult<Self> {
        let began = began.map(moment).transpose()?;
        Ok(Self {
            id: next_id(),
            owner,
            sink,
            began,
            kept: AtomicBool::new(false),
            withdrawn: AtomicBool::new(false),
            ending: Arc::new(Ending::here()),
            started: OnceLock::new(),
            observer: OnceLock::new(),
            reporter: OnceLock::new(),
        })
    }

    /// What is told that the wait was given up; it is set once.
    #[getter]
    fn observer(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        self.observer.get().map(|observer| observer.clone_ref(py))
    }

    #[setter]
    fn set_observer(&self, observer: Py<PyAny>) {
        let _ = self.observer.set(observer);
    }

    /// What starts a thread to tell of this call where it is not a thread of the system's; it is set once.
    #[setter]
    fn set_reporter(&self, reporter: Py<PyAny>) {
        let _ = self.reporter.set(reporter);
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

    /// The gateway's host, once the call was started.
    #[getter]
    fn host(&self) -> Option<&str> {
        self.started.get().map(|started| &*started.whom.host)
    }

    /// The merchant id, once the call was started.
    #[getter]
    fn mid(&self) -> Option<&str> {
        self.started.get().map(|started| &*started.whom.mid)
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
        self.ending.is_foreign()
    }

    /// Whether its caller's wait was over before its end.
    #[getter]
    fn kept(&self) -> bool {
        self.kept.load(Ordering::Relaxed)
    }

    /// Whether it was called back when it was given up, so that only its sink is told.
    #[getter]
    fn withdrawn(&self) -> bool {
        self.withdrawn.load(Ordering::Relaxed)
    }

    /// How many more seconds its caller waits, or nothing for as long as it takes.
    fn wait_left(&self) -> Option<f64> {
        let left = self.started.get().and_then(|started| started.call.wait_left());
        left.map(|left| left.as_secs_f64())
    }

    /// Whether somebody is still to learn of its end.
    #[getter]
    fn open(&self) -> bool {
        self.ending.is_open()
    }

    /// Whether this process knows the end.
    #[getter]
    fn ended(&self) -> bool {
        self.ending.slot.is_filled()
    }

    /// Waits for the end, `longest` seconds or as long as it takes, with the interpreter lock released and answering
    /// signals; true if it has come. A call of another process is not waited for.
    fn wait(&self, py: Python<'_>, longest: Option<f64>) -> PyResult<bool> {
        self.wait_until(py, longest, || self.ending.slot.is_filled())
    }

    /// Waits until nobody is to learn of its end any more, as `wait` does.
    fn outlast(&self, py: Python<'_>, longest: Option<f64>) -> PyResult<bool> {
        self.wait_until(py, longest, || !self.ending.is_open())
    }

    /// Announces the end to `inbox`, also where it has come already, under the number that is given back.
    fn watch(&self, inbox: &Bound<'_, Inbox>) -> u64 {
        let id = next_id();
        self.ending.slot.watch(inbox.get().waker(), id);
        id
    }

    /// Waits for the end as long as it takes, as `wait` does.
    fn wait_to_end(&self, py: Python<'_>) -> PyResult<()> {
        self.wait_here(py, None).map(|_| ())
    }

    /// Waits for the end as long as the caller wants to, as `wait` does; false where that was over first.
    fn wait_as_asked(&self, py: Python<'_>) -> PyResult<bool> {
        self.wait_here(py, self.wait_left())
    }

    /// Returns the error of a wait that was over before the end; from now on the call is not withdrawn when it is left.
    fn pending<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let Some(pending) = self.started.get().and_then(|started| started.call.pending()) else {
            return Err(PyRuntimeError::new_err("this call is awaited as long as it takes"));
        };
        self.kept.store(true, Ordering::Relaxed);
        convert::exception(py, &pending)
    }

    /// Returns the receipt (of a warm-up, nothing) or the error of a call that has ended; it raises neither.
    fn result<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        match self.ending.slot.end() {
            None => Err(PyRuntimeError::new_err("this call has not ended")),
            Some(End::Cancel(Ok(receipt))) => convert::cancel_receipt(py, receipt),
            Some(End::PartialCancel(Ok(receipt))) => convert::partial_cancel_receipt(py, receipt),
            Some(End::WarmUp(Ok(_))) => Ok(py.None().into_bound(py)),
            Some(End::Cancel(Err(error)) | End::PartialCancel(Err(error)) | End::WarmUp(Err(error))) => {
                convert::exception(py, error)
            }
        }
    }

    /// Gives `result` to the sink and to the caller: returned, or raised if it is an error. It is the last step of a wait.
    fn take<'py>(&self, result: Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        self.fill_sink(&result)?;
        let raised = result.is_instance_of::<PyBaseException>();
        let fate = if raised { Fate::Raised } else { Fate::Given };
        if self.ending.fate.change(result.py(), &[Fate::Awaited], fate) {
            open::remove(result.py(), self.id);
            self.ending.stir();
        }
        if raised { Err(PyErr::from_value(result)) } else { Ok(result) }
    }

    /// Gives up the wait: `"not_sent"` if nothing left and nothing will, else `"unknown"`.
    fn give_up(&self) -> &'static str {
        self.outcome_when_given_up().as_str()
    }

    /// Whether it is up to who asks to tell the end, or that it is not known; it is so for one alone.
    fn to_tell(&self, py: Python<'_>) -> bool {
        self.ending.fate.change(py, &[Fate::Awaited, Fate::GivenUp, Fate::Followed], Fate::Telling)
    }

    /// Notes that everybody was told.
    fn told(&self, py: Python<'_>) {
        self.ending.fate.change(py, &[Fate::Telling], Fate::Over);
        open::remove(py, self.id);
        self.ending.stir();
    }
}

type Attempt = (u32, f64, f64, Option<&'static str>, Option<u16>, Option<f64>);

fn attempt(attempt: &paywelcome::Attempt) -> Attempt {
    let began = attempt.began.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
    let (kind, pause) = (attempt.kind.map(ErrorKind::as_str), attempt.pause.map(|pause| pause.as_secs_f64()));
    (attempt.number, began, attempt.took.as_secs_f64(), kind, attempt.http_status, pause)
}

/// Reads an instant as `moment` of the module gives it.
fn moment(counted: f64) -> PyResult<Moment> {
    let counted = Duration::try_from_secs_f64(counted);
    counted.map(Moment::at).map_err(|_| PyValueError::new_err("began must be what moment() has given"))
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

    /// Whether it was started and is no mere reaching of the gateway.
    pub(crate) fn moves_money(&self) -> bool {
        self.started.get().is_some_and(|started| !started.tid.is_empty())
    }

    /// Lets the sink know the end, in the caller's own thread.
    pub(crate) fn fill_sink(&self, end: &Bound<'_, PyAny>) -> PyResult<()> {
        self.sink.as_ref().map_or(Ok(()), |sink| sink.bind(end.py()).setattr("result", end))
    }

    /// Waits for the end of a call that was started, `longest` seconds or as long as it takes.
    fn wait_here(&self, py: Python<'_>, longest: Option<f64>) -> PyResult<bool> {
        let Some(Started { operation, tid, reference, whom, .. }) = self.started.get() else {
            return Err(PyRuntimeError::new_err("this call was not started"));
        };
        if self.wait(py, longest)? {
            return Ok(true);
        }
        if !self.ending.is_foreign() {
            return Ok(false);
        }
        let lost = Error::lost_by_fork(operation, tid).with_reference(reference.clone());
        Err(convert::raise(py, &lost.asked_of(&whom.host, &whom.mid)))
    }

    pub(crate) fn outcome_when_given_up(&self) -> Outcome {
        // One that was not started when this process was forked is started by its parent.
        let unstarted = if self.ending.is_foreign() { Outcome::Unknown } else { Outcome::NotSent };
        self.started.get().map_or(unstarted, |started| started.call.give_up())
    }

    /// Itself, as it stands among the calls that are open.
    pub(crate) fn as_open(own: &Bound<'_, Self>) -> Open {
        let (py, call) = (own.py(), own.get());
        let ending = Arc::clone(&call.ending);
        Open { call: own.clone().into_any().unbind(), owner: call.owner.clone_ref(py), ending }
    }

    pub(crate) fn start(&self, started: Started) {
        // A second start would be a fault of the package, and the first is the one that is awaited.
        let _ = self.started.set(started);
    }

    fn wait_until(&self, py: Python<'_>, longest: Option<f64>, is_over: impl Fn() -> bool + Sync) -> PyResult<bool> {
        // More than a clock can count is as long as it takes.
        let longest = longest.map(Duration::try_from_secs_f64).and_then(Result::ok);
        let until = longest.and_then(|longest| Instant::now().checked_add(longest));
        loop {
            let left = until.map_or(SLICE, |until| until.saturating_duration_since(Instant::now()));
            if !self.ending.is_foreign() {
                py.detach(|| self.ending.slot.wait(left.min(SLICE), &is_over));
            }
            if is_over() {
                return Ok(true);
            }
            // What answers a signal may fork.
            py.check_signals()?;
            if left.is_zero() || self.ending.is_foreign() {
                return Ok(false);
            }
        }
    }
}
