//! What a merchant has stated, and how long things take.

/// How refunds are treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Whether the merchant has stated that the gateway applies a partial cancel only when what it has left, less the
    /// amount, is `confirmPrice`, and that it decides so atomically.
    pub confirm_price_enforced: bool,
    /// Milliseconds for which a worker has a refund to itself: its call's time limit and a margin.
    pub lease: u64,
    /// Milliseconds after a lease in which what has left may still arrive.
    pub quiet: u64,
    /// Milliseconds of the first pause after a refund that surely was not sent; each further pause is twice as long.
    pub pause: u64,
    /// How often the same pair may be sent by itself before a person has to look.
    pub sends: u32,
}

impl Policy {
    /// The longest pause: an hour.
    const LONGEST_PAUSE: u64 = 3_600_000;

    /// The pause after so many that came before it.
    pub(crate) fn pause_after(&self, pauses: u32) -> u64 {
        self.pause.saturating_mul(1 << pauses.min(20)).min(Self::LONGEST_PAUSE)
    }
}
