//! Whether the gateway answers still, before the first question that may move money.

use paywelcome_rehearsal::Signed;

use super::engine::{End, Engine, Way};
use super::exchange::{asked, confirm, is_clear, posted};
use super::plan::Ask;
use super::signature::cut_off;
use super::steps::Question;
use crate::language::Words;
use crate::terminal::Terminal;

const CUT_OFF: Words = Words(
    "The gateway answered at first. The last answers were pages, or none came: that looks like a block or a limit on requests. \
     Nothing more was asked that may move money. Wait or ask the gateway; then the same command continues.",
    "PG사가 처음에는 응답했지만, 마지막에는 응답 대신 다른 페이지가 오거나 응답이 없었습니다. 차단이나 요청 수 제한으로 보입니다. \
     취소될 수 있는 요청은 더 보내지 않았습니다. 기다리거나 PG사에 문의한 뒤 같은 명령을 다시 실행하세요.",
);

impl Engine<'_> {
    /// What the person has to know where it does not.
    pub(crate) fn told_of_cut_off(&self, terminal: &mut dyn Terminal) {
        if self.way == Way::CutOff {
            terminal.complain(&format!("{}\n", CUT_OFF.of(self.lang())));
        }
    }

    /// Where a page, or nothing, came in place of the last answer, asks once more what was answered before: a gateway that blocks,
    /// or takes no more requests, leaves that unanswered, too, and no question after it would tell anything.
    pub(super) fn cut_off(&mut self, terminal: &mut dyn Terminal) -> Option<End> {
        if std::mem::replace(&mut self.way, Way::Open) != Way::Unchecked {
            return None;
        }
        let answered = cut_off(&self.file)?;
        let is_signed_rightly = answered.signed == Signed::Right;
        let ask = Ask {
            tid: posted(answered, "tid").to_owned(),
            amount: asked(answered),
            confirm: confirm(answered),
            formats: answered.signature_format.zip(answered.timestamp_format)?,
            is_signed_rightly,
        };
        let payment = self.file.payment.clone()?;
        let question = if is_signed_rightly { Question::Forms } else { Question::BadSignature };
        let (mut is_answered, mut is_interrupted) = (false, false);
        // Once more, since one that is lost may be an accident.
        for _ in 0..2 {
            let sent = self.sender.send(std::slice::from_ref(&ask), &payment, terminal);
            is_answered = sent.exchanges.iter().all(is_clear);
            is_interrupted = sent.is_interrupted;
            self.keep(question, sent.exchanges);
            if is_answered || is_interrupted {
                break;
            }
        }
        self.find();
        if !self.write(terminal) {
            return Some(End::NotWritten { may_have_moved: false });
        }
        if is_interrupted {
            return Some(End::Stopped);
        }
        if is_answered {
            return None;
        }
        self.way = Way::CutOff;
        Some(End::NotReached)
    }
}
