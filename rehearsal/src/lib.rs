//! `rehearsal.json`: what a rehearsal asked a gateway, what was answered, and what it found out.
//!
//! The command line writes the file; the sandbox, the refunds and `doctor` read it. There is no network here.
//!
//! # The file
//!
//! One JSON object, version 1. Reading takes a member that it does not know, and a member that is absent as not known (`null`), but
//! for `format`, `version`, `gateway` and `mid`. What is wrong is refused with its place, such as `findings.signature.format: …`; a
//! newer version is refused with a sentence.
//!
//! - `gateway`, `mid`, `payment`, `full_payment`: what was asked, of whom.
//! - `steps`: each [`Step`] with all its [`Exchange`]s. No key and no signature is in there.
//! - `findings`: see [`Findings`]. Beside what was found, `answers` has one [`Template`] for each [`Situation`], and `outcomes` says
//!   how each situation ended.
//! - `earlier`: the findings of runs before this one.
//!
//! A template's body is a list of literal pieces and of values that differ from request to request: see [`Piece`].
#![forbid(unsafe_code)]

mod findings;
mod place;
mod proof;
mod rehearsal;
mod step;
mod template;
mod words;
mod write;

pub use findings::{
    AtOnce, Clipped, ConfirmPrice, Findings, Form, FullPrice, Key, KeyType, Signature, Situation, Spelling, Success,
    Times, Tls, WhoseTid,
};
pub use place::ReadError;
pub use rehearsal::{Earlier, FORMAT, Gateway, GatewayKind, Payment, Rehearsal, VERSION};
pub use step::{Answered, Connection, Cost, Exchange, Signed, State, Step};
pub use template::{Piece, Template, Values, What, numbered};
pub use words::{Outcome, Proof, SignatureFormat, TimestampFormat};
