//! Cancels card, mobile and bank payments through Welcome Payments (웰컴페이먼츠) PAYAPI: full cancel (전체 취소) and
//! partial cancel (부분 취소).
//!
//! The gateway has no idempotency key and no way to ask what became of a request. So every call ends in one of four
//! ways, and never in a guess: a receipt (done), or an [`Error`] whose [`Outcome`] is *not sent*, *declined* or
//! *unknown*. Only a request that provably never left this machine is resent.
//!
//! ```no_run
//! use paywelcome::{Client, ClientOptions, PartialCancelRequest};
//!
//! # async fn partial() -> Result<(), paywelcome::Error> {
//! let client = Client::new(ClientOptions {
//!     mid: "welcometst".into(),
//!     sign_key: std::env::var("PAYWELCOME_SIGN_KEY").ok().into(),
//!     environment: "test".into(),
//!     ..ClientOptions::default()
//! })?;
//! let request = PartialCancelRequest::new("card", "WPSBX_CARDwelcometst20260101120000000001", 3_000, 9_000);
//! let receipt = client.partial_cancel(&request).await?;
//! println!("{} won remain", receipt.remaining_price);
//! # Ok(())
//! # }
//! ```
//!
//! This is an unofficial library, not affiliated with or endorsed by Welcome Payments.
#![forbid(unsafe_code)]

mod address;
mod amount;
mod argument;
mod attempt;
mod call;
mod charset;
mod check;
/// The rules of single arguments, for the refunds that are recorded before a client sees them; not part of the API.
#[doc(hidden)]
pub mod checks {
    pub use crate::check::{amount, amount_above_zero, currency, identifier, pay_type, reference, tax};
}
mod client;
mod config;
mod credentials;
mod deadline;
mod debris;
mod echoes;
mod engine;
mod error;
mod excerpt;
mod exempt;
mod fields;
mod flight;
mod greeting;
mod guard;
#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod internals;
/// Reads an answer that was kept as it would be read off the wire, for the command line; not part of the API.
#[doc(hidden)]
pub mod judged;
mod machine;
mod moment;
/// One form that is given whole, posted once as a call would be, for the command line; not part of the API.
#[doc(hidden)]
pub mod posting;
/// What a host answers to TLS, for the command line; not part of the API.
#[doc(hidden)]
pub mod probe;
mod process;
mod proxy;
mod raw;
mod receipt;
mod redact;
mod reply;
mod request;
mod reuse;
mod sending;
mod signature;
mod timestamp;
mod transport;
mod unpack;
mod variables;
mod warm;

pub use amount::{Amount, Currency};
pub use argument::{Argument, List, Secret};
pub use attempt::Attempt;
pub use call::Call;
pub use client::Client;
pub use config::ClientOptions;
pub use echoes::Mismatch;
pub use error::{Error, ErrorKind, Field, FieldError, Outcome};
pub use guard::Guard;
pub use moment::Moment;
pub use process::{Process, forked};
pub use raw::Raw;
pub use receipt::{CancelReceipt, PartialCancelReceipt};
pub use request::{CancelRequest, PartialCancelRequest};
pub use signature::{SignatureFormat, Signing};
pub use timestamp::TimestampFormat;
pub use transport::Reached;
pub use variables::Variables;
