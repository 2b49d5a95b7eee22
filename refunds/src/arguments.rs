//! Arguments as callers give them, and the rules for each, so that one look names every one that is wrong.

use std::collections::HashMap;

use paywelcome::{Argument, checks};

use crate::limits::Setting;

/// More than this no JavaScript number holds exactly.
const MOST: u64 = 9_007_199_254_740_991;
/// The longest key, reference of a batch, and name of a person, in characters.
pub(crate) const LONGEST: usize = 100;

/// Arguments by their names.
pub type Arguments = HashMap<String, Argument>;

/// Collects what is wrong with each argument.
pub(crate) struct Findings<'a> {
    arguments: &'a Arguments,
    pub(crate) errors: Vec<(String, String)>,
}

impl<'a> Findings<'a> {
    pub(crate) fn of(arguments: &'a Arguments) -> Self {
        Self { arguments, errors: Vec::new() }
    }

    pub(crate) fn take<T>(&mut self, name: &str, check: impl FnOnce(&Argument) -> Result<T, String>) -> Option<T> {
        let found = check(self.arguments.get(name).unwrap_or(&Argument::Absent));
        found.map_err(|message| self.errors.push((name.to_owned(), message))).ok()
    }

    pub(crate) fn note(&mut self, name: &str, message: impl Into<String>) {
        self.errors.push((name.to_owned(), message.into()));
    }
}

/// A name of the caller's own, such as a key: short, and fit for one line.
pub(crate) fn name(argument: &Argument) -> Result<String, String> {
    let text = argument.text("a text, such as \"refund-17\"")?;
    if text.is_empty() {
        return Err("is empty; pass a text".to_owned());
    }
    if text.chars().any(char::is_control) {
        return Err("holds a control character, such as a line break; pass it without".to_owned());
    }
    if text.trim() != text {
        return Err("starts or ends with a space; pass it without".to_owned());
    }
    match text.chars().count() {
        length if length > LONGEST => Err(format!("has {length} characters; pass at most {LONGEST}")),
        _ => Ok(text.to_owned()),
    }
}

/// As [`name`], where one was given.
pub(crate) fn some_name(argument: &Argument) -> Result<Option<String>, String> {
    if argument.is_absent() { Ok(None) } else { name(argument).map(Some) }
}

fn within(amount: paywelcome::Amount) -> Result<u64, String> {
    let value = u64::try_from(amount.value()).ok().filter(|value| *value <= MOST);
    value.ok_or_else(|| format!("is above {MOST}, the most that is recorded"))
}

pub(crate) fn amount(argument: &Argument) -> Result<u64, String> {
    checks::amount(argument).and_then(within)
}

pub(crate) fn some_amount(argument: &Argument) -> Result<Option<u64>, String> {
    if argument.is_absent() { Ok(None) } else { amount(argument).map(Some) }
}

pub(crate) fn above_zero(argument: &Argument) -> Result<u64, String> {
    checks::amount_above_zero(argument).and_then(within)
}

pub(crate) fn tax(argument: &Argument) -> Result<Option<u64>, String> {
    checks::tax(argument)?.map(within).transpose()
}

/// How many are given at once: 500 unless something else is asked for.
pub(crate) fn limit(argument: &Argument) -> Result<u64, String> {
    match some_amount(argument)? {
        None => Ok(500),
        Some(limit @ 1..=100_000) => Ok(limit),
        Some(_) => Err("must be from 1 to 100,000".to_owned()),
    }
}

/// A yes or no; no where nothing was given.
pub(crate) fn flag(argument: &Argument) -> Result<bool, String> {
    match argument {
        Argument::Absent => Ok(false),
        Argument::Flag(flag) => Ok(*flag),
        _ => Err("must be true or false".to_owned()),
    }
}

/// Names, as a JSON array; none where nothing was given.
pub(crate) fn names(argument: &Argument) -> Result<Vec<String>, String> {
    if argument.is_absent() {
        return Ok(Vec::new());
    }
    serde_json::from_str(argument.text("a JSON array of texts")?).map_err(|_| "is not a JSON array of texts".to_owned())
}

/// A limit that a person sets, or takes away by *no*.
pub(crate) fn setting(argument: &Argument, most: u64) -> Result<Setting, String> {
    let wanted = format!("must be a whole number from 1 to {most}");
    match argument {
        Argument::Absent => Ok(Setting::Stays),
        Argument::Flag(false) => Ok(Setting::Never),
        Argument::Integer(value) => {
            let value = u64::try_from(*value).ok().filter(|value| (1..=most).contains(value));
            value.map(Setting::To).ok_or(wanted)
        }
        _ => Err(wanted),
    }
}

/// A pace in refunds a second, as microseconds between two.
pub(crate) fn pace(argument: &Argument) -> Result<Setting, String> {
    let pace = match argument {
        Argument::Absent => return Ok(Setting::Stays),
        Argument::Flag(false) => return Ok(Setting::Never),
        #[allow(clippy::cast_precision_loss, reason = "what loses precision is far above the limit")]
        Argument::Integer(value) => *value as f64,
        Argument::Fraction(value) => *value,
        _ => f64::NAN,
    };
    if !(0.001..=10_000.0).contains(&pace) {
        return Err("must be a number of refunds a second, from 0.001 to 10,000".to_owned());
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is from 100 to 1,000,000,000")]
    Ok(Setting::To((1e6 / pace).round() as u64))
}

/// A whole number that no JavaScript number has to hold, as a text or a number.
pub(crate) fn amount_of_any_size(argument: &Argument) -> Result<u64, String> {
    match argument {
        Argument::Text(text) => text.parse().map_err(|_| "is not a whole number".to_owned()),
        other => amount(other),
    }
}
