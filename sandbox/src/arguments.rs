//! The arguments of a command, taken one by one by name, so that what is left over can be named.

use std::error::Error;
use std::fmt;

use serde_json::{Map, Value};

/// Why a command was not carried out; it changed nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandError {
    kind: CommandErrorKind,
    argument: Option<String>,
    message: String,
}

/// The kinds of reasons not to carry out a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CommandErrorKind {
    /// There is no command of that name.
    UnknownCommand,
    /// An argument is missing, unknown or can't be used.
    InvalidArgument,
    /// What the argument names is not there.
    NotFound,
    /// The sandbox can't do it now: it was stopped, or its port was taken.
    Unavailable,
}

impl CommandError {
    pub(crate) fn new(kind: CommandErrorKind, argument: Option<&str>, message: impl Into<String>) -> Self {
        Self { kind, argument: argument.map(str::to_owned), message: message.into() }
    }

    pub(crate) fn invalid(argument: &str, message: impl Into<String>) -> Self {
        Self::new(CommandErrorKind::InvalidArgument, Some(argument), message)
    }

    pub(crate) fn not_found(argument: &str, message: impl Into<String>) -> Self {
        Self::new(CommandErrorKind::NotFound, Some(argument), message)
    }

    /// Its kind.
    pub fn kind(&self) -> CommandErrorKind {
        self.kind
    }

    /// Its kind as a word: `unknown_command`, `invalid_argument`, `not_found` or `unavailable`.
    pub fn code(&self) -> &'static str {
        match self.kind {
            CommandErrorKind::UnknownCommand => "unknown_command",
            CommandErrorKind::InvalidArgument => "invalid_argument",
            CommandErrorKind::NotFound => "not_found",
            CommandErrorKind::Unavailable => "unavailable",
        }
    }

    /// The argument at fault, where one is.
    pub fn argument(&self) -> Option<&str> {
        self.argument.as_deref()
    }
}

impl fmt::Display for CommandError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl Error for CommandError {}

/// Named values; a null is as good as absent.
pub(crate) struct Arguments {
    left: Map<String, Value>,
    /// Whose arguments they are, for the message about an unknown one.
    owner: String,
}

impl Arguments {
    /// Reads an object; null has no arguments.
    pub(crate) fn new(owner: impl Into<String>, value: Value) -> Result<Self, CommandError> {
        let owner = owner.into();
        match value {
            Value::Null => Ok(Self { left: Map::new(), owner }),
            Value::Object(mut left) => {
                left.retain(|_, value| !value.is_null());
                Ok(Self { left, owner })
            }
            _ => Err(CommandError::new(
                CommandErrorKind::InvalidArgument,
                None,
                format!("the arguments of {owner} must be a JSON object"),
            )),
        }
    }

    /// Names the owner more closely.
    pub(crate) fn rename(&mut self, owner: impl Into<String>) {
        self.owner = owner.into();
    }

    /// What is there, unread.
    pub(crate) fn shown(&self) -> Map<String, Value> {
        self.left.clone()
    }

    /// Takes whatever is there.
    pub(crate) fn value(&mut self, name: &str) -> Option<Value> {
        self.left.remove(name)
    }

    /// Takes a text.
    pub(crate) fn text(&mut self, name: &str) -> Result<Option<String>, CommandError> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(CommandError::invalid(name, format!("{name} must be a string"))),
        }
    }

    /// Takes a text that must be there.
    pub(crate) fn needed_text(&mut self, name: &str) -> Result<String, CommandError> {
        self.text(name)?.ok_or_else(|| self.missing(name))
    }

    /// Takes a whole number; digits in a string are one too, since the gateway and queries write them so.
    pub(crate) fn number(&mut self, name: &str) -> Result<Option<u64>, CommandError> {
        let Some(value) = self.value(name) else { return Ok(None) };
        let number = match &value {
            Value::String(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse().ok(),
            value => value.as_u64(),
        };
        let text = || format!("{name} must be a whole number from 0 to {}", u64::MAX);
        number.map(Some).ok_or_else(|| CommandError::invalid(name, text()))
    }

    /// Takes a whole number within bounds, or the default.
    pub(crate) fn number_in(&mut self, name: &str, low: u64, high: u64, default: u64) -> Result<u64, CommandError> {
        let number = self.number(name)?.unwrap_or(default);
        if (low..=high).contains(&number) {
            return Ok(number);
        }
        Err(CommandError::invalid(name, format!("{name} must be from {low} to {high}")))
    }

    /// Takes a number that may be below zero.
    pub(crate) fn signed(&mut self, name: &str) -> Result<Option<i64>, CommandError> {
        let Some(value) = self.value(name) else { return Ok(None) };
        let text = || format!("{name} must be a whole number");
        value.as_i64().map(Some).ok_or_else(|| CommandError::invalid(name, text()))
    }

    /// Takes a number from 0 to 1.
    pub(crate) fn share(&mut self, name: &str) -> Result<Option<f64>, CommandError> {
        let Some(value) = self.value(name) else { return Ok(None) };
        let share = value.as_f64().filter(|share| (0.0..=1.0).contains(share));
        share.map(Some).ok_or_else(|| CommandError::invalid(name, format!("{name} must be from 0 to 1")))
    }

    /// Takes true or false, or the default.
    pub(crate) fn flag(&mut self, name: &str, default: bool) -> Result<bool, CommandError> {
        match self.value(name) {
            None => Ok(default),
            Some(Value::Bool(flag)) => Ok(flag),
            Some(Value::String(text)) if text == "true" => Ok(true),
            Some(Value::String(text)) if text == "false" => Ok(false),
            Some(_) => Err(CommandError::invalid(name, format!("{name} must be true or false"))),
        }
    }

    /// Takes one of the words, or the first.
    pub(crate) fn word(&mut self, name: &str, words: &[&'static str]) -> Result<&'static str, CommandError> {
        let Some(text) = self.text(name)? else { return Ok(words[0]) };
        let found = words.iter().find(|word| **word == text);
        found
            .copied()
            .ok_or_else(|| CommandError::invalid(name, format!("{name} must be one of: {}", words.join(", "))))
    }

    /// That an argument is not there.
    pub(crate) fn missing(&self, name: &str) -> CommandError {
        CommandError::invalid(name, format!("{} needs the argument {name}", self.owner))
    }

    /// Refuses what nobody took.
    pub(crate) fn finish(self) -> Result<(), CommandError> {
        match self.left.keys().next() {
            None => Ok(()),
            Some(name) => Err(CommandError::invalid(name, format!("{} has no argument {name}", self.owner))),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Arguments;

    #[test]
    fn takes_what_fits_and_names_what_does_not() {
        let arguments = || {
            let value = json!({"a": "x", "n": 5, "d": "12", "f": true, "s": -1, "p": 0.5, "z": null, "w": "two"});
            Arguments::new("test", value)
        };
        assert!(arguments().is_ok_and(|mut taken| {
            taken.text("a") == Ok(Some("x".into()))
                && taken.number("n") == Ok(Some(5))
                && taken.number("d") == Ok(Some(12))
                && taken.flag("f", false) == Ok(true)
                && taken.signed("s") == Ok(Some(-1))
                && taken.share("p") == Ok(Some(0.5))
                && taken.text("z") == Ok(None)
                && taken.word("w", &["one", "two"]) == Ok("two")
                && taken.word("w", &["one", "two"]) == Ok("one")
                && taken.finish().is_ok()
        }));
        let wrong = |take: fn(&mut Arguments) -> Option<super::CommandError>| {
            let error = arguments().ok().and_then(|mut taken| take(&mut taken));
            error.map(|error| (error.argument().unwrap_or_default().to_owned(), error.to_string()))
        };
        let text = |argument: &str, message: &str| Some((argument.to_owned(), message.to_owned()));
        assert_eq!(wrong(|taken| taken.text("n").err()), text("n", "n must be a string"));
        assert_eq!(wrong(|taken| taken.number_in("n", 6, 7, 6).err()), text("n", "n must be from 6 to 7"));
        assert_eq!(wrong(|taken| taken.flag("n", true).err()), text("n", "n must be true or false"));
        assert_eq!(wrong(|taken| taken.share("n").err()), text("n", "n must be from 0 to 1"));
        assert_eq!(wrong(|taken| taken.word("a", &["one", "two"]).err()), text("a", "a must be one of: one, two"));
        assert_eq!(wrong(|taken| taken.needed_text("b").err()), text("b", "test needs the argument b"));
        let left = arguments().map(Arguments::finish);
        assert!(left.is_ok_and(|left| left.is_err_and(|error| error.to_string() == "test has no argument a")));
        assert!(Arguments::new("test", json!([1])).is_err());
    }
}
