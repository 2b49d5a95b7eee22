"""Writes the tables and the charts of a run: `python3 bench/page.py` does so again from results.json."""

from __future__ import annotations

import json
from typing import Any

import charts
import refund_tables
import tables
from contest import Cell, Result
from workers import HERE

HEAD = "<!-- Written by `make bench`; do not edit. -->\n# Results of the last kept run"


def write(everything: dict[str, Any]) -> list[str]:
    """Writes results.md and the charts; gives the page's parts."""
    results = _results(everything["contest"])
    footprint = [everything[name] for name in ("start_up", "cold", "sizes", "memory", "footprint_goals")]
    parts = [tables.about(everything["machine"]), *tables.languages(results), tables.goals(everything["goals"])]
    if everything["one_processor"]:
        parts += ["## One by one, on one processor", tables.ALONE]
        parts += tables.languages(_results(everything["one_processor"]))
        parts += [tables.goals(everything["one_processor_goals"]), "## Start, size and memory"]
    parts += tables.footprint(*footprint)
    if everything["growth"] is not None:
        parts += tables.scale(everything["growth"], everything["waits"])
    # Measured by itself, too: a run that was kept may be older.
    if everything.get("refunds"):
        parts += refund_tables.write(everything["refunds"])
    (HERE / "results.md").write_text("\n\n".join([HEAD, *parts]) + "\n")
    charts.draw(everything, HERE / "charts")
    return parts


def _results(rows: list[dict[str, Any]]) -> dict[Cell, Result]:
    return {
        (row["kind"], row["client"], row["scheme"], row["in_flight"]): Result(row["rate"], row["cpu"], row["failure"])
        for row in rows
    }


if __name__ == "__main__":
    write(json.loads((HERE / "results.json").read_text()))
