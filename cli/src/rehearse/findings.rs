//! What was found out: a function of what was asked and answered.

use std::collections::BTreeMap;

use paywelcome_rehearsal::{
    AtOnce, Clipped, ConfirmPrice, Exchange, Findings, FullPrice, Outcome, Rehearsal, Signature, Signed, Situation,
    Success, Times,
};

use super::ended::{outcome, read, step};
use super::exchange::{asked, code, echoed, is_clear, posted, verdict};
use super::left::{Left, before, is_repeated, left};
use super::plan::Formats;
use super::signature::{bad_timestamp, signature};
use super::spelling::spelling;
use super::steps::Question;
use super::template::template;

/// What the exchanges of `file` say, beside what its first step found out about the way there.
pub(crate) fn findings(file: &Rehearsal, default: Formats, together: Option<u32>) -> Findings {
    let before = &file.findings;
    let signature = signature(file, default);
    let situations = situations(file, &signature, default);
    let outcomes = situations.iter().filter_map(|(situation, of)| Some((*situation, of.first()?.outcome))).collect();
    let codes = situations.iter().filter_map(|(situation, of)| Some((*situation, code(of.first()?)?))).collect();
    let answers =
        situations.iter().filter_map(|(situation, of)| Some((*situation, template(*situation, of, file)?))).collect();
    let partial = of(&situations, Situation::PartialDone);
    let full = of(&situations, Situation::FullDone).or_else(|| {
        // Where one is given back that should be declined.
        [Situation::FullPrice, Situation::FullAfterPartial]
            .into_iter()
            .filter_map(|situation| of(&situations, situation))
            .find(|exchange| exchange.outcome == Outcome::Done)
    });
    Findings {
        tls: before.tls.clone(),
        clock_difference_seconds: before.clock_difference_seconds,
        connections_kept: before.connections_kept,
        times_ms: times(file),
        confirm_price: confirm_price(file, together.or(before.confirm_price.at_once.map(|at_once| at_once.together))),
        full_price: FullPrice { compared: outcome(file, Question::FullPrice).and_then(is_declined) },
        full_after_partial: outcome(file, Question::FullAfterPartial),
        more_than_remains: more_than_remains(file),
        success: Success { partial: partial.map(spelling), full: full.map(spelling) },
        required_echoes: required_echoes(file),
        signature,
        outcomes,
        codes,
        answers,
    }
}

type Situations<'a> = BTreeMap<Situation, Vec<&'a Exchange>>;

fn of<'a>(situations: &Situations<'a>, situation: Situation) -> Option<&'a Exchange> {
    situations.get(&situation).and_then(|of| of.first().copied())
}

fn is_declined(outcome: Outcome) -> Option<bool> {
    match outcome {
        Outcome::Declined => Some(true),
        Outcome::Done => Some(false),
        Outcome::Unknown | Outcome::NotSent => None,
    }
}

/// The exchanges of each situation, the best first.
fn situations<'a>(file: &'a Rehearsal, found: &Signature, default: Formats) -> Situations<'a> {
    let answered = |question| {
        let exchanges = step(file, question).map(|step| step.exchanges.as_slice()).unwrap_or_default().iter();
        exchanges.filter(|exchange| exchange.answer.is_some())
    };
    // Of those that ended so, the ones that an answer tells stand first.
    let ended = |questions: &[Question], outcome| {
        let all = questions.iter().filter_map(|question| step(file, *question));
        let all = all.flat_map(|step| step.exchanges.iter().map(move |exchange| (exchange, read(step, exchange))));
        let is_it = |(exchange, ended): &(&Exchange, Outcome)| {
            // What a person's reading tells has to be an answer of the gateway's own, no page that came in its place.
            let is_told = exchange.outcome == outcome && exchange.answer.is_some() || is_clear(exchange);
            *ended == outcome && is_told && exchange.signed == Signed::Right
        };
        let mut all: Vec<_> = all.filter(is_it).map(|(exchange, _)| exchange).collect();
        all.sort_by_key(|exchange| exchange.outcome != outcome);
        all
    };
    let mut all = Situations::new();
    let mut add = |situation, found: Vec<_>| {
        if !found.is_empty() {
            all.insert(situation, found);
        }
    };
    let rightly = [Question::Partial, Question::Rest, Question::FormsBySuccess, Question::AtOnce];
    add(Situation::PartialDone, ended(&rightly, Outcome::Done));
    add(Situation::PartialDeclined, ended(&[Question::Partial], Outcome::Declined));
    add(Situation::FullDone, ended(&[Question::Full], Outcome::Done));
    // With the timestamp that is accepted, a signature is wrong for its key alone.
    let (signature, timestamp) = found.format.zip(found.timestamp).unwrap_or(default);
    let fits = |exchange: &&Exchange| exchange.timestamp_format == Some(timestamp);
    let clear_first = |mut all: Vec<&'a Exchange>| {
        all.sort_by_key(|exchange| !is_clear(exchange));
        all.truncate(1);
        all
    };
    if found.checked == Some(true) {
        let is_wrong = |exchange: &&Exchange| exchange.signed == Signed::Wrong && exchange.outcome != Outcome::Done;
        let on_real: Vec<_> = answered(Question::FormsBySuccess).filter(is_wrong).filter(fits).collect();
        let on_dead: Vec<_> = answered(Question::BadSignature).filter(fits).collect();
        add(Situation::BadSignature, clear_first(if on_real.is_empty() { on_dead } else { on_real }));
    }
    if found.format.is_some() || found.checked == Some(false) {
        let is_it = |exchange: &&Exchange| fits(exchange) && exchange.signature_format == Some(signature);
        add(Situation::UnknownTid, clear_first(answered(Question::Forms).filter(is_it).collect()));
    }
    add(Situation::BadTimestamp, bad_timestamp(file).into_iter().collect());
    // A refusal of the right remainder, too, has another reason.
    if has_right_success(file) {
        let wrong = [Question::WrongRemainderHigh, Question::WrongRemainderLow, Question::SameAgain, Question::AtOnce];
        add(Situation::ConfirmPrice, ended(&wrong, Outcome::Declined));
    }
    for (situation, question) in [
        (Situation::MoreThanRemains, Question::MoreThanRemains),
        (Situation::FullAfterPartial, Question::FullAfterPartial),
        (Situation::PartialAfterAll, Question::PartialAfterAll),
        (Situation::FullAfterAll, Question::FullAfterAll),
        (Situation::FullPrice, Question::FullPrice),
        (Situation::SecondFull, Question::SecondFull),
    ] {
        add(situation, answered(question).collect());
    }
    all
}

/// Whether a partial cancel with the right remainder was done.
fn has_right_success(file: &Rehearsal) -> bool {
    let rightly = [Question::Partial, Question::AtOnce, Question::Rest];
    let mut steps = rightly.into_iter().filter_map(|question| step(file, question));
    steps.any(|step| step.exchanges.iter().any(|exchange| read(step, exchange) == Outcome::Done))
}

fn times(file: &Rehearsal) -> Option<Times> {
    let answered = file.steps.iter().flat_map(|step| &step.exchanges).filter(|exchange| exchange.answer.is_some());
    let mut all: Vec<f64> = answered.filter_map(|exchange| exchange.elapsed_ms).collect();
    all.sort_by(f64::total_cmp);
    Some(Times { fastest: *all.first()?, median: all[all.len() / 2], slowest: *all.last()? })
}

fn confirm_price(file: &Rehearsal, together: Option<u32>) -> ConfirmPrice {
    let (too_high, too_low) = (outcome(file, Question::WrongRemainderHigh), outcome(file, Question::WrongRemainderLow));
    let same_again = outcome(file, Question::SameAgain);
    // Only where the right remainder is done is it the wrong one that is declined.
    let is_done = has_right_success(file);
    let mut wrong = [too_high, too_low, same_again].map(|outcome| outcome.and_then(is_declined).filter(|_| is_done));
    let repeated = |question| {
        let exchanges = step(file, question).map(|step| step.exchanges.as_slice()).unwrap_or_default().iter();
        exchanges.filter(|exchange| is_repeated(file, exchange)).count()
    };
    if repeated(Question::SameAgain) > 0 {
        // It may have moved nothing, which the same again does not show.
        wrong[2] = None;
    }
    let compared = if wrong.contains(&Some(true)) { Some(true) } else { (!wrong.contains(&None)).then_some(false) };
    let equality = match wrong {
        [Some(true), Some(true), _] => Some(true),
        [Some(false), ..] | [_, Some(false), _] => Some(false),
        _ => None,
    };
    let at_once = at_once(file, together);
    let is_one_read = step(file, Question::AtOnce).is_some_and(|step| {
        let asked = step.exchanges.first().map(asked);
        let one_moved = Some(step.cost.least) == asked && step.cost.least == step.cost.most;
        step.ruled.is_some() && one_moved && step.exchanges.iter().all(is_clear)
    });
    let atomic = at_once.and_then(|AtOnce { sent, together, done, declined, .. }| match done {
        0 | 1 if is_one_read && together > 1 => Some(true),
        1 if declined + 1 == sent && together > 1 => Some(true),
        _ if done as usize <= repeated(Question::AtOnce) + 1 => None,
        _ => Some(false),
    });
    let all_declined = wrong.iter().all(|declined| *declined == Some(true));
    let enforced = if wrong.contains(&Some(false)) || same_again == Some(Outcome::Done) || atomic == Some(false) {
        Some(false)
    } else {
        (all_declined && atomic == Some(true) && agrees(file)).then_some(true)
    };
    ConfirmPrice { compared, equality, too_high, too_low, same_again, at_once, atomic, enforced }
}

/// Whether a later success proves that nothing went back unseen: one of the rest with what should remain, or one of too much that
/// says what really went back.
fn agrees(file: &Rehearsal) -> bool {
    let rest = outcome(file, Question::Rest) == Some(Outcome::Done) && left(file, false).exact() == Some(0);
    let says_what_was_left = |question| {
        let exchange = step(file, question).and_then(|step| step.exchanges.first());
        exchange.filter(|exchange| exchange.outcome == Outcome::Done).is_some_and(|exchange| {
            let says = echoed(exchange, &["Price"]).filter(|says| *says != asked(exchange));
            says.is_some() && says == before(file, exchange).and_then(Left::exact)
        })
    };
    rest || says_what_was_left(Question::MoreThanRemains) || says_what_was_left(Question::FullAfterPartial)
}

fn at_once(file: &Rehearsal, together: Option<u32>) -> Option<AtOnce> {
    let exchanges = &step(file, Question::AtOnce)?.exchanges;
    let count = |outcome| exchanges.iter().filter(|exchange| exchange.outcome == outcome).count();
    let count = |outcome| u32::try_from(count(outcome)).unwrap_or(u32::MAX);
    let (done, declined, unknown) = (count(Outcome::Done), count(Outcome::Declined), count(Outcome::Unknown));
    let sent = done + declined + unknown;
    (sent > 0).then(|| AtOnce { sent, together: together.unwrap_or_default(), done, declined, unknown })
}

fn more_than_remains(file: &Rehearsal) -> Option<Clipped> {
    let exchange = step(file, Question::MoreThanRemains)?.exchanges.first()?;
    match exchange.outcome {
        Outcome::Declined => Some(Clipped::Declined),
        Outcome::Done => {
            let says = echoed(exchange, &["Price"]);
            Some(if says.is_some_and(|says| says + 1 == asked(exchange)) { Clipped::Clipped } else { Clipped::Done })
        }
        Outcome::Unknown | Outcome::NotSent => None,
    }
}

/// The echoes that agree in every success that was rightly asked for; nothing where there is none, or one that no choice fits.
fn required_echoes(file: &Rehearsal) -> Option<Vec<String>> {
    let rightly = [Question::FormsBySuccess, Question::Partial, Question::Rest, Question::Full];
    let exchanges = rightly.into_iter().filter_map(|question| step(file, question)).flat_map(|step| &step.exchanges);
    let successes =
        exchanges.filter(|exchange| exchange.outcome == Outcome::Done && !posted(exchange, "tid").is_empty());
    let mut all: Option<Vec<&'static str>> = None;
    for success in successes {
        let fitting = verdict(success)?.fitting;
        all = Some(match all {
            None => fitting,
            Some(all) => all.into_iter().filter(|echo| fitting.contains(echo)).collect(),
        });
    }
    all.map(|all| all.into_iter().map(str::to_owned).collect())
}
