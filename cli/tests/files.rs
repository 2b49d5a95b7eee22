//! Command lines that read a file: what is wrong with it, what its host is asked to record, and what is said of that.
#![allow(missing_docs)]

#[path = "scripted/hosted.rs"]
mod hosted;
mod scripted;

use std::fs;
use std::path::PathBuf;

use hosted::{Ended, LOCAL, person, run, run_with};
use serde_json::{Value, json};

/// A file that is there as long as the test.
struct Paper(PathBuf);

impl Paper {
    fn new(name: &str, content: impl AsRef<[u8]>) -> Self {
        let path = std::env::temp_dir().join(format!("paywelcome-{}-{name}.csv", std::process::id()));
        fs::write(&path, content).expect("a file is written");
        Self(path)
    }

    fn line(&self, verb: &str, options: &str) -> String {
        format!("{verb} {} {options}", self.0.display())
    }
}

impl Drop for Paper {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

const HEADER: &str = "환불번호,거래ID,취소금액,결제금액,결제수단\n";

fn imported(name: &str, content: impl AsRef<[u8]>, options: &str, found: &Value) -> Ended {
    let paper = Paper::new(name, content);
    run(person(&LOCAL), &paper.line("import", options), false, &json!({ "lines": found }))
}

#[test]
fn refunds_are_written_down_with_the_settings_of_their_batch() {
    let text = format!("{HEADER}r-1,T1,\"12,000원\",\"12,000\",신용카드\n\nr-2,T2,₩3000,12000,card\n");
    let found = json!({ "requested": 2, "known": 0, "elsewhere": 0 });
    let ended = imported("settings", &text, "--batch concert-17 --paused --by kim --pace 5 --most-percent 10", &found);
    assert_eq!(ended.code, 0, "{}", ended.person.err);
    let lines = ended.asked.last().expect("it asked");
    assert_eq!(
        *lines,
        json!(["lines", [
            ["set_batch", { "batch": "concert-17", "pace": 5.0, "most_percent": 10 }],
            ["pause", { "batch": "concert-17", "by": "kim" }],
        ]])
    );
    assert!(
        ended.person.err.contains(
            "Writing 2 refunds of 15,000 won of welcometst, batch concert-17, into PostgreSQL; nothing is sent."
        ),
        "{}",
        ended.person.err
    );
    assert!(ended.person.out.starts_with("2 new, 0 known already\n"), "{}", ended.person.out);
    assert!(ended.person.out.contains("paywelcome refunds run --batch concert-17"), "{}", ended.person.out);
    let ended =
        imported("settings", &text, "--batch concert-17", &json!({ "requested": 0, "known": 2, "elsewhere": 1 }));
    assert_eq!(ended.asked.last(), Some(&json!(["lines", []])));
    assert!(ended.person.out.contains("0 new, 2 known already\nnothing was changed"), "{}", ended.person.out);
    assert!(ended.person.out.contains("1 of those known are of another batch"), "{}", ended.person.out);
    let ended = imported("settings", &text, "--batch concert-17 --json", &found);
    let told = ended.person.json();
    assert_eq!(told["requested"], 2);
    assert_eq!(told["won"], 15_000);
}

#[test]
fn each_wrong_line_is_named_and_nothing_is_written() {
    let text = [
        HEADER.trim_end(),
        "r-1,T1,3000,12000,card",
        "r-2,1.23E+15,3000,12000,card",
        "r-3,T3,12천원,12000,card",
        "\"r",
        "4\",T4,3000,12000,card",
        "r-5,T5,3000,2000,card",
        "r-6,T6,3000,12000",
        "r-7,T7,,12000,card",
        "r-1,T8,3000,12000,card",
        "r-9,T9,-3000,12000,card",
        "r-10,T9,3\"000,12000,card",
        ",T9,3000,12000,card",
        "r-12,T9,3000,12000,card,x",
    ]
    .join("\r\n");
    let ended = imported("wrong", &text, "--batch b", &Value::Null);
    assert_eq!((ended.code, ended.asked.len()), (2, 0), "no store is opened");
    for expected in [
        "line 3, tid \"1.23E+15\": is 1.23E+15, into which a spreadsheet has turned a long number",
        "line 4, amount \"12천원\": is not a whole number",
        "line 5, key \"r  4\": holds a control character",
        "line 7, amount \"3000\": is above what remains, 2000",
        "line 8: has 4 fields, and the header 5",
        "line 9, amount: ",
        "line 10, key \"r-1\": is the key of line 2, too",
        "line 11, amount \"-3000\": is not a whole number; pass digits only",
        "line 12: has a quote within a field",
        "line 13, key: ",
        "line 14: has 6 fields, and the header 5",
    ] {
        assert!(ended.person.err.contains(expected), "{expected}\n{}", ended.person.err);
    }
    assert_eq!(ended.person.err.lines().count(), 12, "{}", ended.person.err);
    let ended = imported("wrong", &text, "--batch b --json", &Value::Null);
    let told = ended.person.json();
    assert_eq!((told["errors"].as_array().map(Vec::len), &told["more"]), (Some(11), &json!(0)));
    assert_eq!(told["errors"][0]["line"], 3);
    let many = format!("{HEADER}{}", "r,T,x,12000,card\n".repeat(130));
    let ended = imported("many", &many, "--batch b", &Value::Null);
    assert!(ended.person.err.ends_with("line 101, amount \"x\": is not a whole number; pass digits only, won or (for USD) cents, with no sign, point, space or unit\n  and 30 more\n"), "{}", ended.person.err);
}

#[test]
fn what_the_ledger_finds_wrong_is_named_by_line_in_both_languages() {
    let error = |pay_type: &str| {
        json!({ "error": { "kind": "invalid_request", "message": "wrong", "errors": [
            { "field": "line 2.amount", "message": "is above what can still be requested, 0: of 12000 paid 0 remain" },
            { "field": format!("line 3.{pay_type}"), "message": "is not the payment's, card" },
            { "field": "line 0", "message": "the file was changed while it was read; do it again" },
        ] } })
    };
    for name in ["pay_type", "payType"] {
        let ended = imported("ledger", format!("{HEADER}r-1,T1,3000,12000,card\n"), "--batch b", &error(name));
        assert_eq!(ended.code, 2);
        for expected in [
            "  line 2, amount: is above what can still be requested",
            "  line 3, pay_type: is not the payment's, card",
            "  the file was changed while it was read",
        ] {
            assert!(ended.person.err.contains(expected), "{expected}\n{}", ended.person.err);
        }
    }
}

#[test]
fn columns_are_named_by_options_and_values_given_for_all_lines() {
    let text = "주문;거래번호;얼마;얼마였나;구분\nr-1;T1;3,000;12,000;취소\nr-2;T2;5,000;12,000;승인\n";
    let options = "--batch b --check --column key=주문 --column amount=얼마 --column paid=얼마였나 --pay-type card";
    let ended = imported("columns", text, options, &Value::Null);
    assert_eq!((ended.code, ended.asked.len()), (0, 0), "{}", ended.person.err);
    assert_eq!(ended.person.out, "2 refunds of 8,000 won, read as UTF-8: no line is wrong; nothing was written\n");
    let ended = imported("columns", text, &format!("{options} --only 구분=취소"), &Value::Null);
    assert!(ended.person.out.starts_with("1 refund of 3,000 won"), "{}", ended.person.out);
    let ended = imported("columns", text, "--batch b --check", &Value::Null);
    assert_eq!(ended.code, 2);
    assert!(
        ended.person.err.contains("no column is known to be key; pass --column key=HEADER with one of 주문, 거래번호"),
        "{}",
        ended.person.err
    );
    for (options, expected) in [
        ("", "--batch is missing"),
        ("--batch b --column key", "--column needs two words with = between them"),
        ("--batch b --encoding latin-1", "--encoding must be"),
        ("--batch b --only 상태=취소", "the file has no such header"),
    ] {
        let ended = imported("columns", format!("{HEADER}r-1,T1,3000,12000,card\n"), options, &Value::Null);
        assert_eq!(ended.code, 2, "{options}");
        assert!(ended.person.err.contains(expected), "{options}: {}", ended.person.err);
    }
    let ended = run(person(&LOCAL), "import /not/there.csv --batch b", false, &Value::Null);
    assert!(ended.code == 2 && ended.person.err.contains("/not/there.csv"), "{}", ended.person.err);
}

#[test]
fn a_person_is_asked_before_anything_is_written() {
    let paper = Paper::new("asked", format!("{HEADER}r-1,T1,3000,12000,card\n"));
    for (answer, code) in [("no", 1), ("yes", 0)] {
        let mut there = person(&LOCAL);
        there.answers.push(answer);
        let found = json!({ "lines": { "requested": 1, "known": 0, "elsewhere": 0 } });
        let ended = run(there, &paper.line("import", "--batch b"), false, &found);
        assert_eq!(ended.code, code);
        let wrote = ended.asked.iter().any(|ask| ask[0] == "lines");
        assert_eq!(wrote, code == 0);
        assert!(
            ended
                .person
                .err
                .contains("1 refund of 3,000 won of welcometst, batch b, into PostgreSQL; nothing is sent.\nType yes"),
            "{}",
            ended.person.err
        );
    }
}

#[test]
fn a_statement_is_handed_over_and_what_came_of_it_told_by_line() {
    let text = "거래ID,취소거래ID,취소 금액,취소후잔액,취소일자,취소시간,구분\n\
                T0,,5000,,20260301,090000,승인\n\
                T1,C1,\"-3,000\",\"9,000\",20260301,140509,취소\n\
                T2,,5000원,,2026.03.01,,취소\n";
    let paper = Paper::new("statement", text);
    let mut rows = Value::Null;
    let finding = |row: Value, state: &str| {
        json!({ "row": row, "tid": "T1", "amount": 3000, "remaining": 9000, "cancel_tid": "C1", "cancelled_at": 1_772_341_509_000_u64,
            "keys": ["refund-1"], "state": state, "why": { "en": "It is so.", "ko": "그렇습니다." } })
    };
    let mut found = json!({ "agreed": 1, "under_way": 0, "closed": [finding(json!(0), "review")], "contradicted": [], "unknown": [],
        "ambiguous": [], "missing": [] });
    let mut with = |found: &Value, options: &str| {
        run_with(person(&LOCAL), &paper.line("reconcile", options), false, |name, arguments| {
            if name == "reconcile" {
                rows = arguments.clone();
                found.clone()
            } else {
                Value::Null
            }
        })
    };
    let ended = with(&found, "--only 구분=취소 --since 2026-03-01 --until 2026-03-02");
    assert_eq!(ended.code, 0, "{}", ended.person.err);
    assert_eq!(
        ended.person.out,
        "agreed: 1\nclosed: 1\n  line 3: T1 · 3,000 · C1 · 2026-03-01 14:05:09 KST · refund-1\n    It is so.\n\
         contradicted: 0\nunknown: 0\nambiguous: 0\nmissing: 0\n"
    );
    let ended = with(&found, "--only 구분=취소 --lang ko --json");
    let told = ended.person.json();
    assert_eq!(
        (&told["closed"][0]["line"], &told["closed"][0]["cancelled_at"]),
        (&json!(3), &json!("2026-03-01T14:05:09+09:00"))
    );
    // What a person has to look at ends in a code of its own.
    for (list, state, code) in [
        ("contradicted", "void", 6),
        ("unknown", "", 6),
        ("ambiguous", "", 6),
        ("missing", "done", 6),
        ("missing", "review", 0),
    ] {
        let mut found = found.clone();
        found[list] = json!([finding(json!(1), state)]);
        assert_eq!(with(&found, "--only 구분=취소").code, code, "{list} {state}");
    }
    found = json!({ "error": { "kind": "invalid_request", "message": "wrong", "errors": [
        { "field": "rows[1].cancel_tid", "message": "is that of rows[0], too, which says something else" }] } });
    let ended = with(&found, "--only 구분=취소");
    assert_eq!(ended.code, 2);
    assert!(ended.person.err.contains("line 4, cancel_tid: is that of line 3, too"), "{}", ended.person.err);
    let rows: Value = serde_json::from_str(rows["rows"].as_str().expect("a text")).expect("it is JSON");
    assert_eq!(
        rows,
        json!([
            { "tid": "T1", "cancel_tid": "C1", "amount": "3,000", "remaining": "9,000", "cancelled_at": "20260301 14:05:09" },
            { "tid": "T2", "amount": "5000", "cancelled_at": "2026.03.01" },
        ])
    );
}
