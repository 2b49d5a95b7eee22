//! A stateful stand-in for the Welcome Payments PAYAPI cancel endpoints, over real HTTP on loopback.
//!
//! It approves made-up payments, answers `POST /cancel/cancel` and `POST /cancel/repay` in the gateway's shape, checks
//! every field and the signature, and keeps a ledger that says what really happened to the money: the judge in tests.
//! It shares no code with the client it stands against, and can't be mistaken for the real gateway: every reply
//! carries the header `X-Paywelcome-Sandbox: 1`, and it listens on loopback only.
//!
//! # Examples
//!
//! ```
//! use paywelcome_sandbox::{Approval, Options, Sandbox};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let gateway = Sandbox::start(Options::default())?;
//! let tid = gateway.approve(Approval::new(12_000))?;
//! // …point the client at gateway.url(), with gateway.mid() and gateway.sign_key(), and cancel `tid`…
//! let payment = gateway.payment(&tid).ok_or("the payment is in the ledger")?;
//! assert_eq!(payment.remaining, 12_000);
//! assert_eq!(gateway.executions(), 0);
//! # Ok(())
//! # }
//! ```
#![forbid(unsafe_code)]

mod clock;
mod decline;
mod fields;
mod form;
mod gateway;
mod http;
mod journal;
mod ledger;
mod options;
mod payment;
mod sandbox;
mod server;
mod signature;
mod tid;

pub use journal::Request;
pub use options::Options;
pub use payment::{Approval, ApprovalError, Cancel, Payment};
pub use sandbox::Sandbox;
pub use signature::SignatureFormat;
