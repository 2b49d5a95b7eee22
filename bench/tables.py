"""The run in words and tables."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from contest import LANGUAGES, Cell, Result, middle, spread

ALONE = "The work of a call alone: no other processor has to be woken. These ratios do not count."
KINDS = {"threads": "threads", "asyncio": "asyncio", "uvloop": "uvloop", "node": "Node.js", "rust": "Rust"}


def languages(results: dict[Cell, Result]) -> Iterable[str]:
    """One table for each language: medians over the rounds with their quartiles."""
    places = sorted({(scheme, many) for _, _, scheme, many in results})
    for language, kinds in LANGUAGES.items():
        rows = []
        for kind in kinds:
            for client in dict.fromkeys(client for a, client, _, _ in results if a == kind):
                cells = [_cell(results[(kind, client, *place)]) for place in places]
                rows.append([KINDS[kind], client, *cells])
        heads = ["", "client", *(f"{scheme} · {many}" for scheme, many in places)]
        yield f"{language}: calls/s [quartiles], CPU µs a call, by scheme and calls in flight\n\n" + table(heads, rows)


def _cell(result: Result) -> str:
    rate = middle(result.rate)
    if rate is None:
        return f"FAILED: {result.failure}"
    low, high = spread([one for one in result.rate if one is not None])
    failed = " (failed in some rounds)" if result.failure else ""
    return f"{rate:,.0f} [{low:,.0f}–{high:,.0f}] {(middle(result.cpu) or 0) * 1e6:.0f} µs{failed}"


def goals(judged: list[dict[str, Any]]) -> str:
    rows = [
        [
            KINDS[row["kind"]],
            row["scheme"],
            str(row["in_flight"]),
            row["what"],
            row["against"],
            "failed" if row["ratio"] is None else f"{row['ratio']:.2f} × [{row['low']:.2f}–{row['high']:.2f}]",
            f"{'≤' if row['what'] == 'CPU a call' else '≥'} {row['goal']:g} ×",
            "reached" if row["reached"] else "NOT REACHED",
        ]
        for row in judged
    ]
    return "Target ratios: median over the rounds [quartiles]\n\n" + table(
        ["paywelcome", "scheme", "in flight", "what", "against", "ratio", "goal", ""], rows
    )


def footprint(start_up: Any, cold: Any, sizes: Any, memory: Any, judged: list[dict[str, Any]]) -> Iterable[str]:
    rows = [
        [language, name, f"{time['median'] * 1e3:.1f} [{time['low'] * 1e3:.1f}–{time['high'] * 1e3:.1f}]"]
        for language, names in start_up.items()
        for name, time in names.items()
    ]
    yield "Import: ms above the bare interpreter\n\n" + table(["", "of", "ms"], rows)
    rows = [
        [name, f"{time['median'] * 1e3:.1f} [{time['low'] * 1e3:.1f}–{time['high'] * 1e3:.1f}]"]
        for name, time in cold.items()
        if name != "share"
    ]
    yield "A process that imports, connects over TLS and gets one receipt: ms above bare\n\n" + table(["", "ms"], rows)
    rows = [[language, name, f"{size / 1e6:.2f}"] for language, names in sizes.items() for name, size in names.items()]
    yield "Size in MB: downloaded, and installed with all dependencies\n\n" + table(["", "of", "MB"], rows)
    for language, seen in memory.items():
        grown = ", ".join(f"{(now - seen[0]) / 1e6:.1f}" for now in seen[1:])
        yield f"Memory in MB above the import, after each tenth of the calls, {language}: {grown}"
    rows = [
        [
            row["what"],
            f"{row['seen']:.2f} {row['unit']}".rstrip(),
            f"≤ {row['goal']:.3g} {row['unit']}".rstrip(),
            "reached" if row["reached"] else "NOT REACHED",
        ]
        for row in judged
    ]
    yield "Targets for start, size and memory\n\n" + table(["", "seen", "goal", ""], rows)


def scale(grown: dict[str, Any], waits: list[dict[str, Any]]) -> Iterable[str]:
    rows = []
    for name, of_level in grown["clients"].items():
        # As numbers, also where they were read from JSON.
        levels = {int(level): one for level, one in of_level.items()}
        cells = []
        for level in grown["levels"]:
            one = levels.get(level)
            cells.append(
                f"{one['rate']:,.0f} {one['cpu'] * 1e6:.0f} µs {one['memory'] / 1e6:.1f} MB"
                if one
                else f"FAILED: {grown['failures'].get(f'{name} {level}')}"
            )
        rows.append([name, *cells])
    yield "Growth, http: calls/s, CPU µs a call, memory above the start\n\n" + table(
        ["client", *(f"{level:,} in flight" for level in grown["levels"])], rows
    )
    rows = [
        [row["kind"], row["client"], row["failure"]]
        if "failure" in row
        else [
            row["kind"],
            row["client"] + (", half of its own" if row["own"] else ""),
            f"{row['rate']:,.0f}",
            *(f"{row[name] / 1e3:.2f}" for name in ("p50", "p99", "p99.9", "late")),
        ]
        for row in waits
    ]
    yield "Times of calls that start when due, http, ms\n\n" + table(
        ["", "client", "calls/s", "p50", "p99", "p99.9", "started late (p50)"], rows
    )


def about(machine: dict[str, Any]) -> str:
    """Where, when and with what."""
    words = {name: ", ".join(value) if isinstance(value, list) else value for name, value in machine.items()}
    return "\n".join(f"- {name.replace('_', ' ')}: {value}" for name, value in words.items())


def table(heads: list[str], rows: list[list[str]]) -> str:
    rows = [[*row, *[""] * (len(heads) - len(row))] for row in rows]
    widths = [max(len(row[at]) for row in [heads, *rows]) for at in range(len(heads))]

    def line(row: list[str]) -> str:
        return "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"

    return "\n".join([line(heads), line(["-" * width for width in widths]), *map(line, rows)])
