//! The calls of this process that are open: started, while their callers wait for them, or until somebody was told.

use std::collections::BTreeMap;
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

use paywelcome::Process;
use pyo3::prelude::*;

use crate::ending::{Ending, Fate};

/// A call that is open.
pub(crate) struct Open {
    /// As Python knows it.
    pub(crate) call: Py<PyAny>,
    /// What tells of the calls of the same client.
    pub(crate) owner: Py<PyAny>,
    pub(crate) ending: Arc<Ending>,
}

#[derive(Default)]
struct Calls {
    /// By their numbers, so in the order in which they were made.
    open: BTreeMap<u64, Open>,
    /// Those of them that were given up, while no thread waits for them.
    alone: Vec<u64>,
}

static CALLS: Mutex<Option<(Process, Calls)>> = Mutex::new(None);

/// Looks at the calls that are open.
///
/// This lock is only ever held together with the interpreter's, and no Python runs meanwhile: so a thread that forks finds
/// it free, and nobody waits for it.
fn look<T>(_py: Python<'_>, look: impl FnOnce(&mut Calls) -> T) -> T {
    let mut calls = CALLS.lock().unwrap_or_else(PoisonError::into_inner);
    if !calls.as_ref().is_some_and(|(process, _)| process.is_current()) {
        // A parent's calls are not to be touched in its child, not even to drop them.
        mem::forget(calls.take());
    }
    look(&mut calls.get_or_insert_with(|| (Process::current(), Calls::default())).1)
}

pub(crate) fn enter(py: Python<'_>, id: u64, call: Open) {
    drop(look(py, |calls| calls.open.insert(id, call)));
}

/// Counts a call among those that were given up; `call` is entered again where it has left already.
pub(crate) fn abandon(py: Python<'_>, id: u64, call: Open) {
    let twice = look(py, |calls| {
        calls.alone.push(id);
        calls.open.insert(id, call)
    });
    drop(twice);
}

pub(crate) fn remove(py: Python<'_>, id: u64) {
    // Dropped only here, where the lock is not held any more.
    drop(look(py, |calls| calls.open.remove(&id)));
}

/// Returns those of `owner` of whose ends somebody is still to learn; or all, also those whose callers have not come for
/// ends that are there.
pub(crate) fn list(py: Python<'_>, owner: Option<&Bound<'_, PyAny>>) -> Vec<Py<PyAny>> {
    let wanted = |each: &Open| owner.is_none_or(|owner| each.ending.is_open() && each.owner.bind(py).is(owner));
    look(py, |calls| calls.open.values().filter(|each| wanted(each)).map(|each| each.call.clone_ref(py)).collect())
}

/// Gives one that was given up and that no thread waits for, to this thread, which is to wait for it and to tell.
pub(crate) fn follow(py: Python<'_>) -> Option<Py<PyAny>> {
    loop {
        let (call, ending) = look(py, |calls| {
            let first = (!calls.alone.is_empty()).then(|| calls.alone.remove(0))?;
            Some(calls.open.get(&first).map(|open| (open.call.clone_ref(py), Arc::clone(&open.ending))))
        })?
        .unzip();
        // As the program ends, others than such a thread may have told of it.
        if let Some(ending) = ending.filter(|ending| ending.fate.change(py, &[Fate::GivenUp], Fate::Followed)) {
            ending.stir();
            return call;
        }
    }
}

/// Whether there is one that was given up and that no thread waits for.
pub(crate) fn is_any_alone(py: Python<'_>) -> bool {
    look(py, |calls| !calls.alone.is_empty())
}
