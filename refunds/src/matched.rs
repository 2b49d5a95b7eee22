//! What a statement and the ledger say about each other, in words.

use serde_json::{Value as Json, json};

use crate::listed::Listed;
use crate::record::Record;

/// What is found of a row, or of a refund that no row shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The ledger says the same.
    Agrees,
    /// A worker has the refund at this moment.
    UnderWay,
    /// The refund was open, and is done.
    Closes,
    /// It was recorded that nothing moved.
    Moved,
    /// Another amount was recorded.
    Amount,
    /// No refund of the ledger's fits.
    Unknown,
    /// More than one explanation fits.
    Ambiguous,
    /// The refund is done, and the statement does not show it.
    NotShown,
    /// The refund is open, and the statement does not show it.
    OpenNotShown,
}

impl Verdict {
    /// The list that it is told in, if in any.
    pub(crate) const fn list(self) -> Option<&'static str> {
        Some(match self {
            Self::Agrees | Self::UnderWay => return None,
            Self::Closes => "closed",
            Self::Moved | Self::Amount => "contradicted",
            Self::Unknown => "unknown",
            Self::Ambiguous => "ambiguous",
            Self::NotShown | Self::OpenNotShown => "missing",
        })
    }

    fn in_english(self, record: Option<&Record>) -> String {
        let (state, amount, remaining) = facts(record);
        match self {
            Self::Agrees => "The ledger agrees.".to_owned(),
            Self::UnderWay => "A worker is sending it at this moment.".to_owned(),
            Self::Closes => "It is done now: the file shows it.".to_owned(),
            Self::Moved => format!("It was recorded as {state}, but the file shows that the money went back. A person must check."),
            Self::Amount => format!("It was recorded with {amount}. Find out which is right; the payment's next refund waits for a person."),
            Self::Unknown if record.is_none() => "The ledger does not know this payment.".to_owned(),
            Self::Unknown => format!("The ledger does not know this cancel. By its records, {remaining} remain. The payment's next refund waits for a person, who passes the remaining amount."),
            Self::Ambiguous => "It may belong to several refunds. Look in the merchant admin, and rule.".to_owned(),
            Self::NotShown => "It was recorded as done, but the file does not show it. Nothing was changed. Look in the merchant admin.".to_owned(),
            Self::OpenNotShown => format!("It is {state}, and the file does not show it. Look in the merchant admin, and rule."),
        }
    }

    fn in_korean(self, record: Option<&Record>) -> String {
        let (state, amount, remaining) = facts(record);
        match self {
            Self::Agrees => "기록과 일치합니다.".to_owned(),
            Self::UnderWay => "지금 워커가 처리하고 있습니다.".to_owned(),
            Self::Closes => "완료되었습니다. 정산내역에 있습니다.".to_owned(),
            Self::Moved => {
                format!("{state}(으)로 기록되어 있지만, 정산내역에는 취소된 것으로 나옵니다. 사람이 확인해야 합니다.")
            }
            Self::Amount => format!(
                "기록된 금액은 {amount}입니다. 어느 쪽이 맞는지 확인하세요. 이 결제의 다음 환불은 사람의 확인을 기다립니다."
            ),
            Self::Unknown if record.is_none() => "원장에 없는 결제입니다.".to_owned(),
            Self::Unknown => format!(
                "원장에 없는 취소입니다. 원장 기준 남은 금액은 {remaining}입니다. 이 결제의 다음 환불은 사람의 확인을 기다리며, 결정할 때 남은 금액을 입력해야 합니다."
            ),
            Self::Ambiguous => "여러 환불에 해당할 수 있습니다. 상점관리자에서 확인한 뒤 결정하세요.".to_owned(),
            Self::NotShown => {
                "완료로 기록되어 있지만 정산내역에 없습니다. 아무것도 변경하지 않았습니다. 상점관리자에서 확인하세요."
                    .to_owned()
            }
            Self::OpenNotShown => {
                format!("상태는 {state}이고 정산내역에 없습니다. 상점관리자에서 확인한 뒤 결정하세요.")
            }
        }
    }
}

fn facts(record: Option<&Record>) -> (&'static str, u64, u64) {
    record.map_or(("", 0, 0), |record| (record.refund.state.as_str(), record.refund.amount, record.payment.remaining))
}

/// A finding as JSON: the row's values, the refunds that it may be, and what it means.
pub(crate) fn told(verdict: Verdict, row: Option<&Listed>, of: &[&Record], payment: Option<&Record>) -> Json {
    let first = of.first().copied();
    let about = first.or(payment);
    json!({
        "row": row.map(|row| row.place),
        "tid": row.map(|row| &row.tid).or(about.map(|record| &record.tid)),
        "amount": row.map(|row| row.amount).or(first.map(|record| record.refund.amount)),
        "remaining": row.map_or(first.and_then(|record| record.refund.confirm), |row| row.remaining),
        "cancel_tid": row.map_or(first.and_then(|record| record.heard.cancel_tid.as_ref()), |row| row.cancel_tid.as_ref()),
        "cancelled_at": row.map(|row| row.at.0),
        "keys": of.iter().map(|record| &record.key).collect::<Vec<_>>(),
        "state": first.map(|record| record.refund.state.as_str()),
        "why": { "en": verdict.in_english(about), "ko": verdict.in_korean(about) },
    })
}
