"""The bench's charts, from its results."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import refund_tables
from contest import middle, spread
from svg import WIDTH, bar, drawing, path, stroke, text

LEFT = 172
"""Where bars begin, right of their names."""
RIGHT = 250
"""What is kept for the values beside them."""


@dataclass
class Bar:
    name: str
    ours: bool
    value: float | None
    low: float = 0
    high: float = 0
    shown: str = ""
    beside: str = ""


def draw(everything: dict[str, Any], folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for language, name in (("Python", "python"), ("Node.js", "node")):
        (folder / f"{name}.svg").write_text(_contest(everything, language))
    (folder / "start.svg").write_text(_start(everything))
    if everything["growth"] is not None:
        (folder / "growth.svg").write_text(_growth(everything))
    refunds = refund_tables.draw(everything["refunds"]) if everything.get("refunds") else None
    if refunds is not None:
        (folder / "refunds.svg").write_text(refunds)


def _under(everything: dict[str, Any]) -> str:
    machine = everything["machine"]
    return f"{machine['date']} · {machine['cpu']}"


def _contest(everything: dict[str, Any], language: str) -> str:
    # Threads one by one, and loops for many at once, are what each is for.
    places = {
        "Python": [
            ("threads", 1, "one by one"),
            ("asyncio", 64, "64 in flight, asyncio"),
            ("uvloop", 64, "64 in flight, uvloop"),
        ],
        "Node.js": [("node", 1, "one by one"), ("node", 64, "64 in flight")],
    }
    panels = []
    for kind, many, head in places[language]:
        rows = [row for row in everything["contest"] if (row["kind"], row["in_flight"]) == (kind, many)]
        panels.append((head, [_rate_bar(row) for row in rows if row["scheme"] == "https"]))
    most = max((max(one.value, one.high) for _, bars in panels for one in bars if one.value is not None), default=1)
    label = f"{language}: cancels a second over HTTPS"
    note = "And processor time for each; the line is the middle half of the rounds."
    return _bars(label, panels, note, _under(everything), most)


def _rate_bar(row: dict[str, Any]) -> Bar:
    rate, cpu, name = middle(row["rate"]), middle(row["cpu"]), row["client"]
    ours = name == "paywelcome"
    if rate is None or cpu is None:
        return Bar(name, ours, None)
    low, high = spread([one for one in row["rate"] if one is not None])
    return Bar(name, ours, rate, low, high, f"{rate:,.0f}/s", f"{cpu * 1e6:,.0f} µs")


def _start(everything: dict[str, Any]) -> str:
    panels = []
    for language, what in (("Python", "Python: import"), ("Node.js", "Node.js: require")):
        bars = [_time_bar(name, time) for name, time in everything["start_up"][language].items() if name != "bare"]
        panels.append((f"{what}, above the bare interpreter", bars))
    cold = [_time_bar(name, time) for name, time in everything["cold"].items() if name != "share"]
    panels.append(("Python: start, connect over TLS, one receipt", cold))
    note = "Milliseconds; the line is the middle half of the runs."
    return _bars("Start-up time", panels, note, _under(everything))


def _time_bar(name: str, time: dict[str, float]) -> Bar:
    low, middle, high = (max(0.0, time[part] * 1e3) for part in ("low", "median", "high"))
    return Bar(name, name == "paywelcome", middle, low, high, f"{middle:,.1f} ms")


def _bars(label: str, panels: list[tuple[str, list[Bar]]], note: str, under: str, shared: float | None = None) -> str:
    """Draws bars of one scale, or where none is `shared`, of one for each panel."""
    parts, y = [text(0, 30, label, "title"), text(0, 62, note, "note")], 84.0
    for head, bars in panels:
        y += 30
        parts += [text(0, y, head), stroke(0, y + 10, WIDTH, y + 10, "rule")]
        y += 22
        most = max((max(one.value, one.high) for one in bars if one.value is not None), default=1)
        scale = (WIDTH - LEFT - RIGHT) / (shared or most)
        for one in bars:
            kind = "ours" if one.ours else "theirs"
            parts.append(text(LEFT - 12, y + 25, one.name, "ours" if one.ours else "", "end"))
            if one.value is None:
                parts.append(text(LEFT, y + 25, "failed"))
            else:
                parts.append(bar(LEFT, y + 4, one.value * scale, 28, kind))
                parts.append(stroke(LEFT + one.low * scale, y + 18, LEFT + one.high * scale, y + 18, "whisker"))
                end = LEFT + max(one.value, one.high) * scale + 10
                parts.append(text(end, y + 25, one.shown, "ours" if one.ours else ""))
                parts.append(text(WIDTH, y + 25, one.beside, "note", "end"))
            y += 40
        y += 8
    parts.append(text(0, y + 24, under, "note"))
    return drawing(parts, y + 36, label)


LINES = (
    ("node paywelcome", "paywelcome on Node.js", "ours"),
    ("node undici", "undici", "theirs"),
    ("asyncio paywelcome", "paywelcome on asyncio", "ours dashed"),
    ("asyncio aiohttp", "aiohttp on asyncio", "theirs dashed"),
)


def _growth(everything: dict[str, Any]) -> str:
    growth = everything["growth"]
    levels = growth["levels"]
    known = [growth["clients"][name] for name, _, _ in LINES if name in growth["clients"]]
    rates = [one["rate"] for of_level in known for one in of_level.values()]
    low, high = math.floor(math.log10(min(rates))), math.ceil(math.log10(max(rates)))
    top, bottom, left, right = 150.0, 520.0, 90.0, WIDTH - 30.0

    def at(level: float, rate: float) -> tuple[float, float]:
        part = math.log(level / levels[0]) / math.log(levels[-1] / levels[0])
        return left + part * (right - left), bottom - (math.log10(rate) - low) / (high - low) * (bottom - top)

    parts = [text(0, 30, "Calls a second by requests in flight", "title")]
    for place, (_, words, kind) in enumerate(LINES):
        x, y = (place // 2) * 330 + 4, 64 + (place % 2) * 32
        parts += [path([(x, y - 7), (x + 44, y - 7)], kind), text(x + 56, y, words)]
    for power in range(low, high + 1):
        _, y = at(levels[0], 10**power)
        parts += [stroke(left, y, right, y, "rule"), text(left - 10, y + 7, f"{10**power:,}", "note", "end")]
    for level in levels:
        x, _ = at(level, 10**low)
        parts.append(text(x, bottom + 32, f"{level:,}", "note", "middle" if level != levels[-1] else "end"))
    for name, _, kind in LINES:
        # As numbers, also where they were read from JSON.
        of_level = {int(level): one for level, one in growth["clients"].get(name, {}).items()}
        points = [at(level, of_level[level]["rate"]) for level in levels if level in of_level]
        if points:
            parts.append(path(points, kind))
    parts += [text(0, bottom + 66, f"HTTP, in flight at once. {_under(everything)}", "note")]
    return drawing(parts, bottom + 80, "Calls a second by calls in flight")
