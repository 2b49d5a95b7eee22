//! Callers that wait only so long for a call, which then continues; time limits that count from before the call.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use paywelcome::{Argument, CancelRequest, Client, Error, ErrorKind, Moment, Outcome, PartialCancelRequest};
use paywelcome_tests::{GUARD, Gate, MID, Server, client, done, full, partial, tid};

use crate::{assert_error, in_time};

/// A wait that is soon over.
const SHORT: f64 = 0.02;

fn waiting(number: usize, wait: impl Into<Argument>) -> CancelRequest {
    CancelRequest { wait: wait.into(), reference: "R-1".into(), ..full(&tid(number)) }
}

/// A server that answers when the gate is open.
fn held_back() -> (Gate, Server) {
    let answering = Gate::default();
    let gate = answering.clone();
    let server = Server::start(move |mut connection| {
        while let Some(request) = connection.request() {
            gate.pass();
            assert!(!connection.is_closed(Duration::from_millis(1)), "the client left before the answer");
            connection.send(&done(&request));
        }
    });
    (answering, server)
}

#[tokio::test]
async fn a_wait_that_is_over_lets_the_call_go_on() {
    let (answering, server) = held_back();
    let client = client(&server.url(), |_| {});
    let wait = Argument::Fraction(SHORT);
    let result = in_time(client.cancel(&waiting(1, wait.clone()))).await;
    let error = assert_error(result, Outcome::Unknown, ErrorKind::Pending);
    assert_eq!((error.operation(), error.tid(), error.reference()), (Some("cancel"), Some(&*tid(1)), Some("R-1")));
    assert_eq!(error.mid(), Some(MID));
    assert!(error.host().is_some_and(|host| server.url().ends_with(host)), "{error:?}");
    assert!(error.attempts() <= 1, "{error:?}");
    let request = PartialCancelRequest { wait, ..partial(&tid(2)) };
    let error = assert_error(in_time(client.partial_cancel(&request)).await, Outcome::Unknown, ErrorKind::Pending);
    assert_eq!(error.operation(), Some("partial_cancel"));
    server.wait("both requests", |log| log.requests.len() == 2);
    answering.open();
    drop(client);
    server.finish();
}

#[tokio::test]
async fn what_has_not_left_is_not_called_back() {
    let (answering, server) = held_back();
    answering.open();
    let client = client(&server.url(), |options| options.connect_retries = 10.into());
    // The wait is over before the library's thread has so much as begun.
    let result = in_time(client.cancel(&waiting(1, Argument::Fraction(1e-9)))).await;
    if let Err(error) = result {
        assert_error::<()>(Err(error), Outcome::Unknown, ErrorKind::Pending);
    }
    server.wait("the request", |log| log.requests.len() == 1);
    drop(client);
    server.finish();
}

#[tokio::test]
async fn an_end_within_the_wait_is_the_callers() {
    let server = Server::start(|mut connection| connection.serve(done));
    let client = client(&server.url(), |_| {});
    for wait in [Argument::Absent, 3_600.into(), Argument::Fraction(20.0)] {
        in_time(client.cancel(&waiting(1, wait))).await.expect("it is done");
    }
    drop(client);
    assert_eq!(server.finish().requests.len(), 3);
}

#[tokio::test]
async fn the_time_limit_ends_a_wait_that_is_longer() {
    let (answering, server) = held_back();
    let client = client(&server.url(), |_| {});
    let request = CancelRequest { timeout: Argument::Fraction(0.05), ..waiting(1, 3_600) };
    assert_error(in_time(client.cancel(&request)).await, Outcome::Unknown, ErrorKind::Timeout);
    answering.open();
    drop(client);
    drop(server);
}

#[test]
fn a_caller_of_its_own_is_rung_once_and_told_the_end_besides() {
    let (answering, server) = held_back();
    let client = client(&server.url(), |_| {});
    let (told, end) = channel();
    let request = waiting(1, Argument::Fraction(SHORT));
    let call = client.start_cancel(&request, move |result| drop(told.send(result))).expect("it starts");
    assert!(call.wait_left().is_some_and(|left| left <= Duration::from_secs_f64(SHORT)));
    let (ring, bell) = channel();
    call.when_wait_is_over(move |pending| drop(ring.send(pending)));
    let pending: Error = bell.recv_timeout(GUARD).expect("the wait is over");
    assert_eq!((pending.outcome(), pending.kind()), (Outcome::Unknown, ErrorKind::Pending));
    assert_eq!(call.wait_left(), Some(Duration::ZERO));
    server.wait("the request", |log| log.requests.len() == 1);
    // By then an attempt has begun.
    assert_eq!(call.pending().map(|pending| pending.attempts()), Some(1));
    answering.open();
    end.recv_timeout(GUARD).expect("it ends").expect("it is done");
    assert_eq!(bell.recv_timeout(GUARD).err(), Some(RecvTimeoutError::Disconnected));
    drop((call, client));
    server.finish();
}

#[test]
fn who_lets_go_of_a_call_is_not_rung() {
    let (answering, server) = held_back();
    let client = client(&server.url(), |_| {});
    let call = client.start_cancel(&waiting(1, 3_600), |_| {}).expect("it starts");
    let (ring, bell) = channel::<Error>();
    call.when_wait_is_over(move |pending| drop(ring.send(pending)));
    drop(call);
    // The timer goes with the call, and does not stay for an hour.
    assert_eq!(bell.recv_timeout(GUARD).err(), Some(RecvTimeoutError::Disconnected));
    let patient = client.start_cancel(&full(&tid(2)), |_| {}).expect("it starts");
    assert!(patient.wait_left().is_none() && patient.pending().is_none());
    let (ring, bell) = channel::<Error>();
    patient.when_wait_is_over(move |pending| drop(ring.send(pending)));
    assert_eq!(bell.recv_timeout(GUARD).err(), Some(RecvTimeoutError::Disconnected));
    server.wait("both requests", |log| log.requests.len() == 2);
    answering.open();
    drop((patient, client));
    server.finish();
}

#[tokio::test]
async fn what_is_no_time_is_refused_with_all_the_rest() {
    let server = Server::start(|mut connection| connection.serve(done));
    let client = client(&server.url(), |_| {});
    let wrong = [Argument::Fraction(f64::NAN), Argument::Fraction(f64::INFINITY), 0.into(), (-1).into(), 3_601.into()];
    for wait in wrong.into_iter().chain([Argument::Text("5".to_owned()), Argument::Flag(true)]) {
        let request = CancelRequest { price: 0.into(), ..waiting(1, wait) };
        let error = assert_error(client.cancel(&request).await, Outcome::NotSent, ErrorKind::InvalidRequest);
        let names: Vec<_> = error.fields().iter().map(|refused| refused.field.camel()).collect();
        assert_eq!(names, ["price", "waitMs"]);
    }
    drop(client);
    assert_eq!(server.finish().accepted(), 0);
}

/// An instant so many seconds ago, of this machine's time since its start.
fn ago(seconds: f64) -> Moment {
    Moment::at(Moment::now().counted().saturating_sub(Duration::from_secs_f64(seconds)))
}

#[tokio::test]
async fn nothing_leaves_after_a_time_limit_that_began_before() {
    let server = Server::start(|mut connection| connection.serve(done));
    let client: Client = client(&server.url(), |options| options.timeout = 1.into());
    let late = client.since(ago(1.0));
    let error = assert_error(late.cancel(&full(&tid(1))).await, Outcome::NotSent, ErrorKind::Timeout);
    assert_eq!(error.attempts(), 0);
    assert_error(late.partial_cancel(&partial(&tid(1))).await, Outcome::NotSent, ErrorKind::Timeout);
    // A limit of the call's own counts from there, too.
    let longer = |timeout: f64| CancelRequest { timeout: Argument::Fraction(timeout), ..full(&tid(2)) };
    assert_error(client.since(ago(0.5)).cancel(&longer(0.4)).await, Outcome::NotSent, ErrorKind::Timeout);
    client.since(ago(0.5)).cancel(&longer(60.0)).await.expect("there is time left");
    // And the client itself has not changed.
    client.cancel(&full(&tid(3))).await.expect("it began now");
    drop((client, late));
    assert_eq!(server.finish().requests.len(), 2);
}

#[tokio::test]
async fn an_instant_that_is_still_to_come_makes_no_limit_longer() {
    let (answering, server) = held_back();
    let client = client(&server.url(), |options| options.timeout = Argument::Fraction(0.05));
    let tomorrow = Moment::at(Moment::now().counted() + Duration::from_secs(86_400));
    let early = client.since(tomorrow);
    assert_error(in_time(early.cancel(&full(&tid(1)))).await, Outcome::Unknown, ErrorKind::Timeout);
    answering.open();
    drop((client, early));
    drop(server);
}
