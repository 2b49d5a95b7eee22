"""The workers, one program for each language, as this side sees them."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
GUARD = 90.0
"""Seconds after which a command has hung."""
LANGUAGES = ("python", "node")
PROGRAMS = {
    "python": [sys.executable, "worker.py"],
    "node": ["node", "worker.mjs"],
    "usual": [sys.executable, "usual.py"],
    "usual-bullmq": ["node", "usual.mjs", "3"],
    "usual-bullmq-once": ["node", "usual.mjs", "1"],
    "bullmq": ["node", "queues.mjs", "bullmq"],
    "pg-boss": ["node", "queues.mjs", "pg-boss"],
    **{
        name: [sys.executable, "queues.py", name]
        for queue in ("celery-prefork", "celery-threads", "procrastinate")
        for name in (queue, f"usual-{queue}")
    },
}
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "request_method")


class WorkerEnded(Exception):
    """The program is gone; the text is what it said last."""


class Worker:
    """A running program."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.at: dict[str, str | None] = {}
        """The lives that are where they were to stop, by key; and what became of one that never came there."""
        self._errors: list[str] = []
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._moved = asyncio.Event()

    async def start(self) -> Worker:
        plain = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("PAYWELCOME_") and name.lower() not in PROXIES
        }
        self._process = await asyncio.create_subprocess_exec(
            *PROGRAMS[self.language],
            cwd=HERE,
            env=plain,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=2**24,
        )
        self._readers = [asyncio.create_task(self._read()), asyncio.create_task(self._read_errors())]
        return self

    async def ask(self, do: str, **line: Any) -> dict[str, Any]:
        """Has something done, and gives the answer.

        Raises:
            WorkerEnded: The program ended first, or could not do it.
        """
        number = next(self._numbers)
        told = self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            self.tell(do, n=number, **line)
            answered = await asyncio.wait_for(told, GUARD)
        finally:
            del self._waiting[number]
        if "error" in answered:
            raise WorkerEnded(f"{self.language}, {do}: {answered['error']}")
        return answered

    def tell(self, do: str, **line: Any) -> None:
        """Has something begun."""
        assert self._process.stdin is not None
        if self._process.stdin.is_closing() or self._process.returncode is not None:
            raise WorkerEnded(self._said())
        self._process.stdin.write(json.dumps({"do": do, **line}).encode() + b"\n")

    async def until_at(self, keys: set[str]) -> None:
        """Waits until all these lives are where they were to stop."""
        while not keys <= self.at.keys():
            if self._process.returncode is not None:
                raise WorkerEnded(self._said())
            self._moved.clear()
            await asyncio.wait_for(self._moved.wait(), GUARD)

    async def kill(self) -> None:
        """Ends the program as a crash would."""
        self._process.kill()
        code = await self._process.wait()
        assert code == -signal.SIGKILL, f"it had ended by itself with {code}: {self._said()}"
        await asyncio.gather(*self._readers)

    async def end(self) -> None:
        """Lets the program end, or ends it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), GUARD)
        except asyncio.TimeoutError:
            self._process.kill()
        await asyncio.gather(*self._readers)

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for text in self._process.stdout:
            line = json.loads(text)
            if "at" in line:
                self.at[line["at"]] = line.get("missed")
                self._moved.set()
            elif (waiting := self._waiting.get(line["n"])) and not waiting.done():
                waiting.set_result(line)
        await self._process.wait()
        self._moved.set()
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(WorkerEnded(self._said()))

    async def _read_errors(self) -> None:
        assert self._process.stderr is not None
        async for text in self._process.stderr:
            self._errors.append(text.decode(errors="replace"))

    def _said(self) -> str:
        return f"{self.language}: {''.join(self._errors[-40:])}"
