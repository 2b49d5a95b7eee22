"""The programs that make the calls, one for each face, as this side sees them."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import sys
from pathlib import Path
from typing import Any

from judge import Seen

HERE = Path(__file__).parent
GUARD = 60.0
"""Seconds after which a call has hung."""
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "request_method")


class DriverEnded(Exception):
    """The program that made the call is gone, and with it whoever would have seen its end."""


class Driver:
    """A running program."""

    def __init__(self, face: str) -> None:
        self.face = face
        self.settled: dict[str, list[dict[str, Any]]] = {}
        """The reports of abandoned calls, by tid."""
        self.errors: list[str] = []
        self.killed = False
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Seen]] = {}

    async def start(self) -> Driver:
        program = ["node", "driver.mjs"] if self.face == "node" else [sys.executable, "driver.py", self.face]
        plain = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("PAYWELCOME_") and name.lower() not in PROXIES
        }
        self._process = await asyncio.create_subprocess_exec(
            *program,
            cwd=HERE,
            env=plain,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        self._readers = [asyncio.create_task(self._read()), asyncio.create_task(self._read_errors())]
        return self

    async def call(self, **line: Any) -> Seen:
        """Makes one call and gives what its caller saw."""
        if self.killed:
            raise DriverEnded(self.face)
        number = next(self._numbers)
        seen = self._waiting[number] = asyncio.get_running_loop().create_future()
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps({"n": number, **line}).encode() + b"\n")
            return await asyncio.wait_for(seen, GUARD)
        finally:
            del self._waiting[number]

    async def kill(self) -> None:
        """Ends the program as a crash would; its calls end with `DriverEnded`."""
        self.killed = True
        self._process.kill()
        await self._process.wait()
        # Its forked children may hold the pipes for a while.
        self._abandon()
        await self.end()

    async def end(self) -> int:
        """Lets the program end by itself; gives its exit code."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        code = await asyncio.wait_for(self._process.wait(), GUARD)
        await asyncio.gather(*self._readers)
        return code

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for text in self._process.stdout:
            line = json.loads(text)
            if "settled" in line:
                self.settled.setdefault(line["settled"], []).append(line)
            elif (waiting := self._waiting.get(line["n"])) and not waiting.done():
                waiting.set_result(Seen(**line["seen"]))
        self._abandon()

    def _abandon(self) -> None:
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(DriverEnded(f"{self.face}: {self.errors}"))

    async def _read_errors(self) -> None:
        assert self._process.stderr is not None
        async for text in self._process.stderr:
            self.errors.append(text.decode(errors="replace"))
