"""Stores whose user is interrupted in the middle: nothing half done is kept, and the store continues."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from engines import Engine
from sqlalchemy.ext.asyncio import create_async_engine

from paywelcome.refunds import AsyncSQLiteStore, AsyncStore, Query, SQLiteStore, Store
from paywelcome.refunds.asyncpg import AsyncpgStore
from paywelcome.refunds.psycopg import AsyncPsycopgStore, PsycopgStore
from paywelcome.refunds.sqlalchemy import AsyncSQLAlchemyStore

TABLE = "CREATE TABLE interrupted (n integer)"
DROP = "DROP TABLE IF EXISTS interrupted"
INSERT = "INSERT INTO interrupted VALUES (1)"
READ = "SELECT CAST(n AS text) FROM interrupted"


def nothing_is_kept(store: Store, interruption: type[BaseException]) -> None:
    store.query((DROP,), ())
    store.query((TABLE,), ())
    with pytest.raises(interruption), store.transaction() as query:
        query((INSERT,), ())
        raise interruption
    assert len(store.query((READ,), ())) == 0
    with store.transaction() as query:
        query((INSERT,), ())
    assert len(store.query((READ,), ())) == 1
    store.query((DROP,), ())


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, SystemExit])
def test_a_thread_in_a_file(interruption: type[BaseException], tmp_path: Path) -> None:
    with closing(SQLiteStore(tmp_path / "refunds.db")) as store:
        nothing_is_kept(store, interruption)


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, SystemExit])
def test_a_thread_on_a_server(interruption: type[BaseException], postgres: Engine) -> None:
    with closing(PsycopgStore(postgres.url)) as store:
        nothing_is_kept(store, interruption)


async def cancelled_between_statements(store: AsyncStore) -> None:
    await store.query((DROP,), ())
    await store.query((TABLE,), ())
    inside = asyncio.Event()

    async def work() -> None:
        async with store.transaction() as query:
            await query((INSERT,), ())
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await goes_on(store)


async def goes_on(store: AsyncStore) -> None:
    assert len(await store.query((READ,), ())) == 0
    async with store.transaction() as query:
        await query((INSERT,), ())
    assert len(await store.query((READ,), ())) == 1
    await store.query((DROP,), ())


async def cancelled_within_a_statement(store: AsyncStore, other: AsyncStore) -> None:
    """While it waits for what another has locked."""
    await store.query((DROP,), ())
    await store.query((TABLE,), ())
    asked = asyncio.Event()

    async def work() -> None:
        async with store.transaction() as query:
            asked.set()
            await query(("LOCK TABLE interrupted IN EXCLUSIVE MODE",), ())

    async with other.transaction() as query:
        await query(("LOCK TABLE interrupted IN EXCLUSIVE MODE",), ())
        task = asyncio.create_task(work())
        await asked.wait()
        waiting = "SELECT CAST(count(*) AS text) FROM pg_locks WHERE NOT granted AND relation = 'interrupted'::regclass"
        while (await query((waiting,), ()))[0][0] == "0":
            pass
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    await goes_on(store)


WAYS = ["file", "psycopg", "asyncpg", "sqlalchemy"]


async def with_store(way: str, engine: Engine | None, path: Path, work: Callable[[Any, Any], Any]) -> None:
    if way == "file":
        files = AsyncSQLiteStore(path), AsyncSQLiteStore(path)
        await work(*files)
        for each in files:
            await each.aclose()
        return
    assert engine is not None
    if way == "psycopg":
        stores = AsyncPsycopgStore(engine.url), AsyncPsycopgStore(engine.url)
        await work(*stores)
        for store in stores:
            await store.aclose()
    elif way == "asyncpg":
        async with asyncpg.create_pool(engine.url, min_size=0, max_size=4) as pool:
            await work(AsyncpgStore(pool), AsyncpgStore(pool))
    else:
        made = create_async_engine(engine.url.replace("://", "+asyncpg://"))
        await work(AsyncSQLAlchemyStore(made), AsyncSQLAlchemyStore(made))
        await made.dispose()


@pytest.mark.parametrize("way", WAYS)
def test_a_task_between_two_statements(way: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    engine = None if way == "file" else request.getfixturevalue("postgres")
    work = lambda store, _: cancelled_between_statements(store)  # noqa: E731
    asyncio.run(with_store(way, engine, tmp_path / "refunds.db", work))


@pytest.mark.parametrize("way", WAYS[1:])
def test_a_task_within_a_statement(way: str, postgres: Engine, tmp_path: Path) -> None:
    asyncio.run(with_store(way, postgres, tmp_path, cancelled_within_a_statement))


class Slow(SQLiteStore):
    """Says that it begins a transaction, and begins when it may."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.says: Callable[[], object] = lambda: None
        self.may = threading.Event()

    @contextmanager
    def transaction(self) -> Iterator[Query]:
        self.says()
        self.may.wait()
        with super().transaction() as query:
            yield query


@pytest.mark.parametrize("times", [1, 3])
def test_a_task_within_a_statement_on_a_file(times: int, tmp_path: Path) -> None:
    """A thread does what the task waits for. It ends before anybody else uses its connection; what it did is undone."""
    path = tmp_path / "refunds.db"

    async def work(store: AsyncSQLiteStore, _: Any) -> None:
        slow, saying, loop = Slow(path), asyncio.Event(), asyncio.get_running_loop()
        slow.says = lambda: loop.call_soon_threadsafe(saying.set)
        store._store.close()
        store._store = slow
        await store.query((TABLE,), ())
        task = asyncio.create_task(begun(store))
        await saying.wait()
        for _ in range(times):
            task.cancel()
            # It hears of it, and waits for its thread.
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        assert not task.done()
        slow.may.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        await goes_on(store)

    asyncio.run(with_store("file", None, path, work))


async def begun(store: AsyncSQLiteStore) -> None:
    async with store.transaction() as query:
        await query((INSERT,), ())


def test_many_tasks_in_one_file(tmp_path: Path) -> None:
    """More than it has threads: each waits for its turn, and none fails for having waited."""
    path = tmp_path / "refunds.db"

    async def work(store: AsyncSQLiteStore, other: AsyncSQLiteStore) -> None:
        await store.query((TABLE,), ())
        await asyncio.gather(*(begun((store, other)[at % 2]) for at in range(150)))
        assert len(await store.query((READ,), ())) == 150

    asyncio.run(with_store("file", None, path, work))


def test_a_store_of_a_file_works_in_one_event_loop_after_the_other(tmp_path: Path) -> None:
    store = AsyncSQLiteStore(tmp_path / "refunds.db")

    async def work() -> None:
        await asyncio.gather(*(begun(store) for _ in range(3)))

    async def first() -> None:
        await store.query((TABLE,), ())
        await work()

    async def last() -> None:
        await work()
        assert len(await store.query((READ,), ())) == 6
        await store.aclose()

    asyncio.run(first())
    asyncio.run(last())
