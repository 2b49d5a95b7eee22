"""When a turn's calls begin and end."""

import time
from typing import Any


class Clock:
    """A closed loop: each caller's next call begins when its last has ended, for so long and at least so often."""

    def __init__(self, seconds: float, least: int, callers: int) -> None:
        self._until = time.perf_counter() + seconds
        self._share = -(-least // callers)
        self._done: list[int] = []

    def more(self, done: int) -> bool:
        """Tells a caller of `done` calls whether another is due."""
        return done < self._share or time.perf_counter() < self._until

    def over(self, done: int) -> None:
        """Counts what one caller has done."""
        self._done.append(done)

    def result(self, seconds: float, cpu: float) -> dict[str, Any]:
        return {"calls": sum(self._done), "seconds": seconds, "cpu": cpu}


class OpenLoop:
    """An open loop: calls begin when they are due, whatever has become of those before.

    A call's time is counted from when it was due, so that a wait before its start is part of it. The event
    loop's timer counts in milliseconds, so that what begins late by it is told besides.
    """

    def __init__(self, rate: float, seconds: float) -> None:
        self._rate = rate
        self._count = int(rate * seconds)
        self._start = time.perf_counter() + 0.05
        self._took: list[float] = []
        self._late: list[float] = []

    def due(self, place: int) -> float | None:
        return None if place >= self._count else self._start + place / self._rate

    def began(self, due: float) -> None:
        self._late.append(time.perf_counter() - due)

    def took(self, due: float) -> None:
        self._took.append(time.perf_counter() - due)

    def result(self) -> dict[str, Any]:
        parts = {"p50": 0.5, "p99": 0.99, "p99.9": 0.999}
        times = {name: _at(self._took, part) for name, part in parts.items()}
        seconds = time.perf_counter() - self._start
        return {"calls": len(self._took), "seconds": seconds, **times, "late": _at(self._late, 0.5)}


def _at(times: list[float], part: float) -> float:
    return sorted(times)[min(len(times) - 1, int(len(times) * part))] * 1e6
