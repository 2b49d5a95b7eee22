//! A refund, as far as decisions need it.

/// Where a refund stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Recorded; nothing of it has left.
    Requested,
    /// A worker has it, or died with it.
    Sending,
    /// It may have moved money, and is sent again by itself after the quiet time.
    Unknown,
    /// A person has to look.
    Review,
    /// The money went back.
    Done,
    /// The gateway declined; nothing moved.
    Declined,
    /// Given up, with nothing moved.
    Void,
}

impl State {
    /// Returns whether nothing more is to come.
    pub const fn is_ended(self) -> bool {
        matches!(self, Self::Done | Self::Declined | Self::Void)
    }
}

/// Why a refund is in review, or what is strange about its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Note {
    /// No answer that tells came, or the worker died before it was recorded.
    NoAnswer,
    /// The answer does not repeat what was asked.
    Mismatch,
    /// Probably done: the second request was told that the remaining amount differs.
    ProbablyDone,
    /// It was sent as often as is allowed.
    TooOften,
    /// More was asked than remains.
    AboveRemaining,
    /// The store was restored, and may have forgotten what became of it.
    Restored,
    /// It had ended otherwise when the gateway's success came.
    LateSuccess,
    /// A statement shows its cancel, although it was recorded that nothing moved.
    Statement,
}

/// A refund. Times are milliseconds by the store's own clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Refund {
    /// What is to go back, above zero.
    pub amount: u64,
    /// Where it stands.
    pub state: State,
    /// `confirmPrice`, what is to remain; there from the claim on, as long as anything of it may have left.
    pub confirm: Option<u64>,
    /// How often it was claimed in order to be sent.
    pub attempts: u32,
    /// How often the pair may have left since a person last ruled.
    pub in_a_row: u32,
    /// The claim that the latest attempt was made under; 0 before the first.
    pub token: u64,
    /// How many attempts may have left.
    pub maybe_sent: u32,
    /// Whether the end of the latest attempt is still to be told.
    pub awaited: bool,
    /// Until when the latest attempt's worker has it to itself.
    pub lease_over: u64,
    /// Until when what has left may still arrive.
    pub quiet_over: u64,
    /// When a worker should look at it again; nothing where no worker can do anything.
    pub due: Option<u64>,
    /// How many pauses in a row it was given, because it surely was not sent.
    pub pauses: u32,
    /// Why it stands where it stands.
    pub note: Option<Note>,
}

impl Refund {
    /// A refund that was just asked for.
    pub const fn new(amount: u64, now: u64) -> Self {
        Self {
            amount,
            state: State::Requested,
            confirm: None,
            attempts: 0,
            in_a_row: 0,
            token: 0,
            maybe_sent: 0,
            awaited: false,
            lease_over: 0,
            quiet_over: 0,
            due: Some(now),
            pauses: 0,
            note: None,
        }
    }
}
