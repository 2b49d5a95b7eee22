//! Works without a store: what they ask for, and what they make of rows that nobody has written.

use paywelcome::{Argument, Client, ClientOptions};
use paywelcome_refunds::{Arguments, Ask, Given, Kind, Ledger, Refused, Row, Statement, Work};

const DIALECTS: [&str; 3] = ["sqlite", "postgres", "mysql"];
const REQUEST: [(&str, &str); 5] =
    [("key", "refund-1"), ("tid", "T1"), ("pay_type", "card"), ("amount", "3000"), ("paid", "12000")];

fn client(base_url: &str) -> Client {
    let options = ClientOptions {
        mid: "welcometst".into(),
        sign_key: "made-up".into(),
        base_url: base_url.into(),
        ..ClientOptions::default()
    };
    Client::new(options).expect("the settings are right")
}

fn given(pairs: &[(&str, &str)]) -> Arguments {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), Argument::from(*value))).collect()
}

fn ledger(dialect: &str) -> Ledger {
    Ledger::new(&client("http://127.0.0.1:9"), dialect, false, &Arguments::new()).expect("the settings are right")
}

fn refused<T: std::fmt::Debug>(result: Result<T, Refused>) -> Vec<String> {
    let refused = result.expect_err("it is wrong");
    assert_eq!(refused.kind, Kind::InvalidRequest);
    refused.fields.into_iter().map(|(name, _)| name).collect()
}

fn statements(work: &mut Work, given: Given) -> Vec<Statement> {
    match work.next(given) {
        Ask::Query(statements) => statements,
        other => panic!("statements were expected, not {other:?}"),
    }
}

fn arguments_of(verb: &str) -> Arguments {
    match verb {
        "request" => given(&REQUEST),
        "settle" => given(&[("key", "refund-1"), ("token", "7"), ("answer", r#"{"outcome":"done"}"#)]),
        "resolve" => given(&[("key", "refund-1"), ("ruling", "void"), ("by", "kim")]),
        "restored" => given(&[("since", "0")]),
        "reconcile" => given(&[("rows", r#"[{"tid":"T1","amount":3000,"cancelled_at":"2026-03-01"}]"#)]),
        "process" | "get" | "attempts" => given(&[("key", "refund-1")]),
        "progress" | "turns" => given(&[("batch", "concert-17")]),
        "set_batch" => {
            let mut set = given(&[("batch", "concert-17")]);
            set.insert("pace".to_owned(), Argument::Integer(5));
            set
        }
        "pause" | "resume" | "void_unsent" => given(&[("batch", "concert-17"), ("by", "kim")]),
        _ => Arguments::new(),
    }
}

const VERBS: [&str; 22] = [
    "due_by_payment",
    "batches",
    "progress",
    "turns",
    "set_batch",
    "pause",
    "resume",
    "void_unsent",
    "request",
    "process",
    "settle",
    "get",
    "attempts",
    "due",
    "next_due",
    "in_review",
    "counts",
    "health",
    "resolve",
    "restored",
    "reconcile",
    "check",
];

#[test]
fn each_value_stands_between_two_pieces_in_every_dialect() {
    for dialect in DIALECTS {
        for verb in VERBS {
            let mut work = ledger(dialect).start(verb, arguments_of(verb), 1).expect("the arguments are right");
            for Statement { pieces, values } in statements(&mut work, Given::Nothing) {
                assert_eq!(pieces.len(), values.len() + 1, "{dialect} {verb}");
                assert!(!pieces.iter().any(|piece| piece.contains(['{', '?'])), "{dialect} {verb}: {pieces:?}");
            }
        }
    }
}

#[test]
fn rows_that_nobody_has_written_are_refused() {
    let strange: [Vec<Row>; 4] = [
        vec![vec![]],
        vec![vec![None; 60]],
        vec![vec![Some("x".to_owned()); 60]],
        vec![vec![Some("-1".to_owned()); 60]],
    ];
    for dialect in DIALECTS {
        for verb in ["request", "process", "settle", "get", "attempts", "in_review", "resolve", "reconcile", "check"] {
            for rows in &strange {
                let mut work = ledger(dialect).start(verb, arguments_of(verb), 1).expect("the arguments are right");
                let mut next = work.next(Given::Nothing);
                // A request reads after it has written.
                for _ in 0..3 {
                    let Ask::Query(_) = next else { break };
                    next = work.next(Given::Rows(rows.clone()));
                }
                let Ask::Refused(refused) = next else { panic!("{dialect} {verb}: {next:?}") };
                assert_eq!(refused.kind, Kind::Store, "{dialect} {verb}: {}", refused.message);
            }
        }
    }
}

#[test]
fn what_was_not_asked_for_ends_a_work() {
    for wrong in [Given::Nothing, Given::Answer("{}".to_owned())] {
        let mut work = ledger("sqlite").start("get", arguments_of("get"), 1).expect("the arguments are right");
        statements(&mut work, Given::Nothing);
        assert!(matches!(work.next(wrong), Ask::Refused(Refused { kind: Kind::Store, .. })));
        assert!(matches!(work.next(Given::Rows(Vec::new())), Ask::Refused(Refused { kind: Kind::Store, .. })));
    }
}

#[test]
fn a_refund_that_nobody_has_requested_is_not_found() {
    for verb in ["process", "settle", "get", "attempts", "resolve"] {
        let mut work = ledger("sqlite").start(verb, arguments_of(verb), 1).expect("the arguments are right");
        statements(&mut work, Given::Nothing);
        let Ask::Refused(refused) = work.next(Given::Rows(Vec::new())) else { panic!("{verb} is refused") };
        assert_eq!(refused.kind, Kind::NotFound, "{verb}");
        assert!(refused.message.contains("refund-1"), "{}", refused.message);
    }
}

#[test]
fn every_bad_argument_is_named_before_anything_is_asked_for() {
    let ledger = ledger("sqlite");
    let start = |verb: &str, pairs: &[(&str, &str)]| refused(ledger.start(verb, given(pairs), 1).map(drop));
    assert_eq!(start("process", &[]), ["key"]);
    assert_eq!(start("get", &[("key", " refund-1")]), ["key"]);
    assert_eq!(start("settle", &[("token", "x")]), ["key", "token", "answer"]);
    assert_eq!(start("due", &[("limit", "0"), ("batch", "")]), ["limit", "batch"]);
    assert_eq!(start("in_review", &[("limit", "100001")]), ["limit"]);
    let long = "x".repeat(1_001);
    let ruling = [("key", ""), ("ruling", "undo"), ("note", long.as_str()), ("remaining", "1.5")];
    assert_eq!(start("resolve", &ruling), ["key", "ruling", "by", "note", "remaining"]);
    assert_eq!(start("restored", &[]), ["since"]);
}

#[test]
fn every_bad_field_of_a_request_is_named() {
    let fields = |pairs: &[(&str, &str)]| {
        let mut work = ledger("sqlite").start("request", given(pairs), 1).expect("a request is checked as it runs");
        match work.next(Given::Nothing) {
            Ask::Refused(refused) => refused.fields.into_iter().map(|(name, _)| name).collect::<Vec<_>>(),
            other => panic!("it is refused, not {other:?}"),
        }
    };
    assert_eq!(fields(&[]), ["key", "tid", "pay_type", "amount", "paid"]);
    let changed = |name: &'static str, value: &'static str| {
        let mut pairs: Vec<_> = REQUEST.iter().copied().filter(|(known, _)| *known != name).collect();
        pairs.push((name, value));
        fields(&pairs)
    };
    for (name, value) in [
        ("key", "a\nb"),
        ("tid", "T1 "),
        ("pay_type", "Card"),
        ("amount", "0"),
        ("amount", "12001"),
        ("amount", "9007199254740992"),
        ("paid", "0"),
        ("remaining", "12001"),
        ("currency", "KRW"),
        ("tax", "-1"),
        ("taxfree", "12345678901"),
        ("reference", "a\u{0}b"),
        ("batch", " "),
    ] {
        assert!(changed(name, value).contains(&name.to_owned()), "{name} {value}");
    }
    // What remains is the most, not what was paid.
    let mut pairs = REQUEST.to_vec();
    pairs.push(("remaining", "2999"));
    assert_eq!(fields(&pairs), ["amount"]);
}

#[test]
fn bad_rows_are_named_by_their_places_and_javascripts_names() {
    let settings = Arguments::new();
    let ledger = Ledger::new(&client("http://127.0.0.1:9"), "sqlite", true, &settings).expect("the settings are right");
    let rows = vec![given(&REQUEST), given(&REQUEST), given(&[("key", "refund-2"), ("pay_type", "Card")])];
    let Ask::Refused(refused) = ledger.start_many(rows, 1).next(Given::Nothing) else { panic!("it is refused") };
    let names: Vec<_> = refused.fields.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["rows[1].key", "rows[2].tid", "rows[2].payType", "rows[2].amount", "rows[2].paid"]);
}

#[test]
fn the_quiet_time_is_ten_minutes_at_least_but_for_a_gateway_on_this_machine() {
    let new = |base_url: &str, camel: bool, name: &str, value: Argument| {
        let settings = Arguments::from([(name.to_owned(), value)]);
        Ledger::new(&client(base_url), "sqlite", camel, &settings)
    };
    let (near, far) = ("http://127.0.0.1:9", "https://gateway.example");
    let quiet =
        |base_url: &str, value: Argument| new(base_url, false, "quiet", value).map(|ledger| ledger.policy.quiet);
    assert_eq!(quiet(near, 0.into()), Ok(0));
    assert_eq!(quiet(far, 600.into()), Ok(600_000));
    assert_eq!(quiet(far, Argument::Absent), Ok(600_000));
    assert_eq!(new(far, true, "quiet_ms", 700_000.into()).map(|ledger| ledger.policy.quiet), Ok(700_000));
    for wrong in [599.into(), (-1).into(), Argument::Fraction(f64::NAN), Argument::from("600"), 604_801.into()] {
        assert_eq!(refused(quiet(far, wrong)), ["quiet"]);
    }
    assert_eq!(refused(new(far, true, "quiet_ms", 1.into())), ["quietMs"]);
    assert_eq!(refused(new(far, false, "confirm_price_enforced", "yes".into())), ["confirm_price_enforced"]);
    assert_eq!(refused(Ledger::new(&client(far), "oracle", false, &Arguments::new())), ["store"]);
}

#[test]
fn no_two_seeds_share_a_token() {
    let token = |seed: u64| ledger("sqlite").start("process", arguments_of("process"), seed).map(|work| work.token());
    let mut tokens: Vec<_> = (0..10_000).map(|seed| token(seed).expect("the arguments are right")).collect();
    tokens.sort_unstable();
    tokens.dedup();
    assert_eq!(tokens.len(), 10_000);
    assert!(tokens.iter().all(|token| token.is_some_and(|token| token > 0 && i64::try_from(token).is_ok())));
}
