//! JavaScript values into the core's arguments: nothing is coerced, rounded or cut off.

use std::str::Split;

use napi::bindgen_prelude::{
    BigInt, Either, FromNapiValue, JsObjectValue, JsValue, Object, Unknown, ValidateNapiValue,
};
use napi::{Error, JsString, Result, Status, ValueType};
use paywelcome::{Argument, CancelRequest, ClientOptions, List, PartialCancelRequest};

/// `Number.MAX_SAFE_INTEGER`: above it a number may have been rounded before it came here.
const MAX_SAFE_INTEGER: i64 = 9_007_199_254_740_991;

/// What TypeScript copied out of the caller's object.
pub(crate) enum Values<'a> {
    Named(&'a Object<'a>),
    /// All in the order they are read in: what a value's first character says it is, then the value.
    Packed(Split<'a, char>),
}

/// Ends each value of a packed text, and is in none of them.
const END: char = '\0';

impl<'a> Values<'a> {
    pub(crate) fn of(given: &'a Either<String, Object<'a>>) -> Self {
        match given {
            Either::A(packed) => Self::Packed(packed.split(END)),
            Either::B(named) => Self::Named(named),
        }
    }

    /// Whether a packed text has more values.
    pub(crate) fn has_more(&self) -> bool {
        match self {
            Self::Packed(rest) => rest.clone().nth(1).is_some(),
            Self::Named(_) => false,
        }
    }

    /// Makes sure that nothing of a packed text is left, so that no value can have been read in another's place.
    pub(crate) fn end(self) -> Result<()> {
        match self {
            Self::Packed(mut rest) => {
                let ended = (rest.next(), rest.next()) == (Some(""), None);
                if ended { Ok(()) } else { Err(mispacked()) }
            }
            Self::Named(_) => Ok(()),
        }
    }
}

fn mispacked() -> Error {
    Error::new(Status::InvalidArg, "these are not the values of this operation")
}

/// Reads a client's settings.
pub(crate) fn settings(values: &Object) -> Result<ClientOptions> {
    let values = &mut Values::Named(values);
    Ok(ClientOptions {
        mid: argument(values, "mid")?,
        sign_key: argument(values, "signKey")?.into(),
        mkey: argument(values, "mkey")?.into(),
        environment: argument(values, "environment")?,
        base_url: argument(values, "baseUrl")?,
        timeout: seconds(values, "timeoutMs")?,
        connect_timeout: seconds(values, "connectTimeoutMs")?,
        connect_retries: argument(values, "connectRetries")?,
        signature_format: argument(values, "signatureFormat")?,
        timestamp_format: argument(values, "timestampFormat")?,
        required_echoes: list(values, "requiredEchoes")?,
        proxy: argument(values, "proxy")?,
        ca_bundle: argument(values, "caBundle")?,
        trust_env: argument(values, "trustEnv")?,
        ..ClientOptions::default()
    })
}

/// Reads a full cancel's arguments.
pub(crate) fn cancel(values: &mut Values) -> Result<CancelRequest> {
    Ok(CancelRequest {
        pay_type: argument(values, "payType")?,
        tid: argument(values, "tid")?,
        price: amount(values, "price")?,
        currency: argument(values, "currency")?,
        cancel_type: argument(values, "cancelType")?,
        timeout: seconds(values, "timeoutMs")?,
        wait: seconds(values, "waitMs")?,
        reference: argument(values, "reference")?,
    })
}

/// Reads a partial cancel's arguments.
pub(crate) fn partial_cancel(values: &mut Values) -> Result<PartialCancelRequest> {
    Ok(PartialCancelRequest {
        pay_type: argument(values, "payType")?,
        tid: argument(values, "tid")?,
        cancel_price: amount(values, "cancelPrice")?,
        confirm_price: amount(values, "confirmPrice")?,
        currency: argument(values, "currency")?,
        tax: amount(values, "tax")?,
        taxfree: amount(values, "taxfree")?,
        timeout: seconds(values, "timeoutMs")?,
        wait: seconds(values, "waitMs")?,
        reference: argument(values, "reference")?,
    })
}

/// Reads one value; a wrong type becomes an argument too, so that the core's one validation names every bad field.
pub(crate) fn argument(values: &mut Values, name: &str) -> Result<Argument> {
    match values {
        Values::Named(values) => named(values, name),
        Values::Packed(packed) => {
            let value = packed.next().ok_or_else(mispacked)?;
            if value.is_empty() {
                return Ok(Argument::Absent);
            }
            if let Some(text) = value.strip_prefix('t') {
                return Ok(Argument::Text(text.to_owned()));
            }
            let digits = value.strip_prefix('n').ok_or_else(mispacked)?;
            digits.parse().map(number).map_err(|_| mispacked())
        }
    }
}

/// Reads a setting that is an array.
fn list(values: &mut Values, name: &str) -> Result<List> {
    if let Values::Named(values) = values
        && let Some(value) = values.get::<Unknown>(name)?
        && value.is_array()?
    {
        let array: Object = read(values, name)?;
        let items = (0..array.get_array_length()?).map(|at| named(&array, &at.to_string()));
        return items.collect::<Result<Vec<_>>>().map(List::Values);
    }
    argument(values, name).map(List::from)
}

fn named(values: &Object, name: &str) -> Result<Argument> {
    let Some(value) = values.get::<Unknown>(name)? else {
        return Ok(Argument::Absent);
    };
    Ok(match value.get_type()? {
        ValueType::Undefined | ValueType::Null => Argument::Absent,
        ValueType::Boolean => Argument::Flag(read(values, name)?),
        ValueType::Number => number(read(values, name)?),
        ValueType::BigInt => bigint(&read(values, name)?),
        ValueType::String => text(values, name)?,
        ValueType::Object => Argument::Wrong(refusal(&read(values, name)?)?),
        _ => Argument::Other("is of a type that no field has".to_owned()),
    })
}

/// Reads an amount, which must be one that JavaScript counts exactly.
pub(crate) fn amount(values: &mut Values, name: &str) -> Result<Argument> {
    Ok(match argument(values, name)? {
        Argument::Text(digits) if is_unsafe(&digits) => Argument::Wrong(format!(
            "is above {MAX_SAFE_INTEGER} (Number.MAX_SAFE_INTEGER), the largest amount that is counted exactly"
        )),
        other => other,
    })
}

/// Reads a time limit, which JavaScript gives in milliseconds; the core counts in seconds.
pub(crate) fn seconds(values: &mut Values, name: &str) -> Result<Argument> {
    if let Values::Named(values) = values {
        match values.get::<Unknown>(name)?.map(|value| value.get_type()).transpose()? {
            Some(ValueType::Number) => return Ok(Argument::Fraction(read::<f64>(values, name)? / 1_000.0)),
            Some(ValueType::BigInt) => {
                return Ok(Argument::Wrong("is a bigint; pass a number of milliseconds".to_owned()));
            }
            _ => {}
        }
    }
    Ok(match argument(values, name)? {
        // Only a packed number comes here, which is whole and exact.
        #[expect(clippy::cast_precision_loss, reason = "it came from a number")]
        Argument::Integer(milliseconds) => Argument::Fraction(milliseconds as f64 / 1_000.0),
        other => other,
    })
}

/// Reads a value whose type is known.
///
/// The object is TypeScript's own copy, without getters, so that reading again runs nobody's code.
fn read<T: FromNapiValue + ValidateNapiValue>(values: &Object, name: &str) -> Result<T> {
    values.get_named_property(name)
}

fn number(value: f64) -> Argument {
    if !value.is_finite() {
        return Argument::Wrong("is not a number; pass a whole number".to_owned());
    }
    if value.fract() != 0.0 {
        return Argument::Fraction(value);
    }
    #[expect(clippy::cast_precision_loss, reason = "this limit is the largest that a number holds exactly")]
    if value.abs() > MAX_SAFE_INTEGER as f64 {
        return Argument::Wrong("is beyond Number.MAX_SAFE_INTEGER and may have been rounded".to_owned());
    }
    #[expect(clippy::cast_possible_truncation, reason = "it is whole and within the limit")]
    let whole = value as i64;
    Argument::Integer(whole.into())
}

fn bigint(value: &BigInt) -> Argument {
    let limit = MAX_SAFE_INTEGER.unsigned_abs();
    match value.words.as_slice() {
        [word] if *word <= limit => Argument::Integer(i128::from(*word) * if value.sign_bit { -1 } else { 1 }),
        _ => {
            Argument::Wrong("is beyond Number.MAX_SAFE_INTEGER, the largest amount that is counted exactly".to_owned())
        }
    }
}

fn text(values: &Object, name: &str) -> Result<Argument> {
    let text: String = read(values, name)?;
    // Half a surrogate pair arrives as this replacement, which the text may also hold by itself.
    if text.contains(char::REPLACEMENT_CHARACTER) {
        let units = read::<JsString>(values, name)?.into_utf16()?;
        if char::decode_utf16(units.as_slice().iter().copied()).any(|unit| unit.is_err()) {
            return Ok(Argument::Wrong(
                "holds an unpaired surrogate (half a character); pass well-formed text".to_owned(),
            ));
        }
    }
    Ok(Argument::Text(text))
}

/// What TypeScript found wrong with a value, or that it is an object.
fn refusal(value: &Object) -> Result<String> {
    let refused = value.get::<Unknown>("refused")?.map(|refused| refused.get_type()).transpose()?;
    match refused {
        Some(ValueType::String) => read(value, "refused"),
        _ => Ok("is an object; pass a plain value".to_owned()),
    }
}

/// Returns whether a text of digits, with or without commas, is above what JavaScript counts exactly.
fn is_unsafe(text: &str) -> bool {
    let digits = text.bytes().filter(|byte| *byte != b',');
    digits.clone().all(|byte| byte.is_ascii_digit())
        && digits.fold(0_u128, |value, digit| value.saturating_mul(10).saturating_add(u128::from(digit - b'0')))
            > u128::from(MAX_SAFE_INTEGER.unsigned_abs())
}
