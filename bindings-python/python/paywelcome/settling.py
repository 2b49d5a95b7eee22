"""Calls whose caller gave up the wait: cancelling the wait is not cancelling the refund."""

from __future__ import annotations

import threading
from collections.abc import Callable

from . import _native
from .errors import PaywelcomeError
from .receipts import CancelReceipt, PartialCancelReceipt


class Settled:
    """How a call ended after its caller had given up the wait.

    Attributes:
        operation: ``"cancel"`` or ``"partial_cancel"``.
        tid: The payment's transaction id (거래ID).
        outcome: ``"done"``, ``"not_sent"``, ``"declined"`` or ``"unknown"``.
        receipt: The receipt, if it is done.
        error: The error, if it is not.
    """

    __slots__ = ("error", "operation", "outcome", "receipt", "tid")

    def __init__(
        self,
        operation: str,
        tid: str,
        outcome: str,
        receipt: CancelReceipt | PartialCancelReceipt | None,
        error: PaywelcomeError | None,
    ) -> None:
        self.operation = operation
        self.tid = tid
        self.outcome = outcome
        self.receipt = receipt
        self.error = error

    def __repr__(self) -> str:
        return f"Settled(operation={self.operation!r}, tid={self.tid!r}, outcome={self.outcome!r})"


OnSettled = Callable[[Settled], object]
"""A function that is told how a call ended, in a thread of its own."""


class Calls:
    """A client's calls in flight, and what becomes of those that nobody awaits any more."""

    def __init__(self, on_settled: OnSettled | None) -> None:
        self._in_flight: set[_native.Call] = set()
        self._on_settled = on_settled

    def begin(self) -> _native.Call:
        """Makes a call that is counted as in flight until `end` or until it has settled by itself."""
        call = _native.Call()
        self._in_flight.add(call)
        return call

    def end(self, call: _native.Call) -> None:
        """Counts a call as settled."""
        self._in_flight.discard(call)

    def in_flight(self) -> list[_native.Call]:
        """Gives the calls of this process that are not settled."""
        return [call for call in self._in_flight.copy() if call.operation is not None and not call.foreign]

    def give_up(self, call: _native.Call, reason: BaseException) -> str:
        """Gives up the wait for `reason`, which is told the outcome; what may have left is reported when it settles."""
        outcome = call.give_up()
        try:
            reason.outcome = outcome  # type: ignore[attr-defined]
        except Exception:
            # An exception that takes no attribute is raised as it is.
            pass
        if outcome == "not_sent":
            self.end(call)
            return outcome
        try:
            # Not a daemon: a process that ends waits for what it has sent, at most for the call's time limit.
            threading.Thread(target=self._report, args=(call,), name="paywelcome-settling").start()
        except RuntimeError:
            _log(call, "unknown", "the interpreter is shutting down")
        return outcome

    def _report(self, call: _native.Call) -> None:
        settled = _settle(call)
        self.end(call)
        _log(call, settled.outcome, settled.error)
        if self._on_settled is None:
            return
        try:
            self._on_settled(settled)
        except Exception:
            import logging

            logging.getLogger("paywelcome").exception("on_settled failed for %r", settled)


def _settle(call: _native.Call) -> Settled:
    operation, tid = call.operation or "", call.tid or ""
    try:
        receipt = call.wait()
    except PaywelcomeError as error:
        return Settled(operation, tid, error.outcome, None, error)
    return Settled(operation, tid, "done", receipt, None)


def _log(call: _native.Call, outcome: str, error: object) -> None:
    import logging

    message = "%s of tid %s went on after its caller gave up; its outcome is %s"
    if error is not None:
        message += ": %s"
        logging.getLogger("paywelcome").warning(message, call.operation, call.tid, outcome, error)
    else:
        logging.getLogger("paywelcome").warning(message, call.operation, call.tid, outcome)
