//! Why something was not done that a caller asked for.

/// Why an operation was refused. Nothing was sent by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// In one word.
    pub kind: Kind,
    /// For people.
    pub message: String,
    /// The arguments that are wrong, each with what to pass instead.
    pub fields: Vec<(String, String)>,
    /// Until when a ruling is too early, in milliseconds since 1970 by the store's clock.
    pub until: Option<u64>,
}

/// Why, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An argument is wrong, or contradicts what is recorded.
    InvalidRequest,
    /// There is no such refund of this merchant.
    NotFound,
    /// A ruling that is too early, or that contradicts what is known.
    Ruling,
    /// The tables are missing or older than this library.
    Schema,
    /// Others change the payment all the time.
    Busy,
    /// The store gives what nobody has written.
    Store,
}

impl Kind {
    /// The word that every language uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::NotFound => "not_found",
            Self::Ruling => "ruling",
            Self::Schema => "schema",
            Self::Busy => "busy",
            Self::Store => "store",
        }
    }
}

impl Refused {
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), fields: Vec::new(), until: None }
    }

    pub(crate) fn fields(fields: Vec<(String, String)>) -> Self {
        Self { fields, ..Self::new(Kind::InvalidRequest, "nothing was recorded: the arguments are wrong") }
    }

    pub(crate) fn not_found(key: &str, mid: &str) -> Self {
        Self::new(Kind::NotFound, format!("there is no refund {key:?} of {mid}; record it by request() first"))
    }

    pub(crate) fn store(what: impl Into<String>) -> Self {
        Self::new(Kind::Store, what)
    }
}
