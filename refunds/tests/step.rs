//! Single decisions, and each ruling that is refused.

use paywelcome_refunds::{
    Action, Event, Holder, Moved, Note, Operation, Payment, Policy, Refund, Refusal, Ruling, Said, State, step,
};

const POLICY: Policy = Policy { confirm_price_enforced: false, lease: 60_000, quiet: 600_000, pause: 1_000, sends: 3 };
const ENFORCED: Policy = Policy { confirm_price_enforced: true, ..POLICY };
const NOW: u64 = 1_000_000;

fn payment(paid: u64) -> Payment {
    Payment { paid, remaining: paid, asked: 0, holder: Holder::Nobody, suspect: false }
}

fn go(moved: Moved, event: Event, now: u64, policy: &Policy) -> Moved {
    step(moved.payment, moved.refund, event, now, policy).expect("it is not a ruling that is refused")
}

fn claimed(paid: u64, amount: u64, policy: &Policy) -> Moved {
    let asked = Moved {
        payment: Payment { asked: amount, ..payment(paid) },
        refund: Refund::new(amount, NOW),
        action: Action::Nothing,
    };
    go(asked, Event::Claim { token: 1 }, NOW, policy)
}

fn told(said: Said) -> Event {
    Event::Said { token: 1, said }
}

const LOST: Said = Said::Unknown { mismatch: false };

fn ruled(moved: Moved, ruling: Ruling, remaining: Option<u64>, now: u64, policy: &Policy) -> Result<Moved, Refusal> {
    step(moved.payment, moved.refund, Event::Ruled { ruling, remaining }, now, policy)
}

#[test]
fn a_part_goes_back() {
    let sent = claimed(12_000, 3_000, &POLICY);
    let operation = Operation::PartialCancel;
    assert_eq!(sent.action, Action::Send { operation, amount: 3_000, confirm: 9_000 });
    assert_eq!((sent.refund.lease_over, sent.refund.quiet_over), (NOW + 60_000, NOW + 660_000));
    let done = go(sent, told(Said::Done), NOW, &POLICY);
    assert_eq!((done.refund.state, done.refund.due), (State::Done, None));
    assert_eq!(done.payment, Payment { remaining: 9_000, ..payment(12_000) });
}

#[test]
fn the_whole_is_a_full_cancel_and_the_rest_is_not() {
    let whole = claimed(12_000, 12_000, &POLICY);
    assert_eq!(whole.action, Action::Send { operation: Operation::Cancel, amount: 12_000, confirm: 0 });
    let after = Payment { remaining: 9_000, ..payment(12_000) };
    let rest =
        step(after, Refund::new(9_000, NOW), Event::Claim { token: 1 }, NOW, &POLICY).expect("it can be claimed");
    assert_eq!(rest.action, Action::Send { operation: Operation::PartialCancel, amount: 9_000, confirm: 0 });
}

#[test]
fn a_decline_gives_the_payment_back() {
    let declined = go(claimed(12_000, 3_000, &POLICY), told(Said::Declined), NOW, &POLICY);
    assert_eq!(declined.refund.state, State::Declined);
    assert_eq!(declined.payment, payment(12_000));
}

#[test]
fn a_decline_that_comes_late_leaves_no_note() {
    let sent = claimed(12_000, 3_000, &POLICY);
    let waits = go(sent, Event::Claim { token: 2 }, NOW + 60_000, &POLICY);
    assert_eq!((waits.refund.state, waits.refund.note), (State::Review, Some(Note::NoAnswer)));
    let declined = go(waits, told(Said::Declined), NOW + 60_001, &POLICY);
    assert_eq!((declined.refund.state, declined.refund.note), (State::Declined, None));
}

#[test]
fn pauses_grow_up_to_an_hour() {
    let mut moved = claimed(12_000, 3_000, &POLICY);
    let mut pauses = Vec::new();
    for _ in 0..14 {
        moved = go(moved, told(Said::NotSent), NOW, &POLICY);
        assert_eq!((moved.refund.state, moved.refund.confirm), (State::Requested, None));
        assert_eq!(moved.payment.holder, Holder::Nobody);
        let due = moved.refund.due.expect("it is due again");
        pauses.push((due - NOW) / 1_000);
        // Not before.
        assert_eq!(go(moved, Event::Claim { token: 1 }, due - 1, &POLICY).action, Action::Nothing);
        moved = go(moved, Event::Claim { token: 1 }, due, &POLICY);
    }
    assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 2_048, 3_600, 3_600]);
}

#[test]
fn what_is_unknown_waits_for_a_person_or_for_the_quiet_time() {
    let lost = go(claimed(12_000, 3_000, &POLICY), told(LOST), NOW, &POLICY);
    assert_eq!((lost.refund.state, lost.refund.note, lost.refund.due), (State::Review, Some(Note::NoAnswer), None));
    let lost = go(claimed(12_000, 3_000, &ENFORCED), told(LOST), NOW, &ENFORCED);
    assert_eq!((lost.refund.state, lost.refund.due), (State::Unknown, Some(NOW + 660_000)));
    assert_eq!(go(lost, Event::Claim { token: 2 }, NOW + 659_999, &ENFORCED).action, Action::Nothing);
    let again = go(lost, Event::Claim { token: 2 }, NOW + 660_000, &ENFORCED);
    let operation = Operation::PartialCancel;
    assert_eq!(again.action, Action::Send { operation, amount: 3_000, confirm: 9_000 });
    let declined = go(again, Event::Said { token: 2, said: Said::Declined }, NOW + 660_000, &ENFORCED);
    assert_eq!((declined.refund.state, declined.refund.note), (State::Review, Some(Note::ProbablyDone)));
}

#[test]
fn what_is_unknown_goes_to_review_where_the_pair_is_no_longer_enforced() {
    let lost = go(claimed(12_000, 3_000, &ENFORCED), told(LOST), NOW, &ENFORCED);
    let looked = go(lost, Event::Claim { token: 2 }, NOW + 660_000, &POLICY);
    assert_eq!((looked.refund.state, looked.refund.note), (State::Review, Some(Note::NoAnswer)));
    assert_eq!((looked.action, looked.refund.maybe_sent), (Action::Store, 1));
}

#[test]
fn the_same_pair_is_sent_no_more_often_than_is_allowed() {
    let (mut moved, mut now) = (claimed(12_000, 3_000, &ENFORCED), NOW);
    for token in 2..=4 {
        moved = go(moved, Event::Said { token: token - 1, said: LOST }, now, &ENFORCED);
        now = moved.refund.quiet_over;
        moved = go(moved, Event::Claim { token }, now, &ENFORCED);
    }
    assert_eq!((moved.refund.state, moved.refund.note), (State::Review, Some(Note::TooOften)));
    assert_eq!(moved.refund.maybe_sent, 3);
    // A person may have it sent once more.
    let resend = ruled(moved, Ruling::Resend, None, now, &ENFORCED).expect("the quiet time is over");
    let again = go(resend, Event::Claim { token: 5 }, now, &ENFORCED);
    assert_eq!((again.refund.state, again.refund.maybe_sent), (State::Sending, 4));
    assert!(matches!(again.action, Action::Send { amount: 3_000, confirm: 9_000, .. }));
}

#[test]
fn after_a_restore_only_a_success_counts_of_what_was_under_way() {
    // A second request may have left, of which the restored store knows nothing.
    let restored = go(claimed(12_000, 3_000, &ENFORCED), Event::Restored, NOW, &ENFORCED);
    for said in [Said::Declined, Said::NotSent, LOST] {
        assert_eq!(go(restored, told(said), NOW, &ENFORCED), Moved { action: Action::Nothing, ..restored });
    }
    assert_eq!(go(restored, told(Said::Done), NOW, &ENFORCED).refund.state, State::Done);
}

#[test]
fn a_mismatch_goes_to_review_also_where_the_pair_is_enforced() {
    let said = Said::Unknown { mismatch: true };
    let moved = go(claimed(12_000, 3_000, &ENFORCED), told(said), NOW, &ENFORCED);
    assert_eq!((moved.refund.state, moved.refund.note), (State::Review, Some(Note::Mismatch)));
}

#[test]
fn more_than_remains_is_not_sent() {
    let moved = claimed(2_000, 3_000, &POLICY);
    assert_eq!((moved.action, moved.refund.note), (Action::Store, Some(Note::AboveRemaining)));
    assert_eq!(moved.refund.maybe_sent, 0);
}

#[test]
fn another_refund_of_the_payment_waits() {
    let held = Payment { holder: Holder::Other, ..payment(12_000) };
    let moved = step(held, Refund::new(3_000, NOW), Event::Claim { token: 1 }, NOW, &POLICY).expect("no ruling");
    assert_eq!(moved, Moved { payment: held, refund: Refund::new(3_000, NOW), action: Action::Nothing });
}

#[test]
fn a_success_that_comes_after_another_end_is_recorded_and_noted() {
    let lost = go(claimed(12_000, 3_000, &POLICY), told(LOST), NOW, &POLICY);
    let void = ruled(lost, Ruling::Void, None, NOW + 660_000, &POLICY).expect("the quiet time is over");
    assert_eq!((void.refund.state, void.payment), (State::Void, payment(12_000)));
    let done = go(void, told(Said::Done), NOW + 660_001, &POLICY);
    assert_eq!((done.refund.state, done.refund.note), (State::Done, Some(Note::LateSuccess)));
    assert_eq!(done.payment.remaining, 9_000);
}

#[test]
fn what_the_tail_of_an_older_claim_says_changes_nothing() {
    let sent = claimed(12_000, 3_000, &POLICY);
    for said in [Said::Declined, Said::NotSent, LOST, Said::Unknown { mismatch: true }] {
        assert_eq!(go(sent, Event::Said { token: 7, said }, NOW, &POLICY), Moved { action: Action::Nothing, ..sent });
    }
}

#[test]
fn rulings_are_refused() {
    let sent = claimed(12_000, 3_000, &POLICY);
    let review = go(sent, told(LOST), NOW, &POLICY);
    let (early, late) = (NOW + 659_999, NOW + 660_000);
    let restored = go(sent, Event::Restored, NOW, &POLICY);
    let nothing_left = claimed(2_000, 3_000, &POLICY);
    let beside = |payment| Moved { payment, refund: Refund::new(1_000, NOW), action: Action::Nothing };
    let behind = beside(Payment { holder: Holder::Other, ..sent.payment });
    let behind_doubted = beside(Payment { holder: Holder::Other, ..restored.payment });
    for (from, ruling, remaining, now, refusal) in [
        (sent, Ruling::Done, None, late, Refusal::State),
        (review, Ruling::Void, None, early, Refusal::Quiet(late)),
        (review, Ruling::Retry, None, early, Refusal::Quiet(late)),
        (review, Ruling::Resend, None, late, Refusal::NotEnforced),
        (review, Ruling::Void, Some(9_000), late, Refusal::LooksDone),
        (review, Ruling::Retry, Some(9_000), late, Refusal::LooksDone),
        (review, Ruling::Retry, Some(12_001), late, Refusal::Remaining),
        (review, Ruling::Done, Some(9_001), late, Refusal::Remaining),
        (nothing_left, Ruling::Done, None, late, Refusal::NothingLeft),
        (restored, Ruling::Done, None, late, Refusal::RemainingNeeded),
        (restored, Ruling::Retry, None, late, Refusal::RemainingNeeded),
        (behind, Ruling::Void, Some(9_000), late, Refusal::OtherOpen),
        (behind, Ruling::Void, Some(12_000), late, Refusal::OtherOpen),
        (behind_doubted, Ruling::Void, None, late, Refusal::OtherOpen),
        (behind_doubted, Ruling::Void, Some(9_000), late, Refusal::OtherOpen),
    ] {
        assert_eq!(ruled(from, ruling, remaining, now, &POLICY), Err(refusal), "{ruling:?} {remaining:?}");
    }
    // What was seen in the admin needs no wait.
    let done = ruled(review, Ruling::Done, Some(9_000), NOW, &POLICY).expect("it was seen");
    assert_eq!((done.refund.state, done.payment.remaining, done.payment.holder), (State::Done, 9_000, Holder::Nobody));
}

#[test]
fn a_retry_starts_anew_with_what_remains() {
    let lost = go(claimed(12_000, 3_000, &POLICY), told(LOST), NOW, &POLICY);
    let retry = ruled(lost, Ruling::Retry, Some(10_000), NOW + 660_000, &POLICY).expect("the quiet time is over");
    let again = go(retry, Event::Claim { token: 2 }, NOW + 660_000, &POLICY);
    let operation = Operation::PartialCancel;
    assert_eq!(again.action, Action::Send { operation, amount: 3_000, confirm: 7_000 });
    assert_eq!(again.refund.maybe_sent, 1);
}
