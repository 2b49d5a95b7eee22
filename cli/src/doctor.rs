//! A look whether this machine can reach the gateway; it cancels nothing.

use std::sync::mpsc;
use std::time::{Duration, Instant, SystemTime};

use paywelcome::{Argument, Client, ClientOptions, Error, Reached};
use serde_json::{Value, json};
use url::Url;

use crate::arguments::{Doctor, option_of};
use crate::exit;
use crate::refund::fill;
use crate::terminal::Terminal;

/// How far this machine's clock may be from the gateway's; a signed timestamp says what this one says.
const CLOCK_OFF: u64 = 60;

/// What was found, one line each.
struct Findings(Vec<(&'static str, bool, String)>);

impl Findings {
    fn note(&mut self, about: &'static str, well: bool, detail: impl Into<String>) {
        self.0.push((about, well, detail.into()));
    }
}

pub(crate) fn run(doctor: Doctor, host: &str, terminal: &mut dyn Terminal) -> i32 {
    let Doctor { mut options, json } = doctor;
    let mut found = Findings(Vec::new());
    let version = env!("CARGO_PKG_VERSION");
    found.note("paywelcome", true, format!("{version} on {host}, {} {}", std::env::consts::OS, std::env::consts::ARCH));
    for name in ClientOptions::VARIABLES {
        let value = terminal.variable(name).filter(|value| !value.is_empty());
        let shown = match value {
            None => "not set".to_owned(),
            Some(_) if name.ends_with("KEY") => "set, not shown".to_owned(),
            Some(value) => value,
        };
        found.note(name, true, shown);
    }
    let timeout = options.timeout.clone();
    fill(&mut options, terminal);
    let key = if options.has_no_key() { "none is set; a cancel will need one" } else { "there is one" };
    found.note("key", true, key);
    stand_in(&mut options);
    let code = match Client::new(options) {
        Err(error) => {
            for field in error.fields() {
                found.note(option_of(field.field), false, field.message.clone());
            }
            exit::WRONG
        }
        Ok(client) => {
            look(&client, &timeout, &mut found);
            if found.0.iter().all(|(_, well, _)| *well) { exit::DONE } else { exit::NOT_SENT }
        }
    };
    tell(&found, code, json, terminal);
    code
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

fn look(client: &Client, timeout: &Argument, found: &mut Findings) {
    let money = if client.is_test() { "no real money" } else { "real money" };
    found.note("gateway", true, format!("{}, {money}", client.base_url()));
    if let Some(proxy) = client.proxy() {
        found.note("proxy", true, proxy);
    } else {
        name(client.base_url(), found);
    }
    let before = Instant::now();
    match reach(client, timeout) {
        Some(Ok(reached)) => {
            let took = before.elapsed().as_millis();
            found.note(
                "connection",
                true,
                format!("made; the front page answered {} after {took} ms", reached.http_status),
            );
            clock(reached.date.as_deref(), found);
        }
        Some(Err(error)) => found.note("connection", false, error.message(option_of)),
        None => found.note("connection", false, "its end was lost"),
    }
}

fn name(base_url: &str, found: &mut Findings) {
    let Ok(addresses) = Url::parse(base_url).map(|url| url.socket_addrs(|| None)) else { return };
    match addresses {
        Ok(addresses) => {
            let addresses: Vec<_> = addresses.iter().map(|address| address.ip().to_string()).collect();
            found.note("name", true, format!("is {}", addresses.join(", ")));
        }
        Err(error) => found.note("name", false, format!("can't be resolved: {error}")),
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
        found.note("clock", true, "not compared: the gateway does not tell its time");
        return;
    };
    let ours = SystemTime::now();
    let (off, way) = match ours.duration_since(theirs) {
        Ok(ahead) => (ahead, "ahead of"),
        Err(behind) => (behind.duration(), "behind"),
    };
    let off = off.saturating_sub(Duration::from_secs(1)).as_secs();
    let detail = match off {
        0 => "agrees with the gateway's".to_owned(),
        off => format!("is {off} seconds {way} the gateway's"),
    };
    found.note("clock", off <= CLOCK_OFF, detail);
}

fn tell(found: &Findings, code: i32, json: bool, terminal: &mut dyn Terminal) {
    if json {
        let checks: Vec<Value> = found
            .0
            .iter()
            .map(|(about, well, detail)| json!({ "about": about, "ok": well, "detail": detail }))
            .collect();
        terminal.say(&format!("{}\n", json!({ "ok": code == exit::DONE, "checks": checks })));
        return;
    }
    for (about, well, detail) in &found.0 {
        terminal.say(&format!("{} {about:<23} {detail}\n", if *well { "  " } else { "✗ " }));
    }
    terminal.say(if code == exit::DONE { "all is well\n" } else { "something keeps it from working: see ✗\n" });
}
