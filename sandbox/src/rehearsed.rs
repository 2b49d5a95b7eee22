//! A gateway as a rehearsal found it: the rules it goes by, and what it says.

use paywelcome_rehearsal::{
    Clipped, Findings, Outcome, Rehearsal, SignatureFormat as Format, Situation, Template, TimestampFormat, Values,
};
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::reply::{HEADER, reply};
use crate::rules::{
    AboveRemaining, AfterPartial, Check, CheckedFirst, Connections, Remainder, Rules, SameAgain, TimestampForm,
};
use crate::signature::SignatureFormat;

/// What a template is filled in with to see which key says what; no two of these are alike.
const MARKS: Values<'static> = Values {
    tid: "the-tid",
    mid: "the-mid",
    moid: "the-moid",
    price: 300_001,
    remaining: 600_002,
    confirm: 700_003,
    paid: 900_003,
    before: 800_005,
    returned: 200_004,
    number: 0,
    now: "20190906110100",
    timestamp: "the-timestamp",
};

impl Rules {
    /// The rules that a rehearsal found; what it does not know keeps its default.
    pub fn found(rehearsal: &Rehearsal) -> Self {
        let found = &rehearsal.findings;
        let unless = |wrong: bool| if wrong { Check::Ignored } else { Check::Enforced };
        let price = &found.confirm_price;
        let passes = |outcome: Option<Outcome>| outcome == Some(Outcome::Done);
        let confirm_price = match (passes(price.too_high), passes(price.too_low)) {
            // The right one was declined as well as the wrong ones.
            _ if found.answers.contains_key(&Situation::PartialDeclined) => Remainder::Declined,
            (true, true) if price.same_again == Some(Outcome::Declined) => Remainder::Tolerant,
            (true, true) => Remainder::Ignored,
            _ if price.compared == Some(false) => Remainder::Ignored,
            (true, false) => Remainder::TooLow,
            (false, true) => Remainder::TooHigh,
            (false, false) => Remainder::Enforced,
        };
        // Where a remainder that is too high passes, so does the same cancel at the same time, whatever it saw.
        let again = matches!(confirm_price, Remainder::TooLow | Remainder::Ignored);
        // Where it is declined, and the same cancel is done again, that is the first one's answer.
        let replayed = !again && price.too_high == Some(Outcome::Declined) && passes(price.same_again);
        let mut rules = Self {
            confirm_price,
            same_again: if replayed { SameAgain::Replayed } else { SameAgain::Judged },
            confirm_price_at_once: unless(price.atomic == Some(false) && !again && !replayed),
            full_price: unless(found.full_price.compared == Some(false)),
            signature_format: signature_format(found),
            timestamp: timestamp(found),
            ..Self::default()
        };
        if passes(found.full_after_partial) {
            rules.full_after_partial = AfterPartial::Done;
        }
        if matches!(found.more_than_remains, Some(Clipped::Clipped | Clipped::Done)) {
            rules.more_than_remains = AboveRemaining::Clipped;
        }
        if found.signature.tid_first == Some(true) {
            rules.checked_first = CheckedFirst::Tid;
        }
        if found.connections_kept == Some(false) {
            rules.connections = Connections::Closed;
        }
        let spelling = found.success.partial.as_ref();
        if spelling.is_some_and(|spelling| spelling.cancel_tid_length == Some(22)) {
            rules.cancel_tid_length = 22;
        }
        let after_all = [Situation::SecondFull, Situation::FullAfterAll, Situation::PartialAfterAll];
        if let Some(code) = after_all.iter().find_map(|situation| found.codes.get(situation)) {
            let told = Self { already_cancelled_code: code.clone(), ..rules.clone() };
            rules = if told.check().is_ok() { told } else { rules };
        }
        rules
    }
}

fn signature_format(found: &Findings) -> SignatureFormat {
    if found.signature.checked == Some(false) {
        return SignatureFormat::Ignored;
    }
    match (takes(found, Format::NameValue), takes(found, Format::Concatenated)) {
        (true, true) => SignatureFormat::Both,
        (false, true) => SignatureFormat::Concatenated,
        _ => SignatureFormat::NameValue,
    }
}

fn takes(found: &Findings, format: Format) -> bool {
    found.signature.forms.iter().any(|form| form.signature_format == format && form.accepted == Some(true))
}

fn timestamp(found: &Findings) -> TimestampForm {
    // A form that is refused for its signature says nothing of its timestamp.
    let forms = || found.signature.forms.iter().filter(|form| takes(found, form.signature_format));
    let of = |timestamp: TimestampFormat| forms().filter(move |form| form.timestamp_format == timestamp);
    let taken = |timestamp| of(timestamp).any(|form| form.accepted == Some(true));
    let refused = |timestamp| of(timestamp).count() > 0 && of(timestamp).all(|form| form.accepted == Some(false));
    if taken(TimestampFormat::Kst) && refused(TimestampFormat::EpochMs) {
        TimestampForm::Kst
    } else if taken(TimestampFormat::EpochMs) && refused(TimestampFormat::Kst) {
        TimestampForm::EpochMillis
    } else {
        TimestampForm::Both
    }
}

/// What it tells of itself: whose gateway it is, what it plays, and what it does not know.
pub(crate) fn show(rehearsal: &Rehearsal) -> Value {
    let found = &rehearsal.findings;
    let price = &found.confirm_price;
    let unknown = [
        ("signature.checked", found.signature.checked.is_none()),
        ("signature.forms", !found.signature.forms.iter().any(|form| form.accepted == Some(true))),
        ("confirm_price.too_high", price.too_high.is_none()),
        ("confirm_price.too_low", price.too_low.is_none()),
        ("confirm_price.atomic", price.atomic.is_none()),
        ("full_price.compared", found.full_price.compared.is_none()),
        ("full_after_partial", found.full_after_partial.is_none()),
        ("more_than_remains", found.more_than_remains.is_none()),
        ("connections_kept", found.connections_kept.is_none()),
    ];
    let unknown = unknown.into_iter().filter(|(_, unknown)| *unknown).map(|(name, _)| name.to_owned());
    let missing = Situation::ALL.into_iter().filter(|situation| {
        // Not every gateway has an answer of its own to a timestamp.
        ![Situation::BadTimestamp, Situation::PartialDeclined].contains(situation)
            && !found.answers.contains_key(situation)
    });
    let missing = missing.map(|situation| format!("answers.{}", situation.as_str()));
    json!({
        "mid": rehearsal.mid,
        "gateway": rehearsal.gateway.base_url,
        "kind": rehearsal.gateway.kind.as_str(),
        "finished_at": rehearsal.finished_at,
        "answers": found.answers.keys().map(|situation| situation.as_str()).collect::<Vec<_>>(),
        "defaults": unknown.chain(missing).collect::<Vec<_>>(),
    })
}

/// What the gateway said to a request that was done, or declined, in this situation.
///
/// Nothing where that is not known, or where it did otherwise than the rules now have it.
pub(crate) fn answer(rehearsal: &Rehearsal, situation: Situation, done: bool, values: &Values<'_>) -> Option<Answer> {
    let found = &rehearsal.findings;
    let template = found.answers.get(&situation)?;
    let ended = found.outcomes.get(&situation).copied();
    // What follows from no rule is said as it was, also a success that moved nothing.
    let by_rule = !matches!(
        situation,
        Situation::UnknownTid | Situation::PartialAfterAll | Situation::FullAfterAll | Situation::SecondFull
    );
    let other = if done { ended == Some(Outcome::Declined) } else { by_rule && ended == Some(Outcome::Done) };
    if other {
        return None;
    }
    let mut answer = filled(template, values);
    let marked = filled(template, &MARKS);
    let texts = [
        ("Tid", MARKS.tid.to_owned()),
        ("Price", MARKS.price.to_string()),
        ("RmainPrice", MARKS.remaining.to_string()),
    ];
    for (name, text) in texts {
        answer.name(name, marked.key_of(&text));
    }
    if let Some(code) = found.codes.get(&situation) {
        answer.name("ResultCode", marked.key_of(code));
    }
    Some(answer)
}

fn filled(template: &Template, values: &Values<'_>) -> Answer {
    let mut reply = reply(template.status, "", template.render(values));
    // A rehearsal with a sandbox has its header; this one names itself.
    for (name, value) in template.headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case(HEADER)) {
        if name.eq_ignore_ascii_case("content-type") {
            reply.content_type = value.clone().into();
        } else {
            reply.header(name.clone(), value.clone());
        }
    }
    Answer::read(reply)
}
