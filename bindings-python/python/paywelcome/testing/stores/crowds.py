"""Cases about several users at once, and about connections and processes that end."""

from __future__ import annotations

import os
import threading
import warnings
from contextlib import suppress
from functools import partial

from paywelcome.refunds import Query, Store

from .kit import TABLE, Case, Kit, expect

THREADS = 8
ROUNDS = 12
# No pool has more connections at the end of a case.
POOLED = 2 * THREADS

# The exit code of a child that used its parent's connection.
SHARED = 3


def two_at_once(kit: Kit) -> None:
    """Of two transactions that change one row, the second waits for the first; neither fails and no change is lost."""
    kit.insert(kit.first.query, "row")

    begun, ended = threading.Event(), threading.Event()

    def change() -> None:
        begun.set()
        try:
            with kit.second.transaction() as query:
                kit.update(query, "row", "n = n + 1")
        finally:
            ended.set()

    with kit.first.transaction() as query:
        kit.update(query, "row", "n = n + 1")
        result = kit.begun(change)
        begun.wait(kit.timeout)
        # Nothing says that it waits; one that does not would have ended by then.
        ended.wait(0.1)
    result()
    expect(kit.read(kit.first.query, "row"), ("2", None), "the row after two transactions that each added 1")


def claimed_once(kit: Kit) -> None:
    """Of two conditional changes at once, one finds the row as it was before and the other as it is after."""
    kit.insert(kit.first.query, "row")

    def claim(query: Query, name: str) -> None:
        kit.update(query, "row", f"note = '{name}'", " AND note IS NULL")

    begun = threading.Event()

    def late() -> None:
        with kit.second.transaction() as query:
            if kit.dialect == "postgres":
                # As the ledger does. A transaction that sees only what was there at its beginning fails when it writes.
                kit.read(query, "row")
                begun.set()
            claim(query, "second")

    with kit.first.transaction() as query:
        claim(query, "first")
        ended = kit.begun(late)
        by_itself = None if kit.dialect == "sqlite" else kit.begun(partial(claim, kit.second.query, "third"))
        if kit.dialect == "postgres":
            begun.wait(kit.timeout)
    ended()
    if by_itself is not None:
        by_itself()
    expect(kit.read(kit.second.query, "row"), ("0", "first"), "the row after several claims")


def read_then_write(kit: Kit) -> None:
    """Transactions that read a row before they change it don't fail, however many there are at once."""
    kit.insert(kit.first.query, "row")

    def change(store: Store) -> None:
        for _ in range(ROUNDS):
            with store.transaction() as query:
                # On the servers a lock, as whoever reads in order to write takes there.
                lock = "" if kit.dialect == "sqlite" else " FOR UPDATE"
                query((f"SELECT {kit.text('n')} FROM {TABLE} WHERE id = 'row'{lock}",), ())
                kit.update(query, "row", "n = n + 1")

    kit.together(*(partial(change, (kit.first, kit.second)[at % 2]) for at in range(THREADS)))
    expect(kit.read(kit.first.query, "row"), (str(THREADS * ROUNDS), None), "the row after all additions")


def threads(kit: Kit) -> None:
    """Threads that use one store at once get their own answers, and everything is kept."""

    def work(at: int) -> None:
        for turn in range(ROUNDS):
            name = f"{at}-{turn}"
            if turn % 2:
                kit.insert(kit.first.query, name, name)
            else:
                with kit.first.transaction() as query:
                    kit.insert(query, name, name)
                    expect(kit.read(query, name), ("0", name), "a thread's row within its transaction")
            expect(kit.read(kit.first.query, name), ("0", name), "a thread's row")
            expect(kit.first.in_transaction(), False, "in_transaction() while other threads use the store")

    kit.together(*(partial(work, at) for at in range(THREADS)))
    expect(len(kit.names(kit.second.query)), THREADS * ROUNDS, "the number of rows")


def killed(kit: Kit) -> None:
    """After the server has ended the connection, at most one use fails."""
    if kit.dialect == "sqlite":
        return

    def kill(number: str) -> None:
        end = (
            f"SELECT {kit.text(f'pg_terminate_backend({number}, 5000)')}"
            if kit.dialect == "postgres"
            else f"KILL {number}"
        )
        try:
            kit.second.query((end,), ())
        except Exception:
            # The connection was its own, where both stores share them.
            pass

    for use in (partial(kit.insert, kit.first.query), partial(_insert_together, kit)):
        kill(str(_connection(kit, kit.first.query)))
        for row in ("first", "second"):
            try:
                use(row)
            except AssertionError:
                raise
            except Exception:
                if row == "second":
                    raise
        expect(kit.names(kit.second.query)[-1:], ["second"], "the last row after the connection was ended")
        # A pool may still have others that were ended, each of which fails once.
        for _ in range(POOLED):
            with suppress(Exception):
                kit.names(kit.first.query)
        kit.first.query((f"DELETE FROM {TABLE}",), ())


def _insert_together(kit: Kit, name: str) -> None:
    with kit.first.transaction() as query:
        kit.insert(query, name)


def _connection(kit: Kit, query: Query) -> str | None:
    """The server's number of the connection that runs this; None for a file."""
    name = {"postgres": "pg_backend_pid()", "mysql": "connection_id()"}.get(kit.dialect)
    return None if name is None else query((f"SELECT {kit.text(name)}",), ())[0][0]


def forked(kit: Kit) -> None:
    """A child process that was forked uses connections of its own, and its parent's still work."""
    if not (kit.forks and hasattr(os, "fork")):
        return
    kit.insert(kit.first.query, "parent")
    parents = {_connection(kit, store.query) for store in (kit.first, kit.second)} - {None}
    with warnings.catch_warnings():
        # Of the threads that other tests have left. This child runs no code but the store's.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        status = 1
        try:
            kit.insert(kit.first.query, "child")
            with kit.second.transaction() as query:
                kit.insert(query, "grown")
                shared = _connection(kit, query) in parents
            shared = shared or _connection(kit, kit.first.query) in parents
            kit.leave()
            status = SHARED if shared else 0
        finally:
            os._exit(status)
    _, ended = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(ended)
    expect(code != SHARED, True, "whether the child used a connection of its own, not its parent's")
    expect(code, 0, "the exit code of a child that used the store")
    for at in range(3):
        kit.insert(kit.first.query, f"parent-{at}")
        with kit.second.transaction() as query:
            kit.insert(query, f"together-{at}")
    expect(kit.names(kit.first.query)[:3], ["child", "grown", "parent"], "the rows of child and parent")
    expect(len(kit.names(kit.second.query)), 9, "the number of rows")


CASES: tuple[Case, ...] = (two_at_once, claimed_once, read_then_write, threads, killed, forked)
"""The cases of this file."""
