"""The ledger in a database that a program uses through SQLAlchemy on asyncio: PostgreSQL, MySQL, MariaDB or SQLite."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from functools import partial
from typing import Any, Protocol

from ._alchemy import BY_ITSELF, beginning, dialect_of, must_begin, rows_of, written
from ._nested import async_savepoint
from .store import AsyncQuery, Dialect, Rows


class AsyncSQLAlchemyConnection(Protocol):
    """An ``AsyncConnection`` of SQLAlchemy's."""

    @property
    def dialect(self) -> Any:
        """What SQLAlchemy knows of the database."""
        ...

    async def exec_driver_sql(self, statement: str, parameters: Any, /) -> Any:
        """Runs a statement as the driver reads it."""
        ...

    async def get_raw_connection(self) -> Any:
        """Returns the driver's connection, as the pool lends it."""
        ...


class AsyncSQLAlchemySession(Protocol):
    """An ``AsyncSession`` of SQLAlchemy's, or an ``async_scoped_session``."""

    async def connection(self) -> Any:
        """Returns the connection of the session's transaction."""
        ...

    def get_bind(self) -> Any:
        """Returns the engine or connection that the session uses."""
        ...


class AsyncSQLAlchemyEngine(Protocol):
    """An ``AsyncEngine`` of SQLAlchemy's."""

    @property
    def dialect(self) -> Any:
        """What SQLAlchemy knows of the database."""
        ...

    def connect(self) -> AbstractAsyncContextManager[Any]:
        """Lends a connection."""
        ...


class AsyncSQLAlchemyStore:
    """Keeps refunds in PostgreSQL, MySQL, MariaDB or SQLite, through SQLAlchemy (2.0 or later) on asyncio.

    Given a session or a connection, it is a caller's store: for
    ``await refunds.request(..., store=AsyncSQLAlchemyStore(session))`` within its transaction.

    Args:
        bind: The program's ``AsyncEngine``, for the ledger's own. Or the caller's ``AsyncSession``,
            ``async_scoped_session`` or ``AsyncConnection``. A session that uses several engines is not enough: give
            ``await session.connection(bind_arguments=...)``.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: From any use.
        ValueError: The database is of a kind that the ledger has no SQL for. Or, from a request: the caller's
            connection to MySQL or MariaDB commits each statement by itself.
    """

    def __init__(self, bind: AsyncSQLAlchemyEngine | AsyncSQLAlchemyConnection | AsyncSQLAlchemySession) -> None:
        self._engine: AsyncSQLAlchemyEngine | None = None
        self._session: AsyncSQLAlchemySession | None = None
        self._caller: AsyncSQLAlchemyConnection | None = None
        self._dialect: Dialect
        given: Any = bind
        if hasattr(given, "get_bind"):
            self._session = given
            self._dialect = dialect_of(given.get_bind())
            return
        self._dialect = dialect_of(given)
        if hasattr(given, "exec_driver_sql"):
            self._caller = given
        else:
            self._engine = given

    @property
    def dialect(self) -> Dialect:
        """Which SQL the database understands."""
        return self._dialect

    async def query(self, pieces: Sequence[str], values: Sequence[str | None], /) -> Rows:
        """Runs one statement. It is committed when this returns; in a caller's store, with the caller's transaction."""
        if self._engine is None:
            return await _run(await self._callers(), pieces, values)
        async with self._engine.connect() as connection:
            return await _run(await connection.execution_options(**BY_ITSELF), pieces, values)

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[AsyncQuery, None]:
        """Runs several statements together: all are kept at the end of the block, or none if an exception ends it."""
        if self._engine is None:
            connection = await self._callers()
            if must_begin(connection, (await connection.get_raw_connection()).driver_connection):
                await _execute(connection, "BEGIN IMMEDIATE")
            async with async_savepoint(partial(_execute, connection), mysql=self._dialect == "mysql"):
                yield partial(_run, connection)
            return
        async with self._engine.connect() as lent:
            connection = await lent.execution_options(**BY_ITSELF)
            await _execute(connection, beginning(self._dialect))
            try:
                yield partial(_run, connection)
                await _execute(connection, "COMMIT")
            except BaseException:
                await _take_back(connection)
                raise

    def in_transaction(self) -> bool:
        """Whether the caller decides if what `query` does is committed: always, unless the store has an engine."""
        return self._engine is None

    async def _callers(self) -> Any:
        return self._caller if self._session is None else await self._session.connection()


async def _run(connection: Any, pieces: Sequence[str], values: Sequence[str | None], /) -> Rows:
    return rows_of(await connection.exec_driver_sql(written(connection, pieces), tuple(values)))


async def _execute(connection: Any, statement: str) -> None:
    await connection.exec_driver_sql(statement, ())


async def _take_back(connection: Any) -> None:
    try:
        await _execute(connection, "ROLLBACK")
    except Exception:
        # It must not go back to the pool with a transaction that is open.
        with suppress(Exception):
            await connection.invalidate()
