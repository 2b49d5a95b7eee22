//! Reads a fault from the arguments it is armed with.

use std::time::Duration;

use super::armed::{Fault, Selector};
use super::{Kind, StatusBody, When};
use crate::arguments::{Arguments, CommandError};

/// Every kind there is, in the order of the documentation.
// Made by sandbox/surface/make.py: kinds
const KINDS: &[&str] = &[
    "close",
    "reset",
    "stall",
    "trickle",
    "truncated_json",
    "length_too_long",
    "length_too_short",
    "empty_body",
    "html",
    "redirect",
    "status",
    "missing_key",
    "result_code",
    "letter_case",
    "duplicate_key",
    "bom",
    "euc_kr",
    "numbers",
    "wrong_amount",
    "wrong_remaining",
    "wrong_tid",
    "huge_body",
    "close_idle",
    "refuse_connections",
    "proxy_refusal",
];
// End of kinds

/// The longest wait, an hour.
const MS_MAX: u64 = 3_600_000;
/// The largest body, a gibibyte.
const BYTES_MAX: u64 = 1 << 30;

impl Fault {
    /// Reads every argument, and refuses those that the kind does not have.
    pub(crate) fn read(mut arguments: Arguments) -> Result<Self, CommandError> {
        let shown = arguments.shown();
        let name = arguments.needed_text("kind")?;
        if !KINDS.contains(&name.as_str()) {
            return Err(CommandError::invalid("kind", format!("kind must be one of: {}", KINDS.join(", "))));
        }
        arguments.rename(format!("the fault {name}"));
        let kind = kind(&name, &mut arguments)?;
        let when = if kind.hides_the_outcome() { when(&mut arguments)? } else { When::After };
        if kind.hides_the_outcome() && arguments.value("late_ms").is_some() {
            return Err(CommandError::invalid(
                "late_ms",
                "late_ms needs when to be late: otherwise no money moves later",
            ));
        }
        let selector = if kind.meets_requests() { selector(&mut arguments)? } else { Selector::default() };
        let remaining = match kind {
            Kind::RefuseConnections { .. } => Some(1),
            _ => times(&mut arguments, selector.probability.is_some())?,
        };
        arguments.finish()?;
        Ok(Self::new(kind, when, selector, remaining, shown))
    }
}

fn kind(name: &str, arguments: &mut Arguments) -> Result<Kind, CommandError> {
    Ok(match name {
        "close" => Kind::Close { after_bytes: size(arguments, "after_bytes", 0, 0)? },
        "reset" => Kind::Reset { after_bytes: size(arguments, "after_bytes", 0, 0)? },
        "stall" => Kind::Stall { after_bytes: size(arguments, "after_bytes", 0, 0)?, pause: pause(arguments, "ms")? },
        "trickle" => Kind::Trickle {
            portion: size(arguments, "bytes", 1, 1)?,
            every: Duration::from_millis(arguments.number_in("ms", 1, MS_MAX, 100)?),
        },
        "truncated_json" => Kind::TruncatedJson {
            kept: match arguments.number("bytes")? {
                Some(bytes) => Some(within("bytes", bytes)?),
                None => None,
            },
        },
        "length_too_long" => Kind::LengthTooLong { by: size(arguments, "by", 1, 10)? },
        "length_too_short" => Kind::LengthTooShort { by: size(arguments, "by", 1, 10)? },
        "empty_body" => Kind::EmptyBody,
        "html" => Kind::Html,
        "redirect" => Kind::Redirect { status: redirect(arguments)?, location: location(arguments)? },
        "status" => Kind::Status { status: status(arguments, 400, 599, 500)?, body: status_body(arguments)? },
        "missing_key" => Kind::MissingKey { key: key(arguments, "ResultCode")? },
        "result_code" => Kind::ResultCode { code: short(arguments, "code", "0000")? },
        "letter_case" => Kind::LetterCase { upper: arguments.word("case", &["lower", "upper"])? == "upper" },
        "duplicate_key" => {
            Kind::DuplicateKey { key: key(arguments, "Price")?, conflicting: arguments.flag("conflicting", false)? }
        }
        "bom" => Kind::Bom,
        "euc_kr" => Kind::EucKr,
        "numbers" => Kind::Numbers,
        "wrong_amount" => Kind::WrongAmount { by: off(arguments)? },
        "wrong_remaining" => Kind::WrongRemaining { by: off(arguments)? },
        "wrong_tid" => Kind::WrongTid { tid: arguments.text("echo")? },
        "huge_body" => Kind::HugeBody { bytes: arguments.number_in("bytes", 1, BYTES_MAX, 10 << 20)? },
        "close_idle" => {
            Kind::CloseIdle { at_next_byte: arguments.word("at", &["next_byte", "after_answer"])? == "next_byte" }
        }
        "refuse_connections" => {
            Kind::RefuseConnections { until: pause(arguments, "ms")?, close_open: arguments.flag("close_open", true)? }
        }
        _ => Kind::ProxyRefusal { status: status(arguments, 400, 599, 403)? },
    })
}

fn when(arguments: &mut Arguments) -> Result<When, CommandError> {
    match arguments.word("when", &["after_applying", "before_applying", "late"])? {
        "before_applying" => Ok(When::Before),
        "late" => Ok(When::Late(Duration::from_millis(arguments.number_in("late_ms", 0, MS_MAX, 1_000)?))),
        _ => Ok(When::After),
    }
}

fn selector(arguments: &mut Arguments) -> Result<Selector, CommandError> {
    let probability = arguments.share("probability")?;
    let seed = arguments.number("seed")?;
    if seed.is_some() && probability.is_none() {
        return Err(CommandError::invalid("seed", "seed is what a probability is drawn by: probability is missing"));
    }
    Ok(Selector {
        tid: arguments.text("tid")?,
        endpoint: match arguments.text("endpoint")?.as_deref() {
            None => None,
            Some("cancel") => Some("cancel"),
            Some("repay") => Some("repay"),
            Some(_) => return Err(CommandError::invalid("endpoint", "endpoint must be one of: cancel, repay")),
        },
        nth: arguments.number_in("nth", 1, u64::MAX, 1)?,
        probability,
        seed: seed.unwrap_or(0),
    })
}

/// How often it may fire; nothing means as often as it likes.
fn times(arguments: &mut Arguments, drawn: bool) -> Result<Option<u64>, CommandError> {
    let times = arguments.number("times")?.unwrap_or(u64::from(!drawn));
    Ok(Some(times).filter(|times| *times > 0))
}

fn within(name: &str, number: u64) -> Result<usize, CommandError> {
    let fits = usize::try_from(number).ok().filter(|_| number <= BYTES_MAX);
    fits.ok_or_else(|| CommandError::invalid(name, format!("{name} must be at most {BYTES_MAX}")))
}

fn size(arguments: &mut Arguments, name: &str, low: u64, default: u64) -> Result<usize, CommandError> {
    let number = arguments.number_in(name, low, BYTES_MAX, default)?;
    within(name, number)
}

fn pause(arguments: &mut Arguments, name: &str) -> Result<Option<Duration>, CommandError> {
    let Some(ms) = arguments.number(name)? else { return Ok(None) };
    if ms > MS_MAX {
        return Err(CommandError::invalid(name, format!("{name} must be at most {MS_MAX}")));
    }
    Ok(Some(Duration::from_millis(ms)))
}

fn status(arguments: &mut Arguments, low: u16, high: u16, default: u16) -> Result<u16, CommandError> {
    let status = arguments.number_in("status", low.into(), high.into(), default.into())?;
    Ok(u16::try_from(status).unwrap_or(default))
}

fn redirect(arguments: &mut Arguments) -> Result<u16, CommandError> {
    let status = status(arguments, 300, 399, 302)?;
    if [301, 302, 303, 307, 308].contains(&status) {
        return Ok(status);
    }
    Err(CommandError::invalid("status", "status must be one of: 301, 302, 303, 307, 308"))
}

fn location(arguments: &mut Arguments) -> Result<String, CommandError> {
    let location = arguments.needed_text("location")?;
    if !location.is_empty() && location.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(location);
    }
    Err(CommandError::invalid("location", "location must be a URL of printable ASCII characters"))
}

fn status_body(arguments: &mut Arguments) -> Result<StatusBody, CommandError> {
    Ok(match arguments.word("body", &["text", "html", "empty", "receipt"])? {
        "html" => StatusBody::Html,
        "empty" => StatusBody::Empty,
        "receipt" => StatusBody::Receipt,
        _ => StatusBody::Text,
    })
}

fn key(arguments: &mut Arguments, default: &str) -> Result<String, CommandError> {
    Ok(arguments.text("key")?.unwrap_or_else(|| default.to_owned()))
}

fn short(arguments: &mut Arguments, name: &str, default: &str) -> Result<String, CommandError> {
    let text = arguments.text(name)?.unwrap_or_else(|| default.to_owned());
    if text.chars().count() <= 100 {
        return Ok(text);
    }
    Err(CommandError::invalid(name, format!("{name} must have at most 100 characters")))
}

fn off(arguments: &mut Arguments) -> Result<i64, CommandError> {
    match arguments.signed("by")?.unwrap_or(1) {
        0 => Err(CommandError::invalid("by", "by must not be 0")),
        by => Ok(by),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Arguments, Fault, KINDS};

    fn refusal(value: Value) -> Option<String> {
        let fault = Arguments::new("arm", value).and_then(Fault::read);
        fault.err().and_then(|error| error.argument().map(str::to_owned))
    }

    #[test]
    fn every_kind_can_be_armed_and_is_called_by_its_name() {
        for name in KINDS {
            let value = if *name == "redirect" {
                json!({"kind": name, "location": "http://127.0.0.1/"})
            } else {
                json!({"kind": name})
            };
            let fault = Arguments::new("arm", value).and_then(Fault::read);
            assert!(fault.is_ok_and(|fault| fault.kind.name() == *name), "{name}");
        }
    }

    #[test]
    fn names_the_argument_that_is_wrong() {
        for (value, argument) in [
            (json!({}), "kind"),
            (json!({"kind": "explode"}), "kind"),
            (json!({"kind": "close", "location": "x"}), "location"),
            (json!({"kind": "close", "ms": 5}), "ms"),
            (json!({"kind": "close", "when": "sometimes"}), "when"),
            (json!({"kind": "close", "late_ms": 5}), "late_ms"),
            (json!({"kind": "close", "when": "before_applying", "late_ms": 5}), "late_ms"),
            (json!({"kind": "close_idle", "late_ms": 5}), "late_ms"),
            (json!({"kind": "close", "seed": 5}), "seed"),
            (json!({"kind": "close", "times": -1}), "times"),
            (json!({"kind": "close", "nth": 0}), "nth"),
            (json!({"kind": "close", "probability": 1.5}), "probability"),
            (json!({"kind": "close", "endpoint": "refund"}), "endpoint"),
            (json!({"kind": "stall", "ms": 3_600_001}), "ms"),
            (json!({"kind": "trickle", "bytes": 0}), "bytes"),
            (json!({"kind": "status", "status": 200}), "status"),
            (json!({"kind": "status", "status": 600}), "status"),
            (json!({"kind": "redirect"}), "location"),
            (json!({"kind": "redirect", "location": "a b"}), "location"),
            (json!({"kind": "redirect", "status": 304, "location": "x"}), "status"),
            (json!({"kind": "wrong_amount", "by": 0}), "by"),
            (json!({"kind": "huge_body", "bytes": 1_u64 << 31}), "bytes"),
            (json!({"kind": "close_idle", "when": "late"}), "when"),
            (json!({"kind": "refuse_connections", "tid": "x"}), "tid"),
            (json!({"kind": "proxy_refusal", "when": "late"}), "when"),
        ] {
            assert_eq!(refusal(value.clone()).as_deref(), Some(argument), "{value}");
        }
    }
}
