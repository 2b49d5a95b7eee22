"""Cases about a caller's transaction, which the ledger's statements join."""

from __future__ import annotations

from .kit import Case, Kit, Undo, expect
from .transactions import WRONG


def caller_undoes(kit: Kit) -> None:
    """What the caller takes back is gone, the ledger's statements with it."""
    try:
        with kit.caller() as store:
            kit.insert(store.query, "one")
            with store.transaction() as query:
                kit.insert(query, "two")
            expect(kit.names(store.query), ["one", "two"], "the rows within the caller's transaction")
            raise Undo
    except Undo:
        pass
    expect(kit.names(kit.first.query), [], "the rows after the caller has taken back its transaction")


def caller_transaction_first(kit: Kit) -> None:
    """A transaction of the store's commits nothing, also where nothing was done before it."""
    try:
        with kit.caller() as store:
            with store.transaction() as query:
                kit.insert(query, "one")
            raise Undo
    except Undo:
        pass
    expect(kit.names(kit.first.query), [], "the rows after the caller has taken back its transaction")


def caller_commits(kit: Kit) -> None:
    """Nothing is committed before the caller does, and everything when the caller does."""
    with kit.caller() as store:
        kit.insert(store.query, "one")
        expect(kit.names_elsewhere(), [], "the rows as another thread sees them after query()")
        with store.transaction() as query:
            kit.insert(query, "two")
        expect(kit.names_elsewhere(), [], "the rows as another thread sees them after transaction()")
    expect(kit.names(kit.first.query), ["one", "two"], "the rows after the caller has committed")


def caller_goes_on(kit: Kit) -> None:
    """A transaction of the store's that fails takes back only itself: the caller can continue, and commit the rest."""
    with kit.caller() as store:
        kit.insert(store.query, "one")
        try:
            with store.transaction() as query:
                kit.insert(query, "two")
                raise Undo
        except Undo:
            pass
        expect(kit.names(store.query), ["one"], "the rows after a transaction() that raised")
        try:
            with store.transaction() as query:
                kit.insert(query, "three")
                query(WRONG, ())
        except AssertionError:
            raise
        except Exception:
            pass
        expect(kit.names(store.query), ["one"], "the rows after a transaction() whose statement failed")
        kit.insert(store.query, "four")
    expect(kit.names(kit.first.query), ["four", "one"], "the rows after the caller has committed")


def caller_told(kit: Kit) -> None:
    """`in_transaction` is true in a caller's transaction, before and after any use, and false of another store."""
    with kit.caller() as store:
        expect(store.in_transaction(), True, "in_transaction() at first")
        kit.names(store.query)
        expect(store.in_transaction(), True, "in_transaction() after a SELECT")
        with store.transaction() as query:
            kit.insert(query, "one")
        expect(store.in_transaction(), True, "in_transaction() after a transaction()")
        expect(store.dialect, kit.dialect, "the dialect of the caller's store")
    expect(kit.begun(kit.first.in_transaction)(), False, "in_transaction() of the ledger's own store in another thread")


CASES: tuple[Case, ...] = (caller_undoes, caller_transaction_first, caller_commits, caller_goes_on, caller_told)
"""The cases of this file."""
