"""The commands of batches, as a person on call uses them: real processes on a file of SQLite, and a real terminal."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

import person
from paywelcome.refunds import Refunds, SQLiteStore
from paywelcome.testing import Sandbox


@pytest.fixture
def env(sandbox: Sandbox, tmp_path: Path) -> dict[str, str]:
    file = tmp_path / "refunds.db"
    with sandbox.client() as client:
        refunds = Refunds(client, SQLiteStore(file))
        tids = [sandbox.approve(price=12000) for _ in range(20)]
        rows = [{"key": tid, "tid": tid, "amount": 3000, "paid": 12000, "pay_type": "card"} for tid in tids]
        refunds.request_many(rows, batch="concert-17")  # type: ignore[arg-type]
    more = {"PAYWELCOME_SIGN_KEY": sandbox.sign_key, "PAYWELCOME_STORE": f"sqlite:{file}", "LANG": "C", "LC_ALL": ""}
    return person.environment(sandbox.url, sandbox.mid, **more)


def told(env: dict[str, str], line: str) -> Any:
    ended = person.run(env, "refunds", *line.split(), "--json")
    assert ended.returncode == 0, ended
    return json.loads(ended.stdout)


def test_a_batch_is_paused_resumed_and_given_up(env: dict[str, str], sandbox: Sandbox) -> None:
    assert told(env, "pause concert-17 --by Kim --note wait")["progress"]["pause_note"] == "wait"
    assert told(env, "run --until-idle")["processed"] == 0
    assert told(env, "pace concert-17 5")["progress"]["pace"] == 5.0
    assert told(env, "pace concert-17 none")["progress"]["pace"] is None
    with person.at_a_terminal(env, "refunds", "void-unsent", "concert-17", "--by", "Kim") as (process, terminal):
        person.read_until(terminal, "as many as 20 refunds, 60,000 won")
        os.write(terminal, b"no\n")
        assert person.exit_code(process) == 1
    assert told(env, "void-unsent concert-17 --by Kim --yes")["voided"] == {"refunds": 20, "amount": 60000}
    assert told(env, "resume concert-17 --by Kim")["progress"]["counts"]["void"]["refunds"] == 20
    # Of which the store keeps the time between two.
    assert told(env, "pace concert-17 70")["progress"]["pace"] == 70.0
    assert ": ended, at most 70 a second" in person.run(env, "refunds", "progress", "concert-17").stdout
    assert sandbox.executions == 0


def test_a_bar_is_drawn_until_nothing_is_left(env: dict[str, str], sandbox: Sandbox) -> None:
    with person.at_a_terminal(env, "refunds", "progress", "concert-17") as (process, terminal):
        drawn = person.read_until(terminal, "] 0.0 %  0 of 20")
        assert "concert-17: running" in drawn
        ran = person.run(env, "refunds", "run", "--batch", "concert-17", "--until-idle")
        assert "concert-17: running\n" in ran.stderr
        assert "\nconcert-17: ended\n" in ran.stdout
        person.read_until(terminal, "] 100.0 %  20 of 20")
        assert person.exit_code(process) == 0
    assert sandbox.executions == 20


def test_elsewhere_it_is_told_once(env: dict[str, str]) -> None:
    ended = person.run(env, "refunds", "progress", "concert-17", "--lang", "ko")
    assert ended.stdout.startswith("concert-17: 진행 중\n[") and "\x1b" not in ended.stdout
    assert "requested           20               60,000" in ended.stdout
    ended = person.run(env, "refunds", "progress", "concert")
    assert (ended.returncode, "there is no batch" in ended.stderr) == (2, True)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("progress concert-17 --every 0", "--every must be a number of seconds, from 0.1 to 86,400"),
        ("progress concert-17 --every -1", "--every must be a number of seconds, from 0.1 to 86,400"),
        ("progress concert-17 --every nan", "--every must be a number of seconds, from 0.1 to 86,400"),
        ("page --port 65536", "--port must be a whole number from 0 to 65535"),
        ("page --limit 0", "--limit must be a whole number from 1 to 100000"),
        ("review --list --limit 0", "--limit must be from 1 to 100,000"),
        ("run --concurrency 0", "--concurrency must be a whole number from 1 to 512"),
        ("run --pace 0", "--pace must be a number of refunds a second, from 0.001 to 10,000"),
    ],
)
def test_numbers_out_of_range_are_refused_by_name(env: dict[str, str], line: str, message: str) -> None:
    ended = person.run(env, "refunds", *line.split())
    assert (ended.returncode, ended.stdout, message in ended.stderr) == (2, "", True), ended
