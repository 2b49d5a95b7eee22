//! What fails before the request leaves: nothing of it is at the server, and it is tried again within the limits.

use std::time::Instant;

use paywelcome::{Argument, ClientOptions, ErrorKind, Outcome};
use paywelcome_tests::{Connection, Log, Port, Server, client, full, tid};

use crate::{LATE, SOON, assert_error, in_time};

/// Nothing in `log` is part of a cancel: neither its path nor any field of the form.
fn assert_nothing_of_a_cancel(log: &Log) {
    assert!(log.requests.iter().all(|request| request.method == "CONNECT" && request.body.is_empty()), "{log:?}");
    for bytes in &log.received {
        let text = String::from_utf8_lossy(bytes);
        assert!(!text.contains("/cancel/") && !text.contains("signature") && !text.contains(&tid(1)), "{text}");
    }
}

#[tokio::test]
async fn a_refused_port() {
    for retries in [0, 1, 3] {
        let port = Port::take();
        let client = client(&port.url(), |options| options.connect_retries = retries.into());
        let error = assert_error(client.cancel(&full(&tid(1))).await, Outcome::NotSent, ErrorKind::Connect);
        assert_eq!(error.attempts(), u32::try_from(retries).expect("it is small") + 1);
        assert_eq!((error.operation(), error.tid()), (Some("cancel"), Some(tid(1).as_str())));
        assert!(error.timestamp().is_some(), "the last attempt was signed");
        assert!(error.http_status().is_none() && error.result_code().is_none() && error.raw().is_none());
        drop(client);
        // The port was refusing all the time: what opens only now has seen nothing.
        let log = port.open(|mut connection| connection.drain()).finish();
        assert_eq!(log.accepted(), 0);
    }
}

#[tokio::test]
async fn a_port_that_opens_between_two_attempts() {
    let port = Port::take();
    let refused = client(&port.url(), |options| options.connect_retries = 0.into());
    let client = client(&port.url(), |options| {
        options.connect_retries = 10.into();
        options.timestamp_format = "epoch_ms".into();
    });
    let call = tokio::spawn(async move { client.cancel(&full(&tid(1))).await });
    tokio::task::yield_now().await;
    // All calls run on one thread: when several that began later have failed one after another, so has the first
    // attempt of this one.
    for _ in 0..20 {
        assert_error(refused.cancel(&full(&tid(2))).await, Outcome::NotSent, ErrorKind::Connect);
    }
    let before = now_ms();
    let server = port.open(|mut connection| connection.serve(paywelcome_tests::done));
    let receipt = call.await.expect("the task goes well").expect("the second attempt or a later one arrives");
    assert_eq!(receipt.price, 12_000);
    drop(refused);
    let log = server.finish();
    assert_eq!((log.requests.len(), log.count(&tid(1))), (1, 1), "{log:?}");
    // It was signed when it was sent, and not when it was first tried.
    let request = &log.requests[0];
    let posted = request.field("timestamp");
    let signed_at: u128 = posted.parse().expect("a timestamp in milliseconds is a number");
    assert!((before..=now_ms()).contains(&signed_at), "signed at {signed_at}, the port opened at {before}");
    assert_eq!(request.field("signature"), paywelcome_tests::signature(&posted));
}

fn now_ms() -> u128 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.expect("the clock is after 1970").as_millis()
}

#[tokio::test]
async fn a_name_that_does_not_resolve() {
    let client = client("https://no-such-host.invalid", |options| {
        options.trust_env = false.into();
        options.connect_timeout = 30.into();
        options.timeout = 60.into();
        options.connect_retries = 1.into();
    });
    let error = assert_error(client.cancel(&full(&tid(1))).await, Outcome::NotSent, ErrorKind::Dns);
    assert_eq!(error.attempts(), 2);
}

/// Calls an https gateway behind `script`, with one retry, and gives the log of a failure of `kind`.
async fn tls_failure(kind: ErrorKind, script: fn(Connection)) -> Log {
    let server = Server::start(script);
    let client = client(&server.https_url(), |options| options.connect_retries = 1.into());
    let error = assert_error(client.cancel(&full(&tid(1))).await, Outcome::NotSent, kind);
    assert_eq!(error.attempts(), 2);
    drop(client);
    let log = server.finish();
    assert_nothing_of_a_cancel(&log);
    assert_eq!(log.accepted(), 2, "each attempt is one connection");
    log
}

#[tokio::test]
async fn tls_to_a_server_that_speaks_plain_text() {
    tls_failure(ErrorKind::Tls, |mut connection| {
        connection.some_bytes();
        connection.send(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
        connection.hang_up();
    })
    .await;
}

#[tokio::test]
async fn tls_that_the_server_breaks_off() {
    let hang_up: fn(Connection) = |mut connection| {
        connection.some_bytes();
        connection.hang_up();
    };
    let reset: fn(Connection) = |mut connection| {
        connection.some_bytes();
        connection.reset();
    };
    for script in [hang_up, reset] {
        let log = tls_failure(ErrorKind::Tls, script).await;
        assert!(log.received.iter().all(|bytes| bytes.first() == Some(&0x16)), "a handshake began");
    }
}

#[tokio::test]
async fn a_tls_alert() {
    // A fatal alert: handshake_failure.
    tls_failure(ErrorKind::Tls, |mut connection| {
        connection.some_bytes();
        connection.send(&[0x15, 3, 3, 0, 2, 2, 40]);
        connection.hang_up();
    })
    .await;
}

#[tokio::test]
async fn a_handshake_that_stalls_ends_by_the_connect_timeout() {
    let server = Server::start(|mut connection| connection.drain());
    let client = client(&server.https_url(), |options| {
        options.connect_timeout = Argument::Fraction(SOON);
        options.connect_retries = 1.into();
        options.timeout = 20.into();
    });
    let begun = Instant::now();
    let error = assert_error(in_time(client.cancel(&full(&tid(1)))).await, Outcome::NotSent, ErrorKind::Timeout);
    assert!(begun.elapsed() < LATE, "{:?}", begun.elapsed());
    assert_eq!(error.attempts(), 2);
    drop(client);
    let log = server.finish();
    assert_nothing_of_a_cancel(&log);
    assert_eq!(log.accepted(), 2);
}

#[tokio::test]
async fn a_handshake_that_stalls_ends_by_the_deadline() {
    let server = Server::start(|mut connection| connection.drain());
    let client = client(&server.https_url(), |options| {
        options.connect_timeout = 60.into();
        options.timeout = Argument::Fraction(SOON);
        options.connect_retries = 5.into();
    });
    let begun = Instant::now();
    let error = assert_error(in_time(client.cancel(&full(&tid(1)))).await, Outcome::NotSent, ErrorKind::Timeout);
    assert!(begun.elapsed() < LATE, "{:?}", begun.elapsed());
    assert_eq!(error.attempts(), 1, "no time is left for another");
    drop(client);
    let log = server.finish();
    assert_nothing_of_a_cancel(&log);
    assert_eq!(log.accepted(), 1);
}

#[tokio::test]
async fn retries_never_outlive_the_deadline() {
    let port = Port::take();
    let client = client(&port.url(), |options| {
        // Between the last pause that fits in and the limit a busy machine has half a second and more.
        options.timeout = Argument::Fraction(1.4);
        options.connect_retries = 10.into();
    });
    let begun = Instant::now();
    let error = assert_error(in_time(client.cancel(&full(&tid(1)))).await, Outcome::NotSent, ErrorKind::Connect);
    assert!(begun.elapsed() < LATE, "{:?}", begun.elapsed());
    // Pauses of 100, 200, 400 and 800 milliseconds: the fourth does not fit in.
    assert!((1..=4).contains(&error.attempts()), "{error:?}");
}

/// Calls a gateway that cannot be resolved here, with one retry, through a proxy that runs `script`.
async fn proxy_failure(kind: ErrorKind, attempts: u32, change: fn(&mut ClientOptions), script: fn(Connection)) -> Log {
    let proxy = Server::start(script);
    let client = client("https://gateway.invalid", |options| {
        options.proxy = proxy.url().into();
        options.connect_retries = 1.into();
        change(options);
    });
    let error = assert_error(client.cancel(&full(&tid(1))).await, Outcome::NotSent, kind);
    assert_eq!(error.attempts(), attempts);
    assert!(error.http_status().is_none(), "a proxy's status is not the gateway's");
    drop(client);
    let log = proxy.finish();
    assert_nothing_of_a_cancel(&log);
    assert_eq!(u32::try_from(log.accepted()), Ok(attempts));
    for request in &log.requests {
        assert_eq!((request.method.as_str(), request.target.as_str()), ("CONNECT", "gateway.invalid:443"));
    }
    log
}

#[tokio::test]
async fn a_proxy_that_refuses_the_tunnel() {
    let forbidden: fn(Connection) = |mut connection| {
        connection.request();
        connection.send(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
        connection.hang_up();
    };
    let unauthorised: fn(Connection) = |mut connection| {
        connection.request();
        connection.send(b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n");
        connection.hang_up();
    };
    let bad_gateway: fn(Connection) = |mut connection| {
        connection.request();
        connection.send(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n");
        connection.hang_up();
    };
    for script in [forbidden, unauthorised, bad_gateway] {
        // Wrong credentials that are shown again and again may lock an account.
        let log = proxy_failure(ErrorKind::Proxy, 1, |_| {}, script).await;
        assert_eq!(log.requests.len(), 1);
    }
}

#[tokio::test]
async fn a_proxy_that_breaks_off() {
    let hang_up: fn(Connection) = |mut connection| {
        connection.request();
        connection.hang_up();
    };
    let reset: fn(Connection) = |mut connection| {
        connection.request();
        connection.reset();
    };
    // Some proxies refuse by hanging up after the request for a tunnel was read.
    for (script, attempts) in [(hang_up, 1), (reset, 2)] {
        proxy_failure(ErrorKind::Proxy, attempts, |_| {}, script).await;
    }
}

#[tokio::test]
async fn a_proxy_that_stalls() {
    let soon: fn(&mut ClientOptions) = |options| options.connect_timeout = Argument::Fraction(SOON);
    proxy_failure(ErrorKind::Timeout, 2, soon, |mut connection| connection.drain()).await;
}

#[tokio::test]
async fn a_tunnel_to_something_that_speaks_no_tls() {
    proxy_failure(
        ErrorKind::Tls,
        2,
        |_| {},
        |mut connection| {
            connection.request();
            connection.send(b"HTTP/1.1 200 Connection established\r\n\r\n");
            connection.some_bytes();
            connection.send(b"what do you mean?\r\n");
            connection.hang_up();
        },
    )
    .await;
}

#[tokio::test]
async fn a_proxy_that_is_not_there() {
    let port = Port::take();
    for proxy in [port.url(), "http://no-such-proxy.invalid:3128".to_owned()] {
        let client = client("https://gateway.invalid", |options| {
            options.proxy = proxy.as_str().into();
            options.connect_timeout = 30.into();
            options.timeout = 60.into();
            options.connect_retries = 1.into();
        });
        let error = assert_error(client.cancel(&full(&tid(1))).await, Outcome::NotSent, ErrorKind::Proxy);
        assert_eq!(error.attempts(), 2);
    }
}
