"""``python -m paywelcome refunds``: real processes on a file of SQLite, and a real terminal where one is asked."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import person
from merchant import GUARD, MID, SIGN_KEY
from paywelcome.testing import Sandbox
from scripted import Script, Server, listen_only


@pytest.fixture
def env(sandbox: Sandbox, tmp_path: Path) -> dict[str, str]:
    store = f"sqlite:{tmp_path / 'refunds.db'}"
    return person.environment(
        sandbox.url, sandbox.mid, PAYWELCOME_SIGN_KEY=sandbox.sign_key, PAYWELCOME_STORE=store, LANG="C", LC_ALL=""
    )


def refunds(env: dict[str, str], line: str) -> subprocess.CompletedProcess[str]:
    ended = person.run(env, "refunds", *line.split())
    assert "Traceback" not in ended.stderr, ended.stderr
    return ended


def told(env: dict[str, str], line: str, code: int = 0) -> Any:
    ended = refunds(env, f"{line} --json")
    assert ended.returncode == code, ended.stdout + ended.stderr
    return json.loads(ended.stdout)


def request(env: dict[str, str], sandbox: Sandbox, *keys: str) -> None:
    assert refunds(env, "init").returncode == 0
    for key in keys:
        tid = sandbox.approve(price=12000, pay_type="card")
        line = f"request {key} --tid {tid} --amount 3,000 --paid 12000 --pay-type card"
        assert told(env, line)["refund"]["state"] == "requested"


def test_a_refund_from_its_request_to_its_end(env: dict[str, str], sandbox: Sandbox) -> None:
    request(env, sandbox, "refund-17")
    assert sandbox.executions == 0
    assert told(env, "status")["counts"]["requested"] == {"refunds": 1, "amount": 3000}
    done = told(env, "process refund-17")["refund"]
    assert (done["state"], done["evidence"], done["remaining"]) == ("done", "answer", 9000)
    assert done["raw"]["ResultCode"] == "00" and done["ended_at"].endswith("+09:00")
    again = refunds(env, "process refund-17")
    assert (again.returncode, again.stderr) == (0, "")
    assert again.stdout.startswith("refund-17: done · 3,000 won of 12,000 won paid; 9,000 won remain\n")
    assert sandbox.executions == 1
    status = told(env, "status refund-17")
    assert [entry["what"] for entry in status["journal"]] == ["sent", "answer"]
    assert told(env, "status")["due"] == []


def test_what_is_wrong_is_named_as_it_is_typed(env: dict[str, str], sandbox: Sandbox) -> None:
    request(env, sandbox, "refund-17")
    tid = told(env, "status refund-17")["refund"]["tid"]
    for line, code, words in [
        (f"request refund-17 --tid {tid} --amount 4000 --paid 12000 --pay-type card", 2, "--amount differs from"),
        (f"request refund-18 --tid {tid} --amount 12000 --paid 12000 --pay-type card", 2, "--amount is above"),
        ("request refund-18 --tid x --pay-type CARD", 2, "--amount"),
        ("request refund-18 --tid x --pay-type CARD", 2, "--pay-type"),
        ("process refund-18", 2, "there is no refund"),
        ("status refund-18", 2, "there is no refund"),
        ("resolve refund-17 void", 2, "--by"),
        ("resolve refund-17 maybe --by kim", 2, "the ruling must be"),
        ("resolve refund-17 done --by kim", 1, "is refused"),
        ("run --concurrency 1000", 2, "--concurrency"),
        ("run --pace 0", 2, "--pace"),
        ("status --quiet 999999999", 2, "--quiet"),
        ("review --limit 0", 2, "--limit"),
    ]:
        ended = refunds(env, line)
        assert ended.returncode == code and words in ended.stderr, (line, ended)
    assert sandbox.request_count == 0
    assert told(env, "status")["counts"]["requested"]["refunds"] == 1


def test_nothing_is_made_by_a_misspelt_store(env: dict[str, str], tmp_path: Path) -> None:
    for line in ["status", "review", "run --until-idle", "process x", "resolve x void --by kim"]:
        ended = refunds(env, line)
        assert ended.returncode == 2 and "create it by refunds init" in ended.stderr, ended
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "refunds.db").touch()
    ended = refunds(env, "status")
    assert ended.returncode == 1 and "has no tables for refunds" in ended.stderr


def test_a_lost_answer_waits_for_a_person_who_rules(env: dict[str, str], sandbox: Sandbox) -> None:
    request(env, sandbox, "refund-17")
    sandbox.arm("close", when="after_applying")
    ended = refunds(env, "process refund-17")
    assert ended.returncode == 5 and ended.stdout.startswith("refund-17: review · "), ended
    assert "waiting longest for a person: refund-17" in refunds(env, "status").stdout
    english, korean = refunds(env, "review").stdout, refunds({**env, "LANG": "ko_KR.UTF-8"}, "review").stdout
    assert "no answer says how it ended" in english and "refunds resolve --by NAME refund-17 done" in english
    assert "응답을 받지 못했습니다" in korean and "--by 이름 refund-17 done" in korean
    early = refunds(env, "resolve refund-17 void --by kim")
    assert early.returncode == 1 and "may still arrive" in early.stderr
    assert told(env, "resolve refund-17 void --by kim", code=1)["until"].endswith("+09:00")
    ruled = told(env, "resolve refund-17 done --by kim --remaining 9,000")["refund"]
    assert (ruled["state"], ruled["evidence"], ruled["ruled_by"]) == ("done", "operator", "kim")
    assert refunds(env, "review").stdout == "No refund waits for a person.\n"
    assert sandbox.executions == 1


def test_the_desk_needs_no_key(env: dict[str, str], sandbox: Sandbox) -> None:
    request(env, sandbox, "refund-17")
    desk = {name: value for name, value in env.items() if name not in ("PAYWELCOME_SIGN_KEY", "PAYWELCOME_BASE_URL")}
    assert told(desk, "resolve refund-17 void --by kim")["refund"]["state"] == "void"
    assert told(desk, "status")["counts"]["void"]["refunds"] == 1
    ended = refunds(desk, "process refund-17 --environment test")
    assert ended.returncode == 2 and "PAYWELCOME_SIGN_KEY" in ended.stderr
    assert sandbox.request_count == 0


def test_a_gateway_out_of_reach_is_told_as_not_sent(env: dict[str, str], sandbox: Sandbox) -> None:
    request(env, sandbox, "refund-17")
    sandbox.close()
    waiting = told(env, "process refund-17", code=3)["refund"]
    assert (waiting["state"], waiting["outcome"]) == ("requested", "not_sent")


def test_a_run_until_nothing_is_due(env: dict[str, str], sandbox: Sandbox) -> None:
    request(env, sandbox, *(f"refund-{number}" for number in range(4)))
    sandbox.arm("close", when="after_applying")
    ended = refunds(env, "run --until-idle --concurrency 2 --pace 50")
    assert ended.returncode == 0
    assert ended.stdout.startswith("processed: 4\nwaiting for a person: 1; see "), ended
    assert f"Processing the refunds of {sandbox.mid} at {sandbox.url}, with no real money" in ended.stderr
    assert "→ done" in ended.stderr and "→ review" in ended.stderr
    assert sandbox.executions == 4
    assert told(env, "run --until-idle")["processed"] == 0


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_run_that_is_told_to_stop_writes_down_what_is_under_way(
    env: dict[str, str], sandbox: Sandbox, number: int
) -> None:
    request(env, sandbox, "refund-0", "refund-1", "refund-2")
    sandbox.arm("stall", when="after_applying", ms=700)
    line = [*person.COMMAND, "refunds", "run", "--concurrency", "1"]
    with subprocess.Popen(line, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8") as running:
        sandbox.wait_for_request(timeout=GUARD)
        running.send_signal(number)
        out, err = running.communicate(timeout=GUARD)
    assert (running.returncode, out) == (0, "processed: 1\n"), err
    assert "Nothing new is started. Refunds in flight end within 30 seconds." in err
    counts = told(env, "status")["counts"]
    assert (counts["done"]["refunds"], counts["requested"]["refunds"]) == (1, 2)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")
def test_a_run_whose_reader_has_gone_ends_as_it_should(env: dict[str, str], sandbox: Sandbox) -> None:
    request(env, sandbox, "refund-0")
    sandbox.arm("stall", when="after_applying", ms=700)
    line = [*person.COMMAND, "refunds", "run"]
    with subprocess.Popen(line, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8") as running:
        sandbox.wait_for_request(timeout=GUARD)
        # As in a pipe to `tee`, which Ctrl-C ends at once.
        assert running.stdout is not None and running.stderr is not None
        running.stderr.close()
        running.send_signal(signal.SIGINT)
        assert (running.stdout.read(), running.wait(GUARD)) == ("processed: 1\n", 0)
    assert told(env, "status")["counts"]["done"]["refunds"] == 1


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")
def test_an_interrupt_does_not_hide_what_may_have_left(
    env: dict[str, str], sandbox: Sandbox, serve: Callable[[Script], Server]
) -> None:
    request(env, sandbox, "refund-17")
    server = serve(listen_only)
    env = {**env, "PAYWELCOME_BASE_URL": server.url}
    line = [*person.COMMAND, "refunds", "process", "refund-17", "--timeout", "2"]
    with subprocess.Popen(line, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8") as running:
        server.await_bytes()
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=GUARD)
    assert running.returncode == 5 and out.startswith("refund-17: review"), err
    assert "can't be called back" in err and "Traceback" not in err


REAL = {"PAYWELCOME_BASE_URL": "https://payapi.invalid", "HTTPS_PROXY": "http://127.0.0.1:1", "NO_PROXY": ""}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no such terminals")
@pytest.mark.parametrize(("answer", "code"), [("yes", 3), ("no", 1), ("\x03", -signal.SIGINT)])
def test_real_money_moves_only_after_a_yes(env: dict[str, str], sandbox: Sandbox, answer: str, code: int) -> None:
    request(env, sandbox, "refund-17")
    with person.at_a_terminal({**env, **REAL}, "refunds", "process", "refund-17") as (process, terminal):
        asked = person.read_until(terminal, "Type yes to continue: ")
        assert "refund 3,000 won" in asked and "https://payapi.invalid, with real money" in asked
        os.write(terminal, f"{answer}\n".encode() if answer.isalpha() else answer.encode())
        assert person.exit_code(process) == code
    attempts = told(env, "status refund-17")["refund"]["attempts"]
    assert attempts == (1 if answer == "yes" else 0)


def test_an_environment_that_is_named_is_not_replaced_by_a_variable(env: dict[str, str], sandbox: Sandbox) -> None:
    env = {**env, "PAYWELCOME_MID": MID, "PAYWELCOME_SIGN_KEY": SIGN_KEY}
    request(env, sandbox, "refund-17")
    # Nobody listens there, so that the gateway itself is not asked.
    ended = refunds(env, "process refund-17 --environment production --proxy http://127.0.0.1:1 --yes")
    assert ended.returncode == 3 and "outcome: not_sent\n  kind: proxy" in ended.stdout
    assert ended.stderr == "PAYWELCOME_BASE_URL is set and not used: --environment was given.\n"
    assert sandbox.request_count == 0


def test_nobody_is_asked_where_nobody_is(env: dict[str, str], sandbox: Sandbox) -> None:
    request(env, sandbox, "refund-17")
    ended = refunds({**env, **REAL}, "process refund-17")
    assert ended.returncode == 2 and "--yes" in ended.stderr
    assert told({**env, **REAL}, "process refund-17 --yes", code=3)["refund"]["outcome"] == "not_sent"


@pytest.mark.parametrize(
    ("module", "store", "words"),
    [
        ("psycopg", "postgres://shop@127.0.0.1:1/shop", "pip install 'psycopg[binary]'"),
        ("pymysql", "mysql://shop@127.0.0.1:1/shop", "pip install 'PyMySQL'"),
    ],
)
def test_a_driver_that_is_missing_or_finds_no_server(
    env: dict[str, str], tmp_path: Path, module: str, store: str, words: str
) -> None:
    path = os.pathsep.join([str(tmp_path), env.get("PYTHONPATH", "")])
    env = {**env, "PAYWELCOME_STORE": store, "PYTHONPATH": path}
    (tmp_path / f"{module}.py").write_text("raise ImportError('it is not installed')\n")
    ended = refunds(env, "status")
    assert ended.returncode == 2 and ended.stderr.count("\n") == 1 and words in ended.stderr
    driver = "ProgrammingError = ValueError\n\n\ndef connect(*_, **__):\n    raise OSError('nobody listens')\n"
    (tmp_path / f"{module}.py").write_text(driver)
    for line in ["status", "process refund-17", "run --until-idle"]:
        ended = refunds(env, line)
        # Not unknown: nothing can have left.
        assert ended.returncode == 1 and ended.stderr.endswith("OSError: nobody listens\n"), ended


def test_a_store_that_dies_after_the_send_leaves_it_unknown(env: dict[str, str], sandbox: Sandbox) -> None:
    request(env, sandbox, "refund-17")
    sandbox.arm("stall", when="after_applying", ms=300)
    line = [*person.COMMAND, "refunds", "process", "refund-17", "--timeout", "4"]
    with subprocess.Popen(line, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8") as running:
        sandbox.wait_for_request(timeout=GUARD)
        with sqlite3.connect(env["PAYWELCOME_STORE"].partition(":")[2]) as file:
            file.execute("ALTER TABLE paywelcome_refund RENAME TO gone")
        out, err = running.communicate(timeout=GUARD)
    assert running.returncode == 5 and out == "", err
    assert "unknown: the request may have left" in err and "refunds status refund-17" in err
    assert sandbox.executions == 1


def test_a_restored_store_is_doubted_until_a_person_says_what_remains(env: dict[str, str], sandbox: Sandbox) -> None:
    request(env, sandbox, "refund-17")
    for since in ["yesterday", "2026-02-30 12:00"]:
        assert refunds(env, f"restored --since={since.replace(' ', 'T')}").returncode == 2
    assert told(env, "restored --since 2026-01-01T00:00+09:00")["doubted"] == 1
    assert told(env, "run --until-idle")["counts"]["review"]["refunds"] == 1
    vague = refunds(env, "resolve refund-17 done --by kim")
    assert vague.returncode == 1 and "pass remaining" in vague.stderr
    assert told(env, "resolve refund-17 void --by kim --remaining 12000", code=1)["until"] is not None
    assert told(env, "resolve refund-17 done --by kim --remaining 9000")["refund"]["state"] == "done"
    assert sandbox.request_count == 0


def test_the_tables_are_printed_as_they_are_created(env: dict[str, str]) -> None:
    bare = {name: value for name, value in env.items() if not name.startswith("PAYWELCOME_")}
    printed = refunds(bare, "schema --dialect sqlite")
    assert printed.returncode == 0
    made = sqlite3.connect(":memory:")
    made.executescript(printed.stdout)
    assert refunds(env, "init").returncode == 0
    file = sqlite3.connect(env["PAYWELCOME_STORE"].partition(":")[2])
    tables = "SELECT name, sql FROM sqlite_master ORDER BY name"
    normal = [[(name, " ".join((sql or "").split())) for name, sql in each.execute(tables)] for each in (made, file)]
    assert len(normal[0]) > 5 and [name for name, _ in normal[0]] == [name for name, _ in normal[1]]
    made.close()
    file.close()


def test_no_secret_is_said(env: dict[str, str], sandbox: Sandbox) -> None:
    request(env, sandbox, "refund-17")
    sandbox.arm("html")
    said = ""
    for line in ["process refund-17", "status refund-17", "review", "status", "run --until-idle"]:
        ended = refunds(env, line)
        said += ended.stdout + ended.stderr
    assert "refund-17" in said and sandbox.sign_key not in said
