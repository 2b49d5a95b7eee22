"""A part of a caller's transaction that can be taken back by itself: a savepoint."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager, suppress


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


@asynccontextmanager
async def async_savepoint(execute: Callable[[str], Awaitable[object]]) -> AsyncGenerator[None, None]:
    """Takes back what the block did if it ends in an exception, and commits nothing."""
    await execute("SAVEPOINT paywelcome")
    try:
        yield
    except BaseException:
        # As above.
        with suppress(Exception):
            await execute("ROLLBACK TO SAVEPOINT paywelcome")
            await execute("RELEASE SAVEPOINT paywelcome")
        raise
    await execute("RELEASE SAVEPOINT paywelcome")
