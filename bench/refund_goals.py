"""What is to be reached by refunds that are recorded, and whether it was."""

from __future__ import annotations

import statistics
from typing import Any

MB = 1_000_000
REQUESTED = {"PostgreSQL": 2.0, "SQLite": 1.0}
"""Seconds for 100,000 that are recorded at once, at most."""
PROCESSED = {"PostgreSQL": 700, "SQLite": 1_000}
"""Claimed, sent and settled in a second, at least."""
COMMITS, TRIPS = 2, 4
# Cost a refund beside the most that are there, as a multiple of the least of all levels.
FLAT = 1.5


def judge(stores: dict[str, Any]) -> list[dict[str, Any]]:
    """Returns each goal with what was seen."""
    judged = []
    for kind, seen in stores.items():

        def add(what: str, value: float, goal: float, unit: str, is_least: bool = False, of: str = kind) -> None:
            reached = value >= goal if is_least else value <= goal
            judged.append(
                {"store": of, "what": what, "seen": value, "goal": goal, "unit": unit}
                | {"sign": "≥" if is_least else "≤", "reached": reached}
            )

        add("100,000 requested", statistics.median(seen["requested"]["request"]), REQUESTED[kind], "s")
        rates = {how: statistics.median(turns["rate"]) for how, turns in seen["processed"].items()}
        add("claimed, sent and settled", rates["process"], PROCESSED[kind], "a second", is_least=True)
        # A file has no trips.
        if kind == "PostgreSQL":
            add("round trips a refund", seen["counted"]["trips"], TRIPS, "")
        add("commits a refund", seen["counted"]["commits"], COMMITS, "")
        for what in ("requests", "processing"):
            memory = seen[f"memory of {what}"]
            add(f"memory grown in the latter half of {what}", (memory[-1] - memory[4]) / MB, 1, "MB")
        if seen["growth"] is not None:
            for what, words in (("request", "to record"), ("process", "to process")):
                costs = seen["growth"][what]
                add(f"cost {words} beside 1,000,000, of the least", costs[-1] / min(costs), FLAT, "×")
    return judged
