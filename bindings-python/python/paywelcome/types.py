"""The types of arguments, for annotations of your own; nothing of the package imports this module when it runs.

Nor does ``import paywelcome`` import `typing`, which would take longer than all the rest. So whoever evaluates the
package's annotations brings their names along:
``typing.get_type_hints(paywelcome.Client.cancel, {**vars(paywelcome), **vars(paywelcome.types)})``.
"""

# pyright: reportUnusedImport=false

from __future__ import annotations

import os  # noqa: F401
from collections.abc import Callable, Collection, Iterable  # noqa: F401
from datetime import datetime  # noqa: F401
from decimal import Decimal
from typing import Any, Literal, NoReturn, SupportsIndex, TypeAlias  # noqa: F401

from ._outcome import ErrorKind, Outcome
from .attempt import Attempt
from .settled import Settled

__all__ = ["Amount", "Currency", "ErrorKind", "OnAttempt", "OnSettled", "Outcome", "PayType"]

Amount: TypeAlias = int | str | Decimal | SupportsIndex
"""Whole won, or whole cents for USD: also an integer of numpy's, and for won a whole Decimal."""

PayType: TypeAlias = Literal["card", "hpp", "vbank", "bank"] | str
"""``payType`` 결제수단; the guide's list is of examples, so another lower-case word of at most 10 characters passes."""

Currency: TypeAlias = Literal["WON", "USD"]
"""``currency`` 통화: won, or US dollars, of which cents are counted."""

OnSettled: TypeAlias = Callable[[Settled], object]
"""A function that is told how a call ended, in a thread of its own."""

OnAttempt: TypeAlias = Callable[[Attempt], object]
"""A function that is told of each attempt of a call, where the call is awaited."""
