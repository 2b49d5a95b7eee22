"""The ledger in PostgreSQL, through psycopg 3 on asyncio."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from importlib import import_module
from typing import Any, Literal, Protocol, TypeAlias, cast

from ._async_kept import AsyncKept
from ._nested import async_savepoint
from ._placeholders import percent
from .store import AsyncQuery, Rows

NUMBER: tuple[str, ...] = ("SELECT CAST(pg_backend_pid() AS text)",)
"""Asks the server for the number of its process."""


class AsyncPsycopgCursor(Protocol):
    """A cursor of psycopg's."""

    @property
    def description(self) -> Any:
        """What the columns are; None where the statement gives no rows."""
        ...

    async def execute(self, query: Any, params: Any, /) -> Any:
        """Runs a statement."""
        ...

    async def fetchall(self) -> Any:
        """Returns the rows."""
        ...


class AsyncPsycopgConnection(Protocol):
    """An ``AsyncConnection`` of psycopg's."""

    prepare_threshold: int | None
    """How often a statement is run before it is prepared; None for never."""

    @property
    def autocommit(self) -> bool:
        """Whether each statement is committed by itself."""
        ...

    @property
    def closed(self) -> bool:
        """Whether it was closed or lost."""
        ...

    @property
    def info(self) -> Any:
        """What is known of the connection."""
        ...

    def cursor(self, *, row_factory: Any) -> AsyncPsycopgCursor:
        """Returns a cursor."""
        ...

    def transaction(self) -> AbstractAsyncContextManager[Any]:
        """Begins a transaction, or a part of one."""
        ...

    async def set_autocommit(self, value: bool, /) -> None:
        """Sets whether each statement is committed by itself."""
        ...

    async def commit(self) -> None:
        """Commits the transaction that is open."""
        ...

    async def close(self) -> None:
        """Closes the connection."""
        ...


class AsyncPsycopgPool(Protocol):
    """An ``AsyncConnectionPool`` of psycopg_pool's."""

    def connection(self) -> AbstractAsyncContextManager[AsyncPsycopgConnection]:
        """Lends a connection, and commits what was done with it."""
        ...


_Lent: TypeAlias = "Callable[[], AbstractAsyncContextManager[AsyncPsycopgConnection]]"


class AsyncPsycopgStore:
    """Keeps refunds in PostgreSQL, through psycopg 3 on asyncio.

    Given a connection, it is a caller's store: for ``await refunds.request(...,
    store=AsyncPsycopgStore(connection))`` within that connection's open transaction.

    Args:
        source: Where the ledger's connections come from: a ``psycopg_pool.AsyncConnectionPool``, a function that
            opens a new ``psycopg.AsyncConnection`` each time, or a connection string. Or the caller's
            ``psycopg.AsyncConnection``.

    Raises:
        psycopg.Error: From any use.
    """

    dialect: Literal["postgres"] = "postgres"
    """Which SQL the database understands."""

    def __init__(
        self,
        source: str | Callable[[], Awaitable[AsyncPsycopgConnection]] | AsyncPsycopgPool | AsyncPsycopgConnection,
    ) -> None:
        self._caller: AsyncPsycopgConnection | None = None
        self._kept: AsyncKept[AsyncPsycopgConnection] | None = None
        self._lent: _Lent
        if isinstance(source, str) or callable(source):
            connect = partial(_connected, source) if isinstance(source, str) else source
            self._kept = AsyncKept(connect, _prepare, _alive, _sound, _close)
            self._lent = self._kept.lent
        elif hasattr(source, "getconn"):
            self._lent = cast("AsyncPsycopgPool", source).connection
        else:
            self._caller = cast("AsyncPsycopgConnection", source)

    async def query(self, pieces: Sequence[str], values: Sequence[str | None], /) -> Rows:
        """Runs one statement. It is committed when this returns; in a caller's store, with the caller's transaction."""
        if self._caller is not None:
            return await _run(self._caller, pieces, values)
        async with self._lent() as connection:
            return await _run(connection, pieces, values)

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[AsyncQuery, None]:
        """Runs several statements together: all are kept at the end of the block, or none if an exception ends it."""
        if self._caller is not None:
            async with async_savepoint(partial(_execute, self._caller)):
                yield partial(_run, self._caller)
            return
        async with self._lent() as connection, connection.transaction():
            yield partial(_run, connection)

    def in_transaction(self) -> bool:
        """Whether the caller decides if what `query` does is committed."""
        return self._caller is not None and not (self._caller.autocommit and _idle(self._caller))

    async def aclose(self) -> None:
        """Closes this event loop's connections that are not in use, unless they are a pool's.

        To be awaited before the event loop ends. The store can still be used.
        """
        if self._kept is not None:
            await self._kept.aclose()


async def _connected(conninfo: str) -> AsyncPsycopgConnection:
    connection: AsyncPsycopgConnection = await import_module("psycopg").AsyncConnection.connect(conninfo)
    return connection


async def _prepare(connection: AsyncPsycopgConnection) -> None:
    # What the function has set on it, such as a search path, is undone by the end of its transaction otherwise.
    await connection.commit()
    await connection.set_autocommit(True)
    # Behind a pooler, which gives a number of its own, a prepared statement may be gone, or be another program's of the
    # same name.
    if (await _run(connection, NUMBER, ()))[0][0] != str(connection.info.backend_pid):
        connection.prepare_threshold = None


async def _run(connection: AsyncPsycopgConnection, pieces: Sequence[str], values: Sequence[str | None], /) -> Rows:
    # A connection may have a row factory that turns rows into something else.
    cursor = connection.cursor(row_factory=_plain)
    await cursor.execute(percent(pieces), values)
    rows: Rows = await cursor.fetchall() if cursor.description else ()
    return rows


def _plain(cursor: object) -> Callable[[Sequence[Any]], tuple[Any, ...]]:
    return tuple


async def _execute(connection: AsyncPsycopgConnection, statement: str) -> None:
    await _run(connection, (statement,), ())


def _idle(connection: AsyncPsycopgConnection) -> bool:
    return bool(connection.info.transaction_status == 0)


async def _alive(connection: AsyncPsycopgConnection) -> None:
    await _execute(connection, "SELECT 1")


def _sound(connection: AsyncPsycopgConnection) -> bool:
    return not connection.closed and _idle(connection)


async def _close(connection: AsyncPsycopgConnection) -> None:
    await connection.close()
