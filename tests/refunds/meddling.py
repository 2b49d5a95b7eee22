"""Stores that break a promise which the ledger rests on. What comes of each, the verdict must notice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from paywelcome.refunds import Query, Rows, Store

Pieces = Sequence[str]
Values = Sequence["str | None"]
Run = Callable[[Pieces, Values], Rows]


class Meddled:
    """A store whose statements are run by ``meddle``, which is given the statement and what would run it."""

    def __init__(self, store: Store, meddle: Callable[[Pieces, Values, Run], Rows]) -> None:
        self._store, self._meddle = store, meddle
        self.dialect: Any = store.dialect

    def query(self, pieces: Pieces, values: Values, /) -> Rows:
        return self._meddle(pieces, values, self._store.query)

    @contextmanager
    def transaction(self) -> Iterator[Query]:
        with self._store.transaction() as query:
            yield lambda pieces, values: self._meddle(pieces, values, query)

    def in_transaction(self) -> bool:
        return False


def is_load(pieces: Pieces) -> bool:
    """Whether a statement reads one refund and its payment."""
    text = "".join(pieces)
    return text.startswith("SELECT") and "FROM paywelcome_refund r JOIN" in text and "r.refund_key = " in text


def without_version(pieces: Pieces, values: Values, run: Run) -> Rows:
    """A write does not ask whether others have written meanwhile."""
    if "".join(pieces).startswith("UPDATE paywelcome_payment"):
        pieces = [piece.replace("AND version = ", "AND 0 <> ") for piece in pieces]
    return run(pieces, values)


def without_version_and_key(pieces: Pieces, values: Values, run: Run) -> Rows:
    """Nor does the journal mind that an entry is there already."""
    if "".join(pieces).startswith("INSERT INTO paywelcome_attempt"):
        pieces = [*pieces[:-1], f"{pieces[-1]} ON CONFLICT DO NOTHING"]
    return without_version(pieces, values, run)


def without_journal(pieces: Pieces, values: Values, run: Run) -> Rows:
    """Nothing is written into the journal."""
    return [] if "".join(pieces).startswith("INSERT INTO paywelcome_attempt") else run(pieces, values)


class OldReads:
    """Answers what it has read first, as a replica does that is behind."""

    def __init__(self) -> None:
        self._first: dict[tuple[str | None, ...], Rows] = {}

    def __call__(self, pieces: Pieces, values: Values, run: Run) -> Rows:
        if not is_load(pieces):
            return run(pieces, values)
        return self._first.setdefault(tuple(values), run(pieces, values))


def says_written(pieces: Pieces, values: Values, run: Run) -> Rows:
    """Says that a write was done, and does none."""
    text = "".join(pieces)
    if text.startswith(("UPDATE paywelcome", "INSERT INTO paywelcome_attempt")):
        return []
    return [["1"]] if "AS written" in text else run(pieces, values)


def meddler(name: str | None) -> Callable[[Pieces, Values, Run], Rows] | None:
    """Returns the breach of that name."""
    known: dict[str | None, Any] = {
        None: lambda: None,
        "without_version": lambda: without_version,
        "without_version_and_key": lambda: without_version_and_key,
        "without_journal": lambda: without_journal,
        "old_reads": OldReads,
        "says_written": lambda: says_written,
    }
    return known[name]()
