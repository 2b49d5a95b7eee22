//! Faults: what a gateway, a proxy or a network does to an exchange, on purpose and on time.
//!
//! A fault never looks at whether the money moved: the bytes it sends are made from the answer that a success would
//! get, and that answer is the same whether the ledger was changed, will be, or never is.

mod arm;
mod armed;
mod draw;
mod shape;

use std::time::Duration;

use serde::Serialize;

pub(crate) use armed::{Fault, Faults, Seen};
pub(crate) use shape::shape;

/// What a fault does to the answer or the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Close { after_bytes: usize },
    Reset { after_bytes: usize },
    Stall { after_bytes: usize, pause: Option<Duration> },
    Trickle { portion: usize, every: Duration },
    TruncatedJson { kept: Option<usize> },
    LengthTooLong { by: usize },
    LengthTooShort { by: usize },
    EmptyBody,
    Html,
    Redirect { status: u16, location: String },
    Status { status: u16, body: StatusBody },
    MissingKey { key: String },
    ResultCode { code: String },
    LetterCase { upper: bool },
    DuplicateKey { key: String, conflicting: bool },
    Bom,
    EucKr,
    Numbers,
    WrongAmount { by: i64 },
    WrongRemaining { by: i64 },
    WrongTid { tid: Option<String> },
    HugeBody { bytes: u64 },
    CloseIdle { at_next_byte: bool },
    RefuseConnections { until: Option<Duration>, close_open: bool },
    ProxyRefusal { status: u16 },
}

/// The body of an answer whose status is an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StatusBody {
    Text,
    Html,
    Empty,
    /// The receipt of a success.
    Receipt,
}

/// When the money of a faulty exchange moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    /// Never: the request is lost.
    Before,
    /// Before the answer is sent: only the answer is lost.
    After,
    /// So long after the exchange is over.
    Late(Duration),
}

/// The fault a request met.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub struct Fired {
    /// The number it was armed under.
    pub id: u64,
    /// Its kind, such as `close`.
    pub kind: &'static str,
    /// `before_applying`, `after_applying` or `late`.
    pub when: &'static str,
}

impl When {
    fn word(self) -> &'static str {
        match self {
            Self::Before => "before_applying",
            Self::After => "after_applying",
            Self::Late(_) => "late",
        }
    }
}

impl Kind {
    /// Its name.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Close { .. } => "close",
            Self::Reset { .. } => "reset",
            Self::Stall { .. } => "stall",
            Self::Trickle { .. } => "trickle",
            Self::TruncatedJson { .. } => "truncated_json",
            Self::LengthTooLong { .. } => "length_too_long",
            Self::LengthTooShort { .. } => "length_too_short",
            Self::EmptyBody => "empty_body",
            Self::Html => "html",
            Self::Redirect { .. } => "redirect",
            Self::Status { .. } => "status",
            Self::MissingKey { .. } => "missing_key",
            Self::ResultCode { .. } => "result_code",
            Self::LetterCase { .. } => "letter_case",
            Self::DuplicateKey { .. } => "duplicate_key",
            Self::Bom => "bom",
            Self::EucKr => "euc_kr",
            Self::Numbers => "numbers",
            Self::WrongAmount { .. } => "wrong_amount",
            Self::WrongRemaining { .. } => "wrong_remaining",
            Self::WrongTid { .. } => "wrong_tid",
            Self::HugeBody { .. } => "huge_body",
            Self::CloseIdle { .. } => "close_idle",
            Self::RefuseConnections { .. } => "refuse_connections",
            Self::ProxyRefusal { .. } => "proxy_refusal",
        }
    }

    /// Whether it only shows in the answer to a request that would succeed; others pass it by.
    fn needs_success(&self) -> bool {
        matches!(
            self,
            Self::MissingKey { .. }
                | Self::ResultCode { .. }
                | Self::DuplicateKey { .. }
                | Self::Numbers
                | Self::WrongAmount { .. }
                | Self::WrongRemaining { .. }
                | Self::WrongTid { .. }
        )
    }

    /// Whether it meets requests at the endpoints, rather than connections or tunnels.
    fn meets_requests(&self) -> bool {
        !matches!(self, Self::RefuseConnections { .. } | Self::ProxyRefusal { .. })
    }

    /// Whether it leaves open if the money moves.
    fn hides_the_outcome(&self) -> bool {
        self.meets_requests() && !matches!(self, Self::CloseIdle { .. })
    }
}
