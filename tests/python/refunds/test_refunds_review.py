"""``python -m paywelcome refunds review``, at a real terminal; and ``page``, over a real socket."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPCookieProcessor, ProxyHandler, build_opener

import pytest

import person
from merchant import GUARD
from paywelcome.testing import Sandbox

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no such terminals")


@pytest.fixture
def env(sandbox: Sandbox, tmp_path: Path) -> dict[str, str]:
    """The surroundings of a shop with two refunds in review."""
    store = f"sqlite:{tmp_path / 'refunds.db'}"
    env = person.environment(
        sandbox.url, sandbox.mid, PAYWELCOME_SIGN_KEY=sandbox.sign_key, PAYWELCOME_STORE=store, LANG="C", LC_ALL=""
    )
    told(env, "init")
    for key in ("refund-1", "refund-2"):
        tid = sandbox.approve(price=12000)
        told(env, f"request {key} --tid {tid} --amount 3000 --paid 12000 --pay-type card")
        sandbox.arm("close", when="after_applying")
        told(env, f"process {key}", code=5)
    return env


def told(env: dict[str, str], line: str, code: int = 0) -> Any:
    ended = person.run(env, "refunds", *line.split(), "--json")
    assert ended.returncode == code, ended.stdout + ended.stderr
    return json.loads(ended.stdout)


def types(terminal: int, words: str, *, after: str) -> str:
    """Waits for what is asked, and types an answer."""
    seen = person.read_until(terminal, after)
    os.write(terminal, f"{words}\n".encode())
    return seen


def test_a_person_rules_by_keyboard_alone(env: dict[str, str], sandbox: Sandbox) -> None:
    with person.at_a_terminal(env, "refunds", "review") as (process, terminal):
        types(terminal, "Kim", after="Your name is recorded with each ruling: ")
        seen = types(terminal, "v", after="\r\n> ")
        assert (
            "1 / 2" in seen
            and "refund-1" in seen
            and "no answer says how it ended" in seen
            and "answer → review" in seen
        )
        types(terminal, "", after="(Enter for none): ")
        types(terminal, "12000", after="(Enter if you don't know): ")
        types(terminal, "y", after="y or n: ")
        # Too early: until when is said, and the case stays.
        seen = types(terminal, "d", after="\r\n> ")
        assert "This ruling is possible after 20" in seen and "1 / 2" in seen
        types(terminal, "looked it up", after="(Enter for none): ")
        types(terminal, "9,000", after="(Enter if you don't know): ")
        types(terminal, "y", after="y or n: ")
        seen = types(terminal, "d", after="\r\n> ")
        assert "refund-1: done · 9,000 won remain" in seen and "refund-2" in seen
        # Somebody else rules while this person types.
        told(env, "resolve refund-2 done --by Lee")
        types(terminal, "", after="(Enter for none): ")
        types(terminal, "", after="(Enter if you don't know): ")
        seen = person.read_until(terminal, "still waiting: 0")
        assert "It has changed in the meantime" in seen and "done Lee" in seen
        assert person.exit_code(process) == 0
    ruled = told(env, "status refund-1")["refund"]
    assert (ruled["state"], ruled["ruled_by"], ruled["ruling_note"]) == ("done", "Kim", "looked it up")
    assert sandbox.executions == 2


@pytest.mark.parametrize(("keys", "code"), [(b"\x03", -signal.SIGINT), (b"\x04", 0)])
def test_it_ends_wherever_a_person_wants(env: dict[str, str], keys: bytes, code: int) -> None:
    with person.at_a_terminal({**env, "LANG": "ko_KR.UTF-8"}, "refunds", "review", "--by", "김") as (process, terminal):
        assert "응답을 받지 못했습니다" in types(terminal, "ㅇ", after="\r\n> ")
        person.read_until(terminal, "(없으면 Enter): ")
        os.write(terminal, keys)
        assert person.exit_code(process) == code
    assert told(env, "status")["counts"]["review"]["refunds"] == 2


def test_the_list_goes_into_a_pipe(env: dict[str, str]) -> None:
    assert "refunds resolve --by NAME refund-1 done" in person.run(env, "refunds", "review").stdout


def test_the_page_lets_in_who_has_its_address_and_ends_by_ctrl_c(env: dict[str, str]) -> None:
    line = [*person.COMMAND, "refunds", "page", "--json", "--by", "Kim"]
    with subprocess.Popen(line, env=env, stdout=subprocess.PIPE, encoding="utf-8") as page:
        assert page.stdout is not None
        url = json.loads(page.stdout.readline())["url"]
        origin = url.partition("/?")[0]
        browser = build_opener(ProxyHandler({}), HTTPCookieProcessor())
        with browser.open(url, timeout=GUARD) as list_:
            assert (list_.url, list_.status) == (f"{origin}/", 200)
            assert "Waiting for a person: 2" in list_.read().decode()
        with pytest.raises(HTTPError, match="403"):
            build_opener(ProxyHandler({})).open(url, timeout=GUARD)
        told(env, "resolve refund-1 done --by Lee")
        with browser.open(origin, timeout=GUARD) as list_:
            assert "Waiting for a person: 1" in list_.read().decode()
        page.send_signal(signal.SIGINT)
        assert page.wait(GUARD) == -signal.SIGINT
