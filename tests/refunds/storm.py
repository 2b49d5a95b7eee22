"""A storm: many refunds, a gateway that breaks, and workers that are killed all the time."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from random import Random
from typing import Any

from elsewhere import NONE, ROWS, Row
from gateway import Ledger, ledgers, quiet, until
from lives import LATE_MS, PAID
from tables import Tables, Written
from verdict import wrong_with, wrong_with_payment
from workers import Worker

from paywelcome.testing import Sandbox

TIMEOUT, QUIET = 1.0, 0.2
PAYMENTS = 150
AMOUNTS = ((3_000, 5_000), (3_000, 9_000))
"""Of two refunds of a payment; no two are alike, so that the gateway's list tells them."""
FAULTED = 0.3
FAULTS = 12
"""How many ways to break are armed at once."""
PACE, CONCURRENCY = 14, 4
PATIENCE = 300.0
LOOK_EVERY = 0.2
PERSON = 12
"""How often a person looks at all that is in review, at most."""


@dataclass(frozen=True)
class Scene:
    """What a storm is played on."""

    languages: tuple[str, ...]
    """Of its workers."""
    store: str
    guard: bool
    payments: int = PAYMENTS
    """Each of two refunds."""
    queue: str | None = None
    """The engine that its wake-ups go through, which crashes as its database does; None where it has no queue."""

    @property
    def is_usual(self) -> bool:
        """Whether it is played with what is usually written by hand."""
        return self.languages[0].startswith("usual")

    @property
    def needs(self) -> set[str]:
        """The store, the queue and the languages."""
        return {self.store, *self.languages, *([] if self.queue is None else [self.queue])}

    def __str__(self) -> str:
        told = " + ".join(f"{many} {language}" for language, many in Counter(self.languages).items())
        places = self.store if self.queue in (None, self.store) else f"{self.queue}, {self.store}"
        return f"{told}, {places}, {'guard' if self.guard else 'no guard'}"


@dataclass
class Played:
    """A storm, as it went."""

    scene: Scene
    seed: int
    kills: int = 0
    crashes: int = 0
    """Of engines."""
    requests: int = 0
    faulted: int = 0
    rest: Counter[str] = field(default_factory=Counter)
    """Where refunds stood when no worker could do more."""
    end: Counter[str] = field(default_factory=Counter)
    """And when a person had ruled on all."""
    rulings: int = 0
    wrong: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def count(self, word: str) -> int:
        return sum(word in wrong for wrong in self.wrong)

    def __str__(self) -> str:
        others = len(self.wrong) - self.count("doubled") - self.count("lost")
        return (
            f"{self.scene}, seed {self.seed}: {self.kills} kills, {self.crashes} crashes, "
            f"{self.requests} requests, {self.faulted} faulted; "
            f"{dict(self.rest.most_common())} → {dict(self.end.most_common())} by {self.rulings} rulings; "
            f"doubled {self.count('doubled')}, lost {self.count('lost')}, wrong {others}; {self.seconds:.0f} s"
        )


def arm(gateway: Sandbox, random: Random) -> None:
    """Breaks about so many requests, in ways that are drawn."""
    fitting: list[Row] = [row for row in ROWS if not row.alone and row.kind != NONE]
    kinds = random.sample(sorted({row.kind for row in fitting}), FAULTS)
    probability = 1 - (1 - FAULTED) ** (1 / FAULTS)
    for kind in kinds:
        row = random.choice([row for row in fitting if row.kind == kind])
        # A gateway that says done before it is declines what comes next of the payment, and rightly so.
        when = "after_applying" if row.faithful else random.choice(row.whens)
        told: dict[str, Any] = {"kind": kind, **row.parameters, "when": when}
        if when == "late":
            told["late_ms"] = LATE_MS
        if kind == "redirect":
            told["location"] = f"{gateway.url}/cancel/repay"
        gateway.command("arm", probability=probability, seed=random.randrange(2**31), **told)


class Storm:
    def __init__(self, scene: Scene, tables: Tables, seed: int, mid: str) -> None:
        self._scene, self._tables = scene, tables
        self._random = Random(seed)
        self._played = Played(scene, seed)
        rules = {"confirm_price": "enforced" if scene.guard else "ignored"}
        self._gateway = Sandbox(mid=mid, rules=rules)
        self._workers: list[Worker] = []
        self._over = asyncio.Event()

    async def play(self) -> Played:
        """Plays it, and judges all that is recorded."""
        began = time.monotonic()
        with self._gateway:
            arm(self._gateway, self._random)
            rows = self._rows()
            desk = await self._started(self._scene.languages[0] if self._scene.is_usual else "python")
            try:
                await desk.ask("request", book="storm", rows=rows)
                self._workers = list(await asyncio.gather(*map(self._working, self._scene.languages)))
                await self._wake(rows)
                killer = asyncio.create_task(self._kill())
                try:
                    if self._scene.is_usual:
                        await self._until_usual_is_over()
                    else:
                        await self._until_all_have_ended(desk, rows)
                finally:
                    self._over.set()
                    # What it has begun to start has to be ended, too.
                    (ended,) = await asyncio.gather(killer, return_exceptions=True)
                    if ended is not None:
                        self._played.wrong.append(f"a worker ended by itself: {ended!r}")
            finally:
                await asyncio.gather(*(each.end() for each in [desk, *self._workers]), return_exceptions=True)
            self._count()
        self._played.seconds = time.monotonic() - began
        return self._played

    def _rows(self) -> list[dict[str, Any]]:
        rows = []
        for number in range(self._scene.payments):
            tid = self._gateway.approve(price=PAID)
            for amount in AMOUNTS[number % len(AMOUNTS)]:
                key = f"refund-{number}-{amount}"
                rows.append({"key": key, "tid": tid, "amount": amount, "paid": PAID, "pay_type": "card"})
        self._random.shuffle(rows)
        return rows

    async def _wake(self, rows: list[dict[str, Any]]) -> None:
        """Wakes workers up for what was requested, where they don't look for it by themselves."""

    async def _started(self, language: str) -> Worker:
        worker = await Worker(language).start()
        await worker.ask("open", book="storm", **self._told())
        return worker

    def _told(self) -> dict[str, Any]:
        """What a worker has to know."""
        gateway = self._gateway
        client = {"mid": gateway.mid, "sign_key": gateway.sign_key, "base_url": gateway.url, "timeout": TIMEOUT}
        return {"store": self._tables.told, "client": client, "enforced": self._scene.guard, "quiet": QUIET}

    async def _working(self, language: str) -> Worker:
        worker = await self._started(language)
        worker.tell("run", n=0, book="storm", concurrency=CONCURRENCY, pace=PACE, poll=0.05)
        return worker

    async def _kill(self) -> None:
        """Kills one worker after the other, in no order, and starts another in its place."""
        while not self._over.is_set():
            try:
                await asyncio.wait_for(self._over.wait(), self._random.uniform(0.05, 0.6))
                return
            except asyncio.TimeoutError:
                pass
            await self._strike()

    async def _strike(self) -> None:
        at = self._random.randrange(len(self._workers))
        fallen = self._workers[at]
        await fallen.kill()
        self._played.kills += 1
        self._workers[at] = await self._working(fallen.language)

    async def _until_all_have_ended(self, desk: Worker, rows: Sequence[dict[str, Any]]) -> None:
        await self._until_rest()
        written = self._judge(is_over=False)
        self._played.rest = Counter(each.stands for each in written.values())
        for last in range(PERSON):
            waiting = {
                key: each for key, each in self._tables.read(self._gateway.mid).items() if each.state == "review"
            }
            if not waiting:
                break
            seen = ledgers(self._gateway, [row["tid"] for row in rows])
            # A person who has looked often enough gives up what is not there.
            ways = ["void"] if last > 6 else ["void", "retry", "retry", *(["resend"] if self._scene.guard else [])]
            for key, each in waiting.items():
                await self._rule(desk, key, each, seen[each.refund["tid"]], ways)
            await self._until_rest()
        self._played.end = Counter(each.state for each in self._judge(is_over=True).values())

    async def _rule(self, desk: Worker, key: str, each: Written, seen: Ledger, ways: list[str]) -> None:
        has_moved = any(cancel["amount"] == each.refund["amount"] for cancel in seen.cancels)
        ruling = "done" if has_moved else self._random.choice(ways)
        ruled = await desk.ask("resolve", book="storm", key=key, ruling=ruling)
        self._played.rulings += 1
        if ruled["state"] is None:
            self._played.wrong.append(f"{key}: a ruling was refused: {ruled['refused']}")

    async def _until_rest(self) -> None:
        await until(lambda: not self._tables.is_busy(self._gateway.mid), PATIENCE, lambda: self._played, LOOK_EVERY)
        await quiet(self._gateway)

    def _judge(self, *, is_over: bool) -> dict[str, Written]:
        written = self._tables.read(self._gateway.mid)
        by_payment: dict[str, list[Written]] = {}
        for each in written.values():
            by_payment.setdefault(each.refund["tid"], []).append(each)
        seen = ledgers(self._gateway, list(by_payment))
        wrong = self._played.wrong
        if len(written) != 2 * self._scene.payments:
            wrong.append(f"lost: {len(written)} are recorded of {2 * self._scene.payments}")
        for tid, refunds in by_payment.items():
            wrong += [f"{tid}: {each}" for each in wrong_with_payment(refunds, seen[tid], is_over=is_over)]
            for refund in refunds:
                found = wrong_with(refund, seen[tid], self._scene.guard, is_over=is_over)
                wrong += [f"{refund.refund['refund_key']}: {each}" for each in found]
        return written

    def _count(self) -> None:
        told = self._gateway.command("requests", latest=1000)["requests"]
        self._played.requests = len(told)
        self._played.faulted = sum(request["fault"] is not None for request in told)

    async def _until_usual_is_over(self) -> None:
        """Of what is usually written by hand: until no job is left; then what the gateway's ledger says of it."""

        def jobs() -> list[tuple[str, str, int, str]]:
            with closing(sqlite3.connect(self._tables.told["file"], timeout=30)) as connection:
                return connection.execute("SELECT key, tid, amount, state FROM job").fetchall()

        await until(lambda: all(state in ("done", "failed") for *_, state in jobs()), PATIENCE)
        await quiet(self._gateway)
        self._played.end = Counter(state for *_, state in jobs())
        for key, tid, amount, state in jobs():
            cancels = self._gateway.command("payment", tid=tid)["cancels"]
            moved = sum(cancel["amount"] == amount for cancel in cancels)
            if moved > 1:
                self._played.wrong.append(f"{key}: doubled: moved {moved} times")
            elif state == "done" and not moved:
                self._played.wrong.append(f"{key}: recorded as done, but nothing moved")
            elif state == "failed" and moved:
                self._played.wrong.append(f"{key}: recorded as failed, but it moved")
