//! What `rehearse` records is what a sandbox with these rules does.
#![allow(missing_docs)]

mod rehearsing;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use paywelcome_sandbox::{Options, Sandbox};
use rehearsing::{Merchant, PAID, approve, found, went_back};
use serde_json::{Value, json};

fn combinations() -> Vec<Value> {
    let of_money: [(&str, &[&str]); 4] = [
        ("confirm_price", &["enforced", "too_high", "too_low", "ignored"]),
        ("confirm_price_at_once", &["enforced", "ignored"]),
        ("full_after_partial", &["declined", "done"]),
        ("more_than_remains", &["declined", "clipped"]),
    ];
    let of_forms: [(&str, &[&str]); 4] = [
        ("timestamp", &["14", "13", "both"]),
        ("signature_format", &["name_value", "concatenated"]),
        ("checked_first", &["signature", "tid"]),
        ("connections", &["kept", "closed"]),
    ];
    let every = |switches: &[(&str, &[&str])]| {
        switches.iter().fold(vec![json!({})], |all, (name, values)| {
            let with = |rules: &Value| {
                values
                    .iter()
                    .map(|value| {
                        let mut rules = rules.clone();
                        rules[name] = json!(value);
                        rules
                    })
                    .collect::<Vec<_>>()
            };
            all.iter().flat_map(with).collect()
        })
    };
    // All of the rules for money, each with one of all combinations of the others.
    let forms = every(&of_forms);
    let mut all = every(&of_money);
    for (number, rules) in all.iter_mut().enumerate() {
        for (name, value) in forms[number * 5 % forms.len()].as_object().expect("it is one") {
            rules[name] = value.clone();
        }
        rules["full_price"] = json!(if number % 2 == 0 { "enforced" } else { "ignored" });
        rules["cancel_tid_length"] = json!(if number % 2 == 0 { 40 } else { 22 });
        rules["already_cancelled_code"] = json!(if number % 3 == 0 { "E77" } else { "SBX401" });
    }
    all
}

fn outcome(is_declined: bool) -> Value {
    json!(if is_declined { "declined" } else { "done" })
}

/// Rehearses with a gateway that has these rules, and compares.
fn compare(rules: &Value) {
    let is = |name: &str, value: &str| rules[name] == json!(value);
    let sandbox = Sandbox::start(Options::default()).expect("a sandbox starts");
    sandbox.command("set_rules", rules.clone()).expect("there are such rules");
    let merchant = Merchant::of(&sandbox);
    let (tid, full) = (approve(&sandbox), approve(&sandbox));
    merchant.to_the_end(&sandbox, &tid, &full, "");
    let file = merchant.file();
    let found = found(&file);
    let no_higher = is("confirm_price", "enforced") || is("confirm_price", "too_high");
    let no_lower = is("confirm_price", "enforced") || is("confirm_price", "too_low");
    let atomic = no_higher && is("confirm_price_at_once", "enforced");
    let enforced = atomic && no_lower;
    let confirm = &found["confirm_price"];
    let expected = json!({
        "compared": no_higher || no_lower,
        "equality": no_higher && no_lower,
        "too_high": outcome(no_higher),
        "too_low": outcome(no_lower),
        "same_again": outcome(no_higher),
        "at_once": confirm["at_once"],
        "atomic": atomic,
        "enforced": enforced,
    });
    assert_eq!(*confirm, expected, "{rules}");
    assert_eq!(confirm["at_once"]["done"] == json!(1), atomic, "{rules}");
    assert_eq!(found["full_price"]["compared"], json!(is("full_price", "enforced")), "{rules}");
    assert_eq!(found["more_than_remains"], rules["more_than_remains"], "{rules}");
    if !is("more_than_remains", "clipped") {
        assert_eq!(found["full_after_partial"], rules["full_after_partial"], "{rules}");
    }
    let signature = &found["signature"];
    assert_eq!(signature["checked"], json!(true), "{rules}");
    assert_eq!(signature["tid_first"], json!(is("checked_first", "tid")), "{rules}");
    assert_eq!(signature["format"], rules["signature_format"], "{rules}");
    assert_eq!(signature["timestamp"], json!(if is("timestamp", "13") { "epoch_ms" } else { "kst" }), "{rules}");
    let forms = signature["forms"].as_array().expect("it is a list");
    assert_eq!(forms.len(), 4);
    for form in forms {
        let other = if form["timestamp_format"] == "kst" { "13" } else { "14" };
        let accepted = form["signature_format"] == rules["signature_format"] && !is("timestamp", other);
        assert_eq!(form["accepted"], json!(accepted), "{rules}: {form}");
    }
    assert_eq!(found["codes"]["bad_signature"], json!("ERR206"), "{rules}");
    assert_eq!(found["codes"]["unknown_tid"], json!("SBX301"), "{rules}");
    let refused = if is("timestamp", "both") { Value::Null } else { json!("SBX110") };
    assert_eq!(found["codes"].get("bad_timestamp").cloned().unwrap_or_default(), refused, "{rules}");
    assert_eq!(found["codes"]["partial_after_all"], rules["already_cancelled_code"], "{rules}");
    assert_eq!(found["codes"]["second_full"], rules["already_cancelled_code"], "{rules}");
    assert_eq!(found["connections_kept"], json!(is("connections", "kept")), "{rules}");
    assert_eq!(found["success"]["partial"]["cancel_tid_length"], rules["cancel_tid_length"], "{rules}");
    assert_eq!(found["required_echoes"], json!(["tid", "price", "remaining_price"]), "{rules}");
    let went_back = went_back(&sandbox, &tid) + went_back(&sandbox, &full);
    let (least, most) = file.steps.iter().fold((0, 0), |all, step| (all.0 + step.cost.least, all.1 + step.cost.most));
    assert!(least <= went_back && went_back <= most && most <= 2 * PAID, "{rules}: {least} {went_back} {most}");
    for step in &file.steps {
        assert!(step.cost.most <= step.could_cost, "{rules}: {}", step.step);
    }
}

#[test]
fn the_findings_are_the_rules() {
    let all = combinations();
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(rules) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
                    compare(rules);
                }
            });
        }
    });
}
