//! Many payments and many requests leave the sandbox as small as it was.
#![allow(clippy::unwrap_used)]

mod support;

use paywelcome_sandbox::{Approval, Sandbox};
use serde_json::{Value, json};
use support::{Wire, part, post, sandbox};

const PAYMENTS: u64 = 10_000;
const REQUESTS: u64 = 10_000;

/// The resident memory of this process in bytes, where the system tells.
fn resident() -> Option<u64> {
    let told = std::fs::read_to_string("/proc/self/statm").ok()?;
    Some(told.split(' ').nth(1)?.parse::<u64>().ok()? * 4096)
}

fn ask(sandbox: &Sandbox, tids: &[String], count: u64) {
    let mut wire = Wire::to(sandbox);
    for round in 0..count / 100 {
        // A hundred in one write, each declined and journalled.
        let ahead: String = (0..100)
            .map(|number| post("/cancel/repay", &part(&tids[usize::try_from(round * 100 + number).unwrap()], 1, 1)))
            .collect();
        wire.send(&ahead);
        for _ in 0..100 {
            assert_eq!(wire.read().code(), "SBX405");
        }
    }
}

#[test]
fn ten_thousand_payments_and_as_many_requests() {
    let sandbox = sandbox();
    let tids: Vec<String> = (0..PAYMENTS).map(|_| sandbox.approve(Approval::new(1_000)).unwrap()).collect();
    ask(&sandbox, &tids, REQUESTS);
    let before = resident();
    ask(&sandbox, &tids, REQUESTS);
    if let (Some(before), Some(after)) = (before, resident()) {
        let grown = after.saturating_sub(before);
        assert!(grown < 8 << 20, "{grown} bytes more after {REQUESTS} more requests");
    }
    let stats = sandbox.command("stats", Value::Null).unwrap();
    assert_eq!((&stats["payments"], &stats["requests"]), (&json!(PAYMENTS), &json!(2 * REQUESTS)));
    assert_eq!(stats["requests_kept"], 1_000);
    let page = sandbox.command("payments", Value::Null).unwrap();
    assert_eq!((page["payments"].as_array().unwrap().len(), &page["total"]), (100, &json!(PAYMENTS)));
    let page = sandbox.command("payments", json!({"limit": 1_000, "after": 9_500})).unwrap();
    assert_eq!((page["payments"].as_array().unwrap().len(), &page["next"]), (500, &Value::Null));
    let events = sandbox.command("events", json!({"since": 0, "limit": 1})).unwrap();
    assert_eq!(events["lost"], true);
}
