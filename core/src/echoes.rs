//! Which echoes of a success must agree with what was asked, and what those say that need not.

use std::fmt;

use crate::argument::{Argument, List};
use crate::error::Field;

/// An echo: what a success repeats of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Echo {
    Tid,
    Price,
    RemainingPrice,
}

impl Echo {
    pub(crate) const ALL: [Self; 3] = [Self::Tid, Self::Price, Self::RemainingPrice];

    /// Its name in a receipt.
    pub(crate) const fn field(self) -> Field {
        match self {
            Self::Tid => Field::new("tid", "tid"),
            Self::Price => Field::new("price", "price"),
            Self::RemainingPrice => Field::new("remaining_price", "remainingPrice"),
        }
    }

    /// The gateway's name for it, then what else it may be called.
    pub(crate) const fn names(self) -> &'static [&'static str] {
        match self {
            Self::Tid => &["Tid"],
            Self::Price => &["Price"],
            Self::RemainingPrice => &["RmainPrice", "RemainPrice"],
        }
    }
}

/// The echoes without whose agreement a success is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RequiredEchoes([bool; 3]);

impl RequiredEchoes {
    pub(crate) const ALL: Self = Self([true; 3]);
    pub(crate) const NONE: Self = Self([false; 3]);

    /// Reads a list of names; all echoes where there is none.
    pub(crate) fn read(list: &List) -> Result<Self, String> {
        const WANTED: &str = "pass a list of none, some or all of \"tid\", \"price\" and \"remaining_price\" \
                              (in JavaScript \"remainingPrice\")";
        let names = match list {
            List::Absent => return Ok(Self::ALL),
            List::Values(names) => names,
            List::Other(Argument::Wrong(what)) => return Err(what.clone()),
            List::Other(other) => return Err(format!("{}; {WANTED}", other.what())),
        };
        let mut required = Self::NONE;
        for name in names {
            let Argument::Text(name) = name else { return Err(format!("holds what {}; {WANTED}", name.what())) };
            let is_named = |echo: &Echo| echo.field().snake() == name || echo.field().camel() == name;
            let echo =
                Echo::ALL.into_iter().find(is_named).ok_or_else(|| format!("holds an unknown name; {WANTED}"))?;
            if !required.add(echo) {
                return Err(format!("holds a name twice; {WANTED}"));
            }
        }
        Ok(required)
    }

    /// Returns whether it must agree.
    pub(crate) const fn has(self, echo: Echo) -> bool {
        self.0[echo as usize]
    }

    /// Adds an echo; false if it was there.
    pub(crate) fn add(&mut self, echo: Echo) -> bool {
        !std::mem::replace(&mut self.0[echo as usize], true)
    }
}

/// An echo that was not required to agree with what was asked, and did not.
#[derive(Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Mismatch {
    /// The receipt's field: `tid`, `price` or `remaining_price`.
    pub field: Field,
    /// What was asked, as it was posted.
    pub asked: String,
    /// What was answered, as it came; absent where the answer had nothing of it.
    pub answered: Option<String>,
}

impl fmt::Debug for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { field, asked, answered } = self;
        f.debug_struct("Mismatch")
            .field("field", &field.snake())
            .field("asked", asked)
            .field("answered", answered)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_echo_is_added_once() {
        let mut required = RequiredEchoes::NONE;
        for echo in Echo::ALL {
            assert!(!required.has(echo));
            assert!(required.add(echo) && !required.add(echo));
            assert!(required.has(echo));
        }
        assert_eq!(required, RequiredEchoes::ALL);
    }
}
