//! An argument as the caller gave it, before anything is known about it.

use std::env::VarError;
use std::fmt;

use zeroize::Zeroize;

use crate::amount::Amount;

/// An argument or a setting as the caller gave it.
///
/// Every checked value enters the library as one of these, so that one validation can name every bad field at once,
/// whatever is wrong with it and whichever language it came from.
#[derive(Clone, Default, PartialEq)]
#[non_exhaustive]
pub enum Argument {
    /// Nothing was given.
    #[default]
    Absent,
    /// A text.
    Text(String),
    /// A whole number.
    Integer(i128),
    /// A number with a fraction; only durations may have one.
    Fraction(f64),
    /// A yes or no.
    Flag(bool),
    /// Something of a type that no field has, such as `is of type bytes`.
    Other(String),
    /// What no field takes, with what it is and what to pass instead.
    Wrong(String),
}

impl Argument {
    /// Returns whether nothing was given.
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// What the argument is, for an error message; never its value.
    pub(crate) fn what(&self) -> &str {
        match self {
            Self::Absent => "is missing",
            Self::Text(_) => "is a text",
            Self::Integer(_) => "is a number",
            Self::Fraction(_) => "is a float",
            Self::Flag(_) => "is a yes or no",
            Self::Other(what) | Self::Wrong(what) => what,
        }
    }

    /// The text that was given, or what it is instead and what to pass: `wanted`.
    ///
    /// # Errors
    ///
    /// What is wrong, for a [`FieldError`](crate::FieldError).
    pub fn text(&self, wanted: &str) -> Result<&str, String> {
        match self {
            Self::Text(text) => Ok(text),
            Self::Wrong(what) => Err(what.clone()),
            other => Err(format!("{}; pass {wanted}", other.what())),
        }
    }
}

/// Values may be secrets, so only their kind is shown.
impl fmt::Debug for Argument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.what())
    }
}

/// A setting that is a secret: wiped when it is dropped.
#[derive(Clone, Debug, Default)]
pub struct Secret(Argument);

impl Secret {
    pub(crate) fn get(&self) -> &Argument {
        &self.0
    }
}

impl<T: Into<Argument>> From<T> for Secret {
    fn from(value: T) -> Self {
        Self(value.into())
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        if let Argument::Text(text) = &mut self.0 {
            text.zeroize();
        }
    }
}

impl From<&str> for Argument {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Argument {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Amount> for Argument {
    fn from(amount: Amount) -> Self {
        Self::Text(amount.to_string())
    }
}

impl From<bool> for Argument {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

macro_rules! from_integers {
    ($($integer:ty)*) => {$(
        impl From<$integer> for Argument {
            fn from(value: $integer) -> Self {
                Self::Integer(i128::from(value))
            }
        }
    )*};
}

from_integers!(i32 u32 i64 u64 i128);

impl<T: Into<Argument>> From<Option<T>> for Argument {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Absent, Into::into)
    }
}

/// A variable of the environment.
impl From<Result<String, VarError>> for Argument {
    fn from(read: Result<String, VarError>) -> Self {
        match read {
            Ok(text) => Self::Text(text),
            Err(VarError::NotPresent) => Self::Absent,
            Err(VarError::NotUnicode(_)) => Self::Wrong("is not a Unicode text; pass it in UTF-8".to_owned()),
        }
    }
}

/// Several values as the caller gave them, or what was given in their place.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum List {
    /// Nothing was given.
    #[default]
    Absent,
    /// A list, of whatever is in it.
    Values(Vec<Argument>),
    /// Something else than a list.
    Other(Argument),
}

impl From<Argument> for List {
    fn from(argument: Argument) -> Self {
        if argument.is_absent() { Self::Absent } else { Self::Other(argument) }
    }
}

impl<T: Into<Argument>> From<Vec<T>> for List {
    fn from(values: Vec<T>) -> Self {
        Self::Values(values.into_iter().map(Into::into).collect())
    }
}

impl<T: Into<Argument>, const N: usize> From<[T; N]> for List {
    fn from(values: [T; N]) -> Self {
        Vec::from(values).into()
    }
}
