//! What the sandbox and the page for refunds share: HTTP/1.1 as bytes, forms, who may come in, and how their pages look.
//!
//! It knows no socket, and shares no code with the client.
#![forbid(unsafe_code)]

pub mod form;
pub mod http;
pub mod visitor;

/// The style of the pages.
pub const STYLE: &str = include_str!("../look/style.css");
/// Their icon, an SVG.
pub const ICON: &str = include_str!("../look/icon.svg");
