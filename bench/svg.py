"""Drawings that are read on light and on dark, at a README's width and on a phone."""

from __future__ import annotations

from html import escape

WIDTH = 800
MARGIN = 20
STYLE = """
  .paper { fill: #ffffff }
  text { font: 22px system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif; fill: #1f2328 }
  .title { font-weight: 600; font-size: 26px }
  .note { fill: #59636e; font-size: 19px }
  .ours { fill: #0969da } .theirs { fill: #8c959f }
  text.ours { font-weight: 600 }
  .whisker { stroke: #1f2328; stroke-width: 2; opacity: .55 }
  .rule { stroke: #8c959f; stroke-width: 1; opacity: .4 }
  .line { fill: none; stroke-width: 4; stroke-linejoin: round }
  .dashed { stroke-dasharray: 9 7 }
  .line.ours { fill: none; stroke: #0969da } .line.theirs { fill: none; stroke: #8c959f }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #0d1117 }
    text { fill: #e6edf3 } .note { fill: #9198a1 }
    .ours { fill: #4493f8 } .theirs { fill: #767e89 }
    .whisker { stroke: #e6edf3 } .rule { stroke: #9198a1 }
    .line.ours { stroke: #4493f8 } .line.theirs { stroke: #767e89 }
  }
"""


def drawing(parts: list[str], height: float, label: str) -> str:
    """Returns the whole file, on a background of its own; `label` says in words what it shows."""
    name = escape(label, quote=True)
    left, top, width, height = -MARGIN, -MARGIN, WIDTH + 2 * MARGIN, height + 2 * MARGIN
    box = f"{left} {top} {width} {height:.0f}"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" role="img" aria-label="{name}">'
    paper = f'<rect x="{left}" y="{top}" width="{width}" height="{height:.0f}" rx="12" class="paper"/>'
    return "\n".join([head, f"<title>{escape(label)}</title>", f"<style>{STYLE}</style>", paper, *parts, "</svg>", ""])


def text(x: float, y: float, words: str, kind: str = "", anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">{escape(words)}</text>'


def bar(x: float, y: float, width: float, height: float, kind: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 2):.1f}" height="{height:.1f}" rx="3" class="{kind}"/>'


def stroke(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{kind}"/>'


def path(points: list[tuple[float, float]], kind: str) -> str:
    walked = " ".join(f"{'M' if at == 0 else 'L'}{x:.1f} {y:.1f}" for at, (x, y) in enumerate(points))
    return f'<path d="{walked}" class="line {kind}"/>'
