"""What can be seen of calls: attempts, log lines and spans. Nothing of it is made where nobody looks."""

from __future__ import annotations

import sys
from time import perf_counter

from . import tracing
from .attempt import Attempt
from .errors import PaywelcomeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from logging import Logger

    from . import _native
    from .receipts import CancelReceipt, PartialCancelReceipt
    from .settled import Settled
    from .tracing import Span
    from .types import OnAttempt

_DEBUG, _INFO = 10, 20


def _taken(call: _native.Call) -> list[Attempt]:
    """Gives the attempts of a call that have ended and were not taken yet, in order."""
    operation, tid, reference = call.operation or "", call.tid or "", call.reference
    return [
        Attempt(operation, tid, reference, number, kind, status, duration, pause, began)
        for number, began, duration, kind, status, pause in call.attempts()
    ]


class Watch:
    """One call, for those who look: the hook of its client, the log, a span."""

    def __init__(self, call: _native.Call, on_attempt: OnAttempt | None, log: Logger | None, span: Span | None) -> None:
        self._call = call
        self._on_attempt = on_attempt
        self._log = log
        self._span = span
        self._started = perf_counter()
        self._last: Attempt | None = None

    def settled(self, result: CancelReceipt | PartialCancelReceipt | PaywelcomeError | None) -> None:
        """Tells how the call ended, before its caller learns of it."""
        try:
            self._tell_attempts()
            if isinstance(result, PaywelcomeError):
                self._end(result.outcome, result)
            else:
                self._end("done", None)
        except Exception:
            # Whatever fails here, such as at the end of the stack, must not hide what became of the money.
            pass

    def given_up(self, outcome: str) -> None:
        """Tells that the wait was given up; what may have left goes on, and is told when it settles."""
        try:
            if outcome == "not_sent":
                self._tell_attempts()
            self._end(outcome, None)
        except Exception:
            pass

    def late(self) -> None:
        """Tells the attempts of a call that nobody waits for any more, before its end is told."""
        try:
            self._tell_attempts()
        except Exception:
            pass

    def _tell_attempts(self) -> None:
        for attempt in _taken(self._call):
            self._last = attempt
            _tell(attempt, self._on_attempt)
            if self._log is not None and self._log.isEnabledFor(_DEBUG):
                _log_attempt(self._log, attempt)
            if self._span is not None:
                self._span.attempted(attempt)

    def _end(self, outcome: str, error: PaywelcomeError | None) -> None:
        call, milliseconds = self._call, 1000 * (perf_counter() - self._started)
        kind = error.kind if error is not None else None if outcome == "done" else "aborted"
        attempts, status = (self._last.number, self._last.http_status) if self._last else (0, None)
        # How often it tried is told when it ends, as its attempts are.
        goes_on = (outcome, kind) == ("unknown", "aborted")
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
            tried = ", it goes on" if goes_on else f", attempts {attempts}" if call.tid else ""
            shown = (named(call), outcome, why, tried, milliseconds)
            self._log.info("%s: %s%s%s, %.1f ms", *shown, extra={"paywelcome": told})
        if self._span is not None:
            span, self._span = self._span, None
            span.end(outcome, kind, error, status, attempts)


def watch(call: _native.Call, on_attempt: OnAttempt | None, client: _native.Core) -> Watch | None:
    """Gives what tells of a call that has just started, or ``None`` where nobody looks."""
    log = _listening()
    if on_attempt is None and log is None and not tracing.is_on():
        return None
    span = tracing.begin(call, client)
    if on_attempt is None and log is None and span is None:
        return None
    return Watch(call, on_attempt, log, span)


def _tell(attempt: Attempt, on_attempt: OnAttempt | None) -> None:
    """Tells the merchant's function, whatever that then does."""
    if on_attempt is None:
        return
    try:
        on_attempt(attempt)
    except Exception:
        import logging

        logging.getLogger("paywelcome").exception("on_attempt failed for %r", attempt)


def _listening() -> Logger | None:
    """Gives the package's logger where it takes more than warnings.

    Only who has imported the module can listen, so it is not imported for the others.
    """
    logging = sys.modules.get("logging")
    if logging is None:
        return None
    log: Logger = logging.getLogger("paywelcome")
    return log if log.isEnabledFor(_INFO) else None


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
    log.debug("%s: attempt %d: %s after %.1f ms%s", *shown, extra={"paywelcome": told})


def named(call: _native.Call | Attempt | Settled) -> str:
    """Names a call in a line of the log; the reference holds no control characters."""
    tid = f" of tid {call.tid}" if call.tid else ""
    reference = f", reference {call.reference}" if call.reference is not None else ""
    return f"{call.operation}{tid}{reference}"
