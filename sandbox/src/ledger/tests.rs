use super::{Ask, Execution, Ledger, Share};
use crate::balance::Balance;
use crate::clock::Kst;
use crate::decline::Decline;
use crate::payment::{Approval, ApprovalError, Payment};
use crate::rules::{AboveRemaining, AfterPartial, Check, Remainder, Rules, SameAgain};
use crate::terms::Terms;

fn now() -> Kst {
    Kst::at_unix(1_567_735_260)
}

fn ledger_with(approval: Approval) -> (Ledger, String) {
    ledger_under(approval, Terms::default())
}

fn ledger_under(approval: Approval, terms: Terms) -> (Ledger, String) {
    let mut ledger = Ledger::default();
    let tid = ledger.approve("shop", approval, terms, &now()).unwrap_or_default();
    assert_eq!(tid.len(), 40);
    (ledger, tid)
}

impl Ledger {
    /// Plans and commits by the default rules.
    fn execute(&mut self, ask: &Ask<'_>, now: &Kst) -> Result<Execution, Decline> {
        let done = self.plan(ask, &Rules::default(), now)?;
        self.commit(&done, now);
        Ok(done)
    }
}

fn ask(tid: &str, share: Share) -> Ask<'_> {
    Ask { mid: "shop", tid, pay_type: "card", currency: "WON", share, seen: None }
}

fn whole(price: u128) -> Share {
    Share::Whole { price, mobile_network: false }
}

fn part(amount: u128, confirm: u128) -> Share {
    Share::Part { amount, confirm, taxes: 0 }
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
        (Ask { mid: "other", ..good }, Decline::Tid),
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
    let mut ledger = Ledger::default();
    for price in 1..=100 {
        assert!(ledger.approve("shop", Approval::new(price), Terms::default(), &now()).is_ok());
    }
    assert_eq!(ledger.approve("shop", Approval::new(0), Terms::default(), &now()), Err(ApprovalError::Price));
    assert!(ledger.payments().iter().map(|payment| payment.price).eq(1..=100));
    assert!(
        ledger
            .payments()
            .iter()
            .all(|payment| { payment.mid == "shop" && !payment.moid.is_empty() && payment.tid.len() == 40 })
    );
}

#[test]
fn terms_decline_what_they_exclude() {
    let hpp = Approval { pay_type: "hpp".into(), ..Approval::new(1_000) };
    let vbank = Approval { pay_type: "vbank".into(), ..Approval::new(1_000) };
    let card = Approval::new(1_000);
    let plain = Terms::default;
    // 2019-09-06 in KST: the first and the last second of the month, and the seconds outside it.
    let at = |digits: &str| Terms { approved_at: Some(digits.into()), ..plain() };
    for (approval, terms, whole_is, part_is) in [
        (&card, Terms { partially_cancellable: false, ..plain() }, Ok(()), Err(Decline::NotPartial)),
        (&card, Terms { escrow: true, ..plain() }, Err(Decline::Escrow), Err(Decline::Escrow)),
        (&vbank, Terms { deposited: true, ..plain() }, Err(Decline::Deposited), Err(Decline::Deposited)),
        (&vbank, plain(), Ok(()), Ok(())),
        (&hpp, at("20190901000000"), Ok(()), Ok(())),
        (&hpp, at("20190831235959"), Err(Decline::OtherMonth), Err(Decline::OtherMonth)),
        (&hpp, at("20191001000000"), Err(Decline::OtherMonth), Err(Decline::OtherMonth)),
        (&hpp, at("20180906110100"), Err(Decline::OtherMonth), Err(Decline::OtherMonth)),
        (&card, at("20180906110100"), Ok(()), Ok(())),
    ] {
        for (share, expected) in [(whole(1_000), whole_is), (part(400, 600), part_is)] {
            let (mut ledger, tid) = ledger_under(approval.clone(), terms.clone());
            let ask = Ask { pay_type: &approval.pay_type, ..ask(&tid, share) };
            assert_eq!(ledger.execute(&ask, &now()).map(|_| ()), expected, "{terms:?}");
            assert_eq!(ledger.executions(), u64::from(expected.is_ok()));
        }
    }
}

#[test]
fn impossible_terms_are_refused() {
    let mut ledger = Ledger::default();
    let mut refused = |terms: Terms| ledger.approve("shop", Approval::new(1), terms, &now()).err();
    let plain = Terms::default;
    let tid = |text: &str| Terms { tid: Some(text.into()), ..plain() };
    assert_eq!(refused(Terms { deposited: true, ..plain() }), Some(ApprovalError::Deposited));
    assert_eq!(
        refused(Terms { approved_at: Some("20190229000000".into()), ..plain() }),
        Some(ApprovalError::ApprovedAt)
    );
    assert_eq!(refused(tid("")), Some(ApprovalError::Tid));
    assert_eq!(refused(tid(&"t".repeat(41))), Some(ApprovalError::Tid));
    assert_eq!(refused(tid("a b")), Some(ApprovalError::Tid));
    assert_eq!(refused(tid("mine")), None);
    assert_eq!(refused(tid("mine")), Some(ApprovalError::Tid));
}

#[test]
fn rules_can_be_relaxed_but_the_balance_of_a_payment_never_is() {
    let lax = Rules { confirm_price: Remainder::Ignored, full_price: Check::Ignored, ..Rules::default() };
    let (mut ledger, tid) = ledger_with(Approval::new(1_000));
    let done = ledger.plan(&ask(&tid, part(400, 7)), &lax, &now());
    assert!(done.as_ref().is_ok_and(|done| done.remaining == 600));
    if let Ok(done) = done {
        ledger.commit(&done, &now());
    }
    let above = ledger.plan(&ask(&tid, part(601, 0)), &lax, &now());
    assert_eq!(above, Err(Decline::AboveRemaining { remaining: 600 }));
    let (mut ledger, tid) = ledger_with(Approval::new(1_000));
    let done = ledger.plan(&ask(&tid, whole(7)), &lax, &now());
    assert!(done.is_ok_and(|done| (done.amount, done.remaining) == (1_000, 0)));
}

#[test]
fn a_rule_may_give_back_what_remains_and_no_more() {
    let rules = Rules {
        more_than_remains: AboveRemaining::Clipped,
        full_after_partial: AfterPartial::Done,
        ..Rules::default()
    };
    for share in [whole(1_000), part(601, 0), part(u128::MAX, 0)] {
        let (mut ledger, tid) = ledger_with(Approval::new(1_000));
        assert!(ledger.execute(&ask(&tid, part(400, 600)), &now()).is_ok());
        let done = ledger.plan(&ask(&tid, share), &rules, &now());
        assert!(done.as_ref().is_ok_and(|done| (done.amount, done.remaining) == (600, 0)), "{share:?}");
        if let Ok(done) = done {
            ledger.commit(&done, &now());
        }
        assert_eq!(state(&ledger, &tid), (1_000, 0, 2, 2));
        assert_eq!(ledger.plan(&ask(&tid, share), &rules, &now()), Err(Decline::AlreadyCancelled));
    }
    let (mut ledger, tid) = ledger_with(Approval::new(1_000));
    let odd = ledger.plan(&ask(&tid, part(1_001, 1)), &rules, &now());
    assert_eq!(odd, Err(Decline::Confirm { expected: 0 }));
    let wrong = ledger.plan(&ask(&tid, whole(999)), &rules, &now());
    assert_eq!(wrong, Err(Decline::NotTheTotal { price: 1_000 }));
}

#[test]
fn the_same_again_may_get_the_first_answer_and_nothing_more() {
    let rules = Rules { same_again: SameAgain::Replayed, ..Rules::default() };
    let (mut ledger, tid) = ledger_with(Approval::new(1_000));
    let later = Kst::at_unix(now().unix() + 5);
    let mut ask_for = |share, at: &Kst| {
        let done = ledger.plan(&ask(&tid, share), &rules, at);
        let moved = done.as_ref().is_ok_and(|done| ledger.commit(done, at));
        let told = done.map(|done| (done.serial, done.cancel_tid, done.amount, done.remaining, done.again));
        (moved, told, ledger.executions())
    };
    let (moved, first, _) = ask_for(part(400, 600), &now());
    assert!(moved);
    let (moved, second, executions) = ask_for(part(400, 600), &later);
    assert_eq!((moved, executions), (false, 1));
    let as_first = |told: (u64, Option<String>, u64, u64, Option<String>)| (told.0, told.1, told.2, told.3);
    assert_eq!(second.clone().map(as_first), first.map(as_first));
    assert_eq!(second.map(|told| told.4), Ok(Some(now().as_str().to_owned())));
    // Others are judged, also after everything went back.
    assert_eq!(ask_for(part(400, 601), &later).1, Err(Decline::Confirm { expected: 200 }));
    assert!(ask_for(part(600, 0), &later).0);
    assert_eq!(ask_for(part(1, 0), &later).1, Err(Decline::AlreadyCancelled));
    let (moved, rest, executions) = ask_for(part(600, 0), &later);
    assert_eq!((moved, rest.is_ok(), executions), (false, true, 2));
}

#[test]
fn what_was_seen_before_another_cancel_may_count() {
    let (mut ledger, tid) = ledger_with(Approval::new(1_000));
    let same = Ask { seen: Some(1_000), ..ask(&tid, part(400, 600)) };
    for left in [600, 200] {
        let done = ledger.execute(&same, &now());
        assert!(done.is_ok_and(|done| (done.amount, done.remaining) == (400, 600)));
        assert_eq!(state(&ledger, &tid).1, left);
    }
    // The money itself is never seen wrongly.
    assert_eq!(ledger.execute(&same, &now()), Err(Decline::AboveRemaining { remaining: 200 }));
    let wrong = Ask { seen: Some(1_000), ..ask(&tid, part(100, 100)) };
    assert_eq!(ledger.execute(&wrong, &now()), Err(Decline::Confirm { expected: 900 }));
}

#[test]
fn taxes_fit_into_the_amount() {
    let (mut ledger, tid) = ledger_with(Approval::new(1_000));
    let taxed = |taxes| Share::Part { amount: 400, confirm: 600, taxes };
    assert_eq!(ledger.execute(&ask(&tid, taxed(401)), &now()), Err(Decline::Tax { amount: 400 }));
    assert!(ledger.execute(&ask(&tid, taxed(400)), &now()).is_ok());
}

#[test]
fn a_short_balance_declines_until_it_is_enough() {
    let (mut ledger, tid) = ledger_with(Approval::new(1_000));
    let later = Kst::at_unix(now().unix() + 1);
    ledger.balances.set("shop", "WON", Some(Balance { amount: 399, credit: Some((later.clone(), 2)) }));
    assert_eq!(ledger.execute(&ask(&tid, part(400, 600)), &now()), Err(Decline::Balance));
    assert!(ledger.execute(&ask(&tid, part(400, 600)), &later).is_ok());
    assert_eq!(ledger.execute(&ask(&tid, part(2, 598)), &later), Err(Decline::Balance));
    assert!(ledger.execute(&ask(&tid, part(1, 599)), &later).is_ok());
    ledger.balances.set("shop", "WON", None);
    assert!(ledger.execute(&ask(&tid, part(599, 0)), &later).is_ok());
}

#[test]
fn a_plan_tells_the_same_until_money_moves() {
    let (mut ledger, tid) = ledger_with(Approval::new(1_000));
    let ask = ask(&tid, part(400, 600));
    let short = Rules { cancel_tid_length: 22, ..Rules::default() };
    let first = ledger.plan(&ask, &Rules::default(), &now());
    assert_eq!(first, ledger.plan(&ask, &Rules::default(), &now()));
    let length = |done: Result<Execution, Decline>| done.ok().and_then(|done| done.cancel_tid).map(|tid| tid.len());
    assert_eq!(length(ledger.plan(&ask, &short, &now())), Some(22));
    assert_eq!(ledger.execute(&ask, &now()), first);
    let next = ledger.execute(&Ask { share: part(400, 200), ..ask }, &now());
    assert!(first.is_ok_and(|first| next.is_ok_and(|next| next.cancel_tid != first.cancel_tid)));
}
