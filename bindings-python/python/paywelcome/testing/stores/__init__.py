"""A test for a store of your own: whether it keeps what the ledger of refunds relies on.

def test_my_store() -> None:
    check(lambda: MyStore(engine), caller=my_transaction)

Each case uses a table of its own, ``paywelcome_contract_check``, and drops it at its end; the database is
otherwise left alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager

from paywelcome.refunds import AsyncStore, Store

from . import callers, crowds, transactions, values
from .kit import Kit
from .lines import Lines

__all__ = ["CALLER_CASES", "CASES", "check", "check_async"]

_CASES = {
    case.__name__: case for group in (values.CASES, transactions.CASES, callers.CASES, crowds.CASES) for case in group
}

CALLER_CASES: tuple[str, ...] = tuple(case.__name__ for case in callers.CASES)
"""The names of the cases about a caller's transaction, which need `caller`."""

CASES: tuple[str, ...] = tuple(_CASES)
"""The names of all cases, for ``pytest.mark.parametrize``."""


def check(
    make: Callable[[], Store],
    *,
    caller: Callable[[], AbstractContextManager[Store]] | None = None,
    case: str | None = None,
    timeout: float = 60.0,
    forks: bool = True,
) -> None:
    """Checks a store against a real database, in one case or in all that apply.

    Args:
        make: Makes a store of the ledger's own. Called twice a case: the stores are used side by side, and may
            share an engine or a pool of at least 10 connections. If they have a ``close`` without arguments, each
            thread calls it at its end.
        caller: Opens a transaction as your program does and gives a store within it. The end of the block commits;
            an exception takes it back. Without it, the cases in `CALLER_CASES` are left out.
        case: One of `CASES`; otherwise all are run.
        timeout: Seconds that one case may take.
        forks: Whether a child that was forked may use its parent's store. Pools that can't be used there need False.

    Raises:
        AssertionError: The store does not keep a promise. The message says which for each case that failed.
        TypeError: The case needs `caller`.
        KeyError: There is no such case.
    """
    _run(make, caller, case, timeout, forks)


async def check_async(
    make: Callable[[], AsyncStore],
    *,
    caller: Callable[[], AbstractAsyncContextManager[AsyncStore]] | None = None,
    case: str | None = None,
    timeout: float = 60.0,
) -> None:
    """Checks a store for asyncio against a real database, in one case or in all that apply.

    All of the store's coroutines run in the event loop that awaits this.

    Args:
        make: Makes a store of the ledger's own. Called twice a case: the stores are used side by side, and may
            share an engine or a pool of at least 10 connections.
        caller: Opens a transaction as your program does and gives a store within it. The end of the block commits;
            an exception takes it back. Without it, the cases in `CALLER_CASES` are left out.
        case: One of `CASES`; otherwise all are run.
        timeout: Seconds that one case may take.

    Raises:
        AssertionError: The store does not keep a promise. The message says which for each case that failed.
        TypeError: The case needs `caller`.
        KeyError: There is no such case.
    """
    lines = Lines(asyncio.get_running_loop())
    within = None if caller is None else lines.caller(caller)

    def run() -> None:
        try:
            _run(lambda: lines.store(make), within, case, timeout, forks=False)
        finally:
            lines.end()

    # The cases wait as threads do, so they need one; what they ask of the store is done here.
    await asyncio.to_thread(run)


def _run(
    make: Callable[[], Store],
    caller: Callable[[], AbstractContextManager[Store]] | None,
    case: str | None,
    timeout: float,
    forks: bool,
) -> None:
    """Runs cases one after the other, and tells of all that failed."""
    if case in CALLER_CASES and caller is None:
        raise TypeError(f"the case {case!r} is about a caller's transaction: pass caller=")
    wanted = [each for each in CASES if caller is not None or each not in CALLER_CASES] if case is None else [case]
    failures: list[tuple[str, BaseException]] = []
    for name in wanted:
        try:
            _run_one(_CASES[name], make, caller, timeout, forks)
        except Exception as error:
            failures.append((name, error))
    if failures:
        told = [f"{name}: {_CASES[name].__doc__} But {_told(error)}" for name, error in failures]
        raise AssertionError("\n".join(told)) from failures[0][1]


def _run_one(
    case: Callable[[Kit], None],
    make: Callable[[], Store],
    caller: Callable[[], AbstractContextManager[Store]] | None,
    timeout: float,
    forks: bool,
) -> None:
    kit = Kit(make, caller, timeout, forks)

    def work() -> None:
        with kit.table():
            case(kit)

    # In a thread, so that a store that hangs fails its test.
    kit.begun(work)()


def _told(error: BaseException) -> str:
    return str(error) if isinstance(error, AssertionError) else f"{type(error).__name__}: {error}"
