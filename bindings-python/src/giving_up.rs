//! Exits a call behind: one step, in which nothing can interrupt, tells the outcome and has the end told.

use std::sync::atomic::Ordering;
use std::time::Duration;

use paywelcome::{Error, Outcome};
use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

use crate::call::Call;
use crate::convert;
use crate::ending::Fate;
use crate::open;

/// How long to wait for a thread to take over, on a machine so busy that it does not come.
const LONGEST: Duration = Duration::from_millis(100);
/// What interrupts more often than this has had its say.
const INTERRUPTIONS: usize = 8;

/// What is needed of Python, looked up when nothing can interrupt yet.
static PYTHON: PyOnceLock<Needed> = PyOnceLock::new();

pub(crate) struct Needed {
    /// Starts a thread, as `_thread.start_new_thread` does.
    pub(crate) start: Py<PyAny>,
    /// What the thread runs, to tell of the calls that were given up.
    pub(crate) run: Py<PyAny>,
    /// `sys.is_finalizing`
    pub(crate) is_finalizing: Py<PyAny>,
    /// `sys.exc_info`
    pub(crate) exc_info: Py<PyAny>,
    /// The class of the package's errors.
    pub(crate) error: Py<PyAny>,
}

pub(crate) fn need(py: Python<'_>, needed: Needed) {
    // The package is imported once, and the first ones are as good as any.
    let _ = PYTHON.set(py, needed);
}

/// Tries again where no thread could be started for a call that was given up.
pub(crate) fn catch_up(py: Python<'_>) {
    if open::is_any_alone(py) {
        // The next one who comes by tries again.
        drop(report(py, None));
    }
}

/// Has a thread started that tells of the calls that were given up; `start` is what starts one, where it is another.
fn report(py: Python<'_>, start: Option<&Py<PyAny>>) -> PyResult<()> {
    let Some(python) = PYTHON.get(py) else { return Ok(()) };
    // At the end of the interpreter a thread would find nothing to run in.
    if python.is_finalizing.bind(py).call0()?.is_truthy()? {
        return Ok(());
    }
    start.unwrap_or(&python.start).bind(py).call1((&python.run, ())).map(|_| ())
}

/// Where the frame of a call records how it is left.
///
/// It is written by an assignment, because the interpreter answers no signals after one, as it does after a call: nothing
/// comes between the exception and this step, and nothing between this step and the caller. Python 3.10 answers signals
/// where a handler begins, unless it begins with another `try`: so the assignment stands in one, in a `finally`.
#[pyclass(frozen, module = "paywelcome._native")]
pub(crate) struct Exits;

/// The call, if it was made; the tid and the reference that it was to have; and whether its caller gets its result.
type Exit<'py> = (Option<Bound<'py, Call>>, Bound<'py, PyAny>, Bound<'py, PyAny>, bool);

#[pymethods]
impl Exits {
    #[new]
    fn new() -> Self {
        Self
    }

    /// How a call is left. The exception that ends its wait is told the outcome; what may have left is told when it ends.
    #[setter]
    #[allow(clippy::unused_self)] // What is assigned to has to be an object.
    fn set_latest(&self, py: Python<'_>, exit: Exit<'_>) -> PyResult<()> {
        leave(py, exit, None)
    }

    /// How a call is left whose end a sink is to learn, also where it was never made.
    #[setter]
    #[allow(clippy::unused_self)] // As above.
    fn set_latest_attempt(&self, py: Python<'_>, exit: (Exit<'_>, Bound<'_, PyAny>)) -> PyResult<()> {
        let (exit, sink) = exit;
        leave(py, exit, Some(&sink))
    }
}

/// Gives up the wait, where the caller does not get the result, and tells what is known to whom it concerns.
fn leave(py: Python<'_>, (call, tid, reference, done): Exit<'_>, sink: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
    let Some(python) = PYTHON.get(py).filter(|_| !done) else { return Ok(()) };
    let reason = python.exc_info.bind(py).call0()?.get_item(1)?;
    let own_error = reason.is_instance(python.error.bind(py))?;
    if own_error && call.as_ref().is_some_and(|call| call.get().ending.fate.get() == Fate::Raised) {
        return Ok(());
    }
    let outcome = call.as_ref().map_or(Outcome::NotSent, give_up);
    let told = Told { outcome: outcome.as_str(), tid, reference };
    let mut interrupted = None;
    if !own_error {
        note(py, told.tell(&reason), &mut interrupted);
    }
    if let Some(sink) = sink.filter(|_| outcome == Outcome::NotSent)
        && call.as_ref().is_none_or(|call| call.get().started.get().is_none())
    {
        let end = if own_error { Some(reason) } else { unstarted(&told, py, &mut interrupted) };
        if let Some(end) = end {
            note(py, sink.setattr("result", end), &mut interrupted);
        }
    }
    if let Some(call) = &call {
        if call.get().ending.fate.get() == Fate::GivenUp {
            note(py, hand_over(call), &mut interrupted);
        }
        if let Some(observer) = call.get().observer.get() {
            let observed = observer.bind(py).call_method1("given_up", (call, outcome.as_str()));
            note(py, observed.map(|_| ()), &mut interrupted);
        }
    }
    let Some(mut last) = interrupted else { return Ok(()) };
    // What interrupts here leaves in place of the first reason, so it has to tell the same.
    for _ in 0..INTERRUPTIONS {
        let mut again = None;
        note(py, told.tell(last.value(py)), &mut again);
        match again {
            Some(next) => last = next,
            None => break,
        }
    }
    Err(last)
}

/// Makes the end of a call that was not started and never will be, however often that is interrupted.
fn unstarted<'py>(told: &Told<'py>, py: Python<'py>, interrupted: &mut Option<PyErr>) -> Option<Bound<'py, PyAny>> {
    let text = |given: &Bound<'_, PyAny>| given.extract::<String>().ok();
    let given_up = Error::given_up(text(&told.tid)).with_reference(text(&told.reference));
    (0..INTERRUPTIONS).find_map(|_| {
        let made = convert::exception(py, &given_up);
        made.map_err(|error| note(py, Err(error), interrupted)).ok()
    })
}

/// Gives up the wait in the caller's place; what may have left is counted among the calls to tell of, and what was called
/// back, too, where it has a sink.
fn give_up(call: &Bound<'_, Call>) -> Outcome {
    let (py, own) = (call.py(), call.get());
    let outcome = if own.kept.load(Ordering::Relaxed) { Outcome::Unknown } else { own.outcome_when_given_up() };
    let ending = &own.ending;
    let callers = [Fate::Awaited, Fate::Given];
    own.withdrawn.store(outcome == Outcome::NotSent, Ordering::Relaxed);
    let is_told = outcome == Outcome::Unknown || own.sink.is_some();
    // Of a forked child's call the parent tells, and reaching the gateway moves no money.
    if is_told && !ending.is_foreign() && own.moves_money() {
        if ending.fate.change(py, &callers, Fate::GivenUp) {
            open::abandon(py, own.id(), Call::as_open(call));
        }
    } else if ending.fate.change(py, &callers, Fate::Over) {
        open::remove(py, own.id());
        ending.stir();
    }
    outcome
}

/// Has somebody wait in the caller's place, and waits until somebody does, so that a process that ends now is held back.
fn hand_over(call: &Bound<'_, Call>) -> PyResult<()> {
    let (py, own) = (call.py(), call.get());
    let start = own.reporter.get();
    report(py, start)?;
    // Another way to start one means that this thread itself has to continue before it can run.
    if start.is_none() {
        let ending = &own.ending;
        py.detach(|| ending.slot.wait(LONGEST, || ending.fate.get() != Fate::GivenUp));
    }
    Ok(())
}

/// What is told to the exception that ends a wait.
struct Told<'py> {
    outcome: &'static str,
    tid: Bound<'py, PyAny>,
    reference: Bound<'py, PyAny>,
}

impl Told<'_> {
    fn tell(&self, reason: &Bound<'_, PyAny>) -> PyResult<()> {
        reason.setattr("outcome", self.outcome)?;
        reason.setattr("tid", &self.tid)?;
        reason.setattr("reference", &self.reference)
    }
}

/// Keeps what interrupts; what merely fails must not hide what became of the money.
fn note(py: Python<'_>, result: PyResult<()>, interrupted: &mut Option<PyErr>) {
    if let Some(error) = result.err().filter(|error| !error.is_instance_of::<PyException>(py)) {
        *interrupted = Some(error);
    }
}
