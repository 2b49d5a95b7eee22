//! Answers that were kept, judged.
#![allow(missing_docs)]

mod scripted;

use std::collections::BTreeSet;

use paywelcome_cli::{Interrupts, Program, run};
use scripted::Scripted;
use serde_json::{Value, json};

const TID: &str = "WPSBX_CARDwelcometst20260101120000000001";
const PART: &str = r#"{"ResultCode":"00","ResultMsg":"정상","Tid":"TID","Price":"3000","RmainPrice":"9000"}"#;
const ASKED: &str = " --price 3,000 --confirm-price 9000 --tid ";

fn part() -> String {
    PART.replace("TID", TID)
}

fn asked() -> String {
    format!("{ASKED}{TID}")
}

fn judge(options: &str, input: impl Into<Vec<u8>>) -> (i32, Scripted) {
    let mut terminal = Scripted { input: input.into(), ..Scripted::default() };
    let program = Program { name: "paywelcome", host: "a test", interrupts: &Interrupts::default() };
    let arguments = options.split_whitespace().map(str::to_owned).collect();
    let code = run(program, "judge", arguments, &mut terminal).expect("there is such a command");
    (code, terminal)
}

/// What is told as JSON of an answer whose code is `code`.
fn told(options: &str, input: impl Into<Vec<u8>>, code: i32) -> Value {
    let (ended, terminal) = judge(&format!("{options} --json"), input);
    assert_eq!(ended, code, "{options}: {}{}", terminal.out, terminal.err);
    terminal.json()
}

/// A rule, the exit code, more options, and an answer.
fn answers() -> Vec<(&'static str, i32, &'static str, String)> {
    let with = |from: &str, to: &str| part().replace(from, to);
    vec![
        ("done", 0, "", part()),
        ("done", 0, "", with("\"3000\"", "3000")),
        ("done", 0, " --required-echoes price", with("9000", "1")),
        ("echo", 5, "", with("9000", "1")),
        ("echo", 5, "", with(TID, "T2")),
        ("zeros", 5, "", with("\"00\"", "\"0000\"")),
        ("zeros", 5, "", with("\"00\"", "0")),
        ("declined", 4, "", r#"{"ResultCode":"ERR206","ResultMsg":"서명 오류"}"#.to_owned()),
        ("declined", 4, "", with("\"00\"", "\"01\"")),
        ("other-payment", 5, "", with("\"00\"", "\"01\"").replace(TID, "T2")),
        ("unreadable", 5, "", "<html><body>차단</body></html>".to_owned()),
        ("unreadable", 5, "", String::new()),
        ("unreadable", 5, "", "{}".to_owned()),
        ("unreadable", 5, "", format!("Warning: x\n{}", part())),
        ("cut", 5, "", format!("HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{}", part())),
        ("cut", 5, "", format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n999\r\n{}", part())),
        ("status", 5, " --status 500", part()),
        ("status", 5, " --status 302", String::new()),
    ]
}

#[test]
fn each_rule_of_the_page_is_told_of_the_answers_it_is_for() {
    let pages = [include_str!("../../docs/fields.md"), include_str!("../../docs/fields.ko.md")];
    let [on_page, on_korean_page] = pages.map(|page| {
        let rules = page.split("<a id=\"rule-").skip(1);
        rules.filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect::<BTreeSet<_>>()
    });
    let mut met = BTreeSet::new();
    for (rule, code, options, answer) in answers() {
        let told = told(&format!("{}{options}", asked()), answer.as_str(), code);
        assert_eq!(told["rule"], rule, "{answer}: {told}");
        assert_eq!(told["page"], format!("docs/fields.md#rule-{rule}"));
        let outcome = match code {
            0 => "done",
            4 => "declined",
            _ => "unknown",
        };
        assert_eq!(told["outcome"], outcome, "{answer}");
        met.insert(rule.to_owned());
    }
    assert_eq!(met, on_page);
    assert_eq!(on_korean_page, on_page);
}

#[test]
fn what_differs_is_told_and_with_which_echoes_it_would_be_done() {
    for (from, to, field, fitting) in [
        (TID, "C-1", "tid", json!(["price", "remaining_price"])),
        ("\"RmainPrice\":\"9000\"", "\"x\":1", "remaining_price", json!(["tid", "price"])),
        ("\"3000\"", "\"1\"", "price", json!(["tid", "remaining_price"])),
    ] {
        let answer = part().replace(from, to);
        let found = told(&asked(), answer.as_str(), 5);
        assert_eq!((&found["differing"][0]["field"], &found["required_echoes"]), (&json!(field), &fitting), "{found}");
        let names = fitting.as_array().into_iter().flatten().filter_map(Value::as_str).collect::<Vec<_>>().join(",");
        let done = told(&format!("{} --required-echoes {names}", asked()), answer.as_str(), 0);
        assert_eq!(done["receipt"]["mismatches"][0]["field"], field);
        let (_, words) = judge(&format!("{} --required-echoes {names}", asked()), answer.as_str());
        assert!(words.out.starts_with("done by the echoes that must agree; but"), "{}", words.out);
        let (_, words) = judge(&asked(), answer.as_str());
        assert!(words.out.contains(&format!("required_echoes of {names}\n")), "{}", words.out);
        assert_eq!(words.out.contains("an AMOUNT differs"), field != "tid", "{}", words.out);
    }
    let (_, zeros) = judge(&asked(), part().replace("\"00\"", "\"0000\""));
    assert!(zeros.out.contains("no choice of required_echoes makes it done"), "{}", zeros.out);
}

#[test]
fn what_was_asked_is_only_needed_where_it_decides() {
    for (rule, _, options, answer) in answers() {
        let (code, terminal) = judge(options, answer.as_str());
        // The one names the payment and the other needs it.
        let needs = matches!(rule, "done" | "echo" | "other-payment") || rule == "declined" && answer.contains("Tid");
        assert_eq!(code == 2, needs, "{answer}: {}{}", terminal.out, terminal.err);
        assert_eq!(terminal.err.contains("--confirm-price"), needs, "{}", terminal.err);
    }
}

#[test]
fn the_head_above_a_body_is_read_as_curl_prints_it() {
    let tunnel = "HTTP/1.1 200 Connection established\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n";
    let cp949 = "application/json; charset=euc-kr";
    for (head, rule, charset) in [
        ("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n", "done", "UTF-8"),
        ("HTTP/2 200\ncontent-type: application/json\n\n", "done", "UTF-8"),
        ("HTTP/1.1 403 Forbidden\r\n\r\n", "status", "UTF-8"),
        (&format!("{tunnel}HTTP/1.1 200 OK\r\n\r\n"), "done", "UTF-8"),
        (&format!("{tunnel}HTTP/1.1 502 Bad Gateway\r\n\r\n"), "status", "UTF-8"),
        ("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 9\r\n\r\n", "done", "UTF-8"),
        ("\r\nHTTP/1.1 200\r\n\r\n", "done", "UTF-8"),
    ] {
        let answer = format!("{head}{}\n", part());
        let code = if rule == "done" { 0 } else { 5 };
        let told = told(&asked(), answer.as_str(), code);
        assert_eq!((&told["rule"], &told["charset"]), (&json!(rule), &json!(charset)), "{answer}");
    }
    let text = part();
    let (one, two) = text.split_at(30);
    let chunks = format!("{:x}\r\n{one}\r\n{:X};x=y\r\n{two}\r\n0\r\n\r\n", one.len(), two.len());
    told(&asked(), format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}"), 0);
    let korean = [b"\xc1\xa4\xbb\xf3".as_slice(), b"\"}"].concat();
    let body = [br#"{"ResultCode":"01","ResultMsg":""#.as_slice(), &korean].concat();
    let declared = [format!("HTTP/1.1 200 OK\r\nContent-Type: {cp949}\r\n\r\n").as_bytes(), &body].concat();
    let read = told("", declared, 4);
    assert_eq!(
        (&read["charset"], &read["charset_guessed"], &read["result_msg"]),
        (&json!("EUC-KR"), &json!(false), &json!("정상"))
    );
    assert_eq!(told("", body, 4)["charset_guessed"], true);
    let utf_16: Vec<u8> = [0xfeff].into_iter().chain(part().encode_utf16()).flat_map(u16::to_le_bytes).collect();
    assert!(told(&asked(), utf_16, 0)["notes"].to_string().contains("PowerShell"));
}

#[test]
fn a_har_file_tells_what_was_asked() {
    let entry = |url: &str, text: &str, status: u16| {
        json!({
            "request": { "url": url, "postData": { "text": format!("tid={TID}&cancelPrice=3000&confirmPrice=9000") } },
            "response": { "status": status, "headers": [], "content": { "text": text } },
        })
    };
    let call = entry("https://tpayapi.paywelcome.co.kr/cancel/repay", &part(), 200);
    let other = entry("https://shop.example/", "", 200);
    let har = |entries: Value| json!({ "log": { "entries": entries } }).to_string();
    assert_eq!(told("", har(json!([other, call])), 0)["receipt"]["price"], 3000);
    assert_eq!(told("", har(json!([entry("https://x/cancel/repay", "", 502)])), 5)["rule"], "status");
    for (entries, words) in [(json!([call, call]), "more than one"), (json!([other]), "no answer")] {
        let (code, terminal) = judge("", har(entries));
        assert!(code == 2 && terminal.err.contains(words), "{}", terminal.err);
    }
    assert_eq!(judge("", har(json!([entry("https://x/cancel/repay", "", 0)]))).0, 2);
}

#[test]
fn an_error_of_this_library_is_judged_again_by_what_it_kept() {
    let error = json!({
        "outcome": "unknown", "kind": "mismatch", "operation": "partial_cancel", "tid": TID, "http_status": 200,
        "raw": serde_json::from_str::<Value>(&part().replace(TID, "C-1")).expect("it is JSON"),
    });
    let options = ASKED.trim_end_matches(" --tid ");
    assert_eq!(told(options, error.to_string(), 5)["required_echoes"], json!(["price", "remaining_price"]));
    let done = told(&asked(), part(), 0);
    assert_eq!(told("", done["receipt"].to_string(), 0)["rule"], "done");
    assert_eq!(told("", json!({ "outcome": "done", "receipt": done["receipt"] }).to_string(), 0)["rule"], "done");
    // What refunds status --json tells, and a row of the journal.
    let refund = json!({
        "state": "review", "operation": "partial_cancel", "tid": TID, "amount": 3000, "confirm_price": 9000, "http_status": 200,
        "outcome": "unknown", "raw": part().replace(TID, "C-1"), "body_excerpt": "x",
    });
    for told_so in [json!({ "journal": [], "refund": refund }), refund] {
        assert_eq!(told("", told_so.to_string(), 5)["required_echoes"], json!(["price", "remaining_price"]));
    }
    // The beginning of an answer may look whole.
    let excerpt =
        |status: u16| json!({ "outcome": "unknown", "httpStatus": status, "bodyExcerpt": part(), "raw": null });
    assert_eq!(judge(&asked(), excerpt(200).to_string()).0, 2);
    assert_eq!(told("", excerpt(503).to_string(), 5)["rule"], "status");
    assert_eq!(judge("", json!({ "outcome": "not_sent", "raw": null }).to_string()).0, 2);
    let twice = format!(
        r#"{{"outcome":"unknown","raw":{}}}"#,
        part().replace("{\"ResultCode\"", "{\"ResultCode\":\"01\",\"ResultCode\"")
    );
    assert_eq!(told(&asked(), twice, 5)["rule"], "unreadable");
}

#[test]
fn a_person_is_told_in_their_language_and_a_key_is_hidden() {
    let answer = format!("{{\"ResultCode\":\"01\",\"ResultMsg\":\"PLANTED key\",\"Tid\":\"{TID}\"}}");
    for (options, korean) in [("", false), (" --lang ko", true)] {
        let (_, terminal) = judge(&format!("{}{options}", asked()), answer.as_str());
        assert_eq!(terminal.out.starts_with("거절"), korean, "{}", terminal.out);
        let page = if korean { "docs/fields.ko.md#rule-declined" } else { "docs/fields.md#rule-declined" };
        assert!(terminal.out.contains(page) && terminal.out.contains("200"), "{}", terminal.out);
    }
    let mut terminal = Scripted { input: answer.into_bytes(), ..Scripted::default() };
    terminal.variables.insert("PAYWELCOME_SIGN_KEY".to_owned(), "PLANTED".to_owned());
    let program = Program { name: "paywelcome", host: "a test", interrupts: &Interrupts::default() };
    let arguments = asked().split_whitespace().map(str::to_owned).collect();
    assert_eq!(run(program, "judge", arguments, &mut terminal), Some(4));
    assert!(!terminal.out.contains("PLANTED"), "{}", terminal.out);
}

#[test]
fn what_is_wrong_with_the_command_line_is_named() {
    for (options, words) in [
        ("--operation refund", "--operation"),
        ("--operation cancel --confirm-price 1", "--confirm-price"),
        ("--status OK", "--status"),
        ("--status 999", "--status"),
        ("--lang fr", "--lang"),
        ("a b", "one file"),
        ("/no/such/file", "can't be read"),
        ("--sign-key x", "--sign-key"),
        ("--tid T --price 1.5", "--price"),
        ("--tid T --price 1 --required-echoes all", "--required-echoes"),
    ] {
        let (code, terminal) = judge(options, part());
        assert!(code == 2 && terminal.err.contains(words), "{options}: {}", terminal.err);
    }
    let (code, terminal) = judge("--status 200", "HTTP/1.1 200 OK\r\n\r\n{}");
    assert!(code == 2 && terminal.err.contains("--status"), "{}", terminal.err);
    let (code, terminal) = judge("--help", "");
    assert!(code == 0 && terminal.out.starts_with("usage: paywelcome judge "), "{}", terminal.out);
    assert!(terminal.out.lines().skip(1).all(|line| line.chars().count() <= 100));
}

#[test]
fn what_an_answer_says_is_shown_where_its_code_is_not() {
    let (code, status) = judge("--status 400", r#"{"ResultCode":"P17","ResultMsg":"잔액 불일치"}"#);
    assert!(code == 5 && status.out.contains(r#""ResultCode":"P17""#), "{}", status.out);
    assert!(status.out.contains("잔액 불일치"), "{}", status.out);
    let (_, zeros) = judge(&asked(), part().replace("\"00\"", "\"0000\""));
    assert!(!zeros.out.contains("it says"), "its code is told: {}", zeros.out);
    // However long it is, its beginning is enough.
    let (_, long) = judge("--status 400", format!(r#"{{"ResultMsg":"{}"}}"#, "x".repeat(5_000)));
    assert!(long.out.contains("xxx") && long.out.len() < 1_500, "{}", long.out);
}

#[test]
fn the_file_of_a_rehearsal_is_no_answer() {
    let file = r#"{"format":"paywelcome-rehearsal","version":1,"mid":"m"}"#;
    for (options, words) in [("", "rehearse --show FILE"), (" --lang ko", "rehearse --show 파일")] {
        let (code, terminal) = judge(&format!("{ASKED}{TID}{options}"), file);
        assert!(code == 2 && terminal.out.is_empty() && terminal.err.contains(words), "{code} {}", terminal.err);
    }
}
