"""How the refunds of a merchant fare."""

from __future__ import annotations

import json
from typing import Any, Literal, TypeAlias, TypedDict

from .words import State


class OpenCount(TypedDict):
    """How many refunds are in one state, and how much they are together."""

    refunds: int
    """How many."""
    amount: int
    """The sum of their amounts, in won and cents alike."""


PauseReason: TypeAlias = Literal["person", "in_a_row", "share"]
"""Why a batch is paused: by a person, or by itself since so many in a row, or such a share, were not done."""


class Health(TypedDict):
    """How the refunds of a merchant fare: plain values, as JSON has them."""

    open: dict[State, OpenCount]
    """What has not ended, by its state: ``requested``, ``sending``, ``unknown`` and ``review``."""
    review_oldest: float | None
    """For how many seconds the oldest in review has waited for a person; ``None`` where none is."""
    due_lag: float | None
    """For how many seconds a worker could have continued with a refund; ``None`` where none is due.

    What waits behind another refund of its payment, or is in a batch that is paused, does not count; nor does what its
    batch's pace lets go later.
    """
    paused: dict[str, PauseReason]
    """Batches that are paused and have refunds that would continue, and why."""


def read(told: str) -> Health:
    """Reads it as the native half tells it."""
    words: dict[str, Any] = json.loads(told)
    oldest, lag = _seconds(words["review_oldest"]), _seconds(words["due_lag"])
    return {"open": words["open"], "review_oldest": oldest, "due_lag": lag, "paused": words["paused"]}


def _seconds(milliseconds: int | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000
