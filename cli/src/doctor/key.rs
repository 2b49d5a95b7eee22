//! A key that looks damaged. Nothing of it is ever told, nor how long it is.
//!
//! What can't be a key, such as quotes or invisible characters, the client's settings refuse by themselves.

/// What looks wrong with a key, and what to do.
pub(crate) struct Doubt {
    /// Whether it can't be right.
    pub(crate) is_sure: bool,
    pub(crate) what: &'static str,
    pub(crate) advice: &'static str,
}

/// The SHA-256 of nothing, and of a line break: what a script makes of a key that was not there.
const OF_NOTHING: [&str; 2] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "01ba4719c80b6fe911b091a7c05124b64eeece964e09c058ef8f9805daca546b",
];
/// What stands in examples where a key is to be put, in small letters and without signs.
const PLACEHOLDERS: [&str; 15] = [
    "changeme",
    "signkey",
    "yoursignkey",
    "mysignkey",
    "yourkey",
    "mykey",
    "key",
    "secret",
    "secretkey",
    "password",
    "placeholder",
    "example",
    "todo",
    "dummy",
    "replaceme",
];
const AGAIN: &str = "copy it again from the gateway's own page or letter, in full and unchanged";

/// Looks at a sign key.
pub(crate) fn sign_key(key: &str, mid: &str) -> Option<Doubt> {
    let doubt = |what, advice| Some(Doubt { is_sure: false, what, advice });
    let sure = |what, advice| Some(Doubt { is_sure: true, what, advice });
    let bare: String = key.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    let is_of_one = key.chars().all(|c| key.starts_with(c));
    if PLACEHOLDERS.contains(&bare.as_str()) || is_of_one {
        return sure("is a placeholder", "replace it by the key that the gateway issued");
    }
    if key == mid {
        return sure(
            "is the merchant id",
            "the key is a different text, which the gateway issued with the merchant id",
        );
    }
    if key.len() == 64 && key.bytes().all(|b| b.is_ascii_hexdigit()) {
        return doubt(
            "is 64 hex digits, as the SHA-256 of a key is",
            "if it is that, set it as PAYWELCOME_MKEY; as a sign key it would be hashed a second time",
        );
    }
    if key.contains("\\n") || key.contains("\\r") || key.contains("\\u") {
        return doubt("contains a literal \\n, \\r or \\u", AGAIN);
    }
    let after_percent = |rest: &str| rest.get(..2).is_some_and(|two| two.bytes().all(|b| b.is_ascii_hexdigit()));
    if key.split('%').skip(1).any(after_percent) {
        return doubt("holds percent escapes, as in a URL", "decode it: %2B is +, %2F is /, %3D is =");
    }
    if !key.is_ascii() {
        return doubt("holds letters that are not ASCII", AGAIN);
    }
    if key.contains(' ') {
        return doubt("holds a space", "a form may have turned a + into it; copy the key again");
    }
    of_base64(key)
}

/// Whether what looks like base64 has lost its end.
fn of_base64(key: &str) -> Option<Doubt> {
    let letters = key.trim_end_matches('=');
    let is_base64 = letters.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'+' || b == b'/');
    let has = |of: fn(u8) -> bool| letters.bytes().any(of);
    let mixed = has(|b| b.is_ascii_lowercase()) && has(|b| b.is_ascii_uppercase());
    // A word is not base64, and a text in small letters is most likely hex or made by hand.
    let looks_so =
        is_base64 && (letters.len() < key.len() || has(|b| b == b'+' || b == b'/') || letters.len() >= 20 && mixed);
    let what = match key.len() % 4 {
        _ if !looks_so => return None,
        0 if key.len() - letters.len() <= 2 => return None,
        _ if letters.len() % 4 == 1 => "looks like base64 with a character too few or too many",
        _ if letters.len() == key.len() => "looks like base64 that has lost its padding, the = at its end",
        _ => "looks like base64 with incomplete padding, the = at its end",
    };
    Some(Doubt {
        is_sure: false,
        what,
        advice: "copy it again, with every = at its end: a program that splits at = may have cut it",
    })
}

/// Looks at an mkey, whose form the settings have checked.
pub(crate) fn mkey(mkey: &str) -> Option<Doubt> {
    let (sure, what, advice) = if OF_NOTHING.iter().any(|known| known.eq_ignore_ascii_case(mkey)) {
        (
            true,
            "is the SHA-256 of an empty text",
            "the sign key was missing when it was made: make it again from the key, without a line break",
        )
    } else if mkey.bytes().all(|b| Some(b) == mkey.bytes().next()) {
        (true, "is a placeholder", "replace it by the SHA-256 of the sign key")
    } else {
        return None;
    };
    Some(Doubt { is_sure: sure, what, advice })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_damaged_is_named() {
        for (key, words) in [
            ("SU5JTElURV9UUklQTEVERVNfS0VZU1RS", None),
            ("SU5JTElURV9UUklQTEVERVNfS0VZU1R=", None),
            ("made-up", None),
            ("5e884898da28047151d0e56f8dc6292", None),
            ("paywelcome-sandbox-key", None),
            ("SU5JTElURV9UUklQTEVERVNfS0VZUw", Some("lost its padding")),
            ("SU5JTElURV9UUklQTEVERVNfS0VZUw=", Some("incomplete")),
            ("SU5JTElURV9UUklQTEVERVNfS0VZU", Some("too few")),
            ("ab+/c", Some("too few")),
            ("SU5JTElURV9UUklQTEVERVNfS0VZUw%3D%3D", Some("percent")),
            ("SU5JTElURV9U UklQTEVERVNfS0VZUw==", Some("space")),
            ("SU5JTElURV9U\\n", Some("literal")),
            ("가맹점키", Some("ASCII")),
            ("changeme", Some("placeholder")),
            ("YOUR_SIGN_KEY", Some("placeholder")),
            ("xxxxxxxx", Some("placeholder")),
            ("welcometst", Some("merchant id")),
            ("5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8", Some("64 hex digits")),
        ] {
            let found = sign_key(key, "welcometst");
            match words {
                None => assert!(found.is_none(), "{key}: {}", found.map(|found| found.what).unwrap_or_default()),
                Some(words) => assert!(found.is_some_and(|found| found.what.contains(words)), "{key}"),
            }
        }
        assert!(mkey(&OF_NOTHING[0].to_uppercase()).is_some_and(|found| found.is_sure));
        assert!(mkey(&"0".repeat(64)).is_some());
        assert!(mkey("5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8").is_none());
    }
}
