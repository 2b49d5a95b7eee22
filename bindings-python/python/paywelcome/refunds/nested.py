"""A part of a caller's transaction that can be taken back by itself: a savepoint."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress


@contextmanager
def savepoint(execute: Callable[[str], object]) -> Generator[None, None, None]:
    """Takes back what the block did if it ends in an exception, and commits nothing."""
    execute("SAVEPOINT paywelcome")
    try:
        yield
    except BaseException:
        # A deadlock or a lost connection has ended the whole transaction; the caller is to see that error, not
        # this one.
        with suppress(Exception):
            execute("ROLLBACK TO SAVEPOINT paywelcome")
            execute("RELEASE SAVEPOINT paywelcome")
        raise
    execute("RELEASE SAVEPOINT paywelcome")
