//! The merchant's id and key; the key is wiped when dropped and shown nowhere.

use std::fmt;

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// A merchant id (가맹점ID) and the mkey made from its sign key.
#[derive(Clone)]
pub(crate) struct Credentials {
    mid: String,
    mkey: Zeroizing<String>,
}

impl Credentials {
    /// `mkey` is 64 hex digits; capitals are the same digits, and the gateway signs the small ones.
    pub(crate) fn from_mkey(mid: String, mkey: &str) -> Self {
        Self { mid, mkey: Zeroizing::new(mkey.to_ascii_lowercase()) }
    }

    pub(crate) fn from_sign_key(mid: String, sign_key: &str) -> Self {
        Self { mid, mkey: Zeroizing::new(hex::encode(Sha256::digest(sign_key.as_bytes()))) }
    }

    pub(crate) fn mid(&self) -> &str {
        &self.mid
    }

    pub(crate) fn mkey(&self) -> &str {
        &self.mkey
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("mid", &self.mid).finish_non_exhaustive()
    }
}
