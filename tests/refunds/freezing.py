"""A store that stops a refund's life between two of its statements."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from paywelcome.refunds import Query, Rows, Store

Meet = Callable[[str], None]


def for_ever(_label: str = "") -> None:
    """What a thread does whose process is about to be killed."""
    threading.Event().wait()


class Freezing:
    """Calls ``meet`` before each statement, before each transaction begins and before it is committed."""

    def __init__(self, store: Store, meet: Meet) -> None:
        self._store, self._meet = store, meet
        self.dialect: Any = store.dialect

    def query(self, pieces: Sequence[str], values: Sequence[str | None], /) -> Rows:
        self._meet(named(pieces))
        return self._store.query(pieces, values)

    @contextmanager
    def transaction(self) -> Iterator[Query]:
        self._meet("BEGIN")
        with self._store.transaction() as query:

            def within(pieces: Sequence[str], values: Sequence[str | None], /) -> Rows:
                self._meet(f"in a transaction: {named(pieces)}")
                return query(pieces, values)

            yield within
            self._meet("in a transaction: COMMIT")

    def in_transaction(self) -> bool:
        return False


def named(pieces: Sequence[str]) -> str:
    """What a statement does, in a few words."""
    words = "".join(pieces).split()
    kind = words[0]
    table = next((word for word in words if word.startswith("paywelcome_")), "")
    return f"{kind} {table}".strip()
