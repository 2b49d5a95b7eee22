//! Amounts and currencies, as the gateway counts them.

use std::fmt;

/// The most digits an amount may have on the wire (guide, payapi01).
pub(crate) const MAX_DIGITS: usize = 22;

/// The currency (통화) of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Currency {
    /// Korean won: amounts are whole won.
    Won,
    /// US dollar: amounts are whole cents.
    Usd,
}

impl Currency {
    /// The gateway's word: `WON` or `USD`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Won => "WON",
            Self::Usd => "USD",
        }
    }

    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        match text {
            "WON" => Ok(Self::Won),
            "USD" => Ok(Self::Usd),
            "KRW" => Err("is the ISO code; the gateway's word for won is \"WON\""),
            _ => Err("must be \"WON\" or \"USD\", in capitals"),
        }
    }
}

/// An amount of money: whole won for `WON`, whole cents for `USD`; at most 22 digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(u128);

/// Why a text or a number is not an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AmountError {
    Empty,
    Negative,
    TooLong,
    Commas,
    Point,
    NotDigits,
}

impl AmountError {
    pub(crate) const fn message(self) -> &'static str {
        match self {
            Self::Empty => "is empty; pass a whole number",
            Self::Negative => "is negative; pass a whole number without a sign",
            Self::TooLong => "has more than 22 digits, the most the gateway takes",
            Self::Commas => "has misplaced commas; pass digits only, or group them by threes as in \"12,000\"",
            Self::Point => {
                "has a decimal point; pass whole won, as Decimal(\"12000.00\") in Python or Number(\"12000.00\") in JavaScript, \
                 and of USD the whole cents"
            }
            Self::NotDigits => {
                "is not a whole number; pass digits only, won or (for USD) cents, with no sign, point, space or unit"
            }
        }
    }
}

impl Amount {
    /// Reads digits, with or without well-formed thousands commas.
    pub(crate) fn parse(text: &str) -> Result<Self, AmountError> {
        if text.is_empty() {
            return Err(AmountError::Empty);
        }
        if !text.bytes().all(|b| b.is_ascii_digit() || b == b',') {
            return Err(if is_decimal(text) { AmountError::Point } else { AmountError::NotDigits });
        }
        if text.contains(',') {
            let mut groups = text.split(',');
            let first = groups.next().map_or(0, str::len);
            if !(1..=3).contains(&first) || groups.any(|group| group.len() != 3) {
                return Err(AmountError::Commas);
            }
        }
        let digits = text.bytes().filter(u8::is_ascii_digit);
        if digits.clone().count() > MAX_DIGITS {
            return Err(AmountError::TooLong);
        }
        Ok(Self(digits.fold(0, |value, digit| value * 10 + u128::from(digit - b'0'))))
    }

    pub(crate) fn from_integer(value: i128) -> Result<Self, AmountError> {
        let value = u128::try_from(value).map_err(|_| AmountError::Negative)?;
        if value >= 10_u128.pow(22) {
            return Err(AmountError::TooLong);
        }
        Ok(Self(value))
    }

    /// The amount as a number.
    pub const fn value(self) -> u128 {
        self.0
    }
}

/// Digits, and after a point some more: what databases and decimal libraries write.
fn is_decimal(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit() || b == b',');
    text.split_once('.').is_some_and(|(whole, fraction)| digits(whole) && digits(fraction))
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_stand_only_between_groups_of_three() {
        for (text, value) in [("0", 0), ("12000", 12_000), ("12,000", 12_000), ("1,234,567", 1_234_567), ("007", 7)] {
            assert_eq!(Amount::parse(text), Ok(Amount(value)), "{text}");
        }
        for text in ["1,23", ",123", "12,,000", "1234,567", "12,000,", ","] {
            assert_eq!(Amount::parse(text), Err(AmountError::Commas), "{text}");
        }
    }

    #[test]
    fn anything_but_ascii_digits_is_refused() {
        for text in ["12000.00", "1.0", "12,000.00", "0.5"] {
            assert_eq!(Amount::parse(text), Err(AmountError::Point), "{text}");
        }
        for text in [
            ".5", "5.", "1.2.3", "-1.0", "1.0원", "+1", "-1", " 1", "1 ", "1e3", "0x1", "１２", "12원", "1_000",
            "\u{0}1",
        ] {
            assert_eq!(Amount::parse(text), Err(AmountError::NotDigits), "{text}");
        }
        assert_eq!(Amount::parse(""), Err(AmountError::Empty));
    }

    #[test]
    fn twenty_two_digits_are_the_limit() {
        let most = "9".repeat(22);
        assert_eq!(Amount::parse(&most).map(|amount| amount.to_string()), Ok(most));
        assert_eq!(Amount::parse(&"9".repeat(23)), Err(AmountError::TooLong));
        assert_eq!(Amount::parse(&"0".repeat(23)), Err(AmountError::TooLong));
        assert_eq!(Amount::from_integer(10_i128.pow(22)), Err(AmountError::TooLong));
        assert_eq!(Amount::from_integer(-1), Err(AmountError::Negative));
    }
}
