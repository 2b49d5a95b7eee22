"""Draws the storms of docs/batch.md from bench/storms.json, whose figures `make storm ONLY=usual` tells.

`python bench/storms.py --check` says whether the drawing is that of the figures.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from svg import WIDTH, bar, drawing, text

HERE = Path(__file__).parent
DRAWING = HERE / "charts" / "storms.svg"
LEFT, RIGHT, ROW = 240, 250, 82
ALL = 300


def draw() -> str:
    rows = json.loads((HERE / "storms.json").read_text(encoding="utf-8"))
    label = f"Of {ALL} refunds in a storm: what went wrong"
    parts = [text(0, 30, label, "title")]
    scale = (WIDTH - LEFT - RIGHT) / max(row["doubled"] + row["recorded_wrongly"] for row in rows)
    top = 62
    for row in rows:
        doubled, wrong = row["doubled"], row["recorded_wrongly"]
        end = LEFT + (doubled + wrong) * scale
        parts += [
            text(0, top + 17, row["queue"]),
            text(0, top + 44, row["usual"], "note"),
            bar(LEFT, top, doubled * scale, 20, "doubled") if doubled else "",
            bar(LEFT + doubled * scale, top, wrong * scale, 20, "theirs"),
            text(end + 10, top + 17, f"{doubled} doubled, {wrong} wrong", "note"),
            text(LEFT, top + 44, "0 with paywelcome", "ours"),
        ]
        top += ROW
    parts.append(text(0, top + 6, "wrong: recorded as failed although the money went back", "note"))
    style = (
        "<style>.doubled { fill: #cf222e } @media (prefers-color-scheme: dark) { .doubled { fill: #f85149 } }</style>"
    )
    return drawing([style, *filter(None, parts)], top + 24, label)


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(DRAWING.read_text(encoding="utf-8") != draw() and f"{DRAWING.name} is not that of storms.json")
    DRAWING.write_text(draw(), encoding="utf-8")
