//! The files of the web page, built in.

use paywelcome_loopback::http::Reply;
use paywelcome_loopback::{ICON, STYLE};

use crate::reply::reply;

/// The content type of a module.
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// Path below `/_sandbox/`, content type, and content.
const FILES: &[(&str, &str, &str)] = &[
    ("", "text/html; charset=utf-8", include_str!("../inspector/index.html")),
    ("icon.svg", "image/svg+xml", ICON),
    ("api.js", SCRIPT, include_str!("../inspector/api.js")),
    ("app.js", SCRIPT, include_str!("../inspector/app.js")),
    ("approve.js", SCRIPT, include_str!("../inspector/approve.js")),
    ("cells.js", SCRIPT, include_str!("../inspector/cells.js")),
    ("clock.js", SCRIPT, include_str!("../inspector/clock.js")),
    ("dialog.js", SCRIPT, include_str!("../inspector/dialog.js")),
    ("dom.js", SCRIPT, include_str!("../inspector/dom.js")),
    ("english.js", SCRIPT, include_str!("../inspector/english.js")),
    ("fault-kinds.js", SCRIPT, include_str!("../inspector/fault-kinds.js")),
    ("faults.js", SCRIPT, include_str!("../inspector/faults.js")),
    ("format.js", SCRIPT, include_str!("../inspector/format.js")),
    ("forms.js", SCRIPT, include_str!("../inspector/forms.js")),
    ("korean.js", SCRIPT, include_str!("../inspector/korean.js")),
    ("language.js", SCRIPT, include_str!("../inspector/language.js")),
    ("live.js", SCRIPT, include_str!("../inspector/live.js")),
    ("outcome.js", SCRIPT, include_str!("../inspector/outcome.js")),
    ("payment.js", SCRIPT, include_str!("../inspector/payment.js")),
    ("payments.js", SCRIPT, include_str!("../inspector/payments.js")),
    ("request.js", SCRIPT, include_str!("../inspector/request.js")),
    ("requests.js", SCRIPT, include_str!("../inspector/requests.js")),
    ("settings.js", SCRIPT, include_str!("../inspector/settings.js")),
    ("style.css", "text/css; charset=utf-8", STYLE),
];

/// The file at a path.
pub(crate) fn file(path: &str) -> Option<Reply> {
    let (_, content_type, content) = FILES.iter().find(|(name, ..)| *name == path)?;
    Some(reply(200, content_type, *content))
}
