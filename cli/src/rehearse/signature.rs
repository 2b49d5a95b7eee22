//! Which forms of signature and timestamp a gateway accepts, by what it answered to each.

use paywelcome_rehearsal::{
    Exchange, Form, Outcome, Proof, Rehearsal, Signature, SignatureFormat, Signed, TimestampFormat,
};

use super::exchange::{code, header, posted, readable};
use super::steps::Question;

/// One question: how it was signed, and what came.
struct Tried<'a> {
    exchange: &'a Exchange,
    signature: SignatureFormat,
    timestamp: TimestampFormat,
    rightly: bool,
}

/// The exchanges of one step, as far as their forms are known.
fn tried(file: &Rehearsal, question: Question) -> Vec<Tried<'_>> {
    let step = file.steps.iter().find(|step| step.step == question.name());
    let exchanges = step.map(|step| step.exchanges.as_slice()).unwrap_or_default();
    let tried = |exchange| {
        let Exchange { signature_format, timestamp_format, signed, answer, .. }: &Exchange = exchange;
        answer.as_ref()?;
        let rightly = *signed == Signed::Right;
        Some(Tried { exchange, signature: (*signature_format)?, timestamp: (*timestamp_format)?, rightly })
    };
    exchanges.iter().filter_map(tried).collect()
}

/// What two answers to different requests have in common: the status with the code, or with the words where there is no code.
fn by_code(exchange: &Exchange) -> (u16, String) {
    let status = exchange.answer.as_ref().map_or(0, |answer| answer.status);
    (status, code(exchange).map_or_else(|| words(exchange), |code| format!("code {code}")))
}

/// The words of an answer, without what differs from request to request: what was asked, and every number.
fn words(exchange: &Exchange) -> String {
    let (mut text, _) = readable(exchange);
    for (_, value) in exchange.fields.iter().filter(|(_, value)| value.len() > 3) {
        text = text.replace(value.as_str(), "?");
    }
    let location = header(exchange, "location").unwrap_or_default();
    let digits = text.chars().filter(|c| !c.is_ascii_digit());
    format!("{}{location}", digits.collect::<String>())
}

fn by_words(exchange: &Exchange) -> (u16, String) {
    let (status, code) = by_code(exchange);
    (status, format!("{code} {}", words(exchange)))
}

/// How answers are compared.
type Look = fn(&Exchange) -> (u16, String);

/// The forms whose answer is another than that of a made-up key with the same timestamp, while the other form's is not.
fn told_apart(
    wrong: &[Tried<'_>],
    right: &[Tried<'_>],
    look: Look,
    is_strict: bool,
) -> Vec<(SignatureFormat, TimestampFormat)> {
    let mut accepted = Vec::new();
    for timestamp in TimestampFormat::ALL {
        let Some(refused) = wrong.iter().find(|tried| tried.timestamp == timestamp) else { continue };
        let refused = look(refused.exchange);
        let of_timestamp: Vec<_> = right.iter().filter(|tried| tried.timestamp == timestamp).collect();
        let differing: Vec<_> = of_timestamp.iter().filter(|tried| look(tried.exchange) != refused).collect();
        // Both differ from a wrong signature where words of a refusal explain it; one has to be like it.
        if !differing.is_empty() && (!is_strict || differing.len() < of_timestamp.len()) {
            accepted.extend(differing.iter().map(|tried| (tried.signature, tried.timestamp)));
        }
    }
    accepted
}

/// What is known of signatures. `default` are the formats of the settings, which are taken where several are accepted.
pub(crate) fn signature(file: &Rehearsal, default: (SignatureFormat, TimestampFormat)) -> Signature {
    let (dead_wrong, dead_right) = (tried(file, Question::BadSignature), tried(file, Question::Forms));
    let by_success = tried(file, Question::FormsBySuccess);
    let (real_right, real_wrong): (Vec<_>, Vec<_>) = by_success.into_iter().partition(|tried| tried.rightly);
    let apart = |wrong: &[Tried<'_>], right: &[Tried<'_>]| {
        let by_code = told_apart(wrong, right, by_code, false);
        if by_code.is_empty() { told_apart(wrong, right, by_words, true) } else { by_code }
    };
    let on_dead = apart(&dead_wrong, &dead_right);
    let is_done = |tried: &&Tried<'_>| tried.exchange.outcome == Outcome::Done;
    let unchecked = real_wrong.iter().chain(&dead_wrong).any(|tried| is_done(&tried));
    let on_real = if unchecked { Vec::new() } else { apart(&real_wrong, &real_right) };
    let done: Vec<_> = steps_with_right_key(file)
        .filter(|exchange| exchange.outcome == Outcome::Done)
        .filter_map(|exchange| Some((exchange.signature_format?, exchange.timestamp_format?)))
        .collect();
    let told: Vec<_> = on_dead.iter().chain(&on_real).copied().collect();
    let is_refused = |form: (SignatureFormat, TimestampFormat)| {
        // One that was tried where others were told apart, or were done, and was not.
        let tried_dead =
            !on_dead.is_empty() && dead_right.iter().any(|tried| (tried.signature, tried.timestamp) == form);
        let tried_real = real_right.iter().any(|tried| {
            let declined = tried.exchange.outcome == Outcome::Declined;
            (tried.signature, tried.timestamp) == form && declined
        });
        tried_dead || tried_real && (!on_real.is_empty() || real_right.iter().any(|tried| is_done(&tried)))
    };
    let mut forms = Vec::new();
    for signature_format in SignatureFormat::ALL {
        for timestamp_format in TimestampFormat::ALL {
            let form = (signature_format, timestamp_format);
            let proof = match form {
                form if done.contains(&form) && !unchecked => Some(Proof::Done),
                form if told.contains(&form) => Some(Proof::ToldApart),
                _ => None,
            };
            let accepted = match proof {
                Some(_) => Some(true),
                None if unchecked => None,
                None => is_refused(form).then_some(false),
            };
            forms.push(Form { signature_format, timestamp_format, accepted, proof });
        }
    }
    let accepts = |form: &(SignatureFormat, TimestampFormat)| {
        forms.iter().any(|each| (each.signature_format, each.timestamp_format) == *form && each.accepted == Some(true))
    };
    let chosen = [default]
        .into_iter()
        .chain(forms.iter().map(|form| (form.signature_format, form.timestamp_format)))
        .find(accepts)
        .or_else(|| if unchecked { done.first().copied() } else { None });
    Signature {
        checked: if unchecked { Some(false) } else { (!told.is_empty()).then_some(true) },
        tid_first: match (on_dead.is_empty(), told.is_empty() && done.is_empty()) {
            (false, _) => Some(false),
            (true, false) if !dead_right.is_empty() && !unchecked => Some(true),
            _ => None,
        },
        format: chosen.map(|(signature, _)| signature),
        timestamp: chosen.map(|(_, timestamp)| timestamp),
        forms: if dead_right.is_empty() && done.is_empty() { Vec::new() } else { forms },
    }
}

/// The exchanges about real payments that were signed by the merchant's key.
fn steps_with_right_key(file: &Rehearsal) -> impl Iterator<Item = &Exchange> {
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
    let accepted = told_apart(wrong, right, by_code, false);
    let (_, timestamp) = accepted.first()?;
    let of = |tried: &&Tried<'_>| accepted.contains(&(tried.signature, tried.timestamp));
    let passed = by_code(right.iter().find(of)?.exchange);
    let bad_signature = by_code(wrong.iter().find(|tried| tried.timestamp == *timestamp)?.exchange);
    let other = wrong.iter().find(|tried| tried.timestamp != *timestamp)?;
    let is_refused = accepted.iter().all(|(_, accepted)| *accepted != other.timestamp);
    let look = by_code(other.exchange);
    (is_refused && look != passed && look != bad_signature).then_some(other.exchange)
}

/// Whether every answer so far is the same refusal that is not a documented one, as a block's is; its status.
pub(crate) fn is_blocked(file: &Rehearsal) -> Option<u16> {
    let all: Vec<_> =
        [Question::BadSignature, Question::Forms].into_iter().flat_map(|question| tried(file, question)).collect();
    let first = by_code(all.first()?.exchange);
    let is_same = all.iter().all(|tried| by_code(tried.exchange) == first);
    (is_same && all.len() > 1 && first.0 != 200 && code(all[0].exchange).is_none()).then_some(first.0)
}
