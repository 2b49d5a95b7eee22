//! The listening socket, shut and opened from outside while the server runs.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

/// How long an order may take: opening waits for the port to be free.
const OBEYED_WITHIN: Duration = Duration::from_secs(5);

/// What the server is told.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Order {
    number: u64,
    pub(crate) shut: bool,
    /// When it opens by itself.
    pub(crate) until: Option<Instant>,
    /// Whether connections that wait for a request are closed too.
    pub(crate) close_open: bool,
}

/// Tells the server to shut or open, and waits until it has.
pub(crate) struct Door {
    orders: watch::Sender<Order>,
    done: Mutex<u64>,
    obeyed: Condvar,
}

impl Door {
    /// An open door.
    pub(crate) fn new() -> Self {
        Self { orders: watch::Sender::new(Order::default()), done: Mutex::new(0), obeyed: Condvar::new() }
    }

    /// Orders, for the server and its connections.
    pub(crate) fn orders(&self) -> watch::Receiver<Order> {
        self.orders.subscribe()
    }

    /// Shuts the door; nothing is accepted any more once this is done.
    pub(crate) fn shut(&self, during: Option<Duration>, close_open: bool) -> bool {
        self.order(true, during.map(|during| Instant::now() + during), close_open)
    }

    /// Opens the door.
    pub(crate) fn open(&self) -> bool {
        if !self.orders.borrow().shut {
            return true;
        }
        self.order(false, None, false)
    }

    fn order(&self, shut: bool, until: Option<Instant>, close_open: bool) -> bool {
        let mut number = 0;
        self.orders.send_modify(|order| {
            number = order.number + 1;
            *order = Order { number, shut, until, close_open };
        });
        let done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.obeyed.wait_timeout_while(done, OBEYED_WITHIN, |done| *done < number);
        let (_guard, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
        !timeout.timed_out()
    }

    /// That the server has done as it was told.
    pub(crate) fn obey(&self, order: Order) {
        *self.done.lock().unwrap_or_else(PoisonError::into_inner) = order.number;
        self.obeyed.notify_all();
    }

    /// That no server is left to obey.
    pub(crate) fn retire(&self) {
        *self.done.lock().unwrap_or_else(PoisonError::into_inner) = u64::MAX;
        self.obeyed.notify_all();
    }

    /// That the door has opened by itself.
    pub(crate) fn opened(&self) {
        self.orders.send_modify(|order| order.shut = false);
    }
}
