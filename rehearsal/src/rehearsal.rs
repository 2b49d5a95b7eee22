//! The whole file.

use serde::{Deserialize, Serialize};

use crate::findings::Findings;
use crate::place::ReadError;
use crate::step::Step;

/// What the member `format` says.
pub const FORMAT: &str = "paywelcome-rehearsal";
/// The version of the file that is written, and the newest that is read.
pub const VERSION: u64 = 1;

/// A rehearsal with a gateway.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rehearsal {
    /// Always [`FORMAT`].
    pub format: String,
    /// Always [`VERSION`].
    pub version: u64,
    /// What wrote it, such as `paywelcome 0.1.0`.
    #[serde(default)]
    pub made_by: String,
    /// Whom it was asked of.
    pub gateway: Gateway,
    /// The merchant id (가맹점ID).
    pub mid: String,
    /// When it began, such as `2026-01-01T12:00:00+09:00`.
    #[serde(default)]
    pub started_at: String,
    /// When it was last written.
    #[serde(default)]
    pub updated_at: String,
    /// When all its steps had been asked or skipped.
    #[serde(default)]
    pub finished_at: Option<String>,
    /// The payment that it was asked about.
    #[serde(default)]
    pub payment: Option<Payment>,
    /// A second payment, for full cancels.
    #[serde(default)]
    pub full_payment: Option<Payment>,
    /// What was asked, in order.
    #[serde(default)]
    pub steps: Vec<Step>,
    /// What was found out.
    #[serde(default)]
    pub findings: Findings,
    /// What earlier runs found out, the latest last.
    #[serde(default)]
    pub earlier: Vec<Earlier>,
}

/// Whom a rehearsal was asked of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gateway {
    /// Its address, with no slash at its end.
    pub base_url: String,
    /// What it is.
    pub kind: GatewayKind,
}

/// What a gateway is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GatewayKind {
    /// The gateway's test host.
    Test,
    /// This machine.
    Loopback,
    /// Any other: real money moves.
    Production,
}

/// A payment that was approved for a rehearsal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// Its transaction id (거래ID).
    pub tid: String,
    /// What was paid, in the currency's unit.
    pub price: u64,
    /// How (결제수단), such as `card`.
    #[serde(default = "card")]
    pub pay_type: String,
    /// `WON` or `USD`.
    #[serde(default = "won")]
    pub currency: String,
}

/// What an earlier run found out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Earlier {
    /// When it was finished, or last written.
    pub finished_at: String,
    /// What it found out.
    pub findings: Findings,
}

impl GatewayKind {
    /// The word for it, as in the file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Loopback => "loopback",
            Self::Production => "production",
        }
    }
}

impl Rehearsal {
    /// Reads the text of a file.
    ///
    /// # Errors
    ///
    /// Names the place that is wrong, or says that the file is none, or a newer one.
    pub fn read(text: &str) -> Result<Self, ReadError> {
        let text = text.trim_start_matches('\u{feff}');
        if text.trim_start().starts_with('[') {
            return Err(ReadError::new("", "must be one JSON object".to_owned()));
        }
        let head: Head = serde_json::from_str(text).map_err(|error| ReadError::at(text, &error))?;
        if head.format.as_deref() != Some(FORMAT) {
            return Err(ReadError::new(
                "format",
                format!("must be {FORMAT}: this is not a file of paywelcome rehearse"),
            ));
        }
        match head.version {
            Some(VERSION) => {}
            Some(newer) if newer > VERSION => {
                let why =
                    format!("{newer} was written by a newer paywelcome, and this one reads up to {VERSION}; update it");
                return Err(ReadError::new("version", why));
            }
            _ => return Err(ReadError::new("version", format!("must be {VERSION}"))),
        }
        let read: Self = serde_json::from_str(text).map_err(|error| ReadError::at(text, &error))?;
        for (place, payment) in [("payment", &read.payment), ("full_payment", &read.full_payment)] {
            if payment.as_ref().is_some_and(|payment| payment.price == 0) {
                return Err(ReadError::new(format!("{place}.price"), "must be above 0".to_owned()));
            }
        }
        for (situation, template) in &read.findings.answers {
            template.check().map_err(|(part, why)| {
                ReadError::new(format!("findings.answers.{}.{part}", situation.as_str()), why.to_owned())
            })?;
        }
        Ok(read)
    }

    /// Returns the text of the file.
    pub fn to_text(&self) -> String {
        // Nothing in it can fail to be written: its keys are texts, and its numbers finite.
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }
}

/// What must fit before the rest is looked at.
#[derive(Deserialize)]
struct Head {
    format: Option<String>,
    version: Option<u64>,
}

fn card() -> String {
    "card".to_owned()
}

fn won() -> String {
    "WON".to_owned()
}
