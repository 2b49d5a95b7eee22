"""The results of durable refunds: text, tables and a chart."""

from __future__ import annotations

import math
import statistics
from typing import Any

from contest import spread
from svg import WIDTH, drawing, path, stroke, text
from tables import about, table

WORDS = {
    "process": "paywelcome, keys from a queue",
    "run": "paywelcome, `refunds.run`",
    "process by hand": "by hand, keys from a queue",
    "request": "paywelcome, `request_many`",
    "request by hand": "by hand, `executemany`",
}


def write(refunds: dict[str, Any]) -> list[str]:
    """Returns the parts of the page."""
    machine = {name: refunds["machine"][name] for name in ("date", "cpu", "load_before", "commit")}
    parts = [
        "## Durable refunds",
        about(machine),
        "*By hand* is one table with a state. It claims with one UPDATE, records the answer with another, and uses "
        "the same client for the call.\nIt keeps no journal and no remaining amount, and cannot recover a refund whose "
        "worker died.\nThe gateway answers at once. PostgreSQL runs on the same processors, with `fsync`.",
    ]
    rows = [
        [kind, WORDS[how], _middle(took, 2)]
        for kind, seen in refunds["stores"].items()
        for how, took in seen["requested"].items()
    ]
    parts.append("100,000 refunds recorded at once: seconds [quartiles]\n\n" + table(["", "", "s"], rows))
    rows = [
        [kind, str(seen["processes"]), WORDS[how], _middle(turns["rate"], 0), f"{_cpu(turns):,.0f}"]
        for kind, seen in refunds["stores"].items()
        for how, turns in seen["processed"].items()
    ]
    heads = ["", "processes", "", "refunds a second [quartiles]", "their CPU µs a refund"]
    parts.append("Claimed, sent and settled\n\n" + table(heads, rows))
    rows = [
        [kind, f"{seen['counted']['trips']:.2f}", f"{seen['counted']['commits']:.2f}"]
        for kind, seen in refunds["stores"].items()
    ]
    parts.append("Round trips and commits per refund\n\n" + table(["", "round trips", "commits"], rows))
    for kind, seen in refunds["stores"].items():
        for what in ("requests", "processing"):
            memory = seen[f"memory of {what}"]
            grown = ", ".join(f"{(now - memory[0]) / 1e6:.1f}" for now in memory[1:])
            parts.append(f"Memory in MB above the first tenth of {what}, {kind}: {grown}")
        if seen["growth"] is not None:
            parts.append(_growth(kind, seen["growth"]))
    rows = [
        [
            row["store"],
            row["what"],
            f"{row['seen']:,.2f} {row['unit']}".rstrip(),
            f"{row['sign']} {row['goal']:,g} {row['unit']}".rstrip(),
            "reached" if row["reached"] else "NOT REACHED",
        ]
        for row in refunds["goals"]
    ]
    parts.append("Targets\n\n" + table(["", "what", "seen", "goal", ""], rows))
    return parts


def _middle(values: list[float], digits: int) -> str:
    low, high = spread(values)
    return f"{statistics.median(values):,.{digits}f} [{low:,.{digits}f}–{high:,.{digits}f}]"


def _cpu(turns: dict[str, list[float]]) -> float:
    return statistics.median(turns["cpu"]) * 1e6


def _growth(kind: str, growth: dict[str, list[float]]) -> str:
    rows = [
        [words, *(f"{cost * 1e6:,.0f}" for cost in growth[what])]
        for what, words in (("request", "to record"), ("process", "to process"))
    ]
    heads = ["", *(f"{count:,.0f}" for count in growth["rows"])]
    return f"µs a refund by the number of refunds in the store, one process, {kind}\n\n" + table(heads, rows)


LINES = (
    ("PostgreSQL", "process", "processed, PostgreSQL", "ours"),
    ("PostgreSQL", "request", "recorded, PostgreSQL", "ours dashed"),
    ("SQLite", "process", "processed, SQLite", "theirs"),
    ("SQLite", "request", "recorded, SQLite", "theirs dashed"),
)


def draw(refunds: dict[str, Any]) -> str | None:
    """Draws how the cost of a refund grows with how many are there, or nothing where that was not seen."""
    grown = {kind: seen["growth"] for kind, seen in refunds["stores"].items() if seen["growth"] is not None}
    if not grown:
        return None
    costs = [cost * 1e6 for seen in grown.values() for what in ("request", "process") for cost in seen[what]]
    low, high = math.floor(math.log10(min(costs))), math.ceil(math.log10(max(costs)))
    counts = next(iter(grown.values()))["rows"]
    top, bottom, left, right = 150.0, 460.0, 110.0, WIDTH - 40.0

    def at(count: float, cost: float) -> tuple[float, float]:
        part = math.log(count / counts[0]) / math.log(counts[-1] / counts[0])
        return left + part * (right - left), bottom - (math.log10(cost) - low) / (high - low) * (bottom - top)

    label = "Time per refund by refunds in the store"
    parts = [text(0, 30, label, "title")]
    for place, (_, _, words, kind) in enumerate(LINES):
        x, y = (place // 2) * 380 + 4, 64 + (place % 2) * 32
        parts += [path([(x, y - 7), (x + 44, y - 7)], kind), text(x + 56, y, words)]
    for power in range(low, high + 1):
        _, y = at(counts[0], 10**power)
        parts += [stroke(left, y, right, y, "rule"), text(left - 10, y + 7, f"{10**power:,} µs", "note", "end")]
    for count in counts:
        x, _ = at(count, 10**low)
        parts.append(text(x, bottom + 32, f"{count:,}", "note", "middle" if count != counts[-1] else "end"))
    for kind, what, _, style in LINES:
        if kind in grown:
            points = zip(counts, grown[kind][what], strict=True)
            parts.append(path([at(count, cost * 1e6) for count, cost in points], style))
    machine = refunds["machine"]
    parts.append(
        text(0, bottom + 66, f"Refunds in the store, one process. {machine['date']} · {machine['cpu']}", "note")
    )
    return drawing(parts, bottom + 80, label)
