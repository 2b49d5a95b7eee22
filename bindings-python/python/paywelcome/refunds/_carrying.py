"""Carries what a work asks for to the store."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from paywelcome import _native

from .django import DjangoStore
from .store import Query, Rows, Store

Statements = Sequence[tuple[Sequence[str], Sequence["str | None"]]]


class Carried:
    """How far a work was carried: to its end, or to where something is to be sent."""

    def __init__(self) -> None:
        self.is_done = False
        self.needed: Any = None
        """The result as JSON, or what is to be sent."""
        self.queries = 0
        """How often the store was used, or was to be: once is only to look."""


def carry(store: Store, running: _native.Running, given: str | None = None, carried: Carried | None = None) -> Carried:
    """Carries a work on with a store of the ledger's own; ``given`` is what came of a send.

    How far it came is noted in ``carried``, also where the store fails.
    """
    carried = carried or Carried()
    needs: Any = given
    while True:
        what, needed = running.next(needs)
        if what == "query":
            carried.queries += 1
            needs = _rows(store, needed)
        elif what == "pause":
            time.sleep(needed)
            needs = None
        else:
            carried.is_done, carried.needed = what == "done", needed
            return carried


def carry_within(query: Query, running: _native.Running) -> str:
    """Carries a work that only writes to its end within one transaction, and gives its result."""
    given: Any = None
    while True:
        what, needed = running.next(given)
        if what == "done":
            return str(needed)
        given = _each(query, needed)


def let_go(store: Store) -> None:
    """Closes what a thread of the library's own has opened, where the store keeps connections by thread."""
    if isinstance(store, DjangoStore):
        store.close()


def is_of_one_thread(store: Store) -> bool:
    """Whether what other threads write is not seen, and they don't see what was written here."""
    return isinstance(store, DjangoStore) and store.is_in_test()


def _rows(store: Store, statements: Statements) -> Rows:
    if len(statements) == 1:
        return store.query(*statements[0])
    with store.transaction() as query:
        return _each(query, statements)


def _each(query: Query, statements: Statements) -> Rows:
    rows: Rows = ()
    for pieces, values in statements:
        rows = query(pieces, values)
    return rows
