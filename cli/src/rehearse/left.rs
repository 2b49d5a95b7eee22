//! What remains of a payment, as far as is known: between two amounts.

use paywelcome_rehearsal::{Cost, Exchange, Outcome, Rehearsal, State, Step};

use super::exchange::{asked, confirm, echoed, is_partial, own_id, posted};
use super::steps::Question;

/// What remains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Left {
    pub(crate) least: u64,
    pub(crate) most: u64,
}

impl Left {
    /// All of a payment.
    pub(crate) const fn all(price: u64) -> Self {
        Self { least: price, most: price }
    }

    /// The amount, where it is known.
    pub(crate) fn exact(self) -> Option<u64> {
        (self.least == self.most).then_some(self.most)
    }

    /// What remains after so much went back.
    pub(crate) fn less(self, cost: Cost) -> Self {
        Self { least: self.least.saturating_sub(cost.most), most: self.most.saturating_sub(cost.least) }
    }
}

/// What remains of the payment, or of the second one, after all that was asked.
pub(crate) fn left(file: &Rehearsal, of_full_payment: bool) -> Left {
    walk(file, of_full_payment, None)
}

/// What remained before one exchange of the file; nothing where it is about no payment.
pub(crate) fn before(file: &Rehearsal, exchange: &Exchange) -> Option<Left> {
    let holds = |step: &&Step| step.exchanges.iter().any(|other| std::ptr::eq(other, exchange));
    let question = Question::named(&file.steps.iter().find(holds)?.step).filter(|question| !question.is_free())?;
    Some(walk(file, question.is_of_full_payment(), Some(exchange)))
}

/// Goes through what was asked of one payment, up to an exchange or to the end.
fn walk(file: &Rehearsal, of_full_payment: bool, end: Option<&Exchange>) -> Left {
    let payment = if of_full_payment { &file.full_payment } else { &file.payment };
    let mut left = Left::all(payment.as_ref().map_or(0, |payment| payment.price));
    let mut earlier: Vec<&Exchange> = Vec::new();
    for step in file.steps.iter().filter(|step| step.state != State::Skipped) {
        let question = Question::named(&step.step);
        if !question.is_some_and(|question| !question.is_free() && question.is_of_full_payment() == of_full_payment) {
            continue;
        }
        if step.exchanges.is_empty() {
            // It was interrupted.
            left = left.less(step.cost);
        }
        for exchange in &step.exchanges {
            if end.is_some_and(|end| std::ptr::eq(end, exchange)) {
                return left;
            }
            left = after(left, exchange, &earlier, question == Some(Question::AtOnce));
            if exchange.outcome == Outcome::Done {
                earlier.push(exchange);
            }
        }
        earlier.extend(step.exchanges.iter().filter(|exchange| exchange.outcome == Outcome::Unknown));
        left = step.ruled.map_or(left, Left::all);
    }
    left
}

/// What remains after one exchange, held against what the answer itself says remains.
fn after(before: Left, exchange: &Exchange, earlier: &[&Exchange], is_at_once: bool) -> Left {
    let repeats = repeats(exchange, earlier);
    let after = before.less(cost(exchange, before, repeats));
    // Of several at once it is not known which came first; and what only repeats the request says nothing.
    let says = echoed(exchange, &REMAINING).filter(|says| confirm(exchange) != Some(*says));
    match says {
        Some(says) if exchange.outcome == Outcome::Done && repeats == Repeats::Nothing && !is_at_once => {
            if (after.least..=after.most).contains(&says) {
                Left::all(says)
            } else {
                Left { least: after.least.min(says), most: after.most.max(says) }
            }
        }
        _ => after,
    }
}

const REMAINING: [&str; 2] = ["RmainPrice", "RemainPrice"];

/// Whether a success is that of an earlier cancel, told again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Repeats {
    Nothing,
    Earlier,
    /// It can't be told.
    Perhaps,
}

fn is_twin(exchange: &Exchange, other: &Exchange) -> bool {
    let same = |name: &&str| posted(exchange, name) == posted(other, name);
    ["tid", "cancelPrice", "confirmPrice", "price"].iter().all(same)
}

/// A gateway may answer the same request with the same success, and move nothing: then the cancel's id is the same.
///
/// Of those that came earlier, the done ones count, and of earlier questions also those whose answer was lost.
fn repeats(exchange: &Exchange, earlier: &[&Exchange]) -> Repeats {
    let (done, lost): (Vec<&Exchange>, Vec<_>) = earlier.iter().partition(|other| other.outcome == Outcome::Done);
    let has_twin = |others: &[&Exchange]| others.iter().any(|other| is_twin(exchange, other));
    let (is_done_again, was_lost) = (has_twin(&done), has_twin(&lost));
    if exchange.outcome != Outcome::Done || !is_done_again && !was_lost {
        return Repeats::Nothing;
    }
    let says = |exchange: &Exchange| echoed(exchange, &REMAINING);
    let id = own_id(exchange);
    if id.is_some() && earlier.iter().any(|other| own_id(other) == id) {
        return Repeats::Earlier;
    }
    // The id that was lost may be this one; only another remainder than that request's tells them apart.
    if was_lost && says(exchange).is_none_or(|says| confirm(exchange) == Some(says)) {
        return Repeats::Perhaps;
    }
    match id {
        Some(_) => Repeats::Nothing,
        None if says(exchange).is_some() && done.iter().all(|other| says(other) != says(exchange)) => Repeats::Nothing,
        None => Repeats::Perhaps,
    }
}

/// Whether this success of the file only repeats an earlier one, or may.
pub(crate) fn is_repeated(file: &Rehearsal, exchange: &Exchange) -> bool {
    let mut earlier: Vec<&Exchange> = Vec::new();
    for step in &file.steps {
        let is_it = |other: &&Exchange| std::ptr::eq(*other, exchange);
        let before = step.exchanges.iter().take_while(|other| !is_it(other));
        earlier.extend(before.filter(|other| other.outcome == Outcome::Done));
        if step.exchanges.iter().any(|other| is_it(&other)) {
            break;
        }
        earlier.extend(step.exchanges.iter().filter(|other| other.outcome == Outcome::Unknown));
    }
    repeats(exchange, &earlier) != Repeats::Nothing
}

/// What one exchange may have given back, where so much remained before.
fn cost(exchange: &Exchange, before: Left, repeats: Repeats) -> Cost {
    let (asked, most) = (asked(exchange), most(exchange, before));
    match (exchange.outcome, repeats) {
        (Outcome::NotSent | Outcome::Declined, _) | (_, Repeats::Earlier) => Cost::default(),
        (Outcome::Unknown, _) | (_, Repeats::Perhaps) => Cost { least: 0, most },
        (Outcome::Done, Repeats::Nothing) => {
            let whole = !is_partial(exchange);
            let sure = if whole || asked <= before.least { asked.min(before.least) } else { 0 };
            match echoed(exchange, &["Price"]) {
                // What only repeats the request says nothing; what lies within the bounds is believed.
                Some(says) if says != asked && (sure..=most).contains(&says) => Cost { least: says, most: says },
                Some(says) if says != asked => Cost { least: sure.min(says), most: most.max(says).min(before.most) },
                _ => Cost { least: sure, most },
            }
        }
    }
}

/// The most that a request can give back of what remains.
fn most(exchange: &Exchange, before: Left) -> u64 {
    if is_partial(exchange) { asked(exchange).min(before.most) } else { before.most }
}
