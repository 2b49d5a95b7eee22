"""The ledger in PostgreSQL, through asyncpg."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import Any, Literal, Protocol, cast

from ._nested import async_savepoint
from ._placeholders import dollar
from .store import AsyncQuery, Rows


class AsyncpgConnection(Protocol):
    """A connection of asyncpg's, its own or a pool's."""

    async def fetch(self, query: str, /, *args: Any) -> Any:
        """Runs a statement and gives its rows."""
        ...

    async def execute(self, query: str, /) -> Any:
        """Runs a statement."""
        ...

    def transaction(self, *, isolation: Any) -> Any:
        """Begins a transaction, or a part of one."""
        ...

    def is_in_transaction(self) -> bool:
        """Says whether a transaction is open."""
        ...


class AsyncpgPool(Protocol):
    """A pool of asyncpg's."""

    def acquire(self) -> Any:
        """Lends a connection."""
        ...


class AsyncpgStore:
    """Keeps refunds in PostgreSQL, through asyncpg.

    Given a connection, it is a caller's store: for ``await refunds.request(..., store=AsyncpgStore(connection))``
    within that connection's open transaction.

    Args:
        source: An ``asyncpg.Pool``, for the ledger's own. Or the caller's ``asyncpg.Connection``, also one that a
            pool lent. Behind PgBouncer in transaction mode, asyncpg needs ``statement_cache_size=0``.

    Raises:
        asyncpg.PostgresError, asyncpg.InterfaceError, OSError: From any use.
    """

    dialect: Literal["postgres"] = "postgres"
    """Which SQL the database understands."""

    def __init__(self, source: AsyncpgPool | AsyncpgConnection) -> None:
        pooled = hasattr(source, "acquire")
        self._pool = cast("AsyncpgPool", source) if pooled else None
        self._caller = None if pooled else cast("AsyncpgConnection", source)

    async def query(self, pieces: Sequence[str], values: Sequence[str | None], /) -> Rows:
        """Runs one statement. It is committed when this returns; in a caller's store, with the caller's transaction."""
        async with self._lent() as connection:
            return await _run(connection, pieces, values)

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[AsyncQuery, None]:
        """Runs several statements together: all are kept at the end of the block, or none if an exception ends it."""
        async with self._lent() as connection:
            if self._caller is not None:
                async with async_savepoint(connection.execute):
                    yield partial(_run, connection)
                return
            # Under a stricter level a change is an error where another has changed the row meanwhile.
            async with connection.transaction(isolation="read_committed"):
                yield partial(_run, connection)

    def in_transaction(self) -> bool:
        """Whether the caller decides if what `query` does is committed."""
        return self._caller is not None and self._caller.is_in_transaction()

    @asynccontextmanager
    async def _lent(self) -> AsyncGenerator[AsyncpgConnection, None]:
        if self._caller is not None:
            yield self._caller
        elif self._pool is not None:
            async with cast("AbstractAsyncContextManager[AsyncpgConnection]", self._pool.acquire()) as connection:
                yield connection


async def _run(connection: AsyncpgConnection, pieces: Sequence[str], values: Sequence[str | None], /) -> Rows:
    return [tuple(row) for row in await connection.fetch(dollar(pieces), *values)]
