"""What refunds that are recorded cost, beside the usual loop by hand: `python3 bench/refunds.py [--full]` alone.

By itself it puts its part into results.json and writes the page anew.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import contest
import machine
import page
import refund_tables
from refund_goals import judge
from workers import HERE, MERCHANT, Failed, Process, serve

sys.path.insert(0, str(HERE.parent / "tests"))

import engines

MANY = 100_000
PROCESSES = 4
GROWN = (1_000, 10_000, 100_000, 1_000_000)
# Ours, and the same by hand.
WORKS = ("process", "run", "process by hand")


class Workers:
    """Processes over one store, each with refunds of its own, as a queue hands them out."""

    def __init__(self, store: str, addresses: dict[str, str], count: int) -> None:
        self._workers: list[Process] = []
        self._next = 0
        try:
            for _ in range(count):
                worker = Process([sys.executable, str(HERE / "python" / "ledger.py")])
                self._workers.append(worker)
                # One after the other, since each creates what tables are missing.
                worker.ask({**MERCHANT, **addresses, "store": store})
        except Failed:
            self.end()
            raise

    def request(self, count: int, how: str = "request") -> dict[str, Any]:
        """Has so many recorded by the first process; gives what that took, and where they begin."""
        first, self._next = self._next, self._next + count
        return {**self._workers[0].ask(_task(how, first, count), patience=600), "first": first}

    def turn(self, how: str, first: int, each: int) -> dict[str, float]:
        """Has each process do so many at once; gives refunds a second, and processor seconds a refund."""
        for place, worker in enumerate(self._workers):
            worker.tell(_task(how, first + place * each, each))
        took = [worker.hear(600) for worker in self._workers]
        many = each * len(self._workers)
        return {
            "rate": many / max(one["seconds"] for one in took),
            "cpu": sum(one["cpu"] for one in took) / many,
            "memory": took[0]["memory"],
        }

    def one(self, how: str, first: int, count: int) -> dict[str, Any]:
        return self._workers[0].ask(_task(how, first, count), patience=600)

    def end(self) -> None:
        for worker in self._workers:
            worker.end()


def _task(how: str, first: int, count: int) -> dict[str, Any]:
    return {"do": how, "first": first, "count": count}


@contextmanager
def _stores(say: Callable[[str], None]) -> Iterator[Callable[[str], str | None]]:
    """Returns what makes a new, empty store of a kind; PostgreSQL keeps what it committed, as in production."""
    with tempfile.TemporaryDirectory() as directory:
        made = 0

        def sqlite() -> str:
            nonlocal made
            made += 1
            return str(Path(directory) / f"refunds-{made}.db")

        try:
            with engines.start("postgres", durable=True) as engine:
                yield lambda kind: sqlite() if kind == "SQLite" else _database(engine)
        except engines.Missing as missing:
            say(str(missing))
            yield lambda kind: sqlite() if kind == "SQLite" else None


def _database(engine: engines.Engine) -> str:
    import psycopg

    with psycopg.connect(engine.url, autocommit=True) as connection:
        names = connection.execute("SELECT count(*) FROM pg_database").fetchone()
        assert names is not None
        name = f"refunds_{names[0]}"
        connection.execute(f"CREATE DATABASE {name}")
    return engine.url.rpartition("/")[0] + f"/{name}"


def run(addresses: dict[str, str], full: bool, say: Callable[[str], None]) -> dict[str, Any]:
    """Returns what was seen on each kind of store, and which goals are reached."""
    stores: dict[str, Any] = {}
    with _stores(say) as new:
        for kind, processes in (("PostgreSQL", PROCESSES), ("SQLite", 1)):
            if new(kind) is None:
                continue
            say(f"refunds, {kind}")
            stores[kind] = {
                "processes": processes,
                **_requested(new, kind, addresses, 5 if full else 3),
                **_processed(new, kind, addresses, processes, 7 if full else 3),
                "growth": _growth(new, kind, addresses, say) if full else None,
            }
    return {"machine": machine.describe(), "full": full, "stores": stores, "goals": judge(stores)}


def _requested(new: Callable[[str], str | None], kind: str, addresses: dict[str, str], rounds: int) -> dict[str, Any]:
    """Times so many refunds that are recorded at once, each round in a store of its own."""
    took: dict[str, list[float]] = {"request": [], "request by hand": []}
    memory: list[int] = []
    for at in range(rounds):
        workers = Workers(str(new(kind)), addresses, 1)
        try:
            for how in took if at % 2 == 0 else reversed(took):
                took[how].append(workers.request(MANY, how)["seconds"])
        finally:
            workers.end()
    workers = Workers(str(new(kind)), addresses, 1)
    try:
        memory = [workers.request(MANY // 10)["memory"] for _ in range(10)]
    finally:
        workers.end()
    return {"requested": took, "memory of requests": memory}


def _processed(
    new: Callable[[str], str | None], kind: str, addresses: dict[str, str], processes: int, rounds: int
) -> dict[str, Any]:
    """Has processes claim, send and settle, in turn with the same by hand."""
    each = 1_000 // processes
    turns: dict[str, list[dict[str, float]]] = {how: [] for how in WORKS}
    workers = Workers(str(new(kind)), addresses, processes)
    try:
        for at in range(rounds + 1):
            for how in WORKS if at % 2 == 0 else reversed(WORKS):
                first = workers.request(each * processes, "request by hand" if "by hand" in how else "request")["first"]
                turn = workers.turn(how, first, each)
                # The first round warms up.
                if at:
                    turns[how].append(turn)
        first = workers.request(100)["first"]
        counted = workers.one("count", first, 100)["gave"]
        memory = []
        for _ in range(10):
            first = workers.request(1_000)["first"]
            memory.append(workers.one("process", first, 1_000)["memory"])
    finally:
        workers.end()
    rows = {how: {what: [turn[what] for turn in seen] for what in ("rate", "cpu")} for how, seen in turns.items()}
    return {"processed": rows, "counted": counted, "memory of processing": memory}


def _growth(
    new: Callable[[str], str | None], kind: str, addresses: dict[str, str], say: Callable[[str], None]
) -> dict[str, list[float]]:
    """Returns seconds a refund, to write it down and to process it, beside so many that are there."""
    seen: dict[str, list[float]] = {"rows": [], "request": [], "process": []}
    workers = Workers(str(new(kind)), addresses, 1)
    there = 0
    try:
        for level in GROWN:
            while there < level:
                there += (count := min(MANY, level - there))
                workers.request(count)
            requests, processes = [], []
            for _ in range(3):
                requested = workers.request(1_000)
                requests.append(requested["seconds"] / 1_000)
                processes.append(workers.one("process", requested["first"], 1_000)["seconds"] / 1_000)
                there += 1_000
            seen["rows"].append(level)
            seen["request"].append(statistics.median(requests))
            seen["process"].append(statistics.median(processes))
            say(f"{level:,} refunds there")
    finally:
        workers.end()
    return seen


def main() -> None:
    with tempfile.TemporaryDirectory() as directory:
        server, addresses = serve(directory)
        try:
            results = run(addresses, "--full" in sys.argv[1:], contest.to_stderr)
        finally:
            server.end()
    kept = HERE / "results.json"
    everything = {**json.loads(kept.read_text()), "refunds": results}
    kept.write_text(json.dumps(everything, indent=1) + "\n")
    page.write(everything)
    print("\n\n".join(refund_tables.write(results)))


if __name__ == "__main__":
    main()
