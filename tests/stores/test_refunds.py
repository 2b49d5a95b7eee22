"""Refunds on the databases that merchants have: from the request to the end, and over lost connections."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    asynccontextmanager,
    contextmanager,
    suppress,
)
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import asyncpg
import psycopg
import pymysql
import pytest
from engines import Engine
from psycopg_pool import ConnectionPool
from sqlalchemy import create_engine, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import Session

import paywelcome
from paywelcome.refunds import AsyncRefunds, AsyncSQLiteStore, AsyncStore, Refunds, RefundsError, SQLiteStore, Store
from paywelcome.refunds.asyncpg import AsyncpgStore
from paywelcome.refunds.psycopg import AsyncPsycopgStore, PsycopgStore
from paywelcome.refunds.pymysql import PyMySQLStore
from paywelcome.refunds.sqlalchemy import AsyncSQLAlchemyStore, SQLAlchemyStore
from paywelcome.testing import Sandbox

TABLES = ("paywelcome_attempt", "paywelcome_batch", "paywelcome_refund", "paywelcome_payment", "paywelcome_schema")
GUARD = 30.0


class Kept:
    """A store of the ledger's own, a caller's transaction that is committed at the end of a block, and what ends all
    connections of the store."""

    def __init__(
        self, store: Store, caller: Callable[[], AbstractContextManager[Store]], cut: Callable[[], object]
    ) -> None:
        self.store, self.caller, self.cut = store, caller, cut


def in_postgres(engine: Engine) -> psycopg.Connection[Any]:
    return psycopg.connect(engine.url, autocommit=True)


def cut_postgres(engine: Engine) -> None:
    with in_postgres(engine) as connection:
        others = "pid <> pg_backend_pid() AND datname = current_database()"
        connection.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")


def in_mariadb(engine: Engine) -> pymysql.Connection[Any]:
    return pymysql.connect(**place(engine), autocommit=True)


def place(engine: Engine) -> dict[str, Any]:
    return {"host": engine.host, "port": engine.port, "user": engine.user, "database": engine.database}


def cut_mariadb(engine: Engine) -> None:
    with in_mariadb(engine) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT id FROM information_schema.processlist WHERE id <> connection_id() AND user = 'shop'")
        for (number,) in cursor.fetchall():
            with suppress(pymysql.Error):
                cursor.execute(f"KILL {number}")


def drop(execute: Callable[[str], object]) -> None:
    for table in TABLES:
        execute(f"DROP TABLE IF EXISTS {table}")


@pytest.fixture
def clean_postgres(postgres: Engine) -> Engine:
    with in_postgres(postgres) as connection:
        drop(connection.execute)
    return postgres


@pytest.fixture
def clean_mariadb(mariadb: Engine) -> Engine:
    with in_mariadb(mariadb) as connection, connection.cursor() as cursor:
        drop(cursor.execute)
    return mariadb


@contextmanager
def psycopg_store(request: pytest.FixtureRequest) -> Iterator[Kept]:
    engine: Engine = request.getfixturevalue("clean_postgres")

    @contextmanager
    def caller() -> Iterator[Store]:
        with psycopg.connect(engine.url) as connection:
            yield PsycopgStore(connection)

    yield Kept(PsycopgStore(engine.url), caller, lambda: cut_postgres(engine))


@contextmanager
def psycopg_pool(request: pytest.FixtureRequest) -> Iterator[Kept]:
    engine: Engine = request.getfixturevalue("clean_postgres")
    with ConnectionPool(engine.url, min_size=0, max_size=12, check=ConnectionPool.check_connection) as pool:

        @contextmanager
        def caller() -> Iterator[Store]:
            with pool.connection() as connection:
                yield PsycopgStore(connection)

        yield Kept(PsycopgStore(pool), caller, lambda: cut_postgres(engine))


@contextmanager
def pymysql_store(request: pytest.FixtureRequest) -> Iterator[Kept]:
    engine: Engine = request.getfixturevalue("clean_mariadb")
    where = place(engine)

    @contextmanager
    def caller() -> Iterator[Store]:
        connection = pymysql.connect(**where)
        try:
            yield PyMySQLStore(connection)
            connection.commit()
        finally:
            connection.close()

    yield Kept(PyMySQLStore(lambda: pymysql.connect(**where)), caller, lambda: cut_mariadb(engine))


@contextmanager
def alchemy(url: str, cut: Callable[[], object]) -> Iterator[Kept]:
    engine = create_engine(url, pool_size=12, pool_pre_ping=True)

    @contextmanager
    def caller() -> Iterator[Store]:
        with Session(engine) as session, session.begin():
            session.execute(text("SELECT 1"))
            yield SQLAlchemyStore(session)

    yield Kept(SQLAlchemyStore(engine), caller, cut)
    engine.dispose()


def alchemy_postgres(request: pytest.FixtureRequest) -> AbstractContextManager[Kept]:
    engine: Engine = request.getfixturevalue("clean_postgres")
    return alchemy(engine.url.replace("postgresql:", "postgresql+psycopg:"), lambda: cut_postgres(engine))


def alchemy_mariadb(request: pytest.FixtureRequest) -> AbstractContextManager[Kept]:
    engine: Engine = request.getfixturevalue("clean_mariadb")
    return alchemy(engine.url.replace("mysql:", "mysql+pymysql:"), lambda: cut_mariadb(engine))


@contextmanager
def sqlite(request: pytest.FixtureRequest) -> Iterator[Kept]:
    import sqlite3

    path: Path = request.getfixturevalue("tmp_path") / "refunds.db"

    @contextmanager
    def caller() -> Iterator[Store]:
        connection = sqlite3.connect(path)
        with connection:
            yield SQLiteStore(connection)
        connection.close()

    yield Kept(SQLiteStore(path), caller, lambda: None)


WAYS = {
    "sqlite": sqlite,
    "psycopg": psycopg_store,
    "psycopg pool": psycopg_pool,
    "pymysql": pymysql_store,
    "sqlalchemy postgres": alchemy_postgres,
    "sqlalchemy mariadb": alchemy_mariadb,
}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as gateway:
        yield gateway


@pytest.fixture(params=list(WAYS))
def kept(request: pytest.FixtureRequest) -> Iterator[Kept]:
    with WAYS[request.param](request) as made:
        yield made


@pytest.fixture
def refunds(kept: Kept, sandbox: Sandbox) -> Refunds:
    made = Refunds(sandbox.client(timeout=2), kept.store, quiet=0)
    if not isinstance(kept.store, SQLiteStore):
        with pytest.raises(RefundsError) as missing:
            made.due()
        assert missing.value.kind == "schema"
    made.init()
    made.init()
    return made


def asked(tid: str, amount: int = 3000) -> dict[str, Any]:
    return {"tid": tid, "amount": amount, "paid": 12000, "pay_type": "card"}


def when(is_so: Callable[[], bool]) -> Any:
    class Stop:
        def is_set(self) -> bool:
            return is_so()

    return Stop()


def test_from_the_request_to_the_end(refunds: Refunds, kept: Kept, sandbox: Sandbox) -> None:
    tid = sandbox.approve(price=12000, pay_type="card")
    texts = {"reference": "환불 '17' \\ % %s :x ? $1 \N{GRINNING FACE}", "batch": "콘서트 %s"}
    first = refunds.request("환불-17", **asked(tid), **texts, tax=200, taxfree=0)
    assert (first.reference, first.batch, first.tax, first.taxfree) == (texts["reference"], texts["batch"], 200, 0)
    assert abs((datetime.now(timezone.utc) - first.requested_at).total_seconds()) < 60
    assert refunds.request("환불-17", **asked(tid), **texts, tax=200, taxfree=0) == first
    with pytest.raises(paywelcome.InvalidRequestError):
        refunds.request("환불-17", **asked(tid, 3001), **texts)
    assert refunds.due() == refunds.due(batch="콘서트 %s") == ["환불-17"]
    done = refunds.process("환불-17")
    assert (done.state, done.remaining, done.cancel_tid) == ("done", 9000, done.raw and done.raw["C_Tid"])
    assert refunds.get("환불-17") == done
    refunds.request("rest", **asked(tid, 9000))
    with sandbox.arm("close"):
        waiting = refunds.process("rest")
    assert [each.key for each in refunds.in_review()] == [waiting.key]
    ruled = refunds.resolve("rest", "done", by="김", note="상점관리자 \N{GRINNING FACE}")
    assert (ruled.remaining, ruled.ruled_by, ruled.ruling_note) == (0, "김", "상점관리자 \N{GRINNING FACE}")
    assert [entry.what for entry in refunds.attempts("rest")] == ["sent", "answer", "ruling"]
    assert refunds.counts()["done"].refunds == 2
    assert refunds.restored(datetime.now(timezone.utc)) == 0


def test_a_request_belongs_to_the_callers_transaction(refunds: Refunds, kept: Kept) -> None:
    class Undone(Exception):
        pass

    with pytest.raises(Undone), kept.caller() as store:
        refunds.request("a", **asked("t"), store=store)
        raise Undone
    assert refunds.due() == []
    with kept.caller() as store:
        refunds.request("a", **asked("t"), store=store)
        with pytest.raises(paywelcome.InvalidRequestError):
            rows: Any = [{**asked("t"), "key": "b"}, {**asked("t", 11000), "key": "c"}]
            refunds.request_many(rows, store=store)
        refunds.request("d", **asked("t"), store=store)
        with pytest.raises(RefundsError) as refused:
            Refunds(paywelcome.Client(environment="test", mid="m", sign_key="k"), store).process("a")
        assert refused.value.kind == "in_transaction"
    assert sorted(refunds.due()) == ["a", "d"]


def test_many_rows(refunds: Refunds) -> None:
    rows: Any = [{**asked(f"tid{n % 900}", 100), "key": f"refund-{n}"} for n in range(2500)]
    assert refunds.request_many(rows, batch="b").requested == 2500
    assert (again := refunds.request_many(rows, batch="b")).known == 2500, again
    assert len(refunds.due(limit=10_000)) == 2500
    assert refunds.counts()["requested"].amount == 250_000


def test_many_workers_at_once(refunds: Refunds, sandbox: Sandbox) -> None:
    tids = [sandbox.approve(price=12000, pay_type="card") for _ in range(6)]
    for tid in tids:
        rows: Any = [{**asked(tid, 1000), "key": f"{tid}-{n}"} for n in range(4)]
        refunds.request_many(rows)

    def work(_: int) -> None:
        for tid in tids:
            for n in range(4):
                while refunds.process(f"{tid}-{n}").state != "done":
                    pass

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6)))
    assert sandbox.executions == 24
    assert {sandbox.payment(tid).remaining for tid in tids} == {8000}
    assert refunds.counts()["done"].refunds == 24


def test_a_run_over_lost_connections(kept: Kept, refunds: Refunds, sandbox: Sandbox) -> None:
    tids = [sandbox.approve(price=12000, pay_type="card") for _ in range(60)]
    rows: Any = [{**asked(tid), "key": tid} for tid in tids]
    refunds.request_many(rows)
    seen = 0

    def is_over() -> bool:
        nonlocal seen
        if sandbox.executions >= seen + 10:
            seen = sandbox.executions
            kept.cut()
        with suppress(Exception):
            counts = refunds.counts()
            return counts["done"].refunds + counts["review"].refunds == 60
        return False

    running = threading.Thread(target=refunds.run, kwargs={"stop": (stop := threading.Event()), "poll": 0.02})
    running.start()
    try:
        # A pool that lost a connection which it was opening tries again later and later.
        until = time.monotonic() + 3 * GUARD
        while not is_over():
            assert time.monotonic() < until, refunds.counts()
    finally:
        stop.set()
        # It would take another connection, and give it back to a pool that is closed.
        running.join()
    # What was lost before the send is given back; what was lost after it is recorded all the same.
    assert refunds.counts()["done"].refunds == 60
    assert sandbox.executions == 60
    assert {sandbox.payment(tid).remaining for tid in tids} == {9000}


@asynccontextmanager
async def async_sqlite(request: pytest.FixtureRequest) -> AsyncIterator[AsyncStore]:
    store = AsyncSQLiteStore(request.getfixturevalue("tmp_path") / "refunds.db")
    yield store
    await store.aclose()


@asynccontextmanager
async def async_psycopg(request: pytest.FixtureRequest) -> AsyncIterator[AsyncStore]:
    store = AsyncPsycopgStore(request.getfixturevalue("clean_postgres").url)
    yield store
    await store.aclose()


@asynccontextmanager
async def asyncpg_pool(request: pytest.FixtureRequest) -> AsyncIterator[AsyncStore]:
    async with asyncpg.create_pool(request.getfixturevalue("clean_postgres").url, min_size=0, max_size=12) as pool:
        yield AsyncpgStore(pool)


@asynccontextmanager
async def async_alchemy(url: str) -> AsyncIterator[AsyncStore]:
    engine = create_async_engine(url, pool_size=12)
    yield AsyncSQLAlchemyStore(engine)
    await engine.dispose()


def alchemy_asyncpg(request: pytest.FixtureRequest) -> AbstractAsyncContextManager[AsyncStore]:
    return async_alchemy(request.getfixturevalue("clean_postgres").url.replace("postgresql:", "postgresql+asyncpg:"))


def alchemy_asyncmy(request: pytest.FixtureRequest) -> AbstractAsyncContextManager[AsyncStore]:
    return async_alchemy(request.getfixturevalue("clean_mariadb").url.replace("mysql:", "mysql+asyncmy:"))


ASYNC_WAYS: dict[str, Callable[[Any], AbstractAsyncContextManager[AsyncStore]]] = {
    "sqlite": async_sqlite,
    "psycopg": async_psycopg,
    "asyncpg": asyncpg_pool,
    "sqlalchemy asyncpg": alchemy_asyncpg,
    "sqlalchemy asyncmy": alchemy_asyncmy,
}


async def lifecycle(store: AsyncStore, sandbox: Sandbox) -> None:
    client = sandbox.async_client(timeout=5)
    refunds = AsyncRefunds(client, store, quiet=0)
    await refunds.init()
    tids = [sandbox.approve(price=12000, pay_type="card") for _ in range(6)]
    rows: Any = [{**asked(tid, 1000), "key": f"{tid}-{n}"} for tid in tids for n in range(4)]
    assert (await refunds.request_many(rows)).requested == 24

    async def work() -> None:
        for row in rows:
            refund = await refunds.process(row["key"])
            while not refund.is_ended:
                refund = await refunds.process(row["key"])

    await asyncio.gather(*(work() for _ in range(3)))
    assert sandbox.executions == 24
    assert (await refunds.counts())["done"].refunds == 24
    # One that is cancelled continues.
    await refunds.request("last", **asked(tids[0], 8000))
    task = asyncio.ensure_future(refunds.process("last"))
    await asyncio.sleep(0)
    task.cancel()
    await refunds._tasks.ended()
    assert (await refunds.get("last")).state == "done"
    assert await refunds.run(until_idle=True) == 0
    assert await client.aclose(GUARD) == []


@pytest.mark.parametrize("way", list(ASYNC_WAYS))
def test_on_asyncio(way: str, request: pytest.FixtureRequest, sandbox: Sandbox) -> None:
    async def main() -> None:
        async with ASYNC_WAYS[way](request) as store:
            await lifecycle(store, sandbox)

    asyncio.run(main())
    assert sandbox.executions == 25
