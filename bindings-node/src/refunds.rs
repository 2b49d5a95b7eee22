//! Refunds that outlive calls, as the TypeScript class holds them.

use std::time::Duration;

use napi::bindgen_prelude::{Either, Object};
use napi::{Env, Error, JsString, Result, Status};
use napi_derive::napi;
use paywelcome_refunds::{Arguments, Ask, Dialect, Given, Kind, Ledger, Refused, Sending, Statement, Work, schema};
use serde::Serialize;

use crate::batch::written;
use crate::client::NativeClient;
use crate::convert::{Values, amount, argument};
use crate::refunds_command::RefundsSession;
use crate::report::{self, Finding};

/// The arguments of a refund that is asked for, in the order in which they are packed.
const ASKED: [&str; 11] =
    ["key", "tid", "payType", "amount", "paid", "remaining", "currency", "tax", "taxfree", "reference", "batch"];

/// One merchant's refunds in one store.
#[napi]
pub struct NativeRefunds {
    ledger: Ledger,
}

/// Makes the refunds of a client's merchant, unless a setting is wrong or TypeScript found something wrong: then it gives the
/// refusal as JSON.
#[napi]
pub fn open_refunds(
    client: &NativeClient,
    dialect: String,
    settings: Object,
    findings: Vec<Finding>,
) -> Result<Either<NativeRefunds, String>> {
    match Ledger::new(&client.client, &dialect, true, &named(&settings)?) {
        Ok(ledger) if findings.is_empty() => Ok(Either::A(NativeRefunds { ledger })),
        found => {
            let found = found.err().unwrap_or_else(|| refused("the settings of the refunds are wrong"));
            told(client.client.mid(), found, findings).map(Either::B)
        }
    }
}

/// The tables of a dialect as SQL; nothing if there is no such dialect.
#[napi]
pub fn refunds_schema(dialect: String) -> Option<&'static str> {
    Dialect::parse(&dialect).map(schema::sql)
}

#[napi]
impl NativeRefunds {
    /// Starts what `verb` names, unless an argument is wrong: then it gives the refusal as JSON. `seed` is 16 hex digits at
    /// random.
    #[napi]
    pub fn start(
        &self,
        verb: String,
        seed: String,
        values: Either<String, Object>,
        findings: Vec<Finding>,
    ) -> Result<Either<NativeRunning, String>> {
        let arguments = match &values {
            Either::A(_) => {
                let mut packed = Values::of(&values);
                let asked = self::asked(&mut packed)?;
                packed.end()?;
                asked
            }
            Either::B(values) => named(values)?,
        };
        self.started(self.ledger.start(&verb, arguments, number(&seed)?), findings)
    }

    /// Starts to write many refunds down: packed one after the other, or as objects.
    #[napi]
    pub fn start_many(
        &self,
        seed: String,
        rows: Either<String, Vec<Object>>,
        findings: Vec<Finding>,
    ) -> Result<Either<NativeRunning, String>> {
        let rows = match rows {
            Either::A(packed) => {
                let packed = Either::A(packed);
                let mut values = Values::of(&packed);
                let mut rows = Vec::new();
                while values.has_more() {
                    rows.push(asked(&mut values)?);
                }
                values.end()?;
                rows
            }
            Either::B(rows) => rows.iter().map(named).collect::<Result<_>>()?,
        };
        self.started(Ok(self.ledger.start_many(rows, number(&seed)?)), findings)
    }

    /// Starts to record what a command line has read.
    #[napi]
    pub fn start_lines(&self, seed: String, session: &RefundsSession) -> Result<Either<NativeRunning, String>> {
        let source = session.source().ok_or_else(|| Error::new(Status::InvalidArg, "the session has no lines"))?;
        self.started(Ok(self.ledger.start_source(source, number(&seed)?)), Vec::new())
    }

    /// Milliseconds for which a worker has a refund to itself.
    #[napi(getter)]
    pub fn lease(&self) -> f64 {
        Duration::from_millis(self.ledger.policy.lease).as_secs_f64() * 1_000.0
    }

    /// Whether a refund without an answer is sent again by itself.
    #[napi(getter)]
    pub fn confirm_price_enforced(&self) -> bool {
        self.ledger.policy.confirm_price_enforced
    }

    /// What is worth a warning when they were opened.
    #[napi(getter)]
    pub fn warning(&self) -> Option<&str> {
        self.ledger.warning.as_deref()
    }

    fn started(
        &self,
        work: std::result::Result<Work, Refused>,
        findings: Vec<Finding>,
    ) -> Result<Either<NativeRunning, String>> {
        let mid = &self.ledger.mid;
        match work {
            Ok(work) if findings.is_empty() => Ok(Either::A(NativeRunning { mid: mid.clone(), work })),
            Ok(mut work) => {
                // Some look at their arguments only as their first step.
                let found = match work.next(Given::Nothing) {
                    Ask::Refused(found) => found,
                    _ => refused("nothing was recorded: the arguments are wrong"),
                };
                told(mid, found, findings).map(Either::B)
            }
            Err(found) => told(mid, found, findings).map(Either::B),
        }
    }
}

/// Something that was started: it says what it needs next.
#[napi]
pub struct NativeRunning {
    mid: String,
    work: Work,
}

#[napi]
impl NativeRunning {
    /// The token of its claim, where it makes one.
    #[napi(getter)]
    pub fn token(&self) -> Option<String> {
        self.work.token().map(|token| token.to_string())
    }

    /// Gives what was asked for (nothing, rows, or what came of a send as JSON), and gets what is needed next as JSON: its
    /// name, and what belongs to it.
    #[napi]
    pub fn next<'env>(
        &mut self,
        env: &'env Env,
        given: Option<Either<String, Vec<Vec<Option<String>>>>>,
    ) -> Result<JsString<'env>> {
        let given = match given {
            None => Given::Nothing,
            Some(Either::A(answer)) => Given::Answer(answer),
            Some(Either::B(rows)) => Given::Rows(rows),
        };
        let ask = match self.work.next(given) {
            Ask::Query(statements) => {
                let (statements, texts) = handed(statements);
                report::json(&("query", statements, texts))?
            }
            Ask::Send(sending) => {
                let token = sending.token.to_string();
                report::json(&("send", sending.operation, Sent::from(sending), token))?
            }
            Ask::Pause(milliseconds) => report::json(&("pause", milliseconds))?,
            Ask::Done(result) => format!("[\"done\",{result}]"),
            Ask::Refused(refused) => format!("[\"refused\",{}]", told(&self.mid, refused, Vec::new())?),
        };
        written(env, ask.as_bytes())
    }
}

/// A value of a statement, or the place of a long text.
#[derive(Serialize)]
#[serde(untagged)]
enum Handed {
    Text(Option<String>),
    Place(usize),
}

/// A statement's pieces, and what stands between them.
type Pieces = (Vec<String>, Vec<Handed>);

/// Bytes from which on a text is handed over beside the statements.
const LONG: usize = 1_000;

/// Statements with each long text once, since the rows of many refunds are a value of several.
fn handed(statements: Vec<Statement>) -> (Vec<Pieces>, Vec<String>) {
    let mut texts: Vec<String> = Vec::new();
    let mut hand = |value: Option<String>| match value {
        Some(text) if text.len() >= LONG => {
            let place = texts.iter().position(|known| *known == text).unwrap_or_else(|| {
                texts.push(text);
                texts.len() - 1
            });
            Handed::Place(place)
        }
        value => Handed::Text(value),
    };
    let statements = statements
        .into_iter()
        .map(|Statement { pieces, values }| (pieces, values.into_iter().map(&mut hand).collect()))
        .collect();
    (statements, texts)
}

/// The arguments of a cancel, as JavaScript names them, and its reference.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Sent {
    pay_type: String,
    tid: String,
    currency: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    price: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cancel_price: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    confirm_price: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tax: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    taxfree: Option<u64>,
    reference: String,
}

impl From<Sending> for Sent {
    fn from(sending: Sending) -> Self {
        let Sending { operation, pay_type, tid, amount, confirm_price, currency, tax, taxfree, reference, .. } =
            sending;
        let is_whole = operation == "cancel";
        let of_part = |value: u64| (!is_whole).then_some(value);
        Self {
            pay_type,
            tid,
            currency,
            price: is_whole.then_some(amount),
            cancel_price: of_part(amount),
            confirm_price: of_part(confirm_price),
            tax: tax.and_then(of_part),
            taxfree: taxfree.and_then(of_part),
            reference,
        }
    }
}

/// Reads the arguments of one refund.
fn asked(values: &mut Values) -> Result<Arguments> {
    let mut read = Arguments::with_capacity(ASKED.len());
    for name in ASKED {
        let value = value(values, name)?;
        if !value.is_absent() {
            read.insert(snake(name), value);
        }
    }
    Ok(read)
}

/// Reads the arguments that an object has.
fn named(values: &Object) -> Result<Arguments> {
    let mut source = Values::Named(values);
    let names = Object::keys(values)?;
    names.iter().map(|name| value(&mut source, name).map(|value| (snake(name), value))).collect()
}

fn value(values: &mut Values, name: &str) -> Result<paywelcome::Argument> {
    if Ledger::AMOUNTS.contains(&name) { amount(values, name) } else { argument(values, name) }
}

/// `payType` → `pay_type`.
fn snake(name: &str) -> String {
    let mut written = String::with_capacity(name.len() + 2);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            written.push('_');
        }
        written.push(letter.to_ascii_lowercase());
    }
    written
}

fn number(seed: &str) -> Result<u64> {
    u64::from_str_radix(seed, 16).map_err(|_| Error::new(Status::InvalidArg, "a seed has 16 hex digits"))
}

/// A refusal in which the crate found nothing.
fn refused(message: &str) -> Refused {
    Refused { kind: Kind::InvalidRequest, message: message.to_owned(), fields: Vec::new(), until: None }
}

/// A refusal as JSON, with what TypeScript found besides.
fn told(mid: &str, refused: Refused, findings: Vec<Finding>) -> Result<String> {
    #[derive(Serialize)]
    struct Told<'a> {
        kind: &'static str,
        message: String,
        errors: Vec<Finding>,
        until: Option<u64>,
        mid: &'a str,
    }
    let Refused { kind, message, fields, until } = refused;
    let errors = fields.into_iter().map(|(field, message)| Finding { field, message }).chain(findings);
    report::json(&Told { kind: kind.as_str(), message, errors: errors.collect(), until, mid })
}
