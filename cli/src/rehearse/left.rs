//! What remains of a payment, as far as is known: between two amounts.

use paywelcome_rehearsal::{Cost, Exchange, Outcome, Rehearsal, State, Step};

use super::exchange::{asked, confirm, echoed, is_partial};
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
    let payment = if of_full_payment { &file.full_payment } else { &file.payment };
    let paid = payment.as_ref().map_or(0, |payment| payment.price);
    let is_about = |step: &&Step| {
        let question = Question::named(&step.step);
        question.is_some_and(|question| !question.is_free() && question.is_of_full_payment() == of_full_payment)
    };
    file.steps.iter().filter(is_about).fold(Left::all(paid), after)
}

/// What remains after a step.
fn after(left: Left, step: &Step) -> Left {
    match step.ruled {
        _ if step.state == State::Skipped => left,
        Some(ruled) => Left::all(ruled),
        // It was interrupted.
        None if step.exchanges.is_empty() => left.less(step.cost),
        None => step.exchanges.iter().fold(left, |left, exchange| after_exchange(left, step, exchange)),
    }
}

/// What one exchange may have given back, where so much remained before.
pub(crate) fn cost(exchange: &Exchange, before: Left) -> Cost {
    let asked = asked(exchange);
    match exchange.outcome {
        Outcome::NotSent | Outcome::Declined => Cost::default(),
        Outcome::Unknown => Cost { least: 0, most: most(exchange, before) },
        Outcome::Done => {
            let whole = !is_partial(exchange);
            let sure = if whole || asked <= before.least { asked.min(before.least) } else { 0 };
            let most = most(exchange, before);
            match echoed(exchange, &["Price"]) {
                // What only repeats the request says nothing; what lies within the bounds is believed.
                Some(echoed) if echoed != asked && (sure..=most).contains(&echoed) => {
                    Cost { least: echoed, most: echoed }
                }
                Some(echoed) if echoed != asked => {
                    Cost { least: sure.min(echoed), most: most.max(echoed).min(before.most) }
                }
                _ => Cost { least: sure, most },
            }
        }
    }
}

/// The most that a request can give back of what remains.
pub(crate) fn most(exchange: &Exchange, before: Left) -> u64 {
    if is_partial(exchange) { asked(exchange).min(before.most) } else { before.most }
}

/// What remains after one exchange, held against what the answer itself says remains.
fn after_exchange(before: Left, step: &Step, exchange: &Exchange) -> Left {
    let after = before.less(cost(exchange, before));
    let says = echoed(exchange, &["RmainPrice", "RemainPrice"]);
    let (Outcome::Done, Some(says)) = (exchange.outcome, says) else { return after };
    // Of several at once it is not known which came first; and what only repeats the request says nothing.
    let is_repeated = confirm(exchange) == Some(says);
    if step.step == Question::AtOnce.name() || is_repeated || (after.least..=after.most).contains(&says) {
        return if !is_repeated && step.step != Question::AtOnce.name() { Left::all(says) } else { after };
    }
    Left { least: after.least.min(says), most: after.most.max(says) }
}

/// What remained before one exchange of the file; nothing where it is about no payment.
pub(crate) fn before(file: &Rehearsal, exchange: &Exchange) -> Option<Left> {
    let holds = |step: &&Step| step.exchanges.iter().any(|other| std::ptr::eq(other, exchange));
    let at = file.steps.iter().position(|step| holds(&step))?;
    let question = Question::named(&file.steps[at].step).filter(|question| !question.is_free())?;
    let earlier = Rehearsal { steps: file.steps[..at].to_vec(), ..file.clone() };
    let left = left(&earlier, question.is_of_full_payment());
    let step = &file.steps[at];
    let before = step.exchanges.iter().take_while(|other| !std::ptr::eq(*other, exchange));
    Some(before.fold(left, |left, exchange| after_exchange(left, step, exchange)))
}
