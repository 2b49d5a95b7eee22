//! Reaching the gateway ahead of the first call: connections are made and known, and no money moves.

use std::time::Duration;

use paywelcome::{Argument, ErrorKind, Outcome};
use paywelcome_tests::{Connection, Gate, Port, Request, Server, client, done, full, http, tid};

/// Answers as a gateway whose front page is not there.
fn gateway(request: &Request) -> Vec<u8> {
    match request.method.as_str() {
        "HEAD" => {
            b"HTTP/1.1 404 Not Found\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\nContent-Length: 9\r\n\r\n".to_vec()
        }
        _ => done(request),
    }
}

#[tokio::test]
async fn calls_use_the_connection_that_was_made() {
    let server = Server::start(|mut connection| connection.serve(gateway));
    let client = client(&server.url(), |_| {});
    let reached = client.warm_up().await.expect("the gateway is there");
    assert_eq!((reached.http_status, reached.date.as_deref()), (404, Some("Thu, 01 Jan 2026 00:00:00 GMT")));
    client.cancel(&full(&tid(1))).await.expect("it is done");
    drop(client);
    let log = server.finish();
    let seen: Vec<_> = log.requests.iter().map(|one| (one.connection, one.method.as_str(), &*one.target)).collect();
    assert_eq!(seen, [(0, "HEAD", "/"), (0, "HEAD", "/"), (0, "POST", "/cancel/cancel")]);
    assert!(log.requests.iter().take(2).all(|request| request.body.is_empty() && request.field("mid").is_empty()));
}

#[tokio::test]
async fn a_second_time_asks_once() {
    let server = Server::start(|mut connection| connection.serve(gateway));
    let client = client(&server.url(), |_| {});
    client.warm_up().await.expect("the gateway is there");
    client.warm_up().await.expect("the gateway is there");
    drop(client);
    assert_eq!(server.finish().requests.len(), 3);
}

#[tokio::test]
async fn a_gateway_that_closes_its_connections_is_found_out_before_money_is_at_stake() {
    // It takes what comes second on a connection, and closes without an answer.
    let server = Server::start(|mut connection: Connection| {
        if let Some(request) = connection.request() {
            connection.send(&gateway(&request));
        }
        connection.request();
    });
    let client = client(&server.url(), |_| {});
    client.warm_up().await.expect("the gateway is there");
    for number in 0..5 {
        client.cancel(&full(&tid(number))).await.expect("each has a connection of its own");
    }
    drop(client);
    server.finish();
}

#[tokio::test]
async fn what_keeps_the_gateway_from_being_reached_is_told() {
    let refused = client(&Port::take().url(), |_| {}).warm_up().await.expect_err("nothing listens");
    assert_eq!((refused.outcome(), refused.kind()), (Outcome::NotSent, ErrorKind::Connect));
    assert_eq!((refused.operation(), refused.tid()), (Some("warm_up"), None));

    let gate = Gate::default();
    let server = Server::start({
        let gate = gate.clone();
        move |_| gate.pass()
    });
    let silent = client(&server.url(), |options| options.timeout = Argument::Fraction(0.2));
    let silent = silent.warm_up().await.expect_err("no answer comes");
    assert_eq!((silent.outcome(), silent.kind()), (Outcome::NotSent, ErrorKind::Timeout));
    gate.open();
    server.finish();

    let server = Server::start(|mut connection: Connection| drop(connection.request()));
    let lost = client(&server.url(), |_| {}).warm_up().await.expect_err("the answer is lost");
    assert_eq!((lost.outcome(), lost.kind()), (Outcome::NotSent, ErrorKind::Connect));
    server.finish();

    let server = Server::start(|mut connection: Connection| connection.serve(|_| http("nonsense", None, b"")));
    let nonsense = client(&server.url(), |_| {}).warm_up().await.expect_err("the answer is not HTTP");
    assert_eq!((nonsense.outcome(), nonsense.kind()), (Outcome::NotSent, ErrorKind::Malformed));
    server.finish();
}

#[tokio::test]
async fn nothing_is_asked_with_a_wrong_limit_or_by_a_closed_client() {
    let server = Server::start(|mut connection| connection.serve(gateway));
    let client = client(&server.url(), |_| {});
    let wrong = client.start_warm_up(&Argument::from(0), |_| {}).expect_err("the limit is refused");
    assert_eq!((wrong.kind(), wrong.fields().len()), (ErrorKind::InvalidRequest, 1));
    assert!(wrong.to_string().contains("timeout"), "{wrong}");
    client.close();
    let closed = client.warm_up().await.expect_err("the client is closed");
    assert_eq!((closed.outcome(), closed.kind()), (Outcome::NotSent, ErrorKind::Closed));
    drop(client);
    assert_eq!(server.finish().accepted(), 0);
}

#[tokio::test]
async fn giving_up_leaves_nothing_behind() {
    let gate = Gate::default();
    let server = Server::start({
        let gate = gate.clone();
        move |_| gate.pass()
    });
    let client = client(&server.url(), |_| {});
    let (done, settled) = std::sync::mpsc::channel();
    let call = client.start_warm_up(&Argument::Absent, move |result| drop(done.send(result))).expect("it starts");
    server.wait("a connection", |log| log.accepted() == 1);
    assert_eq!(call.give_up(), Outcome::NotSent);
    let error = settled.recv_timeout(Duration::from_secs(20)).expect("it is told").expect_err("it was given up");
    assert_eq!((error.outcome(), error.kind()), (Outcome::NotSent, ErrorKind::Aborted));
    gate.open();
    server.finish();
}
