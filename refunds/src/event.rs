//! What may happen to a refund.

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Said {
    /// The gateway did what was asked.
    Done,
    /// The gateway declined.
    Declined,
    /// Surely nothing has left.
    NotSent,
    /// It may have moved money.
    Unknown {
        /// Whether an answer came that does not repeat what was asked.
        mismatch: bool,
    },
}

/// What a person decides, who has looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ruling {
    /// The money went back.
    Done,
    /// It did not, and is not to.
    Void,
    /// It did not; ask anew.
    Retry,
    /// Send the same pair again, which the gateway applies at most once.
    Resend,
}

/// An event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// A worker asks whether there is something to do.
    Claim {
        /// A number that no other claim of any worker has: what is said of the attempt is known by it, also after a restore.
        token: u64,
    },
    /// An attempt has ended.
    Said {
        /// The claim's number.
        token: u64,
        /// How it ended.
        said: Said,
    },
    /// A person has looked.
    Ruled {
        /// What they decided.
        ruling: Ruling,
        /// What remains of the payment, as they saw it.
        remaining: Option<u64>,
    },
    /// The store was restored, or lost its newest writes in a fail-over.
    Restored,
    /// A statement shows its cancel.
    Shown,
    /// A statement shows a cancel of its payment that belongs to no refund.
    Foreign,
}

/// Why a ruling is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// The refund waits for no ruling, or not for this one.
    State,
    /// What has left may still arrive: not before this time, in milliseconds.
    Quiet(u64),
    /// Nothing of it has left, so the money can't have gone back by it.
    NothingLeft,
    /// What is said to remain is more than is possible.
    Remaining,
    /// What is said to remain is what would remain if the money had gone back.
    LooksDone,
    /// After a restore, what remains has to be told.
    RemainingNeeded,
    /// What remains is not known while another refund of the payment is open.
    OtherOpen,
    /// The same pair is sent again only where `confirmPrice` is enforced.
    NotEnforced,
}
