//! Which forms of signature and timestamp a gateway accepts, by what it answered to each.

use paywelcome_rehearsal::{
    Exchange, Form, Outcome, Proof, Rehearsal, Signature, SignatureFormat, Signed, TimestampFormat,
};

use super::ended::step;
use super::exchange::{code, header, is_clear, posted, readable};
use super::steps::Question;

type Formats = (SignatureFormat, TimestampFormat);

/// One request: how it was signed, and what came.
#[derive(Clone, Copy)]
struct Tried<'a> {
    exchange: &'a Exchange,
    formats: Formats,
    rightly: bool,
}

/// The exchanges of one step that were answered; of those that were asked again, the later ones, but no page in place of an answer.
fn tried(file: &Rehearsal, question: Question) -> Vec<Tried<'_>> {
    let step = file.steps.iter().find(|step| step.step == question.name());
    let mut all: Vec<Tried<'_>> = Vec::new();
    for exchange in step.map(|step| step.exchanges.as_slice()).unwrap_or_default() {
        let formats = exchange.signature_format.zip(exchange.timestamp_format);
        let (Some(formats), Some(_)) = (formats, &exchange.answer) else { continue };
        let rightly = exchange.signed == Signed::Right;
        let is_same = |before: &Tried<'_>| (before.formats, before.rightly) == (formats, rightly);
        if !is_clear(exchange) && all.iter().any(|before| is_same(before) && is_clear(before.exchange)) {
            continue;
        }
        all.retain(|before| !is_same(before));
        all.push(Tried { exchange, formats, rightly });
    }
    all
}

/// What answers to different requests have in common: the status with the code, or with the words where there is no code.
fn by_code(exchange: &Exchange) -> (u16, String) {
    let status = exchange.answer.as_ref().map_or(0, |answer| answer.status);
    (status, code(exchange).map_or_else(|| words(exchange), |code| format!("code {code}")))
}

fn by_words(exchange: &Exchange) -> (u16, String) {
    let (status, code) = by_code(exchange);
    (status, format!("{code} {}", words(exchange)))
}

/// The words of an answer, without what differs from request to request: what was asked, and every number.
fn words(exchange: &Exchange) -> String {
    let (mut text, _) = readable(exchange);
    for (_, value) in exchange.fields.iter().filter(|(_, value)| value.len() > 3) {
        text = text.replace(value.as_str(), "?");
    }
    let location = header(exchange, "location").unwrap_or_default();
    let words = text.chars().filter(|c| !c.is_ascii_digit());
    format!("{}{location}", words.collect::<String>())
}

/// How answers are compared.
type Look = fn(&Exchange) -> (u16, String);

/// What comparing the right key's answers with a made-up key's tells.
#[derive(Default)]
struct Told {
    accepted: Vec<Formats>,
    refused: Vec<Formats>,
}

/// A form is accepted whose answer is another than that of a made-up key with the same timestamp, and refused if it is the same.
fn told(wrong: &[Tried<'_>], right: &[Tried<'_>]) -> Told {
    let by_code = told_by(wrong, right, by_code, false);
    if by_code.accepted.is_empty() { told_by(wrong, right, by_words, true) } else { by_code }
}

fn told_by(wrong: &[Tried<'_>], right: &[Tried<'_>], look: Look, is_by_words: bool) -> Told {
    let mut told = Told::default();
    for timestamp in TimestampFormat::ALL {
        let is_of = |tried: &&Tried<'_>| tried.formats.1 == timestamp;
        let Some(control) = wrong.iter().find(is_of) else { continue };
        let right = right.iter().filter(is_of).copied();
        let refusal = look(control.exchange);
        let (same, differing): (Vec<Tried<'_>>, Vec<Tried<'_>>) =
            right.partition(|tried| look(tried.exchange) == refusal);
        // A page may be how a gateway refuses, or an accident of this one answer: then nothing else is like it.
        if !is_clear(control.exchange) && same.is_empty() {
            continue;
        }
        // Words of a refusal may explain it, each in its own way: one has to be like it.
        if !is_by_words || !same.is_empty() {
            let clear = differing.into_iter().filter(|tried| is_clear(tried.exchange));
            told.accepted.extend(clear.map(|tried| tried.formats));
        }
        told.refused.extend(same.into_iter().map(|tried| tried.formats));
    }
    told
}

/// What is known of signatures. `default` are the formats of the settings, which are taken where several are accepted.
pub(crate) fn signature(file: &Rehearsal, default: Formats) -> Signature {
    let (dead_wrong, dead_right) = (tried(file, Question::BadSignature), tried(file, Question::Forms));
    let (real_right, real_wrong): (Vec<_>, Vec<_>) =
        tried(file, Question::FormsBySuccess).into_iter().partition(|tried| tried.rightly);
    let is_done = |tried: &Tried<'_>| tried.exchange.outcome == Outcome::Done;
    let unchecked = real_wrong.iter().chain(&dead_wrong).any(is_done);
    let on_dead = told(&dead_wrong, &dead_right);
    let on_real = if unchecked { Told::default() } else { told(&real_wrong, &real_right) };
    let done: Vec<Formats> = rightly_signed(file)
        .filter(|exchange| exchange.outcome == Outcome::Done)
        .filter_map(|exchange| exchange.signature_format.zip(exchange.timestamp_format))
        .collect();
    let apart: Vec<Formats> = on_dead.accepted.iter().chain(&on_real.accepted).copied().collect();
    let is_refused = |form: &Formats| {
        let declined =
            real_right.iter().any(|tried| tried.formats == *form && tried.exchange.outcome == Outcome::Declined);
        let is_told = !on_real.accepted.is_empty() && on_real.refused.contains(form);
        let by_real = declined && (real_right.iter().any(is_done) || is_told);
        by_real || !on_dead.accepted.is_empty() && on_dead.refused.contains(form)
    };
    let mut forms = Vec::new();
    for signature_format in SignatureFormat::ALL {
        for timestamp_format in TimestampFormat::ALL {
            let form = (signature_format, timestamp_format);
            let proof = if done.contains(&form) {
                Some(Proof::Done)
            } else {
                apart.contains(&form).then_some(Proof::ToldApart)
            };
            let accepted = if proof.is_some() { Some(true) } else { is_refused(&form).then_some(false) };
            forms.push(Form { signature_format, timestamp_format, accepted, proof });
        }
    }
    let accepted = forms.iter().filter(|form| form.accepted == Some(true));
    let accepted: Vec<Formats> = accepted.map(|form| (form.signature_format, form.timestamp_format)).collect();
    let chosen = accepted.iter().find(|form| **form == default).or(accepted.first()).copied();
    Signature {
        checked: if unchecked { Some(false) } else { (!apart.is_empty()).then_some(true) },
        tid_first: if !on_dead.accepted.is_empty() {
            Some(false)
        } else if unchecked || accepted.is_empty() || dead_right.is_empty() {
            None
        } else {
            Some(true)
        },
        format: chosen.map(|(signature, _)| signature),
        timestamp: chosen.map(|(_, timestamp)| timestamp),
        forms: if dead_right.is_empty() && done.is_empty() { Vec::new() } else { forms },
    }
}

/// The exchanges about real payments that were signed by the merchant's key.
fn rightly_signed(file: &Rehearsal) -> impl Iterator<Item = &Exchange> {
    let is_real = |exchange: &&Exchange| {
        let tid = posted(exchange, "tid");
        exchange.signed == Signed::Right
            && [&file.payment, &file.full_payment].into_iter().flatten().any(|payment| payment.tid == tid)
    };
    file.steps.iter().flat_map(|step| &step.exchanges).filter(is_real)
}

/// The answer of a timestamp that is refused otherwise than a wrong signature.
pub(crate) fn bad_timestamp(file: &Rehearsal) -> Option<&Exchange> {
    let (real_right, real_wrong) = tried(file, Question::FormsBySuccess).into_iter().partition(|tried| tried.rightly);
    [(tried(file, Question::BadSignature), tried(file, Question::Forms)), (real_wrong, real_right)]
        .iter()
        .find_map(|(wrong, right)| refused_timestamp(wrong, right))
}

fn refused_timestamp<'a>(wrong: &[Tried<'a>], right: &[Tried<'a>]) -> Option<&'a Exchange> {
    let accepted = told_by(wrong, right, by_code, false).accepted;
    let (_, timestamp) = accepted.first()?;
    let passed = by_code(right.iter().find(|tried| accepted.contains(&tried.formats))?.exchange);
    let bad_signature = by_code(wrong.iter().find(|tried| tried.formats.1 == *timestamp)?.exchange);
    let other = wrong.iter().find(|tried| tried.formats.1 != *timestamp)?;
    let is_refused = accepted.iter().all(|(_, accepted)| *accepted != other.formats.1);
    let look = by_code(other.exchange);
    (is_refused && is_clear(other.exchange) && look != passed && look != bad_signature).then_some(other.exchange)
}

/// Whether every answer so far is the same page, as a block's or that of a service under maintenance is.
pub(crate) fn is_blocked(file: &Rehearsal) -> bool {
    let of = |question| tried(file, question);
    let all: Vec<_> = [Question::BadSignature, Question::Forms].into_iter().flat_map(of).collect();
    let [first, _, ..] = all.as_slice() else { return false };
    code(first.exchange).is_none() && all.iter().all(|tried| by_code(tried.exchange) == by_code(first.exchange))
}

/// Whether questions that cost nothing were asked, and none was answered.
pub(crate) fn is_unanswered(file: &Rehearsal) -> bool {
    let mut asked = [Question::BadSignature, Question::Forms].into_iter().filter_map(|question| step(file, question));
    let is_asked = asked.clone().any(|step| !step.exchanges.is_empty());
    is_asked && asked.all(|step| step.exchanges.iter().all(|exchange| exchange.answer.is_none()))
}

/// The last question was answered by a page, or not at all: an earlier answer to one that cost nothing, to be asked for again.
pub(crate) fn cut_off(file: &Rehearsal) -> Option<&Exchange> {
    let last = file.steps.iter().rev().find_map(|step| step.exchanges.last())?;
    let free = [Question::BadSignature, Question::Forms].into_iter().filter_map(|question| step(file, question));
    let answered = free.flat_map(|step| &step.exchanges).rfind(|exchange| is_clear(exchange))?;
    (!is_clear(last)).then_some(answered)
}
