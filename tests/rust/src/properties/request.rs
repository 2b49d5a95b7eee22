//! A form says what was asked and nothing else, in the documented order, signed for the moment it names.

use std::time::{Duration, SystemTime};

use form_urlencoded::parse;
use paywelcome::{Argument, CancelRequest, ErrorKind, PartialCancelRequest};

use super::{digits, writer};
use crate::{MID, signature};

/// Takes four bytes as the moment, one for the operation, and the rest as the fields, divided by line breaks; a field
/// that is a dash is left out.
///
/// # Panics
///
/// Where a form does not say what was asked, or a request is taken or refused against the rules.
pub fn request(data: &[u8]) {
    let [a, b, c, d, operation, rest @ ..] = data else { return };
    let seconds = u64::from(u32::from_be_bytes([*a, *b, *c, *d]));
    let at = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    let rest = String::from_utf8_lossy(rest);
    let given: Vec<&str> = rest.split('\n').collect();
    let field = |at: usize| given.get(at).copied().filter(|text| *text != "-");
    let argument = |at: usize| Argument::from(field(at));
    let (form, fields) = if operation % 2 == 0 {
        let request = CancelRequest {
            pay_type: argument(0),
            tid: argument(1),
            price: argument(2),
            currency: argument(3),
            cancel_type: argument(4),
            ..CancelRequest::default()
        };
        let fields = [
            ("payType", pay_type(field(0))),
            ("mid", Some(Some(MID.to_owned()))),
            ("tid", tid(field(1))),
            ("price", above_zero(field(2))),
            ("currency", currency(field(3))),
            ("timestamp", Some(None)),
            ("signature", Some(None)),
            ("cancelType", cancel_type(field(4), field(0))),
        ];
        (writer().cancel_form(&request, at), fields.to_vec())
    } else {
        let request = PartialCancelRequest {
            pay_type: argument(0),
            tid: argument(1),
            cancel_price: argument(2),
            confirm_price: argument(3),
            currency: argument(4),
            tax: argument(5),
            taxfree: argument(6),
            ..PartialCancelRequest::default()
        };
        let fields = [
            ("payType", pay_type(field(0))),
            ("mid", Some(Some(MID.to_owned()))),
            ("tid", tid(field(1))),
            ("cancelPrice", above_zero(field(2))),
            ("confirmPrice", field(3).and_then(digits).map(Some)),
            ("currency", currency(field(4))),
            ("tax", tax(field(5))),
            ("taxfree", tax(field(6))),
            ("timestamp", Some(None)),
            ("signature", Some(None)),
        ];
        (writer().partial_cancel_form(&request, at), fields.to_vec())
    };
    // None is a field that is refused, Some(None) one that is not posted.
    let wrong: Vec<&str> = fields.iter().filter(|(_, value)| value.is_none()).map(|(name, _)| *name).collect();
    match form {
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error:?}");
            let refused: Vec<&str> = error.fields().iter().map(|refused| refused.field.camel()).collect();
            assert_eq!(refused, wrong, "{error}");
        }
        Ok(form) => {
            assert!(wrong.is_empty(), "{wrong:?} were taken: {form}");
            assert!(form.bytes().all(|b| b.is_ascii_graphic()), "{form}");
            let stamp = korean_digits(seconds);
            let expected = fields.into_iter().filter_map(|(name, value)| match name {
                "timestamp" => Some((name.to_owned(), stamp.clone())),
                "signature" => Some((name.to_owned(), signature(&stamp))),
                _ => Some((name.to_owned(), value.flatten()?)),
            });
            let posted = parse(form.as_bytes()).map(|(name, value)| (name.into_owned(), value.into_owned()));
            assert_eq!(posted.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
        }
    }
}

/// What is posted of a field, or nothing, or that it is refused.
type Posted = Option<Option<String>>;

fn pay_type(given: Option<&str>) -> Posted {
    let text = given?;
    let word = text.chars().all(|c| matches!(c, 'a'..='z' | '0'..='9' | '_'));
    let first = text.chars().next().is_some_and(|c| c.is_ascii_lowercase());
    (word && first && text.len() <= 10).then(|| Some(text.to_owned()))
}

fn tid(given: Option<&str>) -> Posted {
    let text = given?;
    let clean = !text.chars().any(|c| c.is_control() || is_invisible(c) || (c.is_whitespace() && c != ' '));
    (clean
        && text.trim() == text
        && !text.starts_with(is_quote)
        && !text.ends_with(is_quote)
        && !is_left_over(text)
        && (1..=40).contains(&text.chars().count()))
    .then(|| Some(text.to_owned()))
}

/// Nothing is seen of it, or it says that something was lost.
fn is_invisible(c: char) -> bool {
    let ranges = [
        (0xAD, 0xAD),
        (0x34F, 0x34F),
        (0x61C, 0x61C),
        (0x115F, 0x1160),
        (0x17B4, 0x17B5),
        (0x180B, 0x180F),
        (0x200B, 0x200F),
        (0x202A, 0x202E),
        (0x2060, 0x206F),
        (0x3164, 0x3164),
        (0xFE00, 0xFE0F),
        (0xFEFF, 0xFEFF),
        (0xFFA0, 0xFFA0),
        (0xFFF0, 0xFFF8),
        (0xFFFD, 0xFFFD),
        (0x1BCA0, 0x1BCA3),
        (0x1D173, 0x1D17A),
        (0xE0000, 0xE0FFF),
    ];
    ranges.iter().any(|(first, last)| (*first..=*last).contains(&u32::from(c)))
}

fn is_quote(c: char) -> bool {
    "\"'`´«»‘’‚‛“”„‟‹›⹂「」『』〝〞〟﹁﹂﹃﹄＂＇｢｣".contains(c)
}

/// A word for nothing, a variable that was not filled in, a mask, or what stood before the value.
fn is_left_over(text: &str) -> bool {
    let small = text.to_ascii_lowercase();
    let between =
        |opens: &str, closes: &str| text.find(opens).is_some_and(|at| text[at + opens.len()..].contains(closes));
    let is_name = |name: &str| {
        !name.is_empty()
            && !name.starts_with(|c: char| c.is_ascii_digit())
            && name.chars().all(|c| c == '_' || c.is_ascii_alphanumeric())
    };
    ["undefined", "null", "None", "nil", "NaN", "[object Object]"].contains(&text)
        || between("${", "}")
        || between("$(", ")")
        || between("{{", "}}")
        || between("#{", "}")
        || between("<%", "%>")
        || text.strip_prefix('$').is_some_and(|name| is_name(name) && !name.chars().any(|c| c.is_ascii_lowercase()))
        || (text.len() > 2 && text.starts_with('%') && text.ends_with('%') && is_name(&text[1..text.len() - 1]))
        || (text.starts_with('<') && text.ends_with('>'))
        || text.chars().all(|c| "*•●∙".contains(c))
        || text.contains(" #")
        || ["bearer ", "paywelcome_", "export "].iter().any(|start| small.starts_with(start))
}

fn above_zero(given: Option<&str>) -> Posted {
    digits(given?).filter(|digits| digits != "0").map(Some)
}

fn tax(given: Option<&str>) -> Posted {
    given.map_or(Some(None), |text| digits(text).filter(|digits| digits.len() <= 10).map(Some))
}

fn currency(given: Option<&str>) -> Posted {
    let word = given.unwrap_or("WON");
    matches!(word, "WON" | "USD").then(|| Some(word.to_owned()))
}

fn cancel_type(given: Option<&str>, pay_type: Option<&str>) -> Posted {
    match given {
        None => Some(None),
        Some("C") if !matches!(pay_type, Some("card" | "vbank" | "bank")) => Some(Some("C".to_owned())),
        Some(_) => None,
    }
}

/// The moment in Korean digits, counted day by day and not by a library.
fn korean_digits(seconds: u64) -> String {
    let (mut days, clock) = ((seconds + 32_400) / 86_400, (seconds + 32_400) % 86_400);
    let leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let mut year = 1970;
    while days >= 365 + u64::from(leap(year)) {
        days -= 365 + u64::from(leap(year));
        year += 1;
    }
    let mut month = 0;
    let lengths = [31, 28 + u64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    while days >= lengths[month] {
        days -= lengths[month];
        month += 1;
    }
    let (hour, minute, second) = (clock / 3_600, clock / 60 % 60, clock % 60);
    format!("{year:04}{:02}{:02}{hour:02}{minute:02}{second:02}", month + 1, days + 1)
}
