//! Takes secrets out of what somebody else wrote.

const MARK: &[u8] = b"(hidden)";
/// The beginning of a secret that is shorter than this, at the end of what was cut off, tells nothing of it.
const SHORTEST_BEGINNING: usize = 4;
/// An entity of HTML is no longer than this.
const LONGEST_ENTITY: usize = 12;

/// Returns `text` with a mark in place of every secret, however it is written there: in small or capital letters, with JSON's
/// escapes, percent-encoded, or with HTML's entities.
///
/// Where the text was `cut` off, the beginning of a secret at its end is one, too.
pub(crate) fn redact(text: String, secrets: &[&str], cut: bool) -> String {
    match redacted(text.as_bytes(), secrets, cut) {
        None => text,
        Some(shown) => String::from_utf8_lossy(&shown).into_owned(),
    }
}

/// The same for bytes of which the charset is not known yet: one of two bytes a character could take a secret's first
/// letter into that, and show the rest.
pub(crate) fn redact_bytes(bytes: Vec<u8>, secrets: &[&str], cut: bool) -> Vec<u8> {
    redacted(&bytes, secrets, cut).unwrap_or(bytes)
}

/// Returns what may be shown, or nothing where that is all of it.
fn redacted(text: &[u8], secrets: &[&str], cut: bool) -> Option<Vec<u8>> {
    let mut shown = Vec::new();
    let (mut at, mut kept) = (0, 0);
    let may_begin = beginnings(secrets);
    while let Some(next) = text[at..].iter().position(|byte| may_begin[usize::from(*byte)]) {
        at += next;
        let rest = &text[at..];
        let found =
            secrets.iter().filter(|secret| may_be(secret, rest)).find_map(|secret| length_of(secret, rest, cut));
        let too_short = |length: usize| cut && length == rest.len() && length < SHORTEST_BEGINNING;
        if let Some(length) = found.filter(|length| !too_short(*length)) {
            shown.extend_from_slice(&text[kept..at]);
            shown.extend_from_slice(MARK);
            at += length;
            kept = at;
        } else {
            at += 1;
        }
    }
    if kept == 0 {
        return None;
    }
    shown.extend_from_slice(&text[kept..]);
    Some(shown)
}

/// The bytes that one of `secrets` may begin with, as itself or encoded.
fn beginnings(secrets: &[&str]) -> [bool; 256] {
    let mut may_begin = [false; 256];
    for first in secrets.iter().filter_map(|secret| secret.as_bytes().first()).chain(b"\\%&") {
        may_begin[usize::from(first.to_ascii_lowercase())] = true;
        may_begin[usize::from(first.to_ascii_uppercase())] = true;
    }
    may_begin
}

/// A quick look at two bytes, which rules out almost every place where only the first one fits.
fn may_be(secret: &str, text: &[u8]) -> bool {
    match (secret.as_bytes(), text) {
        ([], _) => false,
        (_, [b'\\' | b'%' | b'&', ..]) => true,
        ([a, b, ..], [first, next, ..]) => {
            first.eq_ignore_ascii_case(a) && (next.eq_ignore_ascii_case(b) || matches!(next, b'\\' | b'%' | b'&'))
        }
        _ => true,
    }
}

/// How many bytes `secret` takes at the beginning of `text`, if it stands there, or if all of a text that was `cut` off is its
/// beginning.
fn length_of(secret: &str, text: &[u8], cut: bool) -> Option<usize> {
    let Some(c) = secret.chars().next() else { return Some(0) };
    let mut buffer = [0; 4];
    let plain = c.encode_utf8(&mut buffer).as_bytes();
    if cut && is_cut_within(plain, text) {
        return Some(text.len());
    }
    let rest = &secret[plain.len()..];
    // A sign that begins an escape may also stand for itself.
    let lengths = [plain_length(plain, text), escaped_length(c, plain, text)];
    lengths.into_iter().flatten().find_map(|length| Some(length + length_of(rest, &text[length..], cut)?))
}

/// Returns whether `text` may be the beginning of one character that is written somehow.
fn is_cut_within(plain: &[u8], text: &[u8]) -> bool {
    match text {
        [b'\\'] => true,
        [b'\\', b'u', digits @ ..] => digits.len() < 4,
        [b'%', ..] => text.len() < 3 * plain.len(),
        [b'&', name @ ..] => text.len() < LONGEST_ENTITY && !name.contains(&b';'),
        _ => text.len() < plain.len() && plain.starts_with(text),
    }
}

fn plain_length(plain: &[u8], text: &[u8]) -> Option<usize> {
    text.get(..plain.len())?.eq_ignore_ascii_case(plain).then_some(plain.len())
}

fn escaped_length(c: char, plain: &[u8], text: &[u8]) -> Option<usize> {
    let is_same = |value: u32| char::from_u32(value).is_some_and(|escaped| escaped.eq_ignore_ascii_case(&c));
    match text {
        [b'\\', b'u', ..] => is_same(number(text.get(2..6)?, 16)?).then_some(6),
        [b'\\', escaped @ (b'"' | b'/' | b'\\'), ..] => (char::from(*escaped) == c).then_some(2),
        [b'%', ..] => {
            let encoded = text.get(..3 * plain.len())?.chunks(3).zip(plain);
            let mut same = encoded.map(|(code, byte)| {
                let value = number(&code[1..], 16).and_then(|value| u8::try_from(value).ok());
                code[0] == b'%' && value.is_some_and(|value| value.eq_ignore_ascii_case(byte))
            });
            same.all(|same| same).then_some(3 * plain.len())
        }
        [b'&', name @ ..] => {
            let end = name.iter().take(LONGEST_ENTITY).position(|byte| *byte == b';')?;
            is_same(entity(&name[..end])?).then_some(end + 2)
        }
        _ => None,
    }
}

/// The character that an entity of HTML stands for.
fn entity(name: &[u8]) -> Option<u32> {
    match name {
        b"amp" => Some('&'.into()),
        b"lt" => Some('<'.into()),
        b"gt" => Some('>'.into()),
        b"quot" => Some('"'.into()),
        b"apos" => Some('\''.into()),
        [b'#', b'x' | b'X', digits @ ..] => number(digits, 16),
        [b'#', digits @ ..] => number(digits, 10),
        _ => None,
    }
}

fn number(digits: &[u8], base: u32) -> Option<u32> {
    digits
        .iter()
        .try_fold(0_u32, |value, digit| value.checked_mul(base)?.checked_add(char::from(*digit).to_digit(base)?))
}

#[cfg(test)]
mod tests {
    use super::{redact, redact_bytes};

    const SECRET: &str = "Ab/열c\"9";

    fn shown(text: &str) -> String {
        redact(text.to_owned(), &["", "no such", SECRET], false)
    }

    #[test]
    fn a_secret_is_hidden_however_it_is_written() {
        for written in [
            "Ab/열c\"9",
            "aB/열C\"9",
            r#"Ab\/열c\"9"#,
            r"\u0041\u0062\u002F\uc5f4\u0063\u0022\u0039",
            r"\u0061b\u002f\uC5F4c\u00229",
            "Ab%2F%EC%97%B4c%229",
            "%41%62%2f%ec%97%b4%63%22%39",
            "Ab&#47;열c&quot;9",
            "&#x41;&#98;&#x2F;&#50676;&#X63;&#0034;&#57;",
        ] {
            assert_eq!(shown(written), "(hidden)", "{written}");
            assert_eq!(shown(&format!("한{written}글{written}{written}")), "한(hidden)글(hidden)(hidden)");
        }
    }

    #[test]
    fn a_secret_that_begins_like_an_escape_is_hidden_too() {
        for (secret, written) in [
            ("%a1", "%a1"),
            ("%a1", "%25a1"),
            ("%a1", "%25%61%31"),
            ("%25", "%25"),
            ("\\b2", r"\\b2"),
            ("\\b2", r"\u005cb2"),
            ("&lt;", "&lt;"),
            ("&lt;", "&amp;lt;"),
            ("<'>", "&lt;&apos;&gt;"),
        ] {
            assert_eq!(redact(format!("x{written}y"), &[secret], false), "x(hidden)y", "{written}");
        }
        assert_eq!(redact("열쇠 열쇠1".to_owned(), &["열쇠1", "쇠"], false), "열(hidden) (hidden)");
        assert_eq!(redact("k".to_owned(), &["k"], false), "(hidden)");
    }

    #[test]
    fn the_beginning_of_a_secret_is_hidden_where_the_text_was_cut_off() {
        let whole = |written: &str| written.char_indices().map(|(at, _)| at).collect::<Vec<_>>();
        for written in [
            "Ab/열c\"9",
            r#"Ab\/열c\"9"#,
            r"\u0041\u0062\u002F\uc5f4\u0063\u0022\u0039",
            "Ab%2F%EC%97%B4c%229",
            "&#x41;&#98;&#x2F;&#50676;&#X63;&#0034;&#57;",
        ] {
            for at in whole(written).into_iter().filter(|at| *at >= 4) {
                let text = || format!("한글 {}", &written[..at]);
                assert_eq!(redact(text(), &[SECRET], true), "한글 (hidden)", "{}", text());
                assert_eq!(redact(text(), &[SECRET], false), text());
            }
            assert_eq!(redact(format!("{written}."), &[SECRET], true), "(hidden).");
        }
        // What is too short to tell anything stays as it is.
        for text in ["", "A", "Ab/", "%", "&", "\\", "a & b"] {
            assert_eq!(redact(text.to_owned(), &[SECRET], true), text);
        }
    }

    #[test]
    fn a_secret_is_hidden_in_bytes_of_any_charset() {
        let bytes = [b"\xb0\xa1\xb0".as_slice(), b"secret key", b"\xff"].concat();
        let shown = redact_bytes(bytes, &["secret key"], false);
        assert_eq!(shown, b"\xb0\xa1\xb0(hidden)\xff");
    }

    #[test]
    fn what_is_no_secret_stays() {
        let escape = r"Ab\u002";
        for text in [
            "",
            "A",
            "Ab/열c\"",
            "Ab/열c\"8",
            r"Ab\/\uc5f",
            "Ab%2F%EC%97",
            "Ab%2F%EC%97%B5c%229",
            escape,
            "Ab%G1열",
            "Ab&",
            "Ab&#47",
            "Ab&#x;",
            "Ab&#99999999999;",
            "&nbsp;",
            "&;",
        ] {
            assert_eq!(shown(text), text);
        }
        assert_eq!(redact("hidden (hidden)".to_owned(), &["hidden"], false), "(hidden) ((hidden))");
    }
}
