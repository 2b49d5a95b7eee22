"""What is to be reached, and whether it was: medians of ratios of one run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from contest import Cell, Result, middle, ratios, spread

MB = 1_000_000


@dataclass(frozen=True)
class Goal:
    """Our calls a second, as a multiple of another's, at least."""

    kind: str
    in_flight: int
    against: tuple[str, str]
    """Kind and client."""
    least: float


def _goals(kind: str, in_flight: int, against: str, peers: dict[str, float]) -> list[Goal]:
    return [Goal(kind, in_flight, (against, peer), least) for peer, least in peers.items()]


GOALS = [
    *_goals("threads", 1, "threads", {"requests": 6, "httpx": 5, "urllib3": 4}),
    *_goals("asyncio", 64, "asyncio", {"aiohttp": 4, "httpx": 30}),
    *_goals("uvloop", 64, "uvloop", {"aiohttp": 3}),
    *_goals("node", 1, "node", {"undici": 1.8, "fetch": 4, "axios": 4}),
    *_goals("node", 64, "node", {"undici": 2, "fetch": 10, "axios": 10}),
    Goal("threads", 64, ("rust", "core"), 0.6),
    Goal("asyncio", 64, ("rust", "core"), 0.4),
    Goal("uvloop", 64, ("rust", "core"), 0.6),
    Goal("node", 64, ("rust", "core"), 0.6),
]
# Processor time a call, as a share of the best peer's, at most; where calls a second have a goal too.
CPU_SHARE = 0.5
CPU_AT = [("threads", 1), ("asyncio", 64), ("uvloop", 64), ("node", 1), ("node", 64)]


def judge(results: dict[Cell, Result], scheme: str) -> list[dict[str, Any]]:
    """Returns each goal with its ratio over the rounds and whether it is reached."""
    judged = []
    seen = {in_flight for _, _, _, in_flight in results}
    for goal in (goal for goal in GOALS if goal.in_flight in seen):
        ours = results[(goal.kind, "paywelcome", scheme, goal.in_flight)]
        theirs = results[(*goal.against, scheme, goal.in_flight)]
        row = {
            "what": "calls/s",
            "kind": goal.kind,
            "scheme": scheme,
            "in_flight": goal.in_flight,
            "against": "the bare core" if goal.against[0] == "rust" else goal.against[1],
            "goal": goal.least,
        }
        judged.append(row | _ratio(ratios(ours.rate, theirs.rate), lambda ratio, goal=goal: ratio >= goal.least))
    for kind, in_flight in (place for place in CPU_AT if place[1] in seen):
        ours = results[(kind, "paywelcome", scheme, in_flight)]
        peers = {
            client: middle(result.cpu)
            for (a, client, b, many), result in results.items()
            if (a, b, many) == (kind, scheme, in_flight) and client != "paywelcome"
        }
        known = {client: cpu for client, cpu in peers.items() if cpu is not None}
        if not known:
            continue
        best = min(known, key=lambda client: known[client])
        shares = ratios(ours.cpu, results[(kind, best, scheme, in_flight)].cpu)
        row = {"what": "CPU a call", "kind": kind, "scheme": scheme, "in_flight": in_flight, "against": best}
        judged.append(row | {"goal": CPU_SHARE} | _ratio(shares, lambda share: share <= CPU_SHARE))
    return judged


def _ratio(values: list[float], reached: Any) -> dict[str, Any]:
    ratio = middle(list(values))
    if ratio is None:
        return {"ratio": None, "low": None, "high": None, "reached": False}
    low, high = spread(values)
    return {"ratio": ratio, "low": low, "high": high, "reached": bool(reached(ratio))}


def judge_footprint(start_up: Any, cold: Any, sizes: Any, memory: Any) -> list[dict[str, Any]]:
    """Returns what is asked of start-up, size and memory, each with what was seen."""

    def at_most(what: str, seen: float, goal: float, unit: str) -> dict[str, Any]:
        return {"what": what, "seen": seen, "goal": goal, "unit": unit, "reached": seen <= goal}

    rows = [
        at_most("import paywelcome", start_up["Python"]["paywelcome"]["median"] * 1e3, 15, "ms"),
        at_most("require('paywelcome')", start_up["Node.js"]["paywelcome"]["median"] * 1e3, 10, "ms"),
        at_most("cold process, of requests' time", cold["share"]["median"], 1 / 3, ""),
        at_most("wheel", sizes["Python"]["the wheel"] / MB, 3.2, "MB"),
        at_most("installed, Python", sizes["Python"]["paywelcome"] / MB, 7.5, "MB"),
        at_most("installed, npm", sizes["Node.js"]["paywelcome"] / MB, 6.8, "MB"),
    ]
    for language, seen in memory.items():
        rows.append(at_most(f"memory above import, {language}", (seen[-1] - seen[0]) / MB, 10, "MB"))
        rows.append(at_most(f"memory grown in the latter half, {language}", (seen[-1] - seen[5]) / MB, 1, "MB"))
    return rows
