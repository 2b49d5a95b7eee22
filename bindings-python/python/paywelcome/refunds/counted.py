"""How many refunds there are."""

from __future__ import annotations

import json
from typing import get_args

from paywelcome._values import Value

from .words import State


class Count(Value):
    """The number and the sum of the refunds in one state."""

    __slots__ = ()
    _fields = ("refunds", "amount")

    refunds: int
    """How many."""
    amount: int
    """The sum of their amounts, in won and cents alike."""

    def __init__(self, refunds: int, amount: int) -> None:
        self._fill(refunds, amount)


class Requested(Value):
    """The result of requesting many refunds together."""

    __slots__ = ()
    _fields = ("requested", "known")

    requested: int
    """How many are new."""
    known: int
    """How many had been requested before, with the same values."""

    def __init__(self, requested: int, known: int) -> None:
        self._fill(requested, known)


def counts(told: str) -> dict[State, Count]:
    """Reads counts as the native half tells them."""
    by_state: dict[str, dict[str, int]] = json.loads(told)
    states: tuple[State, ...] = get_args(State)
    return {state: Count(**by_state[state]) for state in states}


def requested(told: str) -> Requested:
    """Reads what became of many rows."""
    many: dict[str, int] = json.loads(told)
    return Requested(many["requested"], many["known"])
