//! Fields as spreadsheets write them → values; what a spreadsheet has destroyed is refused.

/// A field's text: also out of `="0012"`, by which spreadsheets are told to keep zeros.
pub(crate) fn text(field: &str) -> Result<&str, String> {
    let field = field.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"')).unwrap_or(field).trim();
    if is_exponent(field) {
        return Err(format!(
            "is {field}, into which a spreadsheet has turned a long number; make the column a text in it, enter the numbers \
             again and export anew"
        ));
    }
    if field.starts_with('#') && field.ends_with(['!', '?', 'A']) {
        return Err(format!("is {field}, a spreadsheet's error; correct the cell and export again"));
    }
    Ok(field)
}

/// An amount without what people write around the digits: won signs, 원 and spaces. What is left has to be digits, grouped by
/// commas or not.
pub(crate) fn amount(field: &str) -> Result<&str, String> {
    let text = text(field)?;
    let text = text.trim_start_matches(['₩', '￦', '\\']).trim_start();
    Ok(text.strip_suffix('원').or_else(|| text.strip_suffix("KRW")).unwrap_or(text).trim_end())
}

/// The gateway's word for a means of payment, where a merchant admin's is known.
pub(crate) fn pay_type(field: &str) -> Result<String, String> {
    let text = text(field)?;
    let plain: String = text.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect();
    Ok(match plain.as_str() {
        "카드" | "신용카드" | "체크카드" | "신용/체크카드" | "creditcard" => "card".to_owned(),
        "휴대폰" | "핸드폰" | "휴대폰결제" | "휴대폰소액결제" | "mobile" => "hpp".to_owned(),
        "가상계좌" => "vbank".to_owned(),
        "계좌이체" | "실시간계좌이체" => "bank".to_owned(),
        _ => plain,
    })
}

/// Such as `1.23E+15`.
fn is_exponent(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['E', 'e']) else { return false };
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    // A key such as 12e4 may be meant; with a sign or a point it is a spreadsheet's.
    let is_written_so = mantissa.contains('.') || exponent.starts_with(['+', '-']);
    is_digits(whole) && is_digits(fraction) && is_digits(exponent.trim_start_matches(['+', '-'])) && is_written_so
}

#[cfg(test)]
mod tests {
    use super::{amount, pay_type, text};

    #[test]
    fn amounts_are_read_as_people_write_them() {
        for field in ["12,000", "12,000원", "₩12,000", "￦ 12,000", "\\12,000", "12,000 원", "12,000KRW", "=\"12,000\""]
        {
            assert_eq!(amount(field).as_deref(), Ok("12,000"), "{field}");
        }
        // The ledger says what is wrong with these.
        for field in ["-12,000", "12.000,00", "원", "12천"] {
            assert!(amount(field).is_ok(), "{field}");
        }
    }

    #[test]
    fn what_a_spreadsheet_has_destroyed_is_refused() {
        for field in ["1.23E+15", "1E+15", "1.23457e+19", "2.0E-5", "1.5E15", "#REF!", "#N/A", "#NAME?"] {
            assert!(text(field).is_err(), "{field}");
            assert!(amount(field).is_err(), "{field}");
        }
        for field in ["", "12E", "E+15", "12e4", "refund-1E+", "1.2.3E+5", "abcE+5", "welcometst2026E5", "#17"] {
            assert_eq!(text(field), Ok(field));
        }
        assert_eq!(text("=\"0012\""), Ok("0012"));
    }

    #[test]
    fn means_of_payment_are_known_by_their_korean_names() {
        for (field, expected) in [
            ("신용카드", "card"),
            ("신용 카드", "card"),
            ("CARD", "card"),
            ("휴대폰", "hpp"),
            ("가상계좌", "vbank"),
            ("실시간계좌이체", "bank"),
            ("kakaopay", "kakaopay"),
        ] {
            assert_eq!(pay_type(field).as_deref(), Ok(expected));
        }
    }
}
