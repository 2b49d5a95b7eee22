//! Every fault at both endpoints: the wire never tells whether the money moved, and the ledger always does.
#![allow(clippy::unwrap_used)]

mod support;

use paywelcome_sandbox::{Approval, Sandbox};
use serde_json::{Value, json};
use support::{Wire, frozen, full, head, part, post, until};

/// Every fault whose exchange ends by itself, in a request that asks for the end.
fn kinds() -> Vec<Value> {
    vec![
        json!({"kind": "close"}),
        json!({"kind": "close", "after_bytes": 30}),
        json!({"kind": "close", "after_bytes": 100_000}),
        json!({"kind": "reset"}),
        json!({"kind": "stall", "ms": 1}),
        json!({"kind": "stall", "ms": 1, "after_bytes": 150}),
        json!({"kind": "stall"}),
        json!({"kind": "stall", "after_bytes": 200}),
        json!({"kind": "trickle", "bytes": 100, "ms": 1}),
        json!({"kind": "truncated_json"}),
        json!({"kind": "truncated_json", "bytes": 3}),
        json!({"kind": "length_too_long"}),
        json!({"kind": "length_too_short", "by": 1}),
        json!({"kind": "empty_body"}),
        json!({"kind": "html"}),
        json!({"kind": "redirect", "status": 301, "location": "http://127.0.0.1:1/"}),
        json!({"kind": "redirect", "status": 302, "location": "http://127.0.0.1:1/"}),
        json!({"kind": "redirect", "status": 303, "location": "/cancel/cancel"}),
        json!({"kind": "redirect", "status": 307, "location": "http://127.0.0.1:1/"}),
        json!({"kind": "redirect", "status": 308, "location": "http://127.0.0.1:1/"}),
        json!({"kind": "status", "status": 400}),
        json!({"kind": "status", "status": 403, "body": "html"}),
        json!({"kind": "status", "status": 500, "body": "receipt"}),
        json!({"kind": "status", "status": 502, "body": "empty"}),
        json!({"kind": "status", "status": 599}),
        json!({"kind": "missing_key"}),
        json!({"kind": "missing_key", "key": "Price"}),
        json!({"kind": "result_code"}),
        json!({"kind": "letter_case"}),
        json!({"kind": "letter_case", "case": "upper"}),
        json!({"kind": "duplicate_key"}),
        json!({"kind": "duplicate_key", "key": "ResultCode", "conflicting": true}),
        json!({"kind": "bom"}),
        json!({"kind": "euc_kr"}),
        json!({"kind": "numbers"}),
        json!({"kind": "wrong_amount"}),
        json!({"kind": "wrong_amount", "by": -1}),
        json!({"kind": "wrong_remaining"}),
        json!({"kind": "wrong_tid"}),
        json!({"kind": "huge_body", "bytes": 300_000}),
    ]
}

#[expect(clippy::needless_pass_by_value, reason = "the calls read better so")]
fn arm(sandbox: &Sandbox, fault: &Value, more: Value) -> Value {
    let mut arguments = fault.clone();
    for (name, value) in more.as_object().unwrap() {
        arguments[name] = value.clone();
    }
    sandbox.command("arm", arguments).unwrap()
}

/// One exchange on a connection of its own, as bytes.
fn exchange(sandbox: &Sandbox, fault: &Value, path: &str, body: &str) -> (Vec<u8>, bool) {
    let mut wire = Wire::to(sandbox);
    let length = format!("Content-Length: {}\r\nConnection: close\r\n", body.len());
    let arrived = sandbox.request_count();
    wire.send(&(head(path, &length) + body));
    if fault["kind"] == "stall" && fault["ms"].is_null() {
        // Nothing ends it but the client.
        until(sandbox, |sandbox| sandbox.request_count() > arrived);
        wire.finish();
    }
    wire.read_to_end()
}

#[test]
fn before_after_and_late_are_the_same_on_the_wire_and_not_in_the_ledger() {
    for fault in kinds() {
        for path in ["/cancel/cancel", "/cancel/repay"] {
            if path == "/cancel/cancel" && fault["kind"] == "wrong_remaining" {
                continue;
            }
            let sandbox = frozen();
            let body = |tid: &str| if path == "/cancel/cancel" { full(tid, 1_000) } else { part(tid, 400, 600) };
            let remaining = if path == "/cancel/cancel" { 0 } else { 600 };
            let left = |tid: &str| sandbox.payment(tid).unwrap().remaining;

            let tid = sandbox.approve(Approval::new(1_000)).unwrap();
            arm(&sandbox, &fault, json!({"when": "before_applying"}));
            let before = exchange(&sandbox, &fault, path, &body(&tid));
            assert_eq!((left(&tid), sandbox.executions()), (1_000, 0), "{fault} {path}");
            arm(&sandbox, &fault, json!({"when": "after_applying"}));
            let after = exchange(&sandbox, &fault, path, &body(&tid));
            assert_eq!((left(&tid), sandbox.executions()), (remaining, 1), "{fault} {path}");
            assert_eq!(before, after, "{fault} {path}");

            let tid = sandbox.approve(Approval::new(1_000)).unwrap();
            arm(&sandbox, &fault, json!({"when": "before_applying"}));
            let before = exchange(&sandbox, &fault, path, &body(&tid));
            arm(&sandbox, &fault, json!({"when": "late", "late_ms": 0}));
            let late = exchange(&sandbox, &fault, path, &body(&tid));
            until(&sandbox, |sandbox| sandbox.payment(&tid).unwrap().remaining == remaining);
            assert_eq!(sandbox.executions(), 2);
            assert_eq!(before, late, "{fault} {path}");

            let requests = sandbox.requests();
            let met: Vec<_> = requests.iter().map(|request| request.fault.clone().unwrap().when).collect();
            assert_eq!(met, ["before_applying", "after_applying", "before_applying", "late"]);
            assert!(requests.iter().all(|request| request.result_code.as_deref() == Some("00")));
            let moved: Vec<_> = requests.iter().map(|request| request.executed).collect();
            assert_eq!(moved, [false, true, false, true]);
            let told = requests[0].sent.bytes();
            let cut = after.0.len().min(told.len());
            assert_eq!(told[..cut], after.0[..cut], "the journal has what was sent: {fault}");
        }
    }
}

#[test]
fn each_fault_shows_what_it_is_called() {
    let sandbox = frozen();
    let answer = |fault: Value| {
        let tid = sandbox.approve(Approval::new(1_000)).unwrap();
        arm(&sandbox, &fault, json!({"when": "before_applying", "tid": tid}));
        let (bytes, reset) = exchange(&sandbox, &fault, "/cancel/repay", &part(&tid, 400, 600));
        (String::from_utf8_lossy(&bytes).into_owned(), reset)
    };
    for (fault, start, words) in [
        (json!({"kind": "stall", "ms": 1}), "HTTP/1.1 200 OK\r\n", "\"ResultCode\":\"00\""),
        (json!({"kind": "html"}), "HTTP/1.1 200 OK\r\n", "text/html"),
        (
            json!({"kind": "redirect", "status": 307, "location": "http://x/"}),
            "HTTP/1.1 307 ",
            "Location: http://x/\r\n",
        ),
        (json!({"kind": "status", "status": 503}), "HTTP/1.1 503 ", "error"),
        (json!({"kind": "result_code"}), "HTTP/1.1 200 OK\r\n", "\"ResultCode\":\"0000\""),
        (json!({"kind": "letter_case"}), "HTTP/1.1 200 OK\r\n", "\"resultcode\":\"00\""),
        (json!({"kind": "euc_kr"}), "HTTP/1.1 200 OK\r\n", "charset=euc-kr"),
        (json!({"kind": "numbers"}), "HTTP/1.1 200 OK\r\n", "\"Price\":400,\"RmainPrice\":600"),
        (json!({"kind": "wrong_amount"}), "HTTP/1.1 200 OK\r\n", "\"Price\":\"401\""),
        (json!({"kind": "wrong_remaining"}), "HTTP/1.1 200 OK\r\n", "\"RmainPrice\":\"601\""),
        (json!({"kind": "huge_body", "bytes": 300_000}), "HTTP/1.1 200 OK\r\n", "Content-Length: 300000\r\n"),
    ] {
        let (text, reset) = answer(fault.clone());
        assert!(text.starts_with(start) && text.contains(words) && !reset, "{fault}: {text}");
        assert!(text.contains("X-Paywelcome-Sandbox: 1\r\n"));
    }
    assert_eq!(answer(json!({"kind": "close"})), (String::new(), false));
    assert_eq!(answer(json!({"kind": "reset"})), (String::new(), true));
    assert_eq!(answer(json!({"kind": "stall"})), (String::new(), false));
}

#[test]
fn a_late_request_is_judged_when_it_is_applied() {
    let sandbox = frozen();
    let tid = sandbox.approve(Approval::new(1_000)).unwrap();
    let stall = json!({"kind": "stall"});
    arm(&sandbox, &stall, json!({"when": "late", "late_ms": 1}));
    let mut wire = Wire::to(&sandbox);
    wire.send(&post("/cancel/repay", &part(&tid, 400, 600)));
    until(&sandbox, |sandbox| sandbox.request_count() == 1);
    // Somebody takes everything while it hangs.
    assert_eq!(Wire::to(&sandbox).ask("/cancel/cancel", &full(&tid, 1_000)).code(), "00");
    drop(wire);
    until(&sandbox, |sandbox| sandbox.requests()[0].ended == Some("client_gone"));
    // What would come after the late one has to wait behind it.
    let next = sandbox.approve(Approval::new(1_000)).unwrap();
    arm(&sandbox, &json!({"kind": "close"}), json!({"when": "late", "late_ms": 50}));
    exchange(&sandbox, &json!({"kind": "close"}), "/cancel/cancel", &full(&next, 1_000));
    until(&sandbox, |sandbox| sandbox.payment(&next).unwrap().remaining == 0);
    assert_eq!((sandbox.payment(&tid).unwrap().cancels.len(), sandbox.executions()), (1, 2));
    let requests = sandbox.requests();
    assert_eq!((requests[0].executed, requests[0].executed_late.as_deref()), (false, None));
    assert_eq!((requests[2].executed, requests[2].executed_late.as_deref()), (true, Some(support::STAMP)));
}

#[test]
fn what_is_stopped_is_never_applied_late() {
    let sandbox = frozen();
    let tid = sandbox.approve(Approval::new(1_000)).unwrap();
    arm(&sandbox, &json!({"kind": "close"}), json!({"when": "late", "late_ms": 3_600_000}));
    assert!(exchange(&sandbox, &json!({"kind": "close"}), "/cancel/cancel", &full(&tid, 1_000)).0.is_empty());
    sandbox.stop();
    assert_eq!((sandbox.payment(&tid).unwrap().remaining, sandbox.executions()), (1_000, 0));
}

#[test]
fn a_declined_request_meets_faults_of_the_connection_but_not_of_the_receipt() {
    let sandbox = frozen();
    let mut wire = Wire::to(&sandbox);
    arm(&sandbox, &json!({"kind": "wrong_amount"}), json!({}));
    assert_eq!(wire.ask("/cancel/cancel", &full("unknown", 1_000)).code(), "SBX301");
    let tid = sandbox.approve(Approval::new(1_000)).unwrap();
    assert_eq!(wire.ask("/cancel/cancel", &full(&tid, 1_000)).json()["Price"], "1001");
    arm(&sandbox, &json!({"kind": "close"}), json!({}));
    wire.send(&post("/cancel/cancel", &full("unknown", 1_000)));
    assert!(wire.ended());
    assert_eq!(sandbox.executions(), 1);
}

#[test]
fn an_idle_connection_closes_at_the_moment_of_reuse() {
    for (at, when_sent) in [("next_byte", true), ("after_answer", false)] {
        let sandbox = frozen();
        let tid = sandbox.approve(Approval::new(1_000)).unwrap();
        arm(&sandbox, &json!({"kind": "close_idle", "at": at}), json!({}));
        let mut wire = Wire::to(&sandbox);
        let reply = wire.ask("/cancel/repay", &part(&tid, 400, 600));
        assert_eq!((reply.code().as_str(), reply.header("connection")), ("00", None));
        if when_sent {
            wire.send_in_vain(&post("/cancel/repay", &part(&tid, 400, 200)));
        }
        assert!(wire.ended());
        assert_eq!((sandbox.payment(&tid).unwrap().remaining, sandbox.request_count()), (600, 1));
        assert_eq!(Wire::to(&sandbox).ask("/cancel/repay", &part(&tid, 400, 200)).code(), "00");
    }
}

#[test]
fn the_nth_request_and_only_so_many() {
    let sandbox = frozen();
    let tid = sandbox.approve(Approval::new(10)).unwrap();
    arm(
        &sandbox,
        &json!({"kind": "status"}),
        json!({"nth": 3, "times": 2, "endpoint": "repay", "when": "before_applying"}),
    );
    let mut wire = Wire::to(&sandbox);
    let mut statuses = Vec::new();
    for _ in 0..6 {
        let left = sandbox.payment(&tid).unwrap().remaining - 1;
        wire.send(&post("/cancel/repay", &part(&tid, 1, left)));
        statuses.push(wire.read().status);
    }
    assert_eq!(statuses, [200, 200, 500, 500, 200, 200]);
    assert_eq!(sandbox.payment(&tid).unwrap().remaining, 6);
}

#[test]
fn chance_falls_alike_in_every_run() {
    let run = |order: &[usize]| {
        let sandbox = frozen();
        let mut payments = Vec::new();
        for number in 0..40 {
            payments.push(json!({"price": 100 + number, "tid": format!("tid-{number}")}));
        }
        sandbox.command("seed", json!({"payments": payments})).unwrap();
        arm(&sandbox, &json!({"kind": "status"}), json!({"probability": 0.4, "seed": 11}));
        let mut wire = Wire::to(&sandbox);
        let mut failed: Vec<usize> = order
            .iter()
            .copied()
            .filter(|number| {
                let tid = format!("tid-{number}");
                wire.send(&post("/cancel/cancel", &full(&tid, 100 + *number as u64)));
                wire.read().status == 500
            })
            .collect();
        failed.sort_unstable();
        failed
    };
    let forwards: Vec<usize> = (0..40).collect();
    let backwards: Vec<usize> = (0..40).rev().collect();
    let failed = run(&forwards);
    assert_eq!(failed, run(&backwards));
    assert!((5..30).contains(&failed.len()), "{failed:?}");
}

#[test]
fn connections_are_refused_until_the_door_opens() {
    let sandbox = frozen();
    let address = sandbox.url().strip_prefix("http://").unwrap().to_owned();
    let mut idle = Wire::to(&sandbox);
    assert_eq!(idle.ask("/cancel/cancel", "").code(), "SBX104");
    let fault = arm(&sandbox, &json!({"kind": "refuse_connections"}), json!({}));
    assert!(std::net::TcpStream::connect(&address).is_err());
    assert!(idle.ended());
    sandbox.command("disarm", json!({"id": fault["id"]})).unwrap();
    let mut kept = Wire::to(&sandbox);
    assert_eq!(kept.ask("/cancel/cancel", "").code(), "SBX104");

    arm(&sandbox, &json!({"kind": "refuse_connections"}), json!({"close_open": false, "ms": 3_600_000}));
    assert!(std::net::TcpStream::connect(&address).is_err());
    assert_eq!(kept.ask("/cancel/cancel", "").code(), "SBX104");
    sandbox.command("reset", json!({})).unwrap();
    assert_eq!(Wire::to(&sandbox).ask("/cancel/cancel", "").code(), "SBX104");

    arm(&sandbox, &json!({"kind": "refuse_connections"}), json!({"ms": 1}));
    until(&sandbox, |sandbox| sandbox.command("faults", json!({})).unwrap()["faults"] == json!([]));
    assert_eq!(Wire::to(&sandbox).ask("/cancel/cancel", "").code(), "SBX104");
}

#[test]
fn a_proxy_refuses_the_tunnel() {
    let sandbox = frozen();
    let connect = "CONNECT payapi.example:443 HTTP/1.1\r\nHost: payapi.example:443\r\n\r\n";
    let mut wire = Wire::to(&sandbox);
    let mut ask = || {
        wire.send(connect);
        wire.read()
    };
    for status in [403, 407, 502] {
        arm(&sandbox, &json!({"kind": "proxy_refusal", "status": status}), json!({}));
        let reply = ask();
        assert_eq!((reply.status, reply.header("proxy-authenticate").is_some()), (status, status == 407));
        assert_eq!(ask().status, 405);
    }
    assert_eq!(sandbox.request_count(), 0);
    assert_eq!(sandbox.requests()[0].fault.as_ref().unwrap().kind, "proxy_refusal");
}
