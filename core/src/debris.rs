//! What a copy and paste, or a template that nobody filled in, leaves in an identifier, a key or an address.

/// What languages write for a missing value.
const NOTHING: [&str; 6] = ["undefined", "null", "None", "nil", "NaN", "[object Object]"];
/// The longest of them that is letters only.
const LONGEST_WORD: usize = "undefined".len();
/// What opens and closes the name of a variable in common templates.
const TEMPLATES: [(&str, &str); 5] = [("${", "}"), ("$(", ")"), ("{{", "}}"), ("#{", "}"), ("<%", "%>")];
const MASKS: [char; 4] = ['*', '•', '●', '∙'];

/// Says what does not belong to `text`, and what to pass instead; nothing of the text itself.
pub(crate) fn found_in(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err("is empty; pass a text".to_owned());
    }
    let starts_with = |word: &str| text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    if starts_with("PAYWELCOME_") || starts_with("export ") {
        return Err("starts with a variable's name; pass what follows its =".to_owned());
    }
    // Looked at on every call: an id or a key of nothing but these holds none of what follows.
    if text.len() > LONGEST_WORD && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-+/=.".contains(&b)) {
        return Ok(());
    }
    stray(text)?;
    let (starts, ends) = (text.starts_with(is_quote), text.ends_with(is_quote));
    if starts && ends {
        return Err("has quotes around it; pass it without them".to_owned());
    }
    if starts || ends {
        return Err("starts or ends with a quote; pass it without".to_owned());
    }
    if NOTHING.contains(&text) {
        return Err("is a word for a missing value, such as \"undefined\"; pass the value itself".to_owned());
    }
    if is_unfilled(text) {
        return Err("holds a variable that was not replaced, such as ${NAME}; pass its value".to_owned());
    }
    if text.chars().all(|c| MASKS.contains(&c)) {
        return Err("is a masked value, such as ***; pass the real one".to_owned());
    }
    if starts_with("Bearer ") {
        return Err("starts with Bearer; pass what follows it".to_owned());
    }
    if text.contains(" #") {
        return Err("holds a comment, which starts with #; pass the value without it".to_owned());
    }
    Ok(())
}

/// Says which characters that can't be seen `text` holds.
fn stray(text: &str) -> Result<(), String> {
    if text.ends_with(['\n', '\r']) {
        return Err("ends with a line break; pass it without".to_owned());
    }
    if text.chars().any(char::is_control) {
        return Err("holds a control character, such as a line break; pass it without".to_owned());
    }
    if text.is_ascii() {
        if text.trim_ascii() != text {
            return Err("starts or ends with white space; pass it without".to_owned());
        }
        return Ok(());
    }
    for (what, is_one) in [
        ("an invisible character", is_invisible as fn(char) -> bool),
        ("a space that is not a plain one", |c| c.is_whitespace() && c != ' '),
        ("the mark of a character that could not be read", |c| c == char::REPLACEMENT_CHARACTER),
    ] {
        if let Some(c) = text.chars().find(|c| is_one(*c)) {
            return Err(format!("holds {what}, U+{:04X}; pass it without", u32::from(c)));
        }
    }
    if text.trim() != text {
        return Err("starts or ends with white space; pass it without".to_owned());
    }
    Ok(())
}

/// Takes white space and one pair of quotes from around a value, as a shell would have.
pub(crate) fn unquoted(text: &str) -> &str {
    let text = text.trim();
    let within = ['"', '\''].iter().find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote));
    within.unwrap_or(text).trim()
}

/// Unicode's `Quotation_Mark`, and the accents that are typed in their place.
fn is_quote(c: char) -> bool {
    matches!(c,
        '"' | '\'' | '`' | '\u{B4}' | '«' | '»' | '\u{2018}'..='\u{201F}' | '‹' | '›' | '\u{2E42}'
        | '\u{300C}'..='\u{300F}' | '\u{301D}'..='\u{301F}' | '\u{FE41}'..='\u{FE44}' | '\u{FF02}' | '\u{FF07}'
        | '\u{FF62}' | '\u{FF63}')
}

fn is_unfilled(text: &str) -> bool {
    let holds = |(opens, closes): &(&str, &str)| text.split_once(opens).is_some_and(|(_, rest)| rest.contains(closes));
    if TEMPLATES.iter().any(holds) {
        return true;
    }
    let is_name = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    };
    text.strip_prefix('$').is_some_and(|name| is_name(name) && !name.bytes().any(|b| b.is_ascii_lowercase()))
        || text.strip_prefix('%').and_then(|rest| rest.strip_suffix('%')).is_some_and(is_name)
        || (text.starts_with('<') && text.ends_with('>'))
}

/// Unicode's `Default_Ignorable_Code_Point`: shown as nothing, such as a byte order mark or a zero-width space.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}' | '\u{180B}'..='\u{180F}'
        | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}'
        | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFF8}' | '\u{1BCA0}'..='\u{1BCA3}'
        | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_pasting_drags_in_is_named_and_not_repeated() {
        for (text, words) in [
            ("", "empty"),
            ("\"a1b2\"", "quotes around"),
            ("'a1b2'", "quotes around"),
            ("“a1b2”", "quotes around"),
            ("「a1b2」", "quotes around"),
            ("`a1b2`", "quotes around"),
            ("\"a1b2", "a quote"),
            ("a1b2’", "a quote"),
            ("\u{FEFF}a1b2", "U+FEFF"),
            ("a1\u{200B}b2", "U+200B"),
            ("a1b2\u{200D}", "U+200D"),
            ("a1\u{3164}b2", "U+3164"),
            ("a1b2\u{E0001}", "U+E0001"),
            ("a1\u{A0}b2", "U+00A0"),
            ("\u{3000}a1b2", "U+3000"),
            ("a1\u{FFFD}b2", "U+FFFD"),
            ("a1b2\n", "line break"),
            ("a1b2\r\n", "line break"),
            ("a1\tb2", "control character"),
            (" a1b2", "white space"),
            ("a1b2 ", "white space"),
            ("가 ", "white space"),
            ("${A1B2}", "variable"),
            ("x-${A1B2:-}", "variable"),
            ("$(a1b2)", "variable"),
            ("{{ a1b2 }}", "variable"),
            ("#{a1b2}", "variable"),
            ("<%= a1b2 %>", "variable"),
            ("$A1B2", "variable"),
            ("$A1B2_C", "variable"),
            ("%A1B2%", "variable"),
            ("<a1b2>", "variable"),
            ("undefined", "missing"),
            ("None", "missing"),
            ("[object Object]", "missing"),
            ("***", "mask"),
            ("Bearer a1b2", "Bearer"),
            ("bearer a1b2", "Bearer"),
            ("a1b2 # a1b2", "comment"),
            ("a1b2 #a1b2", "comment"),
            ("PAYWELCOME_MID=a1b2", "name"),
            ("export A1B2=c", "name"),
        ] {
            let said = found_in(text).expect_err(text);
            assert!(said.contains(words), "{text:?}: {said}");
            assert!(!said.contains("a1b2") && !said.contains("A1B2"), "{said}");
        }
    }

    #[test]
    fn what_a_gateway_may_issue_is_left_alone() {
        for text in [
            "k",
            "welcometst",
            "가맹점",
            "SU5JTElURV9UUklQTEVERVNfS0VZU1RS+/==",
            "a b",
            "a$b",
            "50%",
            "%",
            "$1",
            "a'b",
            "{a}",
            "a${",
            "<",
            "bearer",
            "undefined1",
            "a*",
            "p\"q",
            "Basic key",
            "$ecret",
            "a#b",
            "# a",
        ] {
            assert_eq!(found_in(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn a_value_is_taken_out_of_its_quotes_once() {
        for (text, value) in [
            (" http://a \n", "http://a"),
            ("\"http://a\"", "http://a"),
            (" ' http://a ' ", "http://a"),
            ("\"\"", ""),
            ("\"", "\""),
            ("\"a'", "\"a'"),
            ("''a''", "'a'"),
        ] {
            assert_eq!(unquoted(text), value);
        }
    }
}
