"""The ledger in PostgreSQL, through psycopg 3."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from importlib import import_module
from typing import Any, Literal, Protocol, TypeAlias, cast

from ._kept import Kept
from ._nested import savepoint
from ._placeholders import percent
from .async_psycopg import NUMBER, AsyncPsycopgStore
from .store import Query, Rows

__all__ = ["AsyncPsycopgStore", "PsycopgConnection", "PsycopgCursor", "PsycopgPool", "PsycopgStore"]


class PsycopgCursor(Protocol):
    """A cursor of psycopg's."""

    @property
    def description(self) -> Any:
        """What the columns are; None where the statement gives no rows."""
        ...

    def execute(self, query: Any, params: Any, /) -> Any:
        """Runs a statement."""
        ...

    def fetchall(self) -> Any:
        """Returns the rows."""
        ...


class PsycopgConnection(Protocol):
    """A connection of psycopg's."""

    autocommit: bool
    """Whether each statement is committed by itself."""
    prepare_threshold: int | None
    """How often a statement is run before it is prepared; None for never."""

    @property
    def closed(self) -> bool:
        """Whether it was closed or lost."""
        ...

    @property
    def info(self) -> Any:
        """What is known of the connection."""
        ...

    def cursor(self, *, row_factory: Any) -> PsycopgCursor:
        """Returns a cursor."""
        ...

    def transaction(self) -> AbstractContextManager[Any]:
        """Begins a transaction, or a part of one."""
        ...

    def commit(self) -> None:
        """Commits the transaction that is open."""
        ...

    def close(self) -> None:
        """Closes the connection."""
        ...


class PsycopgPool(Protocol):
    """A pool of psycopg_pool's."""

    def connection(self) -> AbstractContextManager[PsycopgConnection]:
        """Lends a connection, and commits what was done with it."""
        ...


_Lent: TypeAlias = "Callable[[], AbstractContextManager[PsycopgConnection]]"


class PsycopgStore:
    """Keeps refunds in PostgreSQL, through psycopg 3.

    Given a connection, it is a caller's store: for ``refunds.request(..., store=PsycopgStore(connection))`` within
    that connection's open transaction.

    Args:
        source: Where the ledger's connections come from: a ``psycopg_pool.ConnectionPool``, a function that opens a new
            ``psycopg.Connection`` each time, or a connection string. Or the caller's ``psycopg.Connection``.

    Raises:
        psycopg.Error: From any use.
    """

    dialect: Literal["postgres"] = "postgres"
    """Which SQL the database understands."""

    def __init__(self, source: str | Callable[[], PsycopgConnection] | PsycopgPool | PsycopgConnection) -> None:
        self._caller: PsycopgConnection | None = None
        self._kept: Kept[PsycopgConnection] | None = None
        self._lent: _Lent
        if isinstance(source, str) or callable(source):
            connect = partial(_connected, source) if isinstance(source, str) else source
            self._kept = Kept(connect, _prepare, _alive, _sound, _close)
            self._lent = self._kept.lent
        elif hasattr(source, "getconn"):
            self._lent = cast("PsycopgPool", source).connection
        else:
            self._caller = cast("PsycopgConnection", source)

    def query(self, pieces: Sequence[str], values: Sequence[str | None], /) -> Rows:
        """Runs one statement. It is committed when this returns; in a caller's store, with the caller's transaction."""
        if self._caller is not None:
            return _run(self._caller, pieces, values)
        with self._lent() as connection:
            return _run(connection, pieces, values)

    @contextmanager
    def transaction(self) -> Generator[Query, None, None]:
        """Runs several statements together: all are kept at the end of the block, or none if an exception ends it."""
        if self._caller is not None:
            with savepoint(partial(_execute, self._caller)):
                yield partial(_run, self._caller)
            return
        with self._lent() as connection, connection.transaction():
            yield partial(_run, connection)

    def in_transaction(self) -> bool:
        """Whether the caller decides if what `query` does is committed."""
        return self._caller is not None and not (self._caller.autocommit and _idle(self._caller))

    def close(self) -> None:
        """Closes the connections that are not in use, unless they are a pool's. The store can still be used."""
        if self._kept is not None:
            self._kept.close()


def _connected(conninfo: str) -> PsycopgConnection:
    connection: PsycopgConnection = import_module("psycopg").connect(conninfo)
    return connection


def _prepare(connection: PsycopgConnection) -> None:
    # What the function has set on it, such as a search path, is undone by the end of its transaction otherwise.
    connection.commit()
    connection.autocommit = True
    # Behind a pooler, which gives a number of its own, a prepared statement may be gone, or be another program's of the
    # same name.
    if _run(connection, NUMBER, ())[0][0] != str(connection.info.backend_pid):
        connection.prepare_threshold = None


def _run(connection: PsycopgConnection, pieces: Sequence[str], values: Sequence[str | None], /) -> Rows:
    # A connection may have a row factory that turns rows into something else.
    cursor = connection.cursor(row_factory=_plain)
    cursor.execute(percent(pieces), values)
    rows: Rows = cursor.fetchall() if cursor.description else ()
    return rows


def _plain(cursor: object) -> Callable[[Sequence[Any]], tuple[Any, ...]]:
    return tuple


def _execute(connection: PsycopgConnection, statement: str) -> None:
    _run(connection, (statement,), ())


def _idle(connection: PsycopgConnection) -> bool:
    return bool(connection.info.transaction_status == 0)


def _alive(connection: PsycopgConnection) -> None:
    _execute(connection, "SELECT 1")


def _sound(connection: PsycopgConnection) -> bool:
    return not connection.closed and _idle(connection)


def _close(connection: PsycopgConnection) -> None:
    connection.close()
