"""The ledger in MySQL or MariaDB, through PyMySQL."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from typing import Any, Literal, Protocol

from ._kept import Kept
from ._nested import savepoint
from ._placeholders import percent
from .store import Query, Rows

# The bit of a server's status that says that a transaction is open.
_IN_TRANSACTION = 1


class PyMySQLConnection(Protocol):
    """A connection of PyMySQL's."""

    @property
    def open(self) -> bool:
        """Whether it is neither closed nor lost."""
        ...

    def cursor(self, cursor: Any, /) -> Any:
        """Returns a cursor of that class."""
        ...

    def autocommit(self, value: Any, /) -> None:
        """Sets whether each statement is committed by itself."""
        ...

    def get_autocommit(self) -> Any:
        """Says whether each statement is committed by itself."""
        ...

    def begin(self) -> None:
        """Begins a transaction."""
        ...

    def commit(self) -> None:
        """Commits the transaction that is open."""
        ...

    def rollback(self) -> None:
        """Takes back the transaction that is open."""
        ...

    def ping(self, reconnect: Any, /) -> None:
        """Asks the server for a sign of life."""
        ...

    def close(self) -> None:
        """Closes the connection."""
        ...


class PyMySQLStore:
    """Keeps refunds in MySQL or MariaDB, through PyMySQL.

    Given a connection, it is a caller's store: for ``refunds.request(..., store=PyMySQLStore(connection))`` within that
    connection's open transaction.

    Args:
        source: A function that opens a new ``pymysql.Connection`` each time, for the ledger's own. Or the caller's
            ``pymysql.Connection``.

    Raises:
        pymysql.MySQLError: From any use.
        ValueError: From a request: the caller's connection commits each statement by itself, and has no open
            transaction.
    """

    dialect: Literal["mysql"] = "mysql"
    """Which SQL the database understands."""

    def __init__(self, source: Callable[[], PyMySQLConnection] | PyMySQLConnection) -> None:
        self._caller: PyMySQLConnection | None = None
        if callable(source):
            self._kept = Kept(source, _prepare, _alive, _sound, _close)
        else:
            self._caller = source

    def query(self, pieces: Sequence[str], values: Sequence[str | None], /) -> Rows:
        """Runs one statement. It is committed when this returns; in a caller's store, with the caller's transaction."""
        if self._caller is not None:
            return _run(self._caller, pieces, values)
        with self._kept.lent() as connection:
            return _run(connection, pieces, values)

    @contextmanager
    def transaction(self) -> Generator[Query, None, None]:
        """Runs several statements together: all are kept at the end of the block, or none if an exception ends it."""
        if self._caller is not None:
            with savepoint(partial(_execute, self._caller), mysql=True):
                yield partial(_run, self._caller)
            return
        with self._kept.lent() as connection:
            connection.begin()
            try:
                yield partial(_run, connection)
                connection.commit()
            except BaseException:
                connection.rollback()
                raise

    def in_transaction(self) -> bool:
        """Whether the caller decides if what `query` does is committed."""
        return self._caller is not None and (not self._caller.get_autocommit() or not _idle(self._caller))

    def close(self) -> None:
        """Closes the connections that are not in use. The store can still be used, and opens new ones."""
        if self._caller is None:
            self._kept.close()


def _prepare(connection: PyMySQLConnection) -> None:
    connection.autocommit(True)


def _run(connection: PyMySQLConnection, pieces: Sequence[str], values: Sequence[str | None], /) -> Rows:
    # A connection may have a class of cursors that turns rows into something else.
    with connection.cursor(import_module("pymysql.cursors").Cursor) as cursor:
        cursor.execute(percent(pieces), tuple(values))
        rows: Rows = cursor.fetchall() if cursor.description else ()
        return rows


def _execute(connection: PyMySQLConnection, statement: str) -> None:
    _run(connection, (statement,), ())


def _idle(connection: Any) -> bool:
    # What the server has said last; PyMySQL's types don't know of it.
    return not connection.server_status & _IN_TRANSACTION


def _alive(connection: PyMySQLConnection) -> None:
    connection.ping(False)


def _sound(connection: PyMySQLConnection) -> bool:
    return connection.open and _idle(connection)


def _close(connection: PyMySQLConnection) -> None:
    connection.close()
