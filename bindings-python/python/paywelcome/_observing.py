"""What can be seen of calls: attempts, log lines and spans. Nothing of it is made where nobody looks."""

from __future__ import annotations

from time import perf_counter

from . import _logs, _tracing
from ._hooks import tell
from .attempt import Attempt
from .errors import PaywelcomeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from logging import Logger

    from . import _native
    from ._tracing import Span
    from .receipts import CancelReceipt, PartialCancelReceipt
    from .settled import Settled
    from .types import OnAttempt


def _taken(call: _native.Call) -> list[Attempt]:
    """Returns the attempts of a call that have ended and were not taken yet, in order."""
    operation, tid, reference = call.operation or "", call.tid or "", call.reference
    return [
        Attempt(operation, tid, reference, number, kind, status, duration, pause, began)
        for number, began, duration, kind, status, pause in call.attempts()
    ]


class Watch:
    """One call, for observers: the hook of its client, the log, a span.

    The call holds it, so it does not hold the call.
    """

    def __init__(self, on_attempt: OnAttempt | None, log: Logger | None, span: Span | None) -> None:
        self._on_attempt = on_attempt
        self._log = log
        self._span = span
        self._started = perf_counter()
        self._last: Attempt | None = None

    def ended(self, call: _native.Call, result: CancelReceipt | PartialCancelReceipt | PaywelcomeError | None) -> None:
        """Returns how the call ended, before its caller learns of it."""
        try:
            self._tell_attempts(call)
            if isinstance(result, PaywelcomeError):
                self._end(call, result.outcome, result)
            else:
                self._end(call, "done", None)
        except Exception:
            # Whatever fails here, such as at the end of the stack, must not hide what became of the money.
            pass

    def given_up(self, call: _native.Call, outcome: str) -> None:
        """Tells that the wait was given up; what may have left continues, and is told when it settles."""
        try:
            if outcome == "not_sent":
                self._tell_attempts(call)
            self._end(call, outcome, None)
        except Exception:
            pass

    def late(self, call: _native.Call) -> None:
        """Tells the attempts of a call that nobody waits for any more, before its end is told."""
        try:
            self._tell_attempts(call)
        except Exception:
            pass

    def _tell_attempts(self, call: _native.Call) -> None:
        for attempt in _taken(call):
            self._last = attempt
            tell("on_attempt", self._on_attempt, attempt)
            if self._log is not None and _logs.takes(self._log, _logs.DEBUG):
                _log_attempt(self._log, attempt)
            if self._span is not None:
                self._span.attempted(attempt)

    def _end(self, call: _native.Call, outcome: str, error: PaywelcomeError | None) -> None:
        milliseconds = 1000 * (perf_counter() - self._started)
        given_up = "pending" if call.kept else "aborted"
        kind = error.kind if error is not None else None if outcome == "done" else given_up
        attempts, status = (self._last.number, self._last.http_status) if self._last else (0, None)
        # How often it tried is told when it ends, as its attempts are.
        goes_on = (outcome, kind) == ("unknown", given_up)
        if self._log is not None:
            told = {
                "operation": call.operation,
                "tid": call.tid,
                "reference": call.reference,
                "outcome": outcome,
                "kind": kind,
                "attempts": None if goes_on else attempts,
                "http_status": status,
                "duration_ms": milliseconds,
            }
            why = "" if kind is None else f" ({kind})"
            # Reaching the gateway has no tid, and no attempts.
            tried = ", it continues" if goes_on else f", attempts {attempts}" if call.tid else ""
            shown = (named(call), outcome, why, tried, milliseconds)
            _logs.write(self._log, _logs.INFO, "%s: %s%s%s, %.1f ms", shown, told)
        if self._span is not None:
            span, self._span = self._span, None
            span.end(outcome, kind, error, status, attempts)


def watch(call: _native.Call, on_attempt: OnAttempt | None, client: _native.Core) -> Watch | None:
    """Returns what tells of a call that has just started, or ``None`` where nobody looks."""
    log = _logs.listening(_logs.INFO)
    if on_attempt is None and log is None and not _tracing.is_on():
        return None
    span = _tracing.begin(call, client)
    if on_attempt is None and log is None and span is None:
        return None
    return Watch(on_attempt, log, span)


def _log_attempt(log: Logger, attempt: Attempt) -> None:
    end = attempt.kind or f"HTTP {attempt.http_status}"
    then = "" if attempt.pause is None else f"; another in {1000 * attempt.pause:.0f} ms"
    told = {
        "operation": attempt.operation,
        "tid": attempt.tid,
        "reference": attempt.reference,
        "number": attempt.number,
        "kind": attempt.kind,
        "http_status": attempt.http_status,
        "duration_ms": 1000 * attempt.duration,
        "pause_ms": None if attempt.pause is None else 1000 * attempt.pause,
    }
    shown = (named(attempt), attempt.number, end, 1000 * attempt.duration, then)
    _logs.write(log, _logs.DEBUG, "%s: attempt %d: %s after %.1f ms%s", shown, told)


def named(call: _native.Call | Attempt | Settled) -> str:
    """Names a call in a line of the log; the reference holds no control characters."""
    tid = f" of tid {call.tid}" if call.tid else ""
    reference = f", reference {call.reference}" if call.reference is not None else ""
    return f"{call.operation}{tid}{reference}"
