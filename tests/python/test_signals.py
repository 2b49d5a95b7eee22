"""Storms of signals whose handlers raise, one after the other: every outcome is said, and every end is told once."""

from __future__ import annotations

import os
from typing import Any

import pytest

import child
from merchant import GUARD

CALLS = 20_000 if os.environ.get("PAYWELCOME_LONG") else 400


def storm(*how: str) -> dict[str, int]:
    with child.Child("storm.py", *how, str(CALLS), env={"PYTHONWARNINGS": "ignore"}) as program:
        output, errors = program.process.communicate(timeout=CALLS / 20 + 6 * GUARD)
    assert program.process.returncode == 0, errors
    wrong, still_open, counts = child.json.loads(output)
    assert (wrong, still_open) == ([], []), errors
    told: dict[str, int] = counts
    return told


@pytest.mark.parametrize("seen", ["silent", "log", "on_attempt"])
@pytest.mark.parametrize("way", ["method", "module"])
def test_a_storm_of_signals_on_a_thread(way: str, seen: str) -> None:
    counts = storm(way, seen)
    # It was one: many calls were interrupted, and not all of them before they had left.
    assert counts["unknown"] > 10, counts


@pytest.mark.parametrize("way", ["asyncio", "asyncio-attempt"])
def test_a_storm_of_signals_on_a_loop(way: str) -> None:
    counts: Any = storm(way, "silent")
    assert counts["unknown"] > 10, counts


def test_a_sink_learns_of_every_call_in_a_storm() -> None:
    counts = storm("attempt", "silent")
    assert counts["unknown"] > 10, counts
    assert counts["sink, late"] >= counts["unknown"], counts
