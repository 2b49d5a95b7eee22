//! What a server records, and who waits for it.

use std::net::SocketAddr;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::request::Request;

/// What a server saw: the judge of every test.
#[derive(Clone, Debug, Default)]
pub struct Log {
    /// The bytes of each connection, in the order they were accepted.
    pub received: Vec<Vec<u8>>,
    /// The requests that came whole, in that order.
    pub requests: Vec<Request>,
}

impl Log {
    /// How many connections were accepted.
    pub fn accepted(&self) -> usize {
        self.received.len()
    }

    /// How many bytes came, on all connections.
    pub fn bytes(&self) -> usize {
        self.received.iter().map(Vec::len).sum()
    }

    /// How many of the whole requests are for the payment `tid`.
    pub fn count(&self, tid: &str) -> usize {
        self.requests.iter().filter(|request| request.field("tid") == tid).count()
    }
}

#[derive(Debug, Default)]
pub(crate) struct Shared {
    log: Mutex<Log>,
    pub(crate) changed: Condvar,
    /// Where the connection comes from that ends the server.
    last: Mutex<Option<SocketAddr>>,
}

impl Shared {
    pub(crate) fn change(&self, change: impl FnOnce(&mut Log)) {
        change(&mut self.log());
        self.changed.notify_all();
    }

    pub(crate) fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn last(&self) -> MutexGuard<'_, Option<SocketAddr>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
