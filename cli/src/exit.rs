//! Exit codes: what is known about the money.

use paywelcome::{Error, ErrorKind, Outcome};

/// The money went back; or nothing was asked for, and all is well.
pub(crate) const DONE: i32 = 0;
/// The person said no, or something here went wrong; nothing was sent.
pub(crate) const STOPPED: i32 = 1;
/// An argument or a setting is wrong; nothing was sent.
pub(crate) const WRONG: i32 = 2;
/// Nothing was sent: the gateway was not reached.
pub(crate) const NOT_SENT: i32 = 3;
/// The gateway declined.
pub(crate) const DECLINED: i32 = 4;
/// The money may have moved.
pub(crate) const UNKNOWN: i32 = 5;

/// A statement was held against the ledger, and a person has to look.
pub(crate) const LOOK: i32 = 6;

/// The exit code that tells what `error` tells.
pub(crate) fn of(error: &Error) -> i32 {
    match (error.outcome(), error.kind()) {
        (Outcome::NotSent, ErrorKind::Configuration | ErrorKind::InvalidRequest) => WRONG,
        (Outcome::NotSent, _) => NOT_SENT,
        (Outcome::Declined, _) => DECLINED,
        (Outcome::Unknown, _) => UNKNOWN,
    }
}
