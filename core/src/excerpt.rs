//! The words of an answer that can't be read, for the person who has to find out what it was.

use crate::redact::redact;

/// Enough for what a firewall says, and too little to bury a log.
const LONGEST: usize = 500;
/// More of an answer than this is not looked through for its words, in bytes.
const LOOKED_THROUGH: usize = 16 * 1024;

/// Returns the beginning of an answer on one line: of a page its words without the markup, and no control characters.
///
/// `text` has been searched for `secrets` as it came; they are redacted again in what is left of it. It may have been `cut` off.
pub(crate) fn excerpt(text: &str, secrets: &[&str], cut: bool) -> String {
    let looked_through = &text[..floor(text, LOOKED_THROUGH)];
    let cut = cut || looked_through.len() < text.len();
    let words = if is_page(looked_through) { without_markup(looked_through) } else { looked_through.to_owned() };
    let line = redact(on_one_line(&words), secrets, cut);
    match line.char_indices().nth(LONGEST) {
        None => line,
        Some(_) => line.chars().take(LONGEST - 1).chain(['…']).collect(),
    }
}

/// A text of somebody else's on one short line.
pub(crate) fn shown(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(100).collect()
}

/// The end of a whole character at or before `most`.
fn floor(text: &str, most: usize) -> usize {
    if text.len() <= most { text.len() } else { (0..=most).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0) }
}

/// One space for all that is between words, one `U+FFFD` for all that could not be read in one place, and nothing that does
/// something to a terminal or to the order of the letters.
fn on_one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        let c = if c.is_whitespace() { ' ' } else { c };
        let is_repeated = matches!(c, ' ' | char::REPLACEMENT_CHARACTER) && line.ends_with(c);
        if !c.is_control() && !is_invisible(c) && !is_repeated {
            line.push(c);
        }
    }
    line.trim().to_owned()
}

/// A sign that takes no place: joiners, marks of direction, byte-order marks.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

fn is_page(text: &str) -> bool {
    // A comment or a declaration of XML may stand before it.
    text.trim_start().starts_with('<')
        && ["<html", "<!doctype html", "<head", "<body"].iter().any(|tag| find_ignoring_case(text, tag).is_some())
}

fn begins(text: &str, with: &str) -> bool {
    text.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with))
}

/// A page's words: what is for browsers is left out, as far as it is closed.
fn without_markup(page: &str) -> String {
    let mut words = String::with_capacity(page.len());
    let mut rest = page;
    while let Some(at) = rest.find('<') {
        words.push_str(&rest[..at]);
        words.push(' ');
        rest = after_markup(&rest[at..]);
    }
    words + rest
}

/// What follows the tag, the comment or the whole element that `markup` begins with.
fn after_markup(markup: &str) -> &str {
    let after = |end: &str| find_ignoring_case(markup, end).map(|at| &markup[at + end.len()..]);
    let whole = if begins(markup, "<!--") {
        after("-->")
    } else if begins(markup, "<script") {
        after("</script>")
    } else if begins(markup, "<style") {
        after("</style>")
    } else {
        None
    };
    // One that is cut off: the last thing on the page, or no tag at all.
    whole.or_else(|| after(">")).unwrap_or_default()
}

fn find_ignoring_case(text: &str, what: &str) -> Option<usize> {
    text.as_bytes().windows(what.len()).position(|window| window.eq_ignore_ascii_case(what.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> String {
        excerpt(text, &["secret-0123456789"], false)
    }

    #[test]
    fn a_page_is_its_words() {
        let page = "<!DOCTYPE html>\n<html><head><title>차단</title><STYLE>p { color: red }</style>\n<script>if (1 < 2) x()</SCRIPT>\
                    <!-- <p>nobody reads this</p> --></head>\r\n<body>Request <b>blocked</b>,<br>support id: 1234567</body></html>";
        assert_eq!(of(page), "차단 Request blocked , support id: 1234567");
        assert_eq!(of("<html>overseas IP blocked, ask ip-block@"), "overseas IP blocked, ask ip-block@");
        assert_eq!(of("<html><p>cut within a <scr"), "cut within a");
        assert_eq!(of("<html><script>never closed"), "never closed");
        assert_eq!(of("<html><body></body></html>"), "");
        assert_eq!(of("\n<HTML>차단됨"), "차단됨");
        assert_eq!(of("<body>"), "");
        assert_eq!(of("<?xml version=\"1.0\"?><!-- 1 --><!DOCTYPE HTML><p>blocked"), "blocked");
    }

    #[test]
    fn what_is_no_page_keeps_its_tags() {
        let xml = "<?xml version=\"1.0\"?><ResultCode>00</ResultCode>";
        assert_eq!(of(xml), xml);
        assert_eq!(of("{\"a\":\"<html>\"}"), "{\"a\":\"<html>\"}");
    }

    #[test]
    fn it_stands_on_one_line_without_control_characters() {
        assert_eq!(of(" a\r\n\t b\u{1b}[31mred\0\u{7f}\u{85}c\u{2028}d "), "a b[31mred c d");
        assert_eq!(of("x\u{202e}y\u{200b}z\u{feff}"), "xyz");
        assert_eq!(of("\u{fffd}\u{fffd}\u{0}\u{fffd}P\u{fffd}K"), "\u{fffd}P\u{fffd}K");
        assert_eq!(of(""), "");
    }

    #[test]
    fn it_is_cut_between_two_characters() {
        let long = of(&"한".repeat(1_000));
        assert_eq!((long.chars().count(), long.ends_with("한…")), (500, true));
        assert_eq!(of(&"한".repeat(500)), "한".repeat(500));
        let huge = "글 ".repeat(LOOKED_THROUGH);
        assert_eq!(of(&huge).chars().count(), 500);
    }

    #[test]
    fn a_secret_is_hidden_before_anything_is_cut() {
        for before in 470..=510 {
            let text = format!("{}secret-0123456789 and more", "x".repeat(before));
            assert!(!of(&text).contains("sec"), "{}", of(&text));
        }
        for before in LOOKED_THROUGH - 20..LOOKED_THROUGH {
            let text = format!("<html>{}<p>secret-0123456789", "<i>".repeat(before / 3));
            assert!(!of(&text).contains("secr"), "{}", of(&text));
        }
        // Joined by what is left out.
        assert_eq!(of("s\0e\0c\0r\0e\0t\0-\u{200b}0123456789"), "(hidden)");
        assert_eq!(excerpt("cut off at secret-01", &["secret-0123456789"], true), "cut off at (hidden)");
    }
}
