//! What becomes of a request that was read: what it asks of the ledger, and what is said to it.

use paywelcome_rehearsal::{Rehearsal, Situation, Values};

use crate::answer::Answer;
use crate::clock::Kst;
use crate::decline::Decline;
use crate::fields::{Endpoint, amount, value};
use crate::ledger::{Ask, Execution, Share};
use crate::payment::Payment;
use crate::rehearsed;
use crate::rules::{Rules, TimestampForm};
use crate::state::State;
use crate::tid;

pub(super) const SUCCESS_MESSAGE: &str = "정상 처리 (cancelled)";

/// A request with its fields.
pub(super) struct Asked<'form> {
    pub(super) endpoint: Endpoint,
    pub(super) form: &'form [(String, String)],
    /// What remained when it came, where that counts.
    pub(super) seen: Option<u64>,
}

impl Asked<'_> {
    /// What the request does if its money moves, or why it is declined; and what is said to it. The money stays where it is.
    pub(super) fn decide(
        &self,
        checked: Result<(), Decline>,
        rehearsal: Option<&Rehearsal>,
        state: &mut State,
        rules: &Rules,
        now: &Kst,
    ) -> (Result<Execution, Decline>, Answer) {
        let mut planned = checked.and_then(|()| state.ledger.plan(&self.ask()?, rules, now));
        // What is answered again is answered as it was.
        let first = planned.as_ref().ok().and_then(|execution| Kst::parse(execution.again.as_deref()?));
        let now = first.as_ref().unwrap_or(now);
        let payment = state.ledger.payment(self.posted("tid"));
        // An answer may repeat it as it came.
        let tid = state.secrets.redact(self.posted("tid"));
        let played = rehearsal.and_then(|rehearsal| self.played(rehearsal, &planned, payment, now, &tid));
        if let (Some(played), Ok(execution)) = (&played, &mut planned) {
            execution.cancel_tid = played.get("C_Tid");
        }
        let answer = played.unwrap_or_else(|| match &planned {
            Ok(execution) => self.receipt(execution, now),
            Err(decline) => {
                let code = match decline {
                    Decline::AlreadyCancelled => &rules.already_cancelled_code,
                    _ => decline.code(),
                };
                // A message may name a field as it came.
                Answer::new([("ResultCode", code.to_owned()), ("ResultMsg", state.secrets.redact(&decline.message()))])
            }
        });
        (planned, answer)
    }

    fn posted(&self, name: &str) -> &str {
        value(self.form, name).unwrap_or_default()
    }

    /// What a checked form asks of the ledger.
    fn ask(&self) -> Result<Ask<'_>, Decline> {
        let form = self.form;
        let text = |name| value(form, name).ok_or(Decline::Missing(name));
        let number = |name| amount(text(name)?).ok_or(Decline::NotDigits(name));
        let tax = |name| value(form, name).map_or(Some(0), amount).ok_or(Decline::NotDigits(name));
        let share = match self.endpoint {
            Endpoint::Cancel => {
                Share::Whole { price: number("price")?, mobile_network: value(form, "cancelType").is_some() }
            }
            Endpoint::Repay => Share::Part {
                amount: number("cancelPrice")?,
                confirm: number("confirmPrice")?,
                taxes: tax("tax")? + tax("taxfree")?,
            },
        };
        let (mid, tid, pay_type, currency) = (text("mid")?, text("tid")?, text("payType")?, text("currency")?);
        Ok(Ask { mid, tid, pay_type, currency, share, seen: self.seen })
    }

    /// What a success says.
    fn receipt(&self, execution: &Execution, now: &Kst) -> Answer {
        let posted = |name| self.posted(name).to_owned();
        let mut fields = vec![
            ("ResultCode", "00".to_owned()),
            ("ResultMsg", SUCCESS_MESSAGE.to_owned()),
            ("Mid", posted("mid")),
            ("Tid", posted("tid")),
        ];
        let price = ("Price", execution.amount.to_string());
        if let Some(cancel_tid) = &execution.cancel_tid {
            fields.extend([("C_Tid", cancel_tid.clone()), price, ("RmainPrice", execution.remaining.to_string())]);
        } else {
            fields.extend([("Moid", execution.moid.clone()), price]);
        }
        fields.extend([("CancelDate", now.date().to_owned()), ("CancelTime", now.time().to_owned())]);
        Answer::new(fields)
    }

    /// What the gateway of a rehearsal says to it, where that is known.
    fn played(
        &self,
        rehearsal: &Rehearsal,
        planned: &Result<Execution, Decline>,
        payment: Option<&Payment>,
        now: &Kst,
        tid: &str,
    ) -> Option<Answer> {
        let asked = |name| amount(self.posted(name)).unwrap_or_default();
        let (price, confirm) = match self.endpoint {
            Endpoint::Cancel => (asked("price"), 0),
            Endpoint::Repay => (asked("cancelPrice"), asked("confirmPrice")),
        };
        let remaining = self.seen.unwrap_or(payment.map_or(0, |payment| payment.remaining));
        let execution = planned.as_ref().ok();
        // What is answered again remained before the first one.
        let again = execution.filter(|execution| execution.again.is_some());
        let before = again.map_or(remaining, |execution| execution.remaining.saturating_add(execution.amount));
        let values = Values {
            tid,
            mid: self.posted("mid"),
            moid: payment.map_or("", |payment| &payment.moid),
            price,
            remaining: execution.map_or(remaining, |execution| execution.remaining).into(),
            confirm,
            paid: payment.map_or(0, |payment| payment.price).into(),
            before: before.into(),
            returned: execution.map_or(0, |execution| execution.amount).into(),
            number: execution.map_or_else(tid::serial, |execution| execution.serial),
            now: now.as_str(),
            timestamp: self.posted("timestamp"),
        };
        let situations = match planned {
            Ok(_) => self.succeeds(payment?, price),
            Err(decline) => self.fails(decline, payment)?,
        };
        situations.iter().find_map(|situation| rehearsed::answer(rehearsal, *situation, planned.is_ok(), &values))
    }

    /// The situations that a success is in, the closest first.
    fn succeeds(&self, payment: &Payment, price: u128) -> Vec<Situation> {
        match self.endpoint {
            Endpoint::Repay if price > payment.remaining.into() => {
                vec![Situation::MoreThanRemains, Situation::PartialDone]
            }
            Endpoint::Repay => vec![Situation::PartialDone],
            Endpoint::Cancel if payment.remaining != payment.price => {
                vec![Situation::FullAfterPartial, Situation::FullDone]
            }
            Endpoint::Cancel if price != payment.price.into() => vec![Situation::FullPrice, Situation::FullDone],
            Endpoint::Cancel => vec![Situation::FullDone],
        }
    }

    /// The situations that a decline is in, the closest first; nothing where a rehearsal never meets it.
    fn fails(&self, decline: &Decline, payment: Option<&Payment>) -> Option<Vec<Situation>> {
        Some(match decline {
            Decline::Signature(_) => vec![Situation::BadSignature],
            // A form that is refused as a wrong signature is has no answer of its own.
            Decline::Timestamp(_) if TimestampForm::Both.reads(self.posted("timestamp")) => {
                vec![Situation::BadTimestamp, Situation::BadSignature]
            }
            Decline::Tid => vec![Situation::UnknownTid],
            Decline::Confirm { expected } if amount(self.posted("confirmPrice")) == Some((*expected).into()) => {
                vec![Situation::PartialDeclined, Situation::ConfirmPrice]
            }
            Decline::Confirm { .. } => vec![Situation::ConfirmPrice],
            Decline::AboveRemaining { .. } => vec![Situation::MoreThanRemains],
            Decline::PartlyCancelled { .. } => vec![Situation::FullAfterPartial],
            Decline::NotTheTotal { .. } => vec![Situation::FullPrice],
            Decline::AlreadyCancelled if self.endpoint == Endpoint::Repay => vec![Situation::PartialAfterAll],
            Decline::AlreadyCancelled if payment.is_some_and(Payment::went_back_at_once) => vec![Situation::SecondFull],
            Decline::AlreadyCancelled => vec![Situation::FullAfterAll],
            _ => return None,
        })
    }
}
