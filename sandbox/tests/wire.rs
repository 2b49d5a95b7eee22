//! HTTP as it is on the wire: reuse, packets, chunks, limits and nonsense.
#![allow(clippy::unwrap_used)]

mod support;

use paywelcome_sandbox::Approval;
use support::{Wire, full, head, part, post, sandbox};

#[test]
fn a_connection_is_kept_for_many_requests() {
    let sandbox = sandbox();
    let tid = sandbox.approve(Approval::new(1_000)).unwrap();
    let mut wire = Wire::to(&sandbox);
    for left in (900..1_000).rev() {
        let reply = wire.ask("/cancel/repay", &part(&tid, 1, left));
        assert_eq!(reply.code(), "00");
        assert_eq!(reply.header("connection"), None);
    }
    let requests = sandbox.requests();
    assert_eq!(requests.len(), 100);
    assert!(requests.iter().all(|request| request.peer == wire.peer()));
    assert_eq!((sandbox.executions(), sandbox.request_count()), (100, 100));
}

#[test]
fn a_refusal_of_the_request_keeps_the_connection() {
    let sandbox = sandbox();
    let mut wire = Wire::to(&sandbox);
    for (text, status) in [
        (post("/nowhere", "a=b"), 404),
        (post("/cancel/cancel?a=b", "a=b"), 400),
        ("GET /cancel/repay HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(), 405),
        ("POST /cancel/repay HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}".to_owned(), 415),
        (post("http://sandbox/cancel/repay", "a=b"), 200),
        (post("/cancel/repay", ""), 200),
    ] {
        wire.send(&text);
        let reply = wire.read();
        assert_eq!(reply.status, status, "{text}");
        assert_eq!(reply.header("x-paywelcome-sandbox"), Some("1"));
        assert_eq!(reply.header("allow"), (status == 405).then_some("POST"));
    }
    wire.send("HEAD /cancel/repay HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_eq!(wire.read_head().status, 405);
    assert_eq!(wire.ask("/cancel/repay", "a=b").code(), "SBX103");
    assert_eq!(sandbox.requests().len(), 8);
    assert_eq!(sandbox.request_count(), 7);
}

#[test]
fn requests_sent_ahead_are_answered_in_order() {
    let sandbox = sandbox();
    let tid = sandbox.approve(Approval::new(10)).unwrap();
    let mut wire = Wire::to(&sandbox);
    let ahead: String = (0..10).rev().map(|left| post("/cancel/repay", &part(&tid, 1, left))).collect();
    wire.send(&ahead);
    for left in (0..10).rev() {
        let reply = wire.read();
        assert_eq!(reply.json()["RmainPrice"], left.to_string());
    }
    assert_eq!(sandbox.payment(&tid).unwrap().remaining, 0);
}

#[test]
fn packets_may_be_cut_anywhere() {
    let sandbox = sandbox();
    let tid = sandbox.approve(Approval::new(1_000)).unwrap();
    let mut wire = Wire::to(&sandbox);
    for byte in post("/cancel/cancel", &full(&tid, 1_000)).chars() {
        wire.send(byte.encode_utf8(&mut [0; 4]));
    }
    assert_eq!(wire.read().code(), "00");
}

#[test]
fn chunked_bodies_are_put_together() {
    let sandbox = sandbox();
    let tid = sandbox.approve(Approval::new(1_000)).unwrap();
    let mut wire = Wire::to(&sandbox);
    let body = full(&tid, 1_000);
    let (first, second) = body.split_at(17);
    let chunks =
        format!("{:x};a=b\r\n{first}\r\n{:X}\r\n{second}\r\n0\r\nTrailer: x\r\n\r\n", first.len(), second.len());
    wire.send(&head("/cancel/cancel", "Transfer-Encoding: chunked\r\n"));
    wire.send(&chunks);
    assert_eq!(wire.read().code(), "00");
    // The connection continues right behind the trailers.
    assert_eq!(wire.ask("/cancel/cancel", &body).code(), "SBX401");
}

#[test]
fn the_body_is_asked_for_where_the_client_waits_for_that() {
    let sandbox = sandbox();
    let tid = sandbox.approve(Approval::new(1_000)).unwrap();
    let body = full(&tid, 1_000);
    let length = format!("Content-Length: {}\r\nExpect: 100-continue\r\n", body.len());
    let mut wire = Wire::to(&sandbox);
    wire.send(&head("/cancel/cancel", &length));
    assert_eq!(wire.read_head().head, "HTTP/1.1 100 Continue\r\n\r\n");
    wire.send(&body);
    assert_eq!(wire.read().code(), "00");

    // Refused by the head alone: the body is never asked for.
    for (path, more, status) in [
        ("/nowhere", length.as_str(), 404),
        ("/cancel/cancel", "Content-Length: 99999\r\nExpect: 100-continue\r\n", 413),
        ("/cancel/cancel", "Content-Length: 9\r\nExpect: a-miracle\r\n", 417),
    ] {
        let mut wire = Wire::to(&sandbox);
        wire.send(&head(path, more));
        let reply = wire.read();
        assert_eq!((reply.status, reply.header("connection")), (status, Some("close")));
        assert!(wire.ended());
    }
    assert_eq!(sandbox.executions(), 1);
}

#[test]
fn the_client_may_ask_for_the_end() {
    let sandbox = sandbox();
    let body = full("t", 1);
    let length = format!("Content-Length: {}\r\n", body.len());
    let close = head("/cancel/cancel", &format!("{length}Connection: close\r\n"));
    let old = head("/cancel/cancel", &length).replace("HTTP/1.1", "HTTP/1.0");
    for text in [close, old] {
        let mut wire = Wire::to(&sandbox);
        wire.send(&format!("{text}{body}"));
        let reply = wire.read();
        assert_eq!(reply.code(), "SBX301");
        assert_eq!(reply.header("connection"), Some("close"));
        assert!(wire.ended());
    }
}

#[test]
fn nonsense_is_refused_and_the_connection_closed() {
    let sandbox = sandbox();
    let tid = sandbox.approve(Approval::new(1_000)).unwrap();
    let body = full(&tid, 1_000);
    let length = body.len();
    let behind = |more: &str| head("/cancel/cancel", more) + &body;
    for (text, status) in [
        ("\u{16}\u{3}\u{1}\u{2}\0\u{1}\0".to_owned(), 400),
        ("hello\r\n\r\n".to_owned(), 400),
        (post("/cancel/cancel", &body).replace("HTTP/1.1", "HTTP/3.0"), 505),
        (post("/cancel/cancel", &body).replace("Host", "Guest"), 400),
        (behind(&format!("Content-Length: {length}\r\nContent-Length: 1\r\n")), 400),
        (behind(&format!("Content-Length: {length}\r\nTransfer-Encoding: chunked\r\n")), 400),
        (behind("Transfer-Encoding: gzip\r\n"), 501),
        (behind("Transfer-Encoding: chunked\r\n"), 400),
        (behind("Transfer-Encoding: chunked\r\n\r\n"), 400),
        (behind(&format!("A: {}\r\n", "a".repeat(17_000))), 431),
        (behind(&"A: b\r\n".repeat(65)), 431),
        (post("/cancel/cancel", &format!("{body}&a={}", "a".repeat(17_000))), 413),
        (
            head("/cancel/cancel", "Transfer-Encoding: chunked\r\n")
                + &format!("{:x}\r\n{}", 17_000, "a".repeat(17_000)),
            413,
        ),
        (head("/cancel/cancel", "Transfer-Encoding: chunked\r\n") + &"1\r\na\r\n".repeat(17_000), 413),
    ] {
        let mut wire = Wire::to(&sandbox);
        wire.send_in_vain(&text);
        wire.send_in_vain("and more that nobody wants");
        let reply = wire.read();
        let what: String = text.chars().take(200).collect();
        assert_eq!(reply.status, status, "{what:?}");
        assert_eq!(reply.header("connection"), Some("close"));
        assert_eq!(reply.header("x-paywelcome-sandbox"), Some("1"));
        wire.finish();
        assert!(wire.ended());
    }
    assert_eq!(sandbox.executions(), 0);
}

#[test]
fn what_never_arrives_whole_is_never_executed() {
    let sandbox = sandbox();
    let tid = sandbox.approve(Approval::new(1_000)).unwrap();
    let text = post("/cancel/cancel", &full(&tid, 1_000));
    for end in [1, 40, text.len() - 100, text.len() - 1] {
        let mut wire = Wire::to(&sandbox);
        wire.send(&text[..end]);
        wire.finish();
        assert!(wire.ended());
    }
    assert_eq!((sandbox.executions(), sandbox.request_count()), (0, 0));
    assert_eq!(sandbox.payment(&tid).unwrap().remaining, 1_000);
}
