"""The open refunds of a merchant, and how long they have waited."""

from __future__ import annotations

import json
from typing import Any, Literal, TypeAlias, TypedDict

from .words import State


class OpenCount(TypedDict):
    """The number and the sum of the refunds in one state."""

    refunds: int
    """How many."""
    amount: int
    """The sum of their amounts, in won and cents alike."""


PauseReason: TypeAlias = Literal["person", "in_a_row", "share"]
"""Why a batch is paused: by a person, or because too many in a row or too large a share were not done."""


class Health(TypedDict):
    """The open refunds of a merchant, and how long they have waited: plain values."""

    open: dict[State, OpenCount]
    """The refunds that have not ended, by state: ``requested``, ``sending``, ``unknown`` and ``review``."""
    review_oldest: float | None
    """Seconds that the oldest refund in review has waited for a person; ``None`` if there is none."""
    due_lag: float | None
    """Seconds that the longest due refund has waited for a worker; ``None`` if none is due.

    What waits behind another refund of its payment, or is in a batch that is paused, does not count; nor does what its
    batch's pace lets go later.
    """
    paused: dict[str, PauseReason]
    """Paused batches with refunds left to send, and why they are paused."""


def read(told: str) -> Health:
    """Reads it as the native half tells it."""
    words: dict[str, Any] = json.loads(told)
    oldest, lag = _seconds(words["review_oldest"]), _seconds(words["due_lag"])
    return {"open": words["open"], "review_oldest": oldest, "due_lag": lag, "paused": words["paused"]}


def _seconds(milliseconds: int | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000
