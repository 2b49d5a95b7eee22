//! Callers that stop waiting, in time and too late; time limits of single calls; clients that are closed.

use std::future::Future;
use std::pin::pin;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use paywelcome::{Argument, Call, CancelReceipt, Client, Error, ErrorKind, Outcome};
use paywelcome_tests::{Connection, GUARD, Gate, Port, Server, client, done, full, partial, tid};

use crate::{LATE, SOON, assert_error, in_time};

type Settled = Receiver<Result<CancelReceipt, Error>>;

/// Starts a call whose `done` sends to a channel; the channel ends when `done` is dropped.
fn start(client: &Client, number: usize) -> (Call, Settled) {
    let (done, settled) = channel();
    let call = client.start_cancel(&full(&tid(number)), move |result| drop(done.send(result)));
    (call.expect("the arguments are right"), settled)
}

/// A server that answers when `answering` is open, and that reads on meanwhile.
fn held_back(answering: &Gate) -> Server {
    let answering = answering.clone();
    Server::start(move |mut connection| {
        while let Some(request) = connection.request() {
            answering.pass();
            assert!(!connection.is_closed(Duration::from_millis(1)), "the client left before the answer");
            connection.send(&done(&request));
        }
    })
}

/// Polls a future once: the call is started and its caller waits.
fn begin(future: std::pin::Pin<&mut impl Future>) {
    assert!(matches!(future.poll(&mut Context::from_waker(Waker::noop())), Poll::Pending), "it settled at once");
}

#[test]
fn a_future_that_is_never_polled_does_nothing() {
    let server = Server::start(|mut connection| connection.drain());
    let client = client(&server.url(), |_| {});
    drop(client.cancel(&full(&tid(1))));
    drop(client);
    assert_eq!(server.finish().accepted(), 0);
}

#[test]
fn dropping_the_future_before_the_request_left_sends_nothing() {
    let server = Server::start(|mut connection| connection.drain());
    let client = client(&server.https_url(), |options| options.connect_retries = 10.into());
    {
        let request = full(&tid(1));
        let mut call = pin!(client.cancel(&request));
        begin(call.as_mut());
        server.wait("the start of a handshake", |log| log.bytes() > 0);
    }
    drop(client);
    let log = server.finish();
    assert_eq!((log.accepted(), log.requests.len()), (1, 0), "{log:?}");
    assert_eq!(log.received[0].first(), Some(&0x16), "nothing but a handshake began");
}

#[test]
fn dropping_the_future_in_a_tunnel_that_then_opens_sends_nothing() {
    let dropped = Gate::default();
    let tunnel = dropped.clone();
    let proxy = Server::start(move |mut connection| {
        connection.request();
        tunnel.pass();
        connection.send(b"HTTP/1.1 200 Connection established\r\n\r\n");
        connection.drain();
    });
    let client = client("https://gateway.invalid", |options| options.proxy = proxy.url().into());
    {
        let request = full(&tid(1));
        let mut call = pin!(client.cancel(&request));
        begin(call.as_mut());
        proxy.wait("a tunnel to be asked for", |log| log.requests.len() == 1);
    }
    dropped.open();
    drop(client);
    let log = proxy.finish();
    assert_eq!((log.accepted(), log.requests.len()), (1, 1), "{log:?}");
}

#[tokio::test]
async fn dropping_the_future_after_the_request_left_lets_it_go_on() {
    let (answering, answered) = (Gate::default(), Gate::default());
    let (gate, on_answer) = (answering.clone(), answered.clone());
    let server = Server::start(move |mut connection| {
        while let Some(request) = connection.request() {
            gate.pass();
            assert!(!connection.is_closed(Duration::from_millis(1)), "the client left before the answer");
            connection.send(&done(&request));
            on_answer.open();
        }
    });
    let client = client(&server.url(), |options| options.connect_retries = 10.into());
    {
        let request = partial(&tid(1));
        let mut call = pin!(client.partial_cancel(&request));
        begin(call.as_mut());
        server.wait("the request", |log| log.requests.len() == 1);
    }
    // All calls run on one thread: when one that began later was refused, the drop was dealt with.
    let nobody = Port::take();
    let refused = paywelcome_tests::client(&nobody.url(), |options| options.connect_retries = 0.into());
    assert_error(refused.cancel(&full(&tid(0))).await, Outcome::NotSent, ErrorKind::Connect);
    answering.open();
    answered.pass();
    // The connection is free for another call only once the answer to the first was read. Of calls at once, each takes
    // a free connection, and every round has one call more than there were connections before.
    let mut numbers = 2..;
    for calls in 1..50 {
        let mut round = tokio::task::JoinSet::new();
        for number in numbers.by_ref().take(calls) {
            let client = client.clone();
            round.spawn(async move { client.cancel(&full(&tid(number))).await });
        }
        assert!(round.join_all().await.iter().all(Result::is_ok), "all are answered");
        if server.so_far().requests.iter().any(|request| request.connection == 0 && request.field("tid") != tid(1)) {
            break;
        }
        assert!(calls < 49, "the first connection was never used again");
    }
    drop(client);
    let log = server.finish();
    assert_eq!(log.count(&tid(1)), 1, "the dropped call arrived once, whole");
}

#[test]
fn giving_up_before_the_request_left() {
    let server = Server::start(|mut connection| connection.drain());
    let client = client(&server.https_url(), |options| {
        // Longer than anything is waited for here: it must not be by a limit that the call ends.
        options.connect_timeout = 600.into();
        options.timeout = 600.into();
    });
    let (call, settled) = start(&client, 1);
    server.wait("the start of a handshake", |log| log.bytes() > 0);
    assert_eq!(call.give_up(), Outcome::NotSent);
    assert_eq!(call.give_up(), Outcome::NotSent, "and it stays so");
    let settled = settled.recv_timeout(GUARD).expect("done is called all the same");
    assert_error(settled, Outcome::NotSent, ErrorKind::Aborted);
    drop(client);
    assert!(server.finish().requests.is_empty());
}

#[tokio::test]
async fn giving_up_between_two_attempts() {
    let port = Port::take();
    let client = client(&port.url(), |options| options.connect_retries = 10.into());
    let (call, settled) = start(&client, 1);
    assert_eq!(call.give_up(), Outcome::NotSent);
    let server = port.open(|mut connection| connection.drain());
    let settled = settled.recv_timeout(GUARD).expect("done is called all the same");
    assert_eq!(settled.expect_err("nothing was done").outcome(), Outcome::NotSent);
    drop(client);
    assert_eq!(server.finish().bytes(), 0);
}

#[test]
fn giving_up_after_the_request_left() {
    let answering = Gate::default();
    let server = held_back(&answering);
    let client = client(&server.url(), |_| {});
    let (call, settled) = start(&client, 1);
    server.wait("the request", |log| log.requests.len() == 1);
    assert_eq!(call.give_up(), Outcome::Unknown);
    answering.open();
    let receipt = settled.recv_timeout(GUARD).expect("done is still called").expect("it is done");
    assert_eq!(receipt.tid, tid(1));
    assert_eq!(call.give_up(), Outcome::Unknown, "a call that is settled can't be called back");
    assert_eq!(settled.recv_timeout(GUARD).map(|_| ()), Err(RecvTimeoutError::Disconnected), "done is called once");
    drop(client);
    assert_eq!(server.finish().count(&tid(1)), 1);
}

/// How one call ended that was given up.
struct End {
    outcome: Outcome,
    /// What `done` was called with: a receipt, or an error's outcome.
    settled: Result<(), Outcome>,
    /// How many requests came.
    count: usize,
}

/// Makes calls and gives each up a little later than the one before, so that every stage of a call is hit.
fn give_up_at_any_moment() -> Vec<End> {
    const CALLS: usize = 800;
    let server = Server::start(|mut connection| connection.serve(done));
    let client = client(&server.url(), |_| {});
    let mut ends = Vec::with_capacity(CALLS);
    for number in 0..CALLS {
        let (call, settled) = start(&client, number);
        let begun = Instant::now();
        let pause = Duration::from_micros(2 * (number % 200) as u64);
        while begun.elapsed() < pause {
            std::hint::spin_loop();
        }
        let outcome = call.give_up();
        let result = settled.recv_timeout(GUARD).unwrap_or_else(|_| panic!("done of call {number} was never called"));
        let settled = result.map(|_| ()).map_err(|error| error.outcome());
        ends.push(End { outcome, settled, count: 0 });
    }
    drop(client);
    let log = server.finish();
    for (number, end) in ends.iter_mut().enumerate() {
        end.count = log.count(&tid(number));
    }
    ends
}

#[test]
fn giving_up_at_any_moment_tells_the_truth_about_the_money() {
    for (number, End { outcome, settled, count }) in give_up_at_any_moment().into_iter().enumerate() {
        let (expected, came) = match outcome {
            Outcome::NotSent => (Err(Outcome::NotSent), 0),
            Outcome::Unknown => (Ok(()), 1),
            Outcome::Declined => panic!("giving up call {number} declined nothing"),
        };
        assert_eq!((settled, count), (expected, came), "call {number}, given up as {outcome}");
    }
}

#[test]
fn a_callers_thread_that_ends_takes_nothing_with_it() {
    let answering = Gate::default();
    let server = held_back(&answering);
    let client = client(&server.url(), |_| {});
    let (_, settled) = std::thread::spawn(move || start(&client, 1)).join().expect("starting goes well");
    // Neither the thread nor the client is there any more.
    answering.open();
    settled.recv_timeout(GUARD).expect("done is called").expect("it is done");
    assert_eq!(server.finish().count(&tid(1)), 1);
}

#[tokio::test]
async fn a_call_may_have_a_shorter_limit_than_its_client() {
    let server = Server::start(|mut connection| connection.drain());
    let client = client(&server.url(), |options| options.timeout = 600.into());
    let mut request = full(&tid(1));
    request.timeout = Argument::Fraction(SOON);
    let begun = Instant::now();
    assert_error(in_time(client.cancel(&request)).await, Outcome::Unknown, ErrorKind::Timeout);
    let mut request = partial(&tid(2));
    request.timeout = Argument::Fraction(SOON);
    assert_error(in_time(client.partial_cancel(&request)).await, Outcome::Unknown, ErrorKind::Timeout);
    assert!(begun.elapsed() < LATE, "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_call_may_have_a_longer_limit_than_its_client() {
    let answering = Gate::default();
    let gate = answering.clone();
    let server = Server::start(move |mut connection: Connection| {
        let Some(request) = connection.request() else { return };
        if request.field("tid") == tid(1) {
            gate.pass();
            connection.send(&done(&request));
        }
        connection.drain();
    });
    let client = client(&server.url(), |options| options.timeout = Argument::Fraction(SOON));
    let patient = client.clone();
    let patient = tokio::spawn(async move {
        let mut request = full(&tid(1));
        request.timeout = 60.into();
        patient.cancel(&request).await
    });
    tokio::task::yield_now().await;
    server.wait("the patient call", |log| log.accepted() == 1);
    // Begun later and with the client's limit, it is over first.
    assert_error(in_time(client.cancel(&full(&tid(2)))).await, Outcome::Unknown, ErrorKind::Timeout);
    answering.open();
    patient.await.expect("the task goes well").expect("the longer limit holds");
    drop(client);
    assert_eq!(server.finish().requests.len(), 2);
}

#[tokio::test]
async fn a_wrong_limit_is_refused_before_anything_is_sent() {
    let server = Server::start(|mut connection| connection.serve(done));
    let client = client(&server.url(), |_| {});
    let wrong = [Argument::Fraction(f64::NAN), Argument::Fraction(f64::INFINITY), 0.into(), (-1).into(), 3_601.into()];
    for timeout in wrong.into_iter().chain([Argument::Text("5".to_owned()), Argument::Flag(true)]) {
        let mut request = full(&tid(1));
        request.timeout = timeout;
        let error = assert_error(client.cancel(&request).await, Outcome::NotSent, ErrorKind::InvalidRequest);
        let names: Vec<_> = error.fields().iter().map(|refused| refused.field.snake()).collect();
        assert_eq!(names, ["timeout"]);
    }
    drop(client);
    assert_eq!(server.finish().accepted(), 0);
}

#[tokio::test]
async fn a_closed_client_refuses_calls_and_drops_idle_connections() {
    let closed = Gate::default();
    let on_close = closed.clone();
    let server = Server::start(move |mut connection| {
        connection.serve(done);
        on_close.open();
    });
    let client = client(&server.url(), |_| {});
    let clone = client.clone();
    client.cancel(&full(&tid(1))).await.expect("it is done");
    client.close();
    client.close();
    // The client is still there; its connection is not.
    closed.pass();
    for client in [&client, &clone] {
        let error = assert_error(client.cancel(&full(&tid(2))).await, Outcome::NotSent, ErrorKind::Closed);
        assert_eq!((error.attempts(), error.tid()), (0, Some(tid(2).as_str())));
        let error = assert_error(client.partial_cancel(&partial(&tid(3))).await, Outcome::NotSent, ErrorKind::Closed);
        assert_eq!(error.operation(), Some("partial_cancel"));
        assert!(client.start_cancel(&full(&tid(4)), |_| panic!("done is never called")).is_err());
    }
    let log = server.finish();
    assert_eq!((log.accepted(), log.requests.len()), (1, 1));
}

#[test]
fn closing_lets_calls_in_flight_go_on() {
    let answering = Gate::default();
    let server = held_back(&answering);
    let client = client(&server.url(), |_| {});
    let (_call, settled) = start(&client, 1);
    server.wait("the request", |log| log.requests.len() == 1);
    client.close();
    answering.open();
    settled.recv_timeout(GUARD).expect("done is called").expect("it is done");
    let log = server.finish();
    assert_eq!((log.accepted(), log.count(&tid(1))), (1, 1));
}

#[tokio::test]
async fn closing_lets_a_call_go_on_that_is_between_two_attempts() {
    let port = Port::take();
    let client = client(&port.url(), |options| options.connect_retries = 10.into());
    let (_call, settled) = start(&client, 1);
    client.close();
    let server = port.open(|mut connection| connection.serve(done));
    settled.recv_timeout(GUARD).expect("done is called").expect("it is done");
    assert_eq!(server.finish().count(&tid(1)), 1);
}
