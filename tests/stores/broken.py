"""Stores that break one promise each, and the case of the kit that notices."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from paywelcome.refunds import Query, Rows, SQLiteStore

Values = Sequence["str | None"]
BROKEN: list[tuple[str, type[Plain]]] = []


class Plain:
    """A right store in a file, whose parts the wrong ones replace."""

    dialect = "sqlite"

    def __init__(self, path: Path) -> None:
        self.path = path
        self.inner = SQLiteStore(path)

    def query(self, pieces: Sequence[str], values: Values, /) -> Rows:
        return self.run(self.inner.query, pieces, values)

    @contextmanager
    def transaction(self) -> Iterator[Query]:
        with self.inner.transaction() as query:
            yield partial(self.run, query)

    def run(self, query: Query, pieces: Sequence[str], values: Values, /) -> Rows:
        return query(pieces, values)

    def in_transaction(self) -> bool:
        return False

    def close(self) -> None:
        self.inner.close()

    @contextmanager
    def caller(self) -> Iterator[Any]:
        """The caller's transaction, by default with the right store."""
        with closing(sqlite3.connect(self.path)) as connection, connection:
            yield self.within(connection)

    def within(self, connection: sqlite3.Connection) -> Any:
        return SQLiteStore(connection)


def noticed_by(*cases: str) -> Callable[[type[Plain]], type[Plain]]:
    def add(store: type[Plain]) -> type[Plain]:
        BROKEN.extend((case, store) for case in cases)
        return store

    return add


@noticed_by("text")
class Trims(Plain):
    def run(self, query: Query, pieces: Sequence[str], values: Values, /) -> Rows:
        return query(pieces, [value and value.strip() for value in values])


@noticed_by("text", "pieces")
class WritesValuesIntoTheText(Plain):
    """Without placeholders, and with quotes doubled but not what the driver reads besides."""

    def run(self, query: Query, pieces: Sequence[str], values: Values, /) -> Rows:
        quoted = ["NULL" if value is None else "'" + value.replace("'", "''") + "'" for value in values]
        text = pieces[0] + "".join(value + piece for value, piece in zip(quoted, pieces[1:], strict=True))
        return query((text.replace("%%", "%"),), ())


@noticed_by("null")
class TakesEmptyForNull(Plain):
    def run(self, query: Query, pieces: Sequence[str], values: Values, /) -> Rows:
        return query(pieces, [value or None for value in values])


@noticed_by("null")
class GivesEmptyForNull(Plain):
    def run(self, query: Query, pieces: Sequence[str], values: Values, /) -> Rows:
        return [["" if column is None else column for column in row] for row in query(pieces, values)]


@noticed_by("digits")
class CountsInFloats(Plain):
    def run(self, query: Query, pieces: Sequence[str], values: Values, /) -> Rows:
        def rounded(column: str | None) -> str | None:
            return str(int(float(column))) if column and column.lstrip("-").isdigit() else column

        return [[rounded(column) for column in row] for row in query(pieces, values)]


@noticed_by("text", "columns", "digits")
class ReadsJson(Plain):
    def run(self, query: Query, pieces: Sequence[str], values: Values, /) -> Any:
        import json

        def parsed(column: str | None) -> Any:
            with suppress(ValueError, TypeError):
                return json.loads(column or "")
            return column

        return [[parsed(column) for column in row] for row in query(pieces, values)]


@noticed_by("large")
class CutsLongTexts(Plain):
    def run(self, query: Query, pieces: Sequence[str], values: Values, /) -> Rows:
        return query(pieces, [value and value[:65535] for value in values])


@noticed_by("order")
class SortsPlaceholders(Plain):
    """As names such as p1, p10, p2 are sorted."""

    def run(self, query: Query, pieces: Sequence[str], values: Values, /) -> Rows:
        return query(pieces, [value for _, value in sorted((str(at), value) for at, value in enumerate(values))])


@noticed_by("stepping")
class KnowsOnlySelects(Plain):
    """As one that asks a statement's first word whether it gives rows."""

    def run(self, query: Query, pieces: Sequence[str], values: Values, /) -> Rows:
        rows = query(pieces, values)
        return rows if pieces[0].startswith("SELECT") else ()


@noticed_by("counted_up")
class SendsTwice(Plain):
    """As one that tries a statement again of which it does not know whether it was run."""

    def run(self, query: Query, pieces: Sequence[str], values: Values, /) -> Rows:
        if "ON CONFLICT" in "".join(pieces):
            query(pieces, values)
        return query(pieces, values)


@noticed_by("pieces")
class DoublesPercents(Plain):
    def run(self, query: Query, pieces: Sequence[str], values: Values, /) -> Rows:
        return query([piece.replace("%", "%%") for piece in pieces], values)


@noticed_by("pieces")
class DoublesPercentsWithValuesOnly(Plain):
    def run(self, query: Query, pieces: Sequence[str], values: Values, /) -> Rows:
        return query(pieces if values else [piece.replace("%", "%%") for piece in pieces], values)


@noticed_by("pieces")
class ReadsColonsAsNames(Plain):
    def run(self, query: Query, pieces: Sequence[str], values: Values, /) -> Rows:
        return query([piece.replace(":name", "NULL") for piece in pieces], values)


@noticed_by("columns")
class GivesColumnsByName(Plain):
    def run(self, query: Query, pieces: Sequence[str], values: Values, /) -> Rows:
        names = "abcdefghijklmnopqrstuvwxyz" if "AS x" not in pieces[0] else "xxxyz"
        return [list(dict(zip(names, row, strict=False)).values()) for row in query(pieces, values)]


@noticed_by("columns")
class FindsDates(Plain):
    def run(self, query: Query, pieces: Sequence[str], values: Values, /) -> Any:
        from datetime import date

        rows = [list(row) for row in query(pieces, values)]
        return [[date(2026, 11, 29) if column == "2026-11-29" else column for column in row] for row in rows]


@noticed_by("no_rows")
class GivesNoneForNoRows(Plain):
    def run(self, query: Query, pieces: Sequence[str], values: Values, /) -> Any:
        return query(pieces, values) or None


@noticed_by("no_rows")
class GivesTheNumberOfChangedRows(Plain):
    def run(self, query: Query, pieces: Sequence[str], values: Values, /) -> Any:
        rows = query(pieces, values)
        return [["1"]] if pieces[0].startswith("UPDATE") else rows


@noticed_by("on_conflict")
class InsistsOnAChange(Plain):
    def run(self, query: Query, pieces: Sequence[str], values: Values, /) -> Rows:
        before = query(("SELECT total_changes()",), ())
        rows = query(pieces, values)
        if "ON CONFLICT" in pieces[-1] and query(("SELECT total_changes()",), ()) == before:
            raise LookupError("no row was inserted")
        return rows


@noticed_by("committed", "fresh")
class NeverCommits(Plain):
    """As a connection that begins a transaction by itself, in a store that leaves it at that."""

    def query(self, pieces: Sequence[str], values: Values, /) -> Rows:
        if pieces[0].startswith(("INSERT", "UPDATE")):
            with suppress(Undone), self.inner.transaction() as query:
                query(pieces, values)
                raise Undone
            return ()
        return self.inner.query(pieces, values)


class Undone(Exception):
    pass


@noticed_by("fresh")
class Remembers(Plain):
    """As a store that reads in a transaction which it leaves open, or from a copy that is behind."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.seen: dict[Any, Rows] = {}

    def query(self, pieces: Sequence[str], values: Values, /) -> Rows:
        if not pieces[0].startswith("SELECT"):
            return self.inner.query(pieces, values)
        asked = (tuple(pieces), tuple(values))
        if asked not in self.seen:
            self.seen[asked] = self.inner.query(pieces, values)
        return self.seen[asked]


@noticed_by("all_kept", "none_kept", "failing_statement")
class CommitsEachStatement(Plain):
    @contextmanager
    def transaction(self) -> Iterator[Query]:
        yield self.inner.query


@noticed_by("none_kept", "failing_statement")
class CommitsWhatFailed(Plain):
    @contextmanager
    def transaction(self) -> Iterator[Query]:
        failed: list[Exception] = []
        with self.inner.transaction() as query:
            try:
                yield query
            except Exception as error:
                failed.append(error)
        if failed:
            raise failed[0]


@noticed_by("none_kept", "failing_statement")
class SwallowsTheException(Plain):
    @contextmanager
    def transaction(self) -> Iterator[Query]:
        with suppress(Exception), self.inner.transaction() as query:
            yield query


@noticed_by("none_kept")
class RaisesItsOwn(Plain):
    @contextmanager
    def transaction(self) -> Iterator[Query]:
        try:
            with self.inner.transaction() as query:
                yield query
        except Exception as error:
            raise RuntimeError("the transaction failed") from error


@noticed_by("failing_statement")
class GivesNothingForErrors(Plain):
    def run(self, query: Query, pieces: Sequence[str], values: Values, /) -> Rows:
        try:
            return query(pieces, values)
        except sqlite3.OperationalError:
            return ()


class OneConnection(Plain):
    """All that a store does, on one connection of its own."""

    check_same_thread = False

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.connection = sqlite3.connect(
            path, timeout=0.5, isolation_level=None, check_same_thread=self.check_same_thread
        )

    def query(self, pieces: Sequence[str], values: Values, /) -> Rows:
        return self.connection.execute("?".join(pieces), values).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[Query]:
        self.connection.execute("BEGIN IMMEDIATE")
        with self.connection:
            yield self.query


@noticed_by("apart")
class SharesItsConnection(OneConnection):
    pass


@noticed_by("apart", "threads")
class BelongsToOneThread(OneConnection):
    check_same_thread = True


@noticed_by("own")
class IsInATransactionAfterAnyUse(Plain):
    """As a Session of an ORM, which begins a transaction when it reads."""

    used = False

    def run(self, query: Query, pieces: Sequence[str], values: Values, /) -> Rows:
        self.used = True
        return query(pieces, values)

    def in_transaction(self) -> bool:
        return self.used


@noticed_by("caller_undoes", "caller_transaction_first")
class HasAConnectionOfItsOwn(Plain):
    def within(self, connection: sqlite3.Connection) -> Any:
        return self.inner


@noticed_by("caller_transaction_first")
class ReleasesWhatNobodyBegan(Plain):
    """A savepoint that is not within a transaction is one, and its release commits."""

    def within(self, connection: sqlite3.Connection) -> Any:
        class Within(SQLiteStore):
            @contextmanager
            def transaction(self) -> Iterator[Query]:
                connection.execute("SAVEPOINT paywelcome")
                yield self.query
                connection.execute("RELEASE SAVEPOINT paywelcome")

        return Within(connection)


@noticed_by("caller_commits", "caller_transaction_first")
class CommitsForTheCaller(Plain):
    def within(self, connection: sqlite3.Connection) -> Any:
        class Within(SQLiteStore):
            @contextmanager
            def transaction(self) -> Iterator[Query]:
                with connection:
                    yield self.query

        return Within(connection)


@noticed_by("caller_goes_on")
class LeavesWhatFailed(Plain):
    def within(self, connection: sqlite3.Connection) -> Any:
        class Within(SQLiteStore):
            @contextmanager
            def transaction(self) -> Iterator[Query]:
                yield self.query

        return Within(connection)


@noticed_by("caller_told")
class KnowsOnlyWhatHasBegun(Plain):
    """As the driver says it, which begins a transaction with the first change."""

    def within(self, connection: sqlite3.Connection) -> Any:
        class Within(SQLiteStore):
            def in_transaction(self) -> bool:
                return connection.in_transaction

        return Within(connection)


@noticed_by("two_at_once", "claimed_once")
class DoesNotWait(Plain):
    tried: ClassVar[dict[Path, threading.Event]] = {}

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.inner = SQLiteStore(path, timeout=0)
        self.tried.setdefault(path, threading.Event())

    @contextmanager
    def transaction(self) -> Iterator[Query]:
        try:
            with self.inner.transaction() as query:
                yield query
                # Or it could end before the other begins.
                self.tried[self.path].wait()
        except sqlite3.OperationalError:
            self.tried[self.path].set()
            raise


@noticed_by("read_then_write")
class BeginsWhenItWrites(Plain):
    """As `BEGIN` does: what has read and then writes fails where another has written meanwhile."""

    @contextmanager
    def transaction(self) -> Iterator[Query]:
        with closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            connection.execute("BEGIN")
            with connection:
                yield lambda pieces, values, /: connection.execute("?".join(pieces), values).fetchall()
