//! The rules and terms over the wire: each switch changes what it says, and nothing else.
#![allow(clippy::unwrap_used)]

mod support;

use paywelcome_sandbox::{Approval, Options, Remainder, Rules, Sandbox, Terms};
use serde_json::json;
use support::{MID, SIGN_KEY, STAMP, Wire, frozen, full, part};

fn set(sandbox: &Sandbox, rules: serde_json::Value) {
    sandbox.command("set_rules", rules).unwrap();
}

fn approved(sandbox: &Sandbox, terms: Terms) -> String {
    sandbox.approve_with(Approval::new(1_000), terms).unwrap()
}

#[test]
fn amounts_are_enforced_or_ignored() {
    let sandbox = frozen();
    let mut wire = Wire::to(&sandbox);
    let tid = approved(&sandbox, Terms::default());
    assert_eq!(wire.ask("/cancel/repay", &part(&tid, 400, 0)).code(), "SBX405");
    set(&sandbox, json!({"confirm_price": "ignored"}));
    let answer = wire.ask("/cancel/repay", &part(&tid, 400, 0)).json();
    assert_eq!((&answer["ResultCode"], &answer["RmainPrice"]), (&json!("00"), &json!("600")));
    // The same again: this is how a refund is made twice.
    assert_eq!(wire.ask("/cancel/repay", &part(&tid, 400, 0)).code(), "00");
    assert_eq!(wire.ask("/cancel/repay", &part(&tid, 400, 0)).code(), "SBX404");

    let tid = approved(&sandbox, Terms::default());
    assert_eq!(wire.ask("/cancel/cancel", &full(&tid, 999)).code(), "SBX403");
    set(&sandbox, json!({"full_price": "ignored"}));
    assert_eq!(wire.ask("/cancel/cancel", &full(&tid, 999)).json()["Price"], "1000");
}

#[test]
fn codes_and_lengths_change() {
    let sandbox = frozen();
    let mut wire = Wire::to(&sandbox);
    let tid = approved(&sandbox, Terms::default());
    let long = wire.ask("/cancel/repay", &part(&tid, 400, 600)).json()["C_Tid"].as_str().unwrap().len();
    set(&sandbox, json!({"cancel_tid_length": 22, "already_cancelled_code": "2011"}));
    let short = wire.ask("/cancel/repay", &part(&tid, 600, 0)).json()["C_Tid"].as_str().unwrap().len();
    assert_eq!((long, short), (40, 22));
    assert_eq!(wire.ask("/cancel/cancel", &full(&tid, 1_000)).code(), "2011");
    assert_eq!(wire.ask("/cancel/repay", &part(&tid, 1, 0)).code(), "2011");
}

#[test]
fn timestamps_are_read_as_told_and_may_grow_old() {
    let sandbox = frozen();
    let mut wire = Wire::to(&sandbox);
    let tid = approved(&sandbox, Terms::default());
    let digits = full(&tid, 1_000);
    let millis = digits.replace(STAMP, "1567735260000");
    let mut codes = |rules| {
        set(&sandbox, rules);
        [&digits, &millis].map(|body| wire.ask("/cancel/cancel", body).code())
    };
    // The second one's signature is of the first one's timestamp.
    assert_eq!(codes(json!({"timestamp": "13"})), ["SBX110", "ERR206"]);
    assert_eq!(codes(json!({"timestamp": "14", "full_price": "enforced"})), ["00", "SBX110"]);
    assert_eq!(codes(json!({"timestamp": "both"})), ["SBX401", "ERR206"]);
    set(&sandbox, json!({"freshness_seconds": 300}));
    for (at, code) in [
        ("20190906110600", "SBX401"),
        ("20190906110601", "SBX112"),
        ("20190906105559", "SBX112"),
        ("20190906200100", "SBX112"),
    ] {
        sandbox.command("set_clock", json!({"at": at})).unwrap();
        let answer = wire.ask("/cancel/cancel", &digits).json();
        assert_eq!(answer["ResultCode"], code, "{at}");
        assert_eq!(answer["ResultMsg"].as_str().unwrap().contains("UTC?"), at == "20190906200100");
    }
}

#[test]
fn rules_are_those_of_the_options_until_they_are_switched() {
    let rules = Rules { confirm_price: Remainder::Ignored, ..Rules::default() };
    let options = Options { mid: MID.into(), sign_key: SIGN_KEY.into(), rules, ..Options::default() };
    let sandbox = Sandbox::start(options).unwrap();
    let tid = approved(&sandbox, Terms::default());
    assert_eq!(Wire::to(&sandbox).ask("/cancel/repay", &part(&tid, 400, 0)).code(), "00");
    set(&sandbox, json!({"confirm_price": "enforced"}));
    assert_eq!(Wire::to(&sandbox).ask("/cancel/repay", &part(&tid, 400, 0)).code(), "SBX405");
    sandbox.command("reset", json!({})).unwrap();
    let tid = approved(&sandbox, Terms::default());
    assert_eq!(Wire::to(&sandbox).ask("/cancel/repay", &part(&tid, 400, 0)).code(), "00");
}

#[test]
fn terms_decline_over_the_wire() {
    let sandbox = frozen();
    let mut wire = Wire::to(&sandbox);
    let whole_only = approved(&sandbox, Terms { partially_cancellable: false, ..Terms::default() });
    assert_eq!(wire.ask("/cancel/repay", &part(&whole_only, 400, 600)).code(), "SBX305");
    assert_eq!(wire.ask("/cancel/cancel", &full(&whole_only, 1_000)).code(), "00");
    let escrow = approved(&sandbox, Terms { escrow: true, ..Terms::default() });
    assert_eq!(wire.ask("/cancel/cancel", &full(&escrow, 1_000)).code(), "SBX308");

    let account = Approval { pay_type: "vbank".into(), ..Approval::new(1_000) };
    let account = sandbox.approve_with(account, Terms { deposited: true, ..Terms::default() }).unwrap();
    let of_an_account = full(&account, 1_000).replace("payType=card", "payType=vbank");
    assert_eq!(wire.ask("/cancel/cancel", &of_an_account).code(), "SBX307");

    // A phone payment of the last second of a month, before and after midnight in Korea.
    let phone = Approval { pay_type: "hpp".into(), ..Approval::new(1_000) };
    let at_end = Terms { approved_at: Some("20190831235959".into()), ..Terms::default() };
    let phone = sandbox.approve_with(phone, at_end).unwrap();
    let of_a_phone = full(&phone, 1_000).replace("payType=card", "payType=hpp");
    assert_eq!(wire.ask("/cancel/cancel", &of_a_phone).code(), "SBX306");
    sandbox.command("set_clock", json!({"at": "20190831235959"})).unwrap();
    assert_eq!(wire.ask("/cancel/cancel", &of_a_phone).json()["CancelDate"], "20190831");

    let tid = approved(&sandbox, Terms::default());
    let mixed = full(&tid, 1_000).replace("currency=WON", "currency=USD");
    assert_eq!(wire.ask("/cancel/cancel", &mixed).code(), "SBX303");
    let taxed = |tax: u64| part(&tid, 400, 600) + &format!("&tax={tax}&taxfree=100");
    assert_eq!(wire.ask("/cancel/repay", &taxed(301)).code(), "SBX406");
    assert_eq!(wire.ask("/cancel/repay", &taxed(300)).code(), "00");
}

#[test]
fn a_balance_is_short_now_and_enough_later() {
    let sandbox = frozen();
    let mut wire = Wire::to(&sandbox);
    let tid = approved(&sandbox, Terms::default());
    let balance = json!({"amount": 999, "credit": 5_000, "credit_at": "20190907000000"});
    sandbox.command("set_balance", balance).unwrap();
    assert_eq!(wire.ask("/cancel/cancel", &full(&tid, 1_000)).code(), "SBX501");
    sandbox.command("set_clock", json!({"at": "20190907000000"})).unwrap();
    assert_eq!(wire.ask("/cancel/cancel", &full(&tid, 1_000)).code(), "00");
    assert_eq!(sandbox.command("balances", json!({})).unwrap()["balances"][0]["amount"], 4_999);
}

#[test]
fn a_wrong_signature_is_explained_in_the_answer_and_in_the_journal() {
    let sandbox = frozen();
    sandbox.command("add_merchant", json!({"mid": "shop2", "sign_key": "the key of another"})).unwrap();
    let tid = approved(&sandbox, Terms::default());
    let body = full(&tid, 1_000);
    let mut wire = Wire::to(&sandbox);
    // The last one was made with another tool: printf … | sha256sum.
    for (signature, mistakes, words) in [
        ("5f2c8f3b0d4e0f6b5a", &["cut_off"][..], "cut off"),
        (&support::SIGNATURE.to_uppercase(), &["upper_case_hex"], "upper-case hex"),
        ("25b91554ab6ef982f6afcbb52c372292a2a9653273ada6d19477bc2495de6f28", &["bare_concatenation"], "bare values"),
    ] {
        let answer = wire.ask("/cancel/cancel", &body.replace(support::SIGNATURE, signature)).json();
        assert_eq!(answer["ResultCode"], "ERR206");
        let message = answer["ResultMsg"].as_str().unwrap();
        assert!(message.contains(words) && message.chars().count() <= 100, "{message}");
        assert!(!message.contains(SIGN_KEY));
        let request = sandbox.requests().pop().unwrap();
        assert_eq!(request.explanation.unwrap().mistakes, mistakes);
    }
    let other = wire.ask("/cancel/cancel", &body.replace(support::SIGNATURE, &"0".repeat(64))).json();
    assert_eq!(other["ResultMsg"], "검증값 오류 (wrong signature)");
    assert_eq!((sandbox.requests().pop().unwrap().explanation, sandbox.executions()), (None, 0));
}
