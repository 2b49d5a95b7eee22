//! What a person has to do after a run, by what was found.

use paywelcome_rehearsal::{Exchange, Outcome, Rehearsal, Situation, State};

use super::ended::{outcome, step};
use super::exchange::{code, is_clear};
use super::left::left;
use super::plan::Why;
use super::signature::{is_blocked, is_unanswered};
use super::steps::Question;
use super::words::{look_up, reason};
use crate::language::Words;
use crate::refund::plain;

/// From so many seconds on, a clock may be why a signature is refused.
const FAR: i64 = 60;

/// One item for each thing to do.
pub(crate) fn advice(file: &Rehearsal, lang: &str) -> Vec<String> {
    let mut all: Vec<String> = [false, true].into_iter().filter_map(|of_full| look_up(file, of_full, lang)).collect();
    all.extend(stopped(file, lang));
    all.extend(partial_declined(file, lang));
    all.extend(not_proven(file, lang));
    all.extend(no_success(file, lang));
    all.extend(other_status(file, lang));
    all.iter().map(|text| text.trim().to_owned()).collect()
}

/// What kept all or most of the questions from being asked.
fn stopped(file: &Rehearsal, lang: &str) -> Option<String> {
    let skipped = |why: Why| {
        let written = Some(why.words().of("en"));
        file.steps.iter().any(|step| step.state == State::Skipped && step.why_skipped.as_deref() == written)
    };
    if is_blocked(file) || is_unanswered(file) {
        let words = Words(
            "The questions that cost nothing were answered by one and the same page, or not at all. `doctor` says what keeps this \
             machine from the gateway, and the file has the page. Then the same command continues.",
            "취소되지 않는 질문의 응답이 모두 같은 페이지이거나 없었습니다. `doctor`로 원인을 확인하세요. 받은 페이지는 파일에 있습니다. \
             그런 다음 같은 명령을 다시 실행하세요.",
        );
        return Some(words.of(lang).to_owned());
    }
    let is_open = step(file, Question::Forms).is_some() && file.findings.signature.format.is_none();
    let is_only_free = is_open && skipped(Why::OnlyFree);
    if !skipped(Why::NoForm) && !is_only_free {
        return None;
    }
    if !file.steps.iter().flat_map(|step| &step.exchanges).any(is_clear) {
        let words = Words(
            "No answer of this gateway could be read, and no setting changes that. Ask the gateway in which form it answers, and \
             send us this file.",
            "이 PG사의 응답을 읽을 수 없고, 이를 바꾸는 설정은 없습니다. 응답 형식을 PG사에 문의하고, 이 파일을 저희에게도 보내 주세요.",
        );
        return Some(words.of(lang).to_owned());
    }
    let ahead = file.findings.clock_difference_seconds.filter(|seconds| seconds.abs() >= FAR);
    let clock = match (ahead, lang) {
        (None, "ko") => "이 서버의 시계".to_owned(),
        (None, _) => "this machine's clock".to_owned(),
        (Some(ahead), "ko") => {
            let word = if ahead > 0 { "느립니다" } else { "빠릅니다" };
            format!("이 서버의 시계 (PG사보다 {}초 {word})", ahead.abs())
        }
        (Some(ahead), _) => {
            let word = if ahead > 0 { "behind" } else { "ahead of" };
            format!("this machine's clock, which is {} seconds {word} the gateway's", ahead.abs())
        }
    };
    if is_only_free {
        return Some(match lang {
            "ko" => format!(
                "받는 서명 형식을 아직 알 수 없습니다. sign key, 가맹점ID, {clock}를 확인하세요. --only-free 없이 실행하면 소액 부분 취소로 \
                 확인합니다."
            ),
            _ => format!(
                "It is not known yet which form of the signature is accepted. Check the sign key, the merchant id and {clock}. \
                 Without --only-free, small partial cancels find it out."
            ),
        });
    }
    Some(match lang {
        "ko" => {
            format!("받은 서명 형식이 없습니다. sign key, 가맹점ID, {clock}를 확인한 뒤 같은 명령을 다시 실행하세요.")
        }
        _ => format!(
            "No form of the signature was accepted. Check the sign key, the merchant id and {clock}. Then run the same command again."
        ),
    })
}

fn partial_declined(file: &Rehearsal, lang: &str) -> Option<String> {
    file.findings.outcomes.get(&Situation::PartialDeclined)?;
    let exchange = step(file, Question::Partial)?.exchanges.first()?;
    let said = [code(exchange), exchange.result_msg.clone()].into_iter().flatten().map(|text| plain(&text));
    let said = said.collect::<Vec<_>>().join(" ");
    let tid = file.payment.as_ref().map_or("", |payment| payment.tid.as_str());
    Some(match lang {
        "ko" => format!(
            "올바른 confirmPrice로 보낸 부분 취소도 거절되었습니다: {said}. 상점관리자에서 {tid} 거래로 취소된 금액이 없는지 확인하고, \
             PG사에 이유를 문의하세요. 부분 취소가 허용되지 않았거나, 아직 매입되지 않은 거래이거나, confirmPrice를 취소 전 남은 금액으로 \
             보는 것일 수 있습니다. 그런 다음 새 거래로 다시 리허설하세요."
        ),
        _ => format!(
            "The partial cancel with the right confirmPrice was declined, too: {said}. Look in the merchant admin (상점관리자) that \
             nothing went back of {tid}, and ask the gateway why. Perhaps partial cancels are not switched on, the payment is not \
             captured yet, or confirmPrice is taken as what remains before the cancel. Then rehearse again with new payments."
        ),
    })
}

/// Where nothing more can be asked of this payment, and a lost answer left open whether a cancel that is sent twice refunds twice.
fn not_proven(file: &Rehearsal, lang: &str) -> Option<String> {
    let found = &file.findings;
    if found.confirm_price.enforced.is_some() || file.finished_at.is_none() || left(file, false).exact().is_none() {
        return None;
    }
    let is_open = |question: &Question| match question {
        Question::AtOnce => found.confirm_price.atomic.is_none() && step(file, *question).is_some(),
        _ => outcome(file, *question) == Some(Outcome::Unknown),
    };
    let names: Vec<_> = [
        Question::WrongRemainderHigh,
        Question::WrongRemainderLow,
        Question::Partial,
        Question::SameAgain,
        Question::AtOnce,
        Question::Rest,
    ]
    .into_iter()
    .filter(is_open)
    .map(Question::name)
    .collect();
    let names = Some(names.join(", ")).filter(|names| !names.is_empty())?;
    Some(match lang {
        "ko" => format!(
            "{names}: 응답이 유실되어 confirm_price_enforced를 확인하지 못했습니다. 같은 거래로는 다시 묻지 않습니다. 확인하려면 새로 결제한 \
             거래의 --tid로 같은 명령을 실행하세요. 두 번째 거래도 새것이어야 합니다."
        ),
        _ => format!(
            "{names}: its answer was lost, so confirm_price_enforced is not proven. It is not asked again of the same payment. To \
             find out, make a new payment and run the same command with its --tid, and with a new second payment or none."
        ),
    })
}

/// A success that no setting makes one.
fn no_success(file: &Rehearsal, lang: &str) -> Option<String> {
    let found = &file.findings;
    let spelling = [&found.success.partial, &found.success.full];
    let why = reason(spelling.into_iter().flatten().find_map(|spelling| spelling.unreadable.as_deref())?);
    Some(match lang {
        "ko" => format!(
            "이 PG사의 성공은 결과 불명으로 처리됩니다: {why}. 이를 완료로 만드는 설정은 없습니다. PG사에 문의하고, 이 파일을 저희에게도 \
             보내 주세요."
        ),
        _ => format!(
            "A success of this gateway is reported as unknown: {why}. No setting makes it done. Ask the gateway, and send us this file."
        ),
    })
}

/// Declines that a call reports as unknown, for their status.
fn other_status(file: &Rehearsal, lang: &str) -> Option<String> {
    let is_it = |exchange: &&Exchange| {
        let status = exchange.answer.as_ref().map_or(0, |answer| answer.status);
        exchange.outcome == Outcome::Unknown && status != 200 && is_clear(exchange)
    };
    let exchange = file.steps.iter().flat_map(|step| &step.exchanges).find(is_it)?;
    let status = exchange.answer.as_ref()?.status;
    Some(match lang {
        "ko" => format!(
            "이 PG사는 코드가 있는 응답을 200이 아닌 상태(HTTP {status})로도 보냅니다. 호출은 이를 결과 불명으로 알리므로, 거절될 때마다 사람이 확인해야 \
             합니다. 이런 응답 뒤에도 취소될 수 있는지 PG사에 문의하세요. 이를 바꾸는 설정은 없습니다."
        ),
        _ => format!(
            "This gateway answers HTTP {status} with a code. A call reports that as unknown, so a person has to look up each such \
             decline. Ask the gateway whether money can move all the same. No setting changes it."
        ),
    })
}
