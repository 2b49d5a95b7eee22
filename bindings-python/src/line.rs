//! The threads whose calls have ended, standing in line for the interpreter lock: they are woken one after the other.
//!
//! Woken all at once, they would only sleep again in front of that lock, and each would have been woken twice.

use std::collections::VecDeque;
use std::iter;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

static LINE: Line = Line { owner: AtomicU32::new(NOBODY), turns: Mutex::new(Turns::new()) };

/// Where taking the interpreter lock lasts longer, other threads want it too: whoever is not before it has no turn there.
const PATIENCE: Duration = Duration::from_micros(300);

/// No process has this number.
const NOBODY: u32 = 0;
/// Nor this one, to which a forked child leaves its parent's line: one of the parent's threads may hold the lock.
const ANOTHER: u32 = u32::MAX;

const WAITS: u8 = 0;
const IN_LINE: u8 = 1;
const CALLED: u8 = 2;
const GONE: u8 = 3;

/// The line of the first process that needs it; in one forked from that, everybody is woken at once.
struct Line {
    owner: AtomicU32,
    turns: Mutex<Turns>,
}

struct Turns {
    line: VecDeque<Arc<Waiter>>,
    /// When one was woken that has not taken the interpreter lock yet.
    called: Option<Instant>,
}

/// A thread that waits for a call's end.
struct Waiter {
    thread: Thread,
    state: AtomicU8,
}

/// What the core's thread holds of a thread that waits.
pub(crate) struct Sleeper(Arc<Waiter>);

/// What the thread that waits holds; it drops this once it has the interpreter lock again, and the next one is woken.
pub(crate) struct Place(Arc<Waiter>);

impl Place {
    /// Has this thread woken by the one who gets the sleeper.
    pub(crate) fn of_this_thread() -> (Self, Sleeper) {
        let waiter = Arc::new(Waiter { thread: thread::current(), state: AtomicU8::new(WAITS) });
        (Self(Arc::clone(&waiter)), Sleeper(waiter))
    }

    /// Sleeps until it is this thread's turn, at most for `longest`.
    pub(crate) fn sleep(&self, longest: Duration) {
        let start = Instant::now();
        while self.0.state.load(Ordering::Acquire) != CALLED {
            let left = longest.saturating_sub(start.elapsed());
            if left.is_zero() {
                return;
            }
            thread::park_timeout(left);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // Who leaves the line by itself has waited long for the one who was called: that one may never come.
        if matches!(self.0.state.swap(GONE, Ordering::AcqRel), IN_LINE | CALLED) && LINE.is_own() {
            LINE.next();
        }
    }
}

impl Sleeper {
    /// Wakes the thread when it is its turn.
    pub(crate) fn wake(self) {
        if LINE.is_own() {
            LINE.join(self.0);
        } else {
            self.0.enter(CALLED);
            self.0.thread.unpark();
        }
    }

    /// Whether the thread waits no more.
    pub(crate) fn is_gone(&self) -> bool {
        self.0.state.load(Ordering::Acquire) == GONE
    }
}

impl Waiter {
    /// Moves on to `state`; false where the thread waits no more.
    fn enter(&self, state: u8) -> bool {
        let entered = |now| (now < state).then_some(state);
        self.state.fetch_update(Ordering::AcqRel, Ordering::Acquire, entered).is_ok()
    }
}

impl Turns {
    const fn new() -> Self {
        Self { line: VecDeque::new(), called: None }
    }

    /// Whether the one who was called has not come for long.
    fn is_stuck(&self) -> bool {
        self.called.is_some_and(|at| at.elapsed() >= PATIENCE)
    }
}

impl Line {
    fn is_own(&self) -> bool {
        let own = std::process::id();
        let taken = self.owner.compare_exchange(NOBODY, own, Ordering::AcqRel, Ordering::Acquire);
        taken.map_or_else(|owner| owner == own, |_| true)
    }

    fn join(&self, waiter: Arc<Waiter>) {
        let mut turns = self.turns();
        if !waiter.enter(IN_LINE) {
            return;
        }
        turns.line.push_back(waiter);
        if turns.called.is_none() || turns.is_stuck() {
            Self::call(turns);
        }
    }

    fn next(&self) {
        let mut turns = self.turns();
        if !turns.is_stuck() {
            turns.called = None;
        }
        Self::call(turns);
    }

    /// Wakes the first in line; all of them where the one before it is stuck.
    fn call(mut turns: MutexGuard<'_, Turns>) {
        let most = if turns.is_stuck() { usize::MAX } else { 1 };
        let line = iter::from_fn(|| turns.line.pop_front());
        let called: Vec<_> = line.filter(|waiter| waiter.enter(CALLED)).take(most).collect();
        turns.called = called.first().map(|_| Instant::now());
        // Waking takes long, compared with all the rest.
        drop(turns);
        for waiter in called {
            waiter.thread.unpark();
        }
    }

    fn turns(&self) -> MutexGuard<'_, Turns> {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Notes that this process was just forked, where its number is that of an ancestor.
pub(crate) fn forked() {
    let left = |owner| (owner != NOBODY).then_some(ANOTHER);
    // Nobody's stays nobody's.
    let _ = LINE.owner.fetch_update(Ordering::AcqRel, Ordering::Acquire, left);
}
