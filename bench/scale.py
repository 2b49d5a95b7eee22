"""How cost grows with the calls in flight, and how long calls take at a rate that leaves room."""

from __future__ import annotations

import resource
import statistics
from collections.abc import Callable
from typing import Any

from contest import introduce
from workers import Failed, start

LEVELS = (1, 16, 64, 256, 1_024, 20_000)
# Beside the sockets of the calls in flight, a process needs some descriptors of its own.
OWN = 100
GROWING = (
    ("asyncio", "paywelcome"),
    ("asyncio", "aiohttp"),
    ("uvloop", "paywelcome"),
    ("uvloop", "aiohttp"),
    ("node", "paywelcome"),
    ("node", "undici"),
    ("rust", "core"),
)
# A client, and the peer that is fastest in its place.
WAITING = (("threads", "urllib3", 16), ("asyncio", "aiohttp", 64), ("uvloop", "aiohttp", 64), ("node", "undici", 64))


def raise_the_limit() -> int:
    """Takes as many descriptors as this machine gives; gives how many calls that lets be in flight."""
    wanted = max(LEVELS) + OWN
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for limit in ((wanted, max(wanted, hard)), (hard, hard)):
        if soft >= wanted:
            break
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, limit)
            soft = limit[0]
        except (ValueError, OSError):
            continue
    return min(max(LEVELS), soft - OWN)


def grow(addresses: dict[str, str], rounds: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Returns calls a second, processor time a call and memory above the start, at each level, in new processes."""
    most = raise_the_limit()
    levels = sorted({min(level, most) for level in LEVELS})
    if most < max(LEVELS):
        say(f"this machine gives descriptors for {most} calls in flight only, in place of {max(LEVELS)}")
    seen: dict[str, dict[int, list[dict[str, float]]]] = {}
    failures: dict[str, str] = {}
    for level in levels:
        for _ in range(rounds if level <= 1_024 else 1):
            for kind, client in GROWING:
                try:
                    one = _grown(addresses, kind, client, level)
                    seen.setdefault(f"{kind} {client}", {}).setdefault(level, []).append(one)
                except Failed as error:
                    failures[f"{kind} {client} {level}"] = str(error)
        say(f"{level} in flight")
    middles = {
        name: {
            level: {what: statistics.median(one[what] for one in ones) for what in ones[0]}
            for level, ones in of_level.items()
        }
        for name, of_level in seen.items()
    }
    return {"levels": levels, "clients": middles, "failures": failures}


def _grown(addresses: dict[str, str], kind: str, client: str, level: int) -> dict[str, float]:
    worker = start(kind, client, addresses, most=level)
    try:
        introduce(worker, ("http",))
        before = worker.memory()["now"]
        turn = {"scheme": "http", "in_flight": level, "seconds": 0.5, "warm": 0.2, "least": level}
        took = worker.ask(turn, patience=300)
        return {
            "rate": took["calls"] / took["seconds"],
            "cpu": took["cpu"] / took["calls"],
            "memory": worker.memory()["highest"] - before,
        }
    finally:
        worker.end()


def wait(addresses: dict[str, str], rounds: int, say: Callable[[str], None]) -> list[dict[str, Any]]:
    """Returns the times of calls that begin when they are due, at half of the peer's highest rate and of our own."""
    seen = []
    for kind, peer, many in WAITING:
        workers = {}
        try:
            for client in ("paywelcome", peer):
                workers[client] = start(kind, client, addresses, most=max(many, 256))
                introduce(workers[client], ("http",))
            closed = {"scheme": "http", "in_flight": many, "seconds": 0.5, "warm": 0.2, "least": 2 * many}
            highest = {client: _rate(worker.ask(closed)) for client, worker in workers.items()}
            for client, rate in ((peer, highest[peer]), ("paywelcome", highest[peer]), ("paywelcome", None)):
                half = (rate or highest["paywelcome"]) / 2
                turn = {"scheme": "http", "rate": half, "seconds": 2, "in_flight": many}
                ones = [workers[client].ask(turn) for _ in range(rounds)]
                times = {name: statistics.median(one[name] for one in ones) for name in ("p50", "p99", "p99.9", "late")}
                seen.append({"kind": kind, "client": client, "rate": half, "own": rate is None, **times})
        except Failed as error:
            seen.append({"kind": kind, "client": peer, "failure": str(error)})
        finally:
            for worker in workers.values():
                worker.end()
        say(f"waits on {kind}")
    return seen


def _rate(took: dict[str, Any]) -> float:
    return float(took["calls"] / took["seconds"])
