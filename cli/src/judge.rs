//! An answer that somebody kept: what it says of the money, why, and which rule says so. It sends nothing.

mod arguments;
mod captured;
mod words;

use std::fs;

use paywelcome::judged::{self, Judged, Kept};
use paywelcome::{Argument, CancelRequest, Error, Mismatch, PartialCancelRequest};
use serde_json::{Value, json};

use crate::arguments::option_of;
use crate::exit;
use crate::language::{Words, language};
use crate::refund::{cancelled, mismatches, partially_cancelled, plain, raw, refused};
use crate::terminal::Terminal;
use arguments::{Asked, Judge, parse};
use captured::Captured;
use words::{HELP, Note, Rule};

/// Stands in for what was asked where that is not known: what is said must then not depend on it.
const STAND_IN: &str = "?";
/// How much of an answer is shown, in characters.
const EXCERPT: usize = 300;

/// Reads what follows `judge` on a command line, and does it.
pub(crate) fn command(program: &str, arguments: Vec<String>, terminal: &mut dyn Terminal) -> i32 {
    match parse(lexopt::Parser::from_args(arguments)) {
        Ok(Some(judge)) => run(&judge, terminal),
        Ok(None) => {
            terminal.say(&format!("usage: {program} judge {HELP}"));
            exit::DONE
        }
        Err(error) => {
            let error = crate::arguments::told(&error);
            wrong(&format!("{program} judge: {error}\nTry {program} judge --help."), terminal)
        }
    }
}

fn run(judge: &Judge, terminal: &mut dyn Terminal) -> i32 {
    let lang = language(judge.lang.as_deref(), terminal);
    let file = judge.file.clone().filter(|file| file != "-");
    let bytes = match &file {
        Some(file) => fs::read(file),
        None => terminal.input(),
    };
    let bytes = match bytes {
        Ok(bytes) => bytes,
        Err(error) => {
            terminal.complain(&format!("{} can't be read: {error}\n", file.as_deref().unwrap_or("standard input")));
            return exit::WRONG;
        }
    };
    let captured = captured::read(bytes).and_then(|captured| {
        if captured.has_status && judge.status.is_some() { Err(Note::StatusTwice) } else { Ok(captured) }
    });
    let Captured { mut kept, has_status, asked: beside, mut notes } = match captured {
        Ok(captured) => captured,
        Err(why) => return wrong(&why.text(lang), terminal),
    };
    match judge.status {
        Some(status) => kept.status = status,
        None if !has_status => notes.push(Note::StatusAssumed),
        None => {}
    }
    if kept.body.is_empty() {
        notes.push(Note::Empty);
    }
    let mut asked = judge.asked.clone();
    asked.fill_from(beside);
    let is_known =
        !(asked.tid.is_absent() || asked.price.is_absent() || asked.is_partial() && asked.confirm_price.is_absent());
    let secrets = ["PAYWELCOME_SIGN_KEY", "PAYWELCOME_MKEY"].map(|name| terminal.variable(name).unwrap_or_default());
    let hidden: Vec<_> = secrets.iter().map(String::as_str).filter(|secret| !secret.is_empty()).collect();
    let mid = terminal.variable("PAYWELCOME_MID").unwrap_or_default();
    let status = kept.status;
    let told = match told(&asked, judge, &mid, &hidden, kept) {
        Ok(told) => Told { status, notes, ..told },
        Err(error) => return refused(&error, judge.json, terminal),
    };
    // A decline that names no payment is that of any.
    if !is_known && !told.rule.needs_nothing_asked() && told.rule != Rule::Declined {
        return wrong(words::ASKED_NEEDED.of(lang), terminal);
    }
    terminal.say(&if judge.json { format!("{}\n", told.data(lang)) } else { told.in_words(lang) });
    told.code
}

fn wrong(why: &str, terminal: &mut dyn Terminal) -> i32 {
    terminal.complain(&format!("{why}\n"));
    exit::WRONG
}

/// The beginning of an answer whose code is not told.
fn excerpt(error: &Error) -> Option<String> {
    match error.raw() {
        Some(_) if error.result_code().is_some() => None,
        Some(members) => {
            let text = raw(members).to_string();
            Some(text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(EXCERPT).collect())
        }
        None => error.body_excerpt().filter(|words| !words.is_empty()).map(str::to_owned),
    }
}

/// What is told of an answer.
struct Told {
    code: i32,
    rule: Rule,
    status: u16,
    receipt: Value,
    error: Option<Error>,
    charset: &'static str,
    guessed: bool,
    differing: Option<Vec<Mismatch>>,
    fitting: Vec<&'static str>,
    notes: Vec<Note>,
}

fn told(asked: &Asked, judge: &Judge, mid: &str, hidden: &[&str], kept: Kept) -> Result<Told, Error> {
    let or = |given: &Argument, stand_in: Argument| if given.is_absent() { stand_in } else { given.clone() };
    let (tid, price) = (or(&asked.tid, STAND_IN.into()), or(&asked.price, 1.into()));
    if asked.is_partial() {
        let request = PartialCancelRequest {
            pay_type: "card".into(),
            tid,
            cancel_price: price,
            confirm_price: or(&asked.confirm_price, 0.into()),
            ..PartialCancelRequest::default()
        };
        let judged = judged::partial_cancel(&request, &judge.required_echoes, mid, hidden, kept)?;
        return Ok(Told::of(judged, partially_cancelled));
    }
    let request = CancelRequest { pay_type: "card".into(), tid, price, ..CancelRequest::default() };
    let judged = judged::cancel(&request, &judge.required_echoes, mid, hidden, kept)?;
    Ok(Told::of(judged, cancelled))
}

impl Told {
    fn of<R>(judged: Judged<R>, written: impl Fn(&R) -> Value) -> Self {
        let Judged { verdict, charset, guessed, differing, fitting } = judged;
        let (code, rule, receipt, error) = match verdict {
            Ok(receipt) => (exit::DONE, Rule::Done, written(&receipt), None),
            Err(error) => (exit::of(&error), Rule::of(&error), Value::Null, Some(error)),
        };
        Self { code, rule, status: 0, receipt, error, charset, guessed, differing, fitting, notes: Vec::new() }
    }

    /// Whether leaving out echoes would make it done.
    fn would_be_done(&self) -> bool {
        self.rule == Rule::Echo && self.differing.is_some()
    }

    fn data(&self, lang: &str) -> Value {
        let error = self.error.as_ref();
        let notes: Vec<_> = self.notes.iter().map(|note| note.text(lang)).collect();
        json!({
            "outcome": error.map_or("done", |error| error.outcome().as_str()),
            "kind": error.map(|error| error.kind().as_str()),
            "rule": self.rule.name(),
            "page": self.rule.place("en"),
            "why": self.rule.why().of(lang),
            "message": error.map(|error| error.message(option_of)),
            "http_status": self.status,
            "result_code": self.of_answer(Error::result_code, "result_code"),
            "result_msg": self.of_answer(Error::result_msg, "result_msg"),
            "charset": self.charset,
            "charset_guessed": self.guessed,
            "differing": self.differing.as_deref().map(mismatches),
            "required_echoes": self.would_be_done().then_some(&self.fitting),
            "receipt": self.receipt,
            "body_excerpt": error.and_then(Error::body_excerpt),
            "raw": error.and_then(Error::raw).map(raw),
            "notes": notes,
        })
    }

    fn of_answer(&self, of_error: fn(&Error) -> Option<&str>, of_receipt: &str) -> Option<String> {
        match &self.error {
            Some(error) => of_error(error).map(str::to_owned),
            None => self.receipt[of_receipt].as_str().map(str::to_owned),
        }
    }

    fn in_words(&self, lang: &str) -> String {
        let (head, what) = match self.code {
            exit::DONE if self.differing.iter().flatten().next().is_some() => (words::DONE_BUT, words::DO_DONE_BUT),
            exit::DONE => (words::DONE, words::DO_DONE),
            exit::DECLINED => (words::DECLINED, words::DO_DECLINED),
            _ => (words::UNKNOWN, words::DO_UNKNOWN),
        };
        let mut lines = vec![head.of(lang).to_owned()];
        let mut line = |label: Words, text: &str| {
            // A letter of Korean is two columns wide.
            let label = label.of(lang);
            let width: usize = label.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum();
            lines.push(format!("  {label}{} {text}", " ".repeat(15_usize.saturating_sub(width))));
        };
        line(Words("why", "이유"), self.rule.why().of(lang));
        if let Some(error) = &self.error {
            line(Words("a call says", "오류 메시지"), &error.message(option_of));
        }
        line(Words("rule", "규칙"), &format!("{}, {}", self.rule.name(), self.rule.place(lang)));
        line(Words("status", "HTTP 상태"), &self.status.to_string());
        if let Some(code) = self.of_answer(Error::result_code, "result_code") {
            let msg = self.of_answer(Error::result_msg, "result_msg").unwrap_or_default();
            line(Words("code", "코드"), format!("{} {}", plain(&code), plain(&msg)).trim_end());
        }
        let guessed = if self.guessed { format!(" ({})", words::GUESSED.of(lang)) } else { String::new() };
        line(Words("charset", "문자셋"), &format!("{}{guessed}", self.charset));
        match self.differing.as_deref() {
            Some([]) => line(Words("echoes", "항목"), words::ALL_AGREE.of(lang)),
            Some(differing) => {
                for Mismatch { field, asked, answered, .. } in differing {
                    let answered = answered.as_deref().map_or_else(|| words::MISSING.of(lang).to_owned(), plain);
                    let text = format!("{} {asked}, {} {answered}", words::ASKED.of(lang), words::ANSWERED.of(lang));
                    line(Words(field.snake(), field.snake()), &text);
                }
            }
            None => {}
        }
        if self.would_be_done() {
            let names =
                if self.fitting.is_empty() { words::NO_ECHOES.of(lang).to_owned() } else { self.fitting.join(",") };
            line(Words("setting", "설정"), &format!("{} {names}", words::WOULD_BE_DONE.of(lang)));
            let is_amount = |mismatch: &Mismatch| mismatch.field.snake() != "tid";
            let is_of_amounts = self.differing.iter().flatten().any(is_amount);
            line(Words("", ""), if is_of_amounts { words::GIVES_UP_AMOUNT } else { words::GIVES_UP }.of(lang));
        } else if self.code == exit::UNKNOWN {
            line(Words("setting", "설정"), words::NO_SETTING.of(lang));
        }
        if let Some(words) = self.error.as_ref().and_then(excerpt) {
            line(Words("it says", "내용"), &words);
        }
        for note in &self.notes {
            line(Words("note", "참고"), &note.text(lang));
        }
        line(Words("what to do", "할 일"), what.of(lang));
        lines.join("\n") + "\n"
    }
}
