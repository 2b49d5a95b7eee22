//! The native half of the npm package `paywelcome`: it converts, starts calls and hands back what came of them.
//!
//! Only the package's own JavaScript calls it. What a merchant sees is written in TypeScript, beside this folder.
#![deny(unsafe_code)]
// What napi exports has to be `pub`, though no crate uses this one.
#![allow(unreachable_pub)]
// napi hands arguments over by value.
#![allow(clippy::needless_pass_by_value)]

mod batch;
mod calls;
mod client;
mod convert;
mod launch;
mod moment;
mod refunds;
mod refunds_command;
mod report;
mod request;
mod sandbox;
