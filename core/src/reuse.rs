//! Whether a gateway keeps its connections open: shown, not assumed.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How long a connection must have been idle, and open, for its reuse to show anything: a server that closes after its
/// answer has done so by then, and it was noticed.
pub(crate) const PROBATION: Duration = Duration::from_millis(100);
/// How many connections are remembered while it is not known.
const REMEMBERED: usize = 64;

/// Which connections a call may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// One of its own, closed after the answer.
    Fresh,
    /// An idle one, if there is one; it is kept after the answer.
    Kept,
}

/// What a gateway has shown.
///
/// A connection that the server closes at the moment of its reuse can't be told from a lost answer, and many servers
/// close without a word right after theirs. So connections are reused only where one was, once, after a probation; and
/// never again after a loss.
#[derive(Debug, Default)]
pub(crate) struct Reuse(Mutex<Shown>);

#[derive(Debug)]
enum Shown {
    /// One call at a time uses a connection that is kept, and waits out the probation of the one before.
    Probing {
        under_way: bool,
        answered: Option<Instant>,
        ports: Vec<u16>,
    },
    Keeps,
    Closes,
}

impl Default for Shown {
    fn default() -> Self {
        Self::Probing { under_way: false, answered: None, ports: Vec::new() }
    }
}

impl Reuse {
    fn shown(&self) -> MutexGuard<'_, Shown> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it is still open if the gateway keeps its connections.
    pub(crate) fn is_probing(&self) -> bool {
        matches!(&*self.shown(), Shown::Probing { .. })
    }

    /// Whether connections are kept, as far as that was shown: a second one that was tried after the probation of the first, and is
    /// another one, shows that they are not.
    pub(crate) fn is_kept(&self) -> Option<bool> {
        match &*self.shown() {
            Shown::Keeps => Some(true),
            Shown::Closes => Some(false),
            Shown::Probing { ports, .. } => (ports.len() > 1).then_some(false),
        }
    }

    /// Chooses the way of a call that begins `now`.
    pub(crate) fn choose(&self, now: Instant) -> Way {
        match &mut *self.shown() {
            Shown::Keeps => Way::Kept,
            Shown::Probing { under_way, answered, .. }
                if !*under_way && answered.is_none_or(|answered| now >= answered + PROBATION) =>
            {
                *under_way = true;
                Way::Kept
            }
            Shown::Probing { .. } | Shown::Closes => Way::Fresh,
        }
    }

    /// Notes an answer that was read whole, over the connection from this machine's `port`.
    pub(crate) fn answered(&self, way: Way, port: Option<u16>, now: Instant) {
        let mut shown = self.shown();
        let (Way::Kept, Shown::Probing { under_way, answered, ports }) = (way, &mut *shown) else { return };
        if port.is_some_and(|port| ports.contains(&port)) {
            *shown = Shown::Keeps;
            return;
        }
        (*under_way, *answered) = (false, Some(now));
        ports.extend(port);
        let forgotten = ports.len().saturating_sub(REMEMBERED);
        ports.drain(..forgotten);
    }

    /// Notes a call that ended in any other way; `lost` if its connection was, after its request had left.
    pub(crate) fn failed(&self, way: Way, lost: bool) {
        let mut shown = self.shown();
        match &mut *shown {
            _ if way == Way::Kept && lost => *shown = Shown::Closes,
            Shown::Probing { under_way, .. } if way == Way::Kept => *under_way = false,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_that_outlived_its_probation_shows_that_connections_are_kept() {
        let (reuse, start) = (Reuse::default(), Instant::now());
        assert_eq!(reuse.choose(start), Way::Kept);
        assert_eq!(reuse.choose(start), Way::Fresh, "one probe at a time");
        reuse.answered(Way::Kept, Some(1), start);
        assert_eq!(reuse.is_kept(), None);
        assert_eq!(reuse.choose(start + PROBATION / 2), Way::Fresh, "within the probation");
        assert_eq!(reuse.choose(start + PROBATION), Way::Kept);
        reuse.answered(Way::Kept, Some(1), start + PROBATION);
        assert_eq!(reuse.is_kept(), Some(true));
        assert_eq!(reuse.choose(start + PROBATION), Way::Kept);
        assert_eq!(reuse.choose(start + PROBATION), Way::Kept, "any number at a time");
    }

    #[test]
    fn a_server_that_closes_is_never_trusted() {
        let (reuse, mut now) = (Reuse::default(), Instant::now());
        for port in 0..200 {
            assert_eq!(reuse.choose(now), Way::Kept);
            reuse.answered(Way::Kept, Some(port), now);
            assert_eq!(reuse.choose(now), Way::Fresh);
            reuse.answered(Way::Fresh, Some(port), now);
            now += PROBATION;
        }
        assert_eq!(reuse.is_kept(), Some(false));
    }

    #[test]
    fn what_is_remembered_does_not_grow() {
        let (reuse, mut now) = (Reuse::default(), Instant::now());
        for port in 0..1_000 {
            assert_eq!(reuse.choose(now), Way::Kept);
            reuse.answered(Way::Kept, Some(port), now);
            now += PROBATION;
        }
        assert!(matches!(&*reuse.shown(), Shown::Probing { ports, .. } if ports.len() == REMEMBERED));
    }

    #[test]
    fn a_loss_ends_the_trust() {
        let (reuse, start) = (Reuse::default(), Instant::now());
        assert_eq!(reuse.choose(start), Way::Kept);
        reuse.failed(Way::Fresh, true);
        reuse.failed(Way::Kept, false);
        assert_eq!(reuse.choose(start), Way::Kept, "what never left shows nothing");
        reuse.failed(Way::Kept, true);
        assert_eq!(reuse.choose(start + 2 * PROBATION), Way::Fresh);
    }
}
