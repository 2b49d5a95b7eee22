//! Refunds that come in chunks, such as the lines of a file: what is wrong is named by line, and nothing is then written.

use paywelcome::{Argument, Client, ClientOptions};
use paywelcome_refunds::{Arguments, Ask, Given, Ledger, Line, Refused, Source};

const CHUNKS: u64 = 4;

fn ledger() -> Ledger {
    let options = ClientOptions {
        mid: "welcometst".into(),
        sign_key: "made-up".into(),
        base_url: "http://127.0.0.1:9".into(),
        ..ClientOptions::default()
    };
    let client = Client::new(options).expect("the settings are right");
    Ledger::new(&client, "sqlite", false, &Arguments::new()).expect("the settings are right")
}

fn line(number: u64, key: &str, amount: &str) -> Line {
    let given = [("key", key), ("tid", "T1"), ("pay_type", "card"), ("amount", amount), ("paid", "12000")];
    (number, Ok(given.into_iter().map(|(name, value)| (name.to_owned(), Argument::from(value))).collect()))
}

/// A source of chunks of a thousand lines, some of which are changed.
fn source(change: impl Fn(u64, Line) -> Line + Send + 'static) -> Source {
    let mut chunks = 0..CHUNKS;
    let next = move || {
        let first = chunks.next()? * 1_000;
        Some((first..first + 1_000).map(|number| change(number, line(number, &format!("r{number}"), "1"))).collect())
    };
    Source { named: |number| format!("line {number}"), next: Box::new(next) }
}

/// Has all be written, by a store that knows none of it; how often it was asked, and what came of it.
fn written(source: Source) -> (usize, Result<String, Refused>) {
    let mut work = ledger().start_source(source, 1);
    let (mut asked, mut given) = (0, Given::Nothing);
    loop {
        match work.next(given) {
            Ask::Query(_) => asked += 1,
            Ask::Done(told) => return (asked, Ok(told)),
            Ask::Refused(refused) => return (asked, Err(refused)),
            other => panic!("{other:?} was not expected"),
        }
        given = Given::Rows(Vec::new());
    }
}

#[test]
fn each_chunk_is_written_before_the_next_is_asked_for() {
    let (asked, told) = written(source(|_, line| line));
    assert_eq!(told, Ok(r#"{"elsewhere":0,"known":0,"requested":4000}"#.to_owned()));
    assert_eq!(asked, 8);
}

#[test]
fn what_is_wrong_is_named_by_its_line_and_nothing_more_is_written() {
    let (asked, told) = written(source(|number, given| match number {
        1_500 => line(number, "r1500", "-1"),
        2_500 => line(number, "r17", "1"),
        3_500 => (number, Err(vec![(String::new(), "has 3 columns; 5 are wanted".to_owned())])),
        _ => given,
    }));
    let refused = told.expect_err("three lines are wrong");
    let named: Vec<_> = refused.fields.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(named, ["line 1500.amount", "line 2500.key", "line 3500"]);
    assert_eq!(refused.fields[1].1, "is the key of line 17, too");
    assert_eq!(asked, 2, "only what came before the first of them");
}

#[test]
fn a_thousand_errors_are_named_and_the_rest_is_counted() {
    let (_, told) = written(source(|number, _| line(number, &format!("r{number}"), "0")));
    let refused = told.expect_err("all lines are wrong");
    assert_eq!((refused.fields.len(), refused.fields[999].0.as_str()), (1_000, "line 999.amount"));
    assert!(refused.message.ends_with("(4000 errors; the first 1000 are named)"), "{}", refused.message);
}
