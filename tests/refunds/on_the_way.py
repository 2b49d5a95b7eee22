"""A way to the gateway on which requests stay: those that have left a worker, and those whose answers it never gets."""

from __future__ import annotations

import asyncio
import re
from typing import Literal
from urllib.parse import urlsplit

Place = Literal["left", "arrived"]
LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
TID = re.compile(rb"(?:^|&)tid=([^&]*)")


class Relay:
    """Takes requests, and keeps each at the place that its tid was given.

    ``left`` keeps the request itself, as a network does that is slow; it is delivered when its tid is told. ``arrived``
    passes it on at once, and keeps the answer from the worker.
    """

    def __init__(self, gateway: str, places: dict[str, Place]) -> None:
        self._gateway, self._places = urlsplit(gateway), places
        self.kept: set[str] = set()
        """The tids of requests that have come."""
        self._requests: dict[str, bytes] = {}
        self._onward: dict[str, asyncio.StreamWriter] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Relay:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def deliver(self, tid: str) -> bool:
        """Lets a request that has left arrive; its answer reaches nobody. False where there is none."""
        request = self._requests.pop(tid, None)
        if request is not None:
            await self._pass_on(tid, request)
        return request is not None

    def hang_up(self, tid: str) -> None:
        """Ends the connection on which a request was passed on, as the end of its worker does."""
        if (writer := self._onward.pop(tid, None)) is not None:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = LENGTH.search(head)
            body = await reader.readexactly(int(length.group(1)) if length else 0)
            found = TID.search(body)
            assert found is not None, body
            tid = found.group(1).decode()
            if self._places[tid] == "arrived":
                await self._pass_on(tid, head + body)
            else:
                self._requests[tid] = head + body
            self.kept.add(tid)
            # Until the worker is gone.
            await reader.read()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _pass_on(self, tid: str, request: bytes) -> None:
        reader, writer = await asyncio.open_connection(self._gateway.hostname, self._gateway.port)
        self._onward[tid] = writer
        writer.write(request)
        await writer.drain()
        task = asyncio.create_task(self._swallow(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _swallow(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.read(65536):
                pass
        except ConnectionError:
            pass
        finally:
            writer.close()
