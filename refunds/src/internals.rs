//! What the check needs: the same decisions, with a rule taken away. No part of the API.

use crate::event::{Event, Refusal};
use crate::moved::Moved;
use crate::payment::Payment;
use crate::policy::Policy;
use crate::refund::Refund;
pub use crate::rules::{Rule, Rules};

/// Decides as [`crate::step`] does, by the rules that are given.
///
/// # Errors
///
/// A ruling that is too early, or that contradicts what is known.
pub fn decide(
    rules: Rules,
    payment: Payment,
    refund: Refund,
    event: Event,
    now: u64,
    policy: &Policy,
) -> Result<Moved, Refusal> {
    crate::step::decide(rules, payment, refund, event, now, policy)
}
