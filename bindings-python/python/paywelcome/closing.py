"""Closing a client: how long to wait for calls in flight, and which are still open then."""

from __future__ import annotations

from time import monotonic

from ._values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Literal

# Beyond any call's time limit, and within what every clock can count.
_LONGEST = 10.0**6


class OpenCall(Value):
    """A call that was still open when `Client.close` or `AsyncClient.aclose` stopped waiting for it.

    It continues, and ends within its time limit. Do not send it again before you have checked.
    """

    __slots__ = ()
    _fields = ("operation", "tid", "outcome", "reference")

    operation: str
    """``"cancel"`` or ``"partial_cancel"``."""
    tid: str
    """The payment's transaction id (거래ID), as it was asked."""
    outcome: Literal["unknown"]
    """What is known of the money: always ``"unknown"``, since the request may have left."""
    reference: str | None
    """The ``reference`` that the call was given, or ``None``."""

    def __init__(
        self,
        operation: str,
        tid: str,
        outcome: Literal["unknown"] = "unknown",
        reference: str | None = None,
    ) -> None:
        self._fill(operation, tid, outcome, reference)


def together(told: list[OpenCall], writing: Iterable[OpenCall]) -> list[OpenCall]:
    """Returns the calls that are open and those whose end is being recorded, each once."""
    known = {(call.operation, call.tid) for call in told}
    return [*told, *(call for call in writing if (call.operation, call.tid) not in known)]


class Patience:
    """How long to wait, from now on: so many seconds, or with ``None`` as long as it takes."""

    def __init__(self, timeout: object) -> None:
        if isinstance(timeout, bool) or not isinstance(timeout, (int, float, type(None))):
            raise TypeError(f"timeout must be a number of seconds or None, not {type(timeout).__name__}")
        if timeout != timeout:
            raise ValueError("timeout must be a number of seconds, not NaN")
        self._until = None if timeout is None else monotonic() + min(timeout, _LONGEST)

    def left(self) -> float | None:
        """Returns the seconds that are left, at least zero, or ``None`` for as long as it takes."""
        return None if self._until is None else max(0.0, self._until - monotonic())
