//! The rules that arguments and settings share, each with what to pass instead.

#![allow(clippy::missing_errors_doc, reason = "each gives what is wrong with its argument, and what to pass instead")]

use std::time::Duration;

use crate::amount::{Amount, AmountError, Currency};
use crate::argument::Argument;
use crate::debris;
use crate::error::{Field, FieldError};

/// The longest time limit: the gateway answers within seconds, so more is a mistake of units.
const MAX_SECONDS: f64 = 3_600.0;
/// Room for any number of an order, and too little to bury a line of a log.
const REFERENCE_LONGEST: usize = 200;

/// Collects what is wrong with each field, so that all of it is told at once.
#[derive(Default)]
pub(crate) struct Findings(Vec<FieldError>);

impl Findings {
    /// Keeps the value, or notes what is wrong with it.
    pub(crate) fn take<T>(&mut self, field: Field, checked: Result<T, String>) -> Option<T> {
        match checked {
            Ok(value) => Some(value),
            Err(message) => {
                self.note(field, message);
                None
            }
        }
    }

    pub(crate) fn note(&mut self, field: Field, message: impl Into<String>) {
        self.0.push(FieldError::new(field, message));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn into_errors(self) -> Vec<FieldError> {
        self.0
    }
}

/// An identifier of the gateway: some characters, none of them a stray one.
pub fn identifier(argument: &Argument, longest: usize) -> Result<String, String> {
    let text = argument.text("a text")?;
    debris::found_in(text)?;
    let length = text.chars().count();
    if length > longest {
        return Err(format!("has {length} characters; the gateway takes at most {longest}"));
    }
    Ok(text.to_owned())
}

/// A text of the caller's own: whatever it says, short, and fit for one line of a log.
pub fn reference(argument: &Argument) -> Result<Option<String>, String> {
    if argument.is_absent() {
        return Ok(None);
    }
    let text = argument.text("a text")?;
    if text.chars().any(char::is_control) {
        return Err("holds a control character, such as a line break; pass it without".to_owned());
    }
    let length = text.chars().count();
    if length > REFERENCE_LONGEST {
        return Err(format!("has {length} characters; pass at most {REFERENCE_LONGEST}"));
    }
    Ok(Some(text.to_owned()))
}

/// One word out of a list.
pub(crate) fn one_of<T: Copy>(argument: &Argument, words: &[(&str, T)]) -> Result<T, String> {
    let wanted = words.iter().map(|(word, _)| format!("\"{word}\"")).collect::<Vec<_>>().join(" or ");
    let text = argument.text(&wanted)?;
    let found = words.iter().find(|(word, _)| *word == text);
    found.map(|(_, value)| *value).ok_or_else(|| match debris::found_in(text) {
        Err(what) => format!("{what}; it must be {wanted}"),
        Ok(()) => format!("must be {wanted}"),
    })
}

/// A pay type (결제수단): the guide's list is given as examples, so another lower-case word passes.
pub fn pay_type(argument: &Argument) -> Result<String, String> {
    const WANTED: &str = "pass \"card\", \"hpp\", \"vbank\" or \"bank\"";
    let text = argument.text("\"card\", \"hpp\", \"vbank\" or \"bank\"")?;
    let of_a_word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    if !text.starts_with(|c: char| c.is_ascii_lowercase()) || !text.bytes().all(of_a_word) {
        return Err(format!("is not a lower-case word; {WANTED}"));
    }
    if text.len() > 10 {
        return Err(format!("has {} characters; the gateway takes at most 10; {WANTED}", text.len()));
    }
    Ok(text.to_owned())
}

/// A currency (통화); won where none was given.
pub fn currency(argument: &Argument) -> Result<Currency, String> {
    if argument.is_absent() {
        return Ok(Currency::Won);
    }
    Currency::parse(argument.text("\"WON\" or \"USD\"")?).map_err(str::to_owned)
}

/// An amount, in whole won or cents.
pub fn amount(argument: &Argument) -> Result<Amount, String> {
    let read: Result<Amount, AmountError> = match argument {
        Argument::Text(text) => Amount::parse(text),
        Argument::Integer(value) => Amount::from_integer(*value),
        Argument::Wrong(what) => return Err(what.clone()),
        other => return Err(format!("{}; pass a whole number", other.what())),
    };
    read.map_err(|error| error.message().to_owned())
}

/// An amount that is not zero.
pub fn amount_above_zero(argument: &Argument) -> Result<Amount, String> {
    let amount = amount(argument)?;
    if amount.value() == 0 {
        return Err("is zero; pass an amount above zero".to_owned());
    }
    Ok(amount)
}

/// A tax field: optional, and shorter than the amounts.
pub fn tax(argument: &Argument) -> Result<Option<Amount>, String> {
    if argument.is_absent() {
        return Ok(None);
    }
    let amount = amount(argument)?;
    if amount.to_string().len() > 10 {
        return Err("has more than 10 digits, the most the gateway takes".to_owned());
    }
    Ok(Some(amount))
}

/// How long to wait for a call, where that is not to its end; the argument is in seconds.
pub(crate) fn wait(argument: &Argument) -> Result<Option<Duration>, String> {
    if argument.is_absent() { Ok(None) } else { time_limit(argument, Duration::ZERO).map(Some) }
}

/// A time limit; the argument is in seconds.
pub(crate) fn time_limit(argument: &Argument, default: Duration) -> Result<Duration, String> {
    let seconds = match argument {
        Argument::Absent => return Ok(default),
        #[allow(clippy::cast_precision_loss, reason = "anything that loses precision is far above the limit")]
        Argument::Integer(value) => *value as f64,
        Argument::Fraction(value) => *value,
        Argument::Wrong(what) => return Err(what.clone()),
        other => return Err(format!("{}; pass a number", other.what())),
    };
    if seconds > 0.0 && seconds <= MAX_SECONDS {
        Ok(Duration::from_secs_f64(seconds).max(Duration::from_nanos(1)))
    } else {
        Err("must be above zero and at most 3,600 seconds, one hour".to_owned())
    }
}
