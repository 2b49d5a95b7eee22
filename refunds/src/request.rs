//! Writing refunds down: every argument is checked first, and a known key must ask for the same again.

use paywelcome::checks;
use serde_json::{Value as Json, json};

use crate::arguments::{self, Arguments, Findings, above_zero, name, some_amount, some_name};
use crate::ledger::Ledger;
use crate::record::Record;
use crate::refused::Refused;
use crate::requested::{self, KnownPayment};
use crate::statement::text;
use crate::told;
use crate::work::Io;

/// A refund that was asked for, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) key: String,
    pub(crate) tid: String,
    pay_type: String,
    pub(crate) currency: &'static str,
    pub(crate) amount: u64,
    paid: u64,
    pub(crate) remaining: Option<u64>,
    tax: Option<u64>,
    taxfree: Option<u64>,
    reference: Option<String>,
    pub(crate) batch: Option<String>,
}

/// The longest transaction id, in characters (guide, payapi01).
const TID_LONGEST: usize = 40;

impl Wanted {
    pub(crate) fn check(given: &Arguments) -> Result<Self, Vec<(String, String)>> {
        let mut findings = Findings::of(given);
        let key = findings.take("key", name);
        let tid = findings.take("tid", |argument| checks::identifier(argument, TID_LONGEST));
        let pay_type = findings.take("pay_type", checks::pay_type);
        let currency = findings.take("currency", checks::currency);
        let amount = findings.take("amount", above_zero);
        let paid = findings.take("paid", above_zero);
        let remaining = findings.take("remaining", some_amount);
        let tax = findings.take("tax", arguments::tax);
        let taxfree = findings.take("taxfree", arguments::tax);
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

    pub(crate) fn to_json(&self, place: usize) -> Json {
        json!({
            "n": place, "k": self.key, "tid": self.tid, "pay_type": self.pay_type, "currency": self.currency,
            "amount": self.amount, "paid": self.paid, "remaining": self.remaining.unwrap_or(self.paid),
            "tax": self.tax, "taxfree": self.taxfree, "reference": self.reference, "batch": self.batch,
        })
    }

    /// Says what of it the record contradicts.
    pub(crate) fn contradicted(&self, known: &Record) -> Vec<(String, String)> {
        let mut found = Vec::new();
        let mut compare = |name: &str, asked: Option<String>, known: Option<String>| {
            if asked != known {
                let known = known.unwrap_or_else(|| "nothing".to_owned());
                found.push((
                    name.to_owned(),
                    format!("differs from {known}, with which this key was requested before; a key always names the same refund"),
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

    /// Says why it was not recorded, of a payment that reads so.
    pub(crate) fn refused(&self, payment: &KnownPayment) -> Vec<(String, String)> {
        let mut found = Vec::new();
        if self.paid != payment.paid {
            found.push(("paid".to_owned(), format!("is not what was recorded of this payment, {}", payment.paid)));
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
                asked => format!(", of which {asked} are requested by refunds that have not ended"),
            };
            found.push((
                "amount".to_owned(),
                format!("is above what can still be requested, {left}: of {paid} paid {remaining} remain{of_others}"),
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

/// Writes one refund down, in the caller's transaction, and gives it as it stands.
pub(crate) async fn one(ledger: Ledger, io: Io, arguments: Arguments, writer: u64) -> Result<String, Refused> {
    let wanted = Wanted::check(&arguments).map_err(|errors| ledger.refused(errors))?;
    let rows = text(Json::Array(vec![wanted.to_json(0)]).to_string());
    requested::write(&ledger, &io, &rows, writer).await?;
    let found = io.query(vec![requested::explain(&ledger, &rows, None)]).await?;
    let row = found.into_iter().next().ok_or_else(|| Refused::store("the store gives no row of what was written"))?;
    let (_, known) = requested::read(row)?;
    match known {
        Ok(known) => match wanted.contradicted(&known) {
            errors if errors.is_empty() => Ok(told::refund(&ledger, &known).to_string()),
            errors => Err(ledger.refused(errors)),
        },
        Err(payment) => Err(ledger.refused(wanted.refused(&payment))),
    }
}
