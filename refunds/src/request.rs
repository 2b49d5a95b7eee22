//! Writing refunds down: every argument is checked first, and a known key must ask for the same again.

use std::collections::HashMap;

use paywelcome::{Argument, checks};
use serde_json::{Map, Value as Json, json};

use crate::dialect::Dialect;
use crate::ledger::Ledger;
use crate::record::{Columns, Record, columns};
use crate::refused::Refused;
use crate::statement::{Statement, Value, number, text};
use crate::told;
use crate::work::{Io, Row};

/// More than this no JavaScript number holds exactly.
const MOST: u64 = 9_007_199_254_740_991;
/// The longest key, reference of a batch, and name of a person, in characters.
pub(crate) const LONGEST: usize = 100;
/// How many rows are written by one statement.
const CHUNK: usize = 1_000;

/// Arguments by their names.
pub type Arguments = HashMap<String, Argument>;

/// A refund that was asked for, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Wanted {
    key: String,
    tid: String,
    pay_type: String,
    currency: &'static str,
    amount: u64,
    paid: u64,
    remaining: Option<u64>,
    tax: Option<u64>,
    taxfree: Option<u64>,
    reference: Option<String>,
    batch: Option<String>,
}

/// Collects what is wrong with each argument.
pub(crate) struct Findings<'a> {
    arguments: &'a Arguments,
    pub(crate) errors: Vec<(String, String)>,
}

impl<'a> Findings<'a> {
    pub(crate) fn of(arguments: &'a Arguments) -> Self {
        Self { arguments, errors: Vec::new() }
    }

    pub(crate) fn take<T>(&mut self, name: &str, check: impl FnOnce(&Argument) -> Result<T, String>) -> Option<T> {
        let found = check(self.arguments.get(name).unwrap_or(&Argument::Absent));
        found.map_err(|message| self.errors.push((name.to_owned(), message))).ok()
    }

    fn note(&mut self, name: &str, message: impl Into<String>) {
        self.errors.push((name.to_owned(), message.into()));
    }
}

/// A name of the caller's own, such as a key: short, and fit for one line.
pub(crate) fn name(argument: &Argument) -> Result<String, String> {
    let text = argument.text("a text, such as \"refund-17\"")?;
    if text.is_empty() {
        return Err("is empty; pass a text".to_owned());
    }
    if text.chars().any(char::is_control) {
        return Err("holds a control character, such as a line break; pass it without".to_owned());
    }
    if text.trim() != text {
        return Err("starts or ends with a space; pass it without".to_owned());
    }
    match text.chars().count() {
        length if length > LONGEST => Err(format!("has {length} characters; pass at most {LONGEST}")),
        _ => Ok(text.to_owned()),
    }
}

/// As [`name`], where one was given.
pub(crate) fn some_name(argument: &Argument) -> Result<Option<String>, String> {
    if argument.is_absent() { Ok(None) } else { name(argument).map(Some) }
}

fn within(amount: paywelcome::Amount) -> Result<u64, String> {
    let value = u64::try_from(amount.value()).ok().filter(|value| *value <= MOST);
    value.ok_or_else(|| format!("is above {MOST}, the most that is written down"))
}

pub(crate) fn amount(argument: &Argument) -> Result<u64, String> {
    checks::amount(argument).and_then(within)
}

pub(crate) fn some_amount(argument: &Argument) -> Result<Option<u64>, String> {
    if argument.is_absent() { Ok(None) } else { amount(argument).map(Some) }
}

fn above_zero(argument: &Argument) -> Result<u64, String> {
    checks::amount_above_zero(argument).and_then(within)
}

fn tax(argument: &Argument) -> Result<Option<u64>, String> {
    checks::tax(argument)?.map(within).transpose()
}

/// The longest transaction id, in characters (guide, payapi01).
const TID_LONGEST: usize = 40;

impl Wanted {
    fn check(arguments: &Arguments) -> Result<Self, Vec<(String, String)>> {
        let mut findings = Findings::of(arguments);
        let key = findings.take("key", name);
        let tid = findings.take("tid", |argument| checks::identifier(argument, TID_LONGEST));
        let pay_type = findings.take("pay_type", checks::pay_type);
        let currency = findings.take("currency", checks::currency);
        let amount = findings.take("amount", above_zero);
        let paid = findings.take("paid", above_zero);
        let remaining = findings.take("remaining", some_amount);
        let tax = findings.take("tax", tax);
        let taxfree = findings.take("taxfree", self::tax);
        let reference = findings.take("reference", checks::reference);
        let batch = findings.take("batch", some_name);
        if let (Some(paid), Some(Some(remaining))) = (paid, remaining)
            && remaining > paid
        {
            findings.note("remaining", "is above what was paid; pass what is left of it");
        }
        if let (Some(amount), Some(paid)) = (amount, paid) {
            let most = remaining.flatten().unwrap_or(paid).min(paid);
            if amount > most {
                findings.note("amount", format!("is above what remains, {most}; pass at most that"));
            }
        }
        if !findings.errors.is_empty() {
            return Err(findings.errors);
        }
        let complete = || {
            Some(Self {
                key: key?,
                tid: tid?,
                pay_type: pay_type?,
                currency: currency?.as_str(),
                amount: amount?,
                paid: paid?,
                remaining: remaining?,
                tax: tax?,
                taxfree: taxfree?,
                reference: reference?,
                batch: batch?,
            })
        };
        complete().ok_or_default()
    }

    fn to_json(&self, place: usize) -> Json {
        json!({
            "n": place, "k": self.key, "tid": self.tid, "pay_type": self.pay_type, "currency": self.currency,
            "amount": self.amount, "paid": self.paid, "remaining": self.remaining.unwrap_or(self.paid),
            "tax": self.tax, "taxfree": self.taxfree, "reference": self.reference, "batch": self.batch,
        })
    }

    /// Says what of it the record contradicts.
    fn contradicted(&self, known: &Record) -> Vec<(String, String)> {
        let mut found = Vec::new();
        let mut compare = |name: &str, asked: Option<String>, known: Option<String>| {
            if asked != known {
                let known = known.unwrap_or_else(|| "nothing".to_owned());
                found.push((
                    name.to_owned(),
                    format!("is not what this key was asked for with, {known}; a key names one refund for ever"),
                ));
            }
        };
        compare("tid", Some(self.tid.clone()), Some(known.tid.clone()));
        compare("amount", Some(self.amount.to_string()), Some(known.refund.amount.to_string()));
        compare("paid", Some(self.paid.to_string()), Some(known.payment.paid.to_string()));
        compare("pay_type", Some(self.pay_type.clone()), Some(known.pay_type.clone()));
        compare("currency", Some(self.currency.to_owned()), Some(known.currency.clone()));
        compare("tax", self.tax.map(|tax| tax.to_string()), known.tax.map(|tax| tax.to_string()));
        compare("taxfree", self.taxfree.map(|tax| tax.to_string()), known.taxfree.map(|tax| tax.to_string()));
        found
    }

    /// Says why it was not written down, of a payment that reads so.
    fn refused(&self, payment: &KnownPayment) -> Vec<(String, String)> {
        let mut found = Vec::new();
        if self.paid != payment.paid {
            found.push(("paid".to_owned(), format!("is not what was written down of this payment, {}", payment.paid)));
        }
        if self.currency != payment.currency {
            found.push(("currency".to_owned(), format!("is not the payment's, {}", payment.currency)));
        }
        if self.pay_type != payment.pay_type {
            found.push(("pay_type".to_owned(), format!("is not the payment's, {}", payment.pay_type)));
        }
        if found.is_empty() {
            let KnownPayment { paid, remaining, asked, .. } = payment;
            let left = remaining.saturating_sub(*asked);
            let of_others = match asked {
                0 => String::new(),
                asked => format!(", of which {asked} are asked for by refunds that have not ended"),
            };
            found.push((
                "amount".to_owned(),
                format!("is above what is left to ask for, {left}: of {paid} paid {remaining} remain{of_others}"),
            ));
        }
        found
    }
}

/// A check that found nothing wrong has everything; this is what it would be if that were untrue.
trait Complete<T> {
    fn ok_or_default(self) -> Result<T, Vec<(String, String)>>;
}

impl<T> Complete<T> for Option<T> {
    fn ok_or_default(self) -> Result<T, Vec<(String, String)>> {
        self.ok_or_else(|| vec![("key".to_owned(), "could not be read".to_owned())])
    }
}

struct KnownPayment {
    pay_type: String,
    currency: String,
    paid: u64,
    remaining: u64,
    asked: u64,
}

/// Writes one refund down, in the caller's transaction, and gives it as it stands.
pub(crate) async fn one(ledger: Ledger, io: Io, arguments: Arguments, writer: u64) -> Result<String, Refused> {
    let wanted = Wanted::check(&arguments).map_err(|errors| ledger.refused(errors))?;
    let rows = text(Json::Array(vec![wanted.to_json(0)]).to_string());
    io.query(write(&ledger, &rows, writer)).await?;
    let found = io.query(vec![explain(&ledger, &rows, None)]).await?;
    let row = found.into_iter().next().ok_or_else(|| Refused::store("the store gives no row of what was written"))?;
    let (_, known) = read(row)?;
    match known {
        Ok(known) => match wanted.contradicted(&known) {
            errors if errors.is_empty() => Ok(told::refund(&ledger, &known).to_string()),
            errors => Err(ledger.refused(errors)),
        },
        Err(payment) => Err(ledger.refused(wanted.refused(&payment))),
    }
}

/// Writes many refunds down, and tells how many of them are new.
pub(crate) async fn many(ledger: Ledger, io: Io, given: Vec<Arguments>, writer: u64) -> Result<String, Refused> {
    let mut wanted = Vec::with_capacity(given.len());
    let mut errors = Vec::new();
    let mut places = HashMap::new();
    for (place, arguments) in given.iter().enumerate() {
        match Wanted::check(arguments) {
            Ok(checked) => {
                if let Some(first) = places.insert(checked.key.clone(), place) {
                    errors.push((format!("rows[{place}].key"), format!("is the key of rows[{first}], too")));
                }
                wanted.push(checked);
            }
            Err(found) => {
                errors.extend(found.into_iter().map(|(name, message)| (format!("rows[{place}].{name}"), message)));
            }
        }
    }
    if !errors.is_empty() {
        return Err(ledger.refused(errors));
    }
    let mut known = 0;
    for (chunk, some) in wanted.chunks(CHUNK).enumerate() {
        let first = chunk * CHUNK;
        let rows: Vec<_> = some.iter().enumerate().map(|(place, wanted)| wanted.to_json(place)).collect();
        let rows = text(Json::Array(rows).to_string());
        io.query(write(&ledger, &rows, writer)).await?;
        for row in io.query(vec![explain(&ledger, &rows, Some(writer))]).await? {
            let (place, found) = read(row)?;
            let Some(wanted) = some.get(place) else { continue };
            let wrong = match found {
                Ok(record) => wanted.contradicted(&record),
                Err(payment) => wanted.refused(&payment),
            };
            known += usize::from(wrong.is_empty());
            let place = first + place;
            errors.extend(wrong.into_iter().map(|(name, message)| (format!("rows[{place}].{name}"), message)));
        }
    }
    if !errors.is_empty() {
        return Err(ledger.refused(errors));
    }
    let mut counted = Map::new();
    counted.insert("requested".to_owned(), (wanted.len() - known).into());
    counted.insert("known".to_owned(), known.into());
    Ok(Json::Object(counted).to_string())
}

/// The statements that write rows down; what is known already, or asks for too much, is left out by them.
fn write(ledger: &Ledger, rows: &Value, writer: u64) -> Vec<Statement> {
    const NEW: &str = "NOT EXISTS (SELECT 1 FROM paywelcome_refund r WHERE r.mid = {t} AND r.refund_key = j.k)";
    let dialect = ledger.dialect;
    let mid = || text(&*ledger.mid);
    // What a transaction wrote before is locked in the order of the tids, so that two of them don't wait for each other.
    let (touch, keep) = match dialect {
        Dialect::Mysql => (
            "ON DUPLICATE KEY UPDATE version = paywelcome_payment.version + 1",
            "ON DUPLICATE KEY UPDATE refund_key = paywelcome_refund.refund_key",
        ),
        _ => (
            "ON CONFLICT (mid, tid) DO UPDATE SET version = paywelcome_payment.version + 1",
            "ON CONFLICT (mid, refund_key) DO NOTHING",
        ),
    };
    let payments = format!(
        "INSERT INTO paywelcome_payment (mid, tid, pay_type, currency, paid, remaining, asked, open_refund, suspect, version, \
         writer, created_at, updated_at) SELECT {{t}}, j.tid, min(j.pay_type), min(j.currency), min(j.paid), min(j.remaining), \
         0, NULL, 0, 1, 0, {{now}}, {{now}} FROM {{rows}} WHERE {NEW} GROUP BY j.tid ORDER BY j.tid {touch}"
    );
    let refunds = format!(
        "INSERT INTO paywelcome_refund (mid, refund_key, tid, amount, tax, taxfree, reference, batch, state, attempts, in_a_row, \
         token, maybe_sent, awaited, lease_over, quiet_over, due_at, pauses, requested_at, updated_at, writer) \
         SELECT {{t}}, j.k, j.tid, j.amount, j.tax, j.taxfree, j.reference, j.batch, 'requested', 0, 0, 0, 0, 0, 0, 0, {{now}}, 0, \
         {{now}}, {{now}}, {{i}} FROM (SELECT j.*, sum(j.amount) OVER (PARTITION BY j.tid ORDER BY j.n) AS so_far FROM {{rows}} \
         WHERE {NEW}) AS j JOIN paywelcome_payment p ON p.mid = {{t}} AND p.tid = j.tid WHERE p.paid = j.paid \
         AND p.currency = j.currency AND p.pay_type = j.pay_type AND j.so_far <= p.remaining - p.asked {keep}"
    );
    let sums = "(SELECT r.tid AS tid, CAST(sum(r.amount) AS {number}) AS amount FROM {rows} \
         JOIN paywelcome_refund r ON r.mid = {t} AND r.refund_key = j.k WHERE r.writer = {i} GROUP BY r.tid) AS s";
    let (asked, asked_values) = match dialect {
        Dialect::Mysql => (
            format!(
                "UPDATE paywelcome_payment p JOIN {sums} ON p.tid = s.tid SET p.asked = p.asked + s.amount WHERE p.mid = {{t}}"
            ),
            vec![rows.clone(), mid(), number(writer), mid()],
        ),
        Dialect::Postgres => (
            format!(
                "UPDATE paywelcome_payment SET asked = asked + s.amount FROM {sums} \
                 WHERE paywelcome_payment.mid = {{t}} AND paywelcome_payment.tid = s.tid"
            ),
            vec![rows.clone(), mid(), number(writer), mid()],
        ),
        // What is joined in an UPDATE it would go through once for each payment.
        Dialect::Sqlite => (
            "UPDATE paywelcome_payment SET asked = asked + coalesce((SELECT sum(r.amount) FROM paywelcome_refund r \
                 WHERE r.mid = paywelcome_payment.mid AND r.tid = paywelcome_payment.tid AND r.writer = {i} \
                 AND r.refund_key IN (SELECT j.k FROM {rows})), 0) WHERE mid = {t} AND tid IN (SELECT j.tid FROM {rows})".to_owned(),
            vec![number(writer), rows.clone(), mid(), rows.clone()],
        ),
    };
    vec![
        Statement::new(dialect, &payments, vec![mid(), rows.clone(), mid()]),
        Statement::new(dialect, &refunds, vec![mid(), number(writer), rows.clone(), mid(), mid()]),
        Statement::new(dialect, &asked, asked_values),
    ]
}

/// How rows stand now; with a writer, only those that it has not written.
fn explain(ledger: &Ledger, rows: &Value, not_of: Option<u64>) -> Statement {
    let dialect = ledger.dialect;
    let others = if not_of.is_some() { " WHERE r.writer IS NULL OR r.writer <> {i}" } else { "" };
    // Another transaction may have written it after this one began to read.
    let lock = if dialect == Dialect::Mysql { " LOCK IN SHARE MODE" } else { "" };
    let template = format!(
        "SELECT CAST(j.n AS {{as}}) AS n, {}, CAST(q.pay_type AS {{as}}) AS q_pay_type, CAST(q.currency AS {{as}}) AS q_currency, \
         CAST(q.paid AS {{as}}) AS q_paid, CAST(q.remaining AS {{as}}) AS q_remaining, CAST(q.asked AS {{as}}) AS q_asked \
         FROM {{rows}} LEFT JOIN paywelcome_refund r ON r.mid = {{t}} AND r.refund_key = j.k \
         LEFT JOIN paywelcome_payment p ON p.mid = r.mid AND p.tid = r.tid \
         LEFT JOIN paywelcome_payment q ON q.mid = {{t}} AND q.tid = j.tid{others} ORDER BY j.n{lock}",
        columns(dialect)
    );
    let mid = text(&*ledger.mid);
    let mut values = vec![rows.clone(), mid.clone(), mid];
    values.extend(not_of.map(number));
    Statement::new(dialect, &template, values)
}

type Found = (usize, Result<Record, KnownPayment>);

/// Reads a row of [`explain`]: the refund that is known, or else the payment.
fn read(mut row: Row) -> Result<Found, Refused> {
    let mut payment = Columns(row.split_off(row.len().saturating_sub(5)).into_iter());
    let mut row = row.into_iter();
    let place = Columns(vec![row.next().flatten()].into_iter()).number("n")?;
    let place = usize::try_from(place).unwrap_or(usize::MAX);
    let row: Row = row.collect();
    // The refund's key, after the time and the payment's columns.
    if row.get(9).is_some_and(Option::is_some) {
        return Ok((place, Ok(Record::read(row)?)));
    }
    let payment = KnownPayment {
        pay_type: payment.text("pay_type")?,
        currency: payment.text("currency")?,
        paid: payment.number("paid")?,
        remaining: payment.number("remaining")?,
        asked: payment.number("asked")?,
    };
    Ok((place, Err(payment)))
}
