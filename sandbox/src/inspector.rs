//! The files of the web page, built in.

use crate::http::Reply;

/// Path below `/_sandbox/`, content type, and content.
const FILES: &[(&str, &str, &str)] = &[
    ("", "text/html; charset=utf-8", include_str!("../inspector/index.html")),
    ("app.js", "text/javascript; charset=utf-8", include_str!("../inspector/app.js")),
    ("style.css", "text/css; charset=utf-8", include_str!("../inspector/style.css")),
];

/// The file at a path.
pub(crate) fn file(path: &str) -> Option<Reply> {
    let (_, content_type, content) = FILES.iter().find(|(name, ..)| *name == path)?;
    Some(Reply::new(200, content_type, *content))
}
