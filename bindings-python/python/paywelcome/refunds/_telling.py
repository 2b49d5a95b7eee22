"""What is logged of refunds."""

from __future__ import annotations

from paywelcome import _logs

from . import _metrics
from .refund import Refund

_CRITICAL = 50


def moved(refund: Refund, before: str | None, ruling: str | None = None, paused: tuple[str, str] | None = None) -> None:
    """Counts and logs a transition, as a warning where a person has to look. Whatever fails here hides nothing.

    Nothing is told where the state before is not: then nothing was written. ``paused`` is a batch that has paused over
    the transition, and why.
    """
    if before is None:
        return
    _metrics.moved(refund, before)
    if paused is not None:
        batch(paused[0], f"was paused automatically: {paused[1]}", _logs.WARNING)
    try:
        told = {name: getattr(refund, name) for name in ("key", "tid", "state", "amount", "batch")}
        told["from"] = before
        if refund.review is not None:
            line = "refund %s %s → review: %s"
            _logs.tell(_logs.WARNING, line, (refund.key, before, refund.review.en.why), told)
            return
        log = _logs.listening(_logs.INFO)
        if log is not None:
            by = "" if ruling is None else f", ruled {ruling}"
            _logs.write(log, _logs.INFO, "refund %s %s → %s%s", (refund.key, before, refund.state, by), told)
    except Exception:
        pass


def batch(name: str, what: str, level: int = _logs.INFO) -> None:
    """Logs what has become of a batch."""
    _logs.tell(level, "refunds: batch %s %s", (name, what), {"batch": name})


def lost(key: str, answer: str, error: BaseException | None) -> None:
    """Logs an answer that could not be recorded; it holds no secret."""
    line = "refund %s: the store did not take its answer, which is lost unless it is kept from here: %s"
    _logs.tell(_CRITICAL, line, (key, answer), {"key": key, "answer": answer}, error)


def failed(what: str, pause: float, error: BaseException) -> None:
    """Logs that a run continues after an error."""
    _logs.tell(_logs.WARNING, "refunds: %s failed; another try in %.1f s: %r", (what, pause, error))
