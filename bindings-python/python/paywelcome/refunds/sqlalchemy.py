"""The ledger in a database that a program uses through SQLAlchemy: PostgreSQL, MySQL, MariaDB or SQLite."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial
from typing import Any, Protocol

from ._alchemy import BY_ITSELF, beginning, dialect_of, must_begin, rows_of, written
from ._forks import disowned_in_children
from ._nested import savepoint
from .async_sqlalchemy import AsyncSQLAlchemyStore
from .store import Dialect, Query, Rows

__all__ = ["AsyncSQLAlchemyStore", "SQLAlchemyConnection", "SQLAlchemyEngine", "SQLAlchemySession", "SQLAlchemyStore"]


class SQLAlchemyConnection(Protocol):
    """A connection of SQLAlchemy's."""

    @property
    def dialect(self) -> Any:
        """What SQLAlchemy knows of the database."""
        ...

    @property
    def connection(self) -> Any:
        """The driver's connection, as the pool lends it."""
        ...

    def exec_driver_sql(self, statement: str, parameters: Any, /) -> Any:
        """Runs a statement as the driver reads it."""
        ...


class SQLAlchemySession(Protocol):
    """A session of SQLAlchemy's, or a ``scoped_session``."""

    def connection(self) -> Any:
        """Returns the connection of the session's transaction."""
        ...

    def get_bind(self) -> Any:
        """Returns the engine or connection that the session uses."""
        ...


class SQLAlchemyEngine(Protocol):
    """An engine of SQLAlchemy's."""

    @property
    def dialect(self) -> Any:
        """What SQLAlchemy knows of the database."""
        ...

    def connect(self) -> AbstractContextManager[Any]:
        """Lends a connection."""
        ...

    def dispose(self, close: bool = ...) -> None:
        """Gives up the connections of the pool."""
        ...


class SQLAlchemyStore:
    """Keeps refunds in PostgreSQL, MySQL, MariaDB or SQLite, through SQLAlchemy (2.0 or later).

    Given a session or a connection, it is a caller's store: for ``refunds.request(...,
    store=SQLAlchemyStore(session))`` within its transaction.

    Args:
        bind: The program's ``Engine``, for the ledger's own. Or the caller's ``Session``, ``scoped_session`` or
            ``Connection``. A session that uses several engines is not enough: give
            ``session.connection(bind_arguments=...)``.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: From any use.
        ValueError: The database is of a kind that the ledger has no SQL for. Or, from a request: the caller's
            connection to MySQL or MariaDB commits each statement by itself.
    """

    def __init__(self, bind: SQLAlchemyEngine | SQLAlchemyConnection | SQLAlchemySession) -> None:
        self._engine: SQLAlchemyEngine | None = None
        self._connection: Callable[[], Any]
        self._dialect: Dialect
        self._inherited = False
        given: Any = bind
        if hasattr(given, "get_bind"):
            self._connection = given.connection
            self._dialect = dialect_of(given.get_bind())
            return
        self._dialect = dialect_of(given)
        if hasattr(given, "exec_driver_sql"):
            self._connection = lambda: given
        else:
            self._engine = given
            disowned_in_children(self)

    @property
    def dialect(self) -> Dialect:
        """Which SQL the database understands."""
        return self._dialect

    def query(self, pieces: Sequence[str], values: Sequence[str | None], /) -> Rows:
        """Runs one statement. It is committed when this returns; in a caller's store, with the caller's transaction."""
        if self._engine is None:
            return _run(self._connection(), pieces, values)
        with self._lent(self._engine) as connection:
            return _run(connection, pieces, values)

    @contextmanager
    def transaction(self) -> Generator[Query, None, None]:
        """Runs several statements together: all are kept at the end of the block, or none if an exception ends it."""
        if self._engine is None:
            connection = self._connection()
            if must_begin(connection, connection.connection.driver_connection):
                _execute(connection, "BEGIN IMMEDIATE")
            with savepoint(partial(_execute, connection), mysql=self._dialect == "mysql"):
                yield partial(_run, connection)
            return
        with self._lent(self._engine) as connection:
            _execute(connection, beginning(self._dialect))
            try:
                yield partial(_run, connection)
                _execute(connection, "COMMIT")
            except BaseException:
                _take_back(connection)
                raise

    def in_transaction(self) -> bool:
        """Whether the caller decides if what `query` does is committed: always, unless the store has an engine."""
        return self._engine is None

    def disown(self) -> None:
        """Has a child that was forked open connections of its own, as SQLAlchemy asks for."""
        self._inherited = True

    @contextmanager
    def _lent(self, engine: SQLAlchemyEngine) -> Generator[Any, None, None]:
        if self._inherited:
            self._inherited = False
            engine.dispose(close=False)
        with engine.connect() as connection:
            yield connection.execution_options(**BY_ITSELF)


def _run(connection: Any, pieces: Sequence[str], values: Sequence[str | None], /) -> Rows:
    return rows_of(connection.exec_driver_sql(written(connection, pieces), tuple(values)))


def _execute(connection: Any, statement: str) -> None:
    connection.exec_driver_sql(statement, ())


def _take_back(connection: Any) -> None:
    try:
        _execute(connection, "ROLLBACK")
    except Exception:
        # It must not go back to the pool with a transaction that is open.
        with suppress(Exception):
            connection.invalidate()
