//! The findings, as settings to set and as facts.

use std::fmt::Write;

use paywelcome_rehearsal::{
    AtOnce, Findings, GatewayKind, Outcome, Proof, Rehearsal, Spelling, State, Times, WhoseTid,
};

use super::advice::advice;
use super::changes::changes;
use super::steps::Question;
use crate::language::{Words, wide};

const UNKNOWN: Words = Words("not known", "알 수 없음");

/// A label with what belongs to it.
fn line(text: &mut String, label: &str, value: &str) {
    let width = 23_usize.saturating_sub(wide(label));
    let _ = writeln!(text, "{}", format!("  {label:<width$} {value}").trim_end());
}

/// All that was found, and what changed since the run before.
pub(crate) fn show(file: &Rehearsal, lang: &str) -> String {
    let found = &file.findings;
    let head = Words("What was found", "확인된 내용").of(lang);
    let mut text = format!("\n{head}: {} · {}\n", file.gateway.base_url, file.mid);
    settings(&mut text, file, lang);
    let _ = writeln!(text, "{}", Words("The gateway", "PG사").of(lang));
    gateway(&mut text, found, lang);
    let _ = writeln!(text, "{}", Words("Codes", "코드").of(lang));
    for (situation, outcome) in &found.outcomes {
        let code = found.codes.get(situation).map_or("-", String::as_str);
        line(
            &mut text,
            situation.as_str(),
            &format!("{} {}", crate::refund::plain(code), outcome_words(*outcome).of(lang)),
        );
    }
    text += &steps(file, lang);
    if let Some(earlier) = file.earlier.last() {
        let changed = changes(&earlier.findings, found);
        let head = Words("Since the run of", "이전 실행과의 차이").of(lang);
        let _ = writeln!(text, "{head} {}", earlier.finished_at);
        if changed.is_empty() {
            let _ = writeln!(text, "  {}", Words("nothing changed", "바뀐 것이 없습니다").of(lang));
        }
        for change in changed {
            let _ = writeln!(text, "  {change}");
        }
    }
    let advice = advice(file, lang);
    if !advice.is_empty() {
        let _ = writeln!(text, "{}", Words("What to do", "할 일").of(lang));
    }
    for item in advice {
        let _ = writeln!(text, "  - {item}");
    }
    text
}

fn outcome_words(outcome: Outcome) -> Words {
    match outcome {
        Outcome::Done => Words("(a success)", "(성공)"),
        Outcome::Declined => Words("", ""),
        Outcome::NotSent => Words("(not sent)", "(미전송)"),
        Outcome::Unknown => Words("(unknown: no documented answer)", "(결과 불명: 문서에 없는 응답)"),
    }
}

fn settings(text: &mut String, file: &Rehearsal, lang: &str) {
    let found = &file.findings;
    let _ = writeln!(text, "{}", Words("Settings to set", "설정할 값").of(lang));
    let unknown = || UNKNOWN.of(lang).to_owned();
    let signature = &found.signature;
    let proof = signature.forms.iter().find(|form| {
        Some(form.signature_format) == signature.format && Some(form.timestamp_format) == signature.timestamp
    });
    let proof = match proof.and_then(|form| form.proof) {
        Some(Proof::Done) => Words(" (proven by a success)", " (성공으로 확인)"),
        Some(Proof::ToldApart) => Words(" (told apart from a bad signature)", " (틀린 서명과 구별)"),
        None => Words("", ""),
    };
    let format = signature.format.map_or_else(unknown, |format| format!("{}{}", format.as_str(), proof.of(lang)));
    line(text, "signature_format", &format);
    line(text, "timestamp_format", &signature.timestamp.map_or_else(unknown, |format| format.as_str().to_owned()));
    let echoes = found
        .required_echoes
        .as_ref()
        .map_or_else(unknown, |echoes| if echoes.is_empty() { "[]".to_owned() } else { echoes.join(",") });
    line(text, "required_echoes", &echoes);
    if found.required_echoes.as_ref().is_some_and(|echoes| !echoes.iter().any(|echo| echo == "price")) {
        let words = Words(
            "! without price you would not notice that another amount went back: ask the gateway first",
            "! price를 빼면 다른 금액이 취소되어도 알 수 없습니다. 먼저 PG사에 문의하세요",
        );
        line(text, "", words.of(lang));
    }
    let enforced = match (found.confirm_price.enforced, file.gateway.kind) {
        (Some(true), GatewayKind::Production) => Words("true, proven here", "true, 이곳에서 확인됨"),
        (Some(true), _) => Words(
            "true, proven here; that proves nothing for production",
            "true, 이곳에서 확인됨. 운영 환경의 증거는 아닙니다",
        ),
        (Some(false), _) => Words(
            "false: the same cancel sent twice may refund twice",
            "false: 같은 취소를 두 번 보내면 두 번 취소될 수 있습니다",
        ),
        (None, _) => Words("false: not proven", "false: 확인되지 않음"),
    };
    line(text, "confirm_price_enforced", enforced.of(lang));
}

fn gateway(text: &mut String, found: &Findings, lang: &str) {
    let yes = |known: Option<bool>| {
        match known {
            Some(true) => Words("yes", "예"),
            Some(false) => Words("no", "아니요"),
            None => UNKNOWN,
        }
        .of(lang)
    };
    let line = |text: &mut String, label: Words, value: &str| line(text, label.of(lang), value);
    line(text, Words("signature checked", "서명 검증"), yes(found.signature.checked));
    let confirm = &found.confirm_price;
    line(text, Words("confirmPrice compared", "confirmPrice 비교"), yes(confirm.compared));
    line(text, Words("  must be equal", "  정확히 같아야 함"), yes(confirm.equality));
    if let Some(AtOnce { sent, together, done, declined, unknown }) = confirm.at_once {
        let counts = match lang {
            "ko" => format!("{sent}건 중 완료 {done}, 거절 {declined}, 결과 불명 {unknown} (동시에 {together}건)"),
            _ => format!("of {sent}, {done} done, {declined} declined, {unknown} unknown ({together} together)"),
        };
        line(text, Words("  at once", "  동시 요청"), &counts);
    }
    line(text, Words("connections kept", "연결 유지"), yes(found.connections_kept));
    if let Some(tls) = &found.tls {
        line(text, Words("TLS", "TLS"), &format!("{} {}", tls.version, tls.cipher));
    }
    if let Some(seconds) = found.clock_difference_seconds {
        line(text, Words("clock ahead by", "시계 차이"), &format!("{seconds} s"));
    }
    if let Some(Times { fastest, median, slowest }) = &found.times_ms {
        let times = match lang {
            "ko" => format!("최소 {fastest} ms, 중앙값 {median} ms, 최대 {slowest} ms"),
            _ => format!("fastest {fastest} ms, median {median} ms, slowest {slowest} ms"),
        };
        line(text, Words("answer times", "응답 시간"), &times);
    }
    let spelt = [
        (Words("partial success", "부분 취소 성공 응답"), &found.success.partial),
        (Words("full success", "전체 취소 성공 응답"), &found.success.full),
    ];
    for (label, spelling) in spelt {
        if let Some(spelling) = spelling {
            line(text, label, &spelt_in_words(spelling, lang));
        }
    }
}

fn spelt_in_words(spelling: &Spelling, lang: &str) -> String {
    let keys: Vec<_> = spelling.keys.iter().map(|key| crate::refund::plain(&key.key)).collect();
    let mut words = vec![spelling.charset.clone().unwrap_or_default(), keys.join(" ")];
    if spelling.tid == Some(WhoseTid::Own) {
        words.push(Words("Tid is the cancel's own", "Tid는 취소 거래의 ID").of(lang).to_owned());
    }
    if !spelling.echoes_differing.is_empty() {
        let differ = Words("differ:", "다름:").of(lang);
        words.push(format!("{differ} {}", spelling.echoes_differing.join(" ")));
    }
    words.extend(spelling.unreadable.as_deref().map(super::words::reason));
    words.join("; ")
}

/// What was not asked, and what it cost.
fn steps(file: &Rehearsal, lang: &str) -> String {
    let mut text = String::new();
    let (least, most) =
        file.steps.iter().fold((0, 0), |(least, most), step| (least + step.cost.least, most + step.cost.most));
    let unit = super::words::unit(file.payment.as_ref(), lang);
    let cost = if least == most { format!("{most}{unit}") } else { format!("{least} – {most}{unit}") };
    let _ = writeln!(text, "{} {cost}", Words("Went back:", "취소된 금액:").of(lang));
    let skipped: Vec<_> = file.steps.iter().filter(|step| step.state == State::Skipped).collect();
    if !skipped.is_empty() {
        let _ = writeln!(text, "{}", Words("Not asked", "묻지 않은 것").of(lang));
    }
    for step in skipped {
        let why = step.why_skipped.as_deref().unwrap_or_default();
        let known = super::plan::Why::of(why).map_or(why, |why| why.words().of(lang));
        line(&mut text, &step.step, known);
    }
    let unknown = file.steps.iter().filter(|step| step.state == State::Unknown && step.ruled.is_none());
    for step in unknown.filter_map(|step| Question::named(&step.step)) {
        line(&mut text, step.name(), Words("unknown: look it up", "결과 불명: 확인하세요").of(lang));
    }
    text
}
