//! The pace and the error budget of a batch, as a person sets them.

use crate::statement::{Value, number};

/// A batch pauses by itself after so many in a row that are not done, unless something else is set.
pub(crate) const MOST_IN_A_ROW: u64 = 10;
/// And where so many of a hundred of the latest are not done.
pub(crate) const MOST_PERCENT: u64 = 25;

/// A limit, as a person sets it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Setting {
    /// As it is.
    Stays,
    /// There is to be none.
    Never,
    /// There is to be this one.
    To(u64),
}

impl Setting {
    /// What is written where something is to change.
    pub(crate) fn written(self) -> Option<Value> {
        match self {
            Self::Stays => None,
            Self::Never => Some(None),
            Self::To(value) => Some(number(value)),
        }
    }
}

/// What a person sets of a batch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    /// Microseconds between two starts.
    pub(crate) gap: Setting,
    pub(crate) most_in_a_row: Setting,
    pub(crate) most_percent: Setting,
}
