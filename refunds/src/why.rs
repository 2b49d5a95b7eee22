//! Why a batch has paused by itself, and what to do, for people.

use serde_json::{Value as Json, json};

use crate::batch_sql::DIED;

/// How many of some attempts ended how.
struct Ends {
    all: usize,
    review: usize,
    unknown: usize,
    declined: usize,
    died: usize,
}

impl Ends {
    fn of(letters: &str) -> Self {
        let of = |letter| letters.chars().filter(|each| *each == letter).count();
        Self { all: letters.chars().count(), review: of('r'), unknown: of('u'), declined: of('c'), died: of(DIED) }
    }

    const fn not_done(&self) -> usize {
        self.review + self.unknown + self.declined + self.died
    }

    fn listed(&self) -> [String; 2] {
        let Self { review, unknown, declined, died, .. } = self;
        let english = format!("{review} in review, {unknown} unknown, {declined} declined");
        let korean = format!("확인 필요 {review}건, 결과 불명 {unknown}건, 거절 {declined}건");
        if *died == 0 {
            return [english, korean];
        }
        [
            format!("{english}, {died} in flight when their worker died"),
            format!("{korean}, 진행 중에 워커가 죽은 환불 {died}건"),
        ]
    }
}

/// In both languages, by how the latest attempts ended; nothing where the batch has not paused by itself.
pub(crate) fn told(reason: &str, most_in_a_row: Option<u64>, recent: &str) -> Json {
    let (english, korean) = match reason {
        "in_a_row" => {
            let heard = recent.replace(DIED, "");
            let many = most_in_a_row.and_then(|many| usize::try_from(many).ok()).unwrap_or_default();
            let first = heard.len().saturating_sub(many);
            let ends = Ends::of(heard.get(first..).unwrap_or_default());
            let (all, [en, ko]) = (ends.all, ends.listed());
            (
                format!("None of the last {all} refunds is done: {en}."),
                format!("마지막 {all}건 중 완료된 환불이 없습니다: {ko}."),
            )
        }
        "share" => {
            let ends = Ends::of(recent);
            let (all, not_done, [en, ko]) = (ends.all, ends.not_done(), ends.listed());
            (
                format!("{not_done} of the last {all} refunds are not done: {en}."),
                format!("마지막 {all}건 중 {not_done}건이 완료되지 않았습니다: {ko}."),
            )
        }
        _ => return Json::Null,
    };
    json!({
        "en": format!("{english} Nothing more of the batch is sent. Look at what is in review and at the declines; then resume it."),
        "ko": format!("{korean} 이 일괄 환불은 더 보내지 않습니다. 확인이 필요한 환불과 거절된 환불을 살펴본 뒤 재개하세요."),
    })
}
