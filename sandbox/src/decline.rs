//! Every reason to decline, with its code and its words, in one table.
//!
//! The gateway publishes no list of codes. `ERR206` for a bad signature was seen; the others are the sandbox's own and
//! start with `SBX`, so that nobody takes them for the gateway's.
//!
//! | code | declined because |
//! | --- | --- |
//! | `SBX101` | the body is not a well-formed UTF-8 form, or has more than 64 fields |
//! | `SBX102` | a field came twice |
//! | `SBX103` | a field the endpoint does not know |
//! | `SBX104` | a required field is absent or empty |
//! | `SBX105` | a field is longer than documented |
//! | `SBX106` | an amount is not digits only |
//! | `SBX107` | an amount that must be above zero is zero |
//! | `SBX108` | `payType` is not a lower-case ASCII word |
//! | `SBX109` | `currency` is neither `WON` nor `USD` |
//! | `SBX110` | `timestamp` is neither a real KST `yyyyMMddHHmmss` nor 13 digits of epoch milliseconds |
//! | `SBX111` | `cancelType` is not `C` |
//! | `SBX112` | `timestamp` is too far from the sandbox's clock |
//! | `SBX201` | the mid is unknown |
//! | `ERR206` | the signature is wrong |
//! | `SBX301` | the tid is unknown |
//! | `SBX302` | `payType` is not the payment's |
//! | `SBX303` | `currency` is not the payment's |
//! | `SBX304` | `cancelType` `C` on a payment that is not `hpp` |
//! | `SBX305` | a partial cancel of a payment that was approved as not partially cancellable |
//! | `SBX306` | a phone payment of another calendar month, in KST |
//! | `SBX307` | a virtual account that was paid into |
//! | `SBX308` | an escrow payment |
//! | `SBX401` | nothing remains: the payment is cancelled already |
//! | `SBX402` | a full cancel after a partial one |
//! | `SBX403` | a full cancel whose `price` is not the approved total |
//! | `SBX404` | a partial cancel above what remains |
//! | `SBX405` | `confirmPrice` is not what would remain after this cancel |
//! | `SBX406` | `tax` and `taxfree` together are above `cancelPrice` |
//! | `SBX501` | the merchant's settlement balance is short |
//!
//! The code of 'already cancelled' can be changed by a rule.

use crate::answer::MESSAGE_MAX;
use crate::explain::{Explanation, Mistake};

/// Why a request is declined; a decline never moves money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Decline {
    Form,
    Duplicate(String),
    Unknown(String),
    Missing(&'static str),
    TooLong(&'static str, usize),
    NotDigits(&'static str),
    Zero(&'static str),
    PayTypeWord,
    CurrencyWord,
    Timestamp(&'static str),
    CancelType,
    Stale { ahead: i64 },
    Mid(Option<Mistake>),
    Signature(Option<Explanation>),
    Tid,
    PayType,
    Currency,
    NotMobile,
    NotPartial,
    OtherMonth,
    Deposited,
    Escrow,
    AlreadyCancelled,
    PartlyCancelled { remaining: u64 },
    NotTheTotal { price: u64 },
    AboveRemaining { remaining: u64 },
    Confirm { expected: u64 },
    Tax { amount: u64 },
    Balance,
}

impl Decline {
    /// The `ResultCode`, at most 6 characters.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Form => "SBX101",
            Self::Duplicate(_) => "SBX102",
            Self::Unknown(_) => "SBX103",
            Self::Missing(_) => "SBX104",
            Self::TooLong(..) => "SBX105",
            Self::NotDigits(_) => "SBX106",
            Self::Zero(_) => "SBX107",
            Self::PayTypeWord => "SBX108",
            Self::CurrencyWord => "SBX109",
            Self::Timestamp(_) => "SBX110",
            Self::CancelType => "SBX111",
            Self::Stale { .. } => "SBX112",
            Self::Mid(_) => "SBX201",
            Self::Signature(_) => "ERR206",
            Self::Tid => "SBX301",
            Self::PayType => "SBX302",
            Self::Currency => "SBX303",
            Self::NotMobile => "SBX304",
            Self::NotPartial => "SBX305",
            Self::OtherMonth => "SBX306",
            Self::Deposited => "SBX307",
            Self::Escrow => "SBX308",
            Self::AlreadyCancelled => "SBX401",
            Self::PartlyCancelled { .. } => "SBX402",
            Self::NotTheTotal { .. } => "SBX403",
            Self::AboveRemaining { .. } => "SBX404",
            Self::Confirm { .. } => "SBX405",
            Self::Tax { .. } => "SBX406",
            Self::Balance => "SBX501",
        }
    }

    /// The `ResultMsg`: Korean, then English, at most 100 characters.
    pub(crate) fn message(&self) -> String {
        let text = match self {
            Self::Form => "요청 본문 오류 (the body is not a well-formed UTF-8 form)".to_owned(),
            Self::Duplicate(name) => format!("중복 필드: {name} (field sent twice)"),
            Self::Unknown(name) => format!("알 수 없는 필드: {name} (unknown field)"),
            Self::Missing(name) => format!("필수 필드 누락: {name} (required field missing)"),
            Self::TooLong(name, max) => {
                format!("길이 초과: {name} (at most {max} characters)")
            }
            Self::NotDigits(name) => format!("금액 형식 오류: {name} (digits only)"),
            Self::Zero(name) => format!("금액 오류: {name} (must be above zero)"),
            Self::PayTypeWord => "결제수단 형식 오류 (payType: a lower-case word such as card)".to_owned(),
            Self::CurrencyWord => "통화 오류 (currency: WON or USD)".to_owned(),
            Self::Timestamp(hint) => format!("타임스탬프 오류 (timestamp: {hint})"),
            Self::Stale { ahead } => stale(*ahead),
            Self::CancelType => "망취소옵션 오류 (cancelType: C, or absent)".to_owned(),
            Self::Mid(None) => "등록되지 않은 가맹점ID (unknown mid)".to_owned(),
            Self::Mid(Some(mistake)) => format!("등록되지 않은 가맹점ID (unknown mid: {})", mistake.english()),
            Self::Signature(None) => "검증값 오류 (wrong signature)".to_owned(),
            Self::Signature(Some(explanation)) => explanation.message(),
            Self::Tid => "거래를 찾을 수 없음 (unknown tid)".to_owned(),
            Self::PayType => "결제수단 불일치 (payType is not the payment's)".to_owned(),
            Self::Currency => "통화 불일치 (currency is not the payment's)".to_owned(),
            Self::NotMobile => "망취소는 휴대폰 결제만 가능 (cancelType C is for hpp only)".to_owned(),
            Self::NotPartial => "부분 취소 불가 거래 (approved as not partially cancellable)".to_owned(),
            Self::OtherMonth => "휴대폰 결제는 당월만 취소 가능 (a phone payment of another month)".to_owned(),
            Self::Deposited => "입금된 가상계좌는 취소 불가, 환불 요청 필요 (deposited virtual account)".to_owned(),
            Self::Escrow => "에스크로 거래는 취소 불가 (an escrow payment)".to_owned(),
            Self::AlreadyCancelled => "이미 취소된 거래 (already cancelled in full)".to_owned(),
            Self::PartlyCancelled { remaining } => {
                format!("부분 취소된 거래, 부분 취소로 요청 (partly cancelled: use repay, remaining {remaining})")
            }
            Self::NotTheTotal { price } => {
                format!("승인 금액 불일치 (price must be the approved total, {price})")
            }
            Self::AboveRemaining { remaining } => {
                format!("취소 가능 금액 초과 (above what remains, {remaining})")
            }
            Self::Confirm { expected } => {
                format!("취소 후 남은 금액 불일치 (confirmPrice must be what remains after, {expected})")
            }
            Self::Tax { amount } => {
                format!("부가세+비과세가 취소 금액 초과 (tax and taxfree together are above cancelPrice, {amount})")
            }
            Self::Balance => "정산 잔액 부족 (the settlement balance is short: try again later)".to_owned(),
        };
        text.chars().take(MESSAGE_MAX).collect()
    }
}

/// A clock that is off by whole hours is mostly right, but of another time zone.
fn stale(ahead: i64) -> String {
    let (size, order) = (ahead.unsigned_abs(), if ahead < 0 { "behind" } else { "ahead of" });
    // Two minutes, so that the time it takes to arrive makes no difference.
    let (hours, rest) = ((size + 120) / 3_600, (size + 120) % 3_600);
    let zone = match (hours, ahead < 0) {
        _ if rest > 240 || hours == 0 || hours > 21 => "",
        (9, true) => ": UTC?",
        _ => ": another time zone?",
    };
    format!("타임스탬프 유효 시간 초과 ({size} s {order} the sandbox's clock, KST{zone})")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::Decline;

    fn every() -> Vec<Decline> {
        vec![
            Decline::Form,
            Decline::Duplicate("n".repeat(300)),
            Decline::Unknown("n".repeat(300)),
            Decline::Missing("confirmPrice"),
            Decline::TooLong("confirmPrice", 22),
            Decline::NotDigits("confirmPrice"),
            Decline::Zero("cancelPrice"),
            Decline::PayTypeWord,
            Decline::CurrencyWord,
            Decline::Timestamp("yyyyMMddHHmmss in KST, or 13 digits of epoch ms"),
            Decline::CancelType,
            Decline::Stale { ahead: i64::MIN },
            Decline::Mid(None),
            Decline::Signature(None),
            Decline::Tid,
            Decline::PayType,
            Decline::Currency,
            Decline::NotMobile,
            Decline::NotPartial,
            Decline::OtherMonth,
            Decline::Deposited,
            Decline::Escrow,
            Decline::AlreadyCancelled,
            Decline::PartlyCancelled { remaining: u64::MAX },
            Decline::NotTheTotal { price: u64::MAX },
            Decline::AboveRemaining { remaining: u64::MAX },
            Decline::Confirm { expected: u64::MAX },
            Decline::Tax { amount: u64::MAX },
            Decline::Balance,
        ]
    }

    #[test]
    fn codes_are_distinct_short_and_in_the_table() {
        let source = include_str!("decline.rs").lines();
        let rows: Vec<&str> = source.filter(|line| line.starts_with("//! | `")).collect();
        let mut seen = HashSet::new();
        for decline in every() {
            let code = decline.code();
            assert!(seen.insert(code), "{code} twice");
            assert!(code.len() <= 6 && code != "00" && code != "0000");
            let row = format!("//! | `{code}` |");
            assert!(rows.iter().any(|line| line.starts_with(&row)), "{code}");
        }
        assert_eq!(rows.len(), seen.len());
    }

    #[test]
    fn messages_fit_and_end_whole() {
        for decline in every() {
            let message = decline.message();
            assert!(message.chars().count() <= 100, "{message}");
            let cut = matches!(decline, Decline::Duplicate(_) | Decline::Unknown(_));
            assert_eq!(message.ends_with(')'), !cut, "{message}");
        }
    }
    #[test]
    fn a_stale_timestamp_tells_how_far_it_is() {
        for (ahead, words) in [
            (-32_401, "32401 s behind the sandbox's clock, KST: UTC?"),
            (32_400, "32400 s ahead of the sandbox's clock, KST: another time zone?"),
            (-50_400, "another time zone?"),
            (-3_000, "3000 s behind the sandbox's clock, KST)"),
            (61, "61 s ahead of the sandbox's clock, KST)"),
        ] {
            let message = Decline::Stale { ahead }.message();
            assert!(message.contains(words), "{message}");
        }
    }
}
