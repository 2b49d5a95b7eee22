//! Command lines of `refunds`: what their host is told to do, and what is said of what came of it.
#![allow(missing_docs)]

mod scripted;

use paywelcome_cli::refunds::{Prepared, confirm, finish, prepare};
use scripted::Scripted;
use serde_json::{Value, json};

const LOCAL: [(&str, &str); 4] = [
    ("PAYWELCOME_MID", "welcometst"),
    ("PAYWELCOME_SIGN_KEY", "PLANTED"),
    ("PAYWELCOME_BASE_URL", "http://127.0.0.1:1"),
    ("PAYWELCOME_STORE", "postgres://shop:PLANTED@db/shop"),
];

fn person(variables: &[(&str, &str)]) -> Scripted {
    let mut person = Scripted::default();
    person.variables.extend(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    person
}

fn prepared(person: &mut Scripted, line: &str, is_javascript: bool) -> Result<Value, i32> {
    let words: Vec<_> = line.split_whitespace().map(str::to_owned).collect();
    match prepare("paywelcome", is_javascript, &words, person) {
        Prepared::Command(command) => Ok(serde_json::from_str(&command).expect("a command is JSON")),
        Prepared::Over(code) => Err(code),
    }
}

/// The command of a line that is right.
fn command(line: &str) -> Value {
    let mut person = person(&LOCAL);
    prepared(&mut person, line, false).unwrap_or_else(|code| panic!("{line}: {code}: {}", person.err))
}

/// What is said of a result, on standard output and on standard error, and the exit code.
fn told(line: &str, result: &Value) -> (i32, String, String) {
    let mut person = Scripted::default();
    let code = finish(&command(line).to_string(), &result.to_string(), &mut person);
    (code, person.out, person.err)
}

fn refund(state: &str) -> Value {
    json!({
        "key": "refund-17", "mid": "welcometst", "tid": "tid-1", "state": state, "currency": "WON", "amount": 3_000,
        "paid": 12_000, "remaining": 9_000, "attempts": 1, "updated_at": 1_767_193_200_000_u64, "raw": "{\"ResultCode\":\"00\"}",
        "cancelled_at": "2026-01-01T00:00:01+09:00", "requested_at": 0, "token": "12", "note": null,
    })
}

fn in_review(key: &str) -> Value {
    let mut waiting = refund("review");
    waiting["key"] = key.into();
    waiting["review"] = json!({
        "en": { "why": "No answer came.", "look_for": ["Open tid tid-1."], "rulings": { "void": "Give it up.", "done": "It is there." } },
        "ko": { "why": "응답이 없습니다.", "look_for": ["거래ID tid-1을 여세요."], "rulings": { "void": "포기합니다." } },
    });
    waiting
}

#[test]
fn what_is_asked_for_is_told_to_the_host() {
    let asked = command("request refund-17 --tid tid-1 --amount 3,000 --paid=12000 --pay-type card --batch concert");
    let arguments = json!({
        "key": "refund-17", "tid": "tid-1", "amount": "3,000", "paid": "12000", "pay_type": "card", "batch": "concert",
    });
    assert_eq!(asked["action"], json!({ "name": "request", "arguments": arguments }));
    assert_eq!(asked["looks"], json!({ "refund": ["get", { "key": "refund-17" }] }));
    let asked = command("request refund-17 --tid tid-1");
    let missing = json!({ "key": "refund-17", "tid": "tid-1", "amount": null, "paid": null, "pay_type": null });
    assert_eq!(asked["action"]["arguments"], missing);
    assert_eq!(command("resolve refund-17 void")["action"]["arguments"]["by"], json!(null));
    assert_eq!(asked["store"], json!({ "dialect": "postgres", "url": "postgres://shop:PLANTED@db/shop" }));
    let asked = command("run --pace 2.5 --concurrency 3 --until-idle --confirm-price-enforced --quiet 0 --timeout 2");
    let arguments = json!({ "pace": 2.5, "concurrency": 3, "until_idle": true });
    assert_eq!(asked["action"], json!({ "name": "run", "arguments": arguments }));
    assert_eq!(asked["policy"], json!({ "confirm_price_enforced": true, "quiet": 0.0 }));
    assert_eq!(asked["client"], json!({ "timeout": 2.0 }));
    let asked = command("resolve --by kim --note seen refund-17 void --remaining 9,000");
    let arguments = json!({ "key": "refund-17", "ruling": "void", "by": "kim", "note": "seen", "remaining": "9,000" });
    assert_eq!(asked["action"], json!({ "name": "resolve", "arguments": arguments }));
    let asked = command("restored --since 2026-01-01T00:00+09:00");
    let arguments = json!({ "since": 1_767_193_200_000_u64 });
    assert_eq!(asked["action"], json!({ "name": "restored", "arguments": arguments }));
    let asked = command("status -- --odd");
    assert_eq!(
        (&asked["action"], &asked["looks"]["journal"]),
        (&json!(null), &json!(["attempts", { "key": "--odd" }]))
    );
    assert_eq!(command("review --limit 3")["looks"], json!({ "review": ["in_review", { "limit": 3 }] }));
    let looked = command("status")["looks"].as_object().map(|looks| looks.keys().cloned().collect::<Vec<_>>());
    assert_eq!(looked, Some(vec!["counts".to_owned(), "due".to_owned(), "oldest".to_owned()]));
}

#[test]
fn a_host_of_javascript_is_told_in_its_names() {
    let mut person = person(&LOCAL);
    let line =
        "request k --tid t --amount 1 --paid 1 --pay-type card --quiet 0.5 --timeout 2 --signature-format concatenated";
    let asked = prepared(&mut person, line, true).expect("it is right");
    assert_eq!(asked["action"]["arguments"]["payType"], json!("card"));
    assert_eq!(asked["policy"], json!({ "quietMs": 500.0 }));
    assert_eq!(asked["client"], json!({ "timeoutMs": 2_000.0, "signatureFormat": "concatenated" }));
    let asked = prepared(&mut person, "run --until-idle --confirm-price-enforced", true).expect("it is right");
    assert_eq!(asked["action"]["arguments"], json!({ "untilIdle": true }));
    assert_eq!(asked["policy"], json!({ "confirmPriceEnforced": true }));
}

#[test]
fn what_is_wrong_is_told_before_anything_is_opened() {
    for (line, words) in [
        ("statsu", "no such command"),
        ("--colour", "--colour"),
        ("request --tid x", "KEY is missing"),
        ("process", "KEY is missing"),
        ("process a b", "a word too many"),
        ("resolve refund-17 --by kim", "done, void, retry or resend"),
        ("status --tid x", "--tid"),
        ("run --pace fast", "--pace"),
        ("run --pace NaN", "--pace"),
        ("run --concurrency 1.5", "--concurrency"),
        ("run --until-idle=yes", "--until-idle"),
        ("run --yes", "--yes"),
        ("review --lang fr", "--lang"),
        ("review --store redis://PLANTED", "--store is no store"),
        ("review --store=", "--store is missing"),
        ("status --store sqlite:/nowhere/refunds.db", "refunds init makes it"),
        ("status --quiet soon", "--quiet"),
        ("status --sign-key PLANTED", "PAYWELCOME_SIGN_KEY"),
        ("status --environment moon", "--environment"),
        ("run --timeout 0", "--timeout"),
        ("restored", "--since is missing"),
        ("restored --since yesterday", "--since is no time"),
        ("schema", "--dialect"),
        ("schema --dialect oracle", "--dialect"),
        ("schema --dialect sqlite --store sqlite:x", "--store"),
    ] {
        let mut person = person(&LOCAL);
        assert_eq!(prepared(&mut person, line, false), Err(2), "{line}: {}", person.out);
        assert!(person.err.contains(words) && !person.err.contains("PLANTED"), "{line}: {}", person.err);
        assert!(person.out.is_empty(), "{line}: {}", person.out);
    }
    let mut nowhere = person(&LOCAL[..3]);
    assert_eq!(prepared(&mut nowhere, "status --json", false), Err(2));
    let told = nowhere.json();
    assert_eq!((&told["outcome"], &told["errors"][0]["field"]), (&json!("not_sent"), &json!("--store")));
}

#[test]
fn only_what_sends_needs_a_key_and_a_gateway() {
    let store = LOCAL[3];
    let mut desk = person(&[LOCAL[0], store]);
    for line in ["status", "review", "resolve k void --by kim", "request k --tid t"] {
        let asked = prepared(&mut desk, line, false).unwrap_or_else(|code| panic!("{line}: {code}: {}", desk.err));
        assert_eq!(asked["client"], json!({ "environment": "test", "mkey": "0".repeat(64) }), "{line}");
    }
    let created = prepared(&mut person(&[store]), "init", false).expect("init needs nothing of the merchant");
    assert_eq!(created["client"]["mid"], json!("init"));
    for (line, missing) in [
        ("process k --environment test", "PAYWELCOME_SIGN_KEY"),
        ("run --environment test", "PAYWELCOME_SIGN_KEY"),
        ("resolve k retry --by kim", "--environment"),
    ] {
        let mut desk = person(&[LOCAL[0], store]);
        assert_eq!(prepared(&mut desk, line, false), Err(2), "{line}");
        assert!(desk.err.contains(missing), "{line}: {}", desk.err);
    }
    let mut nobody = person(&[store]);
    assert_eq!(prepared(&mut nobody, "status", false), Err(2));
    assert!(nobody.err.contains("--mid"), "{}", nobody.err);
    let mut typing = person(&[LOCAL[0], LOCAL[2], store]);
    typing.answers = vec!["typed"];
    let asked = prepared(&mut typing, "run", false).expect("the key was typed");
    assert_eq!(asked["client"], json!({ "sign_key": "typed" }));
    // A key of the environment stays there.
    assert!(!command("run")["client"].to_string().contains("PLANTED"));
}

#[test]
fn an_environment_that_is_named_is_not_replaced_by_a_variable() {
    let mut person = person(&LOCAL);
    let asked = prepared(&mut person, "run --environment production", false).expect("it is right");
    assert_eq!(asked["forget"], json!(["PAYWELCOME_BASE_URL"]));
    assert!(person.err.contains("PAYWELCOME_BASE_URL is set and not used"), "{}", person.err);
    assert!(
        person.err.contains("of welcometst at https://") && person.err.contains("with real money"),
        "{}",
        person.err
    );
    assert_eq!(command("run")["forget"], json!([]));
    assert_eq!(command("run --environment test --base-url http://127.0.0.1:2")["forget"], json!([]));
}

#[test]
fn real_money_moves_only_after_a_yes() {
    let real = |line: &str, answer: Option<&'static str>| {
        let mut merchant = person(&[LOCAL[0], LOCAL[1], LOCAL[3], ("PAYWELCOME_ENVIRONMENT", "production")]);
        merchant.answers = answer.into_iter().collect();
        let asked = prepared(&mut merchant, line, false);
        (merchant, asked)
    };
    for line in ["process refund-17", "resolve refund-17 retry --by kim", "resolve refund-17 resend --by kim"] {
        let (nobody, asked) = real(line, None);
        assert_eq!(asked, Err(2), "{line}");
        assert!(nobody.err.contains("--yes"), "{}", nobody.err);
        let looked = json!({ "looks": { "refund": refund("requested") } });
        for (answer, code) in [("yes", None), ("no", Some(1)), ("y", Some(1)), ("", Some(1))] {
            let (mut merchant, asked) = real(line, Some(answer));
            let asked = asked.expect("somebody is there");
            assert_eq!(asked["asks"], json!(true), "{line}");
            assert_eq!(confirm(&asked.to_string(), &looked.to_string(), &mut merchant), code, "{line}: {answer}");
            let said = merchant.err;
            assert!(said.contains("3,000 won") && said.contains("tid-1") && said.contains("with real money"), "{said}");
        }
        let (_, asked) = real(&format!("{line} --yes"), None);
        assert_eq!(asked.map(|asked| asked["asks"].clone()), Ok(json!(false)), "{line}");
        assert_eq!(command(line)["asks"], json!(false), "no money moves on this machine");
    }
    for line in ["resolve k void --by kim", "resolve k done --by kim", "request k", "run", "status", "review"] {
        let (_, asked) = real(line, None);
        assert_eq!(asked.map(|asked| asked["asks"].clone()), Ok(json!(false)), "{line}");
    }
    // Of a refund that is not there nothing is asked.
    let (mut merchant, asked) = real("process refund-17", Some("yes"));
    let missing = json!({ "error": { "kind": "not_found", "message": "there is no refund" } });
    assert_eq!(confirm(&asked.expect("it is right").to_string(), &missing.to_string(), &mut merchant), Some(2));
    assert_eq!(merchant.answers, ["yes"]);
}

#[test]
fn the_exit_code_tells_what_is_known() {
    for (state, code) in
        [("done", 0), ("declined", 4), ("requested", 3), ("void", 3), ("sending", 5), ("unknown", 5), ("review", 5)]
    {
        let result = json!({ "looks": { "refund": refund(state) } });
        assert_eq!(told("process refund-17", &result).0, code, "{state}");
        // Only looked at.
        assert_eq!(told("status refund-17", &result).0, 0, "{state}");
        assert_eq!(told("resolve refund-17 void --by kim", &result).0, 0, "{state}");
    }
    for (kind, of_process, of_others) in [
        ("invalid_request", 2, 2),
        ("configuration", 2, 2),
        ("not_found", 2, 2),
        ("driver", 2, 2),
        ("ruling", 1, 1),
        ("schema", 1, 1),
        ("in_transaction", 1, 1),
        ("busy", 5, 1),
        ("store", 5, 1),
        ("", 5, 1),
        // No connection was made.
        ("none", 1, 1),
    ] {
        let result = json!({ "error": { "kind": kind, "message": "it failed\nhere", "began": kind != "none" } });
        for (line, expected) in [
            ("process refund-17", of_process),
            ("run", of_others),
            ("request refund-17", of_others),
            ("resolve refund-17 void --by kim", of_others),
        ] {
            let (code, out, err) = told(line, &result);
            assert_eq!((code, out.as_str()), (expected, ""), "{kind}: {line}");
            assert!(err.contains(": it failed here\n"), "{err}");
            assert_eq!(err.contains("refunds status refund-17"), code == 5, "{err}");
        }
    }
}

#[test]
fn what_is_wrong_is_named_as_it_is_typed() {
    let errors = json!([
        { "field": "payType", "message": "is missing" }, { "field": "pay_type", "message": "is missing" },
        { "field": "key", "message": "is empty" }, { "field": "quietMs", "message": "is less" }, { "field": "by", "message": "is missing" },
    ]);
    let result =
        json!({ "error": { "kind": "invalid_request", "message": "all of it", "errors": errors, "until": null } });
    let (code, _, err) = told("request refund-17", &result);
    let expected = "paywelcome refunds request: --pay-type is missing; --pay-type is missing; KEY is empty; --quiet is less; \
                    --by is missing\n";
    assert_eq!((code, err.as_str()), (2, expected));
    let early = json!({ "error": { "kind": "ruling", "message": "too early", "until": 1_767_193_200_000_u64 } });
    let (code, out, _) = told("resolve refund-17 void --by kim --json", &early);
    let told: Value = serde_json::from_str(&out).expect("it is JSON");
    assert_eq!((code, &told["until"], &told["outcome"]), (1, &json!("2026-01-01T00:00:00+09:00"), &json!("not_sent")));
}

#[test]
fn json_has_times_as_texts_and_the_answer_as_json() {
    let (_, out, _) =
        told("process refund-17 --json", &json!({ "action": null, "looks": { "refund": refund("done") } }));
    let told: Value = serde_json::from_str(&out).expect("it is JSON");
    let refund = &told["refund"];
    assert_eq!(refund["updated_at"], json!("2026-01-01T00:00:00+09:00"));
    assert_eq!(refund["cancelled_at"], json!("2026-01-01T00:00:01+09:00"));
    assert_eq!((&refund["raw"]["ResultCode"], &refund["token"]), (&json!("00"), &json!("12")));
    assert_eq!(out.lines().count(), 1);
}

#[test]
fn counts_are_told_with_what_waits() {
    let none = json!({ "refunds": 0, "amount": 0 });
    let mut counts = json!({ "review": { "refunds": 2, "amount": 1_234_567 } });
    for state in ["requested", "sending", "unknown", "done", "declined", "void"] {
        counts[state] = none.clone();
    }
    let looks = json!({ "counts": counts, "due": ["a", "b"], "oldest": [in_review("refund-9")] });
    let (code, out, _) = told("status", &json!({ "looks": looks }));
    assert_eq!(code, 0);
    assert!(out.starts_with("refunds of welcometst, in PostgreSQL\n"), "{out}");
    assert!(out.contains("  review             2         1,234,567\n") && out.contains("due now: 2\n"), "{out}");
    assert!(out.contains("person: refund-9, since 2026-01-01 00:00:00 KST; see paywelcome refunds review\n"), "{out}");
    let many: Vec<_> = (0..1_000).map(|key| key.to_string()).collect();
    let (_, out, _) = told("status", &json!({ "looks": { "counts": counts, "due": many, "oldest": [] } }));
    assert!(out.contains("due now: 1000 or more\n") && !out.contains("person"), "{out}");
    let (_, out, err) = told("run", &json!({ "action": 3, "looks": { "counts": counts } }));
    assert_eq!(out, "processed: 3\nwaiting for a person: 2; see paywelcome refunds review\n");
    assert!(err.is_empty(), "{err}");
    let (_, out, _) =
        told("restored --since 2026-01-01T00:00Z --json", &json!({ "action": 3, "looks": { "counts": {} } }));
    assert_eq!(out, "{\"counts\":{},\"doubted\":3}\n");
}

#[test]
fn a_person_is_told_what_to_look_for_in_their_language() {
    let result = json!({ "looks": { "review": [in_review("refund-17"), in_review("it's"), in_review("-x")] } });
    let (code, out, _) = told("review", &result);
    assert_eq!(code, 0);
    assert!(
        out.contains("refund-17 3,000 won tid-1 · 2026-01-01 00:00:00 KST\n  No answer came.\n  - Open tid tid-1.\n"),
        "{out}"
    );
    assert!(out.contains("  paywelcome refunds resolve --by NAME refund-17 void\n      Give it up.\n"), "{out}");
    assert!(out.contains(r"--by NAME 'it'\''s' done") && out.contains("--by NAME -- -x done"), "{out}");
    for (variables, lang, is_korean) in [
        (vec![("LANG", "ko_KR.UTF-8")], "", true),
        (vec![("LANG", "ko_KR.UTF-8"), ("LC_ALL", "C")], "", false),
        (vec![("LANG", "ko_KR.UTF-8"), ("LC_ALL", "")], "", true),
        (vec![("LANG", "ko_KR.UTF-8")], " --lang en", false),
        (vec![("LANG", "en_US.UTF-8")], " --lang ko", true),
        (vec![], "", false),
    ] {
        for (line, result) in [
            (format!("review{lang}"), &result),
            (format!("status refund-17{lang}"), &json!({ "looks": { "refund": in_review("refund-17") } })),
        ] {
            let mut person = person(&LOCAL);
            person.variables.extend(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
            let asked = prepared(&mut person, &line, false).expect("it is right");
            assert_eq!(finish(&asked.to_string(), &result.to_string(), &mut person), 0);
            assert_eq!(person.out.contains("응답이 없습니다."), is_korean, "{variables:?}{lang}: {}", person.out);
            assert_eq!(person.out.contains("No answer came."), !is_korean, "{variables:?}{lang}: {}", person.out);
        }
    }
    let (_, out, _) = told("review --lang ko", &json!({ "looks": { "review": [] } }));
    assert_eq!(out, "확인이 필요한 환불이 없습니다.\n");
}

#[test]
fn a_refund_is_told_with_its_journal_and_does_nothing_to_a_terminal() {
    let mut done = refund("done");
    done["result_msg"] = "\u{1b}[2Jdone\n".into();
    let journal = json!([
        { "what": "sent", "state": "sending", "at": 1_767_193_200_000_u64 },
        { "what": "answer", "state": "done", "at": 1_767_193_201_000_u64, "outcome": "done" },
    ]);
    let (_, out, _) = told("status refund-17", &json!({ "looks": { "refund": done, "journal": journal } }));
    assert!(out.starts_with("refund-17: done · 3,000 won of 12,000 won paid; 9,000 won remain\n"), "{out}");
    assert!(out.contains("  2026-01-01 00:00:01 KST answer → done · done\n"), "{out}");
    assert!(out.contains("  result_msg:  [2Jdone \n") && !out.contains('\u{1b}'), "{out}");
}

#[test]
fn the_tables_are_printed_without_a_store_and_a_key() {
    for (dialect, words) in [("sqlite", "julianday"), ("postgres", "extract(epoch"), ("mysql", "ENGINE")] {
        let mut person = Scripted::default();
        assert_eq!(prepared(&mut person, &format!("schema --dialect {dialect}"), false), Err(0));
        assert!(person.out.contains("paywelcome_attempt") && person.out.contains(words), "{dialect}: {}", person.out);
    }
}

#[test]
fn help_is_there_for_every_command() {
    for (line, called) in [
        ("", "refunds COMMAND"),
        ("--help", "refunds COMMAND"),
        ("-h", "refunds COMMAND"),
        ("schema --help", "refunds schema"),
        ("init --help", "refunds init"),
        ("request --help", "refunds request"),
        ("run --help", "refunds run"),
        ("process -h", "refunds process"),
        ("status --help", "refunds status"),
        ("review --help", "refunds review"),
        ("resolve --help", "refunds resolve"),
        ("restored --help", "refunds restored"),
    ] {
        let mut person = Scripted::default();
        assert_eq!(prepared(&mut person, line, false), Err(0), "{line}: {}", person.err);
        assert!(person.out.starts_with(&format!("usage: paywelcome {called} ")), "{}", person.out);
        assert!(person.out.lines().all(|line| line.chars().count() <= 120), "{}", person.out);
    }
}
