//! Command lines of `refunds`: what their host is told to do, and what is said of what came of it.
#![allow(missing_docs)]

#[path = "scripted/hosted.rs"]
mod hosted;
mod scripted;

use hosted::{Ended, LOCAL, Shared, in_review, person, refund, run};
use paywelcome_cli::refunds::{Called, Session};
use scripted::Scripted;
use serde_json::{Value, json};

/// What is asked of the host of a line that is right.
fn asked(line: &str) -> Vec<Value> {
    asked_by(person(&LOCAL), line).unwrap_or_else(|ended| panic!("{line}: {}: {}", ended.code, ended.person.err))
}

/// The same for a person; of a line that is wrong, how it ended before anything was opened.
fn asked_by(person: Scripted, line: &str) -> Result<Vec<Value>, Box<Ended>> {
    let ended = run(person, line, false, &json!({ "in_review": [], "due": [] }));
    if ended.asked.is_empty() { Err(Box::new(ended)) } else { Ok(ended.asked) }
}

/// What is said of what was found, on standard output and on standard error, and the exit code.
fn told(line: &str, found: &Value) -> (i32, String, String) {
    let Ended { code, person, .. } = run(person(&LOCAL), line, false, found);
    (code, person.out, person.err)
}

#[test]
fn what_is_asked_for_is_told_to_the_host() {
    let line = "request refund-17 --tid tid-1 --amount 3,000 --paid=12000 --pay-type card --batch concert";
    let arguments = json!({
        "key": "refund-17", "tid": "tid-1", "amount": "3,000", "paid": "12000", "pay_type": "card", "batch": "concert",
    });
    let opened = json!({
        "client": {}, "forget": [], "policy": {},
        "store": { "dialect": "postgres", "url": "postgres://shop:PLANTED@db/shop" },
    });
    let expected = [json!(["open", opened]), json!(["verb", "check", {}]), json!(["within", "request", arguments])];
    assert_eq!(asked(line), expected);
    let missing = json!({ "key": "refund-17", "tid": "tid-1", "amount": null, "paid": null, "pay_type": null });
    assert_eq!(asked("request refund-17 --tid tid-1")[2][2], missing);
    let ruled = json!({ "key": "refund-17", "ruling": "void", "by": null });
    assert_eq!(asked("resolve refund-17 void")[2], json!(["verb", "resolve", ruled]));
    let found = asked("run --pace 2.5 --concurrency 3 --until-idle --confirm-price-enforced --quiet 0 --timeout 2");
    assert_eq!(found[0][1]["policy"], json!({ "confirm_price_enforced": true, "quiet": 0.0 }));
    assert_eq!(found[0][1]["client"], json!({ "timeout": 2.0 }));
    let waiting = "\nNothing new is started. Refunds in flight end within 2 seconds.\n";
    assert_eq!(found[2], json!(["run", { "pace": 2.5, "concurrency": 3, "until_idle": true }, waiting]));
    assert_eq!(found[3], json!(["verb", "counts", {}]));
    let arguments = json!({ "key": "refund-17", "ruling": "void", "by": "kim", "note": "seen", "remaining": "9,000" });
    let found = asked("resolve --by kim --note seen refund-17 void --remaining 9,000");
    assert_eq!(found[2], json!(["verb", "resolve", arguments]));
    let found = asked("restored --since 2026-01-01T00:00+09:00");
    assert_eq!(found[2], json!(["verb", "restored", { "since": 1_767_193_200_000_u64 }]));
    let expected = [json!(["verb", "get", { "key": "--odd" }]), json!(["verb", "attempts", { "key": "--odd" }])];
    assert_eq!(asked("status -- --odd")[2..], expected);
    assert_eq!(asked("review --limit 3")[2..], [json!(["verb", "in_review", { "limit": 3 }])]);
    let verbs: Vec<_> = asked("status")[2..].iter().map(|ask| ask[1].clone()).collect();
    assert_eq!(verbs, ["counts", "in_review", "due"]);
    assert_eq!(asked("init")[1..], [json!(["verb", "install", {}]), json!(["verb", "check", {}])]);
    let found = asked("process refund-17");
    assert_eq!(found[2].as_array().map(|ask| (&ask[0], &ask[1])), Some((&json!("process"), &json!("refund-17"))));
    assert!(found[2][2].as_str().is_some_and(|waiting| waiting.contains("30 seconds at most")), "{found:?}");
    assert_eq!(found[3], json!(["verb", "get", { "key": "refund-17" }]));
}

#[test]
fn a_rehearsal_is_handed_on_only_if_it_proves_something() {
    let path = std::env::temp_dir().join(format!("paywelcome-handed-{}.json", std::process::id()));
    let file = path.to_str().expect("it is UTF-8");
    for (mid, words) in [("welcometst", ""), ("another", "merchant another, which proves nothing for welcometst")] {
        let rehearsal = json!({
            "format": "paywelcome-rehearsal", "version": 1, "mid": mid,
            "gateway": { "base_url": "http://127.0.0.1:1", "kind": "loopback" },
            "payment": { "tid": "t", "price": 1000 }, "findings": { "confirm_price": { "enforced": true } },
        });
        std::fs::write(&path, rehearsal.to_string()).expect("it can be written");
        let ended = run(person(&LOCAL), &format!("run --until-idle --rehearsal {file}"), false, &Value::Null);
        let policy = if words.is_empty() { json!({ "rehearsal": file }) } else { json!({}) };
        assert_eq!(ended.asked[0][1]["policy"], policy);
        assert!(ended.person.err.contains(words), "{}", ended.person.err);
        assert_eq!(ended.person.err.contains("stays off"), !words.is_empty(), "{}", ended.person.err);
    }
    std::fs::remove_file(&path).expect("it is there");
}

#[test]
fn a_host_of_javascript_is_told_in_its_names() {
    let line =
        "request k --tid t --amount 1 --paid 1 --pay-type card --quiet 0.5 --timeout 2 --signature-format concatenated";
    let found = run(person(&LOCAL), line, true, &Value::Null).asked;
    assert_eq!(found[2][2]["payType"], json!("card"));
    assert_eq!(found[0][1]["policy"], json!({ "quietMs": 500.0 }));
    assert_eq!(found[0][1]["client"], json!({ "timeoutMs": 2_000.0, "signatureFormat": "concatenated" }));
    let found = run(person(&LOCAL), "run --until-idle --confirm-price-enforced", true, &Value::Null).asked;
    assert_eq!(found[2][1], json!({ "untilIdle": true }));
    assert_eq!(found[0][1]["policy"], json!({ "confirmPriceEnforced": true }));
}

#[test]
fn what_a_host_gives_that_is_no_json_is_no_success() {
    let person = Shared::new(person(&LOCAL));
    let called = Called { program: "paywelcome", is_javascript: false };
    let words = ["process", "refund-17"].map(str::to_owned).to_vec();
    let mut session = Session::new(called, words, Box::new(person.clone()));
    for (given, next) in [(None, "open"), (Some("{\"value\":null}"), "verb"), (Some("{}"), "process")] {
        assert!(session.next(given).starts_with(&format!("[\"{next}\"")), "{next}");
    }
    assert_eq!(session.next(Some(r#"{"error":{"message":"\ud800"}}"#)), "[\"over\",5]");
    assert_eq!(session.next(None), "[\"over\",5]");
    assert!(person.with(|person| person.err.contains("unknown: the request may have left")));
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
        ("run --rehearsal r.json --confirm-price-enforced", "pass either --confirm-price-enforced or --rehearsal"),
        ("run --rehearsal /nowhere/PLANTED.json", "--rehearsal the file can't be read"),
        ("review --lang fr", "--lang"),
        ("review --store redis://PLANTED", "--store is not a store"),
        ("review --store=", "--store is missing"),
        ("status --store sqlite:/nowhere/refunds.db", "create it by refunds init"),
        ("status --quiet soon", "--quiet"),
        ("status --sign-key PLANTED", "PAYWELCOME_SIGN_KEY"),
        ("status --environment moon", "--environment"),
        ("run --timeout 0", "--timeout"),
        ("restored", "--since is missing"),
        ("restored --since yesterday", "--since is not a time"),
        ("schema", "--dialect"),
        ("schema --dialect oracle", "--dialect"),
        ("schema --dialect sqlite --store sqlite:x", "--store"),
    ] {
        let ended = asked_by(person(&LOCAL), line).expect_err(line);
        let person = ended.person;
        assert_eq!(ended.code, 2, "{line}: {}", person.out);
        assert!(person.err.contains(words) && !person.err.contains("PLANTED"), "{line}: {}", person.err);
        assert!(person.out.is_empty(), "{line}: {}", person.out);
    }
    let nowhere = asked_by(person(&LOCAL[..3]), "status --json").expect_err("there is no store");
    assert_eq!(nowhere.code, 2);
    let told = nowhere.person.json();
    assert_eq!((&told["outcome"], &told["errors"][0]["field"]), (&json!("not_sent"), &json!("--store")));
}

#[test]
fn only_what_sends_needs_a_key_and_a_gateway() {
    let store = LOCAL[3];
    let client = |person: Scripted, line: &str| {
        let asked = asked_by(person, line).unwrap_or_else(|ended| panic!("{line}: {}", ended.person.err));
        asked[0][1]["client"].clone()
    };
    for line in ["status", "review", "resolve k void --by kim", "request k --tid t"] {
        let expected = json!({ "environment": "test", "mkey": "0".repeat(64) });
        assert_eq!(client(person(&[LOCAL[0], store]), line), expected, "{line}");
    }
    assert_eq!(client(person(&[store]), "init")["mid"], json!("init"), "init needs nothing of the merchant");
    for (line, missing) in [
        ("process k --environment test", "PAYWELCOME_SIGN_KEY"),
        ("run --environment test", "PAYWELCOME_SIGN_KEY"),
        ("resolve k retry --by kim", "--environment"),
    ] {
        let desk = asked_by(person(&[LOCAL[0], store]), line).expect_err(line);
        assert_eq!(desk.code, 2, "{line}");
        assert!(desk.person.err.contains(missing), "{line}: {}", desk.person.err);
    }
    let nobody = asked_by(person(&[store]), "status").expect_err("there is no mid");
    assert_eq!(nobody.code, 2);
    assert!(nobody.person.err.contains("--mid"), "{}", nobody.person.err);
    let mut typing = person(&[LOCAL[0], LOCAL[2], store]);
    typing.answers = vec!["typed"];
    assert_eq!(client(typing, "run"), json!({ "sign_key": "typed" }));
    // A key of the environment stays there.
    assert!(!asked("run")[0][1]["client"].to_string().contains("PLANTED"));
}

#[test]
fn an_environment_that_is_named_is_not_replaced_by_a_variable() {
    let ended = run(person(&LOCAL), "run --environment production", false, &Value::Null);
    let (forget, said) = (&ended.asked[0][1]["forget"], ended.person.err);
    assert_eq!(*forget, json!(["PAYWELCOME_BASE_URL"]));
    assert!(said.contains("PAYWELCOME_BASE_URL is set and not used"), "{said}");
    assert!(said.contains("of welcometst at https://") && said.contains("with real money"), "{said}");
    for line in ["run", "run --environment test --base-url http://127.0.0.1:2"] {
        assert_eq!(asked(line)[0][1]["forget"], json!([]), "{line}");
    }
}

#[test]
fn real_money_moves_only_after_a_yes() {
    let real = |line: &str, answer: Option<&'static str>, found: &Value| {
        let mut merchant = person(&[LOCAL[0], LOCAL[1], LOCAL[3], ("PAYWELCOME_ENVIRONMENT", "production")]);
        merchant.answers = answer.into_iter().collect();
        run(merchant, line, false, found)
    };
    let moves = |ended: &Ended| ended.asked.iter().any(|ask| ask[0] == "process" || ask[1] == "resolve");
    let found = json!({ "get": refund("requested"), "resolve": refund("requested") });
    for line in ["process refund-17", "resolve refund-17 retry --by kim", "resolve refund-17 resend --by kim"] {
        let nobody = real(line, None, &found);
        assert_eq!((nobody.code, nobody.asked.len()), (2, 0), "{line}");
        assert!(nobody.person.err.contains("--yes"), "{}", nobody.person.err);
        for (answer, agrees) in [("yes", true), ("no", false), ("y", false), ("", false)] {
            let ended = real(line, Some(answer), &found);
            assert_eq!((moves(&ended), ended.code == 1), (agrees, !agrees), "{line}: {answer}");
            let said = ended.person.err;
            assert!(said.contains("3,000 won") && said.contains("tid-1") && said.contains("with real money"), "{said}");
            assert_eq!(said.contains("Nothing was sent."), !agrees, "{said}");
        }
        let ended = real(&format!("{line} --yes"), None, &found);
        assert!(moves(&ended) && !ended.person.err.contains("real money"), "{line}");
        let test = run(person(&LOCAL), line, false, &found);
        assert!(moves(&test) && test.person.err.is_empty(), "no money moves on this machine");
    }
    for line in ["resolve k void --by kim", "resolve k done --by kim", "request k", "run", "status", "review"] {
        let ended = real(line, None, &json!({ "in_review": [], "due": [] }));
        assert!(ended.code == 0 && !ended.person.err.contains("Type yes"), "{line}: {}", ended.person.err);
    }
    // Of a refund that is not there nothing is asked.
    let missing = json!({ "get": { "error": { "kind": "not_found", "message": "there is no refund" } } });
    let ended = real("process refund-17", Some("yes"), &missing);
    assert_eq!((ended.code, ended.person.answers), (2, vec!["yes"]));
}

#[test]
fn the_exit_code_tells_what_is_known() {
    for (state, code) in
        [("done", 0), ("declined", 4), ("requested", 3), ("void", 3), ("sending", 5), ("unknown", 5), ("review", 5)]
    {
        let result = json!({ "get": refund(state), "resolve": refund(state) });
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
    ] {
        let error = json!({ "error": { "kind": kind, "message": "it failed\nhere" } });
        for (line, fails, expected) in [
            ("process refund-17", "process", of_process),
            ("process refund-17", "get", of_process),
            // Nothing can have left.
            ("process refund-17", "check", of_others),
            ("process refund-17", "open", of_others),
            ("run", "run", of_others),
            ("request refund-17", "request", of_others),
            ("resolve refund-17 void --by kim", "resolve", of_others),
        ] {
            let (code, out, err) = told(line, &json!({ fails: error }));
            assert_eq!((code, out.as_str()), (expected, ""), "{kind}: {line}: {fails}");
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
    let error = json!({ "kind": "invalid_request", "message": "all of it", "errors": errors, "until": null });
    let (code, _, err) = told("request refund-17", &json!({ "request": { "error": error } }));
    let expected = "paywelcome refunds request: --pay-type is missing; --pay-type is missing; KEY is empty; --quiet is less; \
                    --by is missing\n";
    assert_eq!((code, err.as_str()), (2, expected));
    let early = json!({ "error": { "kind": "ruling", "message": "too early", "until": 1_767_193_200_000_u64 } });
    let (code, out, _) = told("resolve refund-17 void --by kim --json", &json!({ "resolve": early }));
    let told: Value = serde_json::from_str(&out).expect("it is JSON");
    assert_eq!((code, &told["until"], &told["outcome"]), (1, &json!("2026-01-01T00:00:00+09:00"), &json!("not_sent")));
}

#[test]
fn json_has_times_as_texts_and_the_answer_as_json() {
    let (_, out, _) = told("process refund-17 --json", &json!({ "get": refund("done") }));
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
    let found = json!({ "counts": counts, "due": ["a", "b"], "in_review": [in_review("refund-9")] });
    let (code, out, _) = told("status", &found);
    assert_eq!(code, 0);
    assert!(out.starts_with("refunds of welcometst, in PostgreSQL\n"), "{out}");
    assert!(out.contains("  review             2         1,234,567\n") && out.contains("due now: 2\n"), "{out}");
    assert!(out.contains("person: refund-9, since 2026-01-01 00:00:00 KST; see paywelcome refunds review\n"), "{out}");
    let many: Vec<_> = (0..1_000).map(|key| key.to_string()).collect();
    let (_, out, _) = told("status", &json!({ "counts": counts, "due": many, "in_review": [] }));
    assert!(out.contains("due now: 1000 or more\n") && !out.contains("person"), "{out}");
    let (_, out, err) = told("run", &json!({ "run": 3, "counts": counts }));
    assert_eq!(out, "processed: 3\nwaiting for a person: 2; see paywelcome refunds review\n");
    assert_eq!(err.lines().count(), 1, "{err}");
    let found = json!({ "restored": { "refunds": 3 }, "counts": {} });
    let (_, out, _) = told("restored --since 2026-01-01T00:00Z --json", &found);
    assert_eq!(out, "{\"counts\":{},\"doubted\":3}\n");
}

#[test]
fn a_person_is_told_what_to_look_for_in_their_language() {
    let found = json!({
        "in_review": [in_review("refund-17"), in_review("it's"), in_review("-x")], "get": in_review("refund-17"),
    });
    let (code, out, _) = told("review", &found);
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
        for line in [format!("review{lang}"), format!("status refund-17{lang}")] {
            let mut person = person(&LOCAL);
            person.variables.extend(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
            let Ended { code, person, .. } = run(person, &line, false, &found);
            assert_eq!(code, 0, "{}", person.err);
            assert_eq!(person.out.contains("응답이 없습니다."), is_korean, "{variables:?}{lang}: {}", person.out);
            assert_eq!(person.out.contains("No answer came."), !is_korean, "{variables:?}{lang}: {}", person.out);
        }
    }
    let (_, out, _) = told("review --lang ko", &json!({ "in_review": [] }));
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
    let (_, out, _) = told("status refund-17", &json!({ "get": done, "attempts": journal }));
    assert!(out.starts_with("refund-17: done · 3,000 won of 12,000 won paid; 9,000 won remain\n"), "{out}");
    assert!(out.contains("  2026-01-01 00:00:01 KST answer → done · done\n"), "{out}");
    assert!(out.contains("  result_msg:  [2Jdone \n") && !out.contains('\u{1b}'), "{out}");
}

#[test]
fn the_tables_are_printed_without_a_store_and_a_key() {
    for (dialect, words) in [("sqlite", "julianday"), ("postgres", "extract(epoch"), ("mysql", "ENGINE")] {
        let line = format!("schema --dialect {dialect}");
        let Ended { code, person, asked } = run(Scripted::default(), &line, false, &Value::Null);
        assert_eq!((code, asked.len()), (0, 0));
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
        ("page --help", "refunds page"),
        ("resolve --help", "refunds resolve"),
        ("restored --help", "refunds restored"),
    ] {
        let Ended { code, person, asked } = run(Scripted::default(), line, false, &Value::Null);
        assert_eq!((code, asked.len()), (0, 0), "{line}: {}", person.err);
        assert!(person.out.starts_with(&format!("usage: paywelcome {called} ")), "{}", person.out);
        assert!(person.out.lines().skip(1).all(|line| line.chars().count() <= 100), "{}", person.out);
    }
}
