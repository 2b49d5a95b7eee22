//! What a rehearsal found out; what is absent is not known.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::template::Template;
use crate::words::{Outcome, Proof, SignatureFormat, TimestampFormat};

/// What a rehearsal found out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Findings {
    /// What the host answers to TLS; nothing over plain http.
    pub tls: Option<Tls>,
    /// By how many seconds the gateway's clock is ahead of this machine's.
    pub clock_difference_seconds: Option<i64>,
    /// Whether the gateway keeps connections for later requests.
    pub connections_kept: Option<bool>,
    /// How long answers took.
    pub times_ms: Option<Times>,
    /// What signatures it accepts.
    pub signature: Signature,
    /// What it does with `confirmPrice`.
    pub confirm_price: ConfirmPrice,
    /// What it does with the `price` of a full cancel.
    pub full_price: FullPrice,
    /// How a full cancel after a partial one ends.
    pub full_after_partial: Option<Outcome>,
    /// Where it does not decline a partial cancel of more than remains, what it gives back.
    pub more_than_remains: Option<Clipped>,
    /// How each situation ended, as a call would have told it.
    pub outcomes: BTreeMap<Situation, Outcome>,
    /// The `ResultCode` of each situation.
    pub codes: BTreeMap<Situation, String>,
    /// How a success is spelt.
    pub success: Success,
    /// The setting `required_echoes` that fits all successes that were seen; nothing where none was, or no choice fits.
    pub required_echoes: Option<Vec<String>>,
    /// The answer of each situation.
    pub answers: BTreeMap<Situation, Template>,
}

/// What a request meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Situation {
    /// A partial cancel is done.
    PartialDone,
    /// A full cancel is done.
    FullDone,
    /// The signature is wrong.
    BadSignature,
    /// The form of the timestamp is refused otherwise than a wrong signature.
    BadTimestamp,
    /// There is no such payment.
    UnknownTid,
    /// A partial cancel whose `confirmPrice` is what would remain, where that is declined.
    PartialDeclined,
    /// `confirmPrice` is not what would remain.
    ConfirmPrice,
    /// A partial cancel of more than remains.
    MoreThanRemains,
    /// A full cancel after a partial one.
    FullAfterPartial,
    /// A partial cancel after everything went back by partial ones.
    PartialAfterAll,
    /// A full cancel after everything went back by partial ones.
    FullAfterAll,
    /// A full cancel whose `price` is not the approved total.
    FullPrice,
    /// A full cancel after a full cancel.
    SecondFull,
}

/// What a host answers to TLS.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tls {
    /// The version that is agreed on, such as `TLS 1.3`.
    pub version: String,
    /// The cipher that is agreed on.
    pub cipher: String,
    /// Every version with every cipher that the host offers, of those that this library has.
    #[serde(default)]
    pub offers: Vec<String>,
}

/// How long answers took, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Times {
    /// The fastest.
    pub fastest: f64,
    /// The median.
    pub median: f64,
    /// The slowest.
    pub slowest: f64,
}

/// What signatures a gateway accepts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Signature {
    /// Whether signatures are checked at all.
    pub checked: Option<bool>,
    /// Whether a payment is looked up before the signature is checked: a bad signature about an unknown payment is then answered
    /// as an unknown payment.
    pub tid_first: Option<bool>,
    /// The setting `signature_format` that is accepted.
    pub format: Option<SignatureFormat>,
    /// The setting `timestamp_format` that is accepted.
    pub timestamp: Option<TimestampFormat>,
    /// All four forms.
    pub forms: Vec<Form>,
}

/// One form of signature and timestamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form {
    /// How the signed values are joined.
    pub signature_format: SignatureFormat,
    /// How the timestamp is written.
    pub timestamp_format: TimestampFormat,
    /// Whether it is accepted.
    #[serde(default)]
    pub accepted: Option<bool>,
    /// How that is known.
    #[serde(default)]
    pub proof: Option<Proof>,
}

/// What a gateway does with `confirmPrice`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ConfirmPrice {
    /// Whether it is compared with what would remain, in one direction at least.
    pub compared: Option<bool>,
    /// Whether it must equal what would remain.
    pub equality: Option<bool>,
    /// How a cancel ended whose `confirmPrice` was too high.
    pub too_high: Option<Outcome>,
    /// How a cancel ended whose `confirmPrice` was too low.
    pub too_low: Option<Outcome>,
    /// How a cancel ended that had the same amounts as one that was done.
    pub same_again: Option<Outcome>,
    /// What came of the same cancel several times at once.
    pub at_once: Option<AtOnce>,
    /// Whether it is compared and the money moved in one step: of the same cancel several times at once, one is done.
    pub atomic: Option<bool>,
    /// Whether it keeps a cancel that is sent twice from giving back twice.
    pub enforced: Option<bool>,
}

/// What came of the same cancel several times at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AtOnce {
    /// How many were sent.
    pub sent: u32,
    /// The most that were on their way at the same time.
    #[serde(default)]
    pub together: u32,
    /// How many were done.
    pub done: u32,
    /// How many were declined.
    pub declined: u32,
    /// Of how many it is not known.
    pub unknown: u32,
}

/// What a gateway does with the `price` of a full cancel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FullPrice {
    /// Whether it must be the approved total.
    pub compared: Option<bool>,
}

/// What a partial cancel of more than remains gives back, where it is not declined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clipped {
    /// It is declined.
    Declined,
    /// What remains, no more.
    Clipped,
    /// It says success; what it gave back is not known.
    Done,
}

/// How a success is spelt, for each path.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Success {
    /// Of a partial cancel.
    pub partial: Option<Spelling>,
    /// Of a full cancel.
    pub full: Option<Spelling>,
}

/// How a success is spelt.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Spelling {
    /// Its members in their order.
    pub keys: Vec<Key>,
    /// What its text was read in, such as `utf-8`.
    pub charset: Option<String>,
    /// Its `Content-Type`.
    pub content_type: Option<String>,
    /// Whose id its `Tid` is.
    pub tid: Option<WhoseTid>,
    /// How long the id of a partial cancel is.
    pub cancel_tid_length: Option<usize>,
    /// Which echoes differ from what was asked: `tid`, `price`, `remaining_price`.
    pub echoes_differing: Vec<String>,
    /// Why it can't be read as a success whatever `required_echoes` is.
    pub unreadable: Option<String>,
}

/// A member of a success.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// Its name.
    pub key: String,
    /// What its value is in JSON.
    #[serde(rename = "type")]
    pub kind: KeyType,
    /// What it says, such as `tid` or `price`; nothing where that is not known.
    #[serde(default)]
    pub what: Option<String>,
    /// How many characters its value has.
    #[serde(default)]
    pub length: usize,
}

/// What a value is in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyType {
    /// A text.
    String,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// `null`.
    Null,
    /// A list.
    Array,
    /// An object.
    Object,
}

/// Whose id the `Tid` of a success is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhoseTid {
    /// The payment's, as asked.
    Payment,
    /// The cancel's own.
    Own,
    /// There is none.
    Absent,
}

impl Situation {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::PartialDone,
        Self::FullDone,
        Self::BadSignature,
        Self::BadTimestamp,
        Self::UnknownTid,
        Self::PartialDeclined,
        Self::ConfirmPrice,
        Self::MoreThanRemains,
        Self::FullAfterPartial,
        Self::PartialAfterAll,
        Self::FullAfterAll,
        Self::FullPrice,
        Self::SecondFull,
    ];

    /// The word for it, as in the file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PartialDone => "partial_done",
            Self::FullDone => "full_done",
            Self::BadSignature => "bad_signature",
            Self::BadTimestamp => "bad_timestamp",
            Self::UnknownTid => "unknown_tid",
            Self::PartialDeclined => "partial_declined",
            Self::ConfirmPrice => "confirm_price",
            Self::MoreThanRemains => "more_than_remains",
            Self::FullAfterPartial => "full_after_partial",
            Self::PartialAfterAll => "partial_after_all",
            Self::FullAfterAll => "full_after_all",
            Self::FullPrice => "full_price",
            Self::SecondFull => "second_full",
        }
    }
}
