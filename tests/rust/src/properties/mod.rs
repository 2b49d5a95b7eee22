//! What must hold for any bytes at all: called by the fuzz targets, by tests with made-up values, and by a test with
//! every input that was ever found worth keeping.
//!
//! Each takes bytes, of which it makes what it needs, and panics where the library breaks its word.

mod amount;
mod members;
mod reply;
mod request;
mod wire;

pub use amount::amount;
pub use reply::reply;
pub use request::request;
pub use wire::wire;

use std::sync::OnceLock;

use paywelcome::Client;

/// A client that only writes forms.
fn writer() -> &'static Client {
    static WRITER: OnceLock<Client> = OnceLock::new();
    WRITER.get_or_init(|| crate::client("https://gateway.invalid", |_| {}))
}

/// What an amount is on the wire, by the rule in the README and not by the library: `None` if it is none.
fn digits(text: &str) -> Option<String> {
    let groups: Vec<&str> = text.split(',').collect();
    let plain = groups.concat();
    let grouped = groups.len() == 1 || groups[0].len() <= 3 && groups[1..].iter().all(|group| group.len() == 3);
    let fits = (1..=22).contains(&plain.len()) && !groups[0].is_empty();
    if !fits || !grouped || !plain.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let significant = plain.trim_start_matches('0');
    Some(if significant.is_empty() { "0" } else { significant }.to_owned())
}
