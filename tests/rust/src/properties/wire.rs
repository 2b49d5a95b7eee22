//! The sandbox reads what comes in pieces as what comes at once, and forms as another reader does.

use paywelcome_sandbox::fuzzing::{chunked, form, head};

/// Takes the bytes as a request's head, as a chunked body and as a form.
///
/// # Panics
///
/// Where a part is read otherwise than the whole, or a form otherwise than by the rules of browsers.
pub fn wire(data: &[u8]) {
    if let Some(used) = head(data) {
        assert!(used <= data.len());
        assert_eq!(head(&data[..used]), Some(used), "more after the head changed it");
        assert_eq!(head(&data[..used - 1]), None, "the head was there before its end");
    }
    for step in [1, 7] {
        assert_eq!(chunked(data, step), chunked(data, data.len().max(1)), "in pieces of {step}");
    }
    if let Some(fields) = form(data) {
        let parsed = form_urlencoded::parse(data).map(|(name, value)| (name.into_owned(), value.into_owned()));
        assert_eq!(fields, parsed.collect::<Vec<_>>());
    }
}
