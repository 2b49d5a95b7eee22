"""The ledger in a file of its own on asyncio, or within a transaction of a program that uses aiosqlite."""

from __future__ import annotations

import asyncio
import os
import weakref
from collections.abc import AsyncGenerator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any, Literal, Protocol, TypeVar

from ._forks import disowned_in_children, keep_open
from ._nested import async_savepoint
from ._placeholders import question
from .sqlite import SQLiteStore, begins
from .store import AsyncQuery, Rows

Result = TypeVar("Result")

# Each may wait for another process that writes; one that has begun to write must find a thread all the same.
_THREADS = 64


class AiosqliteConnection(Protocol):
    """A connection of aiosqlite's."""

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        ...

    @property
    def isolation_level(self) -> Any:
        """How the connection begins transactions by itself; None if it does not."""
        ...

    async def cursor(self) -> Any:
        """Returns a cursor."""
        ...


class AsyncSQLiteStore:
    """Keeps refunds in an SQLite file, which several processes of one machine may use at once, on asyncio.

    It uses threads of its own and needs no driver. Given a connection of aiosqlite's in place of a file, it is a
    caller's store: for ``await refunds.request(..., store=AsyncSQLiteStore(connection))`` within that connection's
    open transaction.

    Args:
        database: The file, which is made if it does not exist. It must be on a disk of this machine, not on a
            network's: SQLite's locks are not reliable there. Or the caller's ``aiosqlite.Connection``.
        timeout: Seconds that a statement waits while another process or thread writes; for a file only.

    Raises:
        ValueError: The database is ``":memory:"`` or has no name, so refunds would be lost with the process.
        sqlite3.OperationalError: From any use: the file can't be opened, or others wrote for longer than `timeout`.
    """

    dialect: Literal["sqlite"] = "sqlite"
    """Which SQL the database understands."""

    def __init__(self, database: str | os.PathLike[str] | AiosqliteConnection, *, timeout: float = 10.0) -> None:
        self._caller: AiosqliteConnection | None = None
        if not isinstance(database, (str, os.PathLike)):
            self._caller = database
            return
        self._store = SQLiteStore(database, timeout=timeout)
        self._threads = ThreadPoolExecutor(_THREADS, "paywelcome-sqlite")
        # SQLite has one writer at a time, and asks again and again while it waits; tasks wait for their turn.
        self._turns: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = weakref.WeakKeyDictionary()
        disowned_in_children(self)

    async def query(self, pieces: Sequence[str], values: Sequence[str | None], /) -> Rows:
        """Runs one statement. It is committed when this returns; in a caller's store, with the caller's transaction.

        Args:
            pieces: The statement, cut where its values belong.
            values: One fewer than there are pieces, each a text or ``None``.
        """
        if self._caller is not None:
            return await _run(self._caller, pieces, values)
        return await self._in_thread(self._store.query, pieces, values)

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[AsyncQuery, None]:
        """Runs several statements together: all are kept at the end of the block, or none if an exception ends it."""
        if self._caller is not None:
            # As the connection does by itself before it writes; released, a savepoint without a transaction would be
            # committed.
            if begins(self._caller) and not self._caller.in_transaction:
                await _execute(self._caller, "BEGIN IMMEDIATE")
            async with async_savepoint(partial(_execute, self._caller)):
                yield partial(_run, self._caller)
            return
        async with self._turns.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
            block = self._store.transaction()
            try:
                query = await self._in_thread(block.__enter__)
                yield partial(self._in_thread, query)
            except BaseException as error:
                await self._in_thread(block.__exit__, type(error), error, error.__traceback__)
                raise
            await self._in_thread(block.__exit__, None, None, None)

    def in_transaction(self) -> bool:
        """Whether the caller decides if what `query` does is committed."""
        return self._caller is not None and (self._caller.in_transaction or begins(self._caller))

    async def aclose(self) -> None:
        """Closes the connections that are not in use. The store can still be used, and opens new ones."""
        if self._caller is None:
            self._store.close()

    def disown(self) -> None:
        """Forgets its threads, in a child that was forked, where they do not exist."""
        keep_open(self._threads)
        self._threads = ThreadPoolExecutor(_THREADS, "paywelcome-sqlite")

    async def _in_thread(self, run: Callable[..., Result], *arguments: Any) -> Result:
        ended = asyncio.get_running_loop().run_in_executor(self._threads, partial(run, *arguments))
        try:
            return await asyncio.shield(ended)
        except asyncio.CancelledError:
            # The thread still uses the connection, which nobody else must touch until then, however often this happens.
            while not ended.done():
                with suppress(asyncio.CancelledError):
                    await asyncio.wait([ended])
            raise


async def _run(connection: AiosqliteConnection, pieces: Sequence[str], values: Sequence[str | None], /) -> Rows:
    cursor = await connection.cursor()
    # A caller may have set what turns rows into something else.
    cursor.row_factory = None
    await cursor.execute(question(pieces), values)
    rows: Rows = await cursor.fetchall()
    await cursor.close()
    return rows


async def _execute(connection: AiosqliteConnection, statement: str) -> None:
    await _run(connection, (statement,), ())
