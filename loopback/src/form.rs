//! The strict reader of `application/x-www-form-urlencoded` bodies.
//!
//! Browsers' rules forgive a stray `%` and bytes that are not UTF-8; a gateway that signs what it reads can't.

/// The most fields a form may have; the endpoints know ten.
const FIELDS_MAX: usize = 64;

/// A body that is not a well-formed UTF-8 form.
#[derive(Debug, PartialEq, Eq)]
pub struct Malformed;

/// Decodes every field in order, duplicates included.
///
/// # Errors
///
/// It is malformed, or has too many fields.
pub fn decode(body: &[u8]) -> Result<Vec<(String, String)>, Malformed> {
    let mut fields = Vec::new();
    for pair in body.split(|byte| *byte == b'&') {
        if pair.is_empty() {
            continue;
        }
        if fields.len() == FIELDS_MAX {
            return Err(Malformed);
        }
        let middle = pair.iter().position(|byte| *byte == b'=');
        let (name, value) = match middle {
            Some(at) => (&pair[..at], &pair[at + 1..]),
            None => (pair, &[][..]),
        };
        fields.push((text(name)?, text(value)?));
    }
    Ok(fields)
}

/// Decodes one name or value.
///
/// # Errors
///
/// It is malformed.
pub fn text(encoded: &[u8]) -> Result<String, Malformed> {
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        match first {
            b'+' => bytes.push(b' '),
            b'%' => {
                let (digits, after) = rest.split_at_checked(2).ok_or(Malformed)?;
                rest = after;
                let mut byte = [0];
                hex::decode_to_slice(digits, &mut byte).map_err(|_| Malformed)?;
                bytes.push(byte[0]);
            }
            _ => bytes.push(*first),
        }
    }
    String::from_utf8(bytes).map_err(|_| Malformed)
}

#[cfg(test)]
mod tests {
    use super::{Malformed, decode};

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn decodes_what_an_encoder_writes() {
        let odd = " +&=%\u{0}\"'<>가맹점😀~*-._\r\n\u{fffd}";
        let body =
            form_urlencoded::Serializer::new(String::new()).append_pair("mid", odd).append_pair(odd, "1").finish();
        assert_eq!(decode(body.as_bytes()), Ok(pairs(&[("mid", odd), (odd, "1")])));
    }

    #[test]
    fn keeps_order_duplicates_and_empty_values() {
        assert_eq!(
            decode(b"b=2&a=1&b=3&&c=&d&e=x=y&"),
            Ok(pairs(&[("b", "2"), ("a", "1"), ("b", "3"), ("c", ""), ("d", ""), ("e", "x=y")]))
        );
        assert_eq!(decode(b""), Ok(Vec::new()));
        assert_eq!(decode("a=가".as_bytes()), Ok(pairs(&[("a", "가")])));
    }

    #[test]
    fn refuses_bad_escapes_bytes_that_are_no_utf_8_and_floods() {
        for bad in [&b"a=%"[..], b"a=%4", b"a=%zz", b"a=%+1", b"%=1", b"a=%B0%A1", b"a=\xb0\xa1", b"a=%ED%A0%80"] {
            assert_eq!(decode(bad), Err(Malformed), "{bad:?}");
        }
        assert!(decode("a=1&".repeat(64).as_bytes()).is_ok());
        assert_eq!(decode("a=1&".repeat(65).as_bytes()), Err(Malformed));
    }
}
