//! The file as others find it.

use std::fs;
use std::path::PathBuf;

use paywelcome_rehearsal::{
    Findings, Gateway, GatewayKind, Piece, Rehearsal, Situation, Template, Values, What, numbered,
};
use serde_json::{Value, json};

fn smallest() -> Value {
    json!({
        "format": "paywelcome-rehearsal",
        "version": 1,
        "gateway": { "base_url": "https://gateway.test", "kind": "test" },
        "mid": "welcometst",
        "payment": { "tid": "T1", "price": 1000 },
        "steps": [{ "step": "partial", "state": "answered", "exchanges": [] }],
        "findings": {
            "signature": { "format": "name_value", "forms": [{ "signature_format": "name_value", "timestamp_format": "kst" }] },
            "confirm_price": { "enforced": true },
            "codes": { "bad_signature": "E1" },
            "answers": { "bad_signature": { "status": 200, "body": [{ "text": "{}" }, { "value": "tid" }] } },
        },
    })
}

/// The smallest file with `value` at a pointer.
fn with(pointer: &str, value: Value) -> String {
    let mut file = smallest();
    *file.pointer_mut(pointer).expect("it is there") = value;
    format!("{file:#}")
}

fn without(pointer: &str, name: &str) -> String {
    let mut file = smallest();
    file.pointer_mut(pointer).and_then(Value::as_object_mut).expect("it is there").remove(name).expect("it is there");
    format!("{file:#}")
}

#[test]
fn what_is_written_is_read_back() {
    let read = Rehearsal::read(&smallest().to_string()).expect("it is right");
    assert_eq!(Rehearsal::read(&read.to_text()), Ok(read.clone()));
    assert_eq!(Rehearsal::read(&format!("\u{feff}{}", read.to_text())), Ok(read.clone()), "an editor's mark");
    let payment = read.payment.expect("it is there");
    assert_eq!((payment.pay_type.as_str(), payment.currency.as_str()), ("card", "WON"));
    assert_eq!(read.findings.codes[&Situation::BadSignature], "E1");
    for situation in Situation::ALL {
        assert_eq!(json!(situation), json!(situation.as_str()));
    }
}

#[test]
fn what_is_wrong_is_named_with_its_place() {
    for (text, place, why) in [
        (with("/findings/signature/format", json!("joined")), "findings.signature.format", "name_value"),
        (
            with("/findings/signature/forms/0/timestamp_format", json!(14)),
            "findings.signature.forms[0].timestamp_format",
            "words",
        ),
        (with("/findings/confirm_price/enforced", json!("yes")), "findings.confirm_price.enforced", "boolean"),
        (with("/findings/codes", json!({ "bad_signature": "1", "bad": "2" })), "findings.codes.bad", "unknown variant"),
        (
            with("/findings/answers/bad_signature/body/1", json!({})),
            "findings.answers.bad_signature.body[1]",
            "one of text",
        ),
        (
            with("/findings/answers/bad_signature/body/1", json!({ "base64": "?" })),
            "findings.answers.bad_signature.body[1]",
            "base64",
        ),
        (
            without("/findings/answers/bad_signature", "status"),
            "findings.answers.bad_signature",
            "missing field `status`",
        ),
        (without("/steps/0", "state"), "steps[0]", "missing field `state`"),
        (without("/gateway", "kind"), "gateway", "missing field `kind`"),
        (without("", "mid"), "", "missing field `mid`"),
        (with("/payment/price", json!(0)), "payment.price", "above 0"),
        (with("/payment/price", json!(-1)), "payment.price", "-1"),
        (with("/payment/price", json!("1000")), "payment.price", "1000"),
        (with("/format", json!("har")), "format", "not a file of paywelcome rehearse"),
        (with("/version", json!(2)), "version", "newer paywelcome"),
        (with("/version", json!(0)), "version", "must be 1"),
        ("{}".to_owned(), "format", "not a file of paywelcome rehearse"),
        ("[1]".to_owned(), "", "one JSON object"),
        ("{\"format\": ".to_owned(), "", "is not JSON"),
        (String::new(), "", "is not JSON"),
    ] {
        for text in [text.clone(), text.replace('\n', "").replace("  ", "")] {
            let error = Rehearsal::read(&text).expect_err(&text);
            assert_eq!(error.place(), place, "{error}");
            assert!(error.why().contains(why), "{error}: {text}");
            assert!(error.to_string().starts_with(place), "{error}");
        }
    }
}

#[test]
fn only_what_was_found_for_this_merchant_at_this_address_is_a_proof() {
    let mut file = Rehearsal::read(&smallest().to_string()).expect("it is right");
    let (proven, _) = file.proves_confirm_price("welcometst", "https://gateway.test/");
    assert!(proven);
    let (proven, why) = file.proves_confirm_price("welcometst", "https://payapi.paywelcome.co.kr");
    assert!(!proven && why.contains("test host") && why.contains("payapi"), "{why}");
    let (proven, why) = file.proves_confirm_price("other", "https://gateway.test");
    assert!(!proven && why.contains("other"), "{why}");
    for (enforced, word) in [(Some(false), "does not keep"), (None, "did not find out")] {
        file.findings.confirm_price.enforced = enforced;
        let (proven, why) = file.proves_confirm_price("welcometst", "https://gateway.test");
        assert!(!proven && why.contains(word), "{why}");
    }
}

#[test]
fn a_template_is_filled_in() {
    let value = |value, length, form: Option<&str>| Piece::Value {
        value,
        length,
        form: form.map(str::to_owned),
        like: Some("WPC_2026A0009".to_owned()),
    };
    let comma = || Piece::Literal(b",".to_vec());
    let body = vec![
        Piece::Literal(b"\xc1\xa4".to_vec()),
        value(What::Tid, 2, None),
        comma(),
        value(What::Moid, 2, None),
        comma(),
        value(What::Price, 6, Some("commas")),
        comma(),
        value(What::Remaining, 6, Some("padded")),
        comma(),
        value(What::CancelTid, 13, None),
        comma(),
        value(What::Date, 10, Some("YYYY-MM-DD")),
        comma(),
        value(What::Datetime, 12, Some("YYMMDDhhmmss")),
        comma(),
        value(What::Time, 8, Some("hh:mm:ss")),
    ];
    let template = Template { status: 200, body, ..Template::default() };
    let values = Values {
        before: 0,
        returned: 0,
        tid: "T1",
        moid: "\"주문\"",
        price: 1_234_567,
        remaining: 7,
        number: 12,
        now: "20260102030405",
        ..Values::default()
    };
    let expected = "T1,\\\"주문\\\",1,234,567,000007,WPC_2026A0012,2026-01-02,260102030405,03:04:05";
    let rendered = template.render(&values);
    assert_eq!(&rendered[..2], b"\xc1\xa4");
    assert_eq!(String::from_utf8_lossy(&rendered[2..]), expected);
    let text = serde_json::to_string(&template).expect("it can be written");
    assert!(text.contains("{\"base64\":\"waQ=\"}") && text.contains("{\"text\":\",\"}"), "{text}");
    assert_eq!(serde_json::from_str::<Template>(&text).expect("it can be read"), template);
}

#[test]
fn each_number_has_an_id_of_its_own_of_the_same_shape() {
    for like in ["WPC_2026A0009", "0000", "ab-cd-ef-gh", "20260101120000123456", "A1B2C3D4", "x9"] {
        let mut seen = std::collections::BTreeSet::new();
        for number in [0, 1, 2, 9, 10, 11, 21, 99] {
            let id = numbered(like, number);
            assert_eq!(id.chars().count(), like.chars().count(), "{like} {number}");
            assert!(seen.insert(id.clone()), "{like} {number}: {id}");
        }
    }
}

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("paywelcome-rehearsal-{name}-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("there is room");
    folder
}

#[test]
fn a_file_is_replaced_as_a_whole_and_is_its_owners() {
    let folder = folder("write");
    let path = folder.join("rehearsal.json");
    let mut file = Rehearsal::read(&smallest().to_string()).expect("it is right");
    file.write(&path).expect("it can be written");
    file.mid = "other".to_owned();
    file.write(&path).expect("it can be written again");
    let read = fs::read_to_string(&path).expect("it is there");
    assert_eq!(Rehearsal::read(&read), Ok(file.clone()));
    assert_eq!(fs::read_dir(&folder).expect("it is there").count(), 1, "nothing else is left");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(&path).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let nowhere = folder.join("none").join("rehearsal.json");
    file.write(&nowhere).expect_err("there is no such folder");
    // A folder of this name is in the way of the last step.
    let taken = folder.join("taken.json");
    fs::create_dir(&taken).expect("there is room");
    file.write(&taken).expect_err("a folder is there");
    assert_eq!(fs::read_dir(&folder).expect("it is there").count(), 2, "nothing half written is left");
    fs::remove_dir_all(&folder).expect("it is ours");
}

#[test]
fn nothing_is_known_at_first() {
    let file = Rehearsal {
        findings: Findings::default(),
        gateway: Gateway { base_url: "http://127.0.0.1:1".to_owned(), kind: GatewayKind::Loopback },
        ..Rehearsal::read(&smallest().to_string()).expect("it is right")
    };
    let written: Value = serde_json::from_str(&file.to_text()).expect("it is JSON");
    let none = json!({ "compared": null, "equality": null, "too_high": null, "too_low": null, "same_again": null,
        "at_once": null, "atomic": null, "enforced": null });
    assert_eq!(written["findings"]["confirm_price"], none);
    assert_eq!(written["gateway"]["kind"], GatewayKind::Loopback.as_str());
}
