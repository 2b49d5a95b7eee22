//! What an explanation starts from.

use crate::signature::SignatureFormat;

/// What arrived, and what is known about who may have sent it.
pub(crate) struct Evidence<'text> {
    pub(crate) format: SignatureFormat,
    pub(crate) mid: &'text str,
    pub(crate) sign_key: &'text str,
    /// The other merchants, as mid and sign key.
    pub(crate) others: &'text [(&'text str, &'text str)],
    pub(crate) timestamp: &'text str,
    pub(crate) signature: &'text str,
}
