//! Money over the wire: every won is accounted for, whoever asks at the same time.
#![allow(clippy::unwrap_used)]

mod support;

use std::sync::Barrier;
use std::thread;

use paywelcome_sandbox::{Approval, Sandbox};
use support::{Wire, full, part, sandbox};

#[test]
fn a_payment_is_cancelled_piece_by_piece() {
    let sandbox = sandbox();
    let tid = sandbox.approve(Approval::new(12_000)).unwrap();
    let mut wire = Wire::to(&sandbox);
    assert_eq!(wire.ask("/cancel/repay", &part(&tid, 3_000, 9_000)).code(), "00");
    assert_eq!(wire.ask("/cancel/cancel", &full(&tid, 9_000)).code(), "SBX402");
    assert_eq!(wire.ask("/cancel/repay", &part(&tid, 9_000, 0)).code(), "00");
    assert_eq!(wire.ask("/cancel/repay", &part(&tid, 1, 0)).code(), "SBX401");

    let payment = sandbox.payment(&tid).unwrap();
    assert_eq!((payment.cancelled, payment.remaining), (12_000, 0));
    let cancels: Vec<_> =
        payment.cancels.iter().map(|cancel| (cancel.operation, cancel.amount, cancel.remaining)).collect();
    assert_eq!(cancels, [("partial_cancel", 3_000, 9_000), ("partial_cancel", 9_000, 0)]);
    let moved: Vec<bool> = sandbox.requests().iter().map(|request| request.executed).collect();
    assert_eq!(moved, [true, false, true, false]);
}

#[test]
fn two_identical_requests_are_one_execution() {
    let sandbox = sandbox();
    for body in [|tid: &str| ("/cancel/cancel", full(tid, 1_000)), |tid: &str| ("/cancel/repay", part(tid, 400, 600))] {
        let before = sandbox.executions();
        let tid = sandbox.approve(Approval::new(1_000)).unwrap();
        let (path, body) = body(&tid);
        let codes = at_once(&sandbox, 2, |_| (path, body.clone()));
        assert_eq!(codes.iter().filter(|code| *code == "00").count(), 1);
        assert_eq!(sandbox.executions(), before + 1);
    }
}

#[test]
fn fifty_threads_on_one_payment_never_take_too_much() {
    let sandbox = sandbox();
    let tid = sandbox.approve(Approval::new(5_000)).unwrap();
    // Every thread asks for 100 until its own confirmPrice is the one that fits.
    thread::scope(|threads| {
        for number in 0..50 {
            let (sandbox, tid) = (&sandbox, &tid);
            threads.spawn(move || {
                let mut wire = Wire::to(sandbox);
                let confirm = number * 100;
                while wire.ask("/cancel/repay", &part(tid, 100, confirm)).code() != "00" {
                    assert!(sandbox.payment(tid).unwrap().remaining > confirm);
                }
            });
        }
    });
    let payment = sandbox.payment(&tid).unwrap();
    assert_eq!((payment.cancelled, payment.remaining), (5_000, 0));
    assert_eq!(payment.cancels.len(), 50);
    assert!(payment.cancels.iter().map(|cancel| cancel.remaining).eq((0..50).rev().map(|left| left * 100)));
    assert_eq!(sandbox.executions(), 50);
    let moved = sandbox.requests().iter().filter(|request| request.executed).count();
    assert!(moved == 50 || sandbox.request_count() > 1_000);
}

#[test]
fn fifty_requests_at_once_each_on_its_payment() {
    let sandbox = sandbox();
    let tids: Vec<String> = (1..=50).map(|price| sandbox.approve(Approval::new(price)).unwrap()).collect();
    let codes = at_once(&sandbox, 50, |number| ("/cancel/cancel", full(&tids[number], number as u64 + 1)));
    assert!(codes.iter().all(|code| code == "00"));
    assert!(sandbox.payments().iter().all(|payment| payment.remaining == 0));
    assert!(sandbox.payments().iter().map(|payment| &payment.tid).eq(&tids));
    assert_eq!((sandbox.executions(), sandbox.request_count()), (50, 50));
}

/// Sends this many requests at the same moment, each on a connection of its own, and gives their codes.
fn at_once<'path>(
    sandbox: &Sandbox,
    count: usize,
    request: impl Fn(usize) -> (&'path str, String) + Sync,
) -> Vec<String> {
    let ready = Barrier::new(count);
    thread::scope(|threads| {
        let asked: Vec<_> = (0..count)
            .map(|number| {
                let (ready, request) = (&ready, &request);
                threads.spawn(move || {
                    let (path, body) = request(number);
                    let mut wire = Wire::to(sandbox);
                    ready.wait();
                    wire.ask(path, &body).code()
                })
            })
            .collect();
        asked.into_iter().map(|one| one.join().unwrap()).collect()
    })
}
