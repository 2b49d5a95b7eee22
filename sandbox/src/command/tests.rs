use serde_json::{Value, json};

use super::{COMMANDS, Caller, run};
use crate::arguments::CommandError;
use crate::gateway::Gateway;
use crate::options::Options;

fn gateway() -> Gateway {
    Gateway::new(Options::default(), None)
}

fn ask(gateway: &Gateway, name: &str, arguments: Value) -> Result<Value, CommandError> {
    run(gateway, Caller::Process, name, arguments)
}

fn done(gateway: &Gateway, name: &str, arguments: Value) -> Value {
    match ask(gateway, name, arguments) {
        Ok(value) => value,
        Err(error) => panic!("{name}: {error}"),
    }
}

fn at_fault(gateway: &Gateway, name: &str, arguments: Value) -> (String, String) {
    match ask(gateway, name, arguments) {
        Ok(value) => panic!("{name} gave {value}"),
        Err(error) => (error.code().to_owned(), error.argument().unwrap_or_default().to_owned()),
    }
}

#[test]
fn every_reading_command_without_needs_answers_and_refuses_a_stranger() {
    let gateway = gateway();
    for command in COMMANDS {
        let (code, argument) = at_fault(
            &gateway,
            command.name,
            json!({"kind": "close", "tid": "t", "price": 1, "mid": "m",
            "number": 1, "mode": "fixed", "stranger": 1}),
        );
        assert_eq!(code, "invalid_argument", "{}", command.name);
        assert!(!argument.is_empty());
        if command.reads && !["payment", "request"].contains(&command.name) {
            assert!(done(&gateway, command.name, Value::Null).is_object());
        }
    }
    assert_eq!(at_fault(&gateway, "explode", json!({})).0, "unknown_command");
}

#[test]
fn documents_every_command() {
    let page = include_str!("../../../docs/sandbox-api.md");
    for command in COMMANDS {
        assert!(page.contains(&format!("| `{}` |", command.name)), "{}", command.name);
    }
}

#[test]
fn approves_under_terms_and_pages_through_payments() {
    let gateway = gateway();
    let payment =
        done(&gateway, "approve", json!({"price": "9900", "pay_type": "hpp", "approved_at": "20190831235959"}));
    assert_eq!(
        (&payment["number"], &payment["remaining"], &payment["escrow"]),
        (&json!(1), &json!(9_900), &json!(false))
    );
    assert_eq!(done(&gateway, "payment", json!({"tid": payment["tid"]})), payment);
    for number in 2..=25 {
        done(&gateway, "approve", json!({"price": number, "moid": format!("order {number}")}));
    }
    let numbers = |arguments: Value| {
        let page = done(&gateway, "payments", arguments);
        let numbers: Vec<u64> = page["payments"]
            .as_array()
            .map(|list| list.iter().filter_map(|payment| payment["number"].as_u64()).collect())
            .unwrap_or_default();
        assert_eq!(page["total"], 25);
        (numbers, page["next"].as_u64())
    };
    assert_eq!(numbers(json!({"limit": 10})), ((1..=10).collect(), Some(10)));
    assert_eq!(numbers(json!({"after": 20, "limit": 10})), ((21..=25).collect(), None));
    assert_eq!(numbers(json!({"before": u64::MAX, "limit": 3})), (vec![25, 24, 23], Some(23)));
    assert_eq!(numbers(json!({"before": 3})), (vec![2, 1], None));
    assert_eq!(numbers(json!({"find": "order 2"})), (vec![2, 20, 21, 22, 23, 24, 25], None));
    assert_eq!(numbers(json!({"mid": "other"})), (vec![], None));
    let wrong = |arguments| at_fault(&gateway, "approve", arguments).1;
    assert_eq!(wrong(json!({})), "price");
    assert_eq!(wrong(json!({"price": 0})), "price");
    assert_eq!(wrong(json!({"price": 1, "mid": "nobody"})), "mid");
    assert_eq!(wrong(json!({"price": 1, "deposited": true})), "deposited");
    assert_eq!(at_fault(&gateway, "payment", json!({"tid": "x"})), ("not_found".into(), "tid".into()));
    assert_eq!(at_fault(&gateway, "payments", json!({"after": 1, "before": 2})).1, "before");
}

#[test]
fn sets_some_rules_and_leaves_the_others() {
    let gateway = gateway();
    let rules = done(&gateway, "set_rules", json!({"confirm_price": "ignored", "freshness_seconds": 60}));
    assert_eq!((&rules["confirm_price"], &rules["full_price"]), (&json!("ignored"), &json!("enforced")));
    assert_eq!(done(&gateway, "set_rules", json!({"timestamp": "13"}))["freshness_seconds"], 60);
    assert_eq!(done(&gateway, "set_rules", json!({"freshness_seconds": "off"}))["freshness_seconds"], Value::Null);
    for (arguments, argument) in [
        (json!({"timestamp": "15"}), "timestamp"),
        (json!({"confirm_price": null, "full_price": "off"}), "full_price"),
        (json!({"cancel_tid_length": 30}), "cancel_tid_length"),
        (json!({"already_cancelled_code": "00"}), "already_cancelled_code"),
        (json!({"confirmPrice": "ignored"}), "confirmPrice"),
    ] {
        assert_eq!(at_fault(&gateway, "set_rules", arguments).1, argument);
    }
    assert_eq!(done(&gateway, "rules", json!({}))["timestamp"], "13");
}

#[test]
fn sets_the_clock() {
    let gateway = gateway();
    let clock = |arguments| {
        let clock = done(&gateway, "set_clock", arguments);
        (clock["now"].as_str().unwrap_or_default().to_owned(), clock["mode"].as_str().unwrap_or_default().to_owned())
    };
    let fixed = |digits: &str| (digits.to_owned(), "fixed".to_owned());
    assert_eq!(clock(json!({"at": "20240229235959"})), fixed("20240229235959"));
    assert_eq!(clock(json!({"advance_seconds": 1})), fixed("20240301000000"));
    assert_eq!(clock(json!({"advance_seconds": -86_400})), fixed("20240229000000"));
    assert_eq!(clock(json!({"at": "20240301000000", "mode": "running"})).1, "running");
    assert_eq!(clock(json!({"advance_seconds": 5})).1, "running");
    assert_eq!(clock(json!({"mode": "machine"})).1, "machine");
    assert_eq!(clock(json!({"advance_seconds": 3600})).1, "running");
    assert_eq!(at_fault(&gateway, "set_clock", json!({"at": "20230229000000"})).1, "at");
    assert_eq!(at_fault(&gateway, "set_clock", json!({"at": "20240229000000", "mode": "machine"})).1, "mode");
}

#[test]
fn tells_no_key_that_it_did_not_make_up() {
    let gateway = gateway();
    let made_up = done(&gateway, "add_merchant", json!({"mid": "shop2"}));
    assert!(made_up["sign_key"].as_str().is_some_and(|key| key.starts_with("paywelcome-sandbox-")));
    let given = done(&gateway, "add_merchant", json!({"mid": "shop3", "sign_key": "looks real"}));
    assert_eq!(given["sign_key"], Value::Null);
    let told = done(&gateway, "merchants", json!({})).to_string();
    assert!(!told.contains("looks real") && told.contains("paywelcome-sandbox-sign-key"));
    assert_eq!(at_fault(&gateway, "add_merchant", json!({"mid": "too long a mid"})).1, "mid");
}

#[test]
fn arms_and_disarms() {
    let gateway = gateway();
    let fault = done(&gateway, "arm", json!({"kind": "stall", "when": "late", "late_ms": 10, "tid": "t"}));
    assert_eq!((&fault["id"], &fault["when"], &fault["remaining"]), (&json!(1), &json!("late"), &json!(1)));
    done(&gateway, "arm", json!({"kind": "close", "probability": 0.1, "seed": 7}));
    assert_eq!(done(&gateway, "faults", json!({}))["faults"][1]["remaining"], Value::Null);
    assert_eq!(done(&gateway, "disarm", json!({"id": 1}))["disarmed"][0]["kind"], "stall");
    assert_eq!(at_fault(&gateway, "disarm", json!({"id": 1})), ("not_found".into(), "id".into()));
    assert_eq!(done(&gateway, "disarm", json!({}))["disarmed"][0]["id"], 2);
    let port = run(&gateway, Caller::Port, "arm", json!({"kind": "refuse_connections"}));
    assert_eq!(port.err().and_then(|error| error.argument().map(str::to_owned)).as_deref(), Some("ms"));
    assert_eq!(at_fault(&gateway, "set_tls", json!({"mode": "expired"})).0, "unavailable");
}

#[test]
fn seeds_in_order_and_names_the_place_of_a_mistake() {
    let gateway = gateway();
    let seeded = done(
        &gateway,
        "seed",
        json!({
            "clock": {"at": "20240229120000"},
            "rules": {"confirm_price": "ignored"},
            "merchants": [{"mid": "shop2"}],
            "balances": [{"mid": "shop2", "amount": 5}],
            "payments": [{"price": 5, "mid": "shop2", "tid": "mine"}, {"price": 7}],
            "faults": [{"kind": "close", "tid": "mine"}],
        }),
    );
    assert_eq!(seeded["payments"][0]["approved_at"], "20240229120000");
    assert_eq!((&seeded["faults"][0]["id"], &seeded["rules"]["confirm_price"]), (&json!(1), &json!("ignored")));
    assert_eq!(at_fault(&gateway, "seed", json!({"payments": [{"price": 1}, {"prise": 1}]})).1, "payments[1].price");
    assert_eq!(at_fault(&gateway, "seed", json!({"rules": {"x": 1}})).1, "rules.x");
    assert_eq!(at_fault(&gateway, "seed", json!({"payments": {}})).1, "payments");
    assert_eq!(done(&gateway, "reset", json!({}))["payments"], 0);
    assert_eq!(done(&gateway, "rules", json!({}))["confirm_price"], "enforced");
    assert_eq!(done(&gateway, "clock", json!({}))["mode"], "machine");
    assert_eq!(done(&gateway, "balances", json!({}))["balances"], json!([]));
}

#[test]
fn tells_what_changed() {
    let gateway = gateway();
    let first = done(&gateway, "events", json!({}));
    assert_eq!((&first["events"], &first["lost"]), (&json!([]), &json!(false)));
    done(&gateway, "approve", json!({"price": 5}));
    done(&gateway, "set_rules", json!({"timestamp": "14"}));
    let events = done(&gateway, "events", json!({"since": 0}));
    assert_eq!((&events["events"][0]["event"], &events["events"][0]["data"]["price"]), (&json!("payment"), &json!(5)));
    assert_eq!(
        (&events["events"][1]["event"], &events["events"][1]["data"]["timestamp"]),
        (&json!("rules"), &json!("14"))
    );
    assert_eq!(events["next"], 2);
    assert_eq!(done(&gateway, "events", json!({"since": 2}))["events"], json!([]));
    let waited = std::thread::scope(|threads| {
        let waiting = threads.spawn(|| done(&gateway, "events", json!({"since": 2, "timeout_ms": 20_000})));
        done(&gateway, "reset", json!({}));
        waiting.join().unwrap_or_default()
    });
    assert_eq!(waited["events"][0]["event"], "reset");
}
