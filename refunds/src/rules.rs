//! The rules as switches, so that the check can take one away; the product has all of them.

/// A rule that the check can take away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum Rule {
    /// R2: the pair stays.
    Pair = 1,
    /// R3: one open refund.
    OneOpen = 1 << 1,
    /// R4: again only where the pair is enforced.
    Enforced = 1 << 2,
    /// R5: never computed anew.
    NoNewPair = 1 << 3,
    /// R6: a success counts from any attempt.
    AnySuccess = 1 << 4,
    /// R6: all else counts only once.
    Once = 1 << 5,
    /// R7: nothing is inferred.
    NoInference = 1 << 6,
    /// R8: when a decline is final.
    OnlyAttempt = 1 << 7,
    /// R9: what is given back.
    GiveBack = 1 << 8,
    /// R10: rulings after the quiet time.
    Quiet = 1 << 9,
    /// R11: what a dead worker left is due.
    Sweep = 1 << 10,
    /// R12: after a restore.
    Restore = 1 << 11,
}

/// Which rules are kept.
#[derive(Clone, Copy, Debug)]
pub struct Rules(u16);

impl Rules {
    /// All of them.
    pub const ALL: Self = Self(u16::MAX);

    /// All but one.
    #[cfg(feature = "internals")]
    #[must_use]
    pub const fn without(rule: Rule) -> Self {
        Self(!(rule as u16))
    }

    /// Returns whether a rule is kept.
    pub(crate) const fn keep(self, rule: Rule) -> bool {
        self.0 & rule as u16 != 0
    }
}
