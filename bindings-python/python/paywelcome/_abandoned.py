"""Calls whose caller gave up the wait: cancelling the wait is not cancelling the refund."""

from __future__ import annotations

import _thread
import sys

from . import _answers, _greenlets, _logs, _native
from ._hooks import tell
from ._observing import named
from .closing import OpenCall
from .errors import NotSentError, OutcomeUnknownError, PaywelcomeError
from .settled import Settled, SettledDone, SettledNotDone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypedDict

    from .types import OnSettled

    class _Named(TypedDict):
        operation: str | None
        tid: str | None
        reference: str | None

    class _Asked(_Named):
        host: str | None
        mid: str | None


class Calls:
    """What becomes of a client's calls that nobody awaits any more."""

    def __init__(self, on_settled: OnSettled | None) -> None:
        # Here and not where a thread is needed, since a wait may be given up when nothing can be imported any more.
        import atexit
        import threading  # noqa: F401  # pyright: ignore[reportUnusedImport]

        global _is_watching
        if not _is_watching:
            # Called after all threads that hold the program back have ended.
            atexit.register(_leave)
            _is_watching = True
        self._on_settled = on_settled
        # The calls whose on_settled closes the client.
        self._closing: set[int] = set()

    def open(self) -> list[_native.Call]:
        """Returns the calls of this process of whose ends somebody is still to learn: a caller, or ``on_settled``."""
        calls = _native.open_calls(self)
        within = _telling.get(_thread.get_ident())
        if within is None:
            return calls
        # Of those who close while they are told, each would wait for the other.
        self._closing.add(within)
        return [call for call in calls if call.id not in self._closing]

    def told(self) -> list[OpenCall]:
        """Tells of the calls that are still open."""
        return [OpenCall(call.operation or "", call.tid or "", reference=call.reference) for call in self.open()]

    def report(self, call: _native.Call) -> None:
        """Waits for a call in its caller's place, and tells its end."""
        try:
            settled = _settle(call)
            if call.to_tell():
                self._tell(call, settled, _WENT_ON)
        finally:
            call.told()

    def tell_at_exit(self, call: _native.Call) -> None:
        """Tells of a call that is open when the program ends, since nobody will learn of its end any more."""
        if not call.to_tell():
            return
        try:
            settled = _settle(call) if call.ended else _aborted(call)
            self._tell(call, settled, _LEFT_OPEN)
        finally:
            call.told()

    def _tell(self, call: _native.Call, settled: Settled, what: str) -> None:
        own = _thread.get_ident()
        _telling[own] = call.id
        try:
            if call.withdrawn:
                # Its caller was told the outcome, and it has no end that anybody else would miss.
                _tell_sink(call, settled)
                return
            # First, since a function that never returns must not swallow it.
            try:
                try:
                    _log(what, settled)
                except Exception:
                    pass
                if call.observer is not None and what is _WENT_ON:
                    call.observer.late(call)
            finally:
                # Also where a handler of the log ends the program.
                try:
                    _tell_sink(call, settled)
                finally:
                    tell("on_settled", self._on_settled, settled)
        finally:
            _telling.pop(own, None)
            self._closing.discard(call.id)


# Which call each thread is telling of.
_telling: dict[int, int] = {}


def serve() -> None:
    """Starts a thread for a call that was given up; it runs in one that no signal handler interrupts.

    `threading.Thread.start` may leave locks held where it is interrupted, so no caller's thread runs it.
    """
    thread = None
    if not _greenlets.is_without_hub():
        try:
            from threading import Thread

            # Not a daemon: a process that ends waits for what it has sent, at most for the call's time limit.
            thread = Thread(target=report, name="paywelcome-settling", daemon=False)
            thread.start()
        except Exception:
            # No further thread is left, so this one has to do.
            thread = None
    if thread is None:
        report()


def report() -> None:
    """Tells of calls that were given up, until each has somebody who does."""
    while (call := _native.follow()) is not None:
        call.owner.report(call)


def _leave() -> None:
    """Tells of the calls that are open when the program ends: of daemon threads, or of loops that run no more."""
    try:
        # Those for which no thread came.
        report()
    finally:
        for call in _native.open_calls():
            call.owner.tell_at_exit(call)


_is_watching = False
_start = _greenlets.original(_thread, "start_new_thread")
_native.need(_start, serve, sys.is_finalizing, sys.exc_info, PaywelcomeError)


def _settle(call: _native.Call) -> Settled:
    operation, tid = call.operation or "", call.tid or ""
    try:
        _greenlets.wait_to_end(call)
        result = call.result()
    except BaseException as error:
        # Whatever keeps the truth from being told, it is not known.
        lost = OutcomeUnknownError(f"the end of the call can't be told: {error!r}", **_asked(call))
        return SettledNotDone(operation, tid, lost, call.reference)
    _answers.log(call, result)
    if isinstance(result, PaywelcomeError):
        return SettledNotDone(operation, tid, result, call.reference)
    # What only connects has no receipt, and nobody is told of it.
    receipt: Any = result
    return SettledDone(operation, tid, receipt, call.reference)


def _tell_sink(call: _native.Call, settled: Settled) -> None:
    result = settled.error if settled.receipt is None else settled.receipt
    if call.sink is not None:
        tell("the sink of a call", call.sink.late, result)


def _aborted(call: _native.Call) -> Settled:
    outcome = call.give_up()
    cls = NotSentError if outcome == "not_sent" else OutcomeUnknownError
    error = cls("nobody could wait any more", kind="aborted", **_asked(call))
    return SettledNotDone(call.operation or "", call.tid or "", error, call.reference)


def _asked(call: _native.Call) -> _Asked:
    return {**_of(call), "host": call.host, "mid": call.mid}


def _of(call: _native.Call | Settled) -> _Named:
    return {"operation": call.operation, "tid": call.tid, "reference": call.reference}


_WENT_ON = "continued after its caller gave up"
_LEFT_OPEN = "was open when the program ended"


def _log(what: str, settled: Settled) -> None:
    error = settled.error
    told = {
        **_of(settled),
        "outcome": settled.outcome,
        "kind": None if error is None else error.kind,
        "http_status": None if error is None else error.http_status,
    }
    why = "" if error is None else f": {error}"
    shown = (named(settled), what, settled.outcome, why)
    _logs.tell(_logs.WARNING, "%s %s; its outcome is %s%s", shown, told)
