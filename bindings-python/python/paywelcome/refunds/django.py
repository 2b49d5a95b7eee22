"""The ledger in a database of a Django project, through Django's own connections."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from ._kept import FRESH
from ._placeholders import percent
from .store import Dialect, Query, Rows

_DIALECTS: dict[str, Dialect] = {"postgresql": "postgres", "mysql": "mysql", "sqlite": "sqlite"}


class DjangoStore:
    """Keeps refunds in a database of a Django project (4.2 or later).

    One store serves both uses: inside ``transaction.atomic()`` its statements belong to that transaction, outside
    each is committed by itself. Connections are Django's own, one a thread.

    Args:
        using: The alias in ``DATABASES`` of a database that is written to, never of a read replica. Database
            routers are not asked.

    Raises:
        django.db.Error: From any use.
        ValueError: From any use: the database is of a kind that the ledger has no SQL for.
    """

    def __init__(self, using: str = "default") -> None:
        self._using = using
        self._used = threading.local()

    @property
    def using(self) -> str:
        """The database's alias in ``DATABASES``."""
        return self._using

    @property
    def dialect(self) -> Dialect:
        """Which SQL the database understands."""
        vendor = self._connection().vendor
        if vendor not in _DIALECTS:
            raise ValueError(f"refunds can be kept in PostgreSQL, MySQL, MariaDB or SQLite, not in {vendor}")
        return _DIALECTS[vendor]

    def query(self, pieces: Sequence[str], values: Sequence[str | None], /) -> Rows:
        """Runs one statement. It is committed when this returns, or with the ``atomic()`` that is open."""
        self._renew()
        return self._run(pieces, values)

    @contextmanager
    def transaction(self) -> Generator[Query, None, None]:
        """Runs several statements together: all are kept at the end of the block, or none if an exception ends it."""
        self._renew()
        connection = self._connection()
        if connection.vendor != "sqlite" or connection.in_atomic_block or not connection.get_autocommit():
            if connection.vendor == "sqlite" and not connection.connection.in_transaction:
                # The program has turned autocommit off, and not written yet: the release of a savepoint would commit.
                self._run(("BEGIN IMMEDIATE",), ())
            with import_module("django.db.transaction").atomic(using=self._using):
                yield self._run
            return
        # Django begins one that reads first, which fails when it then writes and another has written meanwhile.
        self._run(("BEGIN IMMEDIATE",), ())
        try:
            yield self._run
            self._run(("COMMIT",), ())
        except BaseException:
            self._run(("ROLLBACK",), ())
            raise

    def in_transaction(self) -> bool:
        """Whether an ``atomic()`` of the program's is open, or the connection does not commit by itself.

        The ``atomic()`` around each test of ``django.test.TestCase`` does not count, as for Django's durable blocks.
        """
        connection = self._connection()
        if connection.in_atomic_block:
            return not self.is_in_test()
        if connection.connection is None:
            return not connection.settings_dict["AUTOCOMMIT"]
        return not connection.autocommit

    def is_in_test(self) -> bool:
        """Whether the transaction around a test of ``django.test.TestCase`` is open, which other threads don't see."""
        connection = self._connection()
        return bool(connection.in_atomic_block and connection.atomic_blocks[-1]._from_testcase)

    def close(self) -> None:
        """Closes this thread's connection, unless it is in a transaction: for the end of a thread."""
        connection = self._connection()
        if not connection.in_atomic_block:
            connection.close()

    def _connection(self) -> Any:
        return import_module("django.db").connections[self._using]

    def _run(self, pieces: Sequence[str], values: Sequence[str | None], /) -> Rows:
        with self._connection().cursor() as cursor:
            cursor.execute(percent(pieces), list(values))
            rows: Rows = cursor.fetchall() if cursor.description else ()
        self._used.last = time.monotonic()
        return rows

    def _renew(self) -> None:
        """Closes a connection that the server has ended; Django itself only looks between two requests."""
        connection = self._connection()
        if connection.in_atomic_block or connection.connection is None:
            return
        idle = time.monotonic() - getattr(self._used, "last", 0.0) > FRESH
        if (idle or connection.errors_occurred) and not connection.is_usable():
            connection.close()
