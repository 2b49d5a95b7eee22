use crate::listed::Listed;
use crate::matched::Verdict;
use crate::matching::{Finding, compare};
use crate::payment::{Holder, Payment};
use crate::record::{Heard, Hold, Record, Ruled};
use crate::refund::{Note, Refund, State};

const MINUTE: u64 = 60_000;
const NOW: u64 = 1_000 * MINUTE;

/// A refund of 3,000 of 12,000, sent at some minute, that took the payment to what is to remain.
fn refund(state: State, minute: u64, confirm: u64) -> Record {
    let at = minute * MINUTE;
    let ended = state.is_ended();
    let payment = Payment { paid: 12_000, remaining: 12_000, asked: 0, holder: Holder::Nobody, suspect: false };
    let refund = Refund {
        state,
        confirm: Some(confirm),
        attempts: 1,
        maybe_sent: 1,
        lease_over: at + MINUTE,
        quiet_over: at + 11 * MINUTE,
        due: None,
        ..Refund::new(3_000, at)
    };
    let key = format!("refund-{minute}");
    Record {
        sent_at: Some(at),
        updated_at: at + MINUTE,
        ended_at: ended.then_some(at + MINUTE),
        ..record(key, payment, refund, at)
    }
}

pub(super) fn record(key: String, payment: Payment, refund: Refund, requested_at: u64) -> Record {
    Record {
        now: NOW,
        pay_type: "card".to_owned(),
        currency: "WON".to_owned(),
        version: 1,
        open_refund: None,
        payment,
        key,
        tid: "T1".to_owned(),
        tax: None,
        taxfree: None,
        reference: None,
        batch: None,
        operation: None,
        sent_at: None,
        evidence: None,
        ruled: Ruled::default(),
        requested_at,
        updated_at: requested_at,
        ended_at: None,
        refund,
        heard: Heard::default(),
        hold: Hold::default(),
    }
}

/// The refunds of one payment, of which so much remains.
fn payment(remaining: u64, refunds: &[Record]) -> Vec<Record> {
    let mut refunds = refunds.to_vec();
    for record in &mut refunds {
        record.payment.remaining = remaining;
    }
    refunds
}

fn row(minute: u64, remaining: Option<u64>) -> Listed {
    let at = minute * MINUTE;
    Listed { place: 0, tid: "T1".to_owned(), amount: 3_000, remaining, cancel_tid: None, at: (at, at + 999) }
}

fn verdicts(records: &[Record], rows: &[Listed]) -> Vec<(Verdict, Vec<usize>)> {
    compare(records, rows, None).into_iter().map(|Finding { verdict, of, .. }| (verdict, of)).collect()
}

#[test]
fn what_remained_names_the_cancel() {
    for state in [State::Review, State::Unknown, State::Sending] {
        let records = payment(9_000, &[refund(State::Done, 1, 9_000), refund(state, 20, 6_000)]);
        let rows = [row(1, Some(9_000)), row(20, Some(6_000))];
        assert_eq!(verdicts(&records, &rows), [(Verdict::Agrees, vec![0]), (Verdict::Closes, vec![1])], "{state:?}");
        assert_eq!(verdicts(&records, &rows[1..]), [(Verdict::Closes, vec![1])], "{state:?}");
    }
    let mut sending = payment(12_000, &[refund(State::Sending, 20, 9_000)]);
    sending[0].refund.lease_over = NOW + 1;
    assert_eq!(verdicts(&sending, &[row(20, Some(9_000))]), [(Verdict::UnderWay, vec![0])]);
}

#[test]
fn two_equal_amounts_without_what_remained_go_to_a_person() {
    let records = payment(9_000, &[refund(State::Done, 1, 9_000), refund(State::Review, 3, 6_000)]);
    for rows in [vec![row(3, None)], vec![row(2, None), row(3, None)]] {
        for (verdict, of) in verdicts(&records, &rows) {
            assert_eq!((verdict, of), (Verdict::Ambiguous, vec![0, 1]));
        }
    }
    let alone = payment(12_000, &[refund(State::Review, 3, 9_000)]);
    assert_eq!(verdicts(&alone, &[row(3, None)]), [(Verdict::Closes, vec![0])]);
    let twice = verdicts(&alone, &[row(3, None), row(4, None)]);
    assert_eq!(twice, [(Verdict::Ambiguous, vec![0]), (Verdict::Ambiguous, vec![0])]);
    // As much went back by another hand.
    let outside = payment(9_000, &[refund(State::Review, 3, 6_000)]);
    assert_eq!(verdicts(&outside, &[row(3, None)]), [(Verdict::Ambiguous, vec![0])]);
}

#[test]
fn times_tell_what_is_too_early() {
    let records = payment(9_000, &[refund(State::Done, 1, 9_000), refund(State::Review, 20, 6_000)]);
    assert_eq!(verdicts(&records, &[row(1, None)]), [(Verdict::Agrees, vec![0])]);
    assert_eq!(verdicts(&records, &[row(20, None)]), [(Verdict::Closes, vec![1])]);
    // A day may be any time of it.
    let day = Listed { at: (0, 1_439 * MINUTE), ..row(0, None) };
    assert_eq!(verdicts(&records, &[day]), [(Verdict::Ambiguous, vec![0, 1])]);
}

#[test]
fn names_go_before_all_else() {
    let mut records = payment(9_000, &[refund(State::Done, 1, 9_000), refund(State::Review, 3, 6_000)]);
    records[0].heard.cancel_tid = Some("C1".to_owned());
    let named = |name: &str| Listed { cancel_tid: Some(name.to_owned()), ..row(2, None) };
    assert_eq!(verdicts(&records, &[named("C1")]), [(Verdict::Agrees, vec![0])]);
    assert_eq!(verdicts(&records, &[named("C2")]), [(Verdict::Closes, vec![1])]);
    assert_eq!(
        verdicts(&records, &[named("C1"), named("C2")]),
        [(Verdict::Agrees, vec![0]), (Verdict::Closes, vec![1])]
    );
    let other = Listed { amount: 4_000, ..named("C1") };
    assert_eq!(verdicts(&records, &[other]), [(Verdict::Amount, vec![0])]);
}

#[test]
fn what_contradicts_is_told_and_never_closed() {
    for state in [State::Declined, State::Void, State::Requested] {
        let mut records = payment(12_000, &[refund(state, 20, 9_000)]);
        for rows in [[row(20, Some(9_000))], [row(20, None)]] {
            assert_eq!(verdicts(&records, &rows), [(Verdict::Moved, vec![0])], "{state:?}");
        }
        // Nothing of it was ever sent.
        records[0].refund.attempts = 0;
        assert_eq!(verdicts(&records, &[row(20, Some(9_000))]), [(Verdict::Unknown, vec![])], "{state:?}");
    }
    let mut waiting = payment(12_000, &[refund(State::Review, 20, 9_000)]);
    waiting[0].refund.note = Some(Note::Statement);
    assert_eq!(verdicts(&waiting, &[row(20, Some(9_000))]), [(Verdict::Moved, vec![0])]);
    // A person has said that it went back by another hand.
    let mut ruled = payment(9_000, &[refund(State::Void, 20, 9_000)]);
    assert_eq!(verdicts(&ruled, &[row(20, Some(9_000))]), [(Verdict::Agrees, vec![])]);
    ruled[0].updated_at = 10 * MINUTE;
    assert_eq!(verdicts(&ruled, &[row(20, Some(9_000))]), [(Verdict::Moved, vec![0])], "nobody could know then");
}

#[test]
fn what_no_refund_fits_is_unknown_unless_what_remains_says_so_already() {
    let records = payment(9_000, &[refund(State::Done, 1, 9_000)]);
    let rows = [row(1, Some(9_000)), row(20, Some(6_000))];
    assert_eq!(verdicts(&records, &rows), [(Verdict::Agrees, vec![0]), (Verdict::Unknown, vec![])]);
    let mut told = payment(6_000, &[refund(State::Done, 1, 9_000)]);
    told[0].updated_at = 30 * MINUTE;
    assert_eq!(verdicts(&told, &rows), [(Verdict::Agrees, vec![0]), (Verdict::Agrees, vec![])]);
    assert_eq!(verdicts(&[], &rows), [(Verdict::Unknown, vec![]), (Verdict::Unknown, vec![])]);
    // Something else remained than it was sent with: perhaps it is the refund's, after a cancel by hand.
    let open = payment(12_000, &[refund(State::Review, 20, 9_000)]);
    assert_eq!(verdicts(&open, &[row(20, Some(7_000))]), [(Verdict::Ambiguous, vec![0])]);
}

#[test]
fn after_a_restore_an_amount_alone_closes_nothing() {
    let mut records = payment(12_000, &[refund(State::Review, 20, 9_000)]);
    records[0].payment.suspect = true;
    assert_eq!(verdicts(&records, &[row(20, None)]), [(Verdict::Ambiguous, vec![0])]);
    assert_eq!(verdicts(&records, &[row(20, Some(9_000))]), [(Verdict::Closes, vec![0])]);
}

#[test]
fn what_is_done_and_not_shown_is_missing_where_the_statement_covers_it() {
    let records = payment(9_000, &[refund(State::Done, 100, 9_000), refund(State::Review, 200, 6_000)]);
    let found = |since: u64, until: u64, rows: &[Listed]| -> Vec<_> {
        let found = compare(&records, rows, Some((since * MINUTE, until * MINUTE))).into_iter();
        found.filter(|finding| finding.row.is_none()).map(|finding| (finding.verdict, finding.of)).collect()
    };
    let (done, open) = ((Verdict::NotShown, vec![0]), (Verdict::OpenNotShown, vec![1]));
    assert_eq!(found(0, 500, &[]), [done.clone(), open.clone()]);
    assert_eq!(found(0, 210, &[]), [done]);
    assert_eq!(found(150, 500, &[]), vec![open.clone()]);
    assert_eq!(found(0, 500, &[row(101, Some(9_000))]), [open]);
    assert_eq!(found(300, 500, &[]), []);
}
