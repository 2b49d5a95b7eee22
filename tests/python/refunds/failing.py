"""A store that fails when it is told to, before a statement was run or after."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

from paywelcome.refunds import Query, Rows, Store


class Lost(Exception):
    """The connection to the database was lost."""


class Failing:
    """Counts the uses of a store, each of which is one or more statements that are committed together.

    Args:
        store: The store that works.
        fails: Given the number of a use, from 1, says whether it fails before it was committed, after it, or not.
    """

    raises: type[BaseException] = Lost

    def __init__(self, store: Store, fails: Callable[[int], Literal["before", "after", None]]) -> None:
        self._store, self._fails = store, fails
        self.dialect: Any = store.dialect
        self.uses = 0
        self._counts = False

    def begin(self) -> None:
        """Begins to count, and to fail."""
        self._counts = True

    def query(self, pieces: Sequence[str], values: Sequence[str | None], /) -> Rows:
        with self._used():
            return self._store.query(pieces, values)

    @contextmanager
    def transaction(self) -> Iterator[Query]:
        with self._used(), self._store.transaction() as query:
            yield query

    def in_transaction(self) -> bool:
        return False

    @contextmanager
    def _used(self) -> Iterator[None]:
        self.uses += self._counts
        fails = self._fails(self.uses) if self._counts else None
        if fails == "before":
            raise self.raises
        yield
        if fails == "after":
            raise self.raises
