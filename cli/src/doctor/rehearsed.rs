//! What a rehearsal found, beside the settings and what the host offers today.

use std::fs;

use paywelcome::probe::{Answer, Tried};
use paywelcome::{Client, SignatureFormat as Signature, TimestampFormat as Timestamp};
use paywelcome_rehearsal::{Form, GatewayKind, Rehearsal, SignatureFormat, TimestampFormat};

use super::findings::Findings;

/// Reads the file of a rehearsal, and tells whose it is; nothing where it can't be read.
pub(crate) fn read(path: &str, found: &mut Findings) -> Option<Rehearsal> {
    let again = "Pass the file that paywelcome rehearse has written, as it is.";
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => {
            found.wrong("rehearsal", format!("the file can't be read: {error}"), again);
            return None;
        }
    };
    match Rehearsal::read(&text) {
        Ok(rehearsal) => Some(rehearsal),
        Err(error) => {
            found.wrong("rehearsal", error.to_string(), again);
            None
        }
    }
}

/// Compares the settings with what was found; without a merchant id of their own they are taken for those of the rehearsal's.
pub(crate) fn settings(rehearsal: &Rehearsal, client: &Client, has_mid: bool, found: &mut Findings) {
    let Rehearsal { gateway, mid, finished_at, updated_at, findings, .. } = rehearsal;
    let is_same_host = gateway.base_url.trim_end_matches('/').eq_ignore_ascii_case(client.base_url());
    let own = if has_mid { client.mid() } else { mid };
    let is_same = is_same_host && mid == own;
    let detail = format!("of {mid} with {}, {}", gateway.base_url, finished_at.as_ref().unwrap_or(updated_at));
    if !is_same_host {
        let advice = match gateway.kind {
            GatewayKind::Test => "what the test host does proves nothing for another: rehearse there, too",
            _ => "what one gateway does proves nothing for another: rehearse with the one that is set",
        };
        found.doubtful("rehearsal", format!("{detail}; the settings lead to {}", client.base_url()), advice);
    } else if mid != own {
        let advice = "rehearse with this merchant id: the gateway may treat each in its own way";
        found.doubtful("rehearsal", format!("{detail}; the settings name {own}"), advice);
    } else if finished_at.is_none() {
        let advice = "continue with paywelcome rehearse and the same file: what was not asked yet is not known";
        found.doubtful("rehearsal", format!("{detail}, not finished"), advice);
    } else {
        found.well("rehearsal", detail);
    }
    // What is found elsewhere may be otherwise here.
    let mut differs = |about, detail: String, advice: String| {
        if is_same { found.wrong(about, detail, advice) } else { found.doubtful(about, detail, advice) }
    };

    let (signature, timestamp) = client.formats();
    let signature = match signature {
        Signature::NameValue => SignatureFormat::NameValue,
        Signature::Concatenated => SignatureFormat::Concatenated,
    };
    let timestamp = match timestamp {
        Timestamp::Kst => TimestampFormat::Kst,
        Timestamp::EpochMs => TimestampFormat::EpochMs,
    };
    let set = format!("{} with {}", signature.as_str(), timestamp.as_str());
    let named = |form: &Form| (form.signature_format.as_str(), form.timestamp_format.as_str());
    let forms = &findings.signature.forms;
    let accepted: Vec<_> = forms.iter().filter(|form| form.accepted == Some(true)).map(named).collect();
    let ours = forms.iter().find(|form| (form.signature_format, form.timestamp_format) == (signature, timestamp));
    match (ours.and_then(|form| form.accepted), accepted.as_slice()) {
        _ if findings.signature.checked == Some(false) => {
            found.well("signature", "any was accepted: the gateway did not check it");
        }
        (Some(true), _) => found.well("signature", format!("{set} was accepted")),
        (Some(false), [(other, at), ..]) => differs(
            "signature",
            format!("{set} was refused; {other} with {at} was accepted"),
            format!("set signature_format to {other} and timestamp_format to {at}"),
        ),
        (Some(false), []) => differs(
            "signature",
            format!("{set} was refused, and so was every other form"),
            "check the key: the gateway may know another one".to_owned(),
        ),
        (None, _) => found.well("signature", format!("not known: the rehearsal did not find out about {set}")),
    }
    echoes(findings.required_echoes.as_deref(), findings.success.partial.is_some(), is_same, client, found);

    let (is_proven, why) = rehearsal.proves_confirm_price(own, client.base_url());
    let pay_type = rehearsal.payment.as_ref().map_or("card", |payment| &payment.pay_type);
    found.well(
        "confirm_price_enforced",
        if is_proven { format!("proven, for {pay_type}: {why}") } else { format!("not proven: {why}") },
    );
}

fn echoes(fitting: Option<&[String]>, is_seen: bool, is_same: bool, client: &Client, found: &mut Findings) {
    let about = "required_echoes";
    let required = client.required_echoes();
    let listed = |names: &[&str]| if names.is_empty() { "none".to_owned() } else { names.join(",") };
    let Some(fitting) = fitting else {
        if is_seen {
            let advice = "see docs/fields.md on what a success must say, and ask the gateway: no setting makes it done";
            return found.doubtful(about, "successes were seen that no choice makes done", advice);
        }
        return found.well(about, "not known: the rehearsal saw no success");
    };
    let fitting: Vec<_> = fitting.iter().map(String::as_str).collect();
    let (set, fits) = (listed(&required), listed(&fitting));
    let unmet: Vec<_> = required.iter().copied().filter(|name| !fitting.contains(name)).collect();
    let unused: Vec<_> = fitting.iter().copied().filter(|name| !required.contains(name)).collect();
    if !unmet.is_empty() {
        let detail = format!("{set} is set, and successes did not repeat {}: each would be unknown", unmet.join(","));
        let advice = format!("set required_echoes to {fits}; what leaving one out gives up is in docs/fields.md");
        if is_same { found.wrong(about, detail, advice) } else { found.doubtful(about, detail, advice) }
    } else if !unused.is_empty() {
        let detail = format!("{set} is set, and successes repeated {}, too", unused.join(","));
        found.doubtful(about, detail, format!("set required_echoes to {fits}: more mix-ups are then noticed"));
    } else {
        found.well(about, format!("{set}, as successes repeated"));
    }
}

/// Compares what the host offers today with what it offered then.
pub(crate) fn tls(rehearsal: &Rehearsal, tried: &[Tried], found: &mut Findings) {
    let Some(then) = rehearsal.findings.tls.as_ref().filter(|tls| !tls.offers.is_empty()) else { return };
    let agreed = tried.iter().filter(|tried| tried.answer == Answer::Agrees);
    let now: Vec<_> = agreed.map(|Tried { version, cipher, .. }| format!("{version} {cipher}")).collect();
    let gone: Vec<_> = then.offers.iter().filter(|offer| !now.contains(offer)).map(String::as_str).collect();
    let new: Vec<_> = now.iter().filter(|offer| !then.offers.contains(offer)).map(String::as_str).collect();
    let parts = [("no longer offered", gone), ("new", new)].map(|(what, offers)| match offers.as_slice() {
        [] => String::new(),
        offers => format!("{what}: {}", offers.join(", ")),
    });
    match parts.iter().filter(|part| !part.is_empty()).map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => found.well("tls", "as in the rehearsal"),
        changed => {
            let advice = "the gateway, or something in between, has changed its TLS since the rehearsal: ask which, and rehearse again";
            found.doubtful("tls", changed.join("; "), advice);
        }
    }
}
