//! What fails after the request may have left: the outcome is unknown, and there is never a second request.

use std::time::{Duration, Instant};

use paywelcome::{Argument, Error, ErrorKind, Outcome, PartialCancelReceipt};
use paywelcome_tests::{Connection, GUARD, Log, Server, client, done, http, json, partial, tid};

use crate::{LATE, SOON, assert_error};

/// Makes one partial cancel, the most dangerous to repeat, with every retry allowed.
async fn call(
    limit: Duration,
    script: impl Fn(Connection) + Send + Sync + 'static,
) -> (Result<PartialCancelReceipt, Error>, Log) {
    let server = Server::start(script);
    let client = client(&server.url(), |options| {
        options.timeout = Argument::Fraction(limit.as_secs_f64());
        options.connect_retries = 10.into();
    });
    let asked = partial(&tid(1));
    // A call that outlives its limit would keep its server, and so this test, for ever.
    let result = tokio::time::timeout(limit + LATE, client.partial_cancel(&asked)).await.expect("the call ends");
    drop(client);
    (result, server.finish())
}

/// Makes a call that fails as `kind` after the whole request came, once.
async fn lost(kind: ErrorKind, limit: Duration, script: impl Fn(Connection) + Send + Sync + 'static) -> Error {
    let (result, log) = call(limit, script).await;
    let error = assert_error(result, Outcome::Unknown, kind);
    assert_eq!(log.count(&tid(1)), 1, "the request came exactly once: {log:?}");
    assert_eq!((log.accepted(), log.requests.len(), error.attempts()), (1, 1, 1), "{log:?}");
    assert_eq!(error.timestamp(), Some(log.requests[0].field("timestamp").as_str()), "it names the request sent");
    assert!(error.to_string().contains("unknown") && error.to_string().contains(&tid(1)), "{error}");
    error
}

#[tokio::test]
async fn a_close_after_the_request() {
    lost(ErrorKind::ConnectionLost, GUARD, |mut connection| {
        connection.request();
        connection.hang_up();
    })
    .await;
}

#[tokio::test]
async fn a_reset_after_the_request() {
    lost(ErrorKind::ConnectionLost, GUARD, |mut connection| {
        connection.request();
        connection.reset();
    })
    .await;
}

#[tokio::test]
async fn a_reset_within_the_request() {
    // Reads nothing of the body, so that it is never known how much the other side would have taken.
    let (result, log) = call(GUARD, |mut connection| {
        connection.some_bytes();
        connection.reset();
    })
    .await;
    let error = assert_error(result, Outcome::Unknown, ErrorKind::ConnectionLost);
    assert_eq!((log.accepted(), error.attempts()), (1, 1), "{log:?}");
}

#[tokio::test]
async fn a_close_at_once_is_judged_by_what_came() {
    for _ in 0..50 {
        // Whether the request leaves before the close is seen is a matter of luck; the truth about it is not.
        let (result, log) = call(Duration::from_secs(5), Connection::reset).await;
        let error = result.expect_err("nobody answers");
        match error.outcome() {
            Outcome::NotSent => assert_eq!(log.bytes(), 0, "{error:?} {log:?}"),
            Outcome::Unknown => assert!(log.accepted() >= 1, "{error:?}"),
            Outcome::Declined => panic!("{error:?}"),
        }
    }
}

#[tokio::test]
async fn a_server_that_speaks_first_is_judged_by_what_came() {
    for _ in 0..20 {
        let (result, log) = call(Duration::from_secs(2), |mut connection| {
            connection.send(b"SSH-2.0-OpenSSH_9.6\r\n");
            connection.drain();
        })
        .await;
        let error = result.expect_err("this is not a gateway");
        match error.outcome() {
            Outcome::NotSent => assert_eq!(log.bytes(), 0, "{error:?} {log:?}"),
            Outcome::Unknown => assert!(log.requests.len() <= 1, "{error:?} {log:?}"),
            Outcome::Declined => panic!("{error:?}"),
        }
    }
}

#[tokio::test]
async fn a_stall_after_the_request() {
    let begun = Instant::now();
    lost(ErrorKind::Timeout, Duration::from_secs_f64(SOON), |mut connection| {
        connection.request();
        connection.drain();
    })
    .await;
    assert!(begun.elapsed() < LATE, "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_stall_within_the_head_of_the_answer() {
    let begun = Instant::now();
    lost(ErrorKind::Timeout, Duration::from_secs_f64(SOON), |mut connection| {
        connection.request();
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Ty");
        connection.drain();
    })
    .await;
    assert!(begun.elapsed() < LATE, "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_body_that_drips_beyond_the_deadline() {
    let begun = Instant::now();
    let error = lost(ErrorKind::Timeout, Duration::from_secs_f64(SOON), |mut connection| {
        connection.request();
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{");
        while !connection.is_closed(Duration::from_millis(20)) {
            connection.send(b" ");
        }
    })
    .await;
    assert!(begun.elapsed() < LATE, "{:?}", begun.elapsed());
    assert_eq!(error.http_status(), Some(200), "an answer came, with a status");
}

#[tokio::test]
async fn a_body_shorter_than_its_length() {
    let error = lost(ErrorKind::ConnectionLost, GUARD, |mut connection| {
        connection.request();
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 200\r\n\r\n");
        connection.send(br#"{"ResultCode":"00","ResultMsg":""}"#);
        connection.hang_up();
    })
    .await;
    assert_eq!(error.http_status(), Some(200), "an answer came, with a status");
}

#[tokio::test]
async fn chunks_that_end_too_early() {
    let error = lost(ErrorKind::ConnectionLost, GUARD, |mut connection| {
        connection.request();
        connection.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        connection.send(b"13\r\n{\"ResultCode\":\"01\"}\r\n");
        connection.hang_up();
    })
    .await;
    assert_eq!(error.http_status(), Some(200), "an answer came, with a status");
}

#[tokio::test]
async fn something_else_than_http() {
    for garbage in ["\0\u{1}\u{2}\u{3}\r\n\r\n", "ok\r\n\r\n", "{\"ResultCode\":\"00\"}\r\n\r\n"] {
        lost(ErrorKind::Malformed, GUARD, |mut connection| {
            connection.request();
            connection.send(garbage.as_bytes());
            connection.hang_up();
        })
        .await;
    }
}

#[tokio::test]
async fn a_status_without_a_body_to_read() {
    let error = lost(ErrorKind::Malformed, GUARD, |mut connection| {
        connection.serve(|_| http("200 OK", Some("text/html"), b"<html>00</html>"));
    })
    .await;
    assert_eq!(error.http_status(), Some(200), "an answer came, with a status");
}

#[tokio::test]
async fn a_huge_body() {
    let chunked = |connection: &mut Connection| {
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
        let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x1_0000));
        // It is for the client to have enough, and soon: buffers on the way hold some megabytes.
        for _ in 0..500 {
            if connection.is_closed(Duration::from_millis(1)) {
                return;
            }
            connection.send(chunk.as_bytes());
        }
        panic!("the client took more than 32 megabytes");
    };
    lost(ErrorKind::Malformed, GUARD, move |mut connection| {
        connection.request();
        chunked(&mut connection);
    })
    .await;
    lost(ErrorKind::Malformed, GUARD, |mut connection| {
        connection.request();
        let padded = format!("{}{}", r#"{"ResultCode":"01","ResultMsg":""}"#, " ".repeat(1024 * 1024));
        connection.send(&json(&padded));
        connection.drain();
    })
    .await;
}

#[tokio::test]
async fn redirects_are_never_followed() {
    for status in
        ["301 Moved Permanently", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Permanent Redirect"]
    {
        let elsewhere = Server::start(|mut connection| connection.serve(done));
        let location = format!("{}/cancel/repay", elsewhere.url());
        let error = lost(ErrorKind::Redirect, GUARD, move |mut connection| {
            connection.serve(|_| {
                format!("HTTP/1.1 {status}\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n").into_bytes()
            });
        })
        .await;
        assert_eq!(error.http_status(), status.split(' ').next().and_then(|code| code.parse().ok()));
        assert_eq!(elsewhere.finish().accepted(), 0, "{status} was followed");
    }
}

#[tokio::test]
async fn redirects_to_the_same_server_are_not_followed_either() {
    lost(ErrorKind::Redirect, GUARD, |mut connection| {
        connection.serve(|_| b"HTTP/1.1 307 Again\r\nLocation: /cancel/repay\r\nContent-Length: 0\r\n\r\n".to_vec());
    })
    .await;
}

#[tokio::test]
async fn statuses_that_clients_like_to_repeat() {
    for status in
        ["408 Request Timeout", "421 Misdirected Request", "425 Too Early", "429 Too Many Requests", "503 Busy"]
    {
        let error = lost(ErrorKind::HttpStatus, GUARD, move |mut connection| {
            connection.serve(|_| {
                format!("HTTP/1.1 {status}\r\nRetry-After: 0\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
                    .into_bytes()
            });
        })
        .await;
        assert_eq!(error.http_status(), status.split(' ').next().and_then(|code| code.parse().ok()));
    }
}

#[tokio::test]
async fn an_error_status_whose_body_never_ends() {
    let begun = Instant::now();
    let error = lost(ErrorKind::HttpStatus, Duration::from_secs_f64(SOON), |mut connection| {
        connection.request();
        connection.send(b"HTTP/1.1 500 Oops\r\nContent-Length: 100\r\n\r\n{");
        connection.drain();
    })
    .await;
    assert!(begun.elapsed() < LATE, "{:?}", begun.elapsed());
    assert_eq!(error.http_status(), Some(500));
}

#[tokio::test]
async fn an_upgrade_that_nobody_asked_for() {
    let (result, log) = call(Duration::from_secs(5), |mut connection| {
        connection.request();
        connection.send(b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: foo\r\n\r\n");
        connection.hang_up();
    })
    .await;
    assert_eq!(result.expect_err("this is not an answer").outcome(), Outcome::Unknown);
    assert_eq!((log.accepted(), log.requests.len()), (1, 1));
}
