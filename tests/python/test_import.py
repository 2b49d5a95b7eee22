"""Importing the package: it brings no module that takes time, and its annotations can be evaluated all the same."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable
from typing import Any

import pytest

import child
import paywelcome
import paywelcome.types

NAMES = {**vars(paywelcome), **vars(paywelcome.types)}
CLASSES = [value for value in vars(paywelcome).values() if isinstance(value, type)]
MEMBERS = [member for cls in CLASSES for _, member in inspect.getmembers(cls, inspect.isfunction)]
# Each once, where it is defined.
PUBLIC = {each.__qualname__: each for each in MEMBERS if each.__name__ == "__init__" or each.__name__[0] != "_"}


def test_nothing_that_takes_time_is_imported() -> None:
    # What the interpreter has imported at its own start costs nothing.
    (brought,) = child.run("imported.py")
    assert set(brought) <= {"__future__"}


@pytest.mark.parametrize(
    "function",
    [*PUBLIC.values(), paywelcome.cancel, paywelcome.partial_cancel],
    ids=[*PUBLIC, "cancel", "partial_cancel"],
)
def test_annotations_can_be_evaluated(function: Callable[..., Any]) -> None:
    hints = typing.get_type_hints(function, NAMES)
    assert set(hints) == set(function.__annotations__)


def test_what_the_annotations_say() -> None:
    assert len(PUBLIC) >= 10
    hints = typing.get_type_hints(paywelcome.Client.cancel, NAMES)
    assert hints["pay_type"] == typing.Literal["card", "hpp", "vbank", "bank"] | str
    assert hints["return"] is paywelcome.CancelReceipt
    hints = typing.get_type_hints(paywelcome.AsyncClient.aclose, NAMES)
    assert hints == {"timeout": float | None, "return": list[paywelcome.OpenCall]}
