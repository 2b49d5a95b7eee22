//! The words that states, notes, operations and rulings are recorded as.

use crate::event::Ruling;
use crate::moved::Operation;
use crate::refund::{Note, State};

macro_rules! words {
    ($type:ty, $($value:path => $word:literal),+ $(,)?) => {
        impl $type {
            /// The word that every language and every row uses.
            pub const fn as_str(self) -> &'static str {
                match self { $($value => $word),+ }
            }

            /// Reads the word; nothing where it is none.
            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some($value),)+ _ => None }
            }
        }
    };
}

words!(State,
    State::Requested => "requested",
    State::Sending => "sending",
    State::Unknown => "unknown",
    State::Review => "review",
    State::Done => "done",
    State::Declined => "declined",
    State::Void => "void",
);

words!(Note,
    Note::NoAnswer => "no_answer",
    Note::Mismatch => "mismatch",
    Note::ProbablyDone => "probably_done",
    Note::TooOften => "too_often",
    Note::AboveRemaining => "above_remaining",
    Note::Restored => "restored",
    Note::LateSuccess => "late_success",
    Note::Statement => "statement",
);

words!(Operation,
    Operation::Cancel => "cancel",
    Operation::PartialCancel => "partial_cancel",
);

words!(Ruling,
    Ruling::Done => "done",
    Ruling::Void => "void",
    Ruling::Retry => "retry",
    Ruling::Resend => "resend",
);
