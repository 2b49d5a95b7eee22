"""What the ledger needs of a database: to run a statement, to run several of them together, and to say who commits.

A store takes one of two things. The ledger's own store takes what connections come from: a file, an engine, a
pool, a function. A caller's store takes the handle of a transaction that the caller has opened; its statements end
with that transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import Literal, Protocol, TypeAlias

Dialect: TypeAlias = Literal["sqlite", "postgres", "mysql"]
"""The SQL that a store's database understands; MariaDB is ``"mysql"``."""

Rows: TypeAlias = Sequence[Sequence["str | None"]]
"""The rows of a statement, in order, and their columns in order. Empty where a statement gives none."""


class Query(Protocol):
    """Runs one statement and returns its rows."""

    def __call__(self, pieces: Sequence[str], values: Sequence[str | None], /) -> Rows:
        """Runs one statement.

        Args:
            pieces: The statement, cut where its values belong. The store puts a placeholder of its driver's
                between two pieces. The text of a piece means itself: a store doubles ``%`` where its driver reads
                ``%s``.
            values: One fewer than there are pieces, each a text or None.

        Raises:
            Exception: The driver's own error, unchanged, where the statement fails.
        """
        ...


class AsyncQuery(Protocol):
    """Runs one statement and returns its rows, on asyncio."""

    async def __call__(self, pieces: Sequence[str], values: Sequence[str | None], /) -> Rows:
        """Runs one statement.

        Args:
            pieces: The statement, cut where its values belong. The store puts a placeholder of its driver's
                between two pieces. The text of a piece means itself: a store doubles ``%`` where its driver reads
                ``%s``.
            values: One fewer than there are pieces, each a text or None.

        Raises:
            Exception: The driver's own error, unchanged, where the statement fails.
        """
        ...


class Store(Protocol):
    """Carries the ledger's statements to a database.

    `paywelcome.testing.stores.check` tests one. All threads may use a store of the ledger's own at once.
    """

    @property
    def dialect(self) -> Dialect:
        """Which SQL the database understands."""
        ...

    def query(self, pieces: Sequence[str], values: Sequence[str | None], /) -> Rows:
        """Runs one statement by itself: it is committed when this returns.

        In a caller's store it runs within the caller's transaction, and is committed with it.

        Args:
            pieces: The statement, cut where its values belong.
            values: One fewer than there are pieces, each a text or ``None``.
        """
        ...

    def transaction(self) -> AbstractContextManager[Query]:
        """Runs several statements together: all are committed at the end of the block, or none where it ends in an
        exception.

        In a caller's store they run within the caller's transaction. The end of the block commits nothing; an exception
        takes back what the block did, and the caller's transaction can continue.
        """
        ...

    def in_transaction(self) -> bool:
        """Whether somebody else decides if what `query` does is committed: the caller, whose transaction is open."""
        ...


class AsyncStore(Protocol):
    """Carries the ledger's statements to a database, on asyncio.

    `paywelcome.testing.stores.check_async` tests one. All tasks of an event loop may use a store of the ledger's
    own at once.
    """

    @property
    def dialect(self) -> Dialect:
        """Which SQL the database understands."""
        ...

    async def query(self, pieces: Sequence[str], values: Sequence[str | None], /) -> Rows:
        """Runs one statement by itself: it is committed when this returns.

        In a caller's store it runs within the caller's transaction, and is committed with it.

        Args:
            pieces: The statement, cut where its values belong.
            values: One fewer than there are pieces, each a text or ``None``.
        """
        ...

    def transaction(self) -> AbstractAsyncContextManager[AsyncQuery]:
        """Runs several statements together: all are committed at the end of the block, or none where it ends in an
        exception.

        In a caller's store they run within the caller's transaction. The end of the block commits nothing; an exception
        takes back what the block did, and the caller's transaction can continue.
        """
        ...

    def in_transaction(self) -> bool:
        """Whether somebody else decides if what `query` does is committed: the caller, whose transaction is open.

        It does not wait, so it is not a coroutine.
        """
        ...
