//! A call under way: what its caller holds of it, and the promise that its end is told once.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::panic::{self, AssertUnwindSafe};
use std::pin::Pin;
use std::sync::OnceLock;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep_until};

use crate::attempt::{Attempt, Trail};
use crate::engine;
use crate::error::{Error, ErrorKind, Outcome};
use crate::flight::Flight;
use crate::process::Process;

/// A call that was started.
///
/// It belongs to the process that started it: a forked child holds a copy of it that says nothing of the request.
pub struct Call {
    process: Process,
    flight: Flight,
    trail: Trail,
    task: AbortHandle,
    patience: Option<Box<Patience>>,
}

/// How long the caller waits, where that is not to the end of the call.
struct Patience {
    until: Instant,
    /// What the caller is told then, without the attempts.
    pending: Error,
    timer: OnceLock<AbortHandle>,
}

impl Call {
    pub(crate) fn new(process: Process, flight: Flight, trail: Trail, task: AbortHandle) -> Self {
        Self { process, flight, trail, task, patience: None }
    }

    /// Notes that the caller waits until `until` only, and is told `pending` then.
    pub(crate) fn awaited_until(self, until: Instant, pending: Error) -> Self {
        Self { patience: Some(Box::new(Patience { until, pending, timer: OnceLock::new() })), ..self }
    }

    /// How much longer the caller waits; absent where it does so as long as the call takes.
    pub fn wait_left(&self) -> Option<Duration> {
        self.patience.as_ref().map(|patience| patience.until.saturating_duration_since(Instant::now()))
    }

    /// What to tell a caller whose wait is over: the call continues. Absent where the caller waits as long as it takes.
    pub fn pending(&self) -> Option<Error> {
        let told = self.patience.as_ref().map(|patience| patience.pending.clone());
        told.map(|pending| pending.with_attempts(self.flight.attempts()))
    }

    /// Calls `over` once, on the thread that drives the library, when the caller's wait is over; never if this is dropped
    /// before. The call may have ended by then.
    pub fn when_wait_is_over(&self, over: impl FnOnce(Error) + Send + 'static) {
        let (Some(patience), Ok(engine)) = (&self.patience, engine::engine()) else { return };
        let (until, pending, flight) = (patience.until, patience.pending.clone(), self.flight.clone());
        let timer = engine.spawn(async move {
            sleep_until(until).await;
            over(pending.with_attempts(flight.attempts()));
        });
        // A second one would ring as well, so the first need not be known.
        let _ = patience.timer.set(timer);
    }

    /// Returns whether another process started this call: only that one learns how it ends.
    pub fn is_foreign(&self) -> bool {
        !self.process.is_current()
    }

    /// Takes the attempts that have ended since this was last asked, in order; each is given once.
    ///
    /// All are there when `done` is called. One that was withdrawn has not ended, and one of reaching the gateway is none.
    /// Of a [foreign](Self::is_foreign) call there are none.
    pub fn attempts(&self) -> Vec<Attempt> {
        // What a thread of the parent held when it forked is held for ever.
        if self.is_foreign() { Vec::new() } else { self.trail.take() }
    }

    /// Gives up the wait.
    ///
    /// [`Outcome::NotSent`] means that nothing left and nothing will. [`Outcome::Unknown`] means that the request may have
    /// left: it continues to its end within its time limit, if it has not ended already. `done` is called in any case.
    ///
    /// A [foreign](Self::is_foreign) call is always [`Outcome::Unknown`], and continues in the process that started it.
    pub fn give_up(&self) -> Outcome {
        // Withdrawing a copy of the call's word would prove nothing.
        if self.is_foreign() || !self.flight.withdraw() {
            return Outcome::Unknown;
        }
        self.task.abort();
        Outcome::NotSent
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("flight", &self.flight).field("trail", &self.trail).finish_non_exhaustive()
    }
}

impl Drop for Patience {
    fn drop(&mut self) {
        if let Some(timer) = self.timer.get() {
            timer.abort();
        }
    }
}

/// Calls `done` once, also where the task was aborted or panicked: a caller that waits must not wait for ever.
pub(crate) struct Done<T, F: FnOnce(Result<T, Error>)> {
    tell: Option<F>,
    operation: &'static str,
    tid: String,
    flight: Flight,
    receipt: PhantomData<fn(T)>,
}

impl<T, F: FnOnce(Result<T, Error>)> Done<T, F> {
    pub(crate) fn new(done: F, operation: &'static str, tid: &str, flight: &Flight) -> Self {
        Self { tell: Some(done), operation, tid: tid.to_owned(), flight: flight.clone(), receipt: PhantomData }
    }

    pub(crate) fn end(mut self, result: Result<T, Error>) {
        if let Some(tell) = self.tell.take() {
            tell(result);
        }
    }
}

impl<T, F: FnOnce(Result<T, Error>)> Drop for Done<T, F> {
    fn drop(&mut self) {
        if let Some(tell) = self.tell.take() {
            let (outcome, kind, detail) = if self.flight.is_withdrawn() {
                (Outcome::NotSent, ErrorKind::Aborted, "the caller gave up")
            } else if self.flight.withdraw() {
                (Outcome::NotSent, ErrorKind::Internal, "the call's task was lost")
            } else {
                (Outcome::Unknown, ErrorKind::Internal, "the call's task was lost")
            };
            let error = Error::new(outcome, kind, detail).of_call(self.operation, &self.tid, "", 0);
            // A second panic on top of the one that lost the task would end the process, and every other call with it.
            drop(panic::catch_unwind(AssertUnwindSafe(|| tell(Err(error)))));
        }
    }
}

/// A caller that waits; dropped, it gives up, unless its own wait was over.
pub(crate) struct Wait<T> {
    call: Call,
    end: oneshot::Receiver<Result<T, Error>>,
    over: Option<oneshot::Receiver<Error>>,
    is_over: bool,
}

impl<T> Wait<T> {
    pub(crate) fn new(call: Call, end: oneshot::Receiver<Result<T, Error>>) -> Self {
        let over = call.wait_left().map(|_| {
            let (told, over) = oneshot::channel();
            call.when_wait_is_over(|pending| drop(told.send(pending)));
            over
        });
        Self { call, end, over, is_over: false }
    }
}

impl<T> Future for Wait<T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // First, so that a call that has ended is not said to continue.
        if let Poll::Ready(result) = Pin::new(&mut self.end).poll(cx) {
            let lost = || Error::new(Outcome::Unknown, ErrorKind::Internal, "the call's task was lost");
            return Poll::Ready(result.unwrap_or_else(|_| Err(lost())));
        }
        let over = self.over.as_mut().map(|over| Pin::new(over).poll(cx));
        match over {
            Some(Poll::Ready(Ok(pending))) => {
                self.is_over = true;
                Poll::Ready(Err(pending))
            }
            // Without a timer the wait is as long as the call.
            Some(Poll::Ready(Err(_))) => {
                self.over = None;
                Poll::Pending
            }
            Some(Poll::Pending) | None => Poll::Pending,
        }
    }
}

impl<T> Drop for Wait<T> {
    fn drop(&mut self) {
        if !self.is_over {
            self.call.give_up();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, channel};
    use std::time::Duration;

    use super::*;
    use crate::deadline::Deadline;

    fn soon() -> Deadline {
        Deadline::after(Duration::from_secs(60))
    }

    type Told = Receiver<Result<(), Error>>;

    type Callback<'a> = Box<dyn FnOnce(Result<(), Error>) + 'a>;

    fn done<'a>(flight: &Flight, told: impl FnOnce() + 'a) -> (Done<(), Callback<'a>>, Told) {
        let (sender, receiver) = channel();
        let done: Callback<'a> = Box::new(move |result| {
            drop(sender.send(result));
            told();
        });
        (Done::new(done, "cancel", "T1", flight), receiver)
    }

    /// Loses a call's task by a panic, and gives what its caller was told.
    fn lose(flight: &Flight, told: impl FnOnce()) -> (Outcome, ErrorKind) {
        let (done, receiver) = done(flight, told);
        let lost = panic::catch_unwind(AssertUnwindSafe(|| {
            let _done = done;
            panic!("a fault of the library");
        }));
        assert!(lost.is_err());
        let error = receiver.try_recv().expect("done is called").expect_err("nothing is known to be done");
        assert!(receiver.try_recv().is_err(), "done is called once");
        assert_eq!((error.operation(), error.tid()), (Some("cancel"), Some("T1")));
        (error.outcome(), error.kind())
    }

    #[test]
    fn a_task_that_is_lost_tells_the_truth_about_the_money() {
        let flight = Flight::default();
        let ticket = flight.board(soon()).expect("nothing has left yet");
        assert_eq!(lose(&flight, || {}), (Outcome::NotSent, ErrorKind::Internal));
        assert!(!ticket.leave(), "it was said that nothing was sent");

        let flight = Flight::default();
        assert!(flight.board(soon()).is_some_and(|ticket| ticket.leave()));
        assert_eq!(lose(&flight, || {}), (Outcome::Unknown, ErrorKind::Internal));

        let flight = Flight::default();
        assert!(flight.withdraw());
        assert_eq!(lose(&flight, || {}), (Outcome::NotSent, ErrorKind::Aborted));
    }

    #[test]
    fn a_done_that_panics_over_a_lost_task_does_not_end_the_process() {
        let told = || panic!("the caller's own mistake");
        assert_eq!(lose(&Flight::default(), told), (Outcome::NotSent, ErrorKind::Internal));
    }

    #[test]
    fn a_call_that_ended_is_told_once() {
        let flight = Flight::default();
        let (done, receiver) = done(&flight, || {});
        done.end(Ok(()));
        assert!(receiver.try_recv().is_ok_and(|result| result.is_ok()));
        assert!(receiver.try_recv().is_err(), "done is called once");
    }
}
