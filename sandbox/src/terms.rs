//! What a payment allows beyond its amount: the properties that make a gateway decline a cancel.

use crate::clock::Kst;
use crate::payment::ApprovalError;

/// The longest tid, in characters.
const TID_MAX: usize = 40;

/// The terms a payment is approved under; the default is an ordinary payment of the first merchant, made now.
///
/// # Examples
///
/// ```
/// use paywelcome_sandbox::{Approval, Options, Sandbox, Terms};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let gateway = Sandbox::start(Options::default())?;
/// let whole_only = Terms { partially_cancellable: false, ..Terms::default() };
/// let tid = gateway.approve_with(Approval::new(12_000), whole_only)?;
/// assert_eq!(gateway.payment(&tid).map(|payment| payment.partially_cancellable), Some(false));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Terms {
    /// Whether a part of it may be cancelled; true by default.
    pub partially_cancellable: bool,
    /// When it was approved, 14 digits in KST; now where absent. An `hpp` payment of another calendar month is declined.
    pub approved_at: Option<String>,
    /// The customer has paid into the virtual account: every cancel is declined. Of `vbank` payments only.
    pub deposited: bool,
    /// It is held in escrow: every cancel is declined.
    pub escrow: bool,
    /// The tid to give, 1 to 40 printable ASCII characters that no payment has yet; made up where absent.
    pub tid: Option<String>,
    /// The merchant it belongs to; the one of the options where absent.
    pub mid: Option<String>,
}

impl Terms {
    /// Checks every field against the pay type.
    pub(crate) fn check(&self, pay_type: &str) -> Result<(), ApprovalError> {
        if self.approved_at.as_deref().is_some_and(|digits| Kst::parse(digits).is_none()) {
            return Err(ApprovalError::ApprovedAt);
        }
        if self.deposited && pay_type != "vbank" {
            return Err(ApprovalError::Deposited);
        }
        let fits = |tid: &String| (1..=TID_MAX).contains(&tid.len()) && tid.bytes().all(|byte| byte.is_ascii_graphic());
        if !self.tid.as_ref().is_none_or(fits) {
            return Err(ApprovalError::Tid);
        }
        Ok(())
    }
}

impl Default for Terms {
    fn default() -> Self {
        Self { partially_cancellable: true, approved_at: None, deposited: false, escrow: false, tid: None, mid: None }
    }
}
