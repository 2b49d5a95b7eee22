//! What a person is told who rules on one case after the other, in both languages.

use serde_json::Value;

use crate::refunds::written::{money_in, shown};

/// The words of one language.
pub(crate) struct Said {
    is_korean: bool,
    pub(crate) who: &'static str,
    pub(crate) since: &'static str,
    pub(crate) journal: &'static str,
    pub(crate) rulings: &'static str,
    pub(crate) keys: &'static str,
    pub(crate) help: &'static str,
    pub(crate) note: &'static str,
    pub(crate) needed: &'static str,
    pub(crate) no_such_ruling: &'static str,
    pub(crate) changed: &'static str,
    pub(crate) sure: &'static str,
    pub(crate) type_yes: &'static str,
    pub(crate) not_written: &'static str,
    pub(crate) refused: &'static str,
    pub(crate) sends: &'static str,
}

const ENGLISH: Said = Said {
    is_korean: false,
    who: "Who rules? Your name is recorded with each ruling: ",
    since: "waiting since",
    journal: "What happened:",
    rulings: "Possible rulings, once you have checked:",
    keys: "  s skip · b back · i all facts · l look again · q quit · ? help\n",
    help: "Check the refund in the merchant admin (상점관리자) first. Then type a letter and Enter:
  d, v, r, e   a ruling, as listed above; you are asked again before it is recorded
  s, b         skip this case for now, or go back to the previous one
  i            everything that is known of it, with the gateway's answer
  l            look again: show the case as it is now
  q            quit; the rest keeps waiting, and the same command continues with it
",
    note: "A note (Enter for none): ",
    needed: "It is required here: the database may not know of a cancel of this payment.\n",
    no_such_ruling: "this ruling is not possible here",
    changed: "It has changed in the meantime; nothing was recorded.",
    sure: "Record this? y or n: ",
    type_yes: "Type yes to continue: ",
    not_written: "Nothing was recorded.\n",
    refused: "Not recorded.",
    sends: "A worker then sends it:",
};

const KOREAN: Said = Said {
    is_korean: true,
    who: "결정하는 사람의 이름을 입력하세요. 결정할 때마다 함께 기록됩니다: ",
    since: "대기 시작",
    journal: "이력:",
    rulings: "확인한 뒤 선택할 수 있는 결정:",
    keys: "  s 건너뛰기 · b 이전 · i 전체 정보 · l 다시 조회 · q 종료 · ? 도움말\n",
    help: "먼저 상점관리자에서 확인한 뒤, 글자 하나와 Enter를 입력하세요. 한글 자판 상태로 입력해도 됩니다:
  d, v, r, e   위에 표시된 결정. 기록하기 전에 한 번 더 묻습니다
  s, b         이 건을 나중으로 미루거나, 이전 건으로 돌아갑니다
  i            응답을 포함해 알려진 모든 정보
  l            다시 조회해 지금 상태를 보여 줍니다
  q            종료. 남은 건은 그대로 있으며, 같은 명령으로 이어서 처리합니다
",
    note: "메모 (없으면 Enter): ",
    needed: "이 건에는 꼭 필요합니다. 데이터베이스에 이 결제의 취소가 빠져 있을 수 있습니다.\n",
    no_such_ruling: "이 건에는 선택할 수 없습니다",
    changed: "그동안 상태가 바뀌었습니다. 아무것도 기록하지 않았습니다.",
    sure: "이대로 기록할까요? y 또는 n: ",
    type_yes: "계속하려면 yes를 입력하세요: ",
    not_written: "기록하지 않았습니다.\n",
    refused: "기록하지 않았습니다.",
    sends: "이후 워커가 보냅니다:",
};

impl Said {
    pub(crate) fn of(lang: &str) -> &'static Self {
        if lang == "ko" { &KOREAN } else { &ENGLISH }
    }

    pub(crate) fn waiting(&self, how_many: usize) -> String {
        match (self.is_korean, how_many) {
            (true, _) => format!("확인이 필요한 환불 {how_many}건입니다. 오래 기다린 것부터 보여 줍니다.\n"),
            (false, 1) => "1 refund waits for a person.\n".to_owned(),
            (false, _) => format!("{how_many} refunds wait for a person, the longest waiting first.\n"),
        }
    }

    pub(crate) fn ended(&self, ruled: usize, left: usize) -> String {
        if self.is_korean {
            format!("\n결정한 건 {ruled}, 남은 건 {left}\n")
        } else {
            format!("\nruled: {ruled} · still waiting: {left}\n")
        }
    }

    pub(crate) fn remaining(&self, currency: &Value, is_needed: bool) -> String {
        let unit = match (currency == "USD", self.is_korean) {
            (false, true) => "원",
            (false, false) => "won",
            (true, _) => "cents",
        };
        match (self.is_korean, is_needed) {
            (true, true) => format!("상점관리자에 표시된 남은 금액, {unit}: "),
            (true, false) => format!("상점관리자에 표시된 남은 금액, {unit} (모르면 Enter): "),
            (false, true) => format!("What the merchant admin shows as left of the payment, in {unit}: "),
            (false, false) => format!("What the merchant admin shows as left, in {unit} (Enter if you don't know): "),
        }
    }

    pub(crate) fn until(&self, until: &str) -> String {
        if self.is_korean {
            format!("{until} 이후에 다시 확인하고 결정하세요.")
        } else {
            format!("This ruling is possible after {until}. Check again then.")
        }
    }

    /// Where a refund has come to.
    pub(crate) fn state(&self, refund: &Value) -> String {
        let (key, state) = (shown(&refund["key"]), shown(&refund["state"]));
        let lang = if self.is_korean { "ko" } else { "en" };
        let left = money_in(lang, &refund["remaining"], &refund["currency"]);
        if self.is_korean {
            format!("{key}: {state} · 남은 금액 {left}")
        } else {
            format!("{key}: {state} · {left} remain")
        }
    }
}

/// The letter that was typed, also where the keyboard was set to Korean.
pub(crate) fn letter(word: &str) -> Option<char> {
    let mut letters = word.chars();
    let (letter, None) = (letters.next()?, letters.next()) else { return None };
    let keys = "dㅇvㅍrㄱeㄷsㄴbㅠiㅑlㅣqㅂyㅛ";
    let mut pairs = keys.chars().zip(keys.chars().skip(1)).step_by(2);
    Some(pairs.find(|(_, korean)| *korean == letter).map_or(letter, |(latin, _)| latin))
}

#[cfg(test)]
mod tests {
    use super::letter;

    #[test]
    fn letters_are_read_in_either_keyboard() {
        for (typed, read) in [("d", 'd'), ("ㅇ", 'd'), ("ㅣ", 'l'), ("ㅛ", 'y'), ("?", '?')] {
            assert_eq!(letter(typed), Some(read));
        }
        assert_eq!((letter(""), letter("dd")), (None, None));
    }
}
