"""The tables of refunds."""

from __future__ import annotations

from paywelcome import _native

from .errors import invalid
from .store import Dialect


def schema(dialect: Dialect) -> str:
    """Returns the tables as SQL, to be put into a migration; running it again changes nothing.

    Args:
        dialect: ``"sqlite"``, ``"postgres"``, or ``"mysql"``, also for MariaDB.

    Returns:
        Statements that each end with a semicolon and a line break.

    Raises:
        InvalidRequestError: There is no such dialect.
    """
    try:
        return _native.Refunds.schema(dialect)
    except (TypeError, ValueError):
        wanted = "must be 'sqlite', 'postgres' or 'mysql'"
        raise invalid([("dialect", wanted)], "there are no such tables", None) from None
