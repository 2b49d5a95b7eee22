//! sign key → mkey → plaintext → digest.

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::credentials::Credentials;

/// How the signed values are joined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SignatureFormat {
    /// `mid={mid}&mkey={mkey}&timestamp={timestamp}`: the guide's §3.3 and every working merchant.
    #[default]
    NameValue,
    /// The bare values with nothing between them: the field table's short form read by the letter.
    Concatenated,
}

impl SignatureFormat {
    fn parts<'a>(self, mid: &'a str, mkey: &'a str, timestamp: &'a str) -> [&'a str; 6] {
        match self {
            Self::NameValue => ["mid=", mid, "&mkey=", mkey, "&timestamp=", timestamp],
            Self::Concatenated => ["", mid, "", mkey, "", timestamp],
        }
    }
}

/// A signature, and what was signed, to compare with another system.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Signing {
    /// The timestamp (타임스탬프) that was signed.
    pub timestamp: String,
    /// What was signed, with `(mkey)` in place of the mkey.
    pub plaintext: String,
    /// The signature, as a call would post it with this timestamp.
    pub signature: String,
}

impl Signing {
    pub(crate) fn new(credentials: &Credentials, timestamp: String, format: SignatureFormat) -> Self {
        let signature = sign(credentials, &timestamp, format);
        let plaintext = format.parts(credentials.mid(), "(mkey)", &timestamp).concat();
        Self { timestamp, plaintext, signature }
    }
}

/// Signs `timestamp`, which must be the one that is posted, in lower-case hex (guide, prepare01 §3.2).
pub(crate) fn sign(credentials: &Credentials, timestamp: &str, format: SignatureFormat) -> String {
    let (mid, mkey) = (credentials.mid(), credentials.mkey());
    let mut plaintext = Zeroizing::new(String::with_capacity(mid.len() + mkey.len() + timestamp.len() + 22));
    for part in format.parts(mid, mkey, timestamp) {
        plaintext.push_str(part);
    }
    hex::encode(Sha256::digest(plaintext.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The digests were computed with another implementation of SHA-256.
    #[test]
    fn both_forms_agree_with_an_independent_computation() {
        let credentials = Credentials::from_sign_key("welcometst".to_owned(), "made-up");
        assert_eq!(credentials.mkey(), "da53422a4618735f8ae72abdb21c16d340849b1a510ef20768b131171f8f7122");
        assert_eq!(
            sign(&credentials, "20190906110100", SignatureFormat::NameValue),
            "ce4bed7c648f84ea7159e48d06febbfe724576c9ae6998b4a095737cb011644f"
        );
        assert_eq!(
            sign(&credentials, "20190906110100", SignatureFormat::Concatenated),
            "25b91554ab6ef982f6afcbb52c372292a2a9653273ada6d19477bc2495de6f28"
        );
    }

    #[test]
    fn the_key_is_in_no_debug_text() {
        let credentials = Credentials::from_sign_key("welcometst".to_owned(), "made-up");
        let text = format!("{credentials:?}");
        assert!(text.contains("welcometst") && !text.contains("made-up") && !text.contains(credentials.mkey()));
    }
}
