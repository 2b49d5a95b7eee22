"""``python -m paywelcome refunds`` on the servers that merchants have."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import engines
import psycopg
import pymysql
import pytest

from paywelcome.testing import Sandbox

GUARD = 60.0


def made(engine: engines.Engine) -> str:
    """Makes a database of its own, and gives its address."""
    database = "command_line"
    connection: Any
    if engine.name == "postgres":
        connection = psycopg.connect(engine.url, autocommit=True)
    else:
        connection = pymysql.connect(host=engine.host, port=engine.port, user=engine.user, autocommit=True)
    connection.cursor().execute(f"CREATE DATABASE {database}")
    connection.close()
    return f"{engine.url.rpartition('/')[0]}/{database}"


@pytest.mark.parametrize("name", ["postgres", "mariadb"])
def test_a_refund_from_its_request_to_its_end(name: str, request: pytest.FixtureRequest) -> None:
    store = made(request.getfixturevalue(name))
    with Sandbox() as sandbox:
        env = {**os.environ, **sandbox.environment, "PAYWELCOME_STORE": store, "LANG": "C"}

        def refunds(line: str, code: int = 0) -> Any:
            arguments = [sys.executable, "-m", "paywelcome", "refunds", *line.split(), "--json"]
            ended = subprocess.run(arguments, env=env, capture_output=True, encoding="utf-8", timeout=GUARD)
            assert ended.returncode == code, ended.stdout + ended.stderr
            return json.loads(ended.stdout)

        assert refunds("status", code=1)["kind"] == "schema"
        assert refunds("init") == {"tables": {"version": 2}} == refunds("init")
        for key in ("refund-1", "refund-2"):
            tid = sandbox.approve(price=12000)
            asked = f"request {key} --tid {tid} --amount 3,000 --paid 12000 --pay-type card"
            assert refunds(asked)["refund"]["state"] == "requested"
        assert refunds("request refund-1 --tid x --amount 1 --paid 1 --pay-type card", code=2)["errors"]
        assert refunds("process refund-1")["refund"]["remaining"] == 9000
        sandbox.arm("close", when="after_applying")
        assert refunds("run --until-idle")["processed"] == 1
        assert [refund["key"] for refund in refunds("review")["review"]] == ["refund-2"]
        assert refunds("resolve refund-2 void --by kim", code=1)["kind"] == "ruling"
        assert refunds("resolve refund-2 done --by kim")["refund"]["evidence"] == "operator"
        whats = [entry["what"] for entry in refunds("status refund-2")["journal"]]
        assert whats == ["sent", "answer", "ruling"]
        counts = refunds("status")["counts"]
        assert counts["done"] == {"refunds": 2, "amount": 6000}
        assert sandbox.executions == 2


@pytest.mark.parametrize("password", ["s3c%ret", "s3c ret"])
def test_a_password_that_the_driver_does_not_read_is_not_shown(password: str) -> None:
    with Sandbox() as sandbox:
        env = {**os.environ, **sandbox.environment, "LANG": "C"}
        env["PAYWELCOME_STORE"] = f"postgres://shop:{password}@127.0.0.1:1/shop"
        command = [sys.executable, "-m", "paywelcome", "refunds", "status"]
        ended = subprocess.run(command, env=env, capture_output=True, encoding="utf-8", timeout=GUARD)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "percent-encode" in ended.stderr and "s3c" not in ended.stderr
