"""The store through SQLAlchemy, with each driver that it knows."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, scoped_session, sessionmaker

from paywelcome.refunds.sqlalchemy import SQLAlchemyStore
from paywelcome.testing.stores import CALLER_CASES, CASES, check

DRIVERS = ["sqlite", "psycopg", "psycopg2", "pymysql"]


def url(driver: str, request: pytest.FixtureRequest, folder: Path) -> str:
    if driver == "sqlite":
        return f"sqlite:///{folder / 'shop.db'}"
    engine: str = request.getfixturevalue("mariadb" if driver == "pymysql" else "postgres").url
    return engine.replace("://", f"+{driver}://")


@pytest.fixture(scope="module", params=DRIVERS)
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    made = create_engine(url(request.param, request, tmp_path_factory.mktemp("shop")), pool_size=12, pool_pre_ping=True)
    yield made
    made.dispose()


def in_connection(engine: Engine) -> Any:
    @contextmanager
    def caller() -> Iterator[SQLAlchemyStore]:
        with engine.begin() as connection:
            yield SQLAlchemyStore(connection)

    return caller


def in_session(engine: Engine) -> Any:
    @contextmanager
    def caller() -> Iterator[SQLAlchemyStore]:
        with Session(engine) as session, session.begin():
            yield SQLAlchemyStore(session)

    return caller


def in_scoped_session(engine: Engine) -> Any:
    @contextmanager
    def caller() -> Iterator[SQLAlchemyStore]:
        session = scoped_session(sessionmaker(engine))
        try:
            # As Flask-SQLAlchemy's, which is in a transaction after a mere read.
            session.execute(text("SELECT 1"))
            yield SQLAlchemyStore(session)
            session.commit()
        finally:
            session.remove()

    return caller


@pytest.mark.parametrize("case", CASES)
def test_it_keeps_the_contract(case: str, engine: Engine) -> None:
    check(partial(SQLAlchemyStore, engine), caller=in_connection(engine), case=case)


@pytest.mark.parametrize("caller", [in_session, in_scoped_session])
@pytest.mark.parametrize("case", CALLER_CASES)
def test_a_session_is_a_callers(case: str, caller: Any, engine: Engine) -> None:
    check(partial(SQLAlchemyStore, engine), caller=caller(engine), case=case)


@pytest.mark.parametrize("level", ["AUTOCOMMIT", "SERIALIZABLE"])
@pytest.mark.parametrize("case", ["committed", "all_kept", "none_kept", "failing_statement", "claimed_once", "own"])
def test_the_engine_may_have_any_level(case: str, level: str, request: pytest.FixtureRequest) -> None:
    """Of its own, the ledger has what it needs; a caller's transaction is the caller's."""
    made = create_engine(url("psycopg", request, Path()), isolation_level=level)
    check(partial(SQLAlchemyStore, made), case=case)
    made.dispose()


def test_a_callers_connection_to_mysql_that_commits_each_statement_is_refused(request: pytest.FixtureRequest) -> None:
    """MySQL has no savepoint there, and would keep what a failed request has written."""
    made = create_engine(url("pymysql", request, Path()), isolation_level="AUTOCOMMIT")
    with made.connect() as connection:
        store = SQLAlchemyStore(connection)
        store.query(("CREATE TEMPORARY TABLE kept (a text)",), ())
        with pytest.raises(ValueError, match="no open transaction"), store.transaction() as query:
            query(("INSERT INTO kept VALUES (", ")"), ("1",))
        assert store.query(("SELECT a FROM kept",), ()) == []
    made.dispose()


def test_a_database_that_the_ledger_has_no_sql_for_is_refused(tmp_path: Path) -> None:
    made = create_engine("sqlite://")
    made.dialect.name = "oracle"
    with pytest.raises(ValueError, match="not in oracle"):
        SQLAlchemyStore(made)
    with Session(made) as session, pytest.raises(ValueError, match="not in oracle"):
        SQLAlchemyStore(session)


def test_a_server_that_is_not_there_is_an_error_of_sqlalchemys() -> None:
    store = SQLAlchemyStore(create_engine("postgresql+psycopg://nobody@127.0.0.1:1/nowhere"))
    with pytest.raises(OperationalError):
        store.query(("SELECT '1'",), ())
    with pytest.raises(OperationalError), store.transaction():
        raise AssertionError("the transaction began")


def test_who_writes_for_too_long_is_an_error_for_others(tmp_path: Path) -> None:
    made = create_engine(f"sqlite:///{tmp_path / 'shop.db'}", connect_args={"timeout": 0.01})
    store = SQLAlchemyStore(made)
    store.query(("CREATE TABLE counted (n integer)",), ())
    with store.transaction() as query:
        query(("INSERT INTO counted VALUES (1)",), ())
        with pytest.raises(OperationalError) as raised, store.transaction():
            raise AssertionError("the transaction began")
        assert isinstance(raised.value.orig, sqlite3.OperationalError)
    assert [row[0] for row in store.query(("SELECT n FROM counted",), ())] == [1]
    made.dispose()
