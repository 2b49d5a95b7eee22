"""Carries what a work asks for to the store, on asyncio."""

from __future__ import annotations

import asyncio
from typing import Any

from paywelcome import _native

from ._carrying import Carried, Statements
from .store import AsyncQuery, AsyncStore, Rows


async def carry(
    store: AsyncStore, running: _native.Running, given: str | None = None, carried: Carried | None = None
) -> Carried:
    """Carries a work on with a store of the ledger's own; ``given`` is what came of a send.

    How far it came is noted in ``carried``, also where the store fails.
    """
    carried = carried or Carried()
    needs: Any = given
    while True:
        what, needed = running.next(needs)
        if what == "query":
            carried.queries += 1
            needs = await _rows(store, needed)
        elif what == "pause":
            await asyncio.sleep(needed)
            needs = None
        else:
            carried.is_done, carried.needed = what == "done", needed
            return carried


async def carry_within(query: AsyncQuery, running: _native.Running) -> str:
    """Carries a work that only writes to its end within one transaction, and gives its result."""
    given: Any = None
    while True:
        what, needed = running.next(given)
        if what == "done":
            return str(needed)
        given = await _each(query, needed)


async def _rows(store: AsyncStore, statements: Statements) -> Rows:
    if len(statements) == 1:
        return await store.query(*statements[0])
    async with store.transaction() as query:
        return await _each(query, statements)


async def _each(query: AsyncQuery, statements: Statements) -> Rows:
    rows: Rows = ()
    for pieces, values in statements:
        rows = await query(pieces, values)
    return rows
