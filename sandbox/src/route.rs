//! Which requests are for an endpoint, judged by their heads.

use paywelcome_loopback::http::{Head, Refusal};

use crate::fields::Endpoint;

/// Everything below this path is not the gateway's.
pub(crate) const ROOT: &str = "/_sandbox";
/// The most bytes of a command's arguments.
pub(crate) const COMMAND_MAX: usize = 1024 * 1024;

const NOT_FOUND: Refusal =
    Refusal { status: 404, text: "the endpoints are /cancel/cancel and /cancel/repay; see also /_sandbox/" };
const NOT_POST: Refusal = Refusal { status: 405, text: "the endpoints take POST only" };
const NO_PROXY: Refusal = Refusal { status: 405, text: "this is not a proxy" };
const NOT_A_FORM: Refusal =
    Refusal { status: 415, text: "the content type must be application/x-www-form-urlencoded; charset=utf-8" };
const QUERY: Refusal = Refusal { status: 400, text: "the fields belong into the body: the endpoints take no query" };

/// The endpoint a request is for, or why it is refused whatever its body.
pub(crate) fn route(head: &Head) -> Result<Endpoint, Refusal> {
    if head.method == "CONNECT" {
        return Err(NO_PROXY);
    }
    let endpoint = Endpoint::at(head.path()).ok_or(NOT_FOUND)?;
    if head.method != "POST" {
        return Err(NOT_POST);
    }
    if head.target.contains('?') {
        return Err(QUERY);
    }
    if !head.is_form() {
        return Err(NOT_A_FORM);
    }
    Ok(endpoint)
}

/// Whether a request is for the sandbox itself rather than for the gateway it plays.
pub(crate) fn is_for(head: &Head) -> bool {
    head.path().strip_prefix(ROOT).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
