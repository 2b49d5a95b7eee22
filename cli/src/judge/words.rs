//! What a person is told of an answer, in English and in Korean.

use paywelcome::{Error, ErrorKind};

use crate::language::Words;

/// A rule of the page of fields, which decides what an answer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    Done,
    Echo,
    Zeros,
    Declined,
    OtherPayment,
    Unreadable,
    Cut,
    Status,
}

impl Rule {
    /// The rule by which an answer gave this error.
    pub(crate) fn of(error: &Error) -> Self {
        match error.kind() {
            ErrorKind::Declined => Self::Declined,
            ErrorKind::UndocumentedCode => Self::Zeros,
            ErrorKind::Mismatch if error.result_code() == Some("00") => Self::Echo,
            ErrorKind::Mismatch => Self::OtherPayment,
            ErrorKind::HttpStatus | ErrorKind::Redirect => Self::Status,
            ErrorKind::ConnectionLost => Self::Cut,
            _ => Self::Unreadable,
        }
    }

    /// Whether it is the same whatever was asked.
    pub(crate) const fn needs_nothing_asked(self) -> bool {
        matches!(self, Self::Zeros | Self::Unreadable | Self::Cut | Self::Status)
    }

    /// Its name on the page.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Echo => "echo",
            Self::Zeros => "zeros",
            Self::Declined => "declined",
            Self::OtherPayment => "other-payment",
            Self::Unreadable => "unreadable",
            Self::Cut => "cut",
            Self::Status => "status",
        }
    }

    /// Where it stands, in the page of a language.
    pub(crate) fn place(self, lang: &str) -> String {
        let page = if lang == "ko" { "fields.ko.md" } else { "fields.md" };
        format!("docs/{page}#rule-{}", self.name())
    }

    /// What it says.
    pub(crate) const fn why(self) -> Words {
        match self {
            Self::Done => Words(
                "the code is 00, and every echo that must agree is as asked",
                "코드가 00이고, 같아야 하는 항목이 모두 요청한 값과 같습니다",
            ),
            Self::Echo => Words(
                "the code is 00, but an echo that must agree is missing or differs from what was asked, so it may be the \
                 answer to another request",
                "코드는 00이지만, 같아야 하는 항목이 없거나 요청한 값과 다릅니다. 다른 요청의 응답일 수 있습니다",
            ),
            Self::Zeros => Words(
                "the code is made of zeros and is not 00; sibling products use such codes for success",
                "코드가 0으로만 되어 있지만 00이 아닙니다. 같은 계열의 제품에서는 성공을 뜻하는 코드입니다",
            ),
            Self::Declined => Words(
                "the status is 200, and the code is neither 00 nor made of zeros",
                "상태가 200이고, 코드가 00도 아니고 0으로만 된 코드도 아닙니다",
            ),
            Self::OtherPayment => Words(
                "it declines, but names another payment, so it may be the answer to another request",
                "거절 응답이지만 다른 거래를 가리킵니다. 다른 요청의 응답일 수 있습니다",
            ),
            Self::Unreadable => Words(
                "the status is 200, but there is no code that can be read",
                "상태는 200이지만 읽을 수 있는 코드가 없습니다",
            ),
            Self::Cut => Words("the answer is cut off", "응답이 중간에 끊겼습니다"),
            Self::Status => Words(
                "the status is not 200; whatever the body says, the gateway may already have cancelled",
                "상태가 200이 아닙니다. 본문이 무엇이든 PG사가 이미 처리했을 수 있습니다",
            ),
        }
    }
}

pub(crate) const DONE: Words = Words("done: the money went back as asked", "완료: 요청한 대로 취소되었습니다");
pub(crate) const DONE_BUT: Words = Words(
    "done by the echoes that must agree; but others differ from what was asked",
    "완료: 같아야 하는 항목은 같지만, 다른 항목이 요청한 값과 다릅니다",
);
pub(crate) const DECLINED: Words =
    Words("declined: the gateway refused, no money moved", "거절: PG사가 거절했고, 취소되지 않았습니다");
pub(crate) const UNKNOWN: Words = Words("unknown: the money may have moved", "결과 불명: 취소되었을 수 있습니다");

pub(crate) const DO_DONE: Words = Words("record it", "기록하세요");
pub(crate) const DO_DONE_BUT: Words = Words(
    "check in the merchant admin (상점관리자) that the money went back as asked, then record it",
    "요청한 금액이 취소되었는지 상점관리자에서 확인한 뒤 기록하세요",
);
pub(crate) const DO_DECLINED: Words = Words(
    "read the code and its message; request it again only if they say so",
    "코드와 메시지를 읽으세요. 다시 요청하라는 뜻일 때만 다시 요청하세요",
);
pub(crate) const DO_UNKNOWN: Words = Words(
    "check the payment in the merchant admin (상점관리자) before you do anything else; don't send it again",
    "먼저 상점관리자에서 거래를 확인하세요. 다시 보내지 마세요",
);

pub(crate) const MISSING: Words = Words("missing", "없음");
pub(crate) const ASKED: Words = Words("asked", "요청");
pub(crate) const ANSWERED: Words = Words("answered", "응답");
pub(crate) const ALL_AGREE: Words = Words("all are as asked", "모두 요청한 값과 같음");
pub(crate) const GUESSED: Words = Words("not declared", "선언되지 않음");

pub(crate) const NO_SETTING: Words =
    Words("no choice of required_echoes makes it done", "required_echoes를 어떻게 정해도 완료가 되지 않습니다");
pub(crate) const WOULD_BE_DONE: Words =
    Words("it would be done with required_echoes of", "다음 required_echoes라면 완료입니다:");
pub(crate) const NO_ECHOES: Words = Words("none", "없음");
pub(crate) const GIVES_UP: Words = Words(
    "set that only if the merchant admin shows for several refunds that the money went back as asked",
    "여러 환불에서 요청한 금액이 취소된 것을 상점관리자에서 확인한 뒤에만 설정하세요",
);
pub(crate) const GIVES_UP_AMOUNT: Words = Words(
    "an AMOUNT differs: without that echo you would not notice that another amount went back. Ask the gateway first",
    "금액이 다릅니다. 이 항목을 빼면 다른 금액이 취소되어도 알 수 없습니다. 먼저 PG사에 문의하세요",
);

/// What the answer says of the money depends on what was asked.
pub(crate) const ASKED_NEEDED: Words = Words(
    "the verdict depends on what was asked: pass --tid and --price, for a partial cancel also --confirm-price",
    "무엇을 요청했는지에 따라 다릅니다. --tid와 --price를, 부분 취소라면 --confirm-price도 지정하세요",
);

/// What is worth knowing of what was kept, or why it can't be judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Note {
    Utf16,
    Unpacked,
    Cut { promised: usize, here: usize },
    ExcerptOnly,
    NoAnswer,
    Rehearsed,
    ManyAnswers,
    StatusTwice,
    StatusAssumed,
    Empty,
}

impl Note {
    pub(crate) fn text(&self, lang: &str) -> String {
        let words = match self {
            Self::Utf16 => Words(
                "the file is in UTF-16, as PowerShell writes it",
                "파일이 UTF-16입니다(PowerShell이 저장하는 방식)",
            ),
            Self::Unpacked => Words(
                "the headers say that the body is compressed, but it is not: the program that saved it has decompressed it",
                "헤더에는 압축이라고 되어 있지만 본문은 압축되어 있지 않습니다. 저장한 프로그램이 풀었습니다",
            ),
            Self::Cut { promised, here } => {
                return match lang {
                    "ko" => format!(
                        "헤더는 {promised}바이트라고 하지만 {here}바이트만 있습니다. 저장하면서 바뀐 것이라면 본문만 지정하세요"
                    ),
                    _ => format!(
                        "the headers announce {promised} bytes, but {here} are here; if saving it changed the length, pass the body alone"
                    ),
                };
            }
            Self::ExcerptOnly => Words(
                "only the beginning of an unreadable answer is here; its verdict is in outcome",
                "읽을 수 없었던 응답의 앞부분만 있습니다. 판정은 그 옆의 outcome에 있습니다",
            ),
            Self::NoAnswer => Words("it contains no answer of the gateway", "PG사의 응답이 들어 있지 않습니다"),
            Self::Rehearsed => Words(
                "that is the file of a rehearsal: paywelcome rehearse --show FILE prints what it found, and the file says of each \
                 answer what it means",
                "리허설 파일입니다. paywelcome rehearse --show 파일 명령이 확인된 내용을 보여 주고, 응답마다 그 뜻이 파일에 들어 있습니다",
            ),
            Self::ManyAnswers => Words(
                "it contains more than one call to the gateway; keep one",
                "PG사 호출이 둘 이상 들어 있습니다. 하나만 남기세요",
            ),
            Self::StatusTwice => Words(
                "the answer contains its status; leave --status out",
                "응답에 상태가 들어 있습니다. --status를 빼세요",
            ),
            Self::StatusAssumed => Words(
                "it contains no HTTP status, so 200 was assumed; pass --status if it was another",
                "HTTP 상태가 들어 있지 않아 200으로 보았습니다. 달랐다면 --status로 지정하세요",
            ),
            Self::Empty => Words("it is empty", "비어 있습니다"),
        };
        words.of(lang).to_owned()
    }
}

pub(crate) const HELP: &str = "[FILE] [options]

Judges a saved answer of the gateway by the same rules as a call: done, declined or unknown, the
reason, and the rule in docs/fields.md. It sends nothing and needs no key.

FILE, or standard input, holds one of these:
- the body of an answer, or its headers and body as curl -i prints them
- a HAR file with one call
- an error, a receipt or a refund of this library as JSON, such as from refunds status KEY --json

the request, if the file does not contain it:
  --operation NAME        cancel, or partial_cancel (the default with --confirm-price)
  --tid TID               the approval's transaction id (거래ID)
  --price AMOUNT          the amount to refund
  --confirm-price AMOUNT  the amount to remain after a partial cancel

  --status N              the HTTP status, if the file holds only a body; 200 by default
  --required-echoes LIST  what a success must repeat: tid,price,remaining_price (the default), or
                          fewer
  --lang ko|en            from LANG by default
  --json                  print one line of JSON

exit codes: 0 done · 2 an argument is wrong, or there is no answer · 4 declined
            5 unknown: the money may have moved
";
