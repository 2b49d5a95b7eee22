//! What a person is told who has to look: why, what to look for in the merchant admin, and what each ruling would do.

use serde_json::{Value as Json, json};

use crate::kst;
use crate::policy::Policy;
use crate::record::Record;
use crate::refund::Note;

pub(crate) fn told(record: &Record, policy: &Policy) -> Json {
    let facts = Facts::of(record, policy);
    json!({ "en": facts.in_english(), "ko": facts.in_korean(), "needs_remaining": facts.must_tell_remaining })
}

struct Facts<'a> {
    note: Note,
    tid: &'a str,
    unit: &'a str,
    amount: u64,
    /// What remains if it did not go back, and if it did.
    before: u64,
    after: u64,
    /// Between which times it may have been sent; none where nothing of it has left.
    span: Option<(String, String)>,
    quiet_over: Option<String>,
    answered: Option<String>,
    can_resend: bool,
    must_tell_remaining: bool,
}

impl<'a> Facts<'a> {
    fn of(record: &'a Record, policy: &Policy) -> Self {
        let Record { payment, refund, .. } = record;
        let left = refund.maybe_sent > 0;
        let after = payment.remaining.saturating_sub(refund.amount);
        let since = record.sent_at.unwrap_or(record.requested_at);
        Self {
            note: refund.note.unwrap_or(Note::NoAnswer),
            tid: &record.tid,
            unit: &record.currency,
            amount: refund.amount,
            before: payment.remaining,
            after,
            span: left.then(|| (kst::written(since), kst::written(refund.lease_over.max(since)))),
            quiet_over: (left && refund.quiet_over > record.now).then(|| kst::written(refund.quiet_over)),
            answered: record.heard.result_code.as_ref().map(|code| {
                format!("{code} {}", record.heard.result_msg.as_deref().unwrap_or_default()).trim().to_owned()
            }),
            can_resend: policy.confirm_price_enforced && left,
            must_tell_remaining: payment.suspect,
        }
    }

    fn money(&self, amount: u64, won: &str) -> String {
        let unit = if self.unit == "WON" { won } else { " cents" };
        format!("{}{unit}", grouped(amount))
    }

    fn in_english(&self) -> Json {
        let money = |amount| self.money(amount, " won");
        let (tid, amount) = (self.tid, money(self.amount));
        let answered = self.answered.as_ref().map_or(String::new(), |answer| format!(" It answered: {answer}."));
        let why = match self.note {
            Note::NoAnswer => "The cancel may have been sent, and no answer says how it ended.".to_owned(),
            Note::Mismatch => format!("The gateway answered, but its answer does not match the request.{answered}"),
            Note::ProbablyDone => format!(
                "Probably done: the answer to the first request was lost, and the second was declined.{answered}"
            ),
            Note::TooOften => "It was sent the maximum number of times, and no answer says how it ended.".to_owned(),
            Note::AboveRemaining => {
                format!("{amount} were requested, but only {} remain. Nothing was sent.", money(self.before))
            }
            Note::Restored => {
                "The database may not know of a cancel: it was restored or lost its newest writes, or a settlement file shows a cancel that is not recorded.".to_owned()
            }
            Note::LateSuccess => "The gateway's success arrived after the refund had ended with another result.".to_owned(),
            Note::Statement => {
                "A settlement file shows this cancel, although it is recorded as not cancelled.".to_owned()
            }
        };
        let mut look_for = Vec::new();
        if let Some((from, until)) = &self.span {
            look_for.push(format!(
                "In the merchant admin (상점관리자), open tid {tid} and look for a cancel of {amount} between {from} and {until}."
            ));
            look_for.push(format!(
                "If it is there, {} remain. If it is not, {} remain.",
                money(self.after),
                money(self.before)
            ));
        } else {
            look_for.push(format!("In the merchant admin (상점관리자), open tid {tid} and read what remains."));
        }
        if let Some(until) = &self.quiet_over {
            look_for.push(format!(
                "A cancel that is not there yet may still arrive until {until}. Check again after that."
            ));
        }
        if self.must_tell_remaining {
            look_for.push("Pass remaining with the ruling: what the merchant admin shows as left.".to_owned());
        }
        let mut rulings = json!({
            "void": "Give it up. Choose this only if the cancel is not there. Other refunds of the payment then continue.",
            "retry": "Send it again, with a new confirmPrice. Choose this only if the cancel is not there.",
        });
        if self.span.is_some() {
            rulings["done"] = "The cancel is there: record it as done. Nothing is sent.".into();
        }
        if self.can_resend {
            rulings["resend"] =
                "Send the same cancel once more. A gateway that enforces confirmPrice applies it at most once.".into();
        }
        json!({ "why": why, "look_for": look_for, "rulings": rulings })
    }

    fn in_korean(&self) -> Json {
        let money = |amount| self.money(amount, "원");
        let (tid, amount) = (self.tid, money(self.amount));
        let answered = self.answered.as_ref().map_or(String::new(), |answer| format!(" 응답: {answer}"));
        let why = match self.note {
            Note::NoAnswer => {
                "취소 요청이 전송되었을 수 있지만, 결과를 확인할 수 있는 응답을 받지 못했습니다.".to_owned()
            }
            Note::Mismatch => format!("응답이 왔지만 요청한 내용과 맞지 않습니다.{answered}"),
            Note::ProbablyDone => format!(
                "취소되었을 가능성이 높습니다. 첫 번째 요청의 응답을 받지 못했고, 같은 요청을 다시 보내자 거절되었습니다.{answered}"
            ),
            Note::TooOften => "허용된 횟수만큼 보냈지만, 결과를 확인할 수 있는 응답을 받지 못했습니다.".to_owned(),
            Note::AboveRemaining => {
                format!(
                    "요청한 금액은 {amount}인데 남은 금액은 {}입니다. 아무것도 보내지 않았습니다.",
                    money(self.before)
                )
            }
            Note::Restored => {
                "기록되지 않은 취소가 있을 수 있습니다. 데이터베이스를 복구했거나 최근 기록이 유실되었거나, 정산내역에 원장에 없는 취소가 있습니다.".to_owned()
            }
            Note::LateSuccess => "다른 결과로 끝난 뒤에 성공 응답이 도착했습니다.".to_owned(),
            Note::Statement => "취소되지 않은 것으로 기록되어 있지만, 정산내역에는 이 취소가 있습니다.".to_owned(),
        };
        let mut look_for = Vec::new();
        if let Some((from, until)) = &self.span {
            look_for.push(format!(
                "상점관리자에서 거래ID {tid} 건을 조회해 {from}부터 {until} 사이에 {amount} 취소 내역이 있는지 확인하세요."
            ));
            look_for.push(format!(
                "취소 내역이 있으면 남은 금액은 {}, 없으면 {}입니다.",
                money(self.after),
                money(self.before)
            ));
        } else {
            look_for.push(format!("상점관리자에서 거래ID {tid} 건을 조회해 남은 금액을 확인하세요."));
        }
        if let Some(until) = &self.quiet_over {
            look_for
                .push(format!("아직 보이지 않는 취소도 {until}까지는 반영될 수 있습니다. 그 뒤에 다시 확인하세요."));
        }
        if self.must_tell_remaining {
            look_for.push("결정할 때 remaining에 상점관리자에 표시된 남은 금액을 넣으세요.".to_owned());
        }
        let mut rulings = json!({
            "void": "포기합니다. 취소 내역이 없을 때만 선택하세요. 이 결제의 다른 환불이 진행됩니다.",
            "retry": "confirmPrice를 새로 계산해 다시 요청합니다. 취소 내역이 없을 때만 선택하세요.",
        });
        if self.span.is_some() {
            rulings["done"] = "취소 내역이 있습니다. 완료로 기록하고 아무것도 보내지 않습니다.".into();
        }
        if self.can_resend {
            rulings["resend"] =
                "같은 취소 요청을 한 번 더 보냅니다. confirmPrice를 검증하는 PG사는 한 번만 취소합니다.".into();
        }
        json!({ "why": why, "look_for": look_for, "rulings": rulings })
    }
}

/// Digits in groups of three.
fn grouped(amount: u64) -> String {
    let digits = amount.to_string();
    let mut grouped = String::with_capacity(digits.len() * 4 / 3);
    for (place, digit) in digits.char_indices() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn amounts_are_grouped_by_threes() {
        for (amount, expected) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(amount), expected);
        }
    }
}
