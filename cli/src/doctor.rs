//! Checks whether this machine can reach the gateway; it cancels nothing.

mod findings;
mod key;
mod rehearsed;
mod settings;
mod way;

use std::env::VarError;
use std::sync::mpsc;
use std::time::{Duration, Instant, SystemTime};

use paywelcome::{Argument, Client, ClientOptions, Error, FieldError, Reached, Variables};
use paywelcome_rehearsal::Rehearsal;
use url::Url;

use crate::arguments::{Doctor, option_of};
use crate::exit;
use crate::refund::fill;
use crate::terminal::Terminal;
use findings::Findings;

/// How far this machine's clock may be from the gateway's; a signed timestamp says what this one says.
const CLOCK_OFF: u64 = 60;

pub(crate) fn run(doctor: Doctor, host: &str, terminal: &mut dyn Terminal) -> i32 {
    let Doctor { mut options, rehearsal, json } = doctor;
    let mut found = Findings::default();
    let version = env!("CARGO_PKG_VERSION");
    found.well("paywelcome", format!("{version} on {host}, {} {}", std::env::consts::OS, std::env::consts::ARCH));
    let timeout = options.timeout.clone();
    fill(&mut options, terminal);
    let read = options.variables.clone();
    let key = if options.has_no_key() { "not set; a cancel needs one" } else { "set" };
    let has_mid = !options.mid.is_absent();
    stand_in(&mut options);
    let made = Client::new(options);
    let wrong = made.as_ref().err().map(Error::fields).unwrap_or_default();
    for name in ClientOptions::VARIABLES {
        if let Some(shown) = shown(name, terminal.variable(name), &read, wrong) {
            found.well(name, shown);
        }
    }
    settings::misspelt(terminal, &mut found);
    found.well("key", key);
    let mut compared = Findings::default();
    let then = rehearsal.and_then(|path| rehearsed::read(&path, &mut compared));
    let code = match made {
        Err(error) => {
            for field in error.fields() {
                let about = option_of(field.field);
                let message = field.message.strip_prefix(about).unwrap_or(&field.message).trim_start();
                found.wrong(about, message, "");
            }
            found.append(compared);
            exit::WRONG
        }
        Ok(client) => {
            let gave = |name: &str| read.gave(name);
            settings::keys(gave, client.mid(), terminal, &mut found);
            settings::together(&client, gave, terminal, &mut found);
            if let Some(then) = &then {
                rehearsed::settings(then, &client, has_mid, &mut compared);
            }
            let fits = compared.all_is_well();
            found.append(compared);
            look(&client, &timeout, then.as_ref(), terminal, &mut found);
            match (found.all_is_well(), fits) {
                (true, _) => exit::DONE,
                (false, false) => exit::WRONG,
                (false, true) => exit::NOT_SENT,
            }
        }
    };
    let ok = code == exit::DONE;
    terminal.say(&if json { found.data(ok) } else { found.in_words(ok) });
    code
}

/// What may be shown of a variable: its value only where that was read and is right, since anything may have been pasted
/// into it, and nothing of a key or a proxy. Of proxies' variables only those that are set are told.
fn shown(name: &str, value: Result<String, VarError>, read: &Variables, wrong: &[FieldError]) -> Option<String> {
    let of_settings = name.starts_with("PAYWELCOME_");
    let told = match value {
        Err(VarError::NotPresent) => "not set",
        Ok(value) if value.is_empty() => "not set",
        _ if !of_settings || name.ends_with("KEY") => "set, not shown",
        _ if !read.gave(name) => "set, not used",
        _ if wrong.iter().any(|wrong| wrong.message.starts_with(name)) => "set, not shown: it is wrong",
        Ok(value) => return Some(value),
        Err(VarError::NotUnicode(_)) => "set, not shown: it is not a Unicode text",
    };
    (of_settings || told != "not set").then(|| told.to_owned())
}

/// Takes the place of a key and a merchant id that are missing: nothing is signed.
fn stand_in(options: &mut ClientOptions) {
    if options.has_no_key() {
        options.mkey = "0".repeat(64).into();
    }
    if options.mid.is_absent() {
        options.mid = "doctor".into();
    }
}

fn look(client: &Client, timeout: &Argument, then: Option<&Rehearsal>, terminal: &dyn Terminal, found: &mut Findings) {
    let money = if client.is_test() { "no real money" } else { "real money" };
    found.well("gateway", format!("{}, {money}", client.base_url()));
    if let Some(refused) = client.refusal() {
        // Not even the name is looked up.
        return found.wrong("connection", refused.message(option_of), "");
    }
    settings::proxy(client, terminal, found);
    if client.proxy().is_none() {
        name(client.base_url(), found);
    }
    let before = Instant::now();
    match reach(client, timeout) {
        Some(Ok(reached)) => {
            let took = before.elapsed().as_millis();
            found.well("connection", format!("made; the front page answered {} after {took} ms", reached.http_status));
            clock(reached.date.as_deref(), found);
            way::tls(client, then, found);
            way::page(client, reached.http_status, timeout, found);
        }
        Some(Err(error)) => way::not_reached(client, &error, found),
        None => found.wrong("connection", "the result was lost", ""),
    }
}

fn name(base_url: &str, found: &mut Findings) {
    let Ok(addresses) = Url::parse(base_url).map(|url| url.socket_addrs(|| None)) else { return };
    match addresses {
        Ok(addresses) => {
            let addresses: Vec<_> = addresses.iter().map(|address| address.ip().to_string()).collect();
            found.well("name", format!("is {}", addresses.join(", ")));
        }
        Err(error) => found.wrong("name", format!("can't be resolved: {error}"), ""),
    }
}

fn reach(client: &Client, timeout: &Argument) -> Option<Result<Reached, Error>> {
    let (done, settled) = mpsc::channel();
    match client.start_warm_up(timeout, move |result| drop(done.send(result))) {
        Ok(_) => settled.recv().ok(),
        Err(error) => Some(Err(error)),
    }
}

/// Compares the clocks; the gateway's is told by the second, and was read on the way.
fn clock(date: Option<&str>, found: &mut Findings) {
    let Some(theirs) = date.and_then(|date| httpdate::parse_http_date(date).ok()) else {
        return found.well("clock", "not compared: the gateway's answer has no Date header");
    };
    let ours = SystemTime::now();
    let (off, way) = match ours.duration_since(theirs) {
        Ok(ahead) => (ahead, "ahead of"),
        Err(behind) => (behind.duration(), "behind"),
    };
    match off.saturating_sub(Duration::from_secs(1)).as_secs() {
        0 => found.well("clock", "agrees with the gateway's"),
        off if off <= CLOCK_OFF => found.well("clock", format!("is {off} seconds {way} the gateway's")),
        off => {
            let advice = "Set this machine's clock by NTP: the signature contains the time, and the gateway may refuse a wrong one.";
            found.wrong("clock", format!("is {off} seconds {way} the gateway's"), advice);
        }
    }
}
