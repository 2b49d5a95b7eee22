//! What was paid and what was given back: the truth that tests are judged by. Knows nothing of HTTP.

use std::collections::HashMap;

use crate::balance::Balances;
use crate::clock::Kst;
use crate::decline::Decline;
use crate::payment::{Approval, ApprovalError, Cancel, Payment};
use crate::rules::{AboveRemaining, AfterPartial, Check, Rules, SameAgain};
use crate::terms::Terms;
use crate::tid;

/// The payments of every merchant. Its owner holds the lock, so that every method is one step to everyone else.
#[derive(Default)]
pub(crate) struct Ledger {
    payments: Vec<Payment>,
    by_tid: HashMap<String, usize>,
    /// The serial of the next `C_Tid` of a payment, where an answer has already told it.
    told: HashMap<usize, u64>,
    /// The serial of each cancel of a payment, in order.
    serials: HashMap<usize, Vec<u64>>,
    executions: u64,
    /// What the merchants have left to settle.
    pub(crate) balances: Balances,
}

/// A well-formed, signed request to give money back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ask<'form> {
    pub(crate) mid: &'form str,
    pub(crate) tid: &'form str,
    pub(crate) pay_type: &'form str,
    pub(crate) currency: &'form str,
    pub(crate) share: Share,
    /// What remained when it came, where that counts in place of what remains now.
    pub(crate) seen: Option<u64>,
}

/// How much of a payment a request is about; amounts are as wide as the wire allows.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Share {
    Whole { price: u128, mobile_network: bool },
    Part { amount: u128, confirm: u128, taxes: u128 },
}

/// What a request that is allowed does, or would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Execution {
    index: usize,
    pub(crate) moid: String,
    pub(crate) amount: u64,
    pub(crate) remaining: u64,
    /// What the cancel is called by: the same until one is committed, whatever an answer makes of it.
    pub(crate) serial: u64,
    pub(crate) cancel_tid: Option<String>,
    /// When it was done, where it is the same as an earlier one that gets its answer again.
    pub(crate) again: Option<String>,
    operation: &'static str,
}

impl Ledger {
    /// Makes a payment of a known merchant and gives its tid.
    pub(crate) fn approve(
        &mut self,
        mid: &str,
        approval: Approval,
        terms: Terms,
        now: &Kst,
    ) -> Result<String, ApprovalError> {
        approval.check()?;
        terms.check(&approval.pay_type)?;
        let approved_at = terms.approved_at.as_deref().and_then(Kst::parse).unwrap_or_else(|| now.clone());
        let fresh = || tid::compose(&approval.pay_type, mid, &approved_at, tid::serial());
        let tid = match terms.tid {
            Some(tid) if self.by_tid.contains_key(&tid) => return Err(ApprovalError::Tid),
            Some(tid) => tid,
            None => {
                let mut tid = fresh();
                while self.by_tid.contains_key(&tid) {
                    tid = fresh();
                }
                tid
            }
        };
        let index = self.payments.len();
        let order = approval.moid.unwrap_or_else(|| format!("sandbox-order-{:06}", index + 1));
        self.by_tid.insert(tid.clone(), index);
        self.payments.push(Payment {
            number: index as u64 + 1,
            tid: tid.clone(),
            mid: mid.to_owned(),
            moid: order,
            pay_type: approval.pay_type,
            currency: approval.currency,
            price: approval.price,
            cancelled: 0,
            remaining: approval.price,
            approved_at: approved_at.as_str().to_owned(),
            partially_cancellable: terms.partially_cancellable,
            deposited: terms.deposited,
            escrow: terms.escrow,
            cancels: Vec::new(),
        });
        Ok(tid)
    }

    /// What a request would do, or why it is declined; the money stays where it is.
    ///
    /// The `C_Tid` it tells is kept for this payment's next cancel, so that an answer which was made up and an answer
    /// which is true are the same.
    pub(crate) fn plan(&mut self, ask: &Ask<'_>, rules: &Rules, now: &Kst) -> Result<Execution, Decline> {
        let index = *self.by_tid.get(ask.tid).ok_or(Decline::Tid)?;
        let payment = &self.payments[index];
        is_about(payment, ask)?;
        if rules.same_again == SameAgain::Replayed
            && let Some(again) = self.again(index, ask.share)
        {
            return Ok(again);
        }
        let amount = allowed(payment, ask, rules, now)?;
        let balance = self.balances.get(&payment.mid, &payment.currency, now);
        if balance.is_some_and(|balance| balance.amount < amount) {
            return Err(Decline::Balance);
        }
        let serial = *self.told.entry(index).or_insert_with(tid::serial);
        let (operation, cancel_tid) = match ask.share {
            Share::Whole { .. } => ("cancel", None),
            Share::Part { .. } if rules.cancel_tid_length == 22 => {
                ("partial_cancel", Some(tid::compose_short(now, serial)))
            }
            Share::Part { .. } => ("partial_cancel", Some(tid::compose(&payment.pay_type, &payment.mid, now, serial))),
        };
        let moid = payment.moid.clone();
        let remaining = ask.seen.unwrap_or(payment.remaining).saturating_sub(amount);
        Ok(Execution { index, moid, amount, remaining, serial, cancel_tid, again: None, operation })
    }

    /// The earlier partial cancel that was asked for with the same amounts.
    fn again(&self, index: usize, share: Share) -> Option<Execution> {
        let Share::Part { amount, confirm, .. } = share else { return None };
        let payment = &self.payments[index];
        let same = |cancel: &Cancel| u128::from(cancel.amount) == amount && u128::from(cancel.remaining) == confirm;
        let at = payment.cancels.iter().position(same)?;
        let Cancel { operation, amount, remaining, cancel_tid, date_time } = payment.cancels[at].clone();
        let serial = *self.serials.get(&index)?.get(at)?;
        let moid = payment.moid.clone();
        Some(Execution { index, moid, amount, remaining, serial, cancel_tid, again: Some(date_time), operation })
    }

    /// Gives the money back: of an execution that was planned under the same lock. Says whether any moved.
    pub(crate) fn commit(&mut self, execution: &Execution, now: &Kst) -> bool {
        if execution.again.is_some() {
            return false;
        }
        let payment = &mut self.payments[execution.index];
        self.balances.take(&payment.mid, &payment.currency, execution.amount, now);
        payment.cancelled += execution.amount;
        payment.remaining -= execution.amount;
        payment.cancels.push(Cancel {
            operation: execution.operation,
            amount: execution.amount,
            remaining: payment.remaining,
            cancel_tid: execution.cancel_tid.clone(),
            date_time: now.as_str().to_owned(),
        });
        self.told.remove(&execution.index);
        self.serials.entry(execution.index).or_default().push(execution.serial);
        self.executions += 1;
        true
    }

    /// Whether a merchant has a payment with this tid.
    pub(crate) fn knows(&self, mid: &str, tid: &str) -> bool {
        self.payment(tid).is_some_and(|payment| payment.mid == mid)
    }

    /// The payment with a tid.
    pub(crate) fn payment(&self, tid: &str) -> Option<&Payment> {
        self.by_tid.get(tid).map(|index| &self.payments[*index])
    }

    /// Every payment, in order of approval.
    pub(crate) fn payments(&self) -> &[Payment] {
        &self.payments
    }

    /// How many cancels moved money.
    pub(crate) fn executions(&self) -> u64 {
        self.executions
    }
}

/// Whether a request describes the payment as it is.
fn is_about(payment: &Payment, ask: &Ask<'_>) -> Result<(), Decline> {
    if ask.mid != payment.mid {
        return Err(Decline::Tid);
    }
    if ask.pay_type != payment.pay_type {
        return Err(Decline::PayType);
    }
    if ask.currency != payment.currency {
        return Err(Decline::Currency);
    }
    Ok(())
}

/// The amount a request may take out of a payment: more than zero, and never more than remains.
fn allowed(payment: &Payment, ask: &Ask<'_>, rules: &Rules, now: &Kst) -> Result<u64, Decline> {
    let (price, remaining) = (payment.price, payment.remaining);
    match ask.share {
        Share::Whole { mobile_network: true, .. } if payment.pay_type != "hpp" => return Err(Decline::NotMobile),
        _ if remaining == 0 => return Err(Decline::AlreadyCancelled),
        _ if payment.deposited => return Err(Decline::Deposited),
        _ if payment.escrow => return Err(Decline::Escrow),
        _ if payment.pay_type == "hpp" && !payment.approved_at.starts_with(now.month()) => {
            return Err(Decline::OtherMonth);
        }
        Share::Part { .. } if !payment.partially_cancellable => return Err(Decline::NotPartial),
        _ => {}
    }
    match ask.share {
        Share::Whole { .. } if remaining != price && rules.full_after_partial == AfterPartial::Declined => {
            Err(Decline::PartlyCancelled { remaining })
        }
        Share::Whole { price: asked, .. } => {
            if rules.full_price == Check::Enforced && asked != u128::from(price) {
                return Err(Decline::NotTheTotal { price });
            }
            Ok(remaining)
        }
        Share::Part { amount, confirm, taxes } => {
            let amount = match u64::try_from(amount).ok().filter(|amount| *amount <= remaining) {
                Some(amount) => amount,
                None if rules.more_than_remains == AboveRemaining::Clipped => remaining,
                None => return Err(Decline::AboveRemaining { remaining }),
            };
            if amount == 0 {
                return Err(Decline::Zero("cancelPrice"));
            }
            if taxes > u128::from(amount) {
                return Err(Decline::Tax { amount });
            }
            let expected = ask.seen.unwrap_or(remaining).saturating_sub(amount);
            if !rules.confirm_price.lets_pass(confirm, expected.into(), amount.into()) {
                return Err(Decline::Confirm { expected });
            }
            Ok(amount)
        }
    }
}

#[cfg(test)]
mod tests;
