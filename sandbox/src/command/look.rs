//! The commands that look and change nothing.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::{Value, json};

use crate::arguments::{Arguments, CommandError};
use crate::events::Change;
use crate::fields::value;
use crate::gateway::Gateway;
use crate::journal::Request;
use crate::payment::Payment;
use crate::rehearsed;
use crate::state::State;
use crate::tls::Mode;

/// How much one answer holds at most.
const PAGE_MAX: u64 = 1_000;
const PAGE: u64 = 100;
/// How long one may wait for a change.
const WAIT_MAX: u64 = 60_000;

pub(super) fn info(gateway: &Gateway) -> Value {
    let state = gateway.state();
    let merchant = state.merchants.first();
    json!({
        "url": gateway.url(),
        "mid": merchant.mid,
        "sign_key": merchant.made_up_key(),
        "tls": gateway.tls.is_some(),
        "version": env!("CARGO_PKG_VERSION"),
        "rehearsal": gateway.options.rehearsal.as_deref().map(rehearsed::show),
    })
}

pub(super) fn payment(gateway: &Gateway, mut arguments: Arguments) -> Result<Value, CommandError> {
    let tid = arguments.needed_text("tid")?;
    arguments.finish()?;
    let state = gateway.state();
    let found = state.ledger.payment(&tid).map(shown);
    found.ok_or_else(|| CommandError::not_found("tid", "there is no payment with this tid"))
}

pub(super) fn payments(gateway: &Gateway, mut arguments: Arguments) -> Result<Value, CommandError> {
    let after = arguments.number("after")?;
    let before = arguments.number("before")?;
    let limit = arguments.number_in("limit", 1, PAGE_MAX, PAGE)?;
    let mid = arguments.text("mid")?;
    let find = arguments.text("find")?;
    if after.is_some() && before.is_some() {
        return Err(CommandError::invalid("before", "payments takes after or before, but not both"));
    }
    arguments.finish()?;
    let state = gateway.state();
    let meant = |payment: &&Payment| {
        mid.as_ref().is_none_or(|mid| *mid == payment.mid)
            && find.as_ref().is_none_or(|find| payment.tid.contains(find) || payment.moid.contains(find))
    };
    let all = state.ledger.payments();
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let place = |number: u64| usize::try_from(number).map_or(all.len(), |place| place.min(all.len()));
    // One more than asked for tells whether there is a next page.
    let mut found: Vec<&Payment> = match before {
        Some(before) => all[..place(before.saturating_sub(1))].iter().rev().filter(meant).take(limit + 1).collect(),
        None => all[place(after.unwrap_or(0))..].iter().filter(meant).take(limit + 1).collect(),
    };
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|payment| payment.number);
    Ok(json!({ "payments": found, "total": all.len(), "next": next }))
}

pub(super) fn requests(gateway: &Gateway, mut arguments: Arguments) -> Result<Value, CommandError> {
    let since = arguments.number("since")?;
    let latest = arguments.number("latest")?;
    let limit = arguments.number_in("limit", 1, PAGE_MAX, PAGE)?;
    let tid = arguments.text("tid")?;
    let bytes = arguments.flag("bytes", false)?;
    if since.is_some() && latest.is_some() {
        return Err(CommandError::invalid("latest", "requests takes since or latest, but not both"));
    }
    arguments.finish()?;
    let state = gateway.state();
    let meant = |request: &&Request| tid.as_deref().is_none_or(|tid| value(&request.fields, "tid") == Some(tid));
    let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let kept = state.journal.requests();
    let found: Vec<&Request> = if let Some(latest) = latest {
        let mut found: Vec<_> = kept.rev().filter(meant).take(count(latest.min(PAGE_MAX))).collect();
        found.reverse();
        found
    } else {
        kept.filter(|request| request.number > since.unwrap_or(0)).filter(meant).take(count(limit)).collect()
    };
    let shown: Vec<Value> = found.iter().map(|request| shown_request(request, bytes)).collect();
    Ok(json!({ "requests": shown, "last": state.journal.last() }))
}

pub(super) fn request(gateway: &Gateway, mut arguments: Arguments) -> Result<Value, CommandError> {
    let number = arguments.number("number")?.ok_or_else(|| arguments.missing("number"))?;
    arguments.finish()?;
    let state = gateway.state();
    let found = state.journal.get(number).map(|request| shown_request(request, true));
    found.ok_or_else(|| CommandError::not_found("number", "no request of this number is kept"))
}

pub(super) fn events(gateway: &Gateway, mut arguments: Arguments) -> Result<Value, CommandError> {
    let since = arguments.number("since")?;
    let limit = arguments.number_in("limit", 1, PAGE_MAX, PAGE)?;
    let timeout = arguments.number_in("timeout_ms", 0, WAIT_MAX, 0)?;
    arguments.finish()?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let deadline = Instant::now() + Duration::from_millis(timeout);
    let mut state = gateway.state();
    let since = since.unwrap_or_else(|| if timeout > 0 { state.events.last() } else { 0 });
    loop {
        let (found, lost) = state.events.since(since, limit);
        let left = deadline.saturating_duration_since(Instant::now());
        if !found.is_empty() || lost || left.is_zero() || gateway.is_stopped() {
            let next = found.last().map_or(state.events.last(), |(number, _)| *number);
            drop(state);
            return Ok(json!({ "events": changes(gateway, &found), "next": next, "lost": lost }));
        }
        let waited = gateway.bell.threads.wait_timeout(state, left);
        state = waited.unwrap_or_else(PoisonError::into_inner).0;
    }
}

/// Changes with what they are about, as it is now.
pub(crate) fn changes(gateway: &Gateway, changes: &[(u64, Change)]) -> Vec<Value> {
    changes
        .iter()
        .map(|(number, change)| {
            let (event, data) = change_and_data(gateway, change);
            json!({ "number": number, "event": event, "data": data })
        })
        .collect()
}

fn change_and_data(gateway: &Gateway, change: &Change) -> (&'static str, Value) {
    match change {
        Change::Request(number) => {
            let state = gateway.state();
            let request = state.journal.get(*number).map(|request| shown_request(request, false));
            ("request", request.unwrap_or(Value::Null))
        }
        Change::Payment(tid) => {
            let state = gateway.state();
            ("payment", state.ledger.payment(tid).map_or(Value::Null, shown))
        }
        Change::Settings(what) => {
            let data = match *what {
                "tls" => tls(gateway),
                "reset" => stats(gateway),
                "rules" => rules(&gateway.state()),
                "clock" => clock(&gateway.state()),
                "merchants" => merchants(&gateway.state()),
                "balances" => balances(&gateway.state()),
                _ => faults(&gateway.state()),
            };
            (what, data)
        }
    }
}

pub(super) fn rules(state: &State) -> Value {
    shown(&state.rules)
}

pub(super) fn clock(state: &State) -> Value {
    json!({ "now": state.now().as_str(), "mode": state.clock.mode() })
}

pub(super) fn merchants(state: &State) -> Value {
    let list = state.merchants.all().iter();
    let list = list.map(|merchant| json!({ "mid": merchant.mid, "sign_key": merchant.made_up_key() }));
    json!({ "merchants": list.collect::<Vec<_>>() })
}

pub(super) fn balances(state: &State) -> Value {
    let now = state.now();
    let list = state.ledger.balances.all(&now).into_iter().map(|(mid, currency, balance)| {
        let (at, credit) = balance.credit.unzip();
        json!({
            "mid": mid,
            "currency": currency,
            "amount": balance.amount,
            "credit": credit,
            "credit_at": at.as_ref().map(crate::clock::Kst::as_str),
        })
    });
    json!({ "balances": list.collect::<Vec<_>>() })
}

pub(super) fn faults(state: &State) -> Value {
    json!({ "faults": state.faults.all().iter().map(crate::fault::Fault::show).collect::<Vec<_>>() })
}

pub(super) fn tls(gateway: &Gateway) -> Value {
    let tls = gateway.tls.as_ref();
    json!({
        "enabled": tls.is_some(),
        "mode": tls.map(|tls| tls.mode().name()),
        "modes": Mode::ALL.map(|(name, _)| name),
        "ca_pem": tls.map(crate::tls::Tls::ca_pem),
        "handshakes": tls.map(crate::tls::Tls::handshakes),
    })
}

pub(super) fn stats(gateway: &Gateway) -> Value {
    let state = gateway.state();
    json!({
        "payments": state.ledger.payments().len(),
        "executions": state.ledger.executions(),
        "requests": state.journal.at_endpoints(),
        "requests_kept": state.journal.requests().len(),
        "bytes_received": gateway.received.load(Ordering::Relaxed),
        "last_request": state.journal.last(),
        "last_event": state.events.last(),
        "faults": state.faults.all().len(),
    })
}

fn shown_request(request: &Request, bytes: bool) -> Value {
    let mut value = shown(request);
    if let Some(object) = value.as_object_mut().filter(|_| bytes) {
        object.insert("received".to_owned(), shown(&request.received));
        object.insert("sent".to_owned(), shown(&request.sent));
    }
    value
}

/// As JSON; what is shown here can't fail to be.
pub(super) fn shown<T: Serialize + ?Sized>(value: &T) -> Value {
    serde_json::to_value(value).unwrap_or(Value::Null)
}
