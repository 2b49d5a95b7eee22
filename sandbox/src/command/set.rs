//! The commands that change something.

use std::time::Instant;

use serde_json::{Value, json};

use super::caller::Caller;
use super::look::{self, shown};
use crate::arguments::{Arguments, CommandError, CommandErrorKind};
use crate::balance::Balance;
use crate::clock::{Clock, Kst};
use crate::events::Change;
use crate::fault::{Fault, Kind};
use crate::gateway::Gateway;
use crate::merchants::{self, Merchant};
use crate::payment::Approval;
use crate::terms::Terms;
use crate::tls::Mode;

pub(super) fn approve(gateway: &Gateway, mut arguments: Arguments) -> Result<Value, CommandError> {
    let approval = Approval {
        price: arguments.number("price")?.ok_or_else(|| arguments.missing("price"))?,
        pay_type: arguments.text("pay_type")?.unwrap_or_else(|| "card".to_owned()),
        currency: arguments.text("currency")?.unwrap_or_else(|| "WON".to_owned()),
        moid: arguments.text("moid")?,
    };
    let terms = Terms {
        partially_cancellable: arguments.flag("partially_cancellable", true)?,
        approved_at: arguments.text("approved_at")?,
        deposited: arguments.flag("deposited", false)?,
        escrow: arguments.flag("escrow", false)?,
        tid: arguments.text("tid")?,
        mid: arguments.text("mid")?,
    };
    arguments.finish()?;
    let mut state = gateway.state();
    let tid =
        state.approve(approval, terms).map_err(|error| CommandError::invalid(error.field(), error.to_string()))?;
    Ok(state.ledger.payment(&tid).map_or(Value::Null, shown))
}

pub(super) fn rules(gateway: &Gateway, arguments: &Arguments) -> Result<Value, CommandError> {
    let mut state = gateway.state();
    state.rules = state.rules.changed(arguments.shown())?;
    state.events.push(Change::Settings("rules"));
    Ok(look::rules(&state))
}

pub(super) fn clock(gateway: &Gateway, mut arguments: Arguments) -> Result<Value, CommandError> {
    let at = arguments.text("at")?;
    let advance = arguments.signed("advance_seconds")?;
    let mut state = gateway.state();
    let before = state.clock.mode();
    // A time that is set stands still, unless told otherwise; a clock that is moved continues as it did.
    let modes = match (&at, before) {
        (None, "machine") if advance.is_some() => ["running", "fixed", "machine"],
        (None, "running") => ["running", "fixed", "machine"],
        (None, "machine") => ["machine", "fixed", "running"],
        _ => ["fixed", "running", "machine"],
    };
    let mode = arguments.word("mode", &modes)?;
    arguments.finish()?;
    let start = match &at {
        Some(digits) => Kst::parse(digits)
            .ok_or_else(|| CommandError::invalid("at", "at must be 14 digits of a real date and time in KST"))?,
        None => state.now(),
    };
    let second = start.unix().saturating_add(advance.unwrap_or(0));
    if mode == "machine" && (at.is_some() || advance.is_some()) {
        return Err(CommandError::invalid(
            "mode",
            "the clock of the machine can't be set: mode must be fixed or running",
        ));
    }
    state.clock = match mode {
        "machine" => Clock::Machine,
        "running" => Clock::Running(second, Instant::now()),
        _ => Clock::Fixed(second),
    };
    state.events.push(Change::Settings("clock"));
    Ok(look::clock(&state))
}

pub(super) fn merchant(gateway: &Gateway, mut arguments: Arguments) -> Result<Value, CommandError> {
    let mid = arguments.needed_text("mid")?;
    let sign_key = arguments.text("sign_key")?.unwrap_or_else(merchants::made_up_key);
    arguments.finish()?;
    merchants::check(&mid, &sign_key).map_err(|(field, text)| CommandError::invalid(field, text))?;
    let merchant = Merchant::new(mid, sign_key);
    let told = json!({ "mid": merchant.mid, "sign_key": merchant.made_up_key() });
    gateway.state().put_merchant(merchant).map_err(|text| CommandError::invalid("mid", text))?;
    Ok(told)
}

pub(super) fn balance(gateway: &Gateway, mut arguments: Arguments) -> Result<Value, CommandError> {
    let amount = arguments.number("amount")?;
    let mid = arguments.text("mid")?;
    let currency = arguments.word("currency", &["WON", "USD"])?;
    let credit = arguments.number("credit")?;
    let credit_at = arguments.text("credit_at")?;
    let credit = match (credit_at, credit) {
        (None, None) => None,
        (Some(_), None) => return Err(arguments.missing("credit")),
        (None, Some(_)) => return Err(arguments.missing("credit_at")),
        (Some(at), Some(credit)) => {
            let text = "credit_at must be 14 digits of a real date and time in KST";
            Some((Kst::parse(&at).ok_or_else(|| CommandError::invalid("credit_at", text))?, credit))
        }
    };
    if amount.is_none() && credit.is_some() {
        return Err(arguments.missing("amount"));
    }
    arguments.finish()?;
    let mut state = gateway.state();
    let mid = mid.unwrap_or_else(|| state.merchants.first().mid.clone());
    if state.merchants.get(&mid).is_none() {
        return Err(CommandError::not_found("mid", "there is no such merchant"));
    }
    state.ledger.balances.set(&mid, currency, amount.map(|amount| Balance { amount, credit }));
    state.events.push(Change::Settings("balances"));
    Ok(look::balances(&state))
}

pub(super) fn arm(gateway: &Gateway, caller: Caller, arguments: Arguments) -> Result<Value, CommandError> {
    let fault = Fault::read(arguments)?;
    let mut door = None;
    if let Kind::RefuseConnections { until, close_open } = fault.kind {
        if until.is_none() && caller == Caller::Port {
            let text = "over HTTP, refuse_connections needs ms: nobody could reach the sandbox to disarm it";
            return Err(CommandError::invalid("ms", text));
        }
        door = Some((until, close_open));
    }
    let shown = {
        let mut state = gateway.state();
        if door.is_some() {
            state.faults.reopen();
        }
        let id = state.faults.arm(fault).ok_or_else(|| CommandError::invalid("kind", "too many faults are armed"))?;
        state.events.push(Change::Settings("faults"));
        let armed = state.faults.all().iter().find(|fault| fault.id() == id);
        armed.map_or(Value::Null, Fault::show)
    };
    if let Some((until, close_open)) = door
        && !gateway.door.shut(until, close_open)
    {
        return Err(unavailable("the sandbox did not stop listening"));
    }
    Ok(shown)
}

pub(super) fn disarm(gateway: &Gateway, mut arguments: Arguments) -> Result<Value, CommandError> {
    let id = arguments.number("id")?;
    arguments.finish()?;
    let gone = {
        let mut state = gateway.state();
        let gone = state.faults.disarm(id);
        state.events.push(Change::Settings("faults"));
        gone
    };
    if id.is_some() && gone.is_empty() {
        return Err(CommandError::not_found("id", "no fault of this number is armed"));
    }
    let shut = gone.iter().any(|fault| matches!(fault.kind, Kind::RefuseConnections { .. }));
    if shut && !gateway.door.open() {
        return Err(unavailable("the sandbox could not listen again: its port may be taken"));
    }
    Ok(json!({ "disarmed": gone.iter().map(Fault::show).collect::<Vec<_>>() }))
}

pub(super) fn tls(gateway: &Gateway, mut arguments: Arguments) -> Result<Value, CommandError> {
    let wanted = arguments.needed_text("mode")?;
    arguments.finish()?;
    let names = Mode::ALL.map(|(name, _)| name).join(", ");
    let found = Mode::ALL.iter().find(|(name, _)| *name == wanted);
    let (_, mode) = found.ok_or_else(|| CommandError::invalid("mode", format!("mode must be one of: {names}")))?;
    let tls = gateway.tls.as_ref().ok_or_else(|| unavailable("the sandbox was started without TLS"))?;
    tls.set_mode(*mode);
    gateway.state().events.push(Change::Settings("tls"));
    Ok(look::tls(gateway))
}

pub(super) fn seed(
    mut arguments: Arguments,
    run: impl Fn(&str, Value) -> Result<Value, CommandError>,
) -> Result<Value, CommandError> {
    let lists =
        [("merchants", "add_merchant"), ("balances", "set_balance"), ("payments", "approve"), ("faults", "arm")];
    let single = [("rules", "set_rules"), ("clock", "set_clock")];
    let mut work = Vec::new();
    for (part, command) in single {
        work.extend(arguments.value(part).map(|value| (part, command, None, value)));
    }
    for (part, command) in lists {
        match arguments.value(part) {
            None => {}
            Some(Value::Array(values)) => {
                work.extend(values.into_iter().enumerate().map(|(at, value)| (part, command, Some(at), value)));
            }
            Some(_) => return Err(CommandError::invalid(part, format!("{part} must be a list"))),
        }
    }
    arguments.finish()?;
    let mut done = json!({ "merchants": [], "balances": [], "payments": [], "faults": [] });
    for (part, command, at, value) in work {
        let result = run(command, value).map_err(|error| {
            let place = at.map_or_else(|| part.to_owned(), |at| format!("{part}[{at}]"));
            let argument = error.argument().map_or_else(|| place.clone(), |argument| format!("{place}.{argument}"));
            CommandError::new(error.kind(), Some(&argument), format!("{place}: {error}"))
        })?;
        match done[part].as_array_mut() {
            Some(list) => list.push(result),
            None => done[part] = result,
        }
    }
    Ok(done)
}

pub(super) fn reset(gateway: &Gateway) -> Value {
    if let Some(tls) = &gateway.tls {
        tls.set_mode(Mode::Normal);
    }
    gateway.state().reset(&gateway.options);
    // A door that can't be opened stays armed in no list; the next reset or disarm tries again.
    gateway.door.open();
    look::stats(gateway)
}

fn unavailable(text: &str) -> CommandError {
    CommandError::new(CommandErrorKind::Unavailable, None, text)
}
