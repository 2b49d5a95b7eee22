//! The readers of requests without a socket, for fuzz targets and property tests. No part of the API.

use paywelcome_loopback::form::decode;
use paywelcome_loopback::http::{Chunked, parse_head};

/// Reads a head from the front of `bytes`, and gives how long it is; `None` if it is not whole or refused.
pub fn head(bytes: &[u8]) -> Option<usize> {
    parse_head(bytes).ok().flatten().map(|(_, used)| used)
}

/// Reads a chunked body that comes in pieces of `step` bytes: the body and the bytes it took, or `None`.
pub fn chunked(bytes: &[u8], step: usize) -> Option<(Vec<u8>, usize)> {
    let mut reader = Chunked::default();
    let mut end = 0;
    while end < bytes.len() {
        end = (end + step).min(bytes.len());
        if reader.advance(&bytes[..end]).ok()? {
            return Some((reader.body, reader.used));
        }
    }
    None
}

/// Decodes a form; `None` if it is malformed.
pub fn form(body: &[u8]) -> Option<Vec<(String, String)>> {
    decode(body).ok()
}
