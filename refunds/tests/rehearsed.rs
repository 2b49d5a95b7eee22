//! What a rehearsal with the gateway does to how refunds are treated.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use paywelcome::{Client, ClientOptions};
use paywelcome_refunds::{Arguments, Ledger, Refused};
use serde_json::{Value, json};

const HERE: &str = "http://127.0.0.1:9";
const TEST: &str = "https://tpayapi.paywelcome.co.kr";
const PRODUCTION: &str = "https://payapi.paywelcome.co.kr";

fn client(base_url: &str) -> Client {
    let options = ClientOptions {
        mid: "welcometst".into(),
        mkey: "1".repeat(64).into(),
        base_url: base_url.into(),
        ..ClientOptions::default()
    };
    Client::new(options).expect("the client's settings are right")
}

fn rehearsal(base_url: &str, kind: &str, enforced: Option<bool>) -> Value {
    json!({
        "format": "paywelcome-rehearsal", "version": 1, "gateway": { "base_url": base_url, "kind": kind }, "mid": "welcometst",
        "payment": { "tid": "t", "price": 1000, "pay_type": "hpp", "currency": "WON" },
        "findings": { "confirm_price": { "enforced": enforced } },
    })
}

fn opened(base_url: &str, more: &[(&str, paywelcome::Argument)]) -> Result<Ledger, Refused> {
    let settings: Arguments = more.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    Ledger::new(&client(base_url), "sqlite", false, &settings)
}

fn with(base_url: &str, rehearsal: &Value) -> Ledger {
    opened(base_url, &[("rehearsal_text", rehearsal.to_string().as_str().into())]).expect("it is read")
}

#[test]
fn what_is_proven_for_a_merchant_at_a_host_counts_there_alone() {
    let proven = with(HERE, &rehearsal(HERE, "loopback", Some(true)));
    assert!(proven.policy.confirm_price_enforced && proven.warning.is_none());
    let of = proven.rehearsed.expect("it is of some payments");
    assert_eq!((of.pay_type.as_str(), of.currency.as_str()), ("hpp", "WON"));

    let mut other = rehearsal(PRODUCTION, "production", Some(true));
    other["mid"] = "another".into();
    let mut unpaid = rehearsal(PRODUCTION, "production", Some(true));
    unpaid["payment"] = Value::Null;
    for (rehearsal, words) in [
        (rehearsal(TEST, "test", Some(true)), "the test host"),
        (rehearsal(HERE, "loopback", Some(true)), "on this machine"),
        (rehearsal("https://pg.example", "production", Some(true)), "another gateway"),
        (rehearsal(PRODUCTION, "production", Some(false)), "does not keep"),
        (rehearsal(PRODUCTION, "production", None), "did not find out"),
        (other, "merchant another"),
        (unpaid, "how its payment was paid"),
    ] {
        let ledger = with(PRODUCTION, &rehearsal);
        let warning = ledger.warning.expect("it says why");
        assert!(!ledger.policy.confirm_price_enforced && ledger.rehearsed.is_none(), "{words}");
        assert!(warning.contains(words) && warning.contains("confirm_price_enforced stays off"), "{warning}");
    }
}

#[test]
fn nothing_is_taken_from_a_file_that_is_wrong_or_beside_a_statement() {
    let right = rehearsal(HERE, "loopback", Some(true));
    let mut misspelt = right.clone();
    misspelt["findings"]["confirm_price"]["enforced"] = "yes".into();
    let mut newer = right.clone();
    newer["version"] = 2.into();
    for (text, words) in [
        (misspelt.to_string(), "findings.confirm_price.enforced: "),
        (newer.to_string(), "version: 2 was written by a newer"),
        ("{}".to_owned(), "format: "),
        ("enforced".to_owned(), "is not JSON"),
    ] {
        let refused = opened(HERE, &[("rehearsal_text", text.as_str().into())]).unwrap_err();
        let [(field, message)] = refused.fields.as_slice() else { panic!("one is wrong") };
        assert!(field == "rehearsal" && message.starts_with(words), "{field}: {message}");
    }
    let refused = opened(HERE, &[("rehearsal", "/nowhere/rehearsal.json".into())]).unwrap_err();
    assert!(refused.fields[0].1.starts_with("the file can't be read: "), "{refused:?}");
    assert_eq!(opened(HERE, &[("rehearsal", 3.into())]).unwrap_err().fields[0].0, "rehearsal");
    for stated in [true, false] {
        let text = right.to_string();
        let more = [("rehearsal_text", text.as_str().into()), ("confirm_price_enforced", stated.into())];
        let refused = opened(HERE, &more).unwrap_err();
        assert_eq!(refused.fields[0].0, "confirm_price_enforced");
    }
}

#[test]
fn a_file_is_read() {
    let path = std::env::temp_dir().join(format!("paywelcome-rehearsed-{}.json", std::process::id()));
    std::fs::write(&path, rehearsal(HERE, "loopback", Some(true)).to_string()).unwrap();
    let opened = opened(HERE, &[("rehearsal", path.to_str().unwrap().into())]);
    std::fs::remove_file(&path).unwrap();
    assert!(opened.unwrap().policy.confirm_price_enforced);
}
