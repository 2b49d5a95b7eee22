"""A part of a caller's transaction that can be taken back by itself: a savepoint."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import NoReturn

# What MySQL and MariaDB call a savepoint that does not exist.
_NO_SAVEPOINT = 1305


@contextmanager
def savepoint(execute: Callable[[str], object], *, mysql: bool = False) -> Generator[None, None, None]:
    """Takes back what the block did if it ends in an exception, and commits nothing.

    Raises:
        ValueError: In MySQL and MariaDB: no transaction is open, so each statement would be committed by itself.
    """
    execute("SAVEPOINT paywelcome")
    if mysql:
        # Without a transaction it is forgotten at once, and nothing says so.
        try:
            execute("ROLLBACK TO SAVEPOINT paywelcome")
        except Exception as error:
            _refuse(error)
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
async def async_savepoint(
    execute: Callable[[str], Awaitable[object]], *, mysql: bool = False
) -> AsyncGenerator[None, None]:
    """Takes back what the block did if it ends in an exception, and commits nothing.

    Raises:
        ValueError: In MySQL and MariaDB: no transaction is open, so each statement would be committed by itself.
    """
    await execute("SAVEPOINT paywelcome")
    if mysql:
        # As above.
        try:
            await execute("ROLLBACK TO SAVEPOINT paywelcome")
        except Exception as error:
            _refuse(error)
    try:
        yield
    except BaseException:
        # As above.
        with suppress(Exception):
            await execute("ROLLBACK TO SAVEPOINT paywelcome")
            await execute("RELEASE SAVEPOINT paywelcome")
        raise
    await execute("RELEASE SAVEPOINT paywelcome")


def _refuse(error: Exception) -> NoReturn:
    # SQLAlchemy keeps the driver's error in another.
    if getattr(error, "orig", error).args[:1] != (_NO_SAVEPOINT,):
        raise error
    message = "nothing was recorded: the store's connection has no open transaction, and commits each statement by "
    raise ValueError(message + "itself; begin a transaction on it, or pass no store") from error
