"""The ledger itself through each store: refunds requested in a caller's transaction, processed by several at once."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import aiosqlite
import asyncpg
import psycopg
import pymysql
import pytest
from engines import Engine
from sqlalchemy import create_engine
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import Session

from paywelcome.refunds import AsyncRefunds, AsyncSQLiteStore, Refunds, SQLiteStore, Store
from paywelcome.refunds.asyncpg import AsyncpgStore
from paywelcome.refunds.psycopg import AsyncPsycopgStore, PsycopgStore
from paywelcome.refunds.pymysql import PyMySQLStore
from paywelcome.refunds.sqlalchemy import AsyncSQLAlchemyStore, SQLAlchemyStore
from paywelcome.testing import Sandbox

PAYMENTS = 8
WORKERS = 8
PAID, FIRST, SECOND = 12000, 3000, 2000
REFERENCE = "💸 100% of it's \\ ? :x $1 %s"
TABLES = ("payment", "refund", "attempt", "batch", "schema")


@dataclass
class Way:
    """A store of the ledger's own, and how a caller's transaction is opened."""

    store: Store
    caller: Callable[[], AbstractContextManager[Store]]


@contextmanager
def file(place: str) -> Iterator[Way]:
    @contextmanager
    def caller() -> Iterator[Store]:
        with closing(sqlite3.connect(place)) as connection, connection:
            yield SQLiteStore(connection)

    with closing(SQLiteStore(place)) as store:
        yield Way(store, caller)


@contextmanager
def through_psycopg(place: str) -> Iterator[Way]:
    @contextmanager
    def caller() -> Iterator[Store]:
        with psycopg.connect(place) as connection:
            yield PsycopgStore(connection)

    with closing(PsycopgStore(place)) as store:
        yield Way(store, caller)


@contextmanager
def through_pymysql(place: str) -> Iterator[Way]:
    user, _, where = place.removeprefix("mysql://").partition("@")
    host, _, rest = where.partition(":")
    port, _, database = rest.partition("/")
    connect = partial(pymysql.connect, host=host, port=int(port), user=user, database=database)

    @contextmanager
    def caller() -> Iterator[Store]:
        with closing(connect()) as connection:
            try:
                yield PyMySQLStore(connection)
            except BaseException:
                connection.rollback()
                raise
            connection.commit()

    with closing(PyMySQLStore(connect)) as store:
        yield Way(store, caller)


@contextmanager
def through_sqlalchemy(place: str) -> Iterator[Way]:
    engine = create_engine(place, pool_size=2 * WORKERS)

    @contextmanager
    def caller() -> Iterator[Store]:
        with Session(engine) as session, session.begin():
            yield SQLAlchemyStore(session)

    yield Way(SQLAlchemyStore(engine), caller)
    engine.dispose()


THREADS: dict[str, tuple[Callable[[str], AbstractContextManager[Way]], str]] = {
    "file": (file, ""),
    "psycopg": (through_psycopg, "postgresql"),
    "pymysql": (through_pymysql, "mysql"),
    "sqlalchemy sqlite": (through_sqlalchemy, "sqlite"),
    "sqlalchemy psycopg2": (through_sqlalchemy, "postgresql+psycopg2"),
    "sqlalchemy pymysql": (through_sqlalchemy, "mysql+pymysql"),
}


def place(scheme: str, request: pytest.FixtureRequest, folder: Path) -> str:
    if "sqlite" in scheme or not scheme:
        path = folder / "refunds.db"
        return f"{scheme}:///{path}" if scheme else str(path)
    engine: Engine = request.getfixturevalue("mariadb" if scheme.startswith("mysql") else "postgres")
    return scheme + engine.url[engine.url.index("://") :]


def keys(at: int) -> tuple[str, str]:
    # Of one length, so that an alphabet without room for them would make them one.
    return f"환불-{at}", f"반품-{at}"


@pytest.mark.parametrize("way", THREADS)
def test_refunds_for_threads(way: str, sandbox: Sandbox, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    opened, scheme = THREADS[way]
    with opened(place(scheme, request, tmp_path)) as given, sandbox.client() as client:
        drop(given.store)
        refunds = Refunds(client, given.store)
        refunds.init()
        tids = [sandbox.approve(price=PAID, pay_type="card") for _ in range(PAYMENTS)]
        rows: list[Any] = [
            {"key": keys(at)[1], "tid": tid, "amount": SECOND, "paid": PAID, "pay_type": "card"}
            for at, tid in enumerate(tids)
        ]
        ask = partial(refunds.request, amount=FIRST, paid=PAID, pay_type="card", reference=REFERENCE)
        for at, tid in enumerate(tids):
            with given.caller() as store:
                ask(keys(at)[0], tid=tid, store=store)
        with pytest.raises(LookupError), given.caller() as store:
            ask("gone", tid=tids[0], store=store)
            raise LookupError
        refunds.request_many(rows, batch="콘서트")
        assert refunds.counts()["requested"].refunds == 2 * PAYMENTS
        with ThreadPoolExecutor(WORKERS) as pool:
            twice = [key for at in range(PAYMENTS) for key in 2 * keys(at)]
            list(pool.map(refunds.process, twice))
            # Of two refunds of one payment, one may have found the payment taken.
            list(pool.map(refunds.process, twice))
        done = refunds.counts()["done"]
        assert (done.refunds, done.amount) == (2 * PAYMENTS, PAYMENTS * (FIRST + SECOND))
        assert {sandbox.payment(tid).remaining for tid in tids} == {PAID - FIRST - SECOND}
        assert refunds.get(keys(0)[0]).reference == REFERENCE
        assert [entry.state for entry in refunds.attempts(keys(0)[1])][-1] == "done"
        assert (refunds.due(), refunds.in_review()) == ([], [])
        drop(given.store)


def drop(store: Store) -> None:
    for table in TABLES:
        store.query((f"DROP TABLE IF EXISTS paywelcome_{table}",), ())


@asynccontextmanager
async def async_file(place: str) -> Any:
    @asynccontextmanager
    async def caller() -> Any:
        async with aiosqlite.connect(place) as connection:
            yield AsyncSQLiteStore(connection)
            await connection.commit()

    store = AsyncSQLiteStore(place)
    yield store, caller
    await store.aclose()


@asynccontextmanager
async def through_async_psycopg(place: str) -> Any:
    @asynccontextmanager
    async def caller() -> Any:
        async with await psycopg.AsyncConnection.connect(place) as connection:
            yield AsyncPsycopgStore(connection)

    store = AsyncPsycopgStore(place)
    yield store, caller
    await store.aclose()


@asynccontextmanager
async def through_asyncpg(place: str) -> Any:
    async with asyncpg.create_pool(place, min_size=0, max_size=2 * WORKERS) as pool:

        @asynccontextmanager
        async def caller() -> Any:
            async with pool.acquire() as connection, connection.transaction():
                yield AsyncpgStore(connection)

        yield AsyncpgStore(pool), caller


@asynccontextmanager
async def through_async_sqlalchemy(place: str) -> Any:
    engine = create_async_engine(place, pool_size=2 * WORKERS)

    @asynccontextmanager
    async def caller() -> Any:
        async with AsyncSession(engine) as session, session.begin():
            yield AsyncSQLAlchemyStore(session)

    yield AsyncSQLAlchemyStore(engine), caller
    await engine.dispose()


TASKS: dict[str, tuple[Callable[[str], Any], str]] = {
    "file": (async_file, ""),
    "psycopg": (through_async_psycopg, "postgresql"),
    "asyncpg": (through_asyncpg, "postgresql"),
    "sqlalchemy aiosqlite": (through_async_sqlalchemy, "sqlite+aiosqlite"),
    "sqlalchemy asyncpg": (through_async_sqlalchemy, "postgresql+asyncpg"),
    "sqlalchemy asyncmy": (through_async_sqlalchemy, "mysql+asyncmy"),
    "sqlalchemy aiomysql": (through_async_sqlalchemy, "mysql+aiomysql"),
}


@pytest.mark.parametrize("way", TASKS)
# Some drivers warn of each row that was there before.
@pytest.mark.filterwarnings("ignore:Duplicate entry", "ignore:Unknown table", "ignore:Table .* already exists")
def test_refunds_on_asyncio(way: str, sandbox: Sandbox, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    opened, scheme = TASKS[way]
    asyncio.run(on_asyncio(opened(place(scheme, request, tmp_path)), sandbox))


async def on_asyncio(opened: Any, sandbox: Sandbox) -> None:
    async with opened as (store, caller), sandbox.async_client() as client:
        refunds = AsyncRefunds(client, store)
        for table in TABLES:
            await store.query((f"DROP TABLE IF EXISTS paywelcome_{table}",), ())
        await refunds.init()
        tids = [sandbox.approve(price=PAID, pay_type="card") for _ in range(PAYMENTS)]
        for at, tid in enumerate(tids):
            async with caller() as callers:
                for key, amount in zip(keys(at), (FIRST, SECOND), strict=True):
                    await refunds.request(
                        key, tid=tid, amount=amount, paid=PAID, pay_type="card", reference=REFERENCE, store=callers
                    )
        for _ in range(2):
            await asyncio.gather(*(refunds.process(key) for at in range(PAYMENTS) for key in 2 * keys(at)))
        done = (await refunds.counts())["done"]
        assert (done.refunds, done.amount) == (2 * PAYMENTS, PAYMENTS * (FIRST + SECOND))
        assert {sandbox.payment(tid).remaining for tid in tids} == {PAID - FIRST - SECOND}
        assert (await refunds.get(keys(0)[0])).reference == REFERENCE
        for table in TABLES:
            await store.query((f"DROP TABLE IF EXISTS paywelcome_{table}",), ())
