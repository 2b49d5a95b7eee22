//! How the questions that were asked have ended.

use paywelcome_rehearsal::{Cost, Exchange, Outcome, Rehearsal, State, Step};

use super::exchange::{asked, is_clear};
use super::steps::Question;

/// The step of a question that was asked.
pub(crate) fn step(file: &Rehearsal, question: Question) -> Option<&Step> {
    file.steps.iter().find(|step| step.step == question.name() && step.state != State::Skipped)
}

/// How the first exchange of a question ended, where a person's reading tells it if the answer does not.
pub(crate) fn outcome(file: &Rehearsal, question: Question) -> Option<Outcome> {
    let step = step(file, question)?;
    let exchange = step.exchanges.first().filter(|exchange| exchange.outcome != Outcome::NotSent)?;
    Some(read(step, exchange))
}

/// How an exchange ended: as it was answered, or as a person read it after its answer left it open.
pub(crate) fn read(step: &Step, exchange: &Exchange) -> Outcome {
    let is_read = exchange.outcome == Outcome::Unknown && step.ruled.is_some() && step.exchanges.len() == 1;
    match step.cost {
        // One that never got there is not declined.
        Cost { most: 0, .. } if is_read && is_clear(exchange) => Outcome::Declined,
        Cost { least, .. } if is_read && least == asked(exchange) => Outcome::Done,
        _ => exchange.outcome,
    }
}
