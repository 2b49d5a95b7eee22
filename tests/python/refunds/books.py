"""The package's two kinds of refunds behind one way to call them, on a file of SQLite and a gateway of the tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypeVar

import uvloop

import paywelcome
from paywelcome.refunds import AsyncQuery, AsyncRefunds, AsyncSQLiteStore, AsyncStore, Refunds, Rows, SQLiteStore, Store

T = TypeVar("T")


class Threaded:
    """A store for asyncio, made of one for threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.dialect: Literal["sqlite", "postgres", "mysql"] = store.dialect

    async def query(self, pieces: Sequence[str], values: Sequence[str | None], /) -> Rows:
        return await asyncio.to_thread(self._store.query, pieces, values)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncQuery]:
        block = self._store.transaction()
        query = await asyncio.to_thread(block.__enter__)

        async def query_there(pieces: Sequence[str], values: Sequence[str | None], /) -> Rows:
            return await asyncio.to_thread(query, pieces, values)

        try:
            yield query_there
        except BaseException as error:
            block.__exit__(type(error), error, error.__traceback__)
            raise
        await asyncio.to_thread(block.__exit__, None, None, None)

    def in_transaction(self) -> bool:
        return self._store.in_transaction()


class ThreadedFile(Threaded, AsyncSQLiteStore):
    """The same of a file, in which the tables are created at the first use."""


def for_asyncio(store: Store) -> AsyncStore:
    """The store of the same file for asyncio, or where there is no file of its own, one for threads used by it."""
    if type(store) is not SQLiteStore:
        return Threaded(store)
    if store.in_transaction():
        return ThreadedFile(store)
    ((file,),) = store.query(["SELECT file FROM pragma_database_list"], [])
    assert file is not None
    return AsyncSQLiteStore(file)


class Sync:
    """Refunds for threads."""

    def __init__(self, client: dict[str, Any], store: Store, **settings: Any) -> None:
        self.client = paywelcome.Client(**client)
        self.refunds: Any = Refunds(self.client, store, **settings)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.refunds, name)

    def given(self, store: Store) -> Any:
        """A caller's store as these refunds take it."""
        return store

    def close(self) -> list[Any]:
        return self.client.close()

    def end(self) -> None:
        self.close()


class Asyncio:
    """Refunds for asyncio, each call of which is run to its end."""

    def __init__(self, client: dict[str, Any], store: Store, **settings: Any) -> None:
        self.client = paywelcome.AsyncClient(**client)
        self.refunds: Any = AsyncRefunds(self.client, for_asyncio(store), **settings)
        self.loop = self._new_loop()

    def _new_loop(self) -> asyncio.AbstractEventLoop:
        return asyncio.new_event_loop()

    def __getattr__(self, name: str) -> Any:
        return partial(self._run, getattr(self.refunds, name))

    def _run(self, method: Any, *arguments: Any, **more: Any) -> Any:
        return self.loop.run_until_complete(method(*arguments, **more))

    def await_(self, awaitable: Awaitable[T]) -> T:
        return self.loop.run_until_complete(asyncio.ensure_future(awaitable, loop=self.loop))

    def given(self, store: Store) -> Any:
        return for_asyncio(store)

    def close(self) -> list[Any]:
        return self.loop.run_until_complete(self.client.aclose())

    def end(self) -> None:
        self.close()
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        self.loop.close()


class Uvloop(Asyncio):
    def _new_loop(self) -> asyncio.AbstractEventLoop:
        return uvloop.new_event_loop()


Book = Sync | Asyncio
BOOKS: list[type[Sync] | type[Asyncio]] = [Sync, Asyncio, Uvloop]


def store_in(folder: Path) -> SQLiteStore:
    return SQLiteStore(folder / "refunds.db")
