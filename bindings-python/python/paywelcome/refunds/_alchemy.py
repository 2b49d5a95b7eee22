"""What SQLAlchemy's databases and drivers differ in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ._placeholders import dollar, percent, question
from .store import Dialect, Rows

BY_ITSELF: dict[str, str] = {"isolation_level": "AUTOCOMMIT"}
"""The options of the ledger's own connections: each statement is committed, and transactions are begun by statements.

So nothing depends on how the program has set up its engine.
"""

_DIALECTS: dict[str, Dialect] = {
    "postgresql": "postgres",
    "mysql": "mysql",
    "mariadb": "mysql",
    "sqlite": "sqlite",
}

_PLACEHOLDERS = {
    "qmark": question,
    "format": percent,
    "pyformat": percent,
    "numeric_dollar": dollar,
}


def dialect_of(bind: Any) -> Dialect:
    """Which SQL the database of an engine or of a connection understands.

    Raises:
        ValueError: The ledger has no SQL for it.
    """
    name: str = bind.dialect.name
    if name not in _DIALECTS:
        raise ValueError(f"refunds can be kept in PostgreSQL, MySQL, MariaDB or SQLite, not in {name}")
    return _DIALECTS[name]


def beginning(dialect: Dialect) -> str:
    """The statement that begins a transaction of the ledger's own."""
    return {
        # One that reads first fails when it then writes and another has written meanwhile.
        "sqlite": "BEGIN IMMEDIATE",
        # Under a stricter level a change is an error where another has changed the row meanwhile, not one that
        # finds none.
        "postgres": "BEGIN ISOLATION LEVEL READ COMMITTED",
        "mysql": "START TRANSACTION",
    }[dialect]


def written(connection: Any, pieces: Sequence[str]) -> str:
    """The statement as the connection's driver reads it."""
    style: str = connection.dialect.paramstyle
    return _PLACEHOLDERS[style](pieces)


def rows_of(result: Any) -> Rows:
    """The rows of a result, all of them."""
    return result.fetchall() if result.returns_rows else ()


def must_begin(connection: Any, driver: Any) -> bool:
    """Whether a caller's transaction has not really begun: SQLite's driver begins it with the first change.

    A savepoint before that would be a transaction by itself, and its release a commit.
    """
    return connection.dialect.name == "sqlite" and not driver.in_transaction
