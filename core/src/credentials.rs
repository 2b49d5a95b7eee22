//! The merchant's id and key; the key is wiped when dropped and shown nowhere.

use std::fmt;

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// A sign key shorter than this, which no gateway issues, is not looked for in answers: it may stand there by accident.
const SEARCHED_KEY_SHORTEST: usize = 16;

/// A merchant id (가맹점ID) and the mkey made from its sign key, which is kept only to be redacted where an answer repeats it.
#[derive(Clone)]
pub(crate) struct Credentials {
    mid: String,
    mkey: Zeroizing<String>,
    searched_key: Zeroizing<String>,
}

impl Credentials {
    /// `mkey` is 64 hex digits; capitals are the same digits, and the gateway signs the small ones.
    pub(crate) fn from_mkey(mid: String, mkey: &str) -> Self {
        Self { mid, mkey: Zeroizing::new(mkey.to_ascii_lowercase()), searched_key: Zeroizing::default() }
    }

    pub(crate) fn from_sign_key(mid: String, sign_key: &str) -> Self {
        let searched_key = if sign_key.len() < SEARCHED_KEY_SHORTEST { "" } else { sign_key };
        Self {
            mid,
            mkey: Zeroizing::new(hex::encode(Sha256::digest(sign_key.as_bytes()))),
            searched_key: Zeroizing::new(searched_key.to_owned()),
        }
    }

    pub(crate) fn mid(&self) -> &str {
        &self.mid
    }

    pub(crate) fn mkey(&self) -> &str {
        &self.mkey
    }

    /// The sign key, if it is known and long enough to be found by no accident; else empty.
    pub(crate) fn searched_key(&self) -> &str {
        &self.searched_key
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("mid", &self.mid).finish_non_exhaustive()
    }
}
