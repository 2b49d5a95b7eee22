//! An operation: it says what it needs next, and whoever runs it gives that.
//!
//! It is a future that nobody has to wake: it waits for nothing but what it has asked for.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use paywelcome::Process;

use crate::refused::{Kind, Refused};
use crate::statement::{Statement, Value};

/// A row: its columns as texts, in order.
pub type Row = Vec<Value>;

/// A cancel that is to be sent now. Whoever sends it gives up what would leave after the client's time limit, counted
/// from before the operation began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sending {
    /// The name of the claim: what is said of this attempt is known by it.
    pub token: u64,
    /// `cancel` or `partial_cancel`.
    pub operation: &'static str,
    /// `payType` 결제수단.
    pub pay_type: String,
    /// `tid` 거래ID.
    pub tid: String,
    /// `price` or `cancelPrice`: what is to go back.
    pub amount: u64,
    /// `confirmPrice`: what is to remain.
    pub confirm_price: u64,
    /// `currency` 통화.
    pub currency: String,
    /// `tax` 부가세.
    pub tax: Option<u64>,
    /// `taxfree` 비과세.
    pub taxfree: Option<u64>,
    /// The caller's own reference, or else the refund's key.
    pub reference: String,
}

/// What an operation needs next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Run these, all or none, and give the rows of the last.
    Query(Vec<Statement>),
    /// Send this, and give what came of it as JSON.
    Send(Sending),
    /// Wait for so many milliseconds.
    Pause(u64),
    /// It is over: the result as JSON.
    Done(String),
    /// It is over: nothing was done.
    Refused(Refused),
}

/// What an operation is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// To begin, and after a pause.
    Nothing,
    /// After statements.
    Rows(Vec<Row>),
    /// After a send.
    Answer(String),
}

#[derive(Default)]
struct Exchange {
    ask: Option<Ask>,
    given: Option<Given>,
}

/// The operation's own end of the exchange.
#[derive(Clone, Default)]
pub(crate) struct Io(Arc<Mutex<Exchange>>);

impl Io {
    async fn ask(&self, ask: Ask) -> Given {
        // What was given to begin is for nobody.
        self.with(|exchange| *exchange = Exchange { ask: Some(ask), given: None });
        poll_fn(|_| self.with(|exchange| exchange.given.take().map_or(Poll::Pending, Poll::Ready))).await
    }

    fn with<T>(&self, change: impl FnOnce(&mut Exchange) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Runs statements, all or none, and gives the rows of the last.
    pub(crate) async fn query(&self, statements: Vec<Statement>) -> Result<Vec<Row>, Refused> {
        match self.ask(Ask::Query(statements)).await {
            Given::Rows(rows) => Ok(rows),
            _ => Err(Refused::store("the rows of a statement were not given")),
        }
    }

    /// Sends, and gives what came of it.
    pub(crate) async fn send(&self, sending: Sending) -> Result<String, Refused> {
        match self.ask(Ask::Send(sending)).await {
            Given::Answer(answer) => Ok(answer),
            _ => Err(Refused::store("what came of a cancel was not given")),
        }
    }

    /// Waits for so many milliseconds.
    pub(crate) async fn pause(&self, milliseconds: u64) {
        self.ask(Ask::Pause(milliseconds)).await;
    }
}

type Running = Pin<Box<dyn Future<Output = Result<String, Refused>> + Send>>;

/// An operation under way. It belongs to the process that started it.
pub struct Work {
    io: Io,
    process: Process,
    token: Option<u64>,
    running: Option<Running>,
}

impl Work {
    pub(crate) fn new<F>(run: impl FnOnce(Io) -> F) -> Self
    where
        F: Future<Output = Result<String, Refused>> + Send + 'static,
    {
        let io = Io::default();
        let running: Running = Box::pin(run(io.clone()));
        Self { io, process: Process::current(), token: None, running: Some(running) }
    }

    /// As one that claims a refund under a token.
    pub(crate) fn claiming(self, token: u64) -> Self {
        Self { token: Some(token), ..self }
    }

    /// The token of its claim, where it makes one: who can't continue before the send settles it as not sent. A forked
    /// child can't know what its parent has sent, and gets none.
    pub fn token(&self) -> Option<u64> {
        self.token.filter(|_| self.process.is_current())
    }

    /// Gives what was asked for, and gets what is needed next. After its end it is refused.
    ///
    /// A forked child has a copy of it, with the same numbers: there it neither reads, writes nor sends, since both would take
    /// the claim for their own.
    pub fn next(&mut self, given: Given) -> Ask {
        let Some(running) = self.running.as_mut() else {
            return Ask::Refused(Refused::store("this operation is over"));
        };
        self.io.with(|exchange| exchange.given = Some(given));
        match running.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Pending if !self.process.is_current() => {
                self.running = None;
                let message = "the process that this one was forked from continues with it; ask again if it does not";
                Ask::Refused(Refused::new(Kind::Busy, message))
            }
            Poll::Pending => self.io.with(|exchange| exchange.ask.take()).unwrap_or(Ask::Pause(0)),
            Poll::Ready(result) => {
                self.running = None;
                result.map_or_else(Ask::Refused, Ask::Done)
            }
        }
    }
}

impl fmt::Debug for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Work").field("is_over", &self.running.is_none()).finish_non_exhaustive()
    }
}
