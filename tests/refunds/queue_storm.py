"""A storm on a queue that merchants have: its workers are killed, and the queue's engine and the database crash."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from contextlib import ExitStack, suppress
from typing import Any

import by_hand
import psycopg
from elsewhere import engines
from gateway import LOOK_EVERY, Ledger, quiet
from storm import Played, Scene, Storm
from tables import Tables, Written, install
from workers import Worker, WorkerEnded

from paywelcome.refunds.psycopg import PsycopgStore
from paywelcome.testing import Sandbox

CRASH = 4
"""Each of so many strikes meets an engine in place of a worker."""
DOWN = 1.0
"""Seconds for which an engine is gone, at most."""
CALM = 20.0
"""Seconds without a change after which nobody works on what is usually written by hand."""


class QueueStorm(Storm):
    """On engines of its own, since they crash."""

    def __init__(self, scene: Scene, seed: int, mid: str) -> None:
        super().__init__(scene, Tables({}), seed, mid)
        self._engines: dict[str, engines.Engine] = {}
        self._strikes = 0
        self._standing = asyncio.Lock()
        """Held while an engine is down, and by those who need all of them."""

    async def play(self) -> Played:
        with ExitStack() as stack:
            await asyncio.to_thread(self._start, stack)
            try:
                return await super().play()
            finally:
                self._tables.close()

    def _start(self, stack: ExitStack) -> None:
        # Those of the usual are to lose nothing of their own.
        assert self._scene.queue is not None
        for name in {"postgres", self._scene.queue}:
            durable = name == "postgres" or self._scene.is_usual
            self._engines[name] = stack.enter_context(engines.start(name, durable=durable))
        url = self._engines["postgres"].url
        self._tables = Tables({"kind": "postgres", "url": url})
        if self._scene.languages[0].endswith("procrastinate"):
            import procrastinate

            with procrastinate.App(connector=procrastinate.SyncPsycopgConnector(conninfo=url)).open() as app:
                app.schema_manager.apply_schema()
        store = PsycopgStore(url)
        with Sandbox() as gateway, gateway.client() as client:
            install(store, client)
        store.close()

    def _told(self) -> dict[str, Any]:
        return {**super()._told(), "engines": {name: engine.url for name, engine in self._engines.items()}}

    async def _wake(self, rows: list[dict[str, Any]]) -> None:
        # Every other wake-up is lost; what is usually written has nothing else.
        keys = [row["key"] for row in (rows if self._scene.is_usual else rows[::2])]
        await self._workers[0].ask("wake", keys=keys)

    async def _strike(self) -> None:
        self._strikes += 1
        if self._strikes % CRASH != CRASH // 2:
            return await super()._strike()
        engine = sorted(self._engines)[self._played.crashes % len(self._engines)]
        async with self._standing:
            await asyncio.to_thread(self._engines[engine].again, self._random.uniform(0, DOWN))
        self._played.crashes += 1

    async def _rule(self, desk: Worker, key: str, each: Written, seen: Ledger, ways: list[str]) -> None:
        async with self._standing:
            try:
                await super()._rule(desk, key, each, seen, ways)
            except WorkerEnded:
                # Its connection had crashed with the database.
                await super()._rule(desk, key, each, seen, ways)

    async def _started(self, language: str) -> Worker:
        async with self._standing:
            return await super()._started(language)

    async def _until_usual_is_over(self) -> None:
        """Until nothing has changed for a while; then what the gateway's ledger says of it."""
        url = self._engines["postgres"].url

        def seen() -> object:
            with suppress(psycopg.OperationalError):
                return self._gateway.command("requests", latest=1)["last"], by_hand.read(url)

        before, since = None, time.monotonic()
        while time.monotonic() - since < CALM:
            await asyncio.sleep(LOOK_EVERY)
            if (now := seen()) is not None and now != before:
                before, since = now, time.monotonic()
        async with self._standing:
            await quiet(self._gateway)
            told = by_hand.read(url)
        self._played.end = Counter(state for *_, state in told)
        for key, tid, amount, state in told:
            moved = sum(cancel["amount"] == amount for cancel in self._gateway.command("payment", tid=tid)["cancels"])
            if moved > 1:
                self._played.wrong.append(f"{key}: doubled: moved {moved} times")
            elif state == "waiting":
                self._played.wrong.append(f"{key}: lost: nobody works on it, moved {moved} times")
            elif (state == "done") != bool(moved):
                self._played.wrong.append(f"{key}: recorded as {state}, moved {moved} times")
