//! An event that a script waits for.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

use crate::GUARD;

/// A gate that a test opens once, and that scripts wait at.
#[derive(Clone, Debug, Default)]
pub struct Gate(Arc<(Mutex<bool>, Condvar)>);

impl Gate {
    /// Lets everybody through, from now on.
    pub fn open(&self) {
        let (open, changed) = &*self.0;
        *open.lock().unwrap_or_else(PoisonError::into_inner) = true;
        changed.notify_all();
    }

    /// Waits until the gate is open.
    pub fn pass(&self) {
        let (open, changed) = &*self.0;
        let open = open.lock().unwrap_or_else(PoisonError::into_inner);
        let (open, _) = changed.wait_timeout_while(open, GUARD, |open| !*open).unwrap_or_else(PoisonError::into_inner);
        assert!(*open, "the gate was not opened in time");
    }
}
