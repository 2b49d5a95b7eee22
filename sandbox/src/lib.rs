//! A stateful stand-in for the Welcome Payments PAYAPI cancel endpoints, over real HTTP and HTTPS on loopback.
//!
//! It approves made-up payments, answers `POST /cancel/cancel` and `POST /cancel/repay` in the gateway's shape, checks
//! every field and the signature, and keeps a ledger that says what really happened to the money: the judge in tests.
//! It shares no code with the client it stands against, and can't be mistaken for the real gateway: every reply
//! carries the header `X-Paywelcome-Sandbox: 1`, its made-up sign keys begin with `paywelcome-sandbox-`, and it listens
//! on loopback unless told otherwise.
//!
//! It can be broken on purpose: [`Sandbox::command`] arms faults, switches rules, sets the clock and more, and the same
//! commands are an admin API over HTTP below `/_sandbox/api/`.
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

mod admin;
mod answer;
mod arguments;
mod balance;
mod cli;
mod clock;
mod command;
mod connection;
mod conversation;
mod decline;
mod delivery;
mod door;
mod events;
mod explain;
mod fault;
mod fields;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod gateway;
mod inspector;
mod journal;
mod ledger;
mod merchants;
mod options;
mod payment;
mod ready;
mod rehearsed;
mod reply;
mod route;
mod rules;
mod sandbox;
mod secrets;
mod server;
mod signature;
mod state;
mod terms;
mod tid;
mod tls;
mod transcript;

pub use arguments::{CommandError, CommandErrorKind};
pub use cli::{Launch, LaunchError, run};
pub use explain::Explanation;
pub use fault::Fired;
pub use journal::Request;
pub use options::Options;
pub use payment::{Approval, ApprovalError, Cancel, Payment};
pub use paywelcome_rehearsal::{ReadError, Rehearsal};
pub use rules::{
    AboveRemaining, AfterPartial, Check, CheckedFirst, Connections, Remainder, Rules, SameAgain, TimestampForm,
};
pub use sandbox::Sandbox;
pub use signature::SignatureFormat;
pub use terms::Terms;
pub use transcript::Transcript;
