//! `refunds`: what a person, or a service, does with the refunds of a store. The store's driver belongs to the host, which a
//! [`Session`] asks for what it needs; so the same is said in every language.

mod arguments;
mod bar;
mod batches;
mod commands;
mod desk;
mod dispatch;
mod file;
mod help;
mod help_of_batches;
mod host;
mod import;
mod page;
mod review;
mod rows;
mod session;
mod statement;
mod store;
mod together;
mod told;
mod words;
mod written;

pub use host::Given;
pub use session::{Called, Session};
