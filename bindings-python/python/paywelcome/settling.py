"""Calls whose caller gave up the wait: cancelling the wait is not cancelling the refund."""

from __future__ import annotations

import sys

from . import _native, answers
from .closing import OpenCall
from .errors import ConfigurationError, NotSentError, OutcomeUnknownError, PaywelcomeError
from .observing import Watch, named
from .settled import Settled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from threading import Thread
    from typing import TypedDict

    from .outcome import Outcome
    from .types import OnSettled

    class _Named(TypedDict):
        operation: str | None
        tid: str | None
        reference: str | None


def check(name: str, hook: object, takes: str) -> None:
    """Refuses what could not be called, or would never run because nobody awaits it."""
    if hook is None:
        return
    if not callable(hook):
        message = f"is no function; pass one that takes {takes}"
    elif getattr(getattr(hook, "__code__", None), "co_flags", 0) & _COROUTINE:
        message = "is a coroutine function, which nobody would await; pass a plain function"
    else:
        return
    raise ConfigurationError(f"the client's settings are wrong: {name}: {message}", errors=[(name, message)])


_COROUTINE = 0x80  # inspect.CO_COROUTINE


class Calls:
    """A client's calls in flight, and what becomes of those that nobody awaits any more."""

    def __init__(self, on_settled: OnSettled | None) -> None:
        # Here and not where a thread is needed, since a wait may be given up when nothing can be imported any more.
        import threading

        from . import leaving

        leaving.watch(self)
        self._thread = threading.Thread
        self._this_thread = threading.current_thread
        self._reporters: set[Thread] = set()
        self._in_flight: set[_native.Call] = set()
        self._on_settled = on_settled

    def begin(self, call: _native.Call) -> None:
        """Counts a call as in flight."""
        self._in_flight.add(call)

    def end(self, call: _native.Call) -> None:
        """Counts a call as settled."""
        self._in_flight.discard(call)

    def open(self) -> list[_native.Call]:
        """Gives the calls of this process that are not settled, also those that nobody waits for any more."""
        # One that was not started, or only reaches the gateway, moves no money.
        moving = (call for call in self._in_flight.copy() if call.operation not in (None, "warm_up"))
        return [call for call in moving if not call.foreign and not call.settled]

    def reporting(self) -> list[Thread]:
        """Gives the threads that tell, or will tell, of calls that were given up; none to one of those themselves."""
        reporters = self._reporters.copy()
        return [] if self._this_thread() in reporters else [each for each in reporters if each.is_alive()]

    def told(self) -> list[OpenCall]:
        """Tells of the calls that are still open."""
        return [OpenCall(call.operation or "", call.tid or "", reference=call.reference) for call in self.open()]

    def give_up(self, call: _native.Call, reason: BaseException, watch: Watch | None) -> Outcome:
        """Gives up the wait for `reason`, which is told the outcome; what may have left is reported when it settles."""
        outcome = call.give_up()
        try:
            reason.outcome = outcome  # type: ignore[attr-defined]
        except Exception:
            # An exception that takes no attribute is raised as it is.
            pass
        if outcome == "not_sent" or call not in self._in_flight or call.foreign or sys.is_finalizing():
            # Some were told already, when the program began to end. Of a forked child's call the parent reports; and at
            # the interpreter's end no thread can start any more: the request goes on while the process lives.
            self._in_flight.discard(call)
            return outcome
        reporter = None
        try:
            # Not a daemon: a process that ends waits for what it has sent, at most for the call's time limit.
            reporter = self._thread(target=self._report, args=(call, watch), name="paywelcome-settling")
            self._reporters.add(reporter)
            reporter.start()
        except Exception as error:
            # No thread, no memory or no stack is left: nobody can wait for its end, so it is not known. The reason,
            # which tells the outcome, must not be lost to that.
            self._in_flight.discard(call)
            try:
                if reporter is not None:
                    self._reporters.discard(reporter)
                self._tell(_unknown(call, error), _WENT_ON)
            except Exception:
                pass
        return outcome

    def leave(self) -> None:
        """Tells of the calls that are open when the program ends, since nobody will learn of their ends any more."""
        for call in self.open():
            outcome = call.give_up()
            self.end(call)
            cls = NotSentError if outcome == "not_sent" else OutcomeUnknownError
            error = cls("nobody could wait any more", kind="aborted", **_of(call))
            settled = Settled(call.operation or "", call.tid or "", outcome, None, error, call.reference)
            self._tell(settled, _LEFT_OPEN)

    def _report(self, call: _native.Call, watch: Watch | None) -> None:
        try:
            settled = _settle(call)
            self.end(call)
            if watch is not None:
                watch.late()
            self._tell(settled, _WENT_ON)
        finally:
            self._reporters.discard(self._this_thread())

    def _tell(self, settled: Settled, what: str) -> None:
        try:
            if self._on_settled is not None:
                self._on_settled(settled)
        except Exception:
            import logging

            logging.getLogger("paywelcome").exception("on_settled failed for %r", settled)
        finally:
            _log(what, settled)


def _settle(call: _native.Call) -> Settled:
    operation, tid = call.operation or "", call.tid or ""
    try:
        call.settle()
        result = call.result()
    except BaseException as error:
        # Whatever keeps the truth from being told, it is not known.
        return _unknown(call, error)
    answers.log(call, result)
    if isinstance(result, PaywelcomeError):
        return Settled(operation, tid, result.outcome, None, result, call.reference)
    return Settled(operation, tid, "done", result, None, call.reference)


def _unknown(call: _native.Call, why: BaseException) -> Settled:
    operation, tid = call.operation or "", call.tid or ""
    lost = OutcomeUnknownError(f"the end of the call can't be told: {why!r}", **_of(call))
    return Settled(operation, tid, lost.outcome, None, lost, call.reference)


def _of(call: _native.Call | Settled) -> _Named:
    return {"operation": call.operation, "tid": call.tid, "reference": call.reference}


_WENT_ON = "went on after its caller gave up"
_LEFT_OPEN = "was open when the program ended"


def _log(what: str, settled: Settled) -> None:
    import logging

    error = settled.error
    told = {
        **_of(settled),
        "outcome": settled.outcome,
        "kind": None if error is None else error.kind,
        "http_status": None if error is None else error.http_status,
    }
    why = "" if error is None else f": {error}"
    shown = (named(settled), what, settled.outcome, why)
    logging.getLogger("paywelcome").warning("%s %s; its outcome is %s%s", *shown, extra={"paywelcome": told})
