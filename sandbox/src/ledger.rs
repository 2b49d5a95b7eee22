//! What was paid and what was given back: the truth that tests are judged by. Knows nothing of HTTP.

use std::collections::HashMap;

use crate::clock::Kst;
use crate::decline::Decline;
use crate::payment::{Approval, ApprovalError, Cancel, Payment};
use crate::tid;

/// The payments of one merchant. Its owner holds the lock, so that every method is one step to everyone else.
pub(crate) struct Ledger {
    mid: String,
    payments: Vec<Payment>,
    by_tid: HashMap<String, usize>,
    executions: u64,
}

/// A well-formed, signed request to give money back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ask<'form> {
    pub(crate) tid: &'form str,
    pub(crate) pay_type: &'form str,
    pub(crate) currency: &'form str,
    pub(crate) share: Share,
}

/// How much of a payment a request is about; amounts are as wide as the wire allows.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Share {
    Whole { price: u128, mobile_network: bool },
    Part { amount: u128, confirm: u128 },
}

/// What an execution did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Execution {
    pub(crate) moid: String,
    pub(crate) amount: u64,
    pub(crate) remaining: u64,
    pub(crate) cancel_tid: Option<String>,
}

impl Ledger {
    /// An empty ledger.
    pub(crate) fn new(mid: String) -> Self {
        Self { mid, payments: Vec::new(), by_tid: HashMap::new(), executions: 0 }
    }

    /// Makes a payment and gives its tid.
    pub(crate) fn approve(&mut self, approval: Approval, now: &Kst) -> Result<String, ApprovalError> {
        approval.check()?;
        let mut tid = tid::next(&approval.pay_type, &self.mid, now);
        while self.by_tid.contains_key(&tid) {
            tid = tid::next(&approval.pay_type, &self.mid, now);
        }
        let index = self.payments.len();
        let moid = approval.moid.unwrap_or_else(|| format!("sandbox-order-{:06}", index + 1));
        self.by_tid.insert(tid.clone(), index);
        self.payments.push(Payment {
            tid: tid.clone(),
            mid: self.mid.clone(),
            moid,
            pay_type: approval.pay_type,
            currency: approval.currency,
            price: approval.price,
            cancelled: 0,
            remaining: approval.price,
            cancels: Vec::new(),
        });
        Ok(tid)
    }

    /// Gives money back, or declines and leaves everything as it was.
    pub(crate) fn execute(&mut self, ask: &Ask<'_>, now: &Kst) -> Result<Execution, Decline> {
        let index = *self.by_tid.get(ask.tid).ok_or(Decline::Tid)?;
        let payment = &mut self.payments[index];
        let amount = allowed(payment, ask)?;
        let (operation, cancel_tid) = match ask.share {
            Share::Whole { .. } => ("cancel", None),
            Share::Part { .. } => ("partial_cancel", Some(tid::next(&payment.pay_type, &self.mid, now))),
        };
        payment.cancelled += amount;
        payment.remaining -= amount;
        payment.cancels.push(Cancel {
            operation,
            amount,
            remaining: payment.remaining,
            cancel_tid: cancel_tid.clone(),
            date_time: now.as_str().to_owned(),
        });
        self.executions += 1;
        Ok(Execution { moid: payment.moid.clone(), amount, remaining: payment.remaining, cancel_tid })
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

/// The amount a request may take out of a payment: more than zero, and never more than remains.
fn allowed(payment: &Payment, ask: &Ask<'_>) -> Result<u64, Decline> {
    if ask.pay_type != payment.pay_type {
        return Err(Decline::PayType);
    }
    if ask.currency != payment.currency {
        return Err(Decline::Currency);
    }
    let (price, remaining) = (payment.price, payment.remaining);
    match ask.share {
        Share::Whole { mobile_network: true, .. } if payment.pay_type != "hpp" => Err(Decline::NotMobile),
        _ if remaining == 0 => Err(Decline::AlreadyCancelled),
        Share::Whole { .. } if remaining != price => Err(Decline::PartlyCancelled { remaining }),
        Share::Whole { price: asked, .. } if asked != u128::from(price) => Err(Decline::NotTheTotal { price }),
        Share::Whole { .. } => Ok(price),
        Share::Part { amount, confirm } => {
            let amount = u64::try_from(amount)
                .ok()
                .filter(|amount| *amount <= remaining)
                .ok_or(Decline::AboveRemaining { remaining })?;
            if amount == 0 {
                return Err(Decline::Zero("cancelPrice"));
            }
            let expected = remaining - amount;
            if confirm != u128::from(expected) {
                return Err(Decline::Confirm { expected });
            }
            Ok(amount)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Ask, Ledger, Share};
    use crate::clock::Kst;
    use crate::decline::Decline;
    use crate::payment::{Approval, ApprovalError, Payment};

    fn now() -> Kst {
        Kst::at_unix(1_567_735_260)
    }

    fn ledger_with(approval: Approval) -> (Ledger, String) {
        let mut ledger = Ledger::new("shop".to_owned());
        let tid = ledger.approve(approval, &now()).unwrap_or_default();
        assert_eq!(tid.len(), 40);
        (ledger, tid)
    }

    fn ask(tid: &str, share: Share) -> Ask<'_> {
        Ask { tid, pay_type: "card", currency: "WON", share }
    }

    fn whole(price: u128) -> Share {
        Share::Whole { price, mobile_network: false }
    }

    fn part(amount: u128, confirm: u128) -> Share {
        Share::Part { amount, confirm }
    }

    fn state(ledger: &Ledger, tid: &str) -> (u64, u64, usize, u64) {
        let payment = ledger.payment(tid);
        let of = |read: fn(&Payment) -> u64| payment.map_or(u64::MAX, read);
        let cancels = payment.map_or(usize::MAX, |payment| payment.cancels.len());
        (of(|payment| payment.cancelled), of(|payment| payment.remaining), cancels, ledger.executions())
    }

    #[test]
    fn a_full_cancel_takes_everything_once() {
        let (mut ledger, tid) = ledger_with(Approval { moid: Some("order 1".into()), ..Approval::new(12_000) });
        let done = ledger.execute(&ask(&tid, whole(12_000)), &now());
        assert!(done.is_ok_and(|done| {
            (done.moid.as_str(), done.amount, done.remaining) == ("order 1", 12_000, 0) && done.cancel_tid.is_none()
        }));
        assert_eq!(state(&ledger, &tid), (12_000, 0, 1, 1));
        for share in [whole(12_000), whole(1), part(1, 0), part(12_000, 0)] {
            assert_eq!(ledger.execute(&ask(&tid, share), &now()), Err(Decline::AlreadyCancelled));
        }
        assert_eq!(state(&ledger, &tid), (12_000, 0, 1, 1));
    }

    #[test]
    fn partial_cancels_go_down_to_zero() {
        let (mut ledger, tid) = ledger_with(Approval::new(1_000));
        let mut tids = vec![tid.clone()];
        for (amount, confirm) in [(1, 999), (499, 500), (500, 0)] {
            let done = ledger.execute(&ask(&tid, part(amount, confirm)), &now());
            assert!(
                done.as_ref()
                    .is_ok_and(|done| { (u128::from(done.amount), u128::from(done.remaining)) == (amount, confirm) })
            );
            tids.extend(done.ok().and_then(|done| done.cancel_tid));
        }
        tids.dedup();
        assert_eq!(tids.len(), 4, "every C_Tid is fresh");
        assert!(tids.iter().all(|tid| tid.len() == 40));
        assert_eq!(state(&ledger, &tid), (1_000, 0, 3, 3));
        let left: Vec<u64> = ledger.payments()[0].cancels.iter().map(|cancel| cancel.remaining).collect();
        assert_eq!(left, [999, 500, 0]);
        assert_eq!(ledger.execute(&ask(&tid, part(1, 0)), &now()), Err(Decline::AlreadyCancelled));
    }

    #[test]
    fn a_decline_changes_nothing() {
        let (mut ledger, tid) = ledger_with(Approval::new(1_000));
        let good = ask(&tid, part(400, 600));
        let above = u128::from(u64::MAX) + 1 + 400;
        for (ask, decline) in [
            (Ask { tid: "none", ..good }, Decline::Tid),
            (Ask { pay_type: "hpp", ..good }, Decline::PayType),
            (Ask { currency: "USD", ..good }, Decline::Currency),
            (ask(&tid, whole(999)), Decline::NotTheTotal { price: 1_000 }),
            (ask(&tid, whole(1_001)), Decline::NotTheTotal { price: 1_000 }),
            (ask(&tid, whole(above)), Decline::NotTheTotal { price: 1_000 }),
            (ask(&tid, part(1_001, 0)), Decline::AboveRemaining { remaining: 1_000 }),
            (ask(&tid, part(above, 600)), Decline::AboveRemaining { remaining: 1_000 }),
            (ask(&tid, part(0, 1_000)), Decline::Zero("cancelPrice")),
            (ask(&tid, part(400, 1_000)), Decline::Confirm { expected: 600 }),
            (ask(&tid, part(400, 599)), Decline::Confirm { expected: 600 }),
            (ask(&tid, part(1_000, above)), Decline::Confirm { expected: 0 }),
            (Ask { share: Share::Whole { price: 1_000, mobile_network: true }, ..good }, Decline::NotMobile),
        ] {
            assert_eq!(ledger.execute(&ask, &now()), Err(decline), "{ask:?}");
            assert_eq!(state(&ledger, &tid), (0, 1_000, 0, 0));
        }
        assert!(ledger.execute(&good, &now()).is_ok());
        // The same request again, and the full endpoint after a partial cancel.
        assert_eq!(ledger.execute(&good, &now()), Err(Decline::Confirm { expected: 200 }));
        assert_eq!(ledger.execute(&ask(&tid, whole(1_000)), &now()), Err(Decline::PartlyCancelled { remaining: 600 }));
        assert_eq!(ledger.execute(&ask(&tid, whole(600)), &now()), Err(Decline::PartlyCancelled { remaining: 600 }));
        assert_eq!(state(&ledger, &tid), (400, 600, 1, 1));
    }

    #[test]
    fn a_mobile_network_cancel_is_for_phones() {
        let (mut ledger, tid) = ledger_with(Approval { pay_type: "hpp".into(), ..Approval::new(9_900) });
        let share = Share::Whole { price: 9_900, mobile_network: true };
        let ask = Ask { pay_type: "hpp", ..ask(&tid, share) };
        assert!(ledger.execute(&ask, &now()).is_ok());
        assert_eq!(state(&ledger, &tid), (9_900, 0, 1, 1));
    }

    #[test]
    fn the_largest_amount_is_no_special_case() {
        let (mut ledger, tid) = ledger_with(Approval::new(u64::MAX));
        let all = u128::from(u64::MAX);
        assert!(ledger.execute(&ask(&tid, part(1, all - 1)), &now()).is_ok());
        assert!(ledger.execute(&ask(&tid, part(all - 1, 0)), &now()).is_ok());
        assert_eq!(state(&ledger, &tid), (u64::MAX, 0, 2, 2));
    }

    #[test]
    fn approvals_are_kept_in_order_and_refused_ones_not_at_all() {
        let mut ledger = Ledger::new("shop".to_owned());
        for price in 1..=100 {
            assert!(ledger.approve(Approval::new(price), &now()).is_ok());
        }
        assert_eq!(ledger.approve(Approval::new(0), &now()), Err(ApprovalError::Price));
        assert!(ledger.payments().iter().map(|payment| payment.price).eq(1..=100));
        assert!(
            ledger
                .payments()
                .iter()
                .all(|payment| { payment.mid == "shop" && !payment.moid.is_empty() && payment.tid.len() == 40 })
        );
    }
}
