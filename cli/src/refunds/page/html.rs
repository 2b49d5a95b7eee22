//! Pieces of HTML; every text is escaped.

use serde_json::Value;

use crate::refunds::written::one_line;

/// HTML under way.
#[derive(Default)]
pub(crate) struct Html(pub(crate) String);

impl Html {
    /// Markup as it stands, which holds no text of anybody's.
    pub(crate) fn raw(&mut self, markup: &str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// A text.
    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        self.0.push_str(&escaped(text));
        self
    }

    /// An element that holds a text; `start` is its tag with the attributes.
    pub(crate) fn element(&mut self, start: &str, text: &str) -> &mut Self {
        let name = start.split(' ').next().unwrap_or_default();
        self.raw("<").raw(start).raw(">").text(text).raw("</").raw(name).raw(">")
    }

    /// A badge that tells a state.
    pub(crate) fn state(&mut self, state: &str) -> &mut Self {
        let class = match state {
            "done" => "good",
            "declined" => "bad",
            "review" | "unknown" | "paused" => "warn",
            _ => "plain",
        };
        self.element(&format!("span class=\"badge {class}\""), state)
    }

    /// A link to a refund.
    pub(crate) fn refund(&mut self, class: &str, key: &Value) -> &mut Self {
        let key = key.as_str().unwrap_or_default();
        self.element(&format!("a class=\"{class}\" href=\"/refund?key={}\"", in_a_query(key)), key)
    }
}

/// A text as HTML shows it, also within quotes; without what steers.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in one_line(text).chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            // A text must not turn what stands beside it around.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}

/// A text within a query.
pub(crate) fn in_a_query(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

#[cfg(test)]
mod tests {
    use super::{Html, escaped, in_a_query};

    #[test]
    fn texts_are_no_markup() {
        assert_eq!(escaped("<b a='\"&\u{1b}\n\u{202e}가"), "&lt;b a=&#39;&quot;&amp;  \u{fffd}가");
        assert_eq!(in_a_query("a b&c=<가\""), "a%20b%26c%3D%3C%EA%B0%80%22");
        let mut html = Html::default();
        html.refund("open", &"\"><script>".into()).state("<done>");
        assert!(!html.0.contains("<script") && !html.0.contains("<done>"), "{}", html.0);
    }
}
