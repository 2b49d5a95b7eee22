"""Runs the bench: `make bench`, or `make bench FULL=1` for the long form. See README.md beside this."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import contest
import footprint
import goals
import machine
import page
import scale
from workers import HERE, one_processor, serve

import refunds


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--full", action="store_true", help="more rounds, and how cost grows")
    options.add_argument("--wheel", type=Path, required=True)
    options.add_argument("--tarballs", type=Path, nargs="+", required=True)
    given = options.parse_args()
    say = contest.to_stderr
    about = machine.describe()
    # Before the server starts, which inherits it.
    scale.raise_the_limit()
    rounds, seconds, often = (7, 0.3, 21) if given.full else (5, 0.12, 9)
    with tempfile.TemporaryDirectory() as directory:
        server, addresses = serve(directory)
        try:
            results = contest.run(addresses, rounds, seconds, say)
            say("start-up, size and memory")
            start_up = footprint.start_up(often)
            cold = footprint.cold(addresses, often)
            memory = footprint.memory(addresses, 100_000 if given.full else 20_000)
            grown = scale.grow(addresses, 3, say) if given.full else None
            waits = scale.wait(addresses, 3, say) if given.full else None
            written_down = refunds.run(addresses, given.full, say)
        finally:
            server.end()
        alone: dict[contest.Cell, contest.Result] = {}
        with one_processor() as kept:
            if kept:
                say("one by one, on one processor")
                server, addresses = serve(directory)
                try:
                    alone = contest.run(addresses, rounds, max(seconds, 0.25), say, in_flight=(1,))
                finally:
                    server.end()
    sizes = footprint.sizes(given.wheel, given.tarballs)
    judged = _judged(results)
    judged_footprint = goals.judge_footprint(start_up, cold, sizes, memory)

    everything: dict[str, Any] = {
        "machine": about,
        "full": given.full,
        "rounds": rounds,
        "contest": _rows(results),
        "one_processor": _rows(alone),
        "one_processor_goals": _judged(alone),
        "goals": judged,
        "start_up": start_up,
        "cold": cold,
        "sizes": sizes,
        "memory": memory,
        "footprint_goals": judged_footprint,
        "growth": grown,
        "waits": waits,
        "refunds": written_down,
    }
    (HERE / "results.json").write_text(json.dumps(everything, indent=1) + "\n")
    print("\n\n".join(page.write(everything)), end="\n\n")
    print(f"{_reached(judged + judged_footprint)}; bench/results.json, results.md and charts are written")
    print(f"refunds that are recorded: {_reached(written_down['goals'])}")
    if alone:
        print(f"one by one on one processor, which does not count: {_reached(everything['one_processor_goals'])}")
    # A goal that is missed is a finding, and a client that can't be measured a fault.
    sys.exit(any(result.failure for result in [*results.values(), *alone.values()]))


def _reached(judged: list[dict[str, Any]]) -> str:
    return f"{sum(row['reached'] for row in judged)} of {len(judged)} goals reached"


def _judged(results: dict[contest.Cell, contest.Result]) -> list[dict[str, Any]]:
    schemes = dict.fromkeys(scheme for _, _, scheme, _ in results)
    return [row for scheme in schemes for row in goals.judge(results, scheme)]


def _rows(results: dict[contest.Cell, contest.Result]) -> list[dict[str, Any]]:
    names = ("kind", "client", "scheme", "in_flight")
    return [dict(zip(names, cell, strict=True)) | asdict(result) for cell, result in results.items()]


if __name__ == "__main__":
    main()
