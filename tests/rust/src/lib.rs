//! What the tests share: a scripted loopback server that records every byte, and a made-up merchant.
//!
//! Nothing here waits on a sleep. Every wait is for an event, and [`GUARD`] bounds it, so that a test fails and does
//! not hang.
#![forbid(unsafe_code)]
// A helper of tests tells what went wrong by panicking.
#![allow(clippy::missing_panics_doc)]

mod answer;
mod connection;
mod gate;
mod log;
mod merchant;
pub mod properties;
mod request;
mod server;
mod tls;

use std::time::Duration;

pub use answer::{done, http, json};
pub use connection::Connection;
pub use gate::Gate;
pub use log::Log;
pub use merchant::{KEY, MID, client, full, mkey, options, partial, signature, tid};
pub use request::Request;
pub use server::{Port, Server};
pub use tls::{CaFile, tls};

/// The longest that any event is waited for; generous, since the machine may be busy with other things.
pub const GUARD: Duration = Duration::from_secs(30);

/// The Rust of docs/tutorial.md, run as it is shown there.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/tutorial.md")]
pub struct Tutorial;
