"""A refund as it is in the store."""

# The order of fields is that of this file.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from paywelcome._raw import fields_of
from paywelcome._values import Value

from . import _times, review
from .review import Review
from .words import Evidence, Note, Operation, Ruling, State

_TIMES = (
    "requested_at",
    "sent_at",
    "lease_over_at",
    "quiet_over_at",
    "due_at",
    "updated_at",
    "ended_at",
)


class Refund(Value):
    """A refund as it was in the store when it was read. It is immutable, comparable and picklable.

    Amounts are won, or cents for USD. The gateway's answer is that to the latest attempt with a known result.
    """

    __slots__ = ()
    _fields = (
        "key",
        "mid",
        "tid",
        "state",
        "pay_type",
        "currency",
        "amount",
        "tax",
        "taxfree",
        "paid",
        "remaining",
        "operation",
        "confirm_price",
        "reference",
        "batch",
        "attempts",
        "note",
        "evidence",
        "ruling",
        "ruled_by",
        "ruling_note",
        *_TIMES,
        "due_in",
        "outcome",
        "kind",
        "message",
        "result_code",
        "result_msg",
        "http_status",
        "signed_timestamp",
        "cancel_tid",
        "cancelled_at",
        "body_excerpt",
        "_raw",
        "review",
    )

    key: str
    """Your own name of the refund."""
    mid: str
    """``mid`` 가맹점ID."""
    tid: str
    """``tid`` 거래ID: the payment's transaction id."""
    state: State
    """Its state."""
    pay_type: str
    """``payType`` 결제수단 of the payment."""
    currency: str
    """``currency`` 통화 of the payment: ``"WON"`` or ``"USD"``."""
    amount: int
    """The amount to refund."""
    tax: int | None
    """``tax`` 부가세, if it was passed."""
    taxfree: int | None
    """``taxfree`` 비과세, if it was passed."""
    paid: int
    """The approved amount of the payment."""
    remaining: int
    """The remaining amount of the payment, as far as is known."""
    operation: Operation | None
    """The operation that it is sent as; ``None`` before it is first sent."""
    confirm_price: int | None
    """``confirmPrice`` 취소 후 남은 금액: the amount to remain; ``None`` if nothing can have been sent."""
    reference: str | None
    """Your own reference, which the client's errors and log lines include; ``None`` if it is the key."""
    batch: str | None
    """The batch that it was requested with."""
    attempts: int
    """How often a worker claimed it to send it."""
    note: Note | None
    """Why it is in review, or what is unusual about its result."""
    evidence: Evidence | None
    """What proves its result; ``None`` before it ended, and if nothing was ever sent."""
    ruling: Ruling | None
    """The latest ruling, or ``None``."""
    ruled_by: str | None
    """Who made the latest ruling."""
    ruling_note: str | None
    """What was noted with the latest ruling."""
    requested_at: datetime
    """When it was requested. This and all times below are by the database's clock, aware, in UTC."""
    sent_at: datetime | None
    """When a worker first claimed it to send it."""
    lease_over_at: datetime | None
    """When the lease of the latest attempt's worker ends."""
    quiet_over_at: datetime | None
    """Until when a sent request may still arrive at the gateway."""
    due_at: datetime | None
    """When a worker should process it; ``None`` if no worker can do anything."""
    due_in: float | None
    """Seconds, by the database's clock, until a worker can process it again: 0 for now. Pass it to a queue as the
    delay. ``None`` if no worker can: it has ended, is in review, waits behind another refund of its payment, or its
    batch is paused."""
    updated_at: datetime
    """When it last changed."""
    ended_at: datetime | None
    """When it ended."""
    outcome: str | None
    """How the attempt ended: ``"done"``, ``"declined"``, ``"not_sent"`` or ``"unknown"``; ``None`` if that is not
    known yet."""
    kind: str | None
    """Why it is not done, in one word, like `paywelcome.PaywelcomeError.kind`."""
    message: str | None
    """The text of the attempt's error."""
    result_code: str | None
    """``ResultCode`` 결과코드 of the answer."""
    result_msg: str | None
    """``ResultMsg`` 결과메시지 of the answer."""
    http_status: int | None
    """The answer's HTTP status, if the attempt ended in an error."""
    signed_timestamp: str | None
    """The signed ``timestamp`` 타임스탬프, if the attempt ended in an error."""
    cancel_tid: str | None
    """``C_Tid`` 취소거래ID of the cancel, if the gateway sent it."""
    cancelled_at: datetime | None
    """When the gateway cancelled, by its own clock, aware, in KST; ``None`` if it sent no valid time."""
    body_excerpt: str | None
    """The beginning of an answer that is not a receipt."""
    _raw: str | None
    review: Review | None
    """What a person must look for, and the possible rulings; ``None`` unless it is in review."""

    def __init__(self, *values: Any) -> None:
        self._fill(*values)

    @property
    def is_ended(self) -> bool:
        """Whether it has ended: it is done, declined or void."""
        return self.state in ("done", "declined", "void")

    @property
    def raw(self) -> dict[str, Any] | None:
        """The answer's fields as they came, or ``None`` where none could be read."""
        return None if self._raw is None else fields_of(self._raw)

    def to_dict(self) -> dict[str, Any]:
        """Returns all fields as plain values, which `json.dumps` takes; times are in ISO 8601."""
        told = {name: _times.written(getattr(self, name)) for name in self._fields if not name.startswith("_")}
        return {**told, "raw": self.raw, "review": None if self.review is None else self.review.to_dict()}

    def __repr__(self) -> str:
        return f"Refund({self.key!r}, {self.state}, {self.amount} {self.currency}, tid={self.tid!r})"


def read(told: str) -> Refund:
    """Reads a refund as the native half tells it."""
    return made(json.loads(told))


def read_moved(told: str) -> tuple[Refund, State | None, tuple[str, str] | None]:
    """Reads a refund, and if it was written just now its state before, and the batch that has paused over that."""
    words = json.loads(told)
    paused = words.get("paused_batch")
    return made(words), words.get("from"), None if paused is None else (paused["batch"], paused["why"]["en"])


def read_all(told: str) -> list[Refund]:
    """Reads several."""
    return [made(each) for each in json.loads(told)]


def made(told: Mapping[str, Any]) -> Refund:
    """Makes a refund of the words of its columns."""
    due_in: int | None = told["due_in_ms"]
    values = {**told, "_raw": told["raw"], "due_in": None if due_in is None else due_in / 1000}
    values.update((name, _times.instant(told[name])) for name in _TIMES)
    values.update(cancelled_at=_times.korean(told["cancelled_at"]), review=review.read(told["review"]))
    return Refund(*(values[name] for name in Refund._fields))
