//! A session of `refunds` with a person who is made up, and a host that is.
#![allow(unreachable_pub, dead_code)]

use std::env::VarError;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use paywelcome_cli::Terminal;
use paywelcome_cli::refunds::{Called, Session};
use serde_json::{Value, json};

use super::scripted::Scripted;

/// The same person, for what takes the terminal.
#[derive(Clone, Default)]
pub struct Shared(Arc<Mutex<Scripted>>);

impl Shared {
    pub fn new(person: Scripted) -> Self {
        Self(Arc::new(Mutex::new(person)))
    }

    pub fn with<T>(&self, look: impl FnOnce(&mut Scripted) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Terminal for Shared {
    fn say(&mut self, text: &str) {
        self.with(|person| person.say(text));
    }

    fn complain(&mut self, text: &str) {
        self.with(|person| person.complain(text));
    }

    fn is_there(&self) -> bool {
        self.with(|person| person.is_there())
    }

    fn is_shown(&self) -> bool {
        self.with(|person| person.is_shown())
    }

    fn ask(&mut self, question: &str) -> io::Result<String> {
        self.with(|person| person.ask(question))
    }

    fn ask_hidden(&mut self, question: &str) -> io::Result<String> {
        self.with(|person| person.ask_hidden(question))
    }

    fn input(&mut self) -> io::Result<Vec<u8>> {
        self.with(Scripted::input)
    }

    fn variable(&self, name: &str) -> Result<String, VarError> {
        self.with(|person| person.variable(name))
    }
}

pub const LOCAL: [(&str, &str); 4] = [
    ("PAYWELCOME_MID", "welcometst"),
    ("PAYWELCOME_SIGN_KEY", "PLANTED"),
    ("PAYWELCOME_BASE_URL", "http://127.0.0.1:1"),
    ("PAYWELCOME_STORE", "postgres://shop:PLANTED@db/shop"),
];

pub fn person(variables: &[(&str, &str)]) -> Scripted {
    let mut person = Scripted::default();
    person.variables.extend(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    person
}

/// How a command line ended.
pub struct Ended {
    pub code: i32,
    /// What its host was asked for.
    pub asked: Vec<Value>,
    pub person: Scripted,
}

/// Runs a command line whose host gives what was `found`, by the name of the verb or of the ask: a value, or an `error`.
pub fn run(person: Scripted, line: &str, is_javascript: bool, found: &Value) -> Ended {
    run_with(person, line, is_javascript, |name, _| found[name].clone())
}

/// The same with a host that is asked for each, with the arguments.
pub fn run_with(
    person: Scripted,
    line: &str,
    is_javascript: bool,
    mut find: impl FnMut(&str, &Value) -> Value,
) -> Ended {
    let words = line.split_whitespace().map(str::to_owned).collect();
    let person = Shared::new(person);
    let called = Called { program: "paywelcome", is_javascript };
    let mut session = Session::new(called, words, Box::new(person.clone()));
    let mut asked: Vec<Value> = Vec::new();
    let mut given = None;
    let code = loop {
        let ask: Value = serde_json::from_str(&session.next(given.as_deref())).expect("an ask is JSON");
        let found = match ask[0].as_str() {
            Some("over") => break ask[1].as_i64().expect("an exit code"),
            Some("verb" | "within") => find(ask[1].as_str().expect("a verb has a name"), &ask[2]),
            name => find(name.expect("an ask has a name"), &ask[1]),
        };
        given =
            Some(if found["error"].is_object() { found.to_string() } else { json!({ "value": found }).to_string() });
        asked.push(ask);
    };
    drop(session);
    Ended { code: i32::try_from(code).expect("it is small"), asked, person: person.with(std::mem::take) }
}

pub fn refund(state: &str) -> Value {
    json!({
        "key": "refund-17", "mid": "welcometst", "tid": "tid-1", "state": state, "currency": "WON", "amount": 3_000,
        "paid": 12_000, "remaining": 9_000, "attempts": 1, "updated_at": 1_767_193_200_000_u64, "raw": "{\"ResultCode\":\"00\"}",
        "cancelled_at": "2026-01-01T00:00:01+09:00", "requested_at": 0, "token": "12", "note": null,
    })
}

pub fn in_review(key: &str) -> Value {
    let mut waiting = refund("review");
    waiting["key"] = key.into();
    waiting["review"] = json!({
        "en": { "why": "No answer came.", "look_for": ["Open tid tid-1."], "rulings": { "void": "Give it up.", "done": "It is there." } },
        "ko": { "why": "응답이 없습니다.", "look_for": ["거래ID tid-1을 여세요."], "rulings": { "void": "포기합니다." } },
    });
    waiting
}
