"""Counts what a soak did, and says it."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from faults import NONE
from judge import Seen
from soak_plan import Plan, Step

COLUMNS = ("done", "declined", "not_sent", "unknown", "killed")
ENOUGH = 20
"""Violations after which nothing new is learnt."""


class Tally:
    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.violations: list[str] = []
        self.world: Counter[str] = Counter()
        """What befell everybody, and how often."""
        self._outcomes: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._faces: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._kinds: Counter[str] = Counter()
        self._given_up: Counter[str] = Counter()
        self._settled: Counter[str] = Counter()
        self._forks: Counter[str] = Counter()
        self._nothing_came = 0
        self._reused = 0
        self._peers: set[tuple[str, str]] = set()
        self._requests = 0

    @property
    def enough(self) -> bool:
        return len(self.violations) >= ENOUGH

    def count(
        self,
        drawn: Plan,
        step: Step,
        seen: Seen | None,
        settled: Seen | None,
        requests: list[dict[str, Any]],
        nothing_came: bool,
    ) -> None:
        """Counts a call."""
        outcome = "killed" if seen is None else seen.outcome
        met = requests[0]["fault"] if requests else None
        self._outcomes[NONE if met is None else met["kind"]][outcome] += 1
        self._faces[drawn.face][outcome] += 1
        if seen is not None and seen.kind is not None:
            self._kinds[f"{outcome} {seen.kind}"] += 1
        if seen is not None and seen.gave_up:
            self._given_up[outcome] += 1
        if settled is not None:
            self._settled[settled.outcome] += 1
        if step.fork:
            self._forks[outcome] += 1
        self._nothing_came += nothing_came
        for request in requests:
            self._requests += 1
            peer = (f"{drawn.scheme} {drawn.gateway}", request["peer"])
            self._reused += peer in self._peers
            self._peers.add(peer)

    def violation(self, number: int | None, what: str) -> None:
        """Notes a breach of the promise, and says it at once."""
        again = "" if number is None else f"  again: make soak SEED={self.seed} ONLY={number}\n"
        self.violations.append(what)
        print(f"VIOLATION {what}\n{again}", flush=True)

    def show(self, seconds: float, payments: int, won: int) -> int:
        """Says what was done; gives the exit code."""
        print(f"{'met':20}" + "".join(f"{column:>10}" for column in COLUMNS))
        for kind, counts in sorted(self._outcomes.items()):
            print(f"{kind:20}" + "".join(f"{counts[column] or '':>10}" for column in COLUMNS))
        for face, counts in sorted(self._faces.items()):
            print(f"= {face:18}" + "".join(f"{counts[column] or '':>10}" for column in COLUMNS))
        total = sum(self._faces.values(), Counter[str]())
        calls = total.total()
        print(f"{'all':20}" + "".join(f"{total[column]:>10}" for column in COLUMNS))
        print("why:", _told(self._kinds))
        print(f"given up: {self._given_up.total()} ({_told(self._given_up)}); settled later: {_told(self._settled)}")
        print(f"forks: {self._forks.total()} ({_told(self._forks)}); {_told(self.world)}")
        print(f"requests: {self._requests}, {self._reused} of them on a connection that was used before")
        print(f"unknown though no request was seen (lost with its connection): {self._nothing_came}")
        rate = 100 * total["unknown"] / calls if calls else 0.0
        print(f"{calls} calls in {seconds:.0f} s, {calls / seconds:.0f} a second; {rate:.1f} % unknown")
        print(f"{payments} payments, {won} won moved, every one of them accounted for" if not self.violations else "")
        print(f"seed {self.seed}: {len(self.violations)} violations")
        return 1 if self.violations else 0


def _told(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.most_common())
