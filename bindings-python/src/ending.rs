//! The end of one call: where it is left, and who is to learn of it.

use std::sync::atomic::{AtomicU8, Ordering};

use paywelcome::Process;
use pyo3::prelude::*;

use crate::slot::Slot;

/// Who is to learn of a call's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Fate {
    /// Its caller waits.
    Awaited,
    /// Its caller has the receipt, unless something interrupts on the way out of the package.
    Given,
    /// Its caller has the error.
    Raised,
    /// Its caller has gone, and no thread waits in the caller's place yet.
    GivenUp,
    /// A thread waits in the caller's place.
    Followed,
    /// The end, or that it is not known, is being told.
    Telling,
    /// It was told, or there was nothing to tell.
    Over,
}

/// The fate of one call. Only who holds the interpreter lock changes it, so that nothing comes in between.
pub(crate) struct FateCell(AtomicU8);

impl Default for FateCell {
    fn default() -> Self {
        Self(AtomicU8::new(Fate::Awaited as u8))
    }
}

impl FateCell {
    pub(crate) fn get(&self) -> Fate {
        const FATES: [Fate; 7] =
            [Fate::Awaited, Fate::Given, Fate::Raised, Fate::GivenUp, Fate::Followed, Fate::Telling, Fate::Over];
        FATES.get(usize::from(self.0.load(Ordering::Acquire))).copied().unwrap_or(Fate::Over)
    }

    /// Changes it where it is one of `from`; false where it is not.
    pub(crate) fn change(&self, _py: Python<'_>, from: &[Fate], to: Fate) -> bool {
        let now = self.get();
        if !from.contains(&now) {
            return false;
        }
        self.0.store(to as u8, Ordering::Release);
        true
    }
}

/// The end of one call, and to which process it comes.
pub(crate) struct Ending {
    process: Process,
    pub(crate) fate: FateCell,
    pub(crate) slot: Slot,
}

impl Ending {
    pub(crate) fn here() -> Self {
        Self { process: Process::current(), fate: FateCell::default(), slot: Slot::default() }
    }

    /// Whether it comes to another process.
    pub(crate) fn is_foreign(&self) -> bool {
        !self.process.is_current()
    }

    /// Whether somebody is still to learn of it.
    pub(crate) fn is_open(&self) -> bool {
        match self.fate.get() {
            Fate::Awaited => !self.slot.is_filled(),
            Fate::GivenUp | Fate::Followed | Fate::Telling => true,
            Fate::Given | Fate::Raised | Fate::Over => false,
        }
    }

    /// Has the threads that wait for it look again.
    pub(crate) fn stir(&self) {
        // In a forked child none waits, and what another thread of the parent held is held for ever.
        if !self.is_foreign() {
            self.slot.stir();
        }
    }
}
