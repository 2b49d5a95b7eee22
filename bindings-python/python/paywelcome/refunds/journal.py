"""What was recorded of a refund over time."""

# The order of fields is that of this file.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Literal

from paywelcome._raw import fields_of
from paywelcome._values import Value

from . import _times
from .words import Note, Operation, Ruling, State


class JournalEntry(Value):
    """One entry of a refund's journal. Entries are only added, never changed."""

    __slots__ = ()
    _fields = (
        "entry",
        "what",
        "token",
        "state",
        "note",
        "operation",
        "amount",
        "confirm_price",
        "ruling",
        "ruled_by",
        "ruling_note",
        "remaining",
        "at",
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
    )

    entry: int
    """Its number; later entries of the same refund have higher ones."""
    what: Literal["sent", "answer", "review", "ruling", "restored", "doubted", "statement"]
    """What happened.

    - ``"sent"``: a worker claimed the refund; from now on it counts as sent.
    - ``"answer"``: an attempt ended.
    - ``"review"``: no answer had come when another worker took over.
    - ``"ruling"``: a person decided.
    - ``"restored"``, ``"doubted"``: the store was restored, and the refund goes to review, now or when its turn comes.
    - ``"statement"``: a statement shows the cancel, or a cancel that belongs to no refund: see ``message``.
    """
    token: str
    """The attempt's id, in the entries ``"sent"`` and ``"answer"``. ``"0"`` in other entries."""
    state: State
    """The refund's state afterwards."""
    note: Note | None
    """Why it has that state."""
    operation: Operation | None
    """The operation that it is sent as."""
    amount: int
    """The amount to refund, in won or cents."""
    confirm_price: int | None
    """``confirmPrice`` 취소 후 남은 금액."""
    ruling: Ruling | None
    """What a person decided."""
    ruled_by: str | None
    """Who decided."""
    ruling_note: str | None
    """The note of the ruling."""
    remaining: int | None
    """The remaining amount that the person saw."""
    at: datetime
    """When, by the database's clock, aware, in UTC."""
    outcome: str | None
    """How the attempt ended: ``"done"``, ``"declined"``, ``"not_sent"`` or ``"unknown"``."""
    kind: str | None
    """Why, in one word, like `paywelcome.PaywelcomeError.kind`."""
    message: str | None
    """The text of the attempt's error."""
    result_code: str | None
    """``ResultCode`` 결과코드."""
    result_msg: str | None
    """``ResultMsg`` 결과메시지."""
    http_status: int | None
    """The answer's HTTP status, if the attempt ended in an error."""
    signed_timestamp: str | None
    """The signed ``timestamp`` 타임스탬프, if the attempt ended in an error."""
    cancel_tid: str | None
    """``C_Tid`` 취소거래ID."""
    cancelled_at: datetime | None
    """When the gateway cancelled, aware, in KST."""
    body_excerpt: str | None
    """The beginning of an answer that is not a receipt."""
    _raw: str | None

    def __init__(self, *values: Any) -> None:
        self._fill(*values)

    @property
    def raw(self) -> dict[str, Any] | None:
        """The answer's fields as they came, or ``None`` where none could be read."""
        return None if self._raw is None else fields_of(self._raw)

    def to_dict(self) -> dict[str, Any]:
        """Returns all fields as plain values, which `json.dumps` takes; times are in ISO 8601."""
        told = {name: _times.written(getattr(self, name)) for name in self._fields if not name.startswith("_")}
        return {**told, "raw": self.raw}


def read_all(told: str) -> list[JournalEntry]:
    """Reads a journal as the native half tells it."""
    entries: list[JournalEntry] = []
    for each in json.loads(told):
        cancelled_at = _times.korean(each["cancelled_at"])
        values = {**each, "_raw": each["raw"], "at": _times.instant(each["at"]), "cancelled_at": cancelled_at}
        entries.append(JournalEntry(*(values[name] for name in JournalEntry._fields)))
    return entries
