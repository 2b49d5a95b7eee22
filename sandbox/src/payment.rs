//! Payments, and what is asked for to make one.

use std::error::Error;
use std::fmt;

use serde::Serialize;

use crate::fields::{is_currency, is_pay_type};

/// The longest order number the gateway keeps, in characters.
const MOID_MAX: usize = 64;

/// What a payment to be approved looks like.
///
/// # Examples
///
/// ```
/// use paywelcome_sandbox::Approval;
///
/// let phone = Approval { pay_type: "hpp".into(), ..Approval::new(9_900) };
/// assert_eq!(phone.currency, "WON");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Approval {
    /// The approved total in the currency's smallest unit: won for `WON`, cents for `USD`. At least 1.
    pub price: u64,
    /// `card`, `hpp`, `vbank`, `bank`, or another lower-case ASCII word of up to 10 characters.
    pub pay_type: String,
    /// `WON` or `USD`.
    pub currency: String,
    /// The merchant's order number, 1 to 64 characters; one is made up where it is absent.
    pub moid: Option<String>,
}

impl Approval {
    /// A card payment in won, with an order number made up.
    pub fn new(price: u64) -> Self {
        Self { price, pay_type: "card".to_owned(), currency: "WON".to_owned(), moid: None }
    }

    /// Checks every field.
    pub(crate) fn check(&self) -> Result<(), ApprovalError> {
        if self.price == 0 {
            return Err(ApprovalError::Price);
        }
        if !is_pay_type(&self.pay_type) {
            return Err(ApprovalError::PayType);
        }
        if !is_currency(&self.currency) {
            return Err(ApprovalError::Currency);
        }
        let fits =
            |moid: &String| !moid.is_empty() && moid.chars().count() <= MOID_MAX && !moid.chars().any(char::is_control);
        if !self.moid.as_ref().is_none_or(fits) {
            return Err(ApprovalError::Moid);
        }
        Ok(())
    }
}

impl Default for Approval {
    /// A card payment in won of nothing: the price is still to be set, and 0 is refused.
    fn default() -> Self {
        Self::new(0)
    }
}

/// Why a payment can't be approved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ApprovalError {
    /// The price is zero.
    Price,
    /// The pay type is not a lower-case ASCII word of 1 to 10 characters.
    PayType,
    /// The currency is neither `WON` nor `USD`.
    Currency,
    /// The order number is empty, longer than 64 characters, or has control characters.
    Moid,
    /// The approval's time is no 14 digits of a real date and time.
    ApprovedAt,
    /// A payment that is not of a virtual account can't be deposited.
    Deposited,
    /// The tid is not 1 to 40 printable ASCII characters, or another payment has it.
    Tid,
    /// The merchant is unknown.
    Mid,
}

impl ApprovalError {
    /// The field at fault: `price`, `pay_type`, `currency`, `moid`, `approved_at`, `deposited`, `tid` or `mid`.
    pub fn field(self) -> &'static str {
        match self {
            Self::Price => "price",
            Self::PayType => "pay_type",
            Self::Currency => "currency",
            Self::Moid => "moid",
            Self::ApprovedAt => "approved_at",
            Self::Deposited => "deposited",
            Self::Tid => "tid",
            Self::Mid => "mid",
        }
    }
}

impl fmt::Display for ApprovalError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Price => "price must be at least 1, in the currency's smallest unit (won, or US cents)",
            Self::PayType => {
                "pay_type must be a lower-case ASCII word of at most 10 characters, such as card, hpp, vbank or bank"
            }
            Self::Currency => "currency must be WON or USD",
            Self::Moid => "moid must have 1 to 64 characters, none of them a control character",
            Self::ApprovedAt => "approved_at must be 14 digits of a real date and time in KST, yyyyMMddHHmmss",
            Self::Deposited => "deposited is for vbank payments only",
            Self::Tid => "tid must have 1 to 40 printable ASCII characters and be new",
            Self::Mid => "mid must be a merchant that the sandbox knows",
        })
    }
}

impl Error for ApprovalError {}

/// A payment as the ledger has it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub struct Payment {
    /// Its place in the order of approval, from 1.
    pub number: u64,
    /// The transaction id the approval gave, 40 characters.
    pub tid: String,
    /// The merchant it belongs to.
    pub mid: String,
    /// The merchant's order number.
    pub moid: String,
    /// The pay type it was approved with.
    pub pay_type: String,
    /// `WON` or `USD`.
    pub currency: String,
    /// The approved total, in the currency's smallest unit.
    pub price: u64,
    /// What was cancelled so far.
    pub cancelled: u64,
    /// What is left: always `price - cancelled`.
    pub remaining: u64,
    /// When it was approved, in KST: `yyyyMMddHHmmss`.
    pub approved_at: String,
    /// Whether a part of it may be cancelled.
    pub partially_cancellable: bool,
    /// Whether it is a virtual account that was paid into, which this API can't cancel.
    pub deposited: bool,
    /// Whether it is held in escrow, which this API can't cancel.
    pub escrow: bool,
    /// Every cancel that moved money, in order.
    pub cancels: Vec<Cancel>,
}

impl Payment {
    /// Whether one full cancel gave all of it back.
    pub(crate) fn went_back_at_once(&self) -> bool {
        matches!(&*self.cancels, [only] if only.operation == "cancel")
    }
}

/// One cancel that moved money.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub struct Cancel {
    /// `cancel` or `partial_cancel`.
    pub operation: &'static str,
    /// What it gave back, in the currency's smallest unit.
    pub amount: u64,
    /// What remained after it.
    pub remaining: u64,
    /// The `C_Tid` of a partial cancel; a full cancel has none.
    pub cancel_tid: Option<String>,
    /// When, in KST: `yyyyMMddHHmmss`.
    pub date_time: String,
}

#[cfg(test)]
mod tests {
    use super::{Approval, ApprovalError};

    #[test]
    fn accepts_what_the_gateway_approves() {
        for approval in [
            Approval::new(1),
            Approval::new(u64::MAX),
            Approval { pay_type: "culturegft".into(), ..Approval::new(5) },
            Approval { currency: "USD".into(), ..Approval::new(5) },
            Approval { moid: Some("주".repeat(64)), ..Approval::new(5) },
        ] {
            assert_eq!(approval.check(), Ok(()), "{approval:?}");
        }
    }

    #[test]
    fn refuses_the_rest_and_names_the_field() {
        let pay_type = |word: &str| Approval { pay_type: word.into(), ..Approval::new(5) };
        let currency = |code: &str| Approval { currency: code.into(), ..Approval::new(5) };
        let moid = |text: &str| Approval { moid: Some(text.into()), ..Approval::new(5) };
        for (approval, error) in [
            (Approval::default(), ApprovalError::Price),
            (pay_type(""), ApprovalError::PayType),
            (pay_type("Card"), ApprovalError::PayType),
            (pay_type("카드"), ApprovalError::PayType),
            (pay_type("elevenchars"), ApprovalError::PayType),
            (currency("KRW"), ApprovalError::Currency),
            (currency("won"), ApprovalError::Currency),
            (moid(""), ApprovalError::Moid),
            (moid(&"m".repeat(65)), ApprovalError::Moid),
            (moid("a\nb"), ApprovalError::Moid),
        ] {
            assert_eq!(approval.check(), Err(error), "{approval:?}");
            assert!(error.to_string().starts_with(error.field()));
        }
    }
}
