//! Why a batch has paused by itself, and what to do, for people.

use serde_json::{Value as Json, json};

/// How many of some attempts ended how.
struct Ends {
    all: usize,
    review: usize,
    unknown: usize,
    declined: usize,
}

impl Ends {
    fn of(letters: &str) -> Self {
        let of = |letter| letters.chars().filter(|each| *each == letter).count();
        Self { all: letters.chars().count(), review: of('r'), unknown: of('u'), declined: of('c') }
    }

    fn not_done(&self) -> usize {
        self.review + self.unknown + self.declined
    }
}

/// In both languages, by how the latest attempts ended; nothing where the batch has not paused by itself.
pub(crate) fn told(reason: &str, most_in_a_row: Option<u64>, recent: &str) -> Json {
    let (english, korean) = match reason {
        "in_a_row" => {
            let many = most_in_a_row.and_then(|many| usize::try_from(many).ok()).unwrap_or_default();
            let first = recent.len().saturating_sub(many);
            let ends = Ends::of(recent.get(first..).unwrap_or_default());
            let Ends { all, review, unknown, declined } = ends;
            (
                format!(
                    "None of the last {all} refunds is done: {review} in review, {unknown} unknown, {declined} declined."
                ),
                format!(
                    "마지막 {all}건 중 완료된 환불이 없습니다: 확인 필요 {review}건, 결과 불명 {unknown}건, 거절 {declined}건."
                ),
            )
        }
        "share" => {
            let ends = Ends::of(recent);
            let (not_done, Ends { all, review, unknown, declined }) = (ends.not_done(), ends);
            (
                format!(
                    "{not_done} of the last {all} refunds are not done: {review} in review, {unknown} unknown, \
                     {declined} declined."
                ),
                format!(
                    "마지막 {all}건 중 {not_done}건이 완료되지 않았습니다: 확인 필요 {review}건, 결과 불명 {unknown}건, \
                     거절 {declined}건."
                ),
            )
        }
        _ => return Json::Null,
    };
    json!({
        "en": format!("{english} Nothing more of the batch is sent. Look at what is in review and at the declines; then resume it."),
        "ko": format!("{korean} 이 일괄 환불은 더 보내지 않습니다. 확인이 필요한 환불과 거절된 환불을 살펴본 뒤 재개하세요."),
    })
}
