//! The answers of `tests/vectors`, kept and judged: the same verdict as that of a call.
#![allow(missing_docs)]

mod scripted;

use paywelcome_cli::{Interrupts, Program, run};
use scripted::Scripted;
use serde_json::Value;

fn judged(mut arguments: Vec<String>, input: Vec<u8>) -> (i32, Value) {
    let mut terminal = Scripted { input, ..Scripted::default() };
    let program = Program { name: "paywelcome", host: "a test", interrupts: &Interrupts::default() };
    arguments.push("--json".to_owned());
    let code = run(program, "judge", arguments, &mut terminal).expect("there is such a command");
    assert!(code != 2, "{}", terminal.err);
    (code, terminal.json())
}

fn bytes_of(given: &Value) -> Vec<u8> {
    let Some(hex) = given["bodyHex"].as_str() else { return given["body"].as_str().unwrap_or_default().into() };
    let digits: Vec<_> = hex.as_bytes().chunks(2).collect();
    let byte = |two: &[u8]| u8::from_str_radix(std::str::from_utf8(two).unwrap_or_default(), 16).expect("it is hex");
    digits.into_iter().map(byte).collect()
}

fn asked(given: &Value) -> Vec<String> {
    let args = &given["args"];
    let text = |name: &str| args[name].as_str().map_or_else(|| args[name].to_string(), str::to_owned);
    let mut words = vec!["--tid".to_owned(), text("tid"), "--price".to_owned()];
    if given["operation"] == "cancel" {
        words.push(text("price"));
    } else {
        words.extend([text("cancelPrice"), "--confirm-price".to_owned(), text("confirmPrice")]);
    }
    if let Some(required) = given["requiredEchoes"].as_array() {
        let names: Vec<_> = required.iter().filter_map(Value::as_str).collect();
        words.push(format!("--required-echoes={}", names.join(",")));
    }
    words
}

#[test]
fn an_answer_that_was_kept_is_what_it_was_to_the_call() {
    let cases: Vec<Value> = serde_json::from_str(include_str!("../../tests/vectors/reply.json")).expect("it is JSON");
    let mut wrong = Vec::new();
    let mut alone = 0;
    for case in &cases {
        let (given, expect) = (&case["given"], &case["expect"]);
        let outcome = expect["outcome"].as_str().unwrap_or("done");
        let status = given["status"].to_string();
        let body = bytes_of(given);
        let mut head = format!("HTTP/1.1 {status} Some words\r\nContent-Length: {}\r\n", body.len());
        for (name, value) in [("Content-Type", &given["contentType"]), ("Content-Encoding", &given["contentEncoding"])]
        {
            if let Some(value) = value.as_str() {
                head += &[name, ": ", value, "\r\n"].concat();
            }
        }
        let mut found = vec![judged(asked(given), [head.as_bytes(), b"\r\n", &body].concat())];
        if given["contentEncoding"].is_null() && given["contentType"] == "application/json; charset=utf-8" {
            alone += 1;
            found.push(judged([asked(given), vec!["--status".to_owned(), status]].concat(), body));
        }
        for (code, told) in found {
            let fitting = match outcome {
                "done" => 0,
                "declined" => 4,
                _ => 5,
            };
            let kind = expect.get("kind").filter(|kind| **kind != told["kind"]);
            if told["outcome"] != outcome || code != fitting || kind.is_some() {
                wrong.push(format!("{}: {outcome} {}, {told}", case["name"], expect["kind"]));
            }
        }
    }
    assert!(wrong.is_empty(), "{} differ\n{}", wrong.len(), wrong.join("\n"));
    assert!(cases.len() > 300 && alone > 200, "{alone} of {}", cases.len());
}
