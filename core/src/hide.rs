//! Takes secrets out of a text that somebody else wrote.

const MARK: &str = "(hidden)";

/// Gives `text` with a mark in place of every secret, however it is written there: in small or capital letters, with JSON's
/// escapes, or percent-encoded.
pub(crate) fn hide(text: String, secrets: &[&str]) -> String {
    let mut shown = String::new();
    let (mut at, mut kept) = (0, 0);
    let may_begin = beginnings(secrets);
    while let Some(next) = text.as_bytes()[at..].iter().position(|byte| may_begin[usize::from(*byte)]) {
        at += next;
        let rest = &text.as_bytes()[at..];
        let found = secrets.iter().filter(|secret| may_be(secret, rest)).find_map(|secret| length_of(secret, rest));
        if let Some(length) = found {
            shown.push_str(&text[kept..at]);
            shown.push_str(MARK);
            at += length;
            kept = at;
        } else {
            at += 1;
        }
    }
    if kept == 0 {
        return text;
    }
    shown.push_str(&text[kept..]);
    shown
}

/// The bytes that one of `secrets` may begin with, as itself or encoded.
fn beginnings(secrets: &[&str]) -> [bool; 256] {
    let mut may_begin = [false; 256];
    for first in secrets.iter().filter_map(|secret| secret.as_bytes().first()).chain(b"\\%") {
        may_begin[usize::from(first.to_ascii_lowercase())] = true;
        may_begin[usize::from(first.to_ascii_uppercase())] = true;
    }
    may_begin
}

/// A quick look at two bytes, which rules out almost every place where only the first one fits.
fn may_be(secret: &str, text: &[u8]) -> bool {
    match (secret.as_bytes(), text) {
        ([], _) => false,
        (_, [b'\\' | b'%', ..]) => true,
        ([a, b, ..], [first, next, ..]) => {
            first.eq_ignore_ascii_case(a) && (next.eq_ignore_ascii_case(b) || matches!(next, b'\\' | b'%'))
        }
        _ => true,
    }
}

/// How many bytes `secret` takes at the beginning of `text`, if it stands there.
fn length_of(secret: &str, text: &[u8]) -> Option<usize> {
    let Some(c) = secret.chars().next() else { return Some(0) };
    let rest = &secret[c.len_utf8()..];
    // A sign that begins an escape may also stand for itself.
    let lengths = [plain_length(c, text), escaped_length(c, text)];
    lengths.into_iter().flatten().find_map(|length| Some(length + length_of(rest, &text[length..])?))
}

fn plain_length(c: char, text: &[u8]) -> Option<usize> {
    let mut buffer = [0; 4];
    let plain = c.encode_utf8(&mut buffer).as_bytes();
    text.get(..plain.len())?.eq_ignore_ascii_case(plain).then_some(plain.len())
}

fn escaped_length(c: char, text: &[u8]) -> Option<usize> {
    match text {
        [b'\\', b'u', ..] => {
            let escaped = char::from_u32(hexadecimal(text.get(2..6)?)?)?;
            escaped.eq_ignore_ascii_case(&c).then_some(6)
        }
        [b'\\', escaped @ (b'"' | b'/' | b'\\'), ..] => (char::from(*escaped) == c).then_some(2),
        [b'%', ..] => {
            let mut buffer = [0; 4];
            let plain = c.encode_utf8(&mut buffer).as_bytes();
            let encoded = text.get(..3 * plain.len())?.chunks(3).zip(plain);
            let mut same = encoded.map(|(code, byte)| {
                let value = hexadecimal(&code[1..]).and_then(|value| u8::try_from(value).ok());
                code[0] == b'%' && value.is_some_and(|value| value.eq_ignore_ascii_case(byte))
            });
            same.all(|same| same).then_some(3 * plain.len())
        }
        _ => None,
    }
}

fn hexadecimal(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |value, digit| Some(value * 16 + char::from(*digit).to_digit(16)?))
}

#[cfg(test)]
mod tests {
    use super::hide;

    const SECRET: &str = "Ab/열c\"9";

    fn shown(text: &str) -> String {
        hide(text.to_owned(), &["", "no such", SECRET])
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
        ] {
            assert_eq!(hide(format!("x{written}y"), &[secret]), "x(hidden)y", "{written}");
        }
        assert_eq!(hide("열쇠 열쇠1".to_owned(), &["열쇠1", "쇠"]), "열(hidden) (hidden)");
        assert_eq!(hide("k".to_owned(), &["k"]), "(hidden)");
    }

    #[test]
    fn what_is_no_secret_stays() {
        let escape = r"Ab\u002";
        for text in
            ["", "A", "Ab/열c\"", "Ab/열c\"8", r"Ab\/\uc5f", "Ab%2F%EC%97", "Ab%2F%EC%97%B5c%229", escape, "Ab%G1열"]
        {
            assert_eq!(shown(text), text);
        }
        assert_eq!(hide("hidden (hidden)".to_owned(), &["hidden"]), "(hidden) ((hidden))");
    }
}
