"""The stores for asyncio, each with the same cases as those for threads."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import aiosqlite
import asyncpg
import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from paywelcome.refunds import AsyncSQLiteStore, AsyncStore
from paywelcome.refunds.asyncpg import AsyncpgStore
from paywelcome.refunds.psycopg import AsyncPsycopgStore
from paywelcome.refunds.sqlalchemy import AsyncSQLAlchemyStore
from paywelcome.testing.stores import CALLER_CASES, CASES, check_async

Caller = Callable[[], AbstractAsyncContextManager[AsyncStore]]
Opened = AbstractAsyncContextManager[tuple[Callable[[], AsyncStore], Caller]]


@asynccontextmanager
async def sqlite(place: str) -> AsyncIterator[Any]:
    @asynccontextmanager
    async def caller() -> AsyncIterator[AsyncSQLiteStore]:
        async with aiosqlite.connect(place) as connection:
            connection.row_factory = aiosqlite.Row
            try:
                yield AsyncSQLiteStore(connection)
            except BaseException:
                await connection.rollback()
                raise
            await connection.commit()

    yield partial(AsyncSQLiteStore, place), caller


@asynccontextmanager
async def psycopg_text(place: str) -> AsyncIterator[Any]:
    @asynccontextmanager
    async def caller() -> AsyncIterator[AsyncPsycopgStore]:
        async with await psycopg.AsyncConnection.connect(place) as connection:
            yield AsyncPsycopgStore(connection)

    yield partial(AsyncPsycopgStore, place), caller


@asynccontextmanager
async def psycopg_function(place: str) -> AsyncIterator[Any]:
    @asynccontextmanager
    async def caller() -> AsyncIterator[AsyncPsycopgStore]:
        async with (
            await psycopg.AsyncConnection.connect(place, autocommit=True) as connection,
            connection.transaction(),
        ):
            yield AsyncPsycopgStore(connection)

    yield partial(AsyncPsycopgStore, partial(psycopg.AsyncConnection.connect, place)), caller


@asynccontextmanager
async def psycopg_pool(place: str) -> AsyncIterator[Any]:
    check = AsyncConnectionPool.check_connection
    async with AsyncConnectionPool(place, min_size=0, max_size=12, open=False, check=check) as pool:

        @asynccontextmanager
        async def caller() -> AsyncIterator[AsyncPsycopgStore]:
            async with pool.connection() as connection:
                yield AsyncPsycopgStore(connection)

        yield partial(AsyncPsycopgStore, pool), caller


@asynccontextmanager
async def asyncpg_pool(place: str) -> AsyncIterator[Any]:
    async with asyncpg.create_pool(place, min_size=0, max_size=12) as pool:

        @asynccontextmanager
        async def caller() -> AsyncIterator[AsyncpgStore]:
            async with pool.acquire() as connection, connection.transaction():
                yield AsyncpgStore(connection)

        yield partial(AsyncpgStore, pool), caller


@asynccontextmanager
async def alchemy(place: str) -> AsyncIterator[Any]:
    engine = create_async_engine(place, pool_size=12, pool_pre_ping=True)

    @asynccontextmanager
    async def caller() -> AsyncIterator[AsyncSQLAlchemyStore]:
        async with engine.begin() as connection:
            yield AsyncSQLAlchemyStore(connection)

    yield partial(AsyncSQLAlchemyStore, engine), caller
    await engine.dispose()


@asynccontextmanager
async def alchemy_session(place: str) -> AsyncIterator[Any]:
    engine = create_async_engine(place, pool_size=12, pool_pre_ping=True)

    @asynccontextmanager
    async def caller() -> AsyncIterator[AsyncSQLAlchemyStore]:
        async with AsyncSession(engine) as session, session.begin():
            yield AsyncSQLAlchemyStore(session)

    yield partial(AsyncSQLAlchemyStore, engine), caller
    await engine.dispose()


WAYS: dict[str, tuple[Callable[[str], Opened], str]] = {
    "file": (sqlite, ""),
    "psycopg text": (psycopg_text, "postgresql"),
    "psycopg function": (psycopg_function, "postgresql"),
    "psycopg pool": (psycopg_pool, "postgresql"),
    "asyncpg pool": (asyncpg_pool, "postgresql"),
    "sqlalchemy aiosqlite": (alchemy, "sqlite+aiosqlite"),
    "sqlalchemy asyncpg": (alchemy, "postgresql+asyncpg"),
    "sqlalchemy psycopg": (alchemy, "postgresql+psycopg"),
    "sqlalchemy asyncmy": (alchemy, "mysql+asyncmy"),
    "sqlalchemy aiomysql": (alchemy, "mysql+aiomysql"),
}


def place(scheme: str, request: pytest.FixtureRequest, folder: Path) -> str:
    if "sqlite" in scheme or not scheme:
        path = folder / "shop.db"
        return f"{scheme}:///{path}" if scheme else str(path)
    engine: str = request.getfixturevalue("mariadb" if scheme.startswith("mysql") else "postgres").url
    return scheme + engine[engine.index("://") :]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("case", CASES)
def test_it_keeps_the_contract(case: str, way: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    open_way, scheme = WAYS[way]
    asyncio.run(checked(open_way(place(scheme, request, tmp_path)), case))


@pytest.mark.parametrize("scheme", ["sqlite+aiosqlite", "postgresql+asyncpg", "mysql+asyncmy"])
@pytest.mark.parametrize("case", CALLER_CASES)
def test_a_session_is_a_callers(case: str, scheme: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    asyncio.run(checked(alchemy_session(place(scheme, request, tmp_path)), case))


def test_a_callers_connection_to_mysql_that_commits_each_statement_is_refused(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    async def body() -> None:
        made = create_async_engine(place("mysql+asyncmy", request, tmp_path), isolation_level="AUTOCOMMIT")
        async with made.connect() as connection:
            store = AsyncSQLAlchemyStore(connection)
            await store.query(("CREATE TEMPORARY TABLE kept (a text)",), ())
            with pytest.raises(ValueError, match="no open transaction"):
                async with store.transaction() as query:
                    await query(("INSERT INTO kept VALUES (", ")"), ("1",))
            assert await store.query(("SELECT a FROM kept",), ()) == []
        await made.dispose()

    asyncio.run(body())


async def checked(opened: Opened, case: str) -> None:
    async with opened as (make, caller):
        await check_async(make, caller=caller, case=case)
