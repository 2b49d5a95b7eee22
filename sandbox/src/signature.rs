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
}

/// The merchant key: the SHA-256 of the sign key's text, in lower-case hex.
pub(crate) fn merchant_key(sign_key: &str) -> String {
    hex::encode(Sha256::digest(sign_key.as_bytes()))
}

/// The signature the gateway expects for a merchant at a timestamp, in lower-case hex.
pub(crate) fn expected(format: SignatureFormat, mid: &str, merchant_key: &str, timestamp: &str) -> String {
    let signed = match format {
        SignatureFormat::NameValue => {
            format!("mid={mid}&mkey={merchant_key}&timestamp={timestamp}")
        }
        SignatureFormat::Concatenated => format!("{mid}{merchant_key}{timestamp}"),
    };
    hex::encode(Sha256::digest(signed.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::{SignatureFormat, expected, merchant_key};

    // Digests made with another tool: printf … | sha256sum.
    const VECTORS: [(SignatureFormat, &str); 2] = [
        (SignatureFormat::NameValue, "ce4bed7c648f84ea7159e48d06febbfe724576c9ae6998b4a095737cb011644f"),
        (SignatureFormat::Concatenated, "25b91554ab6ef982f6afcbb52c372292a2a9653273ada6d19477bc2495de6f28"),
    ];

    #[test]
    fn matches_the_vectors() {
        let key = merchant_key("made-up");
        for (format, digest) in VECTORS {
            assert_eq!(expected(format, "welcometst", &key, "20190906110100"), digest);
        }
    }

    #[test]
    fn every_input_counts() {
        let key = merchant_key("made-up");
        let (format, digest) = VECTORS[0];
        for other in [
            expected(format, "welcometsu", &key, "20190906110100"),
            expected(format, "welcometst", &key, "20190906110101"),
            expected(format, "welcometst", "made-up", "20190906110100"),
            expected(format, "welcometst", &merchant_key("made-up "), "20190906110100"),
        ] {
            assert_ne!(other, digest);
        }
    }
}
