"""How a stand-in spells its answers: the bytes of a body, and the headers that tell what they are."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from odd import Odd
from rules import KST, Decision, Success

_MESSAGES = {
    "bad_signature": "서명값이 올바르지 않습니다",
    "bad_timestamp": "요청 시각이 올바르지 않습니다",
    "unknown_mid": "등록되지 않은 상점입니다",
    "unknown_tid": "원거래가 없습니다",
    "confirm_price": "잔액이 일치하지 않습니다",
    "more_than_remains": "취소 가능 금액을 넘었습니다",
    "full_after_partial": "부분취소된 거래입니다",
    "partial_after_all": "이미 모두 취소되었습니다",
    "full_after_all": "이미 취소된 거래입니다",
    "full_price": "승인 금액과 다릅니다",
    "second_full": "이미 취소된 거래입니다",
    "malformed": "요청이 올바르지 않습니다",
    "duplicate": "동일 금액의 취소가 이미 처리되었습니다",
    "busy": "처리 중인 취소가 있습니다",
    "no_partials": "부분취소를 할 수 없는 거래입니다",
}
PAGE = "<html><head><title>403 Forbidden</title></head><body><h1>접근이 거부되었습니다</h1></body></html>"


@dataclass(frozen=True)
class Answer:
    status: int
    code: str | None
    """The result code as a text; nothing where the answer is a page."""
    headers: list[tuple[str, str]]
    body: bytes


class Speller:
    def __init__(self, odd: Odd) -> None:
        self._odd = odd
        self._serials = itertools.count(70001)

    def page(self, status: int) -> Answer:
        headers = [("Content-Type", "text/html; charset=utf-8")]
        if status in (301, 302):
            headers.append(("Location", "https://www.standin.invalid/error"))
        return Answer(status, None, headers, PAGE.encode().ljust(self._odd.page_length))

    def answer(self, decision: Decision, fields: Mapping[str, str]) -> Answer:
        odd = self._odd
        if decision.situation == "bad_signature" and odd.bad_signature_page:
            return self.page(odd.bad_signature_page)
        if decision.success is None:
            code: object = odd.codes[decision.situation]
            status, members = odd.decline_status, self._decline(decision.situation, fields)
        else:
            code = odd.success
            status, members = 200, self._success(decision.success)
        message = "정상 처리되었습니다" if decision.success else self._message(decision.situation)
        headers = []
        if odd.repeats_signature:
            message += f" [{fields.get('signature', '')}]"
            headers.append(("X-Checked", f"signature={fields.get('signature', '').upper()}"))
        members = {"ResultCode": code, "ResultMsg": message, **members}
        charset = f"; charset={odd.charset}" if odd.declares_charset else ""
        headers.append(("Content-Type", odd.content_type + charset))
        text = json.dumps(self._cased(members), ensure_ascii=False)
        return Answer(
            status,
            str(code),
            headers,
            b"\xef\xbb\xbf" * (odd.bom and odd.charset == "utf-8") + text.encode(odd.charset),
        )

    def _message(self, situation: str) -> str:
        text = "처리할 수 없습니다" if self._odd.one_message else _MESSAGES[situation]
        if self._odd.escapes:
            text = f"\x1b[2J{text}\r\n\x07"
        if self._odd.varying_messages:
            text += f" (관리번호 {next(self._serials)}, {_now():%Y-%m-%d %H:%M:%S})"
        return text

    def _decline(self, situation: str, fields: Mapping[str, str]) -> dict[str, object]:
        named = self._odd.tid_in_declines and situation not in ("malformed", "unknown_mid")
        return {"Tid": fields["tid"]} if named else {}

    def _success(self, done: Success) -> dict[str, object]:
        odd = self._odd
        members: dict[str, object] = {"Mid": done.payment.tid[10:20]}
        if odd.tid_is != "absent":
            members["Tid"] = done.cancel_tid if odd.tid_is == "own" else done.payment.tid
        if done.operation == "cancel" or odd.moid_in_partials:
            members["Moid"] = f"order-{done.payment.tid[-6:]}"
        if done.operation == "partial" and odd.cancel_tid_key:
            members[odd.cancel_tid_key] = done.cancel_tid
        if odd.price_is != "absent":
            members["Price"] = self._amount(done.total if odd.price_is == "total" else done.amount)
        if done.operation == "partial" and odd.remaining_key:
            members[odd.remaining_key] = self._amount(done.before if odd.remaining_is == "before" else done.after)
        now = _now()
        if odd.dates != "absent":
            dashes = odd.dates == "dashes"
            members["CancelDate"] = f"{now:%Y-%m-%d}" if dashes else f"{now:%Y%m%d}"
            members["CancelTime"] = f"{now:%H:%M:%S}" if dashes else f"{now:%H%M%S}"
        if odd.extra_keys:
            members |= {"CardInfo": {"Code": "06", "Parts": [1, None, True]}, "Coupon": None, "VanCode": "W1"}
        return members

    def _amount(self, amount: int) -> object:
        return amount if self._odd.numbers else f"{amount:,}" if self._odd.commas else str(amount)

    def _cased(self, members: dict[str, object]) -> dict[str, object]:
        pairs = list(members.items())
        if self._odd.backwards:
            pairs.reverse()
        spelt = {"guide": str, "lower": str.lower, "upper": str.upper, "snake": _snake}[self._odd.key_case]
        return {spelt(key): value for key, value in pairs}


def _snake(key: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", key).lower()


def _now() -> datetime:
    return datetime.now(KST)
