"""``refunds import`` and ``refunds reconcile`` on the servers that merchants have."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import engines
import psycopg
import pymysql
import pytest

from paywelcome.testing import Sandbox

GUARD = 240.0


def made(engine: engines.Engine) -> str:
    """Makes a database of its own, and gives its address."""
    database = "files"
    connection: Any
    if engine.name == "postgres":
        connection = psycopg.connect(engine.url, autocommit=True)
    else:
        connection = pymysql.connect(host=engine.host, port=engine.port, user=engine.user, autocommit=True)
    connection.cursor().execute(f"CREATE DATABASE {database}")
    connection.close()
    return f"{engine.url.rpartition('/')[0]}/{database}"


@pytest.mark.timeout(3 * GUARD)
@pytest.mark.parametrize("name", ["postgres", "mariadb"])
def test_a_file_a_kill_and_a_statement(name: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    store = made(request.getfixturevalue(name))
    with Sandbox() as sandbox:
        env = {**os.environ, **sandbox.environment, "PAYWELCOME_STORE": store, "LANG": "C"}

        def command(*words: object) -> list[str]:
            return [sys.executable, "-m", "paywelcome", "refunds", *(str(word) for word in words), "--json"]

        def refunds(*words: object, code: int = 0) -> Any:
            ended = subprocess.run(command(*words), env=env, capture_output=True, encoding="utf-8", timeout=GUARD)
            assert ended.returncode == code, ended.stdout + ended.stderr
            return json.loads(ended.stdout)

        refunds("init")
        tids = [sandbox.approve(price=12000) for _ in range(3)]
        file = tmp_path / "refunds.csv"
        rows = [f'r-{n},{tid},"3,000",12000,card' for n, tid in enumerate(tids)]
        rows += [f"x-{n},T{n},1000,1000,card" for n in range(20_000)]
        file.write_text("\n".join(["key,tid,amount,paid,pay_type", *rows]), encoding="utf-8")

        # Killed at some time after it has begun to write, it has written nothing.
        with subprocess.Popen(command("import", file, "--batch", "b"), env=env, stderr=subprocess.PIPE) as importing:
            assert importing.stderr is not None and importing.stderr.readline().startswith(b"Writing 20,003 refunds")
            threading.Event().wait(0.2)
            assert importing.poll() is None, "it was too fast to be killed"
            importing.kill()
        assert refunds("status")["counts"]["requested"]["refunds"] == 0
        began = time.monotonic()
        assert refunds("import", file, "--batch", "b", "--pace", "1000")["requested"] == 20_003
        print(f"{name}: 20,003 lines in {time.monotonic() - began:.1f} s")
        assert refunds("import", file, "--batch", "b")["known"] == 20_003

        assert refunds("process", "r-0")["refund"]["state"] == "done"
        sandbox.arm("close", when="after_applying")
        refunds("process", "r-1", code=5)
        sandbox.arm("result_code", code="9999", when="before_applying")
        refunds("process", "r-2", code=4)
        now = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(time.time() + 9 * 3600))
        statement = tmp_path / "statement.csv"
        listed = [f"{tid},C-{n},3000,9000,{now}" for n, tid in enumerate(tids)]
        statement.write_text(
            "\n".join(["tid,cancel_tid,amount,remaining,cancelled_at", *listed[1:2], f"T7,,500,,{now}"])
        )
        covers = ("--since", now[:10], "--until", f"{int(now[:4]) + 1}-01-01")
        found = refunds("reconcile", statement, *covers, code=6)
        assert [each["keys"] for each in found["closed"]] == [["r-1"]]
        assert [(each["line"], each["tid"]) for each in found["unknown"]] == [(3, "T7")]
        assert [each["keys"] for each in found["missing"]] in ([["r-0"]], []), "near midnight it is not covered"
        statement.write_text("\n".join(["tid,amount,remaining,cancelled_at", f"{tids[2]},3000,9000,{now}"]))
        found = refunds("reconcile", statement, code=6)
        assert [each["keys"] for each in found["contradicted"]] == [["r-2"]]
        assert refunds("status", "r-2")["refund"]["note"] == "statement"
        assert [entry["what"] for entry in refunds("status", "r-1")["journal"]] == ["sent", "answer", "statement"]
        # A cancel by another hand: the payment's refund waits for a person.
        assert refunds("process", "x-7", code=5)["refund"]["state"] == "review"
