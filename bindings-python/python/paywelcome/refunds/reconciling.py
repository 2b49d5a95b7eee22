"""A settlement file compared with the ledger."""

# The order of fields is that of this file.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import json
import operator
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, TypedDict, cast

from paywelcome._values import Value
from paywelcome.types import Amount

from . import _telling, _times, refund
from .errors import invalid
from .words import State


class _Required(TypedDict):
    tid: str
    """``tid`` 거래ID: the approval's transaction id."""
    amount: Amount
    """The cancelled amount (취소금액); won, or cents for USD."""
    cancelled_at: datetime | date | str
    """When it was cancelled (취소일시): an aware `datetime`, a `date` if only the day is known, or a text in Korean
    time such as ``"2026.03.01 14:05"``."""


class StatementRow(_Required, total=False):
    """One cancel, as the settlement (정산내역) or the merchant admin's (상점관리자) export lists it."""

    remaining: Amount | None
    """The amount that remained afterwards (취소 후 남은 금액). Without it, equal amounts can't be told apart."""
    cancel_tid: str | None
    """``C_Tid`` 취소거래ID: the cancel's own transaction id."""


_NAMES = ("tid", "amount", "remaining", "cancel_tid", "cancelled_at")
_REFUSED = "nothing was recorded: the statement is wrong"


class Finding(Value):
    """Where a settlement file and the ledger agree or differ."""

    __slots__ = ()
    _fields = ("row", "tid", "amount", "remaining", "cancel_tid", "cancelled_at", "keys", "state", "en", "ko")

    row: int | None
    """The index of the row, from 0; ``None`` for a refund that no row shows."""
    tid: str
    """``tid`` 거래ID of the payment."""
    amount: int
    """The cancel's amount; won, or cents for USD."""
    remaining: int | None
    """The amount that remained afterwards, if it is known."""
    cancel_tid: str | None
    """``C_Tid`` 취소거래ID, if it is known."""
    cancelled_at: datetime | None
    """When it was cancelled according to the file; aware, in UTC. The start of the day if only the day is known."""
    keys: tuple[str, ...]
    """The keys of the refunds that it is or may be; empty if the ledger knows none."""
    state: State | None
    """The earlier state of the first of these."""
    en: str
    """What it means and what to do, in English."""
    ko: str
    """The same in Korean (한국어)."""

    def __init__(self, *values: Any) -> None:
        self._fill(*values)

    def to_dict(self) -> dict[str, Any]:
        """Returns all fields as plain values, which `json.dumps` takes; times are in ISO 8601."""
        return {**{name: _times.written(getattr(self, name)) for name in self._fields}, "keys": list(self.keys)}


class Reconciliation(Value):
    """The result of `reconcile`. Nothing is guessed: a row with more than one explanation is ``ambiguous``."""

    __slots__ = ()
    _fields = ("agreed", "under_way", "closed", "contradicted", "unknown", "ambiguous", "missing")

    agreed: int
    """The number of rows that agree with the ledger."""
    under_way: int
    """The number of rows about a refund that a worker is sending at this moment."""
    closed: tuple[Finding, ...]
    """Refunds that were open and are done now, because the file shows them."""
    contradicted: tuple[Finding, ...]
    """Refunds recorded as not cancelled, or with another amount: a person must check."""
    unknown: tuple[Finding, ...]
    """Cancels that belong to no refund of the ledger, such as those made by hand in the merchant admin. The payment's
    next refund waits for a person, who passes the remaining amount."""
    ambiguous: tuple[Finding, ...]
    """Rows that may belong to several refunds: a person must check."""
    missing: tuple[Finding, ...]
    """Refunds that a complete file of that period should show, but does not. They were not changed."""

    def __init__(self, *values: Any) -> None:
        self._fill(*values)

    @property
    def is_clean(self) -> bool:
        """Whether nobody must check: nothing is contradicted, unknown, ambiguous, or recorded as done but missing."""
        done = any(finding.state == "done" for finding in self.missing)
        return not (self.contradicted or self.unknown or self.ambiguous or done)

    def to_dict(self) -> dict[str, Any]:
        """Returns all fields as plain values, which `json.dumps` takes; times are in ISO 8601."""
        told: dict[str, Any] = {"agreed": self.agreed, "under_way": self.under_way}
        for name in self._fields[2:]:
            told[name] = [finding.to_dict() for finding in getattr(self, name)]
        return told


def asked(rows: Iterable[StatementRow], since: object, until: object, mid: str) -> dict[str, object]:
    """Returns the arguments of the ledger's verb.

    Raises:
        InvalidRequestError: A row is not a mapping, or holds what it can't.
    """
    wrong: list[tuple[str, str]] = []

    def plain(field: str, name: str, value: object) -> object:
        try:
            return _time(value) if name in ("cancelled_at", "since", "until") else _plain(value)
        except ValueError as error:
            wrong.append((field, str(error)))
            return None

    read: list[dict[str, object]] = []
    for place, each in enumerate(rows):
        if not isinstance(cast("object", each), Mapping):
            wrong.append((f"rows[{place}]", f"is not a mapping; pass one with {', '.join(_NAMES)}"))
            continue
        row = cast("dict[str, object]", each)
        more = [name for name in row if name not in _NAMES]
        wrong += [(f"rows[{place}].{name}", f"is not an argument; there are {', '.join(_NAMES)}") for name in more]
        read.append(
            {name: plain(f"rows[{place}].{name}", name, value) for name, value in row.items() if name in _NAMES}
        )
    times_ = {name: plain(name, name, value) for name, value in (("since", since), ("until", until))}
    if wrong:
        raise invalid(wrong, _REFUSED, mid)
    return {"rows": json.dumps(read), **times_}


def _time(value: object) -> object:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("has no time zone; pass an aware datetime")
        return _times.milliseconds(value)
    if isinstance(value, date):
        return value.isoformat()
    if value is None or isinstance(value, str):
        return value
    raise ValueError(f"is of type {type(value).__name__}; pass a datetime, a date or a text")


def _plain(value: object) -> object:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, Decimal) and value.is_finite() and value == value.to_integral_value():
        return int(value)
    if not isinstance(value, bool) and hasattr(value, "__index__"):
        return operator.index(cast("Any", value))
    raise ValueError(f"is of type {type(value).__name__}; pass a whole number or a text")


def read(told: str) -> Reconciliation:
    """Reads what became of a statement, and logs what moved on."""
    all_of_it: dict[str, Any] = json.loads(told)
    for each in all_of_it["moved"]:
        _telling.moved(refund.made(each), each["from"])
    lists: tuple[Literal["closed", "contradicted", "unknown", "ambiguous", "missing"], ...]
    lists = ("closed", "contradicted", "unknown", "ambiguous", "missing")
    findings = (tuple(_finding(each) for each in all_of_it[name]) for name in lists)
    return Reconciliation(all_of_it["agreed"], all_of_it["under_way"], *findings)


def _finding(told: Mapping[str, Any]) -> Finding:
    values = {**told, **told["why"], "keys": tuple(told["keys"]), "cancelled_at": _times.instant(told["cancelled_at"])}
    return Finding(*(values[name] for name in Finding._fields))
