//! A sandbox that plays what was found out with another gateway can't be told from it: rehearsed again, the same is found.
#![allow(missing_docs)]

mod rehearsing;

use paywelcome_rehearsal::Rehearsal;
use paywelcome_sandbox::{Options, Rules, Sandbox};
use rehearsing::{Merchant, PAID, approve, found, went_back};
use serde_json::{Value, json};

/// Rehearses with a gateway on two payments; gives the file, and what went back of each.
fn rehearsed(sandbox: &Sandbox) -> (Rehearsal, [u64; 2]) {
    let merchant = Merchant::of(sandbox);
    let (tid, full) = (approve(sandbox), approve(sandbox));
    let line = format!("--tid {tid} --price {PAID} --pay-type card --full-tid {full} --full-price {PAID} --yes");
    merchant.rehearse(&line, &[]);
    let back = [&tid, &full].map(|tid| went_back(sandbox, tid));
    (merchant.file(), back)
}

/// The findings, without what differs from run to run.
fn lasting(file: &Rehearsal) -> Value {
    let mut findings = found(file);
    findings["times_ms"] = Value::Null;
    findings["clock_difference_seconds"] = Value::Null;
    // How many of those at once really met is up to the machine.
    findings["confirm_price"]["at_once"] = Value::Null;
    let answers = findings["answers"].as_object_mut().into_iter().flat_map(|answers| answers.values_mut());
    for piece in answers.flat_map(|answer| answer["body"].as_array_mut().into_iter().flatten()) {
        // Each cancel has an id of its own.
        piece.as_object_mut().and_then(|piece| piece.remove("like"));
    }
    findings
}

#[test]
fn what_is_played_is_found_again() {
    let rules = [
        json!({}),
        json!({"confirm_price": "ignored", "full_price": "ignored", "connections": "closed"}),
        json!({"confirm_price": "too_high", "cancel_tid_length": 22, "timestamp": "14", "already_cancelled_code": "2011"}),
        json!({"confirm_price": "too_low", "full_after_partial": "done", "checked_first": "tid"}),
        json!({"confirm_price_at_once": "ignored", "signature_format": "concatenated", "timestamp": "13"}),
        json!({"more_than_remains": "clipped", "signature_format": "both"}),
        json!({"confirm_price": "tolerant"}),
        json!({"same_again": "replayed"}),
        json!({"confirm_price": "declined"}),
    ];
    for rules in rules {
        let changed = Rules::default().changed(rules.as_object().cloned().unwrap_or_default());
        let expected = changed.expect("there are such rules");
        let original = Sandbox::start(Options { rules: expected.clone(), ..Options::default() }).expect("it starts");
        let (first, went_back) = rehearsed(&original);
        assert_eq!(Rules::found(&first), expected, "{rules}");
        let player = Sandbox::start(Options::default().rehearsed(first.clone())).expect("it starts");
        let (second, went_back_again) = rehearsed(&player);
        assert_eq!(lasting(&first), lasting(&second), "{rules}");
        assert_eq!(went_back, went_back_again, "{rules}");
    }
}
