//! What was asked, step by step, and what came back.

use serde::{Deserialize, Serialize};

use crate::words::{Outcome, SignatureFormat, TimestampFormat};

/// One question to the gateway, of one request or several.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Its name, such as `bad_signature`.
    pub step: String,
    /// How far it is.
    pub state: State,
    /// Why it was not asked.
    #[serde(default)]
    pub why_skipped: Option<String>,
    /// The most that its answers could cost, in the currency's unit.
    #[serde(default)]
    pub could_cost: u64,
    /// What it cost, as far as is known.
    #[serde(default)]
    pub cost: Cost,
    /// What a person read as remaining in the merchant admin after this step's end was unknown.
    #[serde(default)]
    pub ruled: Option<u64>,
    /// Its requests with their answers.
    #[serde(default)]
    pub exchanges: Vec<Exchange>,
}

/// How far a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It is being asked; where a run begins with such a step, the one before was interrupted within it.
    Asked,
    /// What it did to the money is known.
    Answered,
    /// Money may have moved.
    Unknown,
    /// It was not asked.
    Skipped,
}

/// An amount that went back, as far as is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// At least this.
    pub least: u64,
    /// At most this.
    pub most: u64,
}

/// One request, and its answer if one came.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exchange {
    /// When it was sent, such as `2026-01-01T12:00:00+09:00`.
    pub sent_at: String,
    /// The gateway's path, such as `/cancel/repay`.
    pub path: String,
    /// The posted fields in their order, without the signature.
    pub fields: Vec<(String, String)>,
    /// Whether it was signed by the merchant's key or by a made-up one.
    pub signed: Signed,
    /// How the signed values were joined.
    #[serde(default)]
    pub signature_format: Option<SignatureFormat>,
    /// How the timestamp was written.
    #[serde(default)]
    pub timestamp_format: Option<TimestampFormat>,
    /// What came back.
    #[serde(default)]
    pub answer: Option<Answered>,
    /// How it ended, by the rules that a call's answer is read by.
    pub outcome: Outcome,
    /// One word for why, such as `declined` or `timeout`; nothing where it was done.
    #[serde(default)]
    pub kind: Option<String>,
    /// Why, in words.
    #[serde(default)]
    pub message: Option<String>,
    /// The answer's `ResultCode`.
    #[serde(default)]
    pub result_code: Option<String>,
    /// The answer's `ResultMsg`.
    #[serde(default)]
    pub result_msg: Option<String>,
    /// From its sending to the end of its answer.
    #[serde(default)]
    pub elapsed_ms: Option<f64>,
    /// Whether it went over a connection that was open already.
    #[serde(default)]
    pub connection: Option<Connection>,
}

/// Whose key signed a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signed {
    /// The merchant's.
    Right,
    /// A made-up one.
    Wrong,
}

/// What a request went over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Connection {
    /// A connection that was made for it.
    New,
    /// A connection that an earlier request had used.
    Kept,
}

/// An answer as it came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// Its HTTP status.
    pub status: u16,
    /// All its headers, their names in lower case.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// Its body, where that is UTF-8.
    #[serde(default)]
    pub body: Option<String>,
    /// Its body in base64, where that is not UTF-8.
    #[serde(default)]
    pub body_base64: Option<String>,
    /// Whether the body ended before its end.
    #[serde(default)]
    pub is_cut: bool,
}
