//! Words that several parts of the file share.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How an exchange ended, by the rules that a call's answer is read by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// No byte of the request left.
    NotSent,
    /// The gateway declined.
    Declined,
    /// The gateway did what was asked.
    Done,
    /// Money may have moved.
    Unknown,
}

/// How the signed values are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignatureFormat {
    /// `mid=…&mkey=…&timestamp=…`.
    NameValue,
    /// The bare values.
    Concatenated,
}

/// How the timestamp is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimestampFormat {
    /// 14 digits in Korean time.
    Kst,
    /// 13 digits of epoch milliseconds.
    EpochMs,
}

/// How it is known that a form of signature is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// A cancel that was signed so was done.
    Done,
    /// It was answered otherwise than a signature by a wrong key.
    ToldApart,
}

impl Outcome {
    /// The word for it, as in the file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotSent => "not_sent",
            Self::Declined => "declined",
            Self::Done => "done",
            Self::Unknown => "unknown",
        }
    }
}

impl SignatureFormat {
    /// Both.
    pub const ALL: [Self; 2] = [Self::NameValue, Self::Concatenated];

    /// The word for it, as the setting `signature_format` takes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NameValue => "name_value",
            Self::Concatenated => "concatenated",
        }
    }
}

impl TimestampFormat {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Kst, Self::EpochMs];

    /// The word for it, as the setting `timestamp_format` takes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Kst => "kst",
            Self::EpochMs => "epoch_ms",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
