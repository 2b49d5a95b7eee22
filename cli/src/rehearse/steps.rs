//! The questions, in the order in which they are asked.

use crate::language::Words;

/// A question to the gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Question {
    Reach,
    BadSignature,
    Forms,
    FormsBySuccess,
    WrongRemainderHigh,
    WrongRemainderLow,
    Partial,
    SameAgain,
    AtOnce,
    MoreThanRemains,
    FullAfterPartial,
    Rest,
    PartialAfterAll,
    FullAfterAll,
    FullPrice,
    Full,
    SecondFull,
}

use Question::{
    AtOnce, BadSignature, Forms, FormsBySuccess, Full, FullAfterAll, FullAfterPartial, FullPrice, MoreThanRemains,
    Partial, PartialAfterAll, Reach, Rest, SameAgain, SecondFull, WrongRemainderHigh, WrongRemainderLow,
};

impl Question {
    pub(crate) const ALL: [Self; 17] = [
        Reach,
        BadSignature,
        Forms,
        FormsBySuccess,
        WrongRemainderHigh,
        WrongRemainderLow,
        Partial,
        SameAgain,
        AtOnce,
        MoreThanRemains,
        FullAfterPartial,
        Rest,
        PartialAfterAll,
        FullAfterAll,
        FullPrice,
        Full,
        SecondFull,
    ];

    /// Its name in the file.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Reach => "reach",
            BadSignature => "bad_signature",
            Forms => "forms",
            FormsBySuccess => "forms_by_success",
            WrongRemainderHigh => "wrong_remainder_high",
            WrongRemainderLow => "wrong_remainder_low",
            Partial => "partial",
            SameAgain => "same_again",
            AtOnce => "at_once",
            MoreThanRemains => "more_than_remains",
            FullAfterPartial => "full_after_partial",
            Rest => "rest",
            PartialAfterAll => "partial_after_all",
            FullAfterAll => "full_after_all",
            FullPrice => "full_price",
            Full => "full",
            SecondFull => "second_full",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|question| question.name() == name)
    }

    /// Its number as people count.
    pub(crate) fn number(self) -> usize {
        Self::ALL.iter().position(|question| *question == self).map_or(0, |at| at + 1)
    }

    /// Whether it names no real payment, so that nothing can move.
    pub(crate) const fn is_free(self) -> bool {
        matches!(self, Reach | BadSignature | Forms)
    }

    /// Whether it is about the second payment.
    pub(crate) const fn is_of_full_payment(self) -> bool {
        matches!(self, FullPrice | Full | SecondFull)
    }

    /// Whether it asks for more than can be there, so that a success ends the run.
    pub(crate) const fn asks_too_much(self) -> bool {
        matches!(self, MoreThanRemains | FullAfterPartial | PartialAfterAll | FullAfterAll | SecondFull)
    }

    /// What is asked, without its amounts.
    pub(crate) const fn what(self) -> Words {
        match self {
            Reach => Words("Reach the gateway: TLS, clock, connections", "PG사 연결 확인: TLS, 시계, 연결 유지"),
            BadSignature => Words(
                "A partial cancel of a payment that does not exist, signed by a made-up key",
                "없는 거래의 부분 취소, 임의의 키로 서명",
            ),
            Forms => Words(
                "The same, signed by your key in all four forms of signature and timestamp",
                "같은 요청을 실제 키로, 서명과 타임스탬프의 네 가지 형식 모두로",
            ),
            FormsBySuccess => Words(
                "Small partial cancels in each form of signature and timestamp, since the earlier answers did not show it",
                "앞의 응답으로 알 수 없어, 서명과 타임스탬프 형식마다 소액 부분 취소",
            ),
            WrongRemainderHigh => {
                Words("A partial cancel whose confirmPrice is 1 too high", "confirmPrice가 1만큼 큰 부분 취소")
            }
            WrongRemainderLow => {
                Words("A partial cancel whose confirmPrice is 1 too low", "confirmPrice가 1만큼 작은 부분 취소")
            }
            Partial => Words("A partial cancel, as it should be", "올바른 부분 취소"),
            SameAgain => Words(
                "The same partial cancel again, as after a lost answer",
                "같은 부분 취소를 한 번 더 (응답을 받지 못해 다시 보낸 것처럼)",
            ),
            AtOnce => Words("The same partial cancel five times at once", "같은 부분 취소 다섯 건을 동시에"),
            MoreThanRemains => Words("A partial cancel of 1 more than remains", "남은 금액보다 1만큼 큰 부분 취소"),
            FullAfterPartial => Words("A full cancel after the partial ones", "부분 취소 뒤의 전체 취소"),
            Rest => Words("A partial cancel of everything that remains", "남은 금액 전부의 부분 취소"),
            PartialAfterAll => Words("A partial cancel after everything went back", "전액이 취소된 뒤의 부분 취소"),
            FullAfterAll => Words("A full cancel after everything went back", "전액이 취소된 뒤의 전체 취소"),
            FullPrice => Words(
                "A full cancel of the second payment whose price is 1 too low",
                "두 번째 거래의 전체 취소, price를 1만큼 작게",
            ),
            Full => Words("A full cancel of the second payment, as it should be", "두 번째 거래의 올바른 전체 취소"),
            SecondFull => Words("The same full cancel again", "같은 전체 취소를 한 번 더"),
        }
    }

    /// Why it is asked.
    pub(crate) const fn why(self) -> Words {
        match self {
            Reach => Words("nothing is cancelled", "취소 요청이 아닙니다"),
            BadSignature => Words("shows the answer to a bad signature", "서명이 틀렸을 때의 응답을 확인합니다"),
            Forms => Words(
                "a form that gets the answer to a bad signature is refused; an accepted one gets the answer to an unknown payment",
                "틀린 서명과 같은 응답이면 받지 않는 형식이고, 다른 응답이면 없는 거래의 응답입니다",
            ),
            FormsBySuccess => {
                Words("only a success proves which form is accepted", "성공해야만 받는 형식인지 알 수 있습니다")
            }
            WrongRemainderHigh | WrongRemainderLow => Words(
                "a gateway that compares confirmPrice declines it; one that does not gives the amount back",
                "confirmPrice를 비교하면 거절하고, 비교하지 않으면 취소됩니다",
            ),
            Partial => Words("shows the form of a success", "성공 응답의 형식을 확인합니다"),
            SameAgain => Words(
                "if it is declined, a request that is sent twice refunds only once",
                "거절하면 같은 요청을 두 번 보내도 두 번 취소되지 않습니다",
            ),
            AtOnce => Words(
                "exactly one success means that it compares and cancels in one step",
                "정확히 한 건만 성공하면 비교와 취소가 하나의 단계로 처리됩니다",
            ),
            MoreThanRemains => Words("shows the code for this", "이때의 코드를 확인합니다"),
            FullAfterPartial => Words("the guide says that it is declined", "가이드에 따르면 거절됩니다"),
            Rest => Words(
                "its success proves what remained before it, and so that nothing went back unnoticed",
                "성공하면 그 전까지 남은 금액이 맞았다는 뜻이므로, 모르게 취소된 금액이 없음을 확인합니다",
            ),
            PartialAfterAll | FullAfterAll | SecondFull => Words(
                "shows the code for a payment that is cancelled already",
                "이미 전액 취소된 거래의 코드를 확인합니다",
            ),
            FullPrice => Words(
                "a gateway that compares the price declines it; one that does not cancels the payment",
                "price를 비교하면 거절하고, 비교하지 않으면 전체가 취소됩니다",
            ),
            Full => Words("shows the form of a full cancel's success", "전체 취소 성공 응답의 형식을 확인합니다"),
        }
    }
}
