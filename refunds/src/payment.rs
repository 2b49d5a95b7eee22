//! A payment, as far as decisions about its refunds need it.

/// Whose the payment is at the moment, seen from one of its refunds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Holder {
    /// No refund of it is open.
    Nobody,
    /// The refund that is looked at.
    This,
    /// Another refund of the same payment.
    Other,
}

/// A payment: amounts in won, or in cents for USD.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Payment {
    /// What was approved.
    pub paid: u64,
    /// What remains after the refunds that are done.
    pub remaining: u64,
    /// The sum of the refunds that have not ended.
    pub asked: u64,
    /// Which refund is open.
    pub holder: Holder,
    /// Whether the store may have forgotten something of it (R12), until a person says what remains.
    pub suspect: bool,
}
