"""Answers that a database would not take as they are: what came of a refund is recorded all the same."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pymysql
import pytest
from engines import Engine

import paywelcome
from paywelcome.refunds import Refunds, SQLiteStore, Store
from paywelcome.refunds.psycopg import PsycopgStore
from paywelcome.refunds.pymysql import PyMySQLStore
from paywelcome.testing import Sandbox

LONG = 70_000


class Gateway(BaseHTTPRequestHandler):
    """Answers each partial cancel by a success, with some values of its own."""

    protocol_version = "HTTP/1.1"
    odd: dict[str, str]

    def do_POST(self) -> None:
        form = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        answer = {"ResultCode": "00", "ResultMsg": "ok", "C_Tid": "C1", "Mid": form["mid"], "Tid": form["tid"]}
        answer |= {"Price": form["cancelPrice"], "RmainPrice": form["confirmPrice"], **self.odd}
        body = json.dumps(answer, ensure_ascii=False).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None: ...


@pytest.fixture
def url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Gateway) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        serving.join()


@pytest.fixture(params=["sqlite", "postgres", "mariadb"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    def mariadb() -> PyMySQLStore:
        engine = request.getfixturevalue("mariadb")
        where = {"host": engine.host, "port": engine.port, "user": engine.user, "database": engine.database}
        return PyMySQLStore(partial(pymysql.connect, **where))

    opens: dict[str, Callable[[], Any]] = {
        "sqlite": lambda: SQLiteStore(tmp_path / "refunds.db"),
        "postgres": lambda: PsycopgStore(request.getfixturevalue("postgres").url),
        "mariadb": mariadb,
    }
    with closing(opens[request.param]()) as made:
        yield made


def test_whatever_a_gateway_answers_is_recorded(store: Store, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    cut = "9" * 99 + "…"
    with paywelcome.Client(mid="odd", sign_key="odd", base_url=url, timeout=2) as client:
        refunds = Refunds(client, store, quiet=0)
        refunds.init()
        for number, (odd, state, expected) in enumerate(
            [
                # As a program leaves the end of a text of fixed length.
                ({"ResultMsg": "정상\0\0"}, "done", {"result_msg": "정상"}),
                ({"C_Tid": "C1\0"}, "done", {"cancel_tid": "C1"}),
                ({"ResultCode": "E1\0"}, "declined", {"result_code": "E1"}),
                ({"C_Tid": "9" * LONG}, "done", {"cancel_tid": cut}),
                ({"ResultCode": "9" * LONG}, "declined", {"result_code": cut}),
                ({"ResultMsg": "가" * LONG}, "done", {"result_msg": "가" * 15_999 + "…"}),
                ({"ResultMsg": "💸", "\0": "\0"}, "done", {"result_msg": "💸"}),
            ]
        ):
            key = f"odd-{number}"
            monkeypatch.setattr(Gateway, "odd", odd, raising=False)
            refunds.request(key, tid=key, amount=3000, paid=12000, pay_type="card")
            refund = refunds.process(key)
            assert (refund.state, {name: getattr(refund, name) for name in expected}) == (state, expected)
            # The whole answer stands beside it.
            assert refund.raw is not None and odd.items() <= refund.raw.items()


def test_a_connection_that_can_hold_no_answer_sends_nothing(mariadb: Engine, sandbox: Sandbox) -> None:
    where: dict[str, Any] = {"host": mariadb.host, "port": mariadb.port, "user": mariadb.user}
    connect = partial(pymysql.connect, **where, database=mariadb.database)
    key = tid = sandbox.approve(price=12000)
    with sandbox.client() as client:
        refunds = Refunds(client, PyMySQLStore(connect), quiet=0)
        refunds.init()
        refunds.request(key, tid=tid, amount=3000, paid=12000, pay_type="card")
        latin = Refunds(client, PyMySQLStore(partial(connect, charset="latin1")), quiet=0)
        with pytest.raises(UnicodeEncodeError):
            latin.process(key)
        assert (refunds.get(key).state, sandbox.executions) == ("requested", 0)
        assert refunds.process(key).state == "done"
