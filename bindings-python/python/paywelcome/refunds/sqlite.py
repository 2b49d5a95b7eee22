"""The ledger in a file of its own, or within a transaction of a program that keeps its data in SQLite."""

from __future__ import annotations

import os
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from ._kept import Kept
from ._nested import savepoint
from ._placeholders import question
from .store import Query, Rows

if TYPE_CHECKING:
    import sqlite3


class SQLiteStore:
    """Keeps refunds in an SQLite file, which several processes of one machine may use at once.

    Given a connection in place of a file, it is a caller's store: for ``refunds.request(...,
    store=SQLiteStore(connection))`` within that connection's open transaction.

    Args:
        database: The file, which is made if it does not exist. It must be on a disk of this machine, not on a
            network's: SQLite's locks are not reliable there. Or the caller's ``sqlite3.Connection``.
        timeout: Seconds that a statement waits while another process or thread writes; for a file only.

    Raises:
        ValueError: The database is ``":memory:"`` or has no name, so refunds would be lost with the process.
        sqlite3.OperationalError: From any use: the file can't be opened, or others wrote for longer than `timeout`.
    """

    dialect: Literal["sqlite"] = "sqlite"
    """Which SQL the database understands."""

    def __init__(self, database: str | os.PathLike[str] | sqlite3.Connection, *, timeout: float = 10.0) -> None:
        self._caller: sqlite3.Connection | None = None
        if not isinstance(database, (str, os.PathLike)):
            self._caller = database
            return
        path = os.fspath(database)
        if path in ("", ":memory:"):
            raise ValueError(
                "a database in memory is lost with its process, and with it which refunds were sent: name a file"
            )
        self._kept = Kept(partial(_connect, path, timeout), _prepare, _no_server, _sound, _close)

    def query(self, pieces: Sequence[str], values: Sequence[str | None], /) -> Rows:
        """Runs one statement. It is committed when this returns; in a caller's store, with the caller's transaction.

        Args:
            pieces: The statement, cut where its values belong.
            values: One fewer than there are pieces, each a text or ``None``.
        """
        if self._caller is not None:
            return _run(self._caller, pieces, values)
        with self._kept.lent() as connection:
            return _run(connection, pieces, values)

    @contextmanager
    def transaction(self) -> Generator[Query, None, None]:
        """Runs several statements together: all are kept at the end of the block, or none if an exception ends it."""
        if self._caller is not None:
            # As the connection does by itself before it writes; released, a savepoint without a transaction would
            # be committed.
            if begins(self._caller) and not self._caller.in_transaction:
                self._caller.execute("BEGIN IMMEDIATE")
            with savepoint(self._caller.execute):
                yield partial(_run, self._caller)
            return
        with self._kept.lent() as connection:
            # At once, since a transaction that reads first fails when it then writes and another has written meanwhile.
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield partial(_run, connection)
                connection.execute("COMMIT")
            except BaseException:
                connection.rollback()
                raise

    def in_transaction(self) -> bool:
        """Whether the caller decides if what `query` does is committed."""
        return self._caller is not None and (self._caller.in_transaction or begins(self._caller))

    def close(self) -> None:
        """Closes the connections that are not in use. The store can still be used, and opens new ones."""
        if self._caller is None:
            self._kept.close()


def _connect(path: str, timeout: float) -> sqlite3.Connection:
    import sqlite3

    # Used by one thread at a time, but not always by the same one.
    return sqlite3.connect(path, timeout=timeout, isolation_level=None, check_same_thread=False)


def _prepare(connection: sqlite3.Connection) -> None:
    import sqlite3

    with suppress(sqlite3.OperationalError):
        # SQLite does not wait with this where another writes: the next connection tries again, and statements wait in
        # either mode. What else is wrong with the file, the first statement says.
        connection.execute("PRAGMA journal_mode=WAL")
    # A refund that was recorded must survive a power cut, or it could be sent twice.
    connection.execute("PRAGMA synchronous=FULL")


def _run(connection: sqlite3.Connection, pieces: Sequence[str], values: Sequence[str | None], /) -> Rows:
    cursor = connection.cursor()
    # A caller may have set what turns rows into something else.
    cursor.row_factory = None
    rows: Rows = cursor.execute(question(pieces), values).fetchall()
    return rows


def begins(connection: Any) -> bool:
    """Whether a connection of sqlite3's or aiosqlite's begins transactions by itself, for its owner to commit."""
    mode = getattr(connection, "autocommit", -1)
    return mode is False or (mode == -1 and connection.isolation_level is not None)


def _sound(connection: sqlite3.Connection) -> bool:
    return not connection.in_transaction


def _close(connection: sqlite3.Connection) -> None:
    connection.close()


def _no_server(connection: sqlite3.Connection) -> None:
    """A file is always there."""
