"""Connections of a store's own on asyncio: each belongs to one event loop, is kept for the next use, never shared."""

from __future__ import annotations

import asyncio
import time
import weakref
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Generic, TypeVar

from ._forks import disowned_in_children, keep_open
from ._kept import FRESH

Connection = TypeVar("Connection")


class AsyncKept(Generic[Connection]):
    """Lends connections; those that come back sound are lent again in the same event loop.

    Args:
        connect: Opens a connection.
        prepare: Sets up a connection that was opened.
        alive: Asks the server for a sign of life; any exception says that there is none.
        sound: Whether a connection can be used again after an error: open, and in no transaction.
        close: Closes a connection.
    """

    def __init__(
        self,
        connect: Callable[[], Awaitable[Connection]],
        prepare: Callable[[Connection], Awaitable[object]],
        alive: Callable[[Connection], Awaitable[object]],
        sound: Callable[[Connection], bool],
        close: Callable[[Connection], Awaitable[object]],
    ) -> None:
        self._connect, self._prepare, self._alive, self._sound, self._close = connect, prepare, alive, sound, close
        self._loops: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, list[tuple[Connection, float]]]
        self._loops = weakref.WeakKeyDictionary()
        disowned_in_children(self)

    @asynccontextmanager
    async def lent(self) -> AsyncGenerator[Connection, None]:
        """Lends a connection to one task until the end of the block."""
        loop = asyncio.get_running_loop()
        connection = await self._taken(self._loops.setdefault(loop, []))
        idle = self._loops.setdefault(loop, [])
        sound = True
        try:
            yield connection
        except BaseException as error:
            # What cancels may leave an answer unread, which the next use would take for its own.
            sound = isinstance(error, Exception) and self._sound(connection)
            raise
        finally:
            if not sound:
                await self._ended(connection)
            elif idle is self._loops.get(loop):
                idle.append((connection, time.monotonic()))
            else:
                # The store was closed meanwhile.
                await self._close(connection)

    async def _taken(self, idle: list[tuple[Connection, float]]) -> Connection:
        while idle:
            connection, since = idle.pop()
            if time.monotonic() - since < FRESH:
                return connection
            try:
                await self._alive(connection)
            except Exception:
                await self._ended(connection)
            except BaseException:
                with suppress(Exception):
                    await self._close(connection)
                raise
            else:
                return connection
        connection = await self._connect()
        try:
            await self._prepare(connection)
        except BaseException:
            with suppress(Exception):
                await self._close(connection)
            raise
        return connection

    async def _ended(self, connection: Connection) -> None:
        """Closes a connection that can't be used again, and the idle ones, which the same server has probably ended."""
        with suppress(Exception):
            await self._close(connection)
        await self.aclose()

    async def aclose(self) -> None:
        """Closes the idle connections of the running event loop."""
        for connection, _ in self._loops.pop(asyncio.get_running_loop(), []):
            with suppress(Exception):
                await self._close(connection)

    def disown(self) -> None:
        """Forgets all connections, in a child that was forked."""
        keep_open(self._loops)
        self._loops = weakref.WeakKeyDictionary()
