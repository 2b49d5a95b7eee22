//! `rehearse` with gateways whose answers look otherwise, and with command lines and files that are wrong.
#![allow(missing_docs)]

mod rehearsing;

use std::fs;

use paywelcome_rehearsal::{Piece, Situation, State, What, WhoseTid};
use paywelcome_sandbox::{Options, Sandbox};
use rehearsing::{Merchant, PAID, approve, found, step, went_back};
use serde_json::{Value, json};

fn sandbox() -> Sandbox {
    Sandbox::start(Options::default()).expect("a sandbox starts")
}

fn line(tid: &str) -> String {
    format!("--tid {tid} --price {PAID} --pay-type card --lang en")
}

/// Rehearses with a sandbox all of whose answers meet this fault.
fn with_fault(mut fault: Value) -> (Sandbox, Merchant, i32) {
    let sandbox = sandbox();
    let merchant = Merchant::of(&sandbox);
    let tid = approve(&sandbox);
    fault["times"] = json!(1_000);
    sandbox.command("arm", fault).expect("it is armed");
    let (code, terminal) = merchant.rehearse(&format!("{} --yes", line(&tid)), &[]);
    drop(terminal);
    (sandbox, merchant, code)
}

#[test]
fn the_setting_that_fits_is_named() {
    for (fault, echoes, spelling) in [
        (
            json!({ "kind": "wrong_tid" }),
            json!(["price", "remaining_price"]),
            json!({ "tid": "own", "echoes_differing": ["tid"] }),
        ),
        (
            json!({ "kind": "missing_key", "key": "Price" }),
            json!(["tid", "remaining_price"]),
            json!({ "echoes_differing": ["price"] }),
        ),
        (
            json!({ "kind": "missing_key", "key": "Tid" }),
            json!(["price", "remaining_price"]),
            json!({ "tid": "absent" }),
        ),
        (json!({ "kind": "numbers" }), json!(["tid", "price", "remaining_price"]), json!({ "tid": "payment" })),
        (json!({ "kind": "euc_kr" }), json!(["tid", "price", "remaining_price"]), json!({ "charset": "euc-kr" })),
        (
            json!({ "kind": "letter_case" }),
            json!(["tid", "price", "remaining_price"]),
            json!({ "cancel_tid_length": 40 }),
        ),
    ] {
        let (_sandbox, merchant, code) = with_fault(fault.clone());
        assert_eq!(code, 0, "{fault}");
        let found = found(&merchant.file());
        assert_eq!(found["required_echoes"], echoes, "{fault}");
        for (name, value) in spelling.as_object().expect("it is one") {
            assert_eq!(found["success"]["partial"][name], *value, "{fault}");
        }
        assert_eq!(found["confirm_price"]["enforced"], json!(true), "{fault}");
    }
}

#[test]
fn a_success_with_a_tid_of_its_own_is_not_called_unknown() {
    let sandbox = sandbox();
    sandbox.command("arm", json!({ "kind": "wrong_tid", "times": 0 })).expect("it is armed");
    let merchant = Merchant::of(&sandbox);
    let (code, terminal) = merchant.rehearse(&format!("{} --yes", line(&approve(&sandbox))), &[]);
    let said: Vec<_> = terminal.out.lines().filter(|line| line.contains("→ done")).collect();
    assert_eq!((code, said.len()), (0, 3), "{}", terminal.out);
    assert!(said.iter().all(|line| line.contains("Tid is") && !line.contains("unknown")), "{said:?}");
}

#[test]
fn a_template_holds_bytes_of_any_charset_and_gaps_for_what_differs() {
    let (_sandbox, merchant, _) = with_fault(json!({ "kind": "euc_kr" }));
    let file = merchant.file();
    let body = &file.findings.answers[&Situation::PartialDone].body;
    let is_cp949 = |piece: &Piece| matches!(piece, Piece::Literal(bytes) if std::str::from_utf8(bytes).is_err());
    assert!(body.iter().any(is_cp949));
    let gaps: Vec<_> = body
        .iter()
        .filter_map(|piece| if let Piece::Value { value, .. } = piece { Some(*value) } else { None })
        .collect();
    assert_eq!(gaps, [What::Mid, What::Tid, What::CancelTid, What::Price, What::Remaining, What::Date, What::Time]);
    let (_sandbox, merchant, _) = with_fault(json!({ "kind": "wrong_tid" }));
    let file = merchant.file();
    let spelling = file.findings.success.partial.as_ref().expect("one was done");
    assert_eq!(spelling.tid, Some(WhoseTid::Own));
}

#[test]
fn a_success_that_can_not_be_read_is_unknown_and_fits_no_setting() {
    let (sandbox, merchant, code) = with_fault(json!({ "kind": "result_code" }));
    assert_eq!(code, 5);
    let file = merchant.file();
    assert_eq!((&file.findings.required_echoes, step(&file, "partial").state), (&None, State::Unknown));
    assert_eq!(sandbox.executions(), 1);
    let tid = file.payment.as_ref().expect("it is there").tid.clone();
    let (_, terminal) = merchant.rehearse("--yes --remaining 898 --lang en", &[]);
    assert!(terminal.out.contains("Continuing with"), "{}", terminal.out);
    assert_eq!(went_back(&sandbox, &tid), 102 + 103, "one of five at once");
}

#[test]
fn the_same_page_for_everything_is_a_block_and_nothing_is_asked_about_the_payment() {
    let (sandbox, merchant, code) =
        with_fault(json!({ "kind": "status", "status": 403, "body": "html", "when": "before_applying" }));
    assert_eq!(code, 3);
    let tid = merchant.file().payment.expect("it is there").tid;
    assert!(sandbox.requests().iter().all(|request| request.fields.iter().all(|field| field.1 != tid)));
    // Once it is opened, the same command goes on.
    sandbox.command("disarm", json!({})).expect("it was armed");
    assert_eq!(merchant.rehearse("--yes", &[]).0, 0);
    assert_eq!(went_back(&sandbox, &tid), PAID);
}

#[test]
fn an_accident_among_the_first_answers_is_taken_for_nothing_else() {
    for (number, fault) in (0..6).flat_map(|number| {
        let faults = [
            json!({ "kind": "status", "when": "before_applying" }),
            json!({ "kind": "html", "when": "before_applying" }),
            json!({ "kind": "truncated_json", "when": "before_applying" }),
            json!({ "kind": "close", "when": "before_applying" }),
        ];
        faults.into_iter().map(move |fault| (number, fault))
    }) {
        let sandbox = sandbox();
        let merchant = Merchant::of(&sandbox);
        let tid = approve(&sandbox);
        let fault = {
            let mut fault = fault;
            fault["nth"] = json!(number + 1);
            fault["times"] = json!(1);
            fault
        };
        sandbox.command("arm", fault.clone()).expect("it is armed");
        let (code, _) = merchant.rehearse(&format!("{} --only-free", line(&tid)), &[]);
        assert_eq!(code, 0, "{fault}");
        let file = merchant.file();
        let accepted: Vec<_> = file.findings.signature.forms.iter().map(|form| form.accepted).collect();
        assert_eq!(accepted, [Some(true), Some(true), Some(false), Some(false)], "{fault}");
        assert_eq!(file.findings.codes[&Situation::BadSignature], "ERR206", "{fault}");
        assert_eq!(file.findings.codes[&Situation::UnknownTid], "SBX301", "{fault}");
        assert_eq!(file.finished_at, None, "not all was asked");
    }
}

#[test]
fn the_wrong_key_moves_nothing_and_is_said() {
    let sandbox = sandbox();
    let tid = approve(&sandbox);
    let mut merchant = Merchant::new(sandbox.mid(), "another-key-of-this-merchant", &sandbox.url());
    let (code, terminal) = merchant.rehearse(&format!("{} --yes", line(&tid)), &[]);
    assert_eq!((code, sandbox.executions()), (4, 0), "{}", terminal.out);
    assert!(terminal.out.contains("no form of signature was accepted"), "{}", terminal.out);
    assert!(!merchant.text().contains("another-key"));
    // With the right one, the same command goes on.
    sandbox.sign_key().clone_into(&mut merchant.variables[1].1);
    let (code, terminal) = merchant.rehearse("--yes", &[]);
    assert_eq!((code, went_back(&sandbox, &tid)), (0, PAID), "{}", terminal.out);
}

#[test]
fn what_can_not_move_money_needs_nobody_to_ask() {
    let sandbox = sandbox();
    let merchant = Merchant::of(&sandbox);
    let tid = approve(&sandbox);
    let (code, terminal) = merchant.rehearse(&line(&tid), &[]);
    assert_eq!((code, sandbox.request_count()), (2, 0), "{}", terminal.err);
    assert!(terminal.err.contains("--yes") && terminal.err.contains("--only-free"), "{}", terminal.err);
    assert!(!merchant.path().exists());
    let (code, _) = merchant.rehearse(&format!("{} --only-free", line(&tid)), &[]);
    assert_eq!((code, sandbox.executions()), (0, 0));
    assert!(sandbox.requests().iter().all(|request| request.fields.iter().all(|field| field.1 != tid)));
    let (code, terminal) = merchant.rehearse("--lang en", &["no"]);
    assert_eq!((code, sandbox.executions()), (1, 0));
    assert!(!terminal.out.contains("--only-free"), "it was given to another run: {}", terminal.out);
    let (code, _) = merchant.rehearse("--yes", &[]);
    assert_eq!((code, went_back(&sandbox, &tid)), (0, PAID), "the rest is asked in a later run");
    let before = sandbox.requests().len();
    let (code, terminal) = merchant.rehearse("--yes", &[]);
    assert_eq!((code, sandbox.requests().len()), (0, before), "a finished one sends nothing: {}", terminal.out);
}

#[test]
fn a_second_payment_may_come_later_and_another_run_says_what_changed() {
    let sandbox = sandbox();
    let merchant = Merchant::of(&sandbox);
    let (tid, full) = (approve(&sandbox), approve(&sandbox));
    assert_eq!(merchant.rehearse(&format!("{} --yes", line(&tid)), &[]).0, 0);
    assert_eq!(step(&merchant.file(), "second_full").state, State::Skipped);
    assert_eq!(merchant.rehearse(&format!("--full-tid {full} --full-price {PAID} --yes"), &[]).0, 0);
    let file = merchant.file();
    assert_eq!(file.findings.codes[&Situation::SecondFull], "SBX401");
    assert_eq!(file.findings.codes[&Situation::PartialAfterAll], "SBX401", "what was found before is still there");
    assert_eq!(went_back(&sandbox, &full), PAID);

    sandbox.command("set_rules", json!({ "already_cancelled_code": "E9" })).expect("there is such a rule");
    let (code, terminal) = merchant.rehearse(&format!("{} --yes", line(&approve(&sandbox))), &[]);
    assert_eq!(code, 0);
    assert!(terminal.out.contains("codes.partial_after_all: \"SBX401\" → \"E9\""), "{}", terminal.out);
    let later = merchant.file();
    assert_eq!(later.earlier.len(), 1);
    assert_eq!(later.earlier[0].findings, file.findings);

    let requests = sandbox.request_count();
    for (words, lang) in [("What was found", "en"), ("확인된 내용", "ko")] {
        let (code, terminal) = merchant.rehearse(&format!("--show --lang {lang}"), &[]);
        assert_eq!(code, 0);
        assert!(terminal.out.contains(words) && terminal.out.contains("SBX301"), "{}", terminal.out);
    }
    assert_eq!(sandbox.request_count(), requests, "showing sends nothing");
}

#[test]
fn what_belongs_to_something_else_is_refused_and_stays_as_it_is() {
    let sandbox = sandbox();
    let merchant = Merchant::of(&sandbox);
    let (tid, other) = (approve(&sandbox), approve(&sandbox));
    // Unfinished: the person says no.
    assert_eq!(merchant.rehearse(&line(&tid), &["no"]).0, 1);
    let before = merchant.text();
    let requests = sandbox.request_count();
    for (options, words) in [
        (line(&other), "unfinished rehearsal of payment"),
        ("--price 2000".to_owned(), "--price: it was 1000"),
        ("--pay-type hpp".to_owned(), "--pay-type: it was card"),
        ("--currency USD".to_owned(), "--currency: it was WON"),
        (format!("--full-tid {other}"), "pass --full-price"),
        ("--mid other".to_owned(), "is a rehearsal of mid sandbox001, not of other"),
        ("--base-url http://127.0.0.1:9".to_owned(), "is a rehearsal with http://127.0.0.1:"),
        ("--remaining 5".to_owned(), "--remaining: it must be an amount between 1000 and 1000"),
    ] {
        let (code, terminal) = merchant.rehearse(&format!("{options} --yes --lang en"), &[]);
        assert_eq!(code, 2, "{options}: {}", terminal.err);
        assert!(terminal.err.contains(words), "{options}: {}", terminal.err);
        assert_eq!(merchant.text(), before, "{options}");
    }
    assert_eq!(sandbox.request_count(), requests, "nothing was sent");
}

#[test]
fn a_wrong_command_line_is_refused_before_anything_is_sent() {
    let sandbox = sandbox();
    let merchant = Merchant::of(&sandbox);
    let tid = approve(&sandbox);
    for (options, words) in [
        ("--yes".to_owned(), "pass --tid"),
        (format!("--tid {tid} --yes"), "pass --price"),
        (format!("--tid {tid} --price 1000 --yes"), "pass --pay-type"),
        (format!("--tid {tid} --price 999 --pay-type card --yes"), "--price must be at least 1000"),
        (format!("--tid {tid} --price 1.5 --pay-type card --yes"), "--price"),
        (format!("--tid {tid} --price 0 --pay-type card --yes"), "--price"),
        (format!("--tid {tid} --price 1000 --pay-type CARD --yes"), "--pay-type"),
        (format!("--tid {tid} --price 1000 --pay-type card --currency KRW --yes"), "--currency"),
        (format!("--tid {tid} --full-tid {tid} --price 1000 --pay-type card --yes"), "another payment"),
        ("--tid 0000 --price 1000 --pay-type card --yes".to_owned(), "--tid must have a digit"),
        (format!("{} --yes --sign-key abc", line(&tid)), "a key is not an argument"),
        (format!("{} --yes --nonsense", line(&tid)), "no option --nonsense"),
        (format!("{} --yes --lang fr", line(&tid)), "--lang"),
    ] {
        let (code, terminal) = merchant.rehearse(&options, &[]);
        assert_eq!(code, 2, "{options}: {}", terminal.err);
        assert!(terminal.err.contains(words), "{options}: {}", terminal.err);
    }
    assert_eq!(sandbox.request_count(), 0);
    assert!(!merchant.path().exists());
    let (code, terminal) = merchant.rehearse("--show --lang en", &[]);
    assert_eq!((code, terminal.err.contains("there is no such file")), (2, true), "{}", terminal.err);
}

#[test]
fn a_file_that_can_not_be_used_keeps_anything_from_being_sent() {
    let sandbox = sandbox();
    let merchant = Merchant::of(&sandbox);
    let tid = approve(&sandbox);
    let options = format!("{} --yes", line(&tid));
    for (text, words) in
        [("{}", "format: must be paywelcome-rehearsal"), ("{\"format\"", "is not JSON"), ("", "is not JSON")]
    {
        fs::write(merchant.path(), text).expect("there is room");
        let (code, terminal) = merchant.rehearse(&options, &[]);
        assert_eq!(code, 2, "{}", terminal.err);
        assert!(terminal.err.contains(words) && terminal.err.contains("rehearsal.json"), "{}", terminal.err);
        assert_eq!(merchant.text(), text, "it is not overwritten");
    }
    fs::remove_file(merchant.path()).expect("it is there");
    // A folder where the file should be: nothing can be written.
    fs::create_dir(merchant.path()).expect("there is room");
    let (code, _) = merchant.rehearse(&options, &[]);
    assert_eq!((code, sandbox.request_count()), (2, 0));
    fs::remove_dir(merchant.path()).expect("it is there");
    fs::remove_dir_all(&merchant.folder).expect("it is there");
    let (code, terminal) = merchant.rehearse(&options, &[]);
    assert_eq!((code, sandbox.request_count()), (2, 0), "{}", terminal.err);
    assert!(terminal.err.contains("can't be written; nothing was sent"), "{}", terminal.err);
}

#[test]
fn what_can_not_be_written_down_is_not_sent() {
    let sandbox = sandbox();
    let merchant = Merchant::of(&sandbox);
    let tid = approve(&sandbox);
    assert_eq!(merchant.rehearse(&line(&tid), &["no"]).0, 1);
    let text = merchant.text();
    let folder = merchant.folder.clone();
    // The new file is written beside the old one, where something of its name is in the way.
    fs::create_dir(folder.join(format!(".rehearsal.json.{}.new", std::process::id()))).expect("there is room");
    let before = sandbox.request_count();
    let (code, terminal) = merchant.rehearse("--yes --lang en", &[]);
    assert_eq!(code, 1, "{}", terminal.err);
    assert!(terminal.err.contains("what is not recorded is not sent"), "{}", terminal.err);
    assert_eq!((sandbox.request_count(), merchant.text()), (before, text));
}

#[test]
fn two_at_once_on_one_file_are_one_too_many() {
    let sandbox = sandbox();
    let merchant = Merchant::of(&sandbox);
    let tid = approve(&sandbox);
    assert_eq!(merchant.rehearse(&line(&tid), &["no"]).0, 1);
    sandbox.command("arm", json!({ "kind": "stall", "ms": 700, "times": 1 })).expect("it is armed");
    let before = sandbox.request_count();
    std::thread::scope(|scope| {
        let first = scope.spawn(|| merchant.rehearse("--yes", &[]).0);
        while sandbox.request_count() < before + 3 {
            std::thread::yield_now();
        }
        let (code, terminal) = merchant.rehearse("--yes --lang en", &[]);
        assert_eq!(code, 2, "{}", terminal.err);
        assert!(terminal.err.contains("another rehearsal uses it"), "{}", terminal.err);
        assert_eq!(first.join().expect("it ends"), 0);
    });
    assert_eq!(fs::read_dir(&merchant.folder).expect("it is there").count(), 1, "no lock is left");
}

#[test]
fn where_real_money_moves_a_sentence_has_to_be_typed() {
    let merchant = Merchant::new("merchant01", "paywelcome-made-up", "https://gateway.example");
    let options = |price: u64| format!("--tid T1 --price {price} --pay-type card --lang en --proxy http://127.0.0.1:9");
    let (code, terminal) = merchant.rehearse(&format!("{} --yes", options(300)), &[]);
    assert_eq!(code, 2, "{}", terminal.err);
    assert!(terminal.err.contains("--yes is not enough"), "{}", terminal.err);
    let (code, terminal) = merchant.rehearse(&format!("{} --yes", options(300)), &["yes"]);
    assert_eq!(code, 1, "{}", terminal.err);
    assert!(terminal.err.contains("give back up to 300 won of merchant01"), "{}", terminal.err);
    for (price, words) in [(501, "at most 500 won"), (99, "at least 100")] {
        let (code, terminal) = merchant.rehearse(&options(price), &["give back up to 500 won of merchant01"]);
        assert_eq!(code, 2, "{}", terminal.err);
        assert!(terminal.err.contains(words), "{}", terminal.err);
    }
    assert!(!merchant.path().exists());
    // Nobody listens there: with the right sentence it gets so far.
    let (code, terminal) = merchant.rehearse(&options(300), &["yes", "give back up to 300 won of merchant01"]);
    assert_eq!(code, 3, "{}", terminal.err);
    assert!(terminal.err.contains("doctor"), "{}", terminal.err);
}
