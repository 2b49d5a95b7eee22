"""The progress of a batch."""

# The order of fields is that of this file.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from types import EllipsisType
from typing import Any, Literal, TypeAlias, get_args

from paywelcome._values import Value

from . import _times
from .counted import Count
from .errors import invalid
from .health import PauseReason
from .words import State

BatchState: TypeAlias = Literal["running", "paused"]
"""Whether a batch is running or paused. Nothing of a paused batch is sent."""

Limit: TypeAlias = "float | EllipsisType | None"
"""A limit to set; ``None`` removes it, and an ellipsis leaves it unchanged."""


class PauseText(Value):
    """Why a batch was paused automatically and what to do, in English and in Korean."""

    __slots__ = ()
    _fields = ("en", "ko")

    en: str
    """In English."""
    ko: str
    """In Korean (한국어)."""

    def __init__(self, en: str, ko: str) -> None:
        self._fill(en, ko)


class Progress(Value):
    """The progress of a batch, as it was in the store when it was read.

    It is immutable, comparable and picklable.
    """

    __slots__ = ()
    _fields = (
        "batch",
        "state",
        "paused_by",
        "pause_note",
        "pause_reason",
        "paused_at",
        "why",
        "resumed_by",
        "resumed_at",
        "pace",
        "most_in_a_row",
        "most_percent",
        "_counts",
        "total",
        "rate",
        "left",
    )

    batch: str
    """Its name."""
    state: BatchState
    """``"running"``, or ``"paused"``: nothing of it is sent."""
    paused_by: str | None
    """Who paused it; ``"paywelcome"`` if it was paused automatically."""
    pause_note: str | None
    """The note of the pause."""
    pause_reason: PauseReason | None
    """``"person"``, or which limit of its error budget was reached: ``"in_a_row"`` or ``"share"``."""
    paused_at: datetime | None
    """Since when it is paused; this and ``resumed_at`` are by the database's clock, aware, in UTC."""
    why: PauseText | None
    """Why it was paused automatically, and what to do."""
    resumed_by: str | None
    """Who resumed it last."""
    resumed_at: datetime | None
    """When it was resumed last."""
    pace: float | None
    """The most refunds that all workers together start in a second; ``None`` for no limit."""
    most_in_a_row: int | None
    """It pauses automatically after so many refunds in a row that are not done; ``None`` for never."""
    most_percent: int | None
    """It pauses automatically if so many percent of the last 200 are not done, from the fiftieth on; ``None`` for
    never."""
    total: Count
    """All its refunds."""
    rate: float
    """How many were done or declined in the last minute. For a younger batch, its rate since it began."""
    left: float | None
    """Seconds until its workers have nothing left at that rate; ``None`` if no worker processes it. Refunds in review
    are not counted."""
    _counts: tuple[tuple[State, Count], ...]

    def __init__(self, *values: Any) -> None:
        self._fill(*values)

    @property
    def counts(self) -> dict[State, Count]:
        """The number and the sum of its refunds in each state. Every state is a key."""
        return dict(self._counts)

    def to_dict(self) -> dict[str, Any]:
        """Returns all fields as plain values, which `json.dumps` takes; times are in ISO 8601."""
        told = {name: _times.written(getattr(self, name)) for name in self._fields if not name.startswith("_")}
        told["why"] = None if self.why is None else {"en": self.why.en, "ko": self.why.ko}
        told["counts"] = {state: _plain(count) for state, count in self._counts}
        return {**told, "total": _plain(self.total)}


def read(told: str) -> Progress:
    """Reads it as the native half tells it."""
    return _made(json.loads(told))


def read_all(told: str) -> list[Progress]:
    """Reads several."""
    return [_made(each) for each in json.loads(told)]


def settings(mid: str, **limits: object) -> dict[str, object]:
    """Returns what is to be set as the native half takes it; an ellipsis stands for what stays as it is."""
    message = "must be a number, or None for no limit"
    wrong = [(name, message) for name, value in limits.items() if isinstance(value, bool)]
    if wrong:
        raise invalid(wrong, "nothing was changed: the arguments are wrong", mid)
    return {name: False if value is None else value for name, value in limits.items() if value is not ...}


def _made(told: Mapping[str, Any]) -> Progress:
    states: tuple[State, ...] = get_args(State)
    why = told["why"]
    values = {
        **told,
        "paused_at": _times.instant(told["paused_at"]),
        "resumed_at": _times.instant(told["resumed_at"]),
        "why": None if why is None else PauseText(why["en"], why["ko"]),
        "_counts": tuple((state, Count(**told["counts"][state])) for state in states),
        "total": Count(**told["total"]),
    }
    return Progress(*(values[name] for name in Progress._fields))


def _plain(count: Count) -> dict[str, int]:
    return {"refunds": count.refunds, "amount": count.amount}
