"""What the gateway tells of itself: immutable snapshots."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta, timezone
from typing import Any, Literal

_KST = timezone(timedelta(hours=9), "KST")


class Record:
    """A snapshot; to see what is now, ask the gateway again."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.__dict__.update(values)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self.__dict__.items())})"

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.__dict__ == self.__dict__

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is a snapshot: ask the gateway again")


class Cancel(Record):
    """One cancel that the gateway executed."""

    operation: str
    """``"cancel"`` or ``"partial_cancel"``."""
    amount: int
    """What was given back, in won or cents."""
    remaining: int
    """What remained after it."""
    cancel_tid: str | None
    """The cancel's own tid (``C_Tid``), of a partial cancel."""
    date_time: str
    """When, as 14 digits in KST."""


class Payment(Record):
    """A payment in the gateway's ledger."""

    number: int
    """Its place among all payments, from 1."""
    tid: str
    """Its transaction id (``tid`` 거래ID)."""
    mid: str
    """Its merchant's id (``mid`` 가맹점ID)."""
    moid: str
    """Its order number (``moid`` 주문번호)."""
    pay_type: str
    """How it was paid (``payType`` 결제수단): ``"card"``, ``"hpp"``, ``"vbank"``, ``"bank"`` or another."""
    currency: str
    """``"WON"`` or ``"USD"`` (``currency`` 통화)."""
    price: int
    """The approved total, in won or cents."""
    cancelled: int
    """What was given back."""
    remaining: int
    """What was not."""
    approved_at: str
    """When, as 14 digits in KST."""
    partially_cancellable: bool
    """Whether a part of it may be cancelled."""
    deposited: bool
    """Whether the customer paid into its virtual account."""
    escrow: bool
    """Whether it is held in escrow."""
    cancels: list[Cancel]
    """Every cancel that was executed, in order."""

    def __init__(self, values: dict[str, Any]) -> None:
        super().__init__({**values, "cancels": [Cancel(cancel) for cancel in values["cancels"]]})


class Explanation(Record):
    """Why a signature is wrong."""

    mistakes: list[str]
    """The mistakes by name, such as ``"sign_key_not_hashed"``."""
    korean: str
    """In Korean."""
    english: str
    """In English."""


class FaultMet(Record):
    """The fault that a request met."""

    id: int
    """The number it was armed under."""
    kind: str
    """What it broke."""
    when: str
    """When the money moves: ``"before_applying"`` (never), ``"after_applying"`` or ``"late"``."""


class Transcript(Record):
    """The bytes of one side of an exchange, with keys as ``(hidden)``; at most the first 64 KiB."""

    data: bytes
    """The bytes."""
    length: int
    """How many bytes there were."""
    truncated: bool
    """Whether there were more than are kept."""

    def __init__(self, values: dict[str, Any]) -> None:
        encoded = values.get("base64")
        data = values["text"].encode() if encoded is None else base64.b64decode(encoded)
        super().__init__({"data": data, "length": values["length"], "truncated": values["truncated"]})

    @property
    def text(self) -> str:
        """The bytes as UTF-8; what is none reads ``\\ufffd``."""
        return self.data.decode(errors="replace")


class Request(Record):
    """A request that arrived at the gateway, and what it answered."""

    number: int
    """Its place among all requests, from 1."""
    at: str
    """When it arrived, as 14 digits in KST."""
    method: str
    """The HTTP method."""
    path: str
    """The path, ``"/cancel/cancel"`` or ``"/cancel/repay"`` for what moves money."""
    fields: dict[str, str]
    """The form's fields in the order they came."""
    status: int
    """The HTTP status of the answer; 0 where a fault kept all of it back."""
    result_code: str | None
    """What the gateway decided, also where a fault kept it from the client."""
    result_msg: str | None
    """And in words."""
    executed: bool
    """Whether it moved money."""
    executed_late: str | None
    """When it moved money, where that was after the exchange: 14 digits in KST."""
    explanation: Explanation | None
    """What is wrong with its signature, where that could be found out."""
    fault: FaultMet | None
    """The fault it met."""
    ended: str | None
    """How an exchange that met a fault ended: ``"kept"``, ``"closed"``, ``"reset"`` or ``"client_gone"``."""
    peer: str
    """The address and port it came from: one for each connection."""
    received: Transcript
    """The bytes that arrived."""
    sent: Transcript
    """The bytes that were sent, or were meant to be."""

    def __init__(self, values: dict[str, Any]) -> None:
        made: dict[str, Any] = {**values, "fields": dict(values["fields"])}
        for name, kind in (
            ("explanation", Explanation),
            ("fault", FaultMet),
            ("received", Transcript),
            ("sent", Transcript),
        ):
            if made.get(name) is not None:
                made[name] = kind(made[name])
        super().__init__(made)


class Rules(Record):
    """What the gateway insists on."""

    # Made by sandbox/surface/make.py: rules
    confirm_price: Literal["enforced", "too_high", "too_low", "tolerant", "ignored", "declined"]
    """Which ``confirmPrice`` of a partial cancel is declined: any that is not what remains after it; only one above
    that; only one below; only one that is off by as much as is asked for; none; or every one."""
    confirm_price_at_once: Literal["enforced", "ignored"]
    """Whether concurrent requests count too; if not, all of them see the amount before them, and a partial cancel takes
    250 ms."""
    same_again: Literal["judged", "replayed"]
    """What a partial cancel does that has the amounts of an earlier one: it is judged as any other, or gets the earlier
    one's answer and no money moves."""
    full_price: Literal["enforced", "ignored"]
    """Whether a full cancel's ``price`` must be the approved total."""
    full_after_partial: Literal["declined", "done"]
    """Whether a full cancel after a partial one is declined, or cancels what remains."""
    more_than_remains: Literal["declined", "clipped"]
    """Whether a partial cancel of more than remains is declined, or cancels what remains."""
    checked_first: Literal["signature", "tid"]
    """What is checked first: a wrong signature with an unknown tid is declined for that."""
    signature_format: Literal["name_value", "concatenated", "both", "ignored"]
    """How signatures are made; ``ignored``: they are not checked."""
    timestamp: Literal["14", "13", "both"]
    """Which timestamps are accepted, by their digits."""
    freshness_seconds: int | None
    """By how many seconds a timestamp may differ from the clock; ``None``: no limit."""
    cancel_tid_length: Literal[40, 22]
    """The length of a ``C_Tid``."""
    already_cancelled_code: str
    """The ``ResultCode`` of 'already cancelled', 1 to 6 characters."""
    connections: Literal["kept", "closed"]
    """Whether connections are kept after an answer; if not, they are closed silently."""
    # End of rules


class Rehearsal(Record):
    """Whose gateway a sandbox behaves as."""

    mid: str
    """The merchant id that it was found out for."""
    gateway: str
    """The gateway's address."""
    kind: Literal["test", "loopback", "production"]
    """What that gateway is."""
    finished_at: str | None
    """When the rehearsal was finished, in Korean time; ``None`` if it was not."""
    answers: list[str]
    """The situations that have that gateway's own answers, such as ``"confirm_price"``."""
    defaults: list[str]
    """The findings that are not known, in whose place the sandbox's defaults are."""


class Clock(Record):
    """The gateway's time."""

    now: str
    """14 digits in KST."""
    mode: str
    """``"fixed"``, ``"running"``, or ``"machine"``, which is the time of this machine."""


def digits(moment: datetime | str | None) -> str | None:
    """Returns a moment as 14 digits in KST; a datetime without a zone is taken as KST."""
    if not isinstance(moment, datetime):
        return moment
    return (moment if moment.tzinfo is None else moment.astimezone(_KST)).strftime("%Y%m%d%H%M%S")
