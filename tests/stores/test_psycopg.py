"""The stores through psycopg 3."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from typing import Any

import psycopg
import pytest
from engines import Engine
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool

from paywelcome.refunds.psycopg import AsyncPsycopgStore, PsycopgStore
from paywelcome.testing.stores import CALLER_CASES, CASES, check


@pytest.fixture(scope="module")
def pool(postgres: Engine) -> Iterator[ConnectionPool]:
    with ConnectionPool(postgres.url, min_size=0, max_size=12, check=ConnectionPool.check_connection) as opened:
        yield opened


def connect(postgres: Engine, **settings: object) -> psycopg.Connection:
    return psycopg.connect(postgres.url, **settings)  # type: ignore[arg-type]


@pytest.mark.parametrize("source", ["function", "dictionaries", "text", "pool"])
@pytest.mark.parametrize("case", CASES)
def test_it_keeps_the_contract(case: str, source: str, postgres: Engine, pool: ConnectionPool) -> None:
    @contextmanager
    def caller() -> Iterator[PsycopgStore]:
        with connect(postgres) as connection:
            yield PsycopgStore(connection)

    made = {
        "function": partial(PsycopgStore, partial(connect, postgres)),
        "dictionaries": partial(PsycopgStore, partial(connect, postgres, row_factory=dict_row, autocommit=True)),
        "text": partial(PsycopgStore, postgres.url),
        "pool": partial(PsycopgStore, pool),
    }
    check(made[source], caller=caller, case=case, forks=source != "pool")


@pytest.mark.parametrize("case", CALLER_CASES)
def test_a_caller_may_commit_by_hand(case: str, postgres: Engine) -> None:
    """On a connection that commits each statement elsewhere, and gives rows as dictionaries."""

    @contextmanager
    def caller() -> Iterator[PsycopgStore]:
        with connect(postgres, autocommit=True, row_factory=dict_row) as connection, connection.transaction():
            yield PsycopgStore(connection)

    check(partial(PsycopgStore, postgres.url), caller=caller, case=case)


def test_a_connection_that_commits_each_statement_is_in_no_transaction(postgres: Engine) -> None:
    with connect(postgres, autocommit=True) as connection:
        store = PsycopgStore(connection)
        assert not store.in_transaction()
        with connection.transaction():
            assert store.in_transaction()
        assert not store.in_transaction()
        # It would be committed in parts.
        with pytest.raises(psycopg.errors.NoActiveSqlTransaction), store.transaction():
            raise AssertionError("the block began")


def test_what_the_function_sets_on_a_connection_stays(postgres: Engine) -> None:
    def prepared() -> psycopg.Connection:
        connection = connect(postgres)
        connection.execute("SET search_path TO refunds_of_the_shop")
        return connection

    with closing(PsycopgStore(prepared)) as store:
        with pytest.raises(psycopg.errors.UndefinedTable):
            store.query(("SELECT nothing FROM nowhere",), ())
        assert [list(row) for row in store.query(("SHOW search_path",), ())] == [["refunds_of_the_shop"]]


class Info(psycopg.ConnectionInfo):
    """As a pooler has it, such as PgBouncer, which numbers connections itself."""

    backend_pid = 0  # type: ignore[assignment]


class Pooled(psycopg.Connection[Any]):
    info = property(lambda self: Info(self.pgconn))  # type: ignore[assignment]


class AsyncPooled(psycopg.AsyncConnection[Any]):
    info = property(lambda self: Info(self.pgconn))  # type: ignore[assignment]


def test_nothing_is_prepared_behind_a_pooler(postgres: Engine) -> None:
    """Where the next statement may meet another server, or one on which another program has prepared its own."""
    opened = Pooled.connect(postgres.url)
    with closing(PsycopgStore(lambda: opened)) as store:
        for _ in range(10):
            store.query(("SELECT ", ""), ("1",))
        opened.pgconn.exec_(b"DEALLOCATE ALL")
        assert list(store.query(("SELECT ", ""), ("1",))[0]) == ["1"]
    with closing(connect(postgres)) as direct:
        assert PsycopgStore(lambda: direct).query(("SELECT '1'",), ())
        assert direct.prepare_threshold == 5


def test_nothing_is_prepared_behind_a_pooler_on_asyncio(postgres: Engine) -> None:
    async def body() -> None:
        opened = await AsyncPooled.connect(postgres.url)

        async def connection() -> AsyncPooled:
            return opened

        store = AsyncPsycopgStore(connection)
        for _ in range(10):
            await store.query(("SELECT ", ""), ("1",))
        opened.pgconn.exec_(b"DEALLOCATE ALL")
        assert list((await store.query(("SELECT ", ""), ("1",)))[0]) == ["1"]
        await store.aclose()

    asyncio.run(body())


def test_connections_are_used_again(postgres: Engine) -> None:
    opened: list[psycopg.Connection] = []

    def counted() -> psycopg.Connection:
        opened.append(connect(postgres))
        return opened[-1]

    store = PsycopgStore(counted)
    for _ in range(3):
        store.query(("SELECT '1'",), ())
        with store.transaction() as query:
            query(("SELECT '1'",), ())
    assert len(opened) == 1
    with store.transaction() as query:
        query(("SELECT '1'",), ())
        store.query(("SELECT '1'",), ())
    assert len(opened) == 2
    store.close()
    assert all(each.closed for each in opened)


def test_a_server_that_is_not_there_is_psycopgs_error() -> None:
    store = PsycopgStore("postgresql://nobody@127.0.0.1:1/nowhere")
    with pytest.raises(psycopg.OperationalError):
        store.query(("SELECT '1'",), ())
    with pytest.raises(psycopg.OperationalError), store.transaction():
        raise AssertionError("the transaction began")
