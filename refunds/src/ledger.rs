//! One merchant's refunds in one store, and how they are treated.

use crate::dialect::Dialect;
use crate::policy::Policy;
use crate::record::Record;
use crate::refused::Refused;
use crate::rehearsed::Rehearsed;

/// One merchant's refunds in one store.
#[derive(Clone, Debug)]
pub struct Ledger {
    /// The store's kind of SQL.
    pub dialect: Dialect,
    /// The merchant id (가맹점ID).
    pub mid: String,
    /// How refunds are treated.
    pub policy: Policy,
    /// Where the policy says that `confirmPrice` is enforced because of a rehearsal: of which payments that is proven.
    pub rehearsed: Option<Rehearsed>,
    /// What is worth a warning when the refunds were opened: a rehearsal that proves nothing for them.
    pub warning: Option<String>,
    /// Whether arguments are named as JavaScript writes names.
    pub camel: bool,
}

impl Ledger {
    /// How a refund is treated: as one that is not proven to be, where a rehearsal was of other payments.
    pub(crate) fn policy_of(&self, record: &Record) -> Policy {
        let is_other = |proven: &Rehearsed| proven.pay_type != record.pay_type || proven.currency != record.currency;
        let mut policy = self.policy;
        policy.confirm_price_enforced &= !self.rehearsed.as_ref().is_some_and(is_other);
        policy
    }

    pub(crate) fn refused(&self, errors: Vec<(String, String)>) -> Refused {
        let named = errors.into_iter().map(|(name, message)| (if self.camel { camel(&name) } else { name }, message));
        Refused::fields(named.collect())
    }
}

/// `pay_type` → `payType`.
pub(crate) fn camel(name: &str) -> String {
    let mut parts = name.split('_');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |named, part| {
        let mut letters = part.chars();
        let first = letters.next().map(|letter| letter.to_ascii_uppercase());
        named + &first.into_iter().chain(letters).collect::<String>()
    })
}

/// The number of a seed at some place: below 2^63, which every database holds, and never 0.
pub(crate) fn draw(seed: u64, place: u64) -> u64 {
    // SplitMix64, whose numbers of one seed are all different.
    let mut mixed = seed.wrapping_add(place.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((mixed ^ (mixed >> 31)) >> 1).max(1)
}
