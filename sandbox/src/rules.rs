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
/// use paywelcome_sandbox::{Check, Options, Remainder, Rules};
///
/// let rules = Rules { confirm_price: Remainder::Ignored, ..Rules::default() };
/// let options = Options { rules, ..Options::default() };
/// assert_eq!(options.rules.full_price, Check::Enforced);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rules {
    /// Which `confirmPrice` of a partial cancel is declined: one that is not what remains after it, or only one that is
    /// above it, or below it, or none.
    pub confirm_price: Remainder,
    /// Whether `confirmPrice` is also held against what requests that came at the same time take; where it is ignored,
    /// all of them see what remained before the first, and each partial cancel takes a quarter of a second.
    pub confirm_price_at_once: Check,
    /// What the same partial cancel does again.
    pub same_again: SameAgain,
    /// Whether a full cancel's `price` must be the approved total; where it is ignored, everything is given back.
    pub full_price: Check,
    /// What a full cancel does after a partial one.
    pub full_after_partial: AfterPartial,
    /// What a partial cancel of more than remains does.
    pub more_than_remains: AboveRemaining,
    /// What is looked at first: the signature, or whether there is such a payment.
    pub checked_first: CheckedFirst,
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
    /// Whether connections are kept open after an answer; where they are not, they are closed without a word.
    pub connections: Connections,
}

/// Which `confirmPrice` is declined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Remainder {
    /// Any but what remains after the cancel.
    #[default]
    Enforced,
    /// One above it; what is too low passes.
    TooHigh,
    /// One below it; what is too high passes.
    TooLow,
    /// One that is off by as much as is asked for, or by more; the same cancel again is.
    Tolerant,
    /// Every one, whatever it says.
    Declined,
    /// None.
    Ignored,
}

/// What a partial cancel does that has the same amounts as an earlier one of the payment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SameAgain {
    /// What any other would.
    #[default]
    Judged,
    /// It gets the answer of the earlier one, and no money moves.
    Replayed,
}

/// What a full cancel does after a partial one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AfterPartial {
    /// It is declined.
    #[default]
    Declined,
    /// It gives back what remains.
    Done,
}

/// What a partial cancel of more than remains does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AboveRemaining {
    /// It is declined.
    #[default]
    Declined,
    /// It gives back what remains.
    Clipped,
}

/// What is looked at first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckedFirst {
    /// The signature: a wrong one is declined as such, whatever payment it is about.
    #[default]
    Signature,
    /// The tid: a wrong signature about no payment is declined as that.
    Tid,
}

/// What becomes of a connection after an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Connections {
    /// It stays open for the next request.
    #[default]
    Kept,
    /// It is closed.
    Closed,
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
    /// Returns these rules with some changed, as JSON has them. One that is absent or null stays as it is, and
    /// `freshness_seconds` may be `off`.
    ///
    /// # Errors
    ///
    /// Names the rule that is wrong, or that there is no such rule.
    pub fn changed(&self, given: Map<String, Value>) -> Result<Self, CommandError> {
        let mut rules = self.clone();
        for (name, value) in given.into_iter().filter(|(_, value)| !value.is_null()) {
            // A null is as good as absent, and so the window is taken away by a word.
            let value = if name == "freshness_seconds" && value == "off" { Value::Null } else { value };
            let mut all = serde_json::to_value(&rules).unwrap_or_default();
            all[&name] = value;
            rules = serde_json::from_value(all)
                .map_err(|error| CommandError::invalid(&name, format!("{name}: {error}")))?;
        }
        rules.check().map_err(|(field, text)| CommandError::invalid(field, text))?;
        Ok(rules)
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
            confirm_price: Remainder::Enforced,
            confirm_price_at_once: Check::Enforced,
            same_again: SameAgain::Judged,
            full_price: Check::Enforced,
            full_after_partial: AfterPartial::Declined,
            more_than_remains: AboveRemaining::Declined,
            checked_first: CheckedFirst::Signature,
            timestamp: TimestampForm::Both,
            cancel_tid_length: 40,
            already_cancelled_code: "SBX401".to_owned(),
            freshness_seconds: None,
            signature_format: SignatureFormat::NameValue,
            connections: Connections::Kept,
        }
    }
}

impl Remainder {
    /// Whether what a request for `amount` says will remain passes where `expected` does.
    pub(crate) fn lets_pass(self, said: u128, expected: u128, amount: u128) -> bool {
        match self {
            Self::Tolerant => said.abs_diff(expected) < amount,
            Self::Declined => false,
            Self::Enforced => said == expected,
            Self::TooHigh => said <= expected,
            Self::TooLow => said >= expected,
            Self::Ignored => true,
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
    use super::{Check, Remainder, Rules, TimestampForm};
    use crate::clock::Kst;

    #[test]
    fn reads_and_writes_json() {
        let rules: Result<Rules, _> = serde_json::from_str(
            r#"{"confirm_price":"ignored","timestamp":"13","cancel_tid_length":22,"signature_format":"concatenated"}"#,
        );
        let rules = rules.unwrap_or_default();
        assert_eq!((rules.confirm_price, rules.full_price), (Remainder::Ignored, Check::Enforced));
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
    fn a_remainder_is_held_against_both_sides_or_one() {
        for (rule, passes) in [
            (Remainder::Enforced, [false, true, false]),
            (Remainder::TooHigh, [true, true, false]),
            (Remainder::TooLow, [false, true, true]),
            (Remainder::Ignored, [true, true, true]),
            (Remainder::Tolerant, [true, true, true]),
            (Remainder::Declined, [false, false, false]),
        ] {
            assert_eq!([899, 900, 901].map(|said| rule.lets_pass(said, 900, 100)), passes, "{rule:?}");
        }
        let far = [800, 801, 999, 1_000].map(|said| Remainder::Tolerant.lets_pass(said, 900, 100));
        assert_eq!(far, [false, true, true, false]);
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
