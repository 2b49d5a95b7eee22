//! While a test's sandbox is up, calls to any other gateway are refused.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use arc_swap::ArcSwapOption;
use url::Url;

use crate::machine;

/// A gateway for tests that this process knows for as long as this value lives.
#[derive(Clone, Debug)]
struct Known {
    id: u64,
    url: Url,
    guards: bool,
}

/// How many gateways guard: what every call asks, and all that it asks where there is none.
static GUARDING: AtomicUsize = AtomicUsize::new(0);
/// Read and changed without a lock, which another thread could hold at a fork.
static KNOWN: ArcSwapOption<Vec<Known>> = ArcSwapOption::const_empty();
static NEXT: AtomicU64 = AtomicU64::new(0);

/// Makes a gateway for tests known to this process, until it is dropped.
///
/// As long as one of them guards, every client of this process that leads to none of them refuses to send, whichever was
/// made first: its calls end with [`ErrorKind::Configuration`](crate::ErrorKind::Configuration) and were not sent. A forked
/// child keeps what its parent knew.
#[derive(Debug)]
pub struct Guard {
    id: u64,
    guards: bool,
}

impl Guard {
    /// Makes the gateway at `url` known; nothing comes of what is not a URL.
    pub fn new(url: &str, guards: bool) -> Self {
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        let Ok(url) = Url::parse(url) else { return Self { id, guards: false } };
        let known = Known { id, url, guards };
        KNOWN.rcu(|all| {
            let mut all = all.as_deref().cloned().unwrap_or_default();
            all.push(known.clone());
            Some(Arc::new(all))
        });
        if guards {
            GUARDING.fetch_add(1, Ordering::Release);
        }
        Self { id, guards }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if self.guards {
            GUARDING.fetch_sub(1, Ordering::Release);
        }
        KNOWN.rcu(|all| {
            let mut all = all.as_deref().cloned().unwrap_or_default();
            all.retain(|known| known.id != self.id);
            (!all.is_empty()).then(|| Arc::new(all))
        });
    }
}

/// Says why a client of `base_url` must not send now, if a guard is up and it leads elsewhere.
pub(crate) fn refusal(base_url: &str) -> Option<String> {
    if GUARDING.load(Ordering::Relaxed) == 0 {
        return None;
    }
    let known = KNOWN.load();
    let known = known.as_deref().map(Vec::as_slice).unwrap_or_default();
    let target = Url::parse(base_url).ok();
    if known.iter().any(|known| target.as_ref().is_some_and(|target| is_same(target, &known.url))) {
        return None;
    }
    let guarding: Vec<_> =
        known.iter().filter(|known| known.guards).map(|known| known.url.origin().ascii_serialization()).collect();
    (!guarding.is_empty()).then(|| {
        format!(
            "leads to {base_url}, but a test's sandbox is running at {}, and nothing is sent elsewhere until it is closed; \
             make the client after the sandbox, or turn the sandbox's guard off",
            guarding.join(" and ")
        )
    })
}

/// Returns whether two URLs lead to the same gateway; this machine has several names.
fn is_same(one: &Url, other: &Url) -> bool {
    one.origin() == other.origin()
        || (one.scheme() == other.scheme()
            && one.port_or_known_default() == other.port_or_known_default()
            && machine::is_own(one)
            && machine::is_own(other))
}
