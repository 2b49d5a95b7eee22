//! What must hold for any bytes, with made-up values and with every input that the fuzz targets found worth keeping.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use paywelcome_tests::properties::{amount, reply, request, wire};
use proptest::prelude::*;

/// Runs each input in the corpus of `target`, and names the one that fails.
fn keep(target: &str, property: fn(&[u8])) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let inputs = std::fs::read_dir(folder).expect("the corpus is beside this package");
    let mut count = 0;
    for input in inputs {
        let path = input.expect("the folder can be read").path();
        let bytes = std::fs::read(&path).expect("the input can be read");
        assert!(catch_unwind(AssertUnwindSafe(|| property(&bytes))).is_ok(), "{} fails", path.display());
        count += 1;
    }
    assert!(count >= 5, "the corpus of {target} has {count} inputs");
}

#[test]
fn every_amount_that_was_kept() {
    keep("amount", amount);
}

#[test]
fn every_reply_that_was_kept() {
    keep("reply", reply);
}

#[test]
fn every_request_that_was_kept() {
    keep("request", request);
}

#[test]
fn all_wire_bytes_that_were_kept() {
    keep("wire", wire);
}

/// Digits, commas and what else people write in amounts.
const AMOUNT: &str = "[0-9]{0,24}|[0-9]{1,3}(,[0-9]{3}){0,8}|[0-9,]{0,9}|[-+ 0-9.,e_원１]{0,8}";

/// A JSON value as gateways write them for codes, payments and amounts.
fn value() -> impl Strategy<Value = String> {
    let said = [
        "00",
        "0000",
        "01",
        "0",
        "",
        " 00",
        "00\\u0000",
        "０0",
        "T1",
        "t1",
        "T2",
        "12000",
        "12,000",
        "3000",
        "9000",
        "\u{3}",
    ];
    prop_oneof![
        4 => proptest::sample::select(said.map(|text| format!("\"{text}\"")).to_vec()),
        1 => proptest::sample::select(vec!["0", "00", "-0", "0.0", "0e1", "12000", "3000", "9000", "null", "[0]", "{}"])
            .prop_map(str::to_owned),
        1 => "\\PC{0,6}".prop_map(|text| serde_json::Value::from(text).to_string()),
    ]
}

/// An answer whose members are near to what the gateway sends: the right ones, then any at all.
fn answer() -> impl Strategy<Value = Vec<u8>> {
    let names = ["ResultCode", "resultcode", "ResultMsg", "Tid", "TID", "Price", "RmainPrice", "RemainPrice", "Moid"];
    let member = (proptest::sample::select(names.to_vec()), value());
    let right = [
        vec![("ResultCode", "\"00\""), ("Tid", "\"T1\""), ("Price", "\"12000\"")],
        vec![("ResultCode", "\"00\""), ("Tid", "\"T1\""), ("Price", "\"3000\""), ("RmainPrice", "\"9000\"")],
        vec![("ResultCode", "\"01\""), ("ResultMsg", "\"no \u{1} \u{2}\"")],
        vec![],
    ];
    let parts = (proptest::sample::select(right.to_vec()), proptest::collection::vec(member, 0..4), any::<usize>());
    (any::<[u8; 2]>(), parts).prop_map(|(how, (right, others, drop))| {
        let right = right.iter().map(|(name, value)| (*name, (*value).to_owned()));
        let mut members: Vec<_> = right.chain(others).collect();
        // One of the members is missing half of the time.
        if drop % 2 == 0 && !members.is_empty() {
            members.remove(drop / 2 % members.len());
        }
        let members: Vec<_> = members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        let mut bytes = how.to_vec();
        bytes.extend(format!("{{{}}}", members.join(",")).bytes());
        bytes
    })
}

/// The fields of a request, one a line.
fn fields() -> impl Strategy<Value = Vec<u8>> {
    let amount = || AMOUNT.boxed();
    let pay_type = "card|hpp|vbank|bank|-|[a-z0-9_]{1,11}|\\PC{0,3}";
    let tid = "T1|-|\\PC{1,12}|[A-Za-z0-9 &=%+가]{30,42}|\\s?T[\0\u{b}\u{a0}]?";
    let fifth = prop_oneof![2 => Just("-".to_owned()), 2 => "WON|USD|KRW|C|c|", 1 => amount()];
    let rest = (amount(), amount(), fifth.clone(), fifth, prop_oneof![Just("-".to_owned()), amount()]);
    (any::<[u8; 5]>(), pay_type, tid, rest).prop_map(|(head, pay_type, tid, (a, b, c, d, e))| {
        let mut bytes = head.to_vec();
        bytes.extend([pay_type, tid, a, b, c, d, e].join("\n").bytes());
        bytes
    })
}

proptest! {
    // The seed is drawn anew each time; a failure prints its input, which belongs into the corpus.
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn amounts_as_people_write_them(text in AMOUNT) {
        amount(text.as_bytes());
    }

    #[test]
    fn replies_of_any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
        reply(&bytes);
    }

    #[test]
    fn replies_near_the_gateways(bytes in answer()) {
        reply(&bytes);
    }

    #[test]
    fn requests_of_any_fields(bytes in fields()) {
        request(&bytes);
    }

    #[test]
    fn wire_bytes_of_any_kind(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
        wire(&bytes);
    }

    #[test]
    fn chunks_of_any_size(
        chunks in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..20), 0..6),
        end in "0\r\n\r\n|0\r\nA: b\r\n\r\n|0\r\n|",
    ) {
        let mut bytes = Vec::new();
        for chunk in &chunks {
            bytes.extend(format!("{:x}\r\n", chunk.len()).into_bytes());
            bytes.extend(chunk);
            bytes.extend(b"\r\n");
        }
        bytes.extend(end.bytes());
        wire(&bytes);
        let read = paywelcome_sandbox::fuzzing::chunked(&bytes, 1);
        prop_assert_eq!(read.map(|(body, _)| body), end.ends_with("\r\n\r\n").then(|| chunks.concat()));
    }
}
