//! What is posted, byte by byte, and on which connections.

use std::time::SystemTime;

use paywelcome::{Client, ErrorKind, Outcome};
use paywelcome_tests::{Gate, KEY, MID, Server, client, done, full, json, mkey, partial, signature, tid};

use crate::assert_error;

#[tokio::test]
async fn a_full_cancel_is_posted_as_documented() {
    let server = Server::start(|mut connection| connection.serve(done));
    let client = client(&server.url(), |_| {});
    let receipt = client.cancel(&full(&tid(1))).await.expect("it is done");
    assert_eq!((receipt.tid.as_str(), receipt.price), (tid(1).as_str(), 12_000));
    assert_eq!((receipt.moid.as_deref(), receipt.result_msg.as_str()), (Some("order-1"), "정상처리"));
    let port = server.port();
    drop(client);
    let log = server.finish();
    let [request] = log.requests.as_slice() else { panic!("one request came: {log:?}") };
    assert_eq!((request.method.as_str(), request.target.as_str()), ("POST", "/cancel/cancel"));
    let stamp = request.field("timestamp");
    let body = format!(
        "payType=card&mid={MID}&tid={}&price=12000&currency=WON&timestamp={stamp}&signature={}",
        tid(1),
        signature(&stamp)
    );
    assert_eq!(String::from_utf8_lossy(&request.body), body);
    assert_headers(request, &format!("127.0.0.1:{port}"));
    // Nothing came besides this one request.
    let (_, length) = paywelcome_tests::Request::parse(0, &log.received[0]).expect("the bytes are the request");
    assert_eq!((log.accepted(), log.bytes()), (1, length));
    let text = String::from_utf8_lossy(&log.received[0]);
    assert!(!text.contains(KEY) && !text.contains(&mkey()), "a key was posted: {text}");
}

#[tokio::test]
async fn a_partial_cancel_is_posted_as_documented() {
    let server = Server::start(|mut connection| connection.serve(done));
    let client = client(&server.url(), |options| options.timestamp_format = "epoch_ms".into());
    let mut asked = partial(&tid(1));
    asked.tax = 272.into();
    asked.taxfree = "1,000".into();
    let receipt = client.partial_cancel(&asked).await.expect("it is done");
    assert_eq!((receipt.price, receipt.remaining_price), (3_000, 9_000));
    assert_eq!(receipt.cancel_tid, Some(format!("C{}", tid(1))));
    let port = server.port();
    drop(client);
    let log = server.finish();
    let [request] = log.requests.as_slice() else { panic!("one request came: {log:?}") };
    assert_eq!((request.method.as_str(), request.target.as_str()), ("POST", "/cancel/repay"));
    let stamp = request.field("timestamp");
    let body = format!(
        "payType=card&mid={MID}&tid={}&cancelPrice=3000&confirmPrice=9000&currency=WON&tax=272&taxfree=1000\
         &timestamp={stamp}&signature={}",
        tid(1),
        signature(&stamp)
    );
    assert_eq!(String::from_utf8_lossy(&request.body), body);
    assert_headers(request, &format!("127.0.0.1:{port}"));
}

fn assert_headers(request: &paywelcome_tests::Request, host: &str) {
    let mut names: Vec<&str> = request.headers.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        ["accept", "accept-encoding", "content-length", "content-type", "host", "user-agent"],
        "each is there once"
    );
    assert_eq!(request.header("accept"), ["application/json"]);
    assert_eq!(request.header("accept-encoding"), ["identity"]);
    assert_eq!(request.header("content-length"), [request.body.len().to_string()]);
    assert_eq!(request.header("content-type"), ["application/x-www-form-urlencoded; charset=utf-8"]);
    assert_eq!(request.header("host"), [host]);
    assert!(request.header("user-agent")[0].starts_with("paywelcome/"));
}

#[tokio::test]
async fn the_form_that_is_shown_is_the_form_that_is_posted() {
    let server = Server::start(|mut connection| connection.serve(done));
    let client = client(&server.url(), |_| {});
    let shown = |at| client.partial_cancel_form(&partial(&tid(1)), at).expect("the request is right");
    let before = shown(SystemTime::now());
    client.partial_cancel(&partial(&tid(1))).await.expect("it is done");
    let after = shown(SystemTime::now());
    let posted = server.so_far().requests[0].body.clone();
    let (posted, names) = (String::from_utf8_lossy(&posted).into_owned(), |form: &str| {
        form_urlencoded::parse(form.as_bytes()).map(|(name, _)| name.into_owned()).collect::<Vec<_>>()
    });
    assert_eq!(names(&posted), names(&before));
    if before == after {
        assert_eq!(posted, before, "both were signed within the same second");
    }
}

#[tokio::test]
async fn a_base_url_may_have_a_path_and_a_name() {
    let server = Server::start(|mut connection| connection.serve(done));
    for base_url in [format!("{}/stand-in/", server.url()), format!("http://localhost:{}/stand-in", server.port())] {
        client(&base_url, |_| {}).cancel(&full(&tid(1))).await.expect("it is done");
    }
    let log = server.finish();
    assert_eq!(log.requests.len(), 2);
    assert!(log.requests.iter().all(|request| request.target == "/stand-in/cancel/cancel"), "{log:?}");
}

#[tokio::test]
async fn a_continue_before_the_answer() {
    let server = Server::start(|mut connection| {
        while let Some(request) = connection.request() {
            connection.send(b"HTTP/1.1 100 Continue\r\n\r\n");
            connection.send(&done(&request));
        }
    });
    let client = client(&server.url(), |_| {});
    for number in 0..2 {
        client.cancel(&full(&tid(number))).await.expect("a continue is not the answer");
    }
    drop(client);
    assert_eq!(server.finish().requests.len(), 2);
}

#[tokio::test]
async fn answers_in_chunks_and_in_pieces() {
    let server = Server::start(|mut connection| {
        connection.request();
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
        for byte in br#"{"ResultCode":"01","ResultMsg":"no"}"# {
            connection.send(&[b'1', b'\r', b'\n', *byte, b'\r', b'\n']);
        }
        connection.send(b"0\r\n\r\n");
        connection.drain();
    });
    let client = client(&server.url(), |_| {});
    let error = assert_error(client.cancel(&full(&tid(1))).await, Outcome::Declined, ErrorKind::Declined);
    assert_eq!((error.result_code(), error.result_msg(), error.http_status()), (Some("01"), Some("no"), Some(200)));
    assert_eq!(error.raw().map(paywelcome::Raw::as_json), Some(r#"{"ResultCode":"01","ResultMsg":"no"}"#));
    drop(client);
    assert_eq!(server.finish().requests.len(), 1);
}

#[tokio::test]
async fn an_answer_that_ends_with_its_connection() {
    let server = Server::start(|mut connection| {
        connection.request();
        connection.send(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
        connection.send(br#"{"ResultCode":"01","ResultMsg":"no"}"#);
        connection.hang_up();
    });
    let client = client(&server.url(), |_| {});
    assert_error(client.cancel(&full(&tid(1))).await, Outcome::Declined, ErrorKind::Declined);
    drop(client);
    assert_eq!(server.finish().requests.len(), 1);
}

#[tokio::test]
async fn a_decline_is_never_sent_again() {
    let server = Server::start(|mut connection| connection.serve(|_| json(r#"{"ResultCode":"ERR206"}"#)));
    let client = client(&server.url(), |options| options.connect_retries = 10.into());
    let error = assert_error(client.cancel(&full(&tid(1))).await, Outcome::Declined, ErrorKind::Declined);
    assert_eq!((error.result_code(), error.attempts()), (Some("ERR206"), 1));
    drop(client);
    assert_eq!(server.finish().requests.len(), 1);
}

#[tokio::test]
async fn a_burst_shares_one_connection_once_the_server_has_shown_that_it_keeps_them() {
    const MANY: usize = 20_000;
    let server = Server::start(|mut connection| connection.serve(done));
    let client = client(&server.url(), |_| {});
    let mut last = 0;
    let mut numbers = 0..MANY;
    // The call that shows it is the first to use a connection that another one used.
    for number in numbers.by_ref() {
        client.cancel(&full(&tid(number))).await.expect("it is done");
        last = server.so_far().requests.last().map_or(0, |request| request.connection);
        if last < number {
            break;
        }
    }
    for number in numbers.by_ref().take(50) {
        client.cancel(&full(&tid(number))).await.expect("it is done");
    }
    drop(client);
    let log = server.finish();
    assert!(log.requests.len() < MANY, "no connection was ever used twice");
    // A machine that stands still for a second ends a burst.
    let shared = log.requests.iter().filter(|request| request.connection == last).count();
    assert!(shared > 10, "only {shared} requests shared the connection");
}

#[tokio::test]
async fn a_server_that_closes_after_every_answer_loses_none() {
    const CALLS: usize = 500;
    let server = Server::start(|mut connection| {
        let Some(request) = connection.request() else { return };
        connection.send(&done(&request));
    });
    let client = client(&server.url(), |_| {});
    for number in 0..CALLS {
        client.cancel(&full(&tid(number))).await.expect("it is done");
    }
    drop(client);
    assert_eq!(server.finish().requests.len(), CALLS);
}

#[tokio::test]
async fn a_connection_that_the_server_closed_is_not_used_again() {
    let closed = Gate::default();
    let on_close = closed.clone();
    let server = Server::start(move |mut connection| {
        let Some(request) = connection.request() else { return };
        connection.send(&done(&request));
        // Ends when the client has seen this side's close and closed its own.
        connection.hang_up();
        on_close.open();
    });
    let client = client(&server.url(), |_| {});
    client.cancel(&full(&tid(1))).await.expect("it is done");
    closed.pass();
    client.cancel(&full(&tid(2))).await.expect("it is done, on a fresh connection");
    drop(client);
    let log = server.finish();
    assert_eq!((log.accepted(), log.requests.len()), (2, 2));
    assert_eq!((log.count(&tid(1)), log.count(&tid(2))), (1, 1));
}

#[tokio::test]
async fn closes_that_race_with_reuse_never_double_a_request() {
    let server = Server::start(|mut connection| {
        let Some(request) = connection.request() else { return };
        connection.send(&done(&request));
        connection.hang_up();
    });
    let client = client(&server.url(), |options| options.connect_retries = 10.into());
    let mut outcomes = Vec::new();
    for number in 0..200 {
        outcomes.push(client.partial_cancel(&partial(&tid(number))).await.map_err(|error| error.outcome()));
    }
    drop(client);
    let log = server.finish();
    for (number, outcome) in outcomes.into_iter().enumerate() {
        let count = log.count(&tid(number));
        match outcome {
            Ok(_) => assert_eq!(count, 1),
            Err(Outcome::NotSent) => assert_eq!(count, 0),
            Err(Outcome::Unknown) => assert!(count <= 1),
            Err(Outcome::Declined) => panic!("nothing was declined"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_calls_at_once_each_arrive_once() {
    const CALLS: usize = 200;
    let all_came = Gate::default();
    let gate = all_came.clone();
    let server = Server::start(move |mut connection| {
        while let Some(request) = connection.request() {
            gate.pass();
            connection.send(&done(&request));
        }
    });
    let client = client(&server.url(), |options| options.connect_timeout = 30.into());
    let call = |client: Client, number| async move { client.partial_cancel(&partial(&tid(number))).await };
    let calls: Vec<_> = (0..CALLS).map(|number| tokio::spawn(call(client.clone(), number))).collect();
    let waiting = server.wait("all calls at once", |log| log.requests.len() >= CALLS);
    assert_eq!(waiting.accepted(), CALLS, "every call waits on a connection of its own");
    all_came.open();
    for (number, call) in calls.into_iter().enumerate() {
        let receipt = call.await.expect("the task goes well").expect("it is done");
        assert_eq!(receipt.tid, tid(number), "an answer went to another call");
    }
    drop(client);
    let log = server.finish();
    assert_eq!(log.requests.len(), CALLS);
    assert!((0..CALLS).all(|number| log.count(&tid(number)) == 1));
}
