"""What a call gives when the gateway did exactly what was asked."""

from __future__ import annotations

from ._raw import fields_of
from ._values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any, Literal


def _kst(seconds: int | None) -> datetime | None:
    if seconds is None:
        return None
    from datetime import datetime, timedelta, timezone

    return datetime.fromtimestamp(seconds, timezone(timedelta(hours=9), "KST"))


class Mismatch(Value):
    """An echo of a success that differs from what was asked, and is not required to agree."""

    __slots__ = ()
    _fields = ("field", "asked", "answered")

    field: str
    """The receipt's field: ``"tid"``, ``"price"`` or ``"remaining_price"``."""
    asked: str
    """What was asked, as it was posted."""
    answered: str | None
    """What was answered, as it came; ``None`` where the answer had nothing of it."""

    def __init__(self, field: str, asked: str, answered: str | None) -> None:
        self._fill(field, asked, answered)


class Receipt(Value):
    """What both kinds of receipt have in common."""

    __slots__ = ()

    outcome: Literal["done"] = "done"
    """What is known of the money: always ``"done"``, as an error's ``outcome`` never is."""
    _seconds: int | None
    _json: str
    mismatches: tuple[Mismatch, ...]
    """The echoes that do not say what was asked; empty unless the client's ``required_echoes`` leaves one out."""

    @property
    def cancelled_at(self) -> datetime | None:
        """Date and time of the cancel, aware, in KST; ``None`` where the gateway gave no real one."""
        return _kst(self._seconds)

    @property
    def raw(self) -> dict[str, Any]:
        """The answer's fields as they came."""
        return fields_of(self._json)

    def to_dict(self) -> dict[str, Any]:
        """Returns all fields as plain values, which `json.dumps` takes, for an order's history."""
        fields: dict[str, Any] = {name: getattr(self, name) for name in self._fields if not name.startswith("_")}
        del fields["mismatches"]
        at = self.cancelled_at
        mismatches = [{name: getattr(each, name) for name in each._fields} for each in self.mismatches]
        told = {"cancelled_at": None if at is None else at.isoformat(), "raw": self.raw, "mismatches": mismatches}
        return {"outcome": self.outcome, **fields, **told}


class CancelReceipt(Receipt):
    """The receipt of a full cancel (전체 취소): the whole payment was given back."""

    __slots__ = ()
    _fields = (
        "result_code",
        "result_msg",
        "mid",
        "tid",
        "moid",
        "price",
        "cancel_date",
        "cancel_time",
        "_seconds",
        "_json",
        "mismatches",
    )

    result_code: str
    """``ResultCode`` 결과코드: always ``"00"``."""
    result_msg: str
    """``ResultMsg`` 결과메시지."""
    mid: str
    """``Mid`` 가맹점ID, as the gateway echoed it, or as it was asked where it did not."""
    tid: str
    """``Tid`` 거래ID: the payment's, as asked."""
    moid: str | None
    """``Moid`` 주문번호: the merchant's order number, where the gateway gave it."""
    price: int
    """``Price`` 취소 금액: as asked, in won or cents."""
    cancel_date: str | None
    """``CancelDate`` 취소일자, YYYYMMDD in KST, where the gateway gave it."""
    cancel_time: str | None
    """``CancelTime`` 취소시각, hhmmss in KST, where the gateway gave it."""

    def __init__(
        self,
        result_code: str,
        result_msg: str,
        mid: str,
        tid: str,
        moid: str | None,
        price: int,
        cancel_date: str | None = None,
        cancel_time: str | None = None,
        seconds: int | None = None,
        raw_json: str = "{}",
        mismatches: tuple[Mismatch, ...] = (),
    ) -> None:
        answer = (result_code, result_msg, mid, tid, moid, price)
        self._fill(*answer, cancel_date, cancel_time, seconds, raw_json, mismatches)


class PartialCancelReceipt(Receipt):
    """The receipt of a partial cancel (부분 취소): a part of the payment was given back."""

    __slots__ = ()
    _fields = (
        "result_code",
        "result_msg",
        "mid",
        "tid",
        "cancel_tid",
        "price",
        "remaining_price",
        "cancel_date",
        "cancel_time",
        "_seconds",
        "_json",
        "mismatches",
    )

    result_code: str
    """``ResultCode`` 결과코드: always ``"00"``."""
    result_msg: str
    """``ResultMsg`` 결과메시지."""
    mid: str
    """``Mid`` 가맹점ID, as the gateway echoed it, or as it was asked where it did not."""
    tid: str
    """``Tid`` 거래ID: the original payment's, as asked."""
    cancel_tid: str | None
    """``C_Tid`` 취소거래ID: this cancel's own transaction id, of any length, where the gateway gave it."""
    price: int
    """``Price`` 부분 취소 금액: the part just given back, as asked, in won or cents."""
    remaining_price: int
    """``RmainPrice`` 취소 후 남은 금액: what remains, as asked, in won or cents."""
    cancel_date: str | None
    """``CancelDate`` 취소일자, YYYYMMDD in KST, where the gateway gave it."""
    cancel_time: str | None
    """``CancelTime`` 취소시각, hhmmss in KST, where the gateway gave it."""

    def __init__(
        self,
        result_code: str,
        result_msg: str,
        mid: str,
        tid: str,
        cancel_tid: str | None,
        price: int,
        remaining_price: int,
        cancel_date: str | None = None,
        cancel_time: str | None = None,
        seconds: int | None = None,
        raw_json: str = "{}",
        mismatches: tuple[Mismatch, ...] = (),
    ) -> None:
        answer = (result_code, result_msg, mid, tid, cancel_tid, price, remaining_price)
        self._fill(*answer, cancel_date, cancel_time, seconds, raw_json, mismatches)
