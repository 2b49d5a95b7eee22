"""Stores on PostgreSQL that break one promise each which only a server shows, and the case of the kit that notices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psycopg

from paywelcome.refunds import Query, Rows
from paywelcome.refunds.psycopg import PsycopgStore


class ReadsWithoutCommitting:
    """Takes what begins with WITH for a mere read."""

    dialect = "postgres"
    case = "changing_select"

    def __init__(self, url: str) -> None:
        self.inner = PsycopgStore(url)
        self.transaction = self.inner.transaction
        self.in_transaction = self.inner.in_transaction
        self.close = self.inner.close

    def query(self, pieces: Sequence[str], values: Sequence[str | None], /) -> Rows:
        if not pieces[0].startswith(("WITH", "SELECT")):
            return self.inner.query(pieces, values)
        rows: list[Rows] = []
        try:
            with self.inner.transaction() as query:
                rows.append(query(pieces, values))
                raise LookupError
        except LookupError:
            return rows[0]


class GivesTheRowsOfAnyUpdate(ReadsWithoutCommitting):
    """Runs a statement again to read what it gives."""

    def query(self, pieces: Sequence[str], values: Sequence[str | None], /) -> Rows:
        if pieces[0].startswith("WITH"):
            self.inner.query(pieces, values)
        return self.inner.query(pieces, values)


class KeepsOneConnection:
    """For ever, also when it was lost, and in a child."""

    dialect = "postgres"
    case = "killed"

    def __init__(self, url: str) -> None:
        self.connection = psycopg.connect(url, autocommit=True)

    def query(self, pieces: Sequence[str], values: Sequence[str | None], /) -> Rows:
        cursor = self.connection.execute("%s".join(pieces).encode(), values or None)
        return cursor.fetchall() if cursor.description else ()

    @contextmanager
    def transaction(self) -> Iterator[Query]:
        with self.connection.transaction():
            yield self.query

    def in_transaction(self) -> bool:
        return False

    def close(self) -> None:
        self.connection.close()


class SharesItWithItsChild(KeepsOneConnection):
    case = "forked"


class StaysInAFailedTransaction(KeepsOneConnection):
    """Does not take back what failed, so that the server refuses all that follows."""

    case = "failing_statement"

    def query(self, pieces: Sequence[str], values: Sequence[str | None], /) -> Rows:
        if self.connection.info.transaction_status == 0:
            self.connection.execute("BEGIN")
        rows = super().query(pieces, values)
        self.connection.execute("COMMIT")
        return rows


class SeesOnlyItsBeginning(PsycopgStore):
    """Under REPEATABLE READ a change of a row that another has changed meanwhile is an error."""

    case = "claimed_once"

    def __init__(self, url: str) -> None:
        def connect() -> psycopg.Connection:
            connection = psycopg.connect(url)
            connection.execute("SET default_transaction_isolation TO 'repeatable read'")
            return connection

        super().__init__(connect)


BROKEN = [
    ReadsWithoutCommitting,
    GivesTheRowsOfAnyUpdate,
    KeepsOneConnection,
    SharesItWithItsChild,
    StaysInAFailedTransaction,
    SeesOnlyItsBeginning,
]
