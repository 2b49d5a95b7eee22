"""The store through PyMySQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from typing import Any

import pymysql
import pytest
from engines import Engine
from pymysql.cursors import DictCursor, SSDictCursor

from paywelcome.refunds import Refunds
from paywelcome.refunds.pymysql import PyMySQLStore
from paywelcome.testing import Sandbox
from paywelcome.testing.stores import CALLER_CASES, CASES, check

# How programs open MySQL: each as the store must not mind.
WAYS: dict[str, dict[str, Any]] = {
    "as it is": {},
    "dictionaries": {"cursorclass": DictCursor, "autocommit": True},
    "ansi quotes": {"sql_mode": "ANSI_QUOTES,STRICT_TRANS_TABLES,NO_BACKSLASH_ESCAPES", "cursorclass": SSDictCursor},
}


def connect(engine: Engine, **settings: Any) -> pymysql.Connection[Any]:
    where = {"host": engine.host, "port": engine.port, "user": engine.user, "database": engine.database}
    return pymysql.connect(**where, **settings)  # type: ignore[arg-type]


@contextmanager
def caller(engine: Engine, **settings: Any) -> Iterator[PyMySQLStore]:
    with closing(connect(engine, **settings)) as connection:
        if settings.get("autocommit"):
            connection.begin()
        try:
            yield PyMySQLStore(connection)
        except BaseException:
            connection.rollback()
            raise
        connection.commit()


@pytest.mark.parametrize("case", CASES)
def test_it_keeps_the_contract(case: str, mariadb: Engine) -> None:
    check(lambda: PyMySQLStore(partial(connect, mariadb)), caller=partial(caller, mariadb), case=case)


@pytest.mark.parametrize("way", ["dictionaries", "ansi quotes"])
@pytest.mark.parametrize("case", ["text", "pieces", "columns", "no_rows", "none_kept", *CALLER_CASES])
def test_connections_may_be_set_up_in_any_way(case: str, way: str, mariadb: Engine) -> None:
    settings = WAYS[way]
    check(
        lambda: PyMySQLStore(partial(connect, mariadb, **settings)),
        caller=partial(caller, mariadb, **settings),
        case=case,
    )


def test_a_connection_that_commits_each_statement_is_in_no_transaction(mariadb: Engine) -> None:
    with closing(connect(mariadb, autocommit=True)) as connection:
        store = PyMySQLStore(connection)
        assert not store.in_transaction()
        connection.begin()
        assert store.in_transaction()
        connection.rollback()
        assert not store.in_transaction()
    with closing(connect(mariadb)) as connection:
        assert PyMySQLStore(connection).in_transaction()


def test_a_request_without_a_transaction_is_refused_and_nothing_is_kept(mariadb: Engine) -> None:
    """Each statement would be committed by itself, also where a later one fails."""
    autocommit = closing(connect(mariadb, autocommit=True))
    with Sandbox(mid="autocommit") as sandbox, sandbox.client() as client, autocommit as connection:
        refunds = Refunds(client, PyMySQLStore(partial(connect, mariadb)), quiet=0)
        refunds.init()
        asked: Any = {"tid": sandbox.approve(price=12000), "amount": 1000, "paid": 12000, "pay_type": "card"}
        with pytest.raises(ValueError, match="no open transaction"):
            refunds.request("refund-17", **asked, store=PyMySQLStore(connection))
        with pytest.raises(ValueError, match="no open transaction"):
            refunds.request_many([{**asked, "key": f"refund-{n}"} for n in range(20)], store=PyMySQLStore(connection))
        assert not any(count.refunds for count in refunds.counts().values())
        connection.begin()
        assert refunds.request("refund-17", **asked, store=PyMySQLStore(connection)).state == "requested"
        connection.commit()
        assert refunds.process("refund-17").state == "done"


def test_an_alphabet_that_has_no_room_for_a_text_is_an_error(mariadb: Engine) -> None:
    """Rather than question marks."""
    with pytest.raises(AssertionError, match=r"^text: "):
        check(lambda: PyMySQLStore(partial(connect, mariadb, charset="latin1")), case="text")


def test_a_server_that_is_not_there_is_an_error_of_pymysqls() -> None:
    store = PyMySQLStore(partial(pymysql.connect, host="127.0.0.1", port=1, user="nobody"))
    with pytest.raises(pymysql.OperationalError):
        store.query(("SELECT '1'",), ())
    with pytest.raises(pymysql.OperationalError), store.transaction():
        raise AssertionError("the transaction began")
