//! A file of an earlier run, made ready for another.

use paywelcome_rehearsal::{Cost, GatewayKind, Rehearsal, State, Step};

use super::left::left;
use super::plan::Formats;
use super::signature::signature;
use super::steps::Question;

/// Records what a person read as remaining: it rules on the last question whose end is unknown.
pub(crate) fn rule(file: &mut Rehearsal, of_full: bool, remaining: u64) {
    let before = left(file, of_full);
    let is_it = |step: &&mut Step| {
        let question = Question::named(&step.step);
        step.state == State::Unknown
            && step.ruled.is_none()
            && question.is_some_and(|question| !question.is_free() && question.is_of_full_payment() == of_full)
    };
    let mut unknown: Vec<&mut Step> = file.steps.iter_mut().filter(is_it).collect();
    let is_alone = unknown.len() == 1;
    if let Some(last) = unknown.last_mut() {
        last.ruled = Some(remaining);
        if is_alone {
            let cost = last.cost.most.saturating_sub(remaining - before.least.min(remaining));
            last.cost = Cost { least: cost, most: cost };
        }
    }
}

/// Finds steps that were being asked when an earlier run ended: what is free is asked again, the rest is unknown and never sent again.
pub(crate) fn interrupted(file: &mut Rehearsal) -> Vec<Question> {
    file.steps.retain(|step| {
        let is_free = Question::named(&step.step).is_some_and(Question::is_free);
        !(step.state == State::Asked && is_free)
    });
    let mut found = Vec::new();
    for step in file.steps.iter_mut().filter(|step| step.state == State::Asked) {
        step.state = State::Unknown;
        step.cost = Cost { least: 0, most: step.could_cost };
        // Those of an earlier time it was asked say nothing of this one.
        step.exchanges.clear();
        found.extend(Question::named(&step.step));
    }
    found
}

/// Has the forms be asked about again where none was found: a block that was opened, a key or a clock that was mended since.
pub(crate) fn ask_forms_again(file: &mut Rehearsal, default: Formats) {
    let found = signature(file, default);
    if found.format.is_some() || found.checked.is_some() {
        return;
    }
    let is_it = |step: &Step, questions: &[Question]| questions.iter().any(|question| question.name() == step.step);
    file.steps.retain(|step| !is_it(step, &[Question::BadSignature, Question::Forms]));
    for step in file.steps.iter_mut().filter(|step| is_it(step, &[Question::FormsBySuccess])) {
        if step.state == State::Answered && step.cost.most == 0 {
            step.state = State::Skipped;
        }
    }
}

/// What a gateway is.
pub(crate) fn kind(client: &paywelcome::Client) -> GatewayKind {
    if client.is_local() {
        GatewayKind::Loopback
    } else if client.is_test() {
        GatewayKind::Test
    } else {
        GatewayKind::Production
    }
}
