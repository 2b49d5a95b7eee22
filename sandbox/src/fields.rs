//! The two endpoints' fields, with their lengths and rules, and the check of a form against them.

use crate::decline::Decline;
use crate::rules::TimestampForm;

/// One of the two operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Cancel,
    Repay,
}

struct Field {
    name: &'static str,
    /// In characters; the signature's is not documented.
    max: Option<usize>,
    required: bool,
    rule: Rule,
}

#[derive(Clone, Copy)]
enum Rule {
    Any,
    PayType,
    Currency,
    Timestamp,
    CancelType,
    Amount,
    AmountAboveZero,
}

const fn required(name: &'static str, max: usize, rule: Rule) -> Field {
    Field { name, max: Some(max), required: true, rule }
}

const fn optional(name: &'static str, max: usize, rule: Rule) -> Field {
    Field { name, max: Some(max), required: false, rule }
}

const SIGNATURE: Field = Field { name: "signature", max: None, required: true, rule: Rule::Any };

const CANCEL: &[Field] = &[
    required("payType", 10, Rule::PayType),
    required("mid", 10, Rule::Any),
    required("tid", 40, Rule::Any),
    required("price", 22, Rule::AmountAboveZero),
    required("currency", 3, Rule::Currency),
    required("timestamp", 14, Rule::Timestamp),
    SIGNATURE,
    optional("cancelType", 1, Rule::CancelType),
];

const REPAY: &[Field] = &[
    required("payType", 10, Rule::PayType),
    required("mid", 10, Rule::Any),
    required("tid", 40, Rule::Any),
    required("cancelPrice", 22, Rule::AmountAboveZero),
    required("confirmPrice", 22, Rule::Amount),
    required("currency", 3, Rule::Currency),
    optional("tax", 10, Rule::Amount),
    optional("taxfree", 10, Rule::Amount),
    required("timestamp", 14, Rule::Timestamp),
    SIGNATURE,
];

impl Endpoint {
    /// The endpoint at a path.
    pub(crate) fn at(path: &str) -> Option<Self> {
        match path {
            "/cancel/cancel" => Some(Self::Cancel),
            "/cancel/repay" => Some(Self::Repay),
            _ => None,
        }
    }

    fn fields(self) -> &'static [Field] {
        match self {
            Self::Cancel => CANCEL,
            Self::Repay => REPAY,
        }
    }

    /// `cancel` or `repay`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Cancel => "cancel",
            Self::Repay => "repay",
        }
    }

    /// Checks a form: no field unknown or twice, every required one present, each within its length and rule.
    pub(crate) fn check(self, form: &[(String, String)], timestamp: TimestampForm) -> Result<(), Decline> {
        for (at, (name, _)) in form.iter().enumerate() {
            if !self.fields().iter().any(|field| field.name == name) {
                return Err(Decline::Unknown(name.clone()));
            }
            if form[..at].iter().any(|(earlier, _)| earlier == name) {
                return Err(Decline::Duplicate(name.clone()));
            }
        }
        self.fields().iter().try_for_each(|field| match value(form, field.name) {
            Some(text) if !(text.is_empty() && field.required) => field.check(text, timestamp),
            None if !field.required => Ok(()),
            _ => Err(Decline::Missing(field.name)),
        })
    }
}

impl Field {
    fn check(&self, text: &str, timestamp: TimestampForm) -> Result<(), Decline> {
        if let Some(max) = self.max
            && text.chars().count() > max
        {
            return Err(Decline::TooLong(self.name, max));
        }
        let holds = |holds: bool, otherwise: Decline| if holds { Ok(()) } else { Err(otherwise) };
        match self.rule {
            Rule::Any => Ok(()),
            Rule::PayType => holds(is_pay_type(text), Decline::PayTypeWord),
            Rule::Currency => holds(is_currency(text), Decline::CurrencyWord),
            Rule::Timestamp => holds(timestamp.reads(text), Decline::Timestamp(timestamp.hint())),
            Rule::CancelType => holds(text == "C", Decline::CancelType),
            Rule::Amount => holds(amount(text).is_some(), Decline::NotDigits(self.name)),
            Rule::AmountAboveZero => {
                let amount = amount(text).ok_or(Decline::NotDigits(self.name))?;
                holds(amount > 0, Decline::Zero(self.name))
            }
        }
    }
}

/// The value of a field, where the form has it.
pub(crate) fn value<'form>(form: &'form [(String, String)], name: &str) -> Option<&'form str> {
    form.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
}

/// An amount on the wire: 1 to 22 digits and nothing else.
pub(crate) fn amount(text: &str) -> Option<u128> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

/// A lower-case ASCII word of at most 10 characters.
pub(crate) fn is_pay_type(text: &str) -> bool {
    let of_a_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    text.len() <= 10 && text.starts_with(|first: char| first.is_ascii_lowercase()) && text.bytes().all(of_a_word)
}

/// A currency the gateway counts in.
pub(crate) fn is_currency(text: &str) -> bool {
    matches!(text, "WON" | "USD")
}

#[cfg(test)]
mod tests {
    use super::{Endpoint, amount};
    use crate::decline::Decline;
    use crate::rules::TimestampForm;

    const FULL: &[(&str, &str)] = &[
        ("payType", "card"),
        ("mid", "sandbox001"),
        ("tid", "t"),
        ("price", "1000"),
        ("currency", "WON"),
        ("timestamp", "20190906110100"),
        ("signature", "s"),
    ];
    const PART: &[(&str, &str)] = &[
        ("payType", "card"),
        ("mid", "sandbox001"),
        ("tid", "t"),
        ("cancelPrice", "1"),
        ("confirmPrice", "0"),
        ("currency", "USD"),
        ("timestamp", "1567735260000"),
        ("signature", "s"),
    ];

    fn check(endpoint: Endpoint, form: &[(String, String)]) -> Result<(), Decline> {
        endpoint.check(form, TimestampForm::Both)
    }

    /// The form with one field replaced, added or, where no value is given, removed.
    fn with(base: &[(&str, &str)], name: &str, value: Option<&str>) -> Vec<(String, String)> {
        base.iter()
            .copied()
            .filter(|(field, _)| *field != name)
            .chain(value.map(|value| (name, value)))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    #[test]
    fn accepts_the_documented_forms_in_any_order() {
        let mut full = with(FULL, "cancelType", Some("C"));
        assert_eq!(check(Endpoint::Cancel, &full), Ok(()));
        full.reverse();
        assert_eq!(check(Endpoint::Cancel, &full), Ok(()));
        assert_eq!(check(Endpoint::Repay, &with(PART, "tax", Some("0"))), Ok(()));
        assert_eq!(check(Endpoint::Repay, &with(PART, "taxfree", Some("1"))), Ok(()));
    }

    #[test]
    fn every_required_field_is_required() {
        for (endpoint, base) in [(Endpoint::Cancel, FULL), (Endpoint::Repay, PART)] {
            for (name, _) in base {
                for form in [with(base, name, None), with(base, name, Some(""))] {
                    let refusal = check(endpoint, &form);
                    assert!(
                        matches!(refusal, Err(Decline::Missing(missing)) if missing == *name),
                        "{name}: {refusal:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn every_length_is_kept() {
        for (endpoint, base, name, max) in [
            (Endpoint::Cancel, FULL, "payType", 10),
            (Endpoint::Cancel, FULL, "mid", 10),
            (Endpoint::Cancel, FULL, "tid", 40),
            (Endpoint::Cancel, FULL, "price", 22),
            (Endpoint::Cancel, FULL, "currency", 3),
            (Endpoint::Cancel, FULL, "timestamp", 14),
            (Endpoint::Cancel, FULL, "cancelType", 1),
            (Endpoint::Repay, PART, "cancelPrice", 22),
            (Endpoint::Repay, PART, "confirmPrice", 22),
            (Endpoint::Repay, PART, "tax", 10),
            (Endpoint::Repay, PART, "taxfree", 10),
        ] {
            let over = with(base, name, Some(&"1".repeat(max + 1)));
            assert_eq!(check(endpoint, &over), Err(Decline::TooLong(name, max)));
            let full = with(base, name, Some(&"1".repeat(max)));
            assert!(!matches!(check(endpoint, &full), Err(Decline::TooLong(..))));
        }
        // Characters are counted, not bytes.
        let korean = with(FULL, "mid", Some(&"가".repeat(10)));
        assert_eq!(check(Endpoint::Cancel, &korean), Ok(()));
    }

    #[test]
    fn every_rule_is_kept() {
        for (name, value, decline) in [
            ("payType", "Card", Decline::PayTypeWord),
            ("payType", "card ", Decline::PayTypeWord),
            ("price", "1,000", Decline::NotDigits("price")),
            ("price", "-1", Decline::NotDigits("price")),
            ("price", "+1", Decline::NotDigits("price")),
            ("price", "1.0", Decline::NotDigits("price")),
            ("price", "１", Decline::NotDigits("price")),
            ("price", " 1", Decline::NotDigits("price")),
            ("price", "0", Decline::Zero("price")),
            ("price", "000", Decline::Zero("price")),
            ("currency", "KRW", Decline::CurrencyWord),
            ("currency", "won", Decline::CurrencyWord),
            ("timestamp", "20190931000000", Decline::Timestamp(TimestampForm::Both.hint())),
            ("cancelType", "c", Decline::CancelType),
            ("cancelType", "", Decline::CancelType),
            ("tax", "0", Decline::Unknown("tax".into())),
            ("confirmPrice", "0", Decline::Unknown("confirmPrice".into())),
            ("PayType", "card", Decline::Unknown("PayType".into())),
        ] {
            let form = with(FULL, name, Some(value));
            assert_eq!(check(Endpoint::Cancel, &form), Err(decline), "{name}={value}");
        }
        for (name, value, decline) in [
            ("cancelPrice", "0", Decline::Zero("cancelPrice")),
            ("confirmPrice", "x", Decline::NotDigits("confirmPrice")),
            ("tax", "", Decline::NotDigits("tax")),
            ("taxfree", "-1", Decline::NotDigits("taxfree")),
            ("cancelType", "C", Decline::Unknown("cancelType".into())),
            ("price", "1", Decline::Unknown("price".into())),
        ] {
            let form = with(PART, name, Some(value));
            assert_eq!(check(Endpoint::Repay, &form), Err(decline), "{name}={value}");
        }
    }

    #[test]
    fn no_field_comes_twice() {
        for name in ["price", "signature", "cancelType"] {
            let mut form = with(FULL, "cancelType", Some("C"));
            form.push((name.to_owned(), "1".to_owned()));
            assert_eq!(check(Endpoint::Cancel, &form), Err(Decline::Duplicate(name.to_owned())));
        }
    }

    #[test]
    fn paths_are_exact() {
        assert_eq!(Endpoint::at("/cancel/cancel"), Some(Endpoint::Cancel));
        assert_eq!(Endpoint::at("/cancel/repay"), Some(Endpoint::Repay));
        for path in ["/", "/cancel", "/cancel/cancel/", "/cancel/Repay", "//cancel/cancel"] {
            assert_eq!(Endpoint::at(path), None);
        }
    }

    #[test]
    fn amounts_of_22_digits_are_read_whole() {
        assert_eq!(amount(&"9".repeat(22)), Some(9_999_999_999_999_999_999_999));
        assert_eq!(amount(""), None);
    }
}
