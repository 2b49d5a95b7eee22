"""What the cases are made of: two stores on one database, a table, threads, and words for a failure."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any, TypeAlias

from paywelcome.refunds import Dialect, Query, Rows, Store

TABLE = "paywelcome_contract_check"

# The types that values and columns are cast to, in each dialect.
_TEXT = {"sqlite": "text", "postgres": "text", "mysql": "char"}
_INTEGER = {"sqlite": "integer", "postgres": "bigint", "mysql": "signed"}
_NOTE = {"sqlite": "text", "postgres": "text", "mysql": "longtext"}
_END = {"sqlite": "", "postgres": "", "mysql": " ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"}


class Undo(Exception):
    """Ends a transaction so that nothing of it is kept."""


class Kit:
    """What a case is given.

    Args:
        make: Makes a store of the ledger's own.
        caller: Opens a transaction of a caller's, gives a store within it, and commits it at the end of the block.
        timeout: Seconds that a thread of a case may take.
        forks: Whether the store can be used in a child process.
    """

    def __init__(
        self,
        make: Callable[[], Store],
        caller: Callable[[], AbstractContextManager[Store]] | None,
        timeout: float,
        forks: bool,
    ) -> None:
        self.first: Store = make()
        self.second: Store = make()
        self.caller: Callable[[], AbstractContextManager[Store]] = caller or _no_caller
        self.timeout: float = timeout
        self.forks: bool = forks
        self.dialect: Dialect = self.first.dialect
        if self.dialect not in _TEXT:
            raise AssertionError(f"dialect must be 'sqlite', 'postgres' or 'mysql', not {self.dialect!r}")

    def text(self, what: str) -> str:
        """The SQL that casts to text."""
        return f"CAST({what} AS {_TEXT[self.dialect]})"

    def values(self, count: int) -> list[str]:
        """The pieces of ``SELECT`` of so many values."""
        between = f" AS {_TEXT[self.dialect]}), CAST("
        return ["SELECT CAST(", *[between] * (count - 1), f" AS {_TEXT[self.dialect]})"]

    @contextmanager
    def table(self) -> Generator[None, None, None]:
        """An empty table, which is dropped at the end."""
        drop = (f"DROP TABLE IF EXISTS {TABLE}",)
        self.first.query(drop, ())
        columns = f"id varchar(64) PRIMARY KEY, n bigint NOT NULL, note {_NOTE[self.dialect]}"
        self.first.query((f"CREATE TABLE {TABLE} ({columns}){_END[self.dialect]}",), ())
        try:
            yield
        finally:
            self.first.query(drop, ())

    def insert(self, query: Query, name: str, note: str | None = None, n: int = 0) -> Rows:
        """Inserts a row."""
        text, integer = _TEXT[self.dialect], _INTEGER[self.dialect]
        pieces = (
            f"INSERT INTO {TABLE} (id, n, note) VALUES (CAST(",
            f" AS {text}), CAST(",
            f" AS {integer}), CAST(",
            f" AS {text}))",
        )
        return query(pieces, (name, str(n), note))

    def update(self, query: Query, name: str, change: str, where: str = "") -> Rows:
        """Changes a row by SQL of the case's own."""
        pieces = (f"UPDATE {TABLE} SET {change} WHERE id = CAST(", f" AS {_TEXT[self.dialect]}){where}")
        return query(pieces, (name,))

    def read(self, query: Query, name: str) -> tuple[str | None, ...] | None:
        """A row's number and note, or None."""
        pieces = (f"SELECT {self.text('n')}, note FROM {TABLE} WHERE id = CAST(", f" AS {_TEXT[self.dialect]})")
        rows = query(pieces, (name,))
        return tuple(rows[0]) if len(rows) else None

    def names(self, query: Query) -> list[str | None]:
        """The names of all rows, in order."""
        return [row[0] for row in query((f"SELECT {self.text('id')} FROM {TABLE} ORDER BY id",), ())]

    def names_elsewhere(self) -> list[str | None]:
        """The names of all rows as another thread sees them, since some connections belong to a thread."""
        found: list[str | None] = self.begun(partial(self.names, self.second.query))()
        return found

    def together(self, *tasks: Callable[[], Any]) -> list[Any]:
        """Runs each in a thread of its own, all at once, and gives what they gave."""
        begin = threading.Barrier(len(tasks))

        def work(task: Callable[[], Any]) -> Any:
            begin.wait(self.timeout)
            return task()

        started = [self.begun(partial(work, task)) for task in tasks]
        return [result() for result in started]

    def begun(self, task: Callable[[], Any]) -> Callable[[], Any]:
        """Runs it in a thread of its own, and gives what waits for its result."""
        given: list[Any] = []
        raised: list[BaseException] = []

        def work() -> None:
            try:
                given.append(task())
            except BaseException as error:
                raised.append(error)
            finally:
                self.leave()

        # A daemon, so that a store that hangs fails a test and does not hold up the program.
        thread = threading.Thread(target=work, daemon=True)
        thread.start()

        def result() -> Any:
            thread.join(self.timeout)
            if thread.is_alive():
                raise AssertionError(f"a statement did not end within {self.timeout} seconds")
            if raised:
                raise raised[0]
            return given[0]

        return result

    def leave(self) -> None:
        """Has the stores close what they keep open, for this thread at least, where they can."""
        for store in (self.first, self.second):
            close: Callable[[], object] | None = getattr(store, "close", None)
            if close is not None:
                close()


@contextmanager
def _no_caller() -> Generator[Store, None, None]:
    raise NotImplementedError
    yield


Case: TypeAlias = Callable[[Kit], None]
"""A case: its name is the case's name, and its docstring the promise."""


def expect(found: object, wanted: object, what: str) -> None:
    """Ends the case where something is not as it must be."""
    if found != wanted:
        raise AssertionError(f"{what}: expected {_short(wanted)}, got {_short(found)}")


def expect_types(rows: Sequence[Sequence[object]]) -> None:
    """Ends the case where a column is neither text nor None."""
    wrong = [column for row in rows for column in row if column is not None and type(column) is not str]
    expect(wrong, [], "columns that are neither text nor None")


def _short(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 200 else f"{shown[:100]}…{shown[-100:]} ({len(shown)} characters)"
