//! Refunds that outlive calls: what becomes of one, and how it is recorded in a merchant's own database.
//!
//! One pure function, [`step`], decides. A [`Ledger`] starts [`Work`], which says what it needs next: statements to run,
//! or a cancel to send. Whoever runs it has the driver and the client; this crate has no driver, no clock and no thread.
//! A payment and a refund are loaded, decided upon, and stored only if nobody else has changed the payment meanwhile. Twelve rules keep the promise that a refund is applied at most once and
//! is never lost without a word. Each stands beside the code that keeps it, by its number; `tests/check.rs` takes each
//! away, and shows what then goes wrong.
//!
//! | rule | it says |
//! | --- | --- |
//! | R1 | The caller names a refund by a key of their own, which stays the same whenever it is asked for again. |
//! | R2 | Amount and `confirmPrice` are stored before the first byte leaves, and stay while anything may be under way. |
//! | R3 | A payment has at most one open refund, also while that is unknown or in review. |
//! | R4 | Only the same pair is sent again, only where `confirmPrice` is enforced, only after lease and quiet time. |
//! | R5 | `confirmPrice` is never computed anew after a decline that answers a second request. |
//! | R6 | A success counts from any attempt, however late; all else counts once, from the current attempt. |
//! | R7 | What does not fit goes to review; nothing is inferred from it. |
//! | R8 | A decline is final only if it answers the only attempt that may have left. |
//! | R9 | What surely was not sent gives back payment and `confirmPrice` together, if nothing else may have left. |
//! | R10 | A person's *void* and *retry* are taken only after the quiet time. |
//! | R11 | The store is the queue: whatever was left by a worker that died is due again when its lease is over. |
//! | R12 | After a restore, what is open goes to review. |
#![forbid(unsafe_code)]

mod arguments;
mod batch;
mod batch_sql;
mod dialect;
mod due;
mod event;
mod health;
#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod internals;
pub mod kst;
mod ledger;
mod limits;
mod listed;
mod look;
mod many;
mod matched;
mod matching;
mod moved;
mod pace;
mod payment;
mod policy;
mod process;
mod reconcile;
mod record;
mod refund;
mod refused;
mod rehearsed;
mod request;
mod requested;
mod resolve;
mod restored;
mod review;
#[cfg_attr(not(feature = "internals"), allow(unreachable_pub, reason = "only the check looks at single rules"))]
mod rules;
mod ruling;
mod said;
pub mod schema;
mod shown;
mod sql;
mod start;
mod start_batch;
mod statement;
#[cfg_attr(not(feature = "internals"), allow(unreachable_pub, reason = "only the check decides without a rule"))]
mod step;
mod told;
mod treatment;
mod tries;
mod void;
mod why;
mod words;
mod work;

pub use arguments::Arguments;
pub use dialect::Dialect;
pub use event::{Event, Refusal, Ruling, Said};
pub use ledger::Ledger;
pub use many::{Errors, Line, Source, check};
pub use moved::{Action, Moved, Operation};
pub use payment::{Holder, Payment};
pub use policy::Policy;
pub use refund::{Note, Refund, State};
pub use refused::{Kind, Refused};
pub use rehearsed::Rehearsed;
pub use statement::{Statement, Value};
pub use step::step;
pub use work::{Ask, Given, Row, Sending, Work};
