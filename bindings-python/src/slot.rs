//! Where the end of a call is left, and whom it wakes.

use std::mem;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use paywelcome::{CancelReceipt, Error, PartialCancelReceipt, Reached};

use crate::inbox::Wake;

/// How a call ended.
pub(crate) enum End {
    Cancel(Result<CancelReceipt, Error>),
    PartialCancel(Result<PartialCancelReceipt, Error>),
    WarmUp(Result<Reached, Error>),
}

/// Where the core leaves the end of a call, on its own thread and without Python.
#[derive(Default)]
pub(crate) struct Slot {
    // Read without a lock: a thread that holds the interpreter lock must never wait for one that wants it.
    end: OnceLock<End>,
    /// What to wake; who holds this lock never waits for the interpreter's.
    watchers: Mutex<Watchers>,
}

#[derive(Default)]
struct Watchers {
    threads: Vec<Thread>,
    inboxes: Vec<(Wake, u64)>,
}

impl Slot {
    pub(crate) fn fill(&self, end: End, wake: Option<(Wake, u64)>) {
        // The core ends a call once.
        let _ = self.end.set(end);
        let watchers = mem::take(&mut *self.watchers());
        for (inbox, id) in wake.into_iter().chain(watchers.inboxes) {
            inbox.wake(id);
        }
        for thread in watchers.threads {
            thread.unpark();
        }
    }

    pub(crate) fn end(&self) -> Option<&End> {
        self.end.get()
    }

    pub(crate) fn is_filled(&self) -> bool {
        self.end.get().is_some()
    }

    /// Has the threads that wait look again, after something else of the call has changed.
    pub(crate) fn stir(&self) {
        let threads = mem::take(&mut self.watchers().threads);
        for thread in threads {
            thread.unpark();
        }
    }

    /// Waits on this thread until it `is_over`, for at most `longest`.
    pub(crate) fn wait(&self, longest: Duration, is_over: impl Fn() -> bool) {
        let start = Instant::now();
        while self.wake_this_thread(&is_over) {
            let left = longest.saturating_sub(start.elapsed());
            if left.is_zero() {
                return;
            }
            thread::park_timeout(left);
        }
    }

    /// Has this thread woken when something changes; false where it is over already.
    fn wake_this_thread(&self, is_over: impl Fn() -> bool) -> bool {
        let mut watchers = self.watchers();
        // Looked at with the lock held: whatever changes later finds the thread.
        if is_over() {
            return false;
        }
        let own = thread::current();
        if !watchers.threads.iter().any(|thread| thread.id() == own.id()) {
            watchers.threads.push(own);
        }
        true
    }

    pub(crate) fn watch(&self, inbox: Wake, id: u64) {
        let mut watchers = self.watchers();
        // With the lock held, as above.
        if !self.is_filled() {
            watchers.inboxes.push((inbox, id));
            return;
        }
        drop(watchers);
        inbox.wake(id);
    }

    fn watchers(&self) -> MutexGuard<'_, Watchers> {
        self.watchers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
