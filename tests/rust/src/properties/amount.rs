//! An amount is posted as the digits it has, or refused by name.

use std::time::SystemTime;

use paywelcome::{ErrorKind, Outcome};

use super::{digits, writer};
use crate::{full, partial};

/// Takes the bytes as an amount's text.
///
/// # Panics
///
/// Where the library posts another amount than was written, or refuses one that is well written.
pub fn amount(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let expected = digits(&text);
    let mut asked = full("T1");
    asked.price = (&*text).into();
    check(&text, expected.as_ref().filter(|digits| *digits != "0"), "price", writer().cancel_form(&asked, now()));
    let mut asked = partial("T1");
    asked.confirm_price = (&*text).into();
    check(&text, expected.as_ref(), "confirm_price", writer().partial_cancel_form(&asked, now()));
    let mut asked = partial("T1");
    asked.tax = (&*text).into();
    let short = expected.as_ref().filter(|digits| digits.len() <= 10);
    check(&text, short, "tax", writer().partial_cancel_form(&asked, now()));
}

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_790_000_000)
}

fn check(text: &str, expected: Option<&String>, field: &str, form: Result<String, paywelcome::Error>) {
    match (expected, form) {
        (Some(digits), Ok(form)) => {
            let mut wire = field.to_owned();
            if field == "confirm_price" {
                "confirmPrice".clone_into(&mut wire);
            }
            let pair = format!("&{wire}={digits}&");
            assert!(form.contains(&pair), "{text:?} was posted in {form}");
        }
        (None, Err(error)) => {
            assert_eq!((error.outcome(), error.kind()), (Outcome::NotSent, ErrorKind::InvalidRequest));
            let [refused] = error.fields() else { panic!("{text:?}: {error}") };
            assert_eq!(refused.field.snake(), field, "{text:?}");
        }
        (expected, form) => panic!("{text:?} is {expected:?}, but gave {form:?}"),
    }
}
