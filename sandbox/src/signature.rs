//! The signature, computed here a second time and independently of the client.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// How the signed text is put together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignatureFormat {
    /// `mid={mid}&mkey={mkey}&timestamp={timestamp}`: what the guide describes and every working merchant sends.
    #[default]
    NameValue,
    /// The three values with nothing between them.
    Concatenated,
    /// Either.
    Both,
    /// Anything passes: signatures are not looked at.
    Ignored,
}

/// The merchant key: the SHA-256 of the sign key's text, in lower-case hex.
pub(crate) fn merchant_key(sign_key: &str) -> String {
    hex::encode(Sha256::digest(sign_key.as_bytes()))
}

impl SignatureFormat {
    /// Whether a gateway that goes by it takes this signature of a merchant at a timestamp: lower-case hex.
    pub(crate) fn takes(self, signature: &str, mid: &str, merchant_key: &str, timestamp: &str) -> bool {
        let is_of = |signed: String| signature == hex::encode(Sha256::digest(signed.as_bytes()));
        let pairs = || is_of(format!("mid={mid}&mkey={merchant_key}&timestamp={timestamp}"));
        let bare = || is_of(format!("{mid}{merchant_key}{timestamp}"));
        match self {
            Self::NameValue => pairs(),
            Self::Concatenated => bare(),
            Self::Both => pairs() || bare(),
            Self::Ignored => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{SignatureFormat, merchant_key};

    // Digests made with another tool: printf … | sha256sum.
    const NAME_VALUE: &str = "ce4bed7c648f84ea7159e48d06febbfe724576c9ae6998b4a095737cb011644f";
    const CONCATENATED: &str = "25b91554ab6ef982f6afcbb52c372292a2a9653273ada6d19477bc2495de6f28";

    #[test]
    fn takes_the_vectors_of_its_format_and_no_other() {
        let key = merchant_key("made-up");
        for (format, taken) in [
            (SignatureFormat::NameValue, [true, false, false]),
            (SignatureFormat::Concatenated, [false, true, false]),
            (SignatureFormat::Both, [true, true, false]),
            (SignatureFormat::Ignored, [true, true, true]),
        ] {
            let takes =
                [NAME_VALUE, CONCATENATED, "x"].map(|it| format.takes(it, "welcometst", &key, "20190906110100"));
            assert_eq!(takes, taken, "{format:?}");
        }
    }

    #[test]
    fn every_input_counts() {
        let (key, spaced) = (merchant_key("made-up"), merchant_key("made-up "));
        for (mid, key, timestamp) in [
            ("welcometsu", key.as_str(), "20190906110100"),
            ("welcometst", &key, "20190906110101"),
            ("welcometst", "made-up", "20190906110100"),
            ("welcometst", &spaced, "20190906110100"),
        ] {
            assert!(!SignatureFormat::NameValue.takes(NAME_VALUE, mid, key, timestamp));
        }
    }
}
