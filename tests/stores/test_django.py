"""The store through Django, on each of its databases."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import django
import engines
import pymysql
import pytest
from django.conf import settings
from django.db import connections, transaction
from django.test import TestCase, TransactionTestCase

from paywelcome.refunds import Refunds, RefundsError
from paywelcome.refunds.django import DjangoStore
from paywelcome.testing import Sandbox
from paywelcome.testing.stores import CASES, check

VENDORS = {"sqlite": "sqlite", "postgres": "postgres", "mariadb": "mysql"}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[set[str]]:
    """The aliases of a project's databases, as far as this machine has their servers."""
    databases: dict[str, Any] = {}
    with running("postgres") as postgres, running("mariadb") as mariadb:
        for engine, backend in ((postgres, "postgresql"), (mariadb, "mysql")):
            if engine is not None:
                where = {"HOST": engine.host, "PORT": engine.port, "USER": engine.user, "NAME": engine.database}
                databases[engine.name] = {"ENGINE": f"django.db.backends.{backend}", **where}
        path = tmp_path_factory.mktemp("project") / "shop.db"
        databases["sqlite"] = {"ENGINE": "django.db.backends.sqlite3", "NAME": path, "OPTIONS": {"timeout": 10}}
        databases["by hand"] = {**databases["sqlite"], "AUTOCOMMIT": False}
        databases["default"] = {**databases["sqlite"], "NAME": Path(f"{path}-default")}
        pymysql.install_as_MySQLdb()
        settings.configure(DATABASES=databases)
        django.setup()
        yield set(databases)
        connections.close_all()


@contextmanager
def running(name: str) -> Iterator[engines.Engine | None]:
    try:
        with engines.start(name) as engine:
            yield engine
    except engines.Missing:
        yield None


@pytest.fixture(params=list(VENDORS))
def alias(request: pytest.FixtureRequest, project: set[str]) -> str:
    name: str = request.param
    if name not in project:
        pytest.skip(f"NO {name.upper()} WAS TESTED: it is not installed")
    return name


@pytest.mark.parametrize("case", CASES)
def test_it_keeps_the_contract(case: str, alias: str) -> None:
    @contextmanager
    def caller() -> Iterator[DjangoStore]:
        with transaction.atomic(using=alias):
            yield DjangoStore(alias)

    # A child is to close what it inherited itself, as Django's own workers do.
    check(lambda: DjangoStore(alias), caller=caller, case=case, forks=False)


def test_it_says_which_sql_its_database_understands(project: set[str]) -> None:
    for name in project & set(VENDORS):
        assert DjangoStore(name).dialect == VENDORS[name]
    assert DjangoStore().dialect == "sqlite"


def test_a_database_that_the_ledger_has_no_sql_for_is_refused(
    project: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections["default"], "vendor", "oracle")
    with pytest.raises(ValueError, match="not in oracle"):
        _ = DjangoStore().dialect


def test_an_alias_that_is_not_there_is_djangos_error(project: set[str]) -> None:
    store = DjangoStore("elsewhere")
    for use in (lambda: store.dialect, store.in_transaction, lambda: store.query(("SELECT 1",), ())):
        with pytest.raises(django.db.utils.ConnectionDoesNotExist):
            use()


def test_an_atomic_block_is_the_callers(alias: str) -> None:
    store = DjangoStore(alias)
    assert not store.in_transaction()
    with transaction.atomic(using=alias):
        assert store.in_transaction()
        with transaction.atomic(using=alias):
            assert store.in_transaction()
    assert not store.in_transaction()
    connections[alias].close()
    assert not store.in_transaction()


def test_a_connection_that_does_not_commit_by_itself_is_the_callers(project: set[str]) -> None:
    store = DjangoStore("by hand")
    assert store.in_transaction()
    store.query(("SELECT 1",), ())
    assert store.in_transaction()
    connections["by hand"].rollback()
    connections["by hand"].close()


@pytest.mark.parametrize("has_written", [False, True])
def test_a_program_that_commits_by_hand_keeps_what_it_takes_back(alias: str, has_written: bool) -> None:
    store = DjangoStore(alias)
    store.query(("DROP TABLE IF EXISTS by_hand",), ())
    store.query(("CREATE TABLE by_hand (a varchar(9))",), ())
    transaction.set_autocommit(False, using=alias)
    try:
        for kept in (False, True):
            if has_written:
                store.query(("INSERT INTO by_hand VALUES (", ")"), ("0",))
            with store.transaction() as query:
                query(("INSERT INTO by_hand VALUES (", ")"), ("1",))
            (transaction.commit if kept else transaction.rollback)(using=alias)
            rows = store.query(("SELECT a FROM by_hand",), ())
            assert [tuple(row) for row in rows] == ([("0",)] * has_written + [("1",)]) * kept
            transaction.rollback(using=alias)
    finally:
        transaction.set_autocommit(True, using=alias)
        store.query(("DROP TABLE by_hand",), ())


def test_what_an_earlier_statement_broke_is_opened_anew(project: set[str]) -> None:
    """Without a request's end, at which Django looks."""
    if "postgres" not in project:
        pytest.skip("NO POSTGRES WAS TESTED: it is not installed")
    store, other = DjangoStore("postgres"), DjangoStore("postgres")
    number = store.query(("SELECT CAST(pg_backend_pid() AS text)",), ())[0][0]

    def kill() -> None:
        other.query(("SELECT CAST(pg_terminate_backend(CAST(CAST(", " AS text) AS integer), 5000) AS text)"), (number,))
        other.close()

    thread = threading.Thread(target=kill)
    thread.start()
    thread.join()
    with pytest.raises(django.db.OperationalError):
        store.query(("SELECT 1",), ())
    assert len(store.query(("SELECT 1",), ())) == 1
    store.close()


def test_a_threads_connection_is_closed_by_it_but_not_within_a_transaction(alias: str) -> None:
    store = DjangoStore(alias)
    with transaction.atomic(using=alias):
        store.query(("SELECT 1",), ())
        store.close()
        assert connections[alias].connection is not None
    store.close()
    assert connections[alias].connection is None


def run(case: type[TransactionTestCase], work: Callable[[], None]) -> None:
    """As Django's runner runs a test, without a database made for it."""

    class Test(case):  # type: ignore[misc, valid-type]
        databases = frozenset({"default", "sqlite"})

        def test(self) -> None:
            work()

        def _fixture_teardown(self) -> None:
            # What empties all tables of an installed application, of which there is none.
            if case is not TransactionTestCase:
                super()._fixture_teardown()

    Test.setUpClass()
    try:
        # Its failures come out as they are.
        Test("test").debug()
    finally:
        Test.tearDownClass()
        Test.doClassCleanups()


@pytest.mark.parametrize("case", [TestCase, TransactionTestCase])
def test_the_transaction_around_a_test_does_not_count(case: type[TransactionTestCase], project: set[str]) -> None:
    """`process` works in a TestCase, and refuses within an atomic() of the program's all the same."""
    store = DjangoStore("sqlite")

    def work() -> None:
        assert not store.in_transaction()
        store.query(("CREATE TABLE counted (n integer)",), ())
        with store.transaction() as query:
            query(("INSERT INTO counted VALUES (1)",), ())
        with pytest.raises(LookupError), store.transaction() as query:
            query(("INSERT INTO counted VALUES (2)",), ())
            raise LookupError
        with transaction.atomic(using="sqlite"):
            assert store.in_transaction()
            store.query(("INSERT INTO counted VALUES (3)",), ())
        assert [row[0] for row in store.query(("SELECT n FROM counted",), ())] == [1, 3]
        store.query(("DROP TABLE counted",), ())

    run(case, work)
    assert not store.in_transaction()


@pytest.fixture
def gateway() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


def asked(gateway: Sandbox) -> dict[str, Any]:
    return {"tid": gateway.approve(price=12000, pay_type="card"), "amount": 3000, "paid": 12000, "pay_type": "card"}


def drop(store: DjangoStore) -> None:
    for table in ("attempt", "batch", "refund", "payment", "schema"):
        store.query((f"DROP TABLE IF EXISTS paywelcome_{table}",), ())


def test_refunds_of_a_project(alias: str, gateway: Sandbox) -> None:
    store = DjangoStore(alias)
    drop(store)
    refunds = Refunds(gateway.client(), store, quiet=0)
    with pytest.raises(RefundsError, match="paywelcome refunds schema") as missing:
        refunds.due()
    assert missing.value.kind == "schema"
    refunds.init()
    with pytest.raises(LookupError), transaction.atomic(using=alias):
        refunds.request("undone", **asked(gateway))
        raise LookupError
    woken: list[str] = []
    with transaction.atomic(using=alias):
        refunds.request("refund-17", **asked(gateway))
        transaction.on_commit(lambda: woken.append(refunds.process("refund-17").state), using=alias)
        with pytest.raises(RefundsError, match="on_commit") as refused:
            refunds.process("refund-17")
        assert refused.value.kind == "in_transaction"
        assert woken == []
    assert woken == ["done"]
    assert [refund.refunds for refund in refunds.counts().values() if refund.refunds] == [1]
    rows: Any = [{**asked(gateway), "key": f"refund-{n}"} for n in range(4)]
    refunds.request_many(rows)
    assert refunds.run(until_idle=True, concurrency=2, poll=0.05) == 4
    # What is left to itself is recorded by a thread of the library's, which closes its connection.
    refunds.request("late", **asked(gateway))
    with gateway.arm("stall", ms=200):
        assert refunds.process("late", wait=0.02).state == "sending"
        assert refunds._client.close() == []
    assert refunds.get("late").state == "done"
    drop(store)
    store.close()
    if alias == "postgres":
        with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
            own = "datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
            cursor.execute(f"SELECT count(*) FROM pg_stat_activity WHERE {own} AND query LIKE '%paywelcome%'")
            assert cursor.fetchone() == (0,)
        store.close()


@pytest.mark.parametrize("case", [TestCase, TransactionTestCase])
def test_refunds_within_a_test_of_django(case: type[TransactionTestCase], project: set[str], gateway: Sandbox) -> None:
    store = DjangoStore("sqlite")
    drop(store)
    refunds = Refunds(gateway.client(), store, quiet=0)
    refunds.init()

    def work() -> None:
        with transaction.atomic(using="sqlite"):
            refunds.request("refund-17", **asked(gateway))
        assert refunds.process("refund-17").state == "done"
        with transaction.atomic(using="sqlite"), pytest.raises(RefundsError):
            refunds.process("refund-17")
        # The test's transaction is seen by its own thread only, which therefore waits for the end, and runs nothing.
        is_alone = case is TestCase
        refunds.request("late", **asked(gateway))
        with gateway.arm("stall", ms=200):
            assert refunds.process("late", wait=0.02).state == ("done" if is_alone else "sending")
            assert refunds._client.close() == []
        assert refunds.get("late").state == "done"
        with pytest.raises(RefundsError, match="this TestCase") if is_alone else nullcontext():
            assert refunds.run(until_idle=True) == 0

    run(case, work)
    drop(store)
    store.close()
