//! Time limits hold to the moment, wherever a call is held up, and what they mean for the money is right.
//!
//! A busy machine wakes everybody late: so each call is compared with a sleep of the same length beside it.
// What was measured is worth a look: `--nocapture` shows it.
#![allow(clippy::print_stdout)]

use std::net::Ipv4Addr;
use std::pin::pin;
use std::time::{Duration, Instant};

use paywelcome::{Argument, Client, Error, ErrorKind, Outcome};
use paywelcome_tests::{Connection, Port, Server, client, full, tid};
use tokio::net::{TcpSocket, TcpStream};

use crate::{assert_error, in_time};

/// How long each call may take, in seconds.
const LIMIT: f64 = 1.0;
/// How much later than the sleep beside it a call may end; measured are a few milliseconds.
const LATER: Duration = Duration::from_millis(800);

/// Makes a call that ends by its limit, neither before nor much after the sleep beside it.
async fn late(client: &Client, what: &str, outcome: Outcome, kind: ErrorKind) -> Error {
    let limit = Duration::from_secs_f64(LIMIT);
    let mut request = full(&tid(1));
    request.timeout = Argument::Fraction(LIMIT);
    let begun = Instant::now();
    let beside = std::thread::spawn(move || {
        std::thread::sleep(limit);
        begun.elapsed()
    });
    let result = in_time(client.cancel(&request)).await;
    let took = begun.elapsed();
    let slept = beside.join().expect("sleeping goes well");
    println!("{what}: {:.1} ms after the limit, a sleep {:.1} ms", over(took), over(slept));
    assert!(took >= limit, "{what}: ended after {took:?}");
    assert!(took < slept + LATER, "{what}: took {took:?}, where a sleep took {slept:?}");
    assert_error(result, outcome, kind)
}

fn over(took: Duration) -> f64 {
    (took.as_secs_f64() - LIMIT) * 1_000.0
}

/// Writes `bytes` one by one for as long as the other side listens.
fn drip(mut connection: Connection, bytes: &[u8]) {
    for byte in bytes.iter().chain(std::iter::repeat(&b' ')) {
        if connection.is_closed(Duration::from_millis(15)) {
            return;
        }
        connection.send(&[*byte]);
    }
}

#[tokio::test]
async fn a_head_that_drips() {
    let server = Server::start(|mut connection| {
        connection.request();
        drip(connection, b"HTTP/1.1 200 OK\r\nX-Slow: ");
    });
    let client = client(&server.url(), |_| {});
    late(&client, "a dripping head", Outcome::Unknown, ErrorKind::Timeout).await;
    drop(client);
    assert_eq!(server.finish().count(&tid(1)), 1);
}

#[tokio::test]
async fn a_body_that_drips() {
    for framing in ["Content-Length: 9000", "Connection: close"] {
        let server = Server::start(move |mut connection| {
            connection.request();
            connection.send(format!("HTTP/1.1 200 OK\r\n{framing}\r\n\r\n").as_bytes());
            drip(connection, br#"{"ResultCode":"01","ResultMsg":"no"}"#);
        });
        let client = client(&server.url(), |_| {});
        let error = late(&client, "a dripping body", Outcome::Unknown, ErrorKind::Timeout).await;
        assert_eq!(error.http_status(), Some(200));
        drop(client);
        assert_eq!(server.finish().count(&tid(1)), 1);
    }
}

#[tokio::test]
async fn a_handshake_that_drips() {
    // The header of a handshake record of 16,000 bytes, and then byte after byte of it.
    let server = Server::start(|connection| drip(connection, &[0x16, 3, 3, 0x3e, 0x80, 2, 0, 0x3e, 0x7c]));
    let client = client(&server.https_url(), |options| options.connect_timeout = 60.into());
    late(&client, "a dripping handshake", Outcome::NotSent, ErrorKind::Timeout).await;
    drop(client);
    assert!(server.finish().requests.is_empty());
}

#[tokio::test]
async fn a_tunnel_that_drips() {
    let proxy = Server::start(|mut connection| {
        connection.request();
        drip(connection, b"HTTP/1.1 200 Connection established\r\nX-Slow: ");
    });
    let client = client("https://gateway.invalid", |options| {
        options.proxy = proxy.url().into();
        options.connect_timeout = 60.into();
    });
    late(&client, "a dripping tunnel", Outcome::NotSent, ErrorKind::Timeout).await;
    drop(client);
    let log = proxy.finish();
    assert_eq!((log.accepted(), log.requests.len()), (1, 1));
}

/// A listener that never accepts, with as many connections as it can hold: what comes now is never answered.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn an_address_that_swallows_everything() {
    let hole = TcpSocket::new_v4().expect("there is a free socket");
    hole.bind((Ipv4Addr::LOCALHOST, 0).into()).expect("loopback has a free port");
    let hole = hole.listen(0).expect("the port is ours");
    let address = hole.local_addr().expect("a listener has an address");
    // Linux holds one more than it is told to; the second is never answered.
    let first = TcpStream::connect(address).await.expect("there is room for one");
    let mut second = pin!(TcpStream::connect(address));
    assert!(tokio::time::timeout(Duration::from_millis(300), second.as_mut()).await.is_err(), "there is room for more");
    let client = client(&format!("http://{address}"), |options| options.connect_timeout = 60.into());
    let error = late(&client, "a black hole", Outcome::NotSent, ErrorKind::Timeout).await;
    assert_eq!(error.attempts(), 1);
    // By the connect timeout, each attempt has its own; the pause after the second goes beyond the limit.
    let client = paywelcome_tests::client(&format!("http://{address}"), |options| {
        options.timeout = Argument::Fraction(LIMIT);
        options.connect_timeout = Argument::Fraction(0.4);
        options.connect_retries = 10.into();
    });
    let begun = Instant::now();
    let error = assert_error(in_time(client.cancel(&full(&tid(1)))).await, Outcome::NotSent, ErrorKind::Timeout);
    assert!(begun.elapsed() < Duration::from_secs_f64(LIMIT) + LATER, "{:?}", begun.elapsed());
    assert!(error.attempts() <= 2, "{error:?}");
    drop(first);
}

/// The limit ends a call at once where the next pause does not fit in: there is nothing left to wait for.
#[tokio::test]
async fn a_limit_within_a_pause() {
    let port = Port::take();
    let client = client(&port.url(), |options| options.connect_retries = 10.into());
    let mut request = full(&tid(1));
    request.timeout = Argument::Fraction(LIMIT);
    let begun = Instant::now();
    let error = assert_error(in_time(client.cancel(&request)).await, Outcome::NotSent, ErrorKind::Connect);
    assert!(begun.elapsed() < Duration::from_secs_f64(LIMIT) + LATER);
    assert!(error.attempts() <= 4, "{error:?}");
    // A port that opens later has nobody left to come.
    drop(client);
    assert_eq!(port.open(|mut connection| connection.drain()).finish().accepted(), 0);
}
