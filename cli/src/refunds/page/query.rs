//! What a request brings besides its path.

use std::collections::HashMap;

use paywelcome_loopback::form::decode;
use paywelcome_loopback::http::Head;

/// The fields of the query, the first of each name; none where it is malformed.
pub(crate) fn query(head: &Head) -> HashMap<String, String> {
    fields(head.target.split_once('?').map_or("", |(_, query)| query).as_bytes())
}

/// The fields of a form, in the same way.
pub(crate) fn fields(form: &[u8]) -> HashMap<String, String> {
    let mut fields = HashMap::new();
    for (name, value) in decode(form).unwrap_or_default() {
        fields.entry(name).or_insert(value);
    }
    fields
}
