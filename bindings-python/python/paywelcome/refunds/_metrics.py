"""Metrics of OpenTelemetry for refunds, where the program has imported its API."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from time import monotonic, time
from typing import Any, get_args

from paywelcome import _logs
from paywelcome.errors import PaywelcomeError

from ._answer import End, is_never_begun
from .health import Health, PauseReason
from .refund import Refund

_API = "opentelemetry.metrics"
# Seconds for which what was seen of the store is shown.
_FRESH = 120.0
# Seconds between two looks of a run.
_EVERY = 10.0
# Upper limits in seconds: a gateway takes from some hundredths of a second to the client's time limit.
_SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 60.0)


def is_on() -> bool:
    """Returns whether somebody may measure: whoever does has imported the API, so it is not imported for the others."""
    return _API in sys.modules


def moved(refund: Refund, before: str) -> None:
    """Counts a transition. Whatever fails here changes nothing of the refund."""
    if is_on():
        ended = {"paywelcome.outcome": refund.outcome, "error.type": _error_type(refund.outcome, refund.kind)}
        about = {"paywelcome.refund.from": before, "paywelcome.refund.to": refund.state, **ended}
        _apart(lambda made: made.transitions.add(1, _attributes(refund.mid, about)))


class Attempted:
    """One attempt, measured once; its end may be told several times."""

    def __init__(self, mid: str) -> None:
        self._mid = mid
        self._is_over = False
        self.operation: str | None = None
        """What was sent; ``None`` before that."""

    def ended(self, end: End, seconds: float) -> None:
        """Measures how long it took."""
        if self._is_over or self.operation is None or is_never_begun(end):
            return
        self._is_over = True
        if is_on():
            outcome, kind = (end.outcome, end.kind) if isinstance(end, PaywelcomeError) else ("done", None)
            about = {"paywelcome.operation": self.operation, "paywelcome.outcome": outcome}
            attributes = _attributes(self._mid, {**about, "error.type": _error_type(outcome, kind)})
            _apart(lambda made: made.duration.record(max(0.0, seconds), attributes))


def seen(mid: str, health: Health | None) -> None:
    """Shows what was seen of a merchant's refunds, for a while; nothing where the store failed."""
    if health is not None and is_on():
        _seen[mid] = _Seen(health)
        _apart(lambda made: None)
    elif mid in _seen:
        _seen[mid].health = None


class Looks:
    """When a run looks at the store for those who measure."""

    def __init__(self) -> None:
        self._next = 0.0

    def is_due(self) -> bool:
        """Returns whether to look now, and counts on that."""
        now = monotonic()
        if now < self._next or not is_on():
            return False
        self._next = now + _EVERY
        return True


class _Seen:
    """What was seen of a merchant's refunds; the store may have failed since."""

    def __init__(self, health: Health) -> None:
        self.date = time()
        self.health: Health | None = health
        self._until = monotonic() + _FRESH

    def fresh(self) -> Health | None:
        return self.health if monotonic() < self._until else None


class _Instruments:
    """What is measured. Instruments belong to the process, as the API's meters do."""

    def __init__(self, api: Any) -> None:
        meter = api.get_meter("paywelcome")

        def gauge(name: str, unit: str, what: str, values: Callable[[Health], Iterable[_Measured]]) -> None:
            def observe(_: object) -> list[Any]:
                fresh = [(mid, health) for mid, seen in list(_seen.items()) if (health := seen.fresh()) is not None]
                shown = [(mid, *measured) for mid, health in fresh for measured in values(health)]
                return [api.Observation(value, _attributes(mid, about)) for mid, value, about in shown]

            meter.create_observable_gauge(name, [observe], unit=unit, description=what)

        self.transitions = meter.create_counter(
            "paywelcome.refund.transitions", unit="{refund}", description="Refunds that came from a state to another."
        )
        self.duration = _histogram(
            meter, "paywelcome.refund.attempt.duration", "From the claim of a refund to the end of its attempt."
        )
        gauge("paywelcome.refund.open", "{refund}", "Refunds that have not ended.", _open)
        gauge("paywelcome.refund.review.oldest", "s", "How long the oldest in review has waited.", _oldest)
        gauge("paywelcome.refund.due.lag", "s", "For how long a worker could have continued with a refund.", _lag)
        gauge(
            "paywelcome.refund.batch.paused",
            "{batch}",
            "Batches that are paused, with refunds to come.",
            _paused,
        )

        def observe_seen(_: object) -> list[Any]:
            return [api.Observation(seen.date, _attributes(mid, {})) for mid, seen in list(_seen.items())]

        # It is told on, so that everybody sees where nobody looks.
        what = "When the store was last seen, in seconds since 1970."
        meter.create_observable_gauge("paywelcome.refund.seen", [observe_seen], unit="s", description=what)


_Measured = tuple[float, Mapping[str, object]]


def _open(health: Health) -> Iterable[_Measured]:
    return [(count["refunds"], {"paywelcome.refund.state": state}) for state, count in health["open"].items()]


def _oldest(health: Health) -> Iterable[_Measured]:
    return [(health["review_oldest"] or 0.0, {})]


def _lag(health: Health) -> Iterable[_Measured]:
    return [(health["due_lag"] or 0.0, {})]


def _paused(health: Health) -> Iterable[_Measured]:
    why = list(health["paused"].values())
    return [(why.count(reason), {"paywelcome.refund.pause.reason": reason}) for reason in get_args(PauseReason)]


def _histogram(meter: Any, name: str, what: str) -> Any:
    try:
        return meter.create_histogram(name, unit="s", description=what, explicit_bucket_boundaries_advisory=_SECONDS)
    except TypeError:
        # The API knows no such advice before 1.30.
        return meter.create_histogram(name, unit="s", description=what)


def _attributes(mid: str, about: Mapping[str, object]) -> dict[str, object]:
    return {"paywelcome.mid": mid, **{name: value for name, value in about.items() if value is not None}}


def _error_type(outcome: str | None, kind: str | None) -> str | None:
    return kind if outcome in ("not_sent", "unknown") else None


def _apart(measure: Callable[[_Instruments], object]) -> None:
    try:
        measure(_instruments())
    except Exception:
        _logs.tell(_logs.ERROR, "a metric failed", (), error=sys.exc_info()[1])


def _instruments() -> _Instruments:
    global _made
    if _made is None:
        with _making:
            if _made is None:
                _made = _Instruments(sys.modules[_API])
    return _made


def _forked() -> None:
    # Another thread of the parent may have had it.
    global _making
    _making = threading.Lock()


_seen: dict[str, _Seen] = {}
_made: _Instruments | None = None
_making = threading.Lock()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
