"""``refunds import`` and ``refunds reconcile``: real processes, real files, on SQLite."""

from __future__ import annotations

import json
import os
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import person
from paywelcome.refunds import Refunds, SQLiteStore
from paywelcome.testing import Sandbox

HEADER = "환불번호,거래ID,취소금액,결제금액,결제수단"


@pytest.fixture
def env(sandbox: Sandbox, tmp_path: Path) -> dict[str, str]:
    store = f"sqlite:{tmp_path / 'refunds.db'}"
    made = person.environment(
        sandbox.url, sandbox.mid, PAYWELCOME_SIGN_KEY=sandbox.sign_key, PAYWELCOME_STORE=store, LANG="C", LC_ALL=""
    )
    assert person.run(made, "refunds", "init").returncode == 0
    return made


def refunds(env: dict[str, str], *words: object) -> subprocess.CompletedProcess[str]:
    ended = person.run(env, "refunds", *(str(word) for word in words))
    assert "Traceback" not in ended.stderr, ended.stderr
    return ended


def told(env: dict[str, str], *words: object, code: int = 0) -> Any:
    ended = refunds(env, *words, "--json")
    assert ended.returncode == code, ended.stdout + ended.stderr
    return json.loads(ended.stdout)


def counts(env: dict[str, str]) -> Any:
    counted = told(env, "status")["counts"]
    return {state: (each["refunds"], each["amount"]) for state, each in counted.items() if each["refunds"]}


def lines(count: int) -> list[str]:
    return [f'order-{n}-1,WPTST{n:010},"{1000 + n % 9:,}","12,000원",신용카드' for n in range(count)]


def write(path: Path, rows: Iterable[str], encoding: str = "utf-8") -> Path:
    path.write_text("\r\n".join([HEADER, *rows, ""]), encoding=encoding, newline="")
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16"])
def test_a_file_is_written_down_once(env: dict[str, str], tmp_path: Path, encoding: str) -> None:
    file = write(tmp_path / "refunds.csv", lines(3000), encoding)
    said = refunds(env, "import", file, "--batch", "concert-17")
    assert said.returncode == 0, said.stderr
    assert said.stderr.startswith("Writing 3,000 refunds of 3,011,991 won")
    assert said.stdout.startswith("3,000 new, 0 known already\n")
    assert counts(env) == {"requested": (3000, sum(1000 + n % 9 for n in range(3000)))}
    again = refunds(env, "import", file, "--batch", "concert-17")
    assert again.stdout == "0 new, 3,000 known already\nnothing was changed: all of them had been recorded before\n"
    assert told(env, "import", file, "--batch", "concert-17")["known"] == 3000
    more = write(file, lines(3001), encoding)
    assert told(env, "import", more, "--batch", "concert-18")["elsewhere"] == 3000


def test_a_wrong_line_or_a_changed_file_leaves_nothing(env: dict[str, str], tmp_path: Path) -> None:
    right = lines(2500)
    bad = random.Random(7).sample(range(2500), 30)
    wrong = [line.replace("1,", "x,", 1) if n in bad else line for n, line in enumerate(right)]
    wrong = [
        ",".join([*line.split(",")[:1], "1.2E+15", "1000,12000,card"]) if n in bad else line
        for n, line in enumerate(wrong)
    ]
    found = told(env, "import", write(tmp_path / "wrong.csv", wrong), "--batch", "b", code=2)
    assert [error["line"] for error in found["errors"]] == sorted(n + 2 for n in bad)
    assert {error["field"] for error in found["errors"]} == {"tid"}
    # What only the store can know: more of a payment than is left, and a known key with another amount.
    twice = [*right, f"order-x,WPTST{0:010},12000,12000,card"]
    found = told(env, "import", write(tmp_path / "twice.csv", twice), "--batch", "b", code=2)
    assert [(error["line"], error["field"]) for error in found["errors"]] == [(2502, "amount")]
    assert counts(env) == {}
    file = write(tmp_path / "right.csv", right)
    assert told(env, "import", file, "--batch", "b")["requested"] == 2500
    changed = [line.replace('"1,', '"2,', 1) if n in bad else line for n, line in enumerate(right)]
    found = told(env, "import", write(file, changed), "--batch", "b", code=2)
    assert [error["line"] for error in found["errors"]] == sorted(n + 2 for n in bad)
    assert "a key always names the same refund" in found["errors"][0]["message"]


def test_a_check_finds_what_the_lines_of_a_payment_contradict(env: dict[str, str], tmp_path: Path) -> None:
    wrong = [
        *lines(1500),
        f"more,WPTST{0:010},11001,12000,card",
        f"less,WPTST{1:010},1000,11000,card",
        f"hpp,WPTST{2:010},1000,12000,휴대폰",
        f"order-3-1,WPTST{9999:010},1000,12000,card",
    ]
    file = write(tmp_path / "refunds.csv", wrong)
    found = told(env, "import", file, "--batch", "b", "--check", code=2)
    fields = [(error["line"], error["field"]) for error in found["errors"]]
    assert fields == [(1502, "amount"), (1503, "paid"), (1504, "pay_type"), (1505, "key")]
    said = refunds(env, "import", file, "--batch", "b", "--check").stderr
    assert 'line 1502, amount "11001": is above what was paid with this payment, 12000' in said
    assert 'line 1503, paid "11000": is not what line 3 says of this payment, 12000' in said
    right = write(file, [*lines(1500), f"more,WPTST{0:010},11000,12000,card"])
    assert told(env, "import", right, "--batch", "b", "--check")["refunds"] == 1501
    assert counts(env) == {}
    # A refund that was given up counts no more, which only the ledger knows.
    assert told(env, "import", right, "--batch", "b")["requested"] == 1501
    assert refunds(env, "resolve", "more", "void", "--by", "kim").returncode == 0
    again = write(file, [*lines(1500), f"more,WPTST{0:010},11000,12000,card", f"anew,WPTST{0:010},11000,12000,card"])
    assert told(env, "import", again, "--batch", "b")["requested"] == 1
    assert told(env, "import", again, "--batch", "b", "--check", code=2)["errors"][0]["line"] == 1503


def test_killed_in_the_middle_it_has_written_nothing(env: dict[str, str], tmp_path: Path) -> None:
    file = write(tmp_path / "refunds.csv", lines(15_000))
    store = tmp_path / "refunds.db"
    command = [sys.executable, "-m", "paywelcome", "refunds", "import", str(file), "--batch", "b"]
    with subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as importing:
        assert importing.stderr is not None
        assert importing.stderr.readline().startswith("Writing 15,000 refunds")
        # It has begun to write: the log of what is not committed grows.
        log = Path(f"{store}-wal")
        while not (log.exists() and log.stat().st_size > 500_000):
            assert importing.poll() is None, "it was too fast to be killed"
            time.sleep(0.001)
        importing.kill()
    assert counts(env) == {}
    assert told(env, "import", file, "--batch", "b")["requested"] == 15_000
    assert told(env, "import", file, "--batch", "b")["known"] == 15_000


def test_a_batch_may_begin_paused_and_with_a_pace(env: dict[str, str], tmp_path: Path) -> None:
    file = write(tmp_path / "refunds.csv", lines(3))
    options = ("--paused", "--by", "kim", "--pace", "2.5", "--most-in-a-row", "3")
    assert told(env, "import", file, "--batch", "concert-17", *options)["requested"] == 3
    with closing(sqlite3.connect(tmp_path / "refunds.db")) as store:
        columns = "state, paused_by, gap_us, most_in_a_row, most_percent"
        (batch,) = store.execute(f"SELECT {columns} FROM paywelcome_batch").fetchall()
    assert batch == ("paused", "kim", 400_000, 3, 25)
    # One that is wrong takes the refunds back, too.
    found = refunds(env, "import", write(file, lines(4)), "--batch", "concert-17", "--pace", "-1")
    assert (found.returncode, counts(env)["requested"][0]) == (2, 3)


def test_a_large_file_needs_no_more_memory(env: dict[str, str], tmp_path: Path) -> None:
    count = 1_000_000 if os.environ.get("PAYWELCOME_LONG") else 20_000

    def peak(rows: int) -> int:
        file = write(tmp_path / "refunds.csv", lines(rows))
        pid = os.posix_spawn(
            sys.executable,
            [sys.executable, "-m", "paywelcome", "refunds", "import", str(file), "--batch", f"b-{rows}", "--json"],
            {**env, "PAYWELCOME_STORE": f"sqlite:{tmp_path / f'{rows}.db'}"},
        )
        _, status, used = os.wait4(pid, 0)
        assert os.waitstatus_to_exitcode(status) == 0
        return used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)

    for rows in (2000, count):
        assert refunds({**env, "PAYWELCOME_STORE": f"sqlite:{tmp_path / f'{rows}.db'}"}, "init").returncode == 0
    small, large = peak(2000), peak(count)
    # Of each key two numbers of 64 bits are kept.
    assert large < small + 8_000_000 + 100 * count, (small, large)


def test_a_statement_that_contradicts_ends_in_a_code_of_its_own(
    env: dict[str, str], sandbox: Sandbox, tmp_path: Path
) -> None:
    tids = [sandbox.approve(price=12000, pay_type="card") for _ in range(3)]
    with sandbox.client() as client:
        book = Refunds(client, SQLiteStore(tmp_path / "refunds.db"), quiet=0)
        for n, tid in enumerate(tids):
            book.request(f"refund-{n}", tid=tid, amount=3000, paid=12000, pay_type="card")
        assert book.process("refund-0").state == "done"
        with sandbox.arm("close", when="after_applying"):
            assert book.process("refund-1").state == "review"
        with sandbox.arm("result_code", when="before_applying", code="1234"):
            assert book.process("refund-2").state == "declined"
        done = book.get("refund-0")
        assert done.cancelled_at is not None
        at = done.cancelled_at.strftime("%Y.%m.%d %H:%M:%S")
    file = tmp_path / "statement.csv"
    header = "거래ID,취소거래ID,취소금액,취소 후 남은 금액,취소일시"

    def statement(*rows: str) -> Path:
        file.write_text("\n".join([header, *rows]), encoding="cp949")
        return file

    first = f'{tids[0]},{done.cancel_tid},"-3,000","9,000",{at}'
    second = f'{tids[1]},C-2,"3,000원",9000,{at}'
    found = told(env, "reconcile", statement(first, second))
    assert (found["agreed"], [each["keys"] for each in found["closed"]]) == (1, [["refund-1"]])
    assert found["closed"][0]["line"] == 3
    assert told(env, "status", "refund-1")["refund"]["evidence"] == "statement"
    third = f"{tids[2]},C-3,3000,9000,{at}"
    said = refunds(env, "reconcile", statement(first, second, third, f"another,C-4,500,,{at[:10]}"))
    assert said.returncode == 6
    assert said.stdout.startswith("agreed: 2\nclosed: 0\ncontradicted: 1\n  line 4: ")
    assert "It was recorded as declined, but the file shows that the money went back." in said.stdout
    assert "line 5: another · 500 · C-4" in said.stdout
    assert told(env, "status", "refund-2")["refund"]["state"] == "review"
    wrong = refunds(env, "reconcile", statement(first, f"{tids[1]},{done.cancel_tid},3000,9000,{at}"))
    assert wrong.returncode == 2
    assert "line 3, cancel_tid: is that of line 2, too" in wrong.stderr
