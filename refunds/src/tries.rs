//! A write that is tried again where others were faster.

use crate::ledger::draw;
use crate::refused::{Kind, Refused};
use crate::work::Io;

/// How often a write is tried that others were faster than.
const TRIES: u64 = 60;

/// Where a write stands among those of its operation, and the pause before the next try.
pub(crate) struct Tries {
    pub(crate) seed: u64,
    done: u64,
}

impl Tries {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, done: 0 }
    }

    /// A number that no other write has.
    pub(crate) fn writer(&mut self) -> u64 {
        self.done += 1;
        draw(self.seed, self.done)
    }

    /// Waits a moment before another try: a payment that several workers want is changed by one of them at a time.
    pub(crate) async fn again(&self, io: &Io, key: &str) -> Result<(), Refused> {
        if self.done >= TRIES {
            return Err(Refused::new(
                Kind::Busy,
                format!("others change the payment of {key:?} all the time; try again later"),
            ));
        }
        io.pause(1 + draw(self.seed, self.done) % (4 + 2 * self.done)).await;
        Ok(())
    }
}
