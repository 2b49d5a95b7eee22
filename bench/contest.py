"""The rounds: every client takes its turn in each, so that a ratio is of two turns a moment apart."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from workers import Failed, Process, start

CLIENTS = {
    "threads": ("paywelcome", "requests", "httpx", "urllib3"),
    "asyncio": ("paywelcome", "aiohttp", "httpx"),
    "uvloop": ("paywelcome", "aiohttp", "httpx"),
    "node": ("paywelcome", "undici", "fetch", "axios"),
    "rust": ("core", "bare"),
}
LANGUAGES = {"Python": ("threads", "asyncio", "uvloop"), "Node.js": ("node",), "Rust": ("rust",)}
SCHEMES = ("http", "https")
IN_FLIGHT = (1, 16, 64)
# An answer must have shown once that its connection is kept before the product uses one again: see reuse.rs.
PROBATION = 0.15

Cell = tuple[str, str, str, int]
"""Kind, client, scheme and calls in flight."""


@dataclass
class Result:
    """What a client did in each round: calls a second and processor seconds a call, or nothing where it failed."""

    rate: list[float | None] = field(default_factory=list)
    cpu: list[float | None] = field(default_factory=list)
    failure: str | None = None


def run(
    addresses: dict[str, str],
    rounds: int,
    seconds: float,
    say: Callable[[str], None],
    schemes: tuple[str, ...] = SCHEMES,
    in_flight: tuple[int, ...] = IN_FLIGHT,
) -> dict[Cell, Result]:
    everyone = [(kind, client) for kind, clients in CLIENTS.items() for client in clients]
    workers: dict[tuple[str, str], Process] = {}
    results = {(*who, scheme, many): Result() for who in everyone for scheme in schemes for many in in_flight}
    began = time.monotonic()
    try:
        for at in range(rounds):
            for scheme in schemes:
                for many in in_flight:
                    # Whoever is first in one round is last in another.
                    turned = everyone[at % len(everyone) :] + everyone[: at % len(everyone)]
                    for who in turned if at % 2 == 0 else reversed(turned):
                        turn = {"scheme": scheme, "in_flight": many, "seconds": seconds, "warm": seconds / 4}
                        result = results[(*who, scheme, many)]
                        try:
                            took = _turn(workers, who, addresses, turn)
                            result.rate.append(took["calls"] / took["seconds"])
                            result.cpu.append(took["cpu"] / took["calls"])
                        except Failed as error:
                            result.failure = str(error)
                            result.rate.append(None)
                            result.cpu.append(None)
                            if who in workers:
                                workers.pop(who).end()
            say(f"round {at + 1} of {rounds}, {time.monotonic() - began:.0f} s")
    finally:
        for worker in workers.values():
            worker.end()
    return results


def _turn(
    workers: dict[tuple[str, str], Process], who: tuple[str, str], addresses: dict[str, str], turn: dict[str, Any]
) -> dict[str, Any]:
    if who not in workers:
        worker = workers[who] = start(*who, addresses, most=max(IN_FLIGHT))
        introduce(worker)
    return workers[who].ask({**turn, "least": 2 * turn["in_flight"]})


def introduce(worker: Process, schemes: tuple[str, ...] = SCHEMES) -> None:
    """Makes the two calls, a moment apart, after which every client keeps its connections."""
    for scheme in schemes:
        for _ in range(2):
            worker.ask({"scheme": scheme, "in_flight": 1, "seconds": 0, "warm": 0, "least": 1})
            time.sleep(PROBATION)


def ratios(ours: list[float | None], theirs: list[float | None]) -> list[float]:
    """Returns the ratio of each round in which both did their turn."""
    return [a / b for a, b in zip(ours, theirs, strict=True) if a is not None and b]


def middle(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None


def spread(values: list[float]) -> tuple[float, float]:
    """Returns the quartiles, or the extremes of what is too few."""
    if len(values) < 4:
        return min(values), max(values)
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    return low, high


def to_stderr(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
