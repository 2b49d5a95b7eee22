//! A sandbox with a rehearsal answers over the wire as that gateway did; what the rehearsal does not know stays as it is.
#![allow(clippy::unwrap_used)]

mod support;

use paywelcome_sandbox::{
    Approval, Options, Rehearsal, Remainder, Rules, SameAgain, Sandbox, SignatureFormat, TimestampForm,
};
use serde_json::{Value, json};
use support::{MID, SIGN_KEY, SIGNATURE, STAMP, Wire, full, part};

/// Of a gateway that is odd in every way.
const ODD: &str = include_str!("../../tests/rehearsals/odd.json");
const CONCATENATED: &str = "25b91554ab6ef982f6afcbb52c372292a2a9653273ada6d19477bc2495de6f28";

fn odd() -> Options {
    let options = Options { mid: MID.into(), sign_key: SIGN_KEY.into(), ..Options::default() };
    options.rehearsed(Rehearsal::read(ODD).unwrap())
}

fn started(options: Options) -> Sandbox {
    let sandbox = Sandbox::start(options).unwrap();
    sandbox.command("set_clock", json!({"at": STAMP})).unwrap();
    sandbox
}

/// The whole answer to a request on a connection of its own, up to the end of the connection.
fn ask(sandbox: &Sandbox, path: &str, body: &str) -> (String, Vec<u8>) {
    let mut wire = Wire::to(sandbox);
    wire.send(&support::post(path, body));
    wire.finish();
    let (bytes, reset) = wire.read_to_end();
    assert!(!reset);
    let middle = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
    (String::from_utf8(bytes[..middle].to_vec()).unwrap(), bytes[middle..].to_vec())
}

fn signed(body: &str) -> String {
    body.replace(SIGNATURE, CONCATENATED)
}

fn text(sandbox: &Sandbox, path: &str, body: &str) -> String {
    String::from_utf8(ask(sandbox, path, &signed(body)).1).unwrap()
}

fn remaining(sandbox: &Sandbox, tid: &str) -> u64 {
    sandbox.payment(tid).unwrap().remaining
}

#[test]
fn says_what_that_gateway_said_byte_for_byte() {
    let sandbox = started(odd());
    let tid = sandbox.approve(Approval::new(1_000)).unwrap();
    // Too high is declined, too low passes.
    let told = text(&sandbox, "/cancel/repay", &part(&tid, 400, 601));
    assert_eq!(told, r#"{"resultCode":"1409","resultMsg":"1000 <> 601"}"#);
    let (head, body) = ask(&sandbox, "/cancel/repay", &signed(&part(&tid, 400, 599)));
    for header in [
        "200 OK",
        "Content-Type: application/json;charset=EUC-KR\r\n",
        "server: Apache\r\n",
        "X-Paywelcome-Sandbox: 1\r\n",
    ] {
        assert!(head.contains(header), "{head}");
    }
    let (body, _, wrong) = encoding_rs::EUC_KR.decode(&body);
    let cancel = &sandbox.payment(&tid).unwrap().cancels[0];
    assert!(!wrong);
    let (before, after) = body.split_once("\"Tid\":\"").unwrap();
    let (id, rest) = after.split_once('"').unwrap();
    assert_eq!(before, r#"{"resultCode":"00","resultMsg":"정상","#);
    assert_eq!((id.len(), id.starts_with("ODD")), (22, true));
    assert_eq!(rest, r#","price":400,"left":600,"paid":"1,000","at":"2019-09-06 11:01:00"}"#);
    assert_eq!((cancel.operation, cancel.remaining, cancel.cancel_tid.as_deref()), ("partial_cancel", 600, None));

    let unknown = text(&sandbox, "/cancel/repay", &part("nothing", 1, 0));
    assert_eq!(unknown, r#"{"resultCode":"1404","tid":"nothing"}"#);
    let odd = text(&sandbox, "/cancel/repay", &part("a\"b", 1, 0));
    assert_eq!(odd, r#"{"resultCode":"1404","tid":"a\"b"}"#);
    let key = text(&sandbox, "/cancel/repay", &part("", 1, 0).replace("tid=", &format!("tid={SIGN_KEY}")));
    assert_eq!(key, r#"{"resultCode":"1404","tid":"(hidden)"}"#);
    // A full cancel after a partial one gives back what remains, and says what was asked.
    let rest = text(&sandbox, "/cancel/cancel", &full(&tid, 1_000));
    assert_eq!((rest.as_str(), remaining(&sandbox, &tid)), (r#"{"ResultCode":"00","Price":"1000"}"#, 0));
    assert_eq!(text(&sandbox, "/cancel/repay", &part(&tid, 1, 0)), r#"{"ResultCode":"1410"}"#);
    // What it does not know has the sandbox's own answer, but a code that was found.
    assert!(text(&sandbox, "/cancel/cancel", &full(&tid, 1_000)).starts_with(r#"{"ResultCode":"1410","ResultMsg":""#));
    let codes: Vec<Option<String>> = sandbox.requests().into_iter().map(|request| request.result_code).collect();
    let expected = ["1409", "00", "1404", "1404", "1404", "00", "1410", "1410"].map(|code| Some(code.to_owned()));
    assert_eq!(codes, expected);
    assert_eq!(sandbox.executions(), 2);
}

#[test]
fn two_cancels_have_two_ids_of_the_same_shape() {
    let sandbox = started(odd());
    let tid = sandbox.approve(Approval::new(1_000)).unwrap();
    let id = |left: u64| {
        let (_, body) = ask(&sandbox, "/cancel/repay", &signed(&part(&tid, 100, left)));
        let text = String::from_utf8_lossy(&body).into_owned();
        text.split_once("\"Tid\":\"").unwrap().1[..22].to_owned()
    };
    assert_ne!(id(900), id(800));
    // More than remains: what remains goes back.
    let clipped = ask(&sandbox, "/cancel/repay", &signed(&part(&tid, 900, 0))).1;
    let clipped = String::from_utf8_lossy(&clipped).into_owned();
    assert!(clipped.contains(r#""price":900,"left":0"#), "{clipped}");
    assert_eq!(remaining(&sandbox, &tid), 0);
}

#[test]
fn a_signature_or_a_timestamp_of_another_form_is_refused_with_its_page() {
    let sandbox = started(odd());
    let tid = sandbox.approve(Approval::new(1_000)).unwrap();
    for body in [part(&tid, 400, 600), signed(&part(&tid, 400, 600)).replace(STAMP, "1567735260000")] {
        let (head, page) = ask(&sandbox, "/cancel/repay", &body);
        assert!(head.starts_with("HTTP/1.1 400 ") && head.contains("Content-Type: text/html\r\n"), "{head}");
        assert_eq!(String::from_utf8(page).unwrap(), format!("<html>bad signature of {MID}</html>"));
    }
    // The tid is looked at first.
    assert!(text(&sandbox, "/cancel/repay", &part("nothing", 1, 0).replace(SIGNATURE, "x")).contains("1404"));
    let requests = sandbox.requests();
    assert_eq!(requests[0].explanation.as_ref().unwrap().mistakes, ["name_value"]);
    assert_eq!((requests[0].status, &requests[0].result_code, sandbox.executions()), (400, &None, 0));
    // What no form of a timestamp is, no rehearsal asks.
    assert!(text(&sandbox, "/cancel/repay", &part(&tid, 400, 600).replace(STAMP, "now")).contains("SBX110"));
}

#[test]
fn rules_come_from_the_findings_and_those_that_are_set_win() {
    let found = Rules::found(&Rehearsal::read(ODD).unwrap());
    let expected = Rules::default().changed(
        json!({
            "confirm_price": "too_high", "confirm_price_at_once": "ignored", "full_after_partial": "done",
            "more_than_remains": "clipped", "checked_first": "tid", "timestamp": "14", "cancel_tid_length": 22,
            "already_cancelled_code": "1410", "signature_format": "concatenated", "connections": "closed",
        })
        .as_object()
        .unwrap()
        .clone(),
    );
    assert_eq!(found, expected.unwrap());

    let mut options = odd();
    options.rules.connections = Rules::default().connections;
    let sandbox = started(options);
    let tid = sandbox.approve(Approval::new(1_000)).unwrap();
    let mut wire = Wire::to(&sandbox);
    assert!(wire.ask("/cancel/repay", &signed(&part("x", 1, 0))).body.contains("1404"));
    sandbox
        .command(
            "set_rules",
            json!({"confirm_price_at_once": "enforced", "confirm_price": "enforced", "full_after_partial": "declined"}),
        )
        .unwrap();
    assert!(wire.ask("/cancel/repay", &signed(&part(&tid, 400, 599))).body.contains("1409"));
    sandbox.command("set_rules", json!({"confirm_price": "ignored"})).unwrap();
    wire.send(&support::post("/cancel/repay", &signed(&part(&tid, 400, 999))));
    let head = wire.read_head();
    assert_eq!(head.status, 200);
    assert_eq!(remaining(&sandbox, &tid), 600);
    // The gateway's answer was a success, which this is none.
    let declined = text(&sandbox, "/cancel/cancel", &full(&tid, 1_000));
    assert!(declined.contains("SBX402"), "{declined}");

    sandbox.command("reset", Value::Null).unwrap();
    let rules = sandbox.command("rules", Value::Null).unwrap();
    assert_eq!((&rules["confirm_price"], &rules["connections"]), (&json!("too_high"), &json!("kept")));
    assert!(text(&sandbox, "/cancel/repay", &part("x", 1, 0)).contains("1404"), "a reset keeps the rehearsal");
}

#[test]
fn what_is_not_known_stays_as_it_is() {
    let rehearsal = |findings: Value| {
        let file = json!({
            "format": "paywelcome-rehearsal", "version": 1, "gateway": {"base_url": "https://gateway.example", "kind": "test"},
            "mid": "m", "findings": findings,
        });
        Rehearsal::read(&file.to_string()).unwrap()
    };
    let form = |signature: &str, timestamp: &str, accepted: Value| json!({"signature_format": signature, "timestamp_format": timestamp, "accepted": accepted});
    assert_eq!(Rules::found(&rehearsal(json!({}))), Rules::default());
    let (no, yes) = (Value::from(false), Value::from(true));
    for (forms, format, timestamp) in [
        (vec![], SignatureFormat::NameValue, TimestampForm::Both),
        (vec![form("name_value", "kst", yes.clone())], SignatureFormat::NameValue, TimestampForm::Both),
        (
            vec![form("name_value", "kst", yes.clone()), form("name_value", "epoch_ms", no.clone())],
            SignatureFormat::NameValue,
            TimestampForm::Kst,
        ),
        (
            vec![form("name_value", "kst", no.clone()), form("name_value", "epoch_ms", yes.clone())],
            SignatureFormat::NameValue,
            TimestampForm::EpochMillis,
        ),
        (
            vec![form("name_value", "kst", yes.clone()), form("concatenated", "kst", yes.clone())],
            SignatureFormat::Both,
            TimestampForm::Both,
        ),
        // One that is refused for its signature says nothing of timestamps.
        (
            vec![form("name_value", "epoch_ms", no), form("concatenated", "kst", yes)],
            SignatureFormat::Concatenated,
            TimestampForm::Both,
        ),
    ] {
        let rules = Rules::found(&rehearsal(json!({"signature": {"forms": forms}})));
        assert_eq!((rules.signature_format, rules.timestamp), (format, timestamp), "{forms:?}");
    }
    let unchecked = Rules::found(&rehearsal(json!({"signature": {"checked": false}})));
    assert_eq!(unchecked.signature_format, SignatureFormat::Ignored);
    for (price, rule) in [
        (json!({"compared": false}), Remainder::Ignored),
        (json!({"too_high": "done", "too_low": "done"}), Remainder::Ignored),
        (json!({"too_high": "done"}), Remainder::TooLow),
        (
            json!({"compared": false, "too_high": "done", "too_low": "done", "same_again": "declined"}),
            Remainder::Tolerant,
        ),
        (json!({"too_high": "unknown", "too_low": "done"}), Remainder::TooHigh),
        (json!({"too_high": "declined", "too_low": "unknown"}), Remainder::Enforced),
    ] {
        assert_eq!(Rules::found(&rehearsal(json!({"confirm_price": price}))).confirm_price, rule, "{price}");
    }
    for (too_high, same_again, rule) in [
        ("declined", "done", SameAgain::Replayed),
        ("declined", "declined", SameAgain::Judged),
        ("done", "done", SameAgain::Judged),
    ] {
        let price = json!({"too_high": too_high, "same_again": same_again, "atomic": false});
        let rules = Rules::found(&rehearsal(json!({"confirm_price": price})));
        assert_eq!(rules.same_again, rule, "{price}");
    }
    // No code of a success is taken for one of a decline.
    let zeros = Rules::found(&rehearsal(json!({"codes": {"second_full": "00"}})));
    assert_eq!(zeros.already_cancelled_code, "SBX401");

    let sandbox = started(Options::default().rehearsed(rehearsal(json!({}))));
    let told = &sandbox.command("info", Value::Null).unwrap()["rehearsal"];
    assert_eq!(
        (&told["mid"], &told["gateway"], &told["answers"]),
        (&json!("m"), &json!("https://gateway.example"), &json!([]))
    );
    let defaults = told["defaults"].as_array().unwrap();
    assert!(
        ["confirm_price.atomic", "answers.partial_done"].iter().all(|name| defaults.contains(&json!(name))),
        "{told}"
    );
    assert_eq!(
        Sandbox::start(Options::default()).unwrap().command("info", Value::Null).unwrap()["rehearsal"],
        Value::Null
    );
}

#[test]
fn faults_break_its_answers_too() {
    let sandbox = started(odd());
    let tid = sandbox.approve(Approval::new(1_000)).unwrap();
    sandbox.command("set_rules", json!({"confirm_price_at_once": "enforced", "confirm_price": "ignored"})).unwrap();
    let broken = |fault: Value| {
        sandbox.command("arm", fault).unwrap();
        let (head, body) = ask(&sandbox, "/cancel/repay", &signed(&part(&tid, 10, 990)));
        let (text, _, _) = encoding_rs::EUC_KR.decode(&body);
        (head, text.into_owned())
    };
    for (fault, told) in [
        (json!({"kind": "wrong_amount"}), r#""price":11,"#),
        (json!({"kind": "wrong_remaining", "by": -1}), r#""left":979,"#),
        (json!({"kind": "result_code", "code": "0000"}), r#""resultCode":"0000","#),
        (json!({"kind": "wrong_tid", "echo": "other"}), r#""Tid":"other","#),
        (json!({"kind": "duplicate_key", "key": "Price", "conflicting": true}), r#","price":11}"#),
        (json!({"kind": "letter_case", "case": "upper"}), r#""LEFT":"#),
    ] {
        let (head, body) = broken(fault.clone());
        assert!(head.contains("EUC-KR") && body.contains(told) && body.contains("정상"), "{fault} {body}");
    }
    let (head, body) = broken(json!({"kind": "missing_key", "key": "RmainPrice"}));
    assert!(head.starts_with("HTTP/1.1 200 ") && !body.contains("left"), "{body}");
    let (_, body) = broken(json!({"kind": "huge_body", "bytes": 5_000}));
    assert!(body.len() > 4_900 && serde_json::from_str::<Value>(&body).is_ok());
    assert_eq!(broken(json!({"kind": "html"})).0.lines().next(), Some("HTTP/1.1 200 OK"));
    let (head, page) = {
        sandbox.command("arm", json!({"kind": "truncated_json", "bytes": 6})).unwrap();
        ask(&sandbox, "/cancel/repay", &part(&tid, 10, 0))
    };
    assert!(head.starts_with("HTTP/1.1 400 ") && page == b"<html>");
    assert_eq!(remaining(&sandbox, &tid), 1_000 - 9 * 10);
}

#[test]
fn a_late_cancel_is_applied_as_it_was_seen() {
    let sandbox = started(odd());
    let tid = sandbox.approve(Approval::new(1_000)).unwrap();
    sandbox.command("arm", json!({"kind": "letter_case", "when": "late", "late_ms": 0})).unwrap();
    ask(&sandbox, "/cancel/repay", &signed(&part(&tid, 400, 600)));
    support::until(&sandbox, |sandbox| sandbox.executions() == 1);
    assert_eq!(remaining(&sandbox, &tid), 600);
}

#[test]
fn refuses_what_no_gateway_could_say() {
    for (pointer, value, place) in [
        ("/findings/answers/bad_signature/status", json!(100), "findings.answers.bad_signature.status"),
        ("/findings/answers/bad_signature/headers/0/0", json!("a b"), "findings.answers.bad_signature.headers[0]"),
        (
            "/findings/answers/bad_signature/headers/0/1",
            json!("a\r\nb: c"),
            "findings.answers.bad_signature.headers[0]",
        ),
    ] {
        let mut file: Value = serde_json::from_str(ODD).unwrap();
        *file.pointer_mut(pointer).unwrap() = value;
        let refused = Rehearsal::read(&file.to_string()).unwrap_err();
        assert_eq!(refused.place(), place, "{refused}");
    }
    let mut rehearsal = Rehearsal::read(ODD).unwrap();
    rehearsal.findings.answers.values_mut().for_each(|answer| answer.status = 99);
    let refused = Sandbox::start(Options::default().rehearsed(rehearsal)).err().unwrap();
    assert_eq!(refused.kind(), std::io::ErrorKind::InvalidInput);
    assert!(refused.to_string().contains("status must be from 200 to 599"), "{refused}");
}
