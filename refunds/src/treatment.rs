//! How a merchant wants refunds treated, checked.

use std::time::Duration;

use paywelcome::{Argument, Client};

use crate::arguments::{Arguments, Findings};
use crate::dialect::Dialect;
use crate::ledger::Ledger;
use crate::policy::Policy;
use crate::refused::Refused;
use crate::rehearsed;

/// What is left of a lease after the call's time limit, to record what came of it.
const MARGIN: Duration = Duration::from_secs(5);
/// The least quiet time, but for a gateway on this machine.
const QUIET: Duration = Duration::from_secs(600);
const LONGEST_QUIET: Duration = Duration::from_secs(7 * 86_400);
/// The first pause after a cancel that surely was not sent.
const PAUSE: Duration = Duration::from_secs(30);
const SHORTEST_PAUSE: Duration = Duration::from_millis(50);
/// How often the same cancel is sent by itself before a person has to look.
const SENDS: u32 = 5;

impl Ledger {
    /// The refunds of a client's merchant in a store of some dialect. Settings are `confirm_price_enforced`, or in its place
    /// `rehearsal`, the path of a file, or `rehearsal_text`, what is in it; and `quiet` in seconds, or `quiet_ms` where `camel`
    /// says that names are written as JavaScript does.
    ///
    /// # Errors
    ///
    /// A setting is wrong: each is named.
    pub fn new(client: &Client, dialect: &str, camel: bool, settings: &Arguments) -> Result<Self, Refused> {
        let is_local = client.is_local();
        let mut findings = Findings::of(settings);
        let enforced = findings.take("confirm_price_enforced", |argument| match argument {
            Argument::Absent => Ok(None),
            Argument::Flag(flag) => Ok(Some(*flag)),
            _ => Err("must be true or false".to_owned()),
        });
        let text = settings.get("rehearsal_text");
        let rehearsal = findings.take("rehearsal", |path| rehearsed::read(text.unwrap_or(path), text.is_none()));
        if let (Some(Some(_)), Some(Some(_))) = (enforced, &rehearsal) {
            findings
                .note("confirm_price_enforced", "is given beside rehearsal, which is to say it; pass one of the two");
        }
        let (name, unit) = if camel { ("quiet_ms", 1_000.0) } else { ("quiet", 1.0) };
        let quiet = findings.take(name, |argument| quiet(argument, unit, is_local));
        let known = Dialect::parse(dialect);
        if known.is_none() {
            findings.errors.push((
                "store".to_owned(),
                "has no dialect; it must be \"sqlite\", \"postgres\" or \"mysql\"".to_owned(),
            ));
        }
        let complete = || Some((enforced?, rehearsal?, quiet?, known?));
        let errors = std::mem::take(&mut findings.errors);
        let (stated, rehearsal, quiet, dialect) = match complete() {
            Some(complete) if errors.is_empty() => complete,
            _ => {
                return Err(Refused {
                    message: "the settings of the refunds are wrong".to_owned(),
                    ..named(errors, camel)
                });
            }
        };
        let (margin, pause) =
            if is_local { (MARGIN.min(quiet), PAUSE.min(quiet).max(SHORTEST_PAUSE)) } else { (MARGIN, PAUSE) };
        let (rehearsed, why) = match rehearsal.map(|rehearsal| rehearsed::proven(&rehearsal, client)) {
            None => (None, None),
            Some(Ok(proven)) => (Some(proven), None),
            Some(Err(why)) => (None, Some(why)),
        };
        let name = if camel { "confirmPriceEnforced" } else { "confirm_price_enforced" };
        let policy = Policy {
            confirm_price_enforced: stated.unwrap_or(rehearsed.is_some()),
            lease: milliseconds(client.time_limit() + margin),
            quiet: milliseconds(quiet),
            pause: milliseconds(pause),
            sends: SENDS,
        };
        Ok(Self {
            dialect,
            mid: client.mid().to_owned(),
            policy,
            rehearsed,
            warning: why
                .map(|why| format!("refunds: {name} stays off, and an unknown outcome waits for a person: {why}")),
            camel,
        })
    }
}

fn named(errors: Vec<(String, String)>, camel: bool) -> Refused {
    let written = |name: String| if camel { crate::ledger::camel(&name) } else { name };
    Refused::fields(errors.into_iter().map(|(name, message)| (written(name), message)).collect())
}

fn quiet(argument: &Argument, unit: f64, is_local: bool) -> Result<Duration, String> {
    #[allow(clippy::cast_precision_loss, reason = "anything that loses precision is far above the limit")]
    let given = match argument {
        Argument::Absent => return Ok(QUIET),
        Argument::Integer(value) => *value as f64,
        Argument::Fraction(value) => *value,
        _ => return Err("must be a number".to_owned()),
    };
    let least = if is_local { 0.0 } else { QUIET.as_secs_f64() };
    let seconds = given / unit;
    if !(seconds >= 0.0 && seconds <= LONGEST_QUIET.as_secs_f64()) {
        return Err("is out of range; pass at most seven days".to_owned());
    }
    if seconds < least {
        return Err("is less than ten minutes, in which what was sent may still arrive; less is taken only for a gateway on this machine".to_owned());
    }
    Ok(Duration::from_secs_f64(seconds))
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
