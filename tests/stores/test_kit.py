"""The kit itself: each of its cases can fail, and says by what."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import broken
import broken_servers
import psycopg
import pytest
from engines import Engine

from paywelcome.refunds import SQLiteStore
from paywelcome.testing.stores import CALLER_CASES, CASES, check


@pytest.mark.parametrize(("case", "store"), broken.BROKEN, ids=lambda each: getattr(each, "__name__", each))
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_broken_store_in_a_file_is_noticed(case: str, store: type[broken.Plain], tmp_path: Path) -> None:
    path = tmp_path / "refunds.db"
    with pytest.raises(AssertionError) as noticed:
        check(lambda: store(path), caller=store(path).caller, case=case)  # type: ignore[arg-type, return-value]
    assert str(noticed.value).startswith(f"{case}: ")


@pytest.mark.parametrize("store", broken_servers.BROKEN)
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_broken_store_on_a_server_is_noticed(store: Any, postgres: Engine) -> None:
    with pytest.raises(AssertionError) as noticed:
        check(lambda: store(postgres.url), case=store.case)
    assert str(noticed.value).startswith(f"{store.case}: ")
    # What it has left would fail the next test.
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS paywelcome_contract_check")


def test_every_case_notices_a_broken_store() -> None:
    noticing = {case for case, _ in broken.BROKEN} | {store.case for store in broken_servers.BROKEN}
    assert noticing == set(CASES)


def test_all_failures_are_told_at_once_with_their_promises(tmp_path: Path) -> None:
    path = tmp_path / "refunds.db"
    with pytest.raises(AssertionError) as noticed:
        check(lambda: broken.TakesEmptyForNull(path))  # type: ignore[arg-type, return-value]
    told = str(noticed.value).splitlines()
    assert [line.split(":")[0] for line in told] == ["text", "null"]
    assert told[1] == (
        "null: None is NULL both ways, and is not the empty text. "
        "But None, the empty text, None: expected [[None, '', None]], got [[None, None, None]]"
    )


def test_a_store_that_hangs_fails_its_test() -> None:
    forever = threading.Event()

    class Hangs(broken.Plain):
        def query(self, pieces: Any, values: Any, /) -> Any:
            forever.wait()

    with pytest.raises(AssertionError, match=r"did not end within 0\.05 seconds"):
        check(lambda: Hangs(Path("never opened")), case="text", timeout=0.05)  # type: ignore[arg-type, return-value]
    forever.set()


def test_a_dialect_that_is_not_known_is_named(tmp_path: Path) -> None:
    class Oracle(broken.Plain):
        dialect = "oracle"

    with pytest.raises(AssertionError, match="not 'oracle'"):
        check(lambda: Oracle(tmp_path / "refunds.db"), case="text")  # type: ignore[arg-type, return-value]


def test_what_is_asked_for_must_exist(tmp_path: Path) -> None:
    def make() -> SQLiteStore:
        return SQLiteStore(tmp_path / "refunds.db")

    with pytest.raises(KeyError, match="no such case"):
        check(make, case="no such case")
    for case in CALLER_CASES:
        with pytest.raises(TypeError, match="pass caller="):
            check(make, case=case)
    # Without it they are left out.
    check(make)


def test_the_table_is_gone_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "refunds.db"
    for store in (SQLiteStore, broken.Trims):
        try:
            check(lambda store=store: store(path), case="text")  # type: ignore[misc]
        except AssertionError:
            assert store is broken.Trims
        left = SQLiteStore(path).query(("SELECT name FROM sqlite_master",), ())
        assert [list(row) for row in left] == []


def test_a_check_can_be_made_while_an_event_loop_runs(tmp_path: Path) -> None:
    async def within() -> None:
        check(lambda: SQLiteStore(tmp_path / "refunds.db"), case="text")

    asyncio.run(within())
