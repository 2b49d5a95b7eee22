"""The ledger's tables as models that are only read: the rows of the project's own merchant id."""

from __future__ import annotations

from typing import Any

from .rows import Instant, Long, Number, Row, Text
from .words import say

STATES = [
    ("requested", say("requested", "요청됨")),
    ("sending", say("sending", "전송 중")),
    ("unknown", say("unknown", "결과 불명")),
    ("review", say("review", "확인 필요")),
    ("done", say("done", "완료")),
    ("declined", say("declined", "거절")),
    ("void", say("void", "포기")),
]
BATCH_STATES = [("running", say("running", "진행 중")), ("paused", say("paused", "일시 중지"))]


class Payment(Row):
    """A payment, and what remains of it."""

    tid = Text("거래ID", primary_key=True)
    pay_type = Text("결제수단")
    currency = Text(say("currency", "통화"))
    paid = Number(say("paid", "승인 금액"))
    remaining = Number(say("remaining", "남은 금액"))
    asked = Number(say("asked for, not ended", "처리 중인 환불 금액"))
    open_refund = Text(say("refund under way", "진행 중인 환불"), null=True)
    suspect = Number(say("doubted since a restore", "복구 후 확인 필요"))
    created_at = Instant(say("first asked for", "처음 요청한 시각"))
    updated_at = Instant(say("changed", "변경 시각"))

    class Meta(Row.Meta):
        db_table = "paywelcome_payment"
        verbose_name = say("payment", "결제")
        verbose_name_plural = say("payments", "결제")

    def __str__(self) -> str:
        return str(self.tid)


class Refund(Row):
    """A refund as it stands. What a person is to look for is told by `paywelcome.refunds.Refunds.get`."""

    key = Text(say("key", "환불 키"), primary_key=True, db_column="refund_key")
    tid = Text("거래ID")
    amount = Number(say("amount", "환불 금액"))
    tax = Number(say("tax", "부가세"), null=True)
    taxfree = Number(say("tax-free", "비과세"), null=True)
    reference = Text(say("reference", "참조"), null=True)
    batch = Text(say("batch", "일괄 환불"), null=True)
    state = Text(say("state", "상태"), choices=STATES)
    operation = Text(say("sent as", "요청 종류"), null=True)
    confirm_price = Number(say("what is to remain", "취소 후 남은 금액"), null=True)
    attempts = Number(say("attempts", "시도 횟수"))
    sent_at = Instant(say("first sent", "처음 보낸 시각"), null=True)
    lease_over_at = Instant(say("with its worker until", "점유 종료 시각"), db_column="lease_over")
    quiet_over_at = Instant(say("may arrive until", "유예 종료 시각"), db_column="quiet_over")
    due_at = Instant(say("due", "처리 예정 시각"), null=True)
    note = Text(say("why it stands there", "사유"), null=True)
    evidence = Text(say("evidence", "근거"), null=True)
    outcome = Text(say("outcome", "결과"), null=True)
    kind = Text(say("kind of error", "오류 종류"), null=True)
    message = Long(say("error", "오류"), null=True)
    result_code = Text("결과코드", null=True)
    result_msg = Long("결과메시지", null=True)
    http_status = Number(say("HTTP status", "HTTP 상태"), null=True)
    cancel_tid = Text("취소거래ID", null=True)
    cancelled_at = Text(say("cancelled by the gateway", "취소 시각"), null=True)
    ruling = Text(say("ruling", "결정"), null=True)
    ruled_by = Text(say("ruled by", "결정한 사람"), null=True)
    ruling_note = Long(say("note of the ruling", "결정 메모"), null=True)
    requested_at = Instant(say("requested", "요청 시각"))
    updated_at = Instant(say("changed", "변경 시각"))
    ended_at = Instant(say("ended", "종료 시각"), null=True)

    class Meta(Row.Meta):
        db_table = "paywelcome_refund"
        verbose_name = say("refund", "환불")
        verbose_name_plural = say("refunds", "환불")
        permissions = [("rule_refund", "Can rule on refunds")]

    def __str__(self) -> str:
        return str(self.key)


class Attempt(Row):
    """One entry of a refund's journal. The table's key is of three columns, of which Django is told the first."""

    key = Text(say("refund", "환불 키"), primary_key=True, db_column="refund_key")
    entry = Number(say("number", "번호"))
    what = Text(say("what happened", "내용"))
    state = Text(say("state afterwards", "이후 상태"), choices=STATES)
    note = Text(say("why it stands there", "사유"), null=True)
    operation = Text(say("sent as", "요청 종류"), null=True)
    amount = Number(say("amount", "환불 금액"))
    confirm_price = Number(say("what is to remain", "취소 후 남은 금액"), null=True)
    ruling = Text(say("ruling", "결정"), null=True)
    ruled_by = Text(say("ruled by", "결정한 사람"), null=True)
    ruling_note = Long(say("note of the ruling", "결정 메모"), null=True)
    remaining = Number(say("remaining, as seen", "확인한 남은 금액"), null=True)
    at = Instant(say("when", "시각"))
    outcome = Text(say("outcome", "결과"), null=True)
    kind = Text(say("kind of error", "오류 종류"), null=True)
    message = Long(say("error", "오류"), null=True)
    result_code = Text("결과코드", null=True)
    result_msg = Long("결과메시지", null=True)
    http_status = Number(say("HTTP status", "HTTP 상태"), null=True)
    cancel_tid = Text("취소거래ID", null=True)
    cancelled_at = Text(say("cancelled by the gateway", "취소 시각"), null=True)

    class Meta(Row.Meta):
        db_table = "paywelcome_attempt"
        verbose_name = say("journal entry", "이력")
        verbose_name_plural = say("journal entries", "이력")

    def __str__(self) -> str:
        return f"{self.key} #{self.entry}"

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, Attempt) and (self.mid, *self._place()) == (other.mid, *other._place())

    def __hash__(self) -> int:
        return hash(self._place())

    def _place(self) -> tuple[str, int]:
        return self.key, self.entry


class Batch(Row):
    """What is set for a batch, and why it is paused. A batch without a row is running, with the default budget."""

    batch = Text(say("batch", "일괄 환불"), primary_key=True)
    state = Text(
        say("state", "상태"), choices=[("running", say("running", "진행 중")), ("paused", say("paused", "일시 중지"))]
    )
    gap_us = Number(say("microseconds between two refunds", "환불 간격 (마이크로초)"), null=True)
    most_in_a_row = Number(say("pauses after so many in a row", "연속 미완료 한도"), null=True)
    most_percent = Number(say("pauses at so many of a hundred", "미완료 비율 한도 (%)"), null=True)
    paused_by = Text(say("paused by", "중지한 사람"), null=True)
    pause_note = Long(say("note of the pause", "중지 메모"), null=True)
    pause_reason = Text(say("reason of the pause", "중지 사유"), null=True)
    paused_at = Instant(say("paused", "중지 시각"), null=True)
    resumed_by = Text(say("resumed by", "재개한 사람"), null=True)
    resumed_at = Instant(say("resumed", "재개 시각"), null=True)
    created_at = Instant(say("created", "생성 시각"))
    updated_at = Instant(say("changed", "변경 시각"))

    class Meta(Row.Meta):
        db_table = "paywelcome_batch"
        verbose_name = say("batch", "일괄 환불")
        verbose_name_plural = say("batches", "일괄 환불")
        permissions = [("pause_batch", "Can pause and resume batches")]

    def __str__(self) -> str:
        return str(self.batch)
