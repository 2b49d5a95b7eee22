"""A storm on a queue that merchants have: its workers are killed, and the queue's engine and the database crash."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from typing import Any

from elsewhere import engines
from gateway import Ledger
from storm import Played, Scene, Storm
from tables import Tables, Written, install
from workers import Worker, WorkerEnded

from paywelcome.refunds.psycopg import PsycopgStore
from paywelcome.testing import Sandbox

CRASH = 4
"""Each of so many strikes meets an engine in place of a worker."""
DOWN = 1.0
"""Seconds for which an engine is gone, at most."""


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
        store = PsycopgStore(url)
        with Sandbox() as gateway, gateway.client() as client:
            install(store, client)
        store.close()

    def _told(self) -> dict[str, Any]:
        return {**super()._told(), "engines": {name: engine.url for name, engine in self._engines.items()}}

    async def _wake(self, rows: list[dict[str, Any]]) -> None:
        # Every other wake-up is lost.
        await self._workers[0].ask("wake", keys=[row["key"] for row in rows[::2]])

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
