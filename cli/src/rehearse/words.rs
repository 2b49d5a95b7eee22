//! What a person is told while it continues, in English and in Korean.

use std::fmt::Write;

use paywelcome_rehearsal::{Exchange, Findings, Outcome, Payment, Rehearsal, State, Step};

use super::exchange::{code, is_clear};
use super::left::{Left, left};
use super::plan::{Plan, Why};
use super::steps::Question;
use crate::language::Words;
use crate::refund::plain;

pub(crate) const TYPE_YES: Words = Words("   Type yes to continue: ", "   계속하려면 yes를 입력하세요: ");
pub(crate) const NOT_ASKED: Words = Words(
    "Not asked. The same command continues here.",
    "보내지 않았습니다. 같은 명령을 다시 실행하면 여기서부터 이어집니다.",
);
pub(crate) const SEE_DOCTOR: Words = Words(
    "The gateway was not reached, and nothing was sent. `doctor` says what keeps this machine from it; then the same command continues.",
    "PG사에 연결하지 못했고 아무것도 보내지 않았습니다. `doctor`로 원인을 확인한 뒤 같은 명령을 다시 실행하세요.",
);
pub(crate) const NOT_WRITTEN: Words =
    Words("can't be written; what is not recorded is not sent", "쓸 수 없습니다. 기록할 수 없으면 보내지 않습니다");
pub(crate) const TYPE_REMAINING: Words = Words(
    "   What remains of it there? The amount, or nothing to continue without: ",
    "   그곳에 남은 금액은 얼마입니까? 금액을 입력하거나, 비워 두면 확인 없이 넘어갑니다: ",
);
pub(crate) const NOTHING_MORE: Words = Words(
    "There is nothing more to ask about these payments. A new --tid begins another run.",
    "이 거래로 더 확인할 것이 없습니다. 새 --tid를 지정하면 다시 시작합니다.",
);
const AT_MOST: Words = Words("at most", "최대");

/// The unit of a payment's amounts.
pub(crate) fn unit(payment: Option<&Payment>, lang: &str) -> &'static str {
    match payment.map(|payment| payment.currency.as_str()) {
        Some("USD") => Words(" cents", "센트").of(lang),
        _ => Words(" won", "원").of(lang),
    }
}

/// What is about to be asked, why, and what it can cost.
pub(crate) fn about(question: Question, plan: &Plan, file: &Rehearsal, lang: &str) -> String {
    let payment = if question.is_of_full_payment() { &file.full_payment } else { &file.payment };
    let unit = unit(payment.as_ref(), lang);
    let mut text = format!("[{}/{}] {}", question.number(), Question::ALL.len(), question.what().of(lang));
    if let Some(ask) = plan.asks.first() {
        let times = if plan.asks.len() > 1 { format!(" × {}", plan.asks.len()) } else { String::new() };
        let amount = match ask.confirm {
            Some(confirm) => format!("cancelPrice {}, confirmPrice {confirm}", ask.amount),
            None => format!("price {}", ask.amount),
        };
        let _ = write!(text, "\n   {}, {amount}{times}", ask.tid);
    }
    let _ = writeln!(text, "\n   {}", question.why().of(lang));
    if !question.is_free() {
        let most = plan.could_cost;
        let cost = match (most, lang) {
            (0, "ko") => "   더 취소될 금액이 없습니다".to_owned(),
            (0, _) => "   nothing is left that could go back".to_owned(),
            (_, "ko") => format!("   {} {most}{unit}이 취소될 수 있습니다", AT_MOST.of(lang)),
            _ => format!("   {} {most}{unit} can go back", AT_MOST.of(lang)),
        };
        text += &cost;
        if plan.asked_for > most {
            let asked = plan.asked_for;
            let beyond = match lang {
                "ko" => format!(" (결제한 금액보다 많이 돌려주는 PG사라면 {asked}{unit})"),
                _ => format!(" ({asked}{unit}, if the gateway gives back more than was paid)"),
            };
            text += &beyond;
        }
        text.push('\n');
    }
    text
}

/// What was answered.
pub(crate) fn came(step: &Step, lang: &str) -> String {
    let mut text = String::new();
    for exchange in &step.exchanges {
        let _ = writeln!(text, "   → {}", one(exchange, lang));
    }
    text
}

fn one(exchange: &Exchange, lang: &str) -> String {
    let outcome = match exchange.outcome {
        Outcome::Done => Words("done", "완료"),
        Outcome::Declined => Words("declined", "거절"),
        Outcome::NotSent => Words("not sent", "미전송"),
        Outcome::Unknown => Words("unknown", "결과 불명"),
    };
    let mut words = vec![outcome.of(lang).to_owned()];
    if let Some(answer) = exchange.answer.as_ref().filter(|answer| answer.status != 200) {
        words.push(format!("HTTP {}", answer.status));
    }
    words.extend(exchange.result_code.as_deref().map(plain));
    words.extend(exchange.result_msg.as_deref().filter(|msg| !msg.is_empty()).map(plain));
    let is_read = exchange.answer.as_ref().is_some_and(|answer| answer.status == 200);
    let is_told = exchange.result_code.is_none() || exchange.outcome != Outcome::Declined && is_read;
    words.extend(exchange.message.as_deref().filter(|_| is_told).map(reason));
    words.extend(exchange.elapsed_ms.map(|elapsed| format!("{elapsed} ms")));
    let form = exchange.signature_format.zip(exchange.timestamp_format);
    words.extend(form.map(|(signature, timestamp)| format!("{} {}", signature.as_str(), timestamp.as_str())));
    words.join(", ")
}

/// The reason in an error's message: the outcome and the status stand before it already, and the setting is named at the end.
pub(crate) fn reason(message: &str) -> String {
    let mut reason = message.split_once("before you know: ").map_or(message, |(_, reason)| reason);
    for end in ["; the setting ", " (HTTP status "] {
        reason = reason.split_once(end).map_or(reason, |(reason, _)| reason);
    }
    plain(reason)
}

/// What was found on the way to the gateway.
pub(crate) fn reached(findings: &Findings, lang: &str) -> String {
    let tls = findings.tls.as_ref().map_or_else(
        || Words("plain http, on this machine", "평문 http, 이 서버 내부").of(lang).to_owned(),
        |tls| format!("{} {}", tls.version, tls.cipher),
    );
    format!("   → {tls}\n")
}

/// A question that is not asked now.
pub(crate) fn skipped(question: Question, why: Why, lang: &str) -> String {
    let words = Words("not asked", "묻지 않음");
    format!("[{}/{}] {}: {}\n", question.number(), Question::ALL.len(), question.name(), {
        format!("{}, {}", words.of(lang), why.words().of(lang))
    })
}

/// The answer that left open what happened to a payment's money.
fn open_answer(file: &Rehearsal, of_full: bool) -> Option<&Exchange> {
    let is_it = |step: &&Step| {
        let question = Question::named(&step.step).filter(|question| !question.is_free());
        let is_open = step.state == State::Unknown && step.ruled.is_none();
        is_open && question.is_some_and(|question| question.is_of_full_payment() == of_full)
    };
    let step = file.steps.iter().rfind(is_it)?;
    step.exchanges.iter().find(|exchange| exchange.outcome == Outcome::Unknown)
}

/// What to look up, and how to continue; nothing where it is known what remains.
pub(crate) fn look_up(file: &Rehearsal, of_full: bool, lang: &str) -> Option<String> {
    let Left { least, most } = Some(left(file, of_full)).filter(|left| left.exact().is_none())?;
    let payment = if of_full { &file.full_payment } else { &file.payment }.as_ref()?;
    let (tid, unit) = (&payment.tid, unit(Some(payment), lang));
    let option = if of_full { "--full-remaining" } else { "--remaining" };
    let refused = open_answer(file, of_full).filter(|exchange| is_clear(exchange)).and_then(|exchange| {
        let status = exchange.answer.as_ref()?.status;
        (status != 200).then(|| (status, plain(&code(exchange).unwrap_or_default())))
    });
    let refused = refused.map_or_else(String::new, |(status, code)| match lang {
        "ko" => format!(
            "   HTTP {status}, 코드 {code}로 응답했습니다. 거절일 수 있지만, 200이 아닌 상태로는 취소되지 않았다고 단정할 수 없습니다.\n"
        ),
        _ => format!(
            "   The answer was HTTP {status} with code {code}. It may be a decline, but only the status 200 makes that sure.\n"
        ),
    });
    Some(match lang {
        "ko" => format!(
            "결과 불명: 취소되었을 수 있고, 다시 보내지 않습니다.\n{refused}   상점관리자에서 {tid} 거래의 남은 금액을 확인하세요. \
             {least}{unit} 이상 {most}{unit} 이하입니다.\n   같은 명령에 {option} 금액을 덧붙이면 이어집니다. 취소된 것이 없다면 \
             {option} {most}입니다.\n"
        ),
        _ => format!(
            "unknown: money may have moved, and it is not sent again.\n{refused}   Look up in the merchant admin (상점관리자) what \
             remains of {tid}: between {least} and {most}{unit}.\n   The same command with {option} AMOUNT continues. If nothing \
             went back, that is {option} {most}.\n"
        ),
    })
}

/// What a person typed can't be.
pub(crate) fn out_of_bounds(Left { least, most }: Left, lang: &str) -> String {
    match lang {
        "ko" => format!("   {least} 이상 {most} 이하의 금액이어야 합니다\n"),
        _ => format!("   it must be an amount between {least} and {most}\n"),
    }
}

/// A success that should not have come.
pub(crate) fn loud(question: Question, plan: &Plan, payment: &Payment, lang: &str) -> String {
    let unit = unit(Some(payment), lang);
    let (asked, tid) = (plan.asks.first().map_or(0, |ask| ask.amount), &payment.tid);
    match lang {
        "ko" => format!(
            "\n!! {}: 성공으로 응답했습니다. {asked}{unit}을 요청했고, 남은 금액은 {}{unit}이었습니다.\n   상점관리자에서 {tid} 거래로 얼마가 취소되었는지 확인하세요. \
             이번 실행은 여기서 끝납니다.\n",
            question.name(),
            plan.could_cost
        ),
        _ => format!(
            "\n!! {} was answered by a success: {asked}{unit} were asked for, where {} remained.\n   Look up in the merchant admin (상점관리자) what went \
             back of {tid}. This run ends here; a later one continues.\n",
            question.name(),
            plan.could_cost
        ),
    }
}

/// The sentence that has to be typed before real money moves.
pub(crate) fn sentence(amount: u64, mid: &str, lang: &str) -> String {
    match lang {
        "ko" => format!("{mid}로 최대 {amount}원을 취소합니다"),
        _ => format!("give back up to {amount} won of {mid}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_whole_and_says_nothing_twice() {
        let head = "the outcome is unknown, the money may have moved, do not send it again before you know: ";
        for (message, reason_of) in [
            (
                format!("{head}the answer is not a documented one (HTTP status 500)"),
                "the answer is not a documented one",
            ),
            (
                format!(
                    "{head}the answer is a redirect to https://example.com/somewhere/else, which is never followed (HTTP status 307)"
                ),
                "the answer is a redirect to https://example.com/somewhere/else, which is never followed",
            ),
            (format!("{head}the answer has no ResultCode"), "the answer has no ResultCode"),
            ("the answer says success; the setting x".to_owned(), "the answer says success"),
        ] {
            assert_eq!(reason(&message), reason_of);
        }
    }
}
