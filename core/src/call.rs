//! A call under way: what its caller holds of it, and the promise that its end is told once.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::panic::{self, AssertUnwindSafe};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::sync::oneshot;
use tokio::task::AbortHandle;

use crate::error::{Error, ErrorKind, Outcome};
use crate::flight::Flight;
use crate::process::Process;
use crate::trail::{Attempt, Trail};

/// A call that was started.
///
/// It belongs to the process that started it: a forked child holds a copy of it that says nothing of the request.
pub struct Call {
    process: Process,
    flight: Flight,
    trail: Trail,
    task: AbortHandle,
}

impl Call {
    pub(crate) fn new(process: Process, flight: Flight, trail: Trail, task: AbortHandle) -> Self {
        Self { process, flight, trail, task }
    }

    /// Tells whether another process started this call: only that one learns how it ends.
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
    /// left: it goes on to its end within its time limit, if it has not ended already. `done` is called in any case.
    ///
    /// A [foreign](Self::is_foreign) call is always [`Outcome::Unknown`], and goes on in the process that started it.
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

/// A caller that waits; dropped, it gives up.
pub(crate) struct Wait<T> {
    pub(crate) call: Call,
    pub(crate) end: oneshot::Receiver<Result<T, Error>>,
}

impl<T> Future for Wait<T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let end = Pin::new(&mut self.end);
        end.poll(cx).map(|result| {
            result
                .unwrap_or_else(|_| Err(Error::new(Outcome::Unknown, ErrorKind::Internal, "the call's task was lost")))
        })
    }
}

impl<T> Drop for Wait<T> {
    fn drop(&mut self) {
        self.call.give_up();
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
