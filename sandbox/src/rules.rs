//! What the sandbox insists on where the guide is silent or merchants differ: switchable while it runs.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::answer::CODE_MAX;
use crate::arguments::CommandError;
use crate::clock::{Kst, millis_of, unix_of};
use crate::signature::SignatureFormat;

/// The rules of a gateway; the default is the strictest reading of the guide.
///
/// As JSON every field may be absent and then keeps its default; a field it does not know is refused.
///
/// # Examples
///
/// ```
/// use paywelcome_sandbox::{Check, Options, Rules};
///
/// let rules = Rules { confirm_price: Check::Ignored, ..Rules::default() };
/// let options = Options { rules, ..Options::default() };
/// assert_eq!(options.rules.full_price, Check::Enforced);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rules {
    /// Whether a partial cancel's `confirmPrice` must be what remains after it.
    pub confirm_price: Check,
    /// Whether a full cancel's `price` must be the approved total; where it is ignored, everything is given back.
    pub full_price: Check,
    /// Which timestamps are read.
    pub timestamp: TimestampForm,
    /// How long a `C_Tid` is: 40 as every tid, or 22 as the guide's field table says.
    pub cancel_tid_length: u8,
    /// The `ResultCode` of 'already cancelled': 1 to 6 printable ASCII characters, but neither `00` nor `0000`.
    pub already_cancelled_code: String,
    /// How far a timestamp may be from the sandbox's clock, in seconds; absent: as far as it likes.
    pub freshness_seconds: Option<u64>,
    /// How signatures are made.
    pub signature_format: SignatureFormat,
}

/// Whether something is checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// What does not fit is declined.
    #[default]
    Enforced,
    /// Anything passes.
    Ignored,
}

/// The timestamps a gateway reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TimestampForm {
    /// 14 digits, `yyyyMMddHHmmss` in KST.
    #[serde(rename = "14")]
    Kst,
    /// 13 digits of epoch milliseconds.
    #[serde(rename = "13")]
    EpochMillis,
    /// Either.
    #[default]
    #[serde(rename = "both")]
    Both,
}

impl Rules {
    /// Reads rules as JSON has them. One that is absent or null keeps its default, and `freshness_seconds` may be `off`.
    ///
    /// # Errors
    ///
    /// Names the rule that is wrong, or that there is no such rule.
    pub fn read(mut given: Map<String, Value>) -> Result<Self, CommandError> {
        given.retain(|name, value| !(value.is_null() || name == "freshness_seconds" && value == "off"));
        for (name, value) in &given {
            let alone: Result<Self, _> = serde_json::from_value(Map::from_iter([(name.clone(), value.clone())]).into());
            alone.map_err(|error| CommandError::invalid(name, format!("{name}: {error}")))?;
        }
        serde_json::from_value(given.into()).map_err(|error| CommandError::invalid("rules", error.to_string()))
    }

    /// Refuses what no gateway could go by; names the field.
    pub(crate) fn check(&self) -> Result<(), (&'static str, &'static str)> {
        if ![22, 40].contains(&self.cancel_tid_length) {
            return Err(("cancel_tid_length", "cancel_tid_length must be 40 or 22"));
        }
        let code = &self.already_cancelled_code;
        let fits = (1..=CODE_MAX).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_graphic());
        if !fits || code == "00" || code == "0000" {
            let text = "already_cancelled_code must have 1 to 6 printable ASCII characters, and not be 00 or 0000";
            return Err(("already_cancelled_code", text));
        }
        Ok(())
    }

    /// How far a well-formed timestamp is from now, in seconds, where that is more than the rules allow; positive: it
    /// is ahead of the clock.
    pub(crate) fn stale(&self, timestamp: &str, now: &Kst) -> Option<i64> {
        let window = i64::try_from(self.freshness_seconds?).unwrap_or(i64::MAX);
        let said = unix_of(timestamp).or_else(|| millis_of(timestamp).map(|millis| millis.div_euclid(1_000)))?;
        let ahead = said.saturating_sub(now.unix());
        (ahead.saturating_abs() > window).then_some(ahead)
    }
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            confirm_price: Check::Enforced,
            full_price: Check::Enforced,
            timestamp: TimestampForm::Both,
            cancel_tid_length: 40,
            already_cancelled_code: "SBX401".to_owned(),
            freshness_seconds: None,
            signature_format: SignatureFormat::NameValue,
        }
    }
}

impl TimestampForm {
    /// Whether the text is a timestamp that is read.
    pub(crate) fn reads(self, text: &str) -> bool {
        match self {
            Self::Kst => unix_of(text).is_some(),
            Self::EpochMillis => millis_of(text).is_some(),
            Self::Both => unix_of(text).is_some() || millis_of(text).is_some(),
        }
    }

    /// What to send instead of something else.
    pub(crate) fn hint(self) -> &'static str {
        match self {
            Self::Kst => "yyyyMMddHHmmss in KST",
            Self::EpochMillis => "13 digits of epoch ms",
            Self::Both => "yyyyMMddHHmmss in KST, or 13 digits of epoch ms",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Check, Rules, TimestampForm};
    use crate::clock::Kst;

    #[test]
    fn reads_and_writes_json() {
        let rules: Result<Rules, _> = serde_json::from_str(
            r#"{"confirm_price":"ignored","timestamp":"13","cancel_tid_length":22,"signature_format":"concatenated"}"#,
        );
        let rules = rules.unwrap_or_default();
        assert_eq!((rules.confirm_price, rules.full_price), (Check::Ignored, Check::Enforced));
        assert_eq!(rules.timestamp, TimestampForm::EpochMillis);
        let text = serde_json::to_string(&rules).unwrap_or_default();
        assert_eq!(serde_json::from_str::<Rules>(&text).ok(), Some(rules));
        for bad in [r#"{"confirmPrice":"ignored"}"#, r#"{"confirm_price":"off"}"#, r#"{"timestamp":14}"#] {
            assert!(serde_json::from_str::<Rules>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn refuses_impossible_rules() {
        assert!(Rules::default().check().is_ok());
        let code = |text: &str| Rules { already_cancelled_code: text.into(), ..Rules::default() };
        for rules in [code("00"), code("0000"), code(""), code("SEVENTH"), code("a b"), code("코드")] {
            assert!(rules.check().is_err_and(|(field, _)| field == "already_cancelled_code"), "{rules:?}");
        }
        assert!(Rules { cancel_tid_length: 23, ..Rules::default() }.check().is_err());
        assert!(code("2001").check().is_ok());
    }

    #[test]
    fn reads_the_timestamps_it_is_told_to() {
        let (kst, millis) = ("20190906110100", "1567735260000");
        for (form, first, second) in [
            (TimestampForm::Kst, true, false),
            (TimestampForm::EpochMillis, false, true),
            (TimestampForm::Both, true, true),
        ] {
            assert_eq!((form.reads(kst), form.reads(millis)), (first, second));
            for bad in ["", "20190229000000", "201909061101", "2019-09-06T11:01"] {
                assert!(!form.reads(bad), "{bad}");
            }
        }
    }

    #[test]
    fn freshness_has_two_sides() {
        let now = Kst::at_unix(1_567_735_260);
        let rules = Rules { freshness_seconds: Some(60), ..Rules::default() };
        for (timestamp, stale) in [
            ("20190906110100", None),
            ("20190906110200", None),
            ("20190906110000", None),
            ("20190906110201", Some(61)),
            ("20190906020100", Some(-32_400)),
            ("1567735260999", None),
            ("1567735199000", Some(-61)),
        ] {
            assert_eq!(rules.stale(timestamp, &now), stale, "{timestamp}");
        }
        assert_eq!(Rules::default().stale("20190906020100", &now), None);
    }
}
