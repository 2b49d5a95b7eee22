"""Tables of version 1, with refunds in them, brought up to what this library needs."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pymysql
import pytest
from engines import Engine

from paywelcome.refunds import Dialect, Refunds, RefundsError, SQLiteStore, Store, schema
from paywelcome.refunds.psycopg import PsycopgStore
from paywelcome.refunds.pymysql import PyMySQLStore
from paywelcome.testing import Sandbox

OLD = Path(__file__).parent / "version-1"
PAYMENT = """INSERT INTO paywelcome_payment
    (mid, tid, pay_type, currency, paid, remaining, asked, open_refund, suspect, version, writer, created_at,
    updated_at)
    VALUES ('{mid}', '{tid}', 'card', 'WON', 12000, 12000, 1000, NULL, 0, 1, 0, 0, 0)"""
REFUND = """INSERT INTO paywelcome_refund
    (mid, refund_key, tid, amount, tax, taxfree, reference, batch, state, attempts, in_a_row, token, maybe_sent,
    awaited, lease_over, quiet_over, due_at, pauses, requested_at, updated_at, writer)
    VALUES ('{mid}', '{key}', '{tid}', 1000, NULL, NULL, NULL, 'concert-17', 'requested', 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 7)"""
Execute = Callable[[str], Sequence[Sequence[Any]]]


class Place:
    """A database, its store, and a way to run any statement in it."""

    def __init__(self, dialect: Dialect, store: Store, execute: Execute) -> None:
        self.dialect, self.store, self.execute = dialect, store, execute

    def run(self, text: str) -> None:
        for statement in text.split(";\n"):
            if any(line and not line.startswith("--") for line in statement.splitlines()):
                self.execute(statement)


@pytest.fixture(params=["sqlite", "postgres", "mysql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    tables = ("attempt", "batch", "refund", "payment", "schema")
    if request.param == "sqlite":
        path = tmp_path / "refunds.db"
        with closing(sqlite3.connect(path, isolation_level=None)) as file, closing(SQLiteStore(path)) as store:
            yield Place("sqlite", store, lambda statement: file.execute(statement).fetchall())
    elif request.param == "postgres":
        engine: Engine = request.getfixturevalue("postgres")
        with (
            psycopg.connect(engine.url, autocommit=True) as connection,
            closing(PsycopgStore(engine.url)) as postgres,
        ):

            def in_postgres(statement: str) -> Sequence[Sequence[Any]]:
                cursor = connection.execute(statement)  # type: ignore[arg-type]
                return cursor.fetchall() if cursor.description else ()

            for table in tables:
                in_postgres(f"DROP TABLE IF EXISTS paywelcome_{table}")
            yield Place("postgres", postgres, in_postgres)
    else:
        engine = request.getfixturevalue("mariadb")
        where: dict[str, Any] = {"host": engine.host, "port": engine.port, "user": "shop", "database": engine.database}
        with (
            closing(pymysql.connect(**where, autocommit=True)) as connected,
            connected.cursor() as cursor,
            closing(PyMySQLStore(lambda: pymysql.connect(**where))) as mysql,
        ):

            def in_mysql(statement: str) -> Sequence[Sequence[Any]]:
                cursor.execute(statement)
                return cursor.fetchall()

            for table in tables:
                in_mysql(f"DROP TABLE IF EXISTS paywelcome_{table}")
            yield Place("mysql", mysql, in_mysql)


@pytest.fixture
def old(place: Place, sandbox: Sandbox) -> Place:
    """Tables of version 1, in which a refund waits."""
    place.run((OLD / f"{place.dialect}.sql").read_text())
    tid = sandbox.approve(price=12000, pay_type="card")
    place.execute(PAYMENT.format(mid=sandbox.mid, tid=tid))
    place.execute(REFUND.format(mid=sandbox.mid, tid=tid, key="old"))
    return place


def indexes(place: Place) -> set[str]:
    of = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'paywelcome_refund'",
        "postgres": "SELECT indexname FROM pg_indexes WHERE tablename = 'paywelcome_refund'",
        "mysql": "SELECT DISTINCT index_name FROM information_schema.statistics WHERE table_name = 'paywelcome_refund'",
    }[place.dialect]
    return {str(name) for (name,) in place.execute(of)}


def ends(place: Place, sandbox: Sandbox) -> None:
    """The refund of before is there, and so is one that a library of version 1 records now."""
    refunds = Refunds(sandbox.client(timeout=10), place.store, quiet=0)
    refund = refunds.get("old")
    assert (refund.state, refund.due_in, refund.batch) == ("requested", 0, "concert-17")
    tid = sandbox.approve(price=12000, pay_type="card")
    place.execute(PAYMENT.format(mid=sandbox.mid, tid=tid))
    place.execute(REFUND.format(mid=sandbox.mid, tid=tid, key="new"))
    assert [refunds.process(key).state for key in ("old", "new")] == ["done", "done"]
    assert place.execute("SELECT max(version) FROM paywelcome_schema")[0][0] == 2
    assert {"paywelcome_refund_batch", "paywelcome_refund_batch_due"} < indexes(place)


def test_a_start_on_older_tables_says_what_to_do(old: Place, sandbox: Sandbox) -> None:
    refunds = Refunds(sandbox.client(timeout=10), old.store, quiet=0)
    if old.dialect == "sqlite":
        # A file is brought up at the first use.
        assert refunds.due() == ["old"]
        return
    with pytest.raises(RefundsError) as told:
        refunds.due()
    assert told.value.kind == "schema"
    message = str(told.value)
    assert "version 1, and 2 is needed" in message and "refunds schema" in message and "refunds init" in message
    assert "\n" not in message


def test_they_are_brought_up_by_the_printed_file(old: Place, sandbox: Sandbox) -> None:
    for _ in range(2):
        old.run(schema(old.dialect))
    ends(old, sandbox)


def test_they_are_brought_up_by_init(old: Place, sandbox: Sandbox) -> None:
    for _ in range(2):
        Refunds(sandbox.client(timeout=10), old.store, quiet=0).init()
    ends(old, sandbox)


def test_both_ways_come_to_the_same_tables(place: Place, sandbox: Sandbox) -> None:
    place.run(schema(place.dialect))
    fresh = indexes(place)
    place.run("DROP TABLE paywelcome_batch;\nDROP TABLE paywelcome_refund;\n")
    place.run((OLD / f"{place.dialect}.sql").read_text())
    Refunds(sandbox.client(timeout=10), place.store, quiet=0).init()
    assert indexes(place) == fresh
