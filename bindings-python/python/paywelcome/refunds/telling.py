"""What is logged of refunds."""

from __future__ import annotations

from paywelcome import logs

from .refund import Refund

_CRITICAL = 50


def moved(refund: Refund, before: str = "") -> None:
    """Logs where a refund has come to, as a warning where a person has to look. Whatever fails here hides nothing."""
    try:
        told = {"key": refund.key, "tid": refund.tid, "state": refund.state, "amount": refund.amount}
        if refund.review is not None:
            line = "refund %s %s→ review: %s"
            logs.tell(logs.WARNING, line, (refund.key, before, refund.review.en.why), told)
            return
        log = logs.listening(logs.INFO)
        if log is not None:
            logs.write(log, logs.INFO, "refund %s %s→ %s", (refund.key, before, refund.state), told)
    except Exception:
        pass


def lost(key: str, answer: str, error: BaseException | None) -> None:
    """Logs an answer that could not be written down; it holds no secret."""
    line = "refund %s: the store did not take its answer, which is lost: %s"
    logs.tell(_CRITICAL, line, (key, answer), {"key": key, "answer": answer}, error)


def failed(what: str, pause: float, error: BaseException) -> None:
    """Logs that a run goes on after an error."""
    logs.tell(logs.WARNING, "refunds: %s failed, another try in %.1f s: %r", (what, pause, error))
