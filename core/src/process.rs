//! State that belongs to one process: a fork gets none of it.

use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use arc_swap::{ArcSwapOption, Guard};

/// A value that is made at its first use in each process.
///
/// A forked child finds the parent's value and makes its own. The parent's is then leaked: its threads do not exist in
/// the child, its sockets are shared with the parent, and its locks may be held by nobody. Reading takes no lock, since
/// another thread could hold it at the moment of the fork.
pub(crate) struct PerProcess<T>(ArcSwapOption<Slot<T>>);

struct Slot<T> {
    process: Process,
    value: Arc<T>,
}

/// A process, told apart from those that it was forked from and those that are forked from it.
///
/// It is the system's number of the process, which may be used again, and how many forks led to it, as far as the
/// library was told. Whatever belongs to one process holds one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Process(u64);

static FORKS: AtomicU32 = AtomicU32::new(0);

impl Process {
    /// The number of no process.
    pub(crate) const NONE: u64 = 0;

    /// Returns the process that this runs in.
    #[must_use]
    pub fn current() -> Self {
        Self(u64::from(std::process::id()) << 32 | u64::from(FORKS.load(Ordering::Relaxed)))
    }

    /// Returns whether this runs in that process.
    #[must_use]
    pub fn is_current(self) -> bool {
        self == Self::current()
    }

    pub(crate) const fn number(self) -> u64 {
        self.0
    }
}

/// Tells the library that this process was just forked.
///
/// The library notices a fork by the process's number. Being told helps where the system gives a child the number of an
/// ancestor that has ended.
pub fn forked() {
    FORKS.fetch_add(1, Ordering::Relaxed);
}

impl<T> PerProcess<T> {
    pub(crate) const fn empty() -> Self {
        Self(ArcSwapOption::const_empty())
    }

    /// Returns this process's value, made by `make` if there is none; of two made at once, the first is kept.
    pub(crate) fn get<E>(&self, make: impl FnOnce() -> Result<T, E>) -> Result<Arc<T>, E> {
        let process = Process::current();
        let current = self.0.load();
        if let Some(slot) = current.as_deref().filter(|slot| slot.process == process) {
            return Ok(Arc::clone(&slot.value));
        }
        let value = Arc::new(make()?);
        let slot = Arc::new(Slot { process, value: Arc::clone(&value) });
        let previous = self.0.compare_and_swap(&current, Some(slot));
        if same(&previous, &current) {
            mem::forget(Guard::into_inner(previous));
            return Ok(value);
        }
        // Another thread of this process was first.
        Ok(previous.as_deref().map_or(value, |slot| Arc::clone(&slot.value)))
    }

    /// Returns this process's value, if there is one.
    pub(crate) fn peek(&self) -> Option<Arc<T>> {
        let current = self.0.load();
        let own = current.as_deref().filter(|slot| slot.process.is_current());
        own.map(|slot| Arc::clone(&slot.value))
    }

    /// Drops this process's value; another process's is leaked.
    pub(crate) fn clear(&self) {
        if let Some(slot) = self.0.swap(None).filter(|slot| !slot.process.is_current()) {
            mem::forget(slot);
        }
    }
}

impl<T> Drop for PerProcess<T> {
    fn drop(&mut self) {
        self.clear();
    }
}

fn same<T>(a: &Guard<Option<Arc<T>>>, b: &Guard<Option<Arc<T>>>) -> bool {
    a.as_ref().map(Arc::as_ptr) == b.as_ref().map(Arc::as_ptr)
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn a_value_is_kept_until_it_is_cleared() {
        let count = AtomicUsize::new(0);
        let slot = PerProcess::empty();
        let make = || Ok::<_, Infallible>(count.fetch_add(1, Ordering::Relaxed));
        assert_eq!(slot.get(make).map(|value| *value), Ok(0));
        assert_eq!(slot.get(make).map(|value| *value), Ok(0));
        slot.clear();
        assert_eq!(slot.get(make).map(|value| *value), Ok(1));
    }

    #[test]
    fn threads_that_race_get_the_same_value() {
        let slot = PerProcess::<u64>::empty();
        let values = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|at| {
                    scope.spawn({
                        let slot = &slot;
                        move || slot.get(|| Ok::<_, Infallible>(at))
                    })
                })
                .collect();
            threads
                .into_iter()
                .filter_map(|thread| thread.join().ok())
                .map(|value| value.map(|value| *value))
                .collect::<Vec<_>>()
        });
        assert_eq!(values.len(), 8);
        assert!(values.iter().all(|value| value == &values[0]));
    }

    #[test]
    fn another_processes_value_is_neither_used_nor_dropped() {
        let parents = Arc::new(());
        let inherited = || {
            let process = Process(Process::NONE);
            PerProcess(ArcSwapOption::from_pointee(Slot { process, value: Arc::clone(&parents) }))
        };
        let slot = inherited();
        let own = slot.get(|| Ok::<_, Infallible>(())).map(|own| Arc::ptr_eq(&own, &parents));
        assert_eq!(own, Ok(false));
        assert_eq!(Arc::strong_count(&parents), 2, "the parent's value was dropped in the child");
        let slot = inherited();
        assert!(slot.peek().is_none());
        slot.clear();
        drop(inherited());
        assert_eq!(Arc::strong_count(&parents), 4, "the parent's value was dropped with the child's client");
    }
}
