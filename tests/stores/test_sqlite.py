"""The store in an SQLite file."""

from __future__ import annotations

import multiprocessing
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from paywelcome.refunds import SQLiteStore
from paywelcome.testing.stores import CALLER_CASES, CASES, check

MAKE = "CREATE TABLE IF NOT EXISTS counted (n integer)"


@pytest.mark.parametrize("case", CASES)
def test_it_keeps_the_contract(case: str, tmp_path: Path) -> None:
    path = tmp_path / "refunds.db"

    @contextmanager
    def caller() -> Iterator[SQLiteStore]:
        with closing(sqlite3.connect(path)) as connection, connection:
            yield SQLiteStore(connection)

    check(lambda: SQLiteStore(path), caller=caller, case=case)


# How programs open SQLite: with a transaction that begins by itself, one that they begin, or (from 3.12 on) always
# in one.
WAYS = {"legacy": {}, "immediate": {"isolation_level": "IMMEDIATE"}, "by hand": {"isolation_level": None}}
if sys.version_info >= (3, 12):
    WAYS["always"] = {"autocommit": False}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("case", CALLER_CASES)
def test_a_caller_may_use_any_kind_of_connection(case: str, way: str, tmp_path: Path) -> None:
    path = tmp_path / "refunds.db"

    @contextmanager
    def caller() -> Iterator[SQLiteStore]:
        settings: dict[str, Any] = WAYS[way]
        with closing(sqlite3.connect(path, **settings)) as connection:
            # Rows and texts as a program may have them.
            connection.row_factory = lambda cursor, row: {"row": row}
            if way == "by hand":
                connection.execute("BEGIN")
            with connection:
                yield SQLiteStore(connection)

    check(lambda: SQLiteStore(path), caller=caller, case=case)


def test_a_file_is_opened_while_another_writes_that_keeps_no_log_ahead(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as shop:
        shop.execute(MAKE)
        shop.execute("BEGIN IMMEDIATE")
        store = SQLiteStore(path)
        assert store.query(("SELECT CAST(count(*) AS text) FROM counted",), ()) == [("0",)]
        shop.execute("COMMIT")
        assert store.query(("INSERT INTO counted VALUES (1)",), ()) == []
        store.close()
        assert store.query(("SELECT CAST(count(*) AS text) FROM counted",), ()) == [("1",)]
    with closing(sqlite3.connect(path)) as later:
        assert later.execute("PRAGMA journal_mode").fetchall() == [("wal",)]


def test_a_connection_that_commits_each_statement_is_in_no_transaction(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "refunds.db", isolation_level=None)) as connection:
        store = SQLiteStore(connection)
        assert not store.in_transaction()
        connection.execute("BEGIN")
        assert store.in_transaction()
        connection.rollback()
        assert not store.in_transaction()


def test_commits_survive_a_power_cut_and_readers_do_not_wait(tmp_path: Path) -> None:
    with closing_store(SQLiteStore(tmp_path / "refunds.db")) as store:
        assert [list(row) for row in store.query(("PRAGMA journal_mode",), ())] == [["wal"]]
        # 2 is FULL: the log is synced at each commit, not only at each checkpoint.
        assert [list(row) for row in store.query(("PRAGMA synchronous",), ())] == [[2]]


@pytest.mark.parametrize("name", ["", ":memory:"])
def test_a_database_in_memory_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="name a file"):
        SQLiteStore(name)


def test_a_file_that_cannot_be_opened_is_an_error_of_each_use(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "no such folder" / "refunds.db")
    for _ in range(2):
        with pytest.raises(sqlite3.OperationalError, match="unable to open"):
            store.query(("SELECT 1",), ())
    (tmp_path / "no such folder").mkdir()
    assert len(store.query(("SELECT 1",), ())) == 1
    store.close()


def test_a_file_that_is_no_database_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "refunds.db").write_bytes(b"not a database" * 100)
    with pytest.raises(sqlite3.DatabaseError, match="not a database"):
        SQLiteStore(tmp_path / "refunds.db").query(("SELECT 1",), ())


def test_who_writes_for_too_long_is_an_error_for_others(tmp_path: Path) -> None:
    path = tmp_path / "refunds.db"
    with closing_store(SQLiteStore(path)) as one, closing_store(SQLiteStore(path, timeout=0.01)) as other:
        one.query((MAKE,), ())
        with one.transaction() as query:
            query(("INSERT INTO counted VALUES (1)",), ())
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                other.query(("INSERT INTO counted VALUES (2)",), ())
            with pytest.raises(sqlite3.OperationalError, match="locked"), other.transaction():
                raise AssertionError("the transaction began")
        other.query(("INSERT INTO counted VALUES (3)",), ())
        assert [row[0] for row in one.query(("SELECT n FROM counted",), ())] == [1, 3]


def test_a_closed_store_can_be_used_again(tmp_path: Path) -> None:
    with closing_store(SQLiteStore(tmp_path / "refunds.db")) as store:
        store.query((MAKE,), ())
        with store.transaction() as query:
            query(("INSERT INTO counted VALUES (1)",), ())
            store.close()
        store.query(("INSERT INTO counted VALUES (2)",), ())
        store.close()
        assert [row[0] for row in store.query(("SELECT n FROM counted",), ())] == [1, 2]


def test_processes_may_open_a_new_file_at_the_same_time(tmp_path: Path) -> None:
    """Each makes it a file with a log for writing ahead, for which SQLite itself does not wait."""
    path, processes = tmp_path / "refunds.db", 8
    context = multiprocessing.get_context("spawn")
    begin = context.Barrier(processes)
    started = [context.Process(target=opened, args=(str(path), begin)) for _ in range(processes)]
    for each in started:
        each.start()
    for each in started:
        each.join()
    assert [each.exitcode for each in started] == [0] * processes
    with closing_store(SQLiteStore(path)) as store:
        assert [row[0] for row in store.query(("SELECT count(*) FROM counted",), ())] == [processes]


def opened(path: str, begin: Any) -> None:
    begin.wait()
    store = SQLiteStore(path)
    store.query((MAKE,), ())
    store.query(("INSERT INTO counted VALUES (1)",), ())


@contextmanager
def closing_store(store: SQLiteStore) -> Iterator[SQLiteStore]:
    with closing(store):
        yield store
