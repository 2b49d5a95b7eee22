"""Cases about what is committed, when, and for whom."""

from __future__ import annotations

from .kit import TABLE, Case, Kit, Undo, expect

WRONG = (f"SELECT nothing_of_the_kind FROM {TABLE}",)


def committed(kit: Kit) -> None:
    """What `query` did is committed when it returns."""
    kit.insert(kit.first.query, "row", "before")
    expect(kit.read(kit.second.query, "row"), ("0", "before"), "the row as the second store sees it")
    kit.update(kit.first.query, "row", "note = 'after'")
    expect(kit.read(kit.second.query, "row"), ("0", "after"), "the changed row as the second store sees it")


def fresh(kit: Kit) -> None:
    """A store sees what others have committed, also after it has read before."""
    expect(kit.read(kit.second.query, "row"), None, "the row before it is there")
    kit.insert(kit.first.query, "row", "first")
    expect(kit.read(kit.second.query, "row"), ("0", "first"), "the row")
    kit.update(kit.first.query, "row", "note = 'second'")
    expect(kit.read(kit.second.query, "row"), ("0", "second"), "the changed row")


def all_kept(kit: Kit) -> None:
    """A transaction sees its own statements; others see them when it has ended, and all of them."""
    with kit.first.transaction() as query:
        kit.insert(query, "one")
        kit.insert(query, "two")
        expect(kit.names(query), ["one", "two"], "the rows within the transaction")
        expect(kit.names_elsewhere(), [], "the rows as another thread sees them before the end")
    expect(kit.names(kit.second.query), ["one", "two"], "the rows after the end")


def none_kept(kit: Kit) -> None:
    """A transaction that ends in an exception leaves nothing, and the exception comes out as it is."""
    raised = Undo("by the case")
    try:
        with kit.first.transaction() as query:
            kit.insert(query, "one")
            kit.insert(query, "two")
            raise raised
    except Undo as error:
        expect(error, raised, "the exception that comes out")
    else:
        raise AssertionError("the exception did not come out of the transaction")
    expect(kit.names(kit.second.query), [], "the rows after a transaction that failed")
    with kit.first.transaction() as query:
        kit.insert(query, "three")
    expect(kit.names(kit.second.query), ["three"], "the rows after a further transaction")


def failing_statement(kit: Kit) -> None:
    """A statement that fails raises, takes its transaction with it, and spoils nothing that comes later."""
    _failed(kit)
    try:
        with kit.first.transaction() as query:
            kit.insert(query, "one")
            query(WRONG, ())
    except AssertionError:
        raise
    except Exception:
        pass
    else:
        raise AssertionError("a wrong statement in a transaction raised nothing")
    expect(kit.names(kit.first.query), [], "the rows after a transaction whose statement failed")
    kit.insert(kit.first.query, "two")
    _failed(kit)
    expect(kit.names(kit.second.query), ["two"], "the rows after a query and one that failed")


def _failed(kit: Kit) -> None:
    try:
        kit.first.query(WRONG, ())
    except Exception:
        return
    raise AssertionError("a wrong statement raised nothing")


def apart(kit: Kit) -> None:
    """A transaction has its connection to itself: what other threads do with the same store is not part of it."""
    if kit.dialect == "sqlite":
        # Only one may write at a time, so the others read.
        kit.insert(kit.first.query, "row")
        with kit.first.transaction() as query:
            kit.update(query, "row", "n = 1")
            seen = kit.begun(lambda: kit.read(kit.first.query, "row"))()
            expect(seen, ("0", None), "the row as another thread sees it during a transaction of the same store")
        return
    try:
        with kit.first.transaction() as query:
            kit.insert(query, "mine")
            kit.begun(lambda: kit.insert(kit.first.query, "another"))()
            raise Undo
    except Undo:
        pass
    expect(
        kit.names(kit.second.query),
        ["another"],
        "the rows after a transaction was undone during another thread's query",
    )


def own(kit: Kit) -> None:
    """`in_transaction` is false of a store of the ledger's own, whatever was done with it."""
    expect(kit.first.in_transaction(), False, "in_transaction() at first")
    kit.names(kit.first.query)
    expect(kit.first.in_transaction(), False, "in_transaction() after a SELECT")
    kit.insert(kit.first.query, "row")
    expect(kit.first.in_transaction(), False, "in_transaction() after an INSERT")
    with kit.first.transaction() as query:
        kit.insert(query, "another")
    expect(kit.first.in_transaction(), False, "in_transaction() after a transaction")


CASES: tuple[Case, ...] = (committed, fresh, all_kept, none_kept, failing_statement, apart, own)
"""The cases of this file."""
