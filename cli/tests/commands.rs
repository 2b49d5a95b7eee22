//! Command lines against a sandbox; a person who answers is made up.
#![allow(missing_docs)]

#[path = "scripted/commanded.rs"]
mod commanded;
mod scripted;

use paywelcome_cli::{Interrupts, Program, run};
use paywelcome_sandbox::{Options, Sandbox};
use scripted::Scripted;
use serde_json::json;

fn sandbox() -> Sandbox {
    Sandbox::start(Options::default()).expect("a sandbox starts")
}

fn approved(sandbox: &Sandbox) -> String {
    let payment = sandbox.command("approve", json!({ "price": 12_000, "pay_type": "card" })).expect("it is approved");
    payment["tid"].as_str().or_else(|| payment.as_str()).expect("a payment has a tid").to_owned()
}

#[test]
fn cancels_and_tells_it_in_words_and_in_json() {
    let sandbox = sandbox();
    let mut words = Scripted::at(&sandbox);
    let tid = approved(&sandbox);
    let line = format!("partial-cancel --tid {tid} --pay-type card --cancel-price 3,000 --confirm-price=9000");
    assert_eq!(words.run(&line), 0, "{}", words.err);
    assert!(
        words.out.starts_with("done: 3000 went back, at http://127.0.0.1:") && words.out.contains("9000"),
        "{}",
        words.out
    );
    let mut data = Scripted::at(&sandbox);
    assert_eq!(data.run(&format!("cancel --json --tid {} --pay-type card --price 12000", approved(&sandbox))), 0);
    let told = data.json();
    assert_eq!((&told["outcome"], &told["receipt"]["price"]), (&json!("done"), &json!(12_000)));
    assert_eq!(sandbox.executions(), 2);
}

#[test]
fn an_echo_that_is_not_required_is_told() {
    let sandbox = sandbox();
    let wrong_tid = || sandbox.command("arm", json!({ "kind": "wrong_tid" })).expect("it is armed");
    let refund = |options: &str| {
        wrong_tid();
        let mut terminal = Scripted::at(&sandbox);
        let code = terminal.run(&format!("cancel --tid {} --pay-type card --price 12000{options}", approved(&sandbox)));
        (code, terminal)
    };
    let (code, terminal) = refund("");
    assert_eq!(code, 5);
    assert!(terminal.err.contains("required_echoes"), "{}", terminal.err);
    let (code, terminal) = refund(" --required-echoes price,remaining_price");
    assert_eq!(code, 0, "{}", terminal.err);
    assert!(terminal.out.contains("LOOK: the answer's tid is "), "{}", terminal.out);
    let (code, terminal) = refund(" --json --required-echoes=");
    assert_eq!((code, &terminal.json()["receipt"]["mismatches"][0]["field"]), (0, &json!("tid")));
    let (code, terminal) = refund(" --json --required-echoes tid,all");
    let told = terminal.json();
    assert_eq!((code, &told["errors"][0]["field"]), (2, &json!("--required-echoes")), "{told}");
}

#[test]
fn what_was_answered_is_told_where_it_can_not_be_read() {
    let sandbox = sandbox();
    let mut terminal = Scripted::at(&sandbox);
    let tid = approved(&sandbox);
    sandbox.command("arm", json!({ "kind": "html" })).expect("it is armed");
    assert_eq!(terminal.run(&format!("cancel --tid {tid} --pay-type card --price 12000")), 5);
    assert!(terminal.err.contains("\nThe answer: "), "{}", terminal.err);
    assert!(!terminal.err.contains("<html"), "{}", terminal.err);
}

#[test]
fn the_exit_code_tells_what_is_known() {
    let sandbox = sandbox();
    let mut terminal = Scripted::at(&sandbox);
    let wrong = format!("cancel --json --tid {} --pay-type card --price 1", approved(&sandbox));
    assert_eq!(terminal.run(&wrong), 4);
    assert_eq!(terminal.json()["outcome"], json!("declined"));

    let tid = approved(&sandbox);
    sandbox.command("arm", json!({ "kind": "close", "when": "after_applying" })).expect("it is armed");
    let mut terminal = Scripted::at(&sandbox);
    assert_eq!(terminal.run(&format!("cancel --tid {tid} --pay-type card --price 12000")), 5);
    assert!(terminal.err.starts_with("unknown: ") && terminal.err.contains("상점관리자"), "{}", terminal.err);

    let mut terminal = Scripted::at(&sandbox);
    sandbox.stop();
    assert_eq!(terminal.run(&format!("cancel --tid {tid} --pay-type card --price 12000")), 3);
    assert!(terminal.err.starts_with("not_sent: "), "{}", terminal.err);
}

#[test]
fn what_is_wrong_is_named_as_it_is_typed_and_nothing_is_sent() {
    let sandbox = sandbox();
    for (line, words) in [
        ("cancel --tid x --pay-type card --price 1.5", "--price"),
        ("partial-cancel --tid x --pay-type card --cancel-price 0 --confirm-price 1", "--cancel-price"),
        ("cancel --tid x --pay-type card --price 1 --timeout 0", "--timeout"),
        ("cancel --tid x --pay-type card --price 1 --timeout soon", "--timeout"),
        ("cancel --price", "--price"),
        ("cancel --colour red", "--colour"),
        ("cancel x", "options only"),
        ("cancel --tid x --pay-type card --price 1 --sign-key made-up", "PAYWELCOME_SIGN_KEY"),
        ("sign --at now", "--at needs"),
        ("sign --at 20260930151000", "--at needs"),
        ("doctor --environment moon", "--environment"),
    ] {
        let mut terminal = Scripted::at(&sandbox);
        assert_eq!(terminal.run(line), 2, "{line}");
        let said = terminal.err + &terminal.out;
        assert!(said.contains(words) && !said.contains("made-up"), "{line}: {said}");
    }
    let mut terminal = Scripted::default();
    terminal.variables.insert("PAYWELCOME_ENVIRONMENT".to_owned(), "test".to_owned());
    assert_eq!(terminal.run("cancel --json --tid x --pay-type card --price 1"), 2);
    let told = terminal.json();
    let fields: Vec<_> = told["errors"].as_array().into_iter().flatten().map(|found| &found["field"]).collect();
    assert_eq!(fields, ["--mid", "PAYWELCOME_SIGN_KEY"]);
    assert_eq!(sandbox.request_count(), 0);
}

/// A gateway with real money that is out of reach: through a proxy that nobody listens at.
const REAL: &str =
    "cancel --tid x --pay-type card --price 12000 --base-url https://payapi.invalid --proxy http://127.0.0.1:1";

#[test]
fn real_money_moves_only_after_a_yes() {
    let merchant = || {
        let mut terminal = Scripted::default();
        terminal.variables.insert("PAYWELCOME_MID".to_owned(), "welcometst".to_owned());
        terminal.variables.insert("PAYWELCOME_SIGN_KEY".to_owned(), "made-up".to_owned());
        terminal
    };
    let mut nobody = merchant();
    assert_eq!(nobody.run(REAL), 2);
    assert!(nobody.err.contains("--yes"), "{}", nobody.err);
    for (answer, code) in [("no", 1), ("y", 1), ("", 1), ("yes", 3)] {
        let mut person = merchant();
        person.answers = vec![answer];
        assert_eq!(person.run(REAL), code, "{answer}: {}", person.err);
        assert!(person.err.contains("12000 won") && person.err.contains("https://payapi.invalid"), "{}", person.err);
    }
    let mut script = merchant();
    assert_eq!(script.run(&format!("{REAL} --yes")), 3);
    assert!(!script.err.contains("Type yes"), "{}", script.err);
}

#[test]
fn an_environment_that_is_named_is_not_replaced_by_a_variable() {
    let sandbox = sandbox();
    let mut terminal = Scripted::at(&sandbox);
    terminal.variables.insert("PAYWELCOME_SIGN_KEY".to_owned(), "made-up".to_owned());
    let line =
        "cancel --environment production --mid welcometst --tid x --pay-type card --price 1 --proxy http://127.0.0.1:1";
    assert_eq!(terminal.run(line), 2, "nobody is there to ask");
    assert!(
        terminal.err.contains("at https://payapi.paywelcome.co.kr as welcometst, with real money"),
        "{}",
        terminal.err
    );
    assert_eq!(sandbox.request_count(), 0);
}

#[test]
fn a_key_that_is_missing_is_asked_for() {
    let sandbox = sandbox();
    let mut terminal = Scripted::at(&sandbox);
    terminal.variables.remove("PAYWELCOME_SIGN_KEY");
    terminal.answers = vec!["not-the-key"];
    let code = terminal.run(&format!("cancel --tid {} --pay-type card --price 12000", approved(&sandbox)));
    assert_eq!(code, 4);
    assert!(terminal.err.starts_with("Sign key (not shown): "), "{}", terminal.err);
    assert!(!terminal.err.contains("not-the-key"), "{}", terminal.err);
}

#[test]
fn what_is_signed_is_shown_without_the_key() {
    let mut terminal = Scripted::default();
    terminal.variables.insert("PAYWELCOME_SIGN_KEY".to_owned(), "made-up".to_owned());
    // 2019-09-06 11:01:00 in Korea; the digests were computed with another implementation of SHA-256.
    assert_eq!(terminal.run("sign --mid welcometst --at 1567735260000"), 0);
    let shown = "timestamp  20190906110100\nplaintext  mid=welcometst&mkey=(mkey)&timestamp=20190906110100\nsignature  \
                 ce4bed7c648f84ea7159e48d06febbfe724576c9ae6998b4a095737cb011644f\n";
    assert_eq!(terminal.out, shown);
    terminal.out.clear();
    assert_eq!(terminal.run("sign --mid welcometst --at 1567735260000 --signature-format concatenated --json"), 0);
    assert_eq!(
        terminal.json(),
        json!({
            "timestamp": "20190906110100",
            "plaintext": "welcometst(mkey)20190906110100",
            "signature": "25b91554ab6ef982f6afcbb52c372292a2a9653273ada6d19477bc2495de6f28",
        })
    );
}

#[test]
fn the_doctor_tells_what_it_found() {
    let sandbox = sandbox();
    let mut well = Scripted::at(&sandbox);
    assert_eq!(well.run("doctor --json"), 0, "{}", well.out);
    let told = well.json();
    let about: Vec<_> = told["checks"].as_array().into_iter().flatten().filter_map(|c| c["about"].as_str()).collect();
    for expected in ["paywelcome", "PAYWELCOME_SIGN_KEY", "gateway", "name", "connection", "clock"] {
        assert!(about.contains(&expected), "{about:?}");
    }
    assert!(!well.out.contains(sandbox.sign_key()), "{}", well.out);
    let mut keyless = Scripted::default();
    assert_eq!(keyless.run(&format!("doctor --base-url {}", sandbox.url())), 0, "{}", keyless.out);
    assert!(keyless.out.contains("a cancel needs one"), "{}", keyless.out);
    assert_eq!(sandbox.executions(), 0);
    sandbox.stop();
    let mut gone = Scripted::at(&sandbox);
    assert_eq!(gone.run("doctor"), 3);
    assert!(gone.out.contains("✗  connection"), "{}", gone.out);
}

#[test]
fn a_variable_that_is_passed_over_is_told() {
    let sandbox = sandbox();
    for line in ["doctor --environment production", "sign --environment production --at 1567735260000"] {
        let mut terminal = Scripted::at(&sandbox);
        terminal.variables.insert("PAYWELCOME_MID".to_owned(), "welcometst".to_owned());
        terminal.variables.insert("PAYWELCOME_SIGN_KEY".to_owned(), "made-up".to_owned());
        // Nobody listens there, so that the gateway itself is not asked.
        terminal.variables.insert("HTTPS_PROXY".to_owned(), "http://127.0.0.1:1".to_owned());
        terminal.run(line);
        assert_eq!(terminal.err, "PAYWELCOME_BASE_URL is set and not used: --environment was given.\n", "{line}");
        assert!(!terminal.out.contains(&sandbox.url()), "{}", terminal.out);
    }
    // Who typed no environment is told of none.
    let mut terminal = Scripted::at(&sandbox);
    terminal.variables.insert("PAYWELCOME_ENVIRONMENT".to_owned(), "production".to_owned());
    assert_eq!((terminal.run("sign --at 1567735260000"), terminal.err.as_str()), (0, ""));
    // What is typed wins by itself.
    let mut terminal = Scripted::at(&sandbox);
    terminal.run(&format!("doctor --environment production --base-url {}", sandbox.url()));
    assert!(terminal.err.is_empty() && terminal.out.contains(&sandbox.url()), "{}{}", terminal.err, terminal.out);
    assert_eq!(sandbox.executions(), 0);
}

#[test]
fn the_doctor_shows_no_password_and_nothing_that_is_wrong() {
    const WORDS: [&str; 2] = ["PLANTED", "p4ss"];
    for (variables, code, words) in [
        (vec![("HTTPS_PROXY", "http://user:PLANTED@127.0.0.1:1")], 3, "http://127.0.0.1:1, from HTTPS_PROXY"),
        (
            vec![("https_proxy", " \"http://user:PLANTED@p4ss@127.0.0.1:1\"\n")],
            3,
            "http://127.0.0.1:1, from https_proxy",
        ),
        (vec![("all_proxy", "http://user:PLANTED#p4ss@127.0.0.1:1")], 2, "all_proxy holds"),
        (vec![("ALL_PROXY", "socks5://user:PLANTED@127.0.0.1:1")], 2, "ALL_PROXY is a socks proxy"),
        (vec![("PAYWELCOME_BASE_URL", "https://user:PLANTED@gateway.example")], 2, "PAYWELCOME_BASE_URL holds a user"),
        (vec![("PAYWELCOME_MID", "PLANTED-PLANTED")], 2, "PAYWELCOME_MID has 15 characters"),
        (vec![("PAYWELCOME_ENVIRONMENT", "'PLANTED'")], 2, "PAYWELCOME_ENVIRONMENT has quotes around it"),
        (vec![("PAYWELCOME_SIGN_KEY", "\"PLANTED\"")], 2, "✗  PAYWELCOME_SIGN_KEY     has quotes around it"),
    ] {
        let mut terminal = Scripted::default();
        terminal.variables.insert("PAYWELCOME_ENVIRONMENT".to_owned(), "test".to_owned());
        terminal.variables.insert("PAYWELCOME_MID".to_owned(), "welcometst".to_owned());
        terminal.variables.extend(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        assert_eq!(terminal.run("doctor"), code, "{}", terminal.out);
        let said = terminal.out + &terminal.err;
        assert!(said.contains(words), "{variables:?}: {said}");
        assert!(WORDS.iter().all(|word| !said.contains(word)), "{said}");
    }
}

#[test]
fn what_was_typed_as_a_value_is_not_repeated() {
    for line in [
        "doctor --json=PLANTED",
        "doctor --proxyhttp://user:PLANTED@127.0.0.1:1",
        "doctor --proxy http://user:PLANTED#x@127.0.0.1:1",
        "doctor --proxy socks5://user:PLANTED@127.0.0.1:1 --environment test",
        "cancel --yes=PLANTED",
        "sign --at PLANTED",
        "cancel PLANTED",
    ] {
        let mut terminal = Scripted::default();
        assert_eq!(terminal.run(line), 2, "{line}");
        let said = terminal.err + &terminal.out;
        assert!(!said.is_empty() && !said.contains("PLANTED"), "{line}: {said}");
    }
}

#[test]
fn help_is_there_for_every_command() {
    for command in ["cancel", "partial-cancel", "sign", "doctor", "judge"] {
        let mut terminal = Scripted::default();
        assert_eq!(terminal.run(&format!("{command} --help")), 0);
        assert!(terminal.out.starts_with(&format!("usage: paywelcome {command} ")), "{}", terminal.out);
        assert!(terminal.out.lines().skip(1).all(|line| line.chars().count() <= 100));
    }
    let program = Program { name: "paywelcome", host: "a test", interrupts: &Interrupts::default() };
    assert_eq!(run(program, "refund", Vec::new(), &mut Scripted::default()), None);
}
