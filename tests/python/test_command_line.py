"""``python -m paywelcome``, for the person on call: real processes, and a real terminal where one is asked."""

from __future__ import annotations

import json
import os
import signal
import unicodedata
from collections.abc import Callable
from itertools import pairwise

import pytest

from merchant import SIGN_KEY
from paywelcome.testing import Sandbox
from person import at_a_terminal, environment, exit_code, read_until, run, until_nothing_is_echoed
from scripted import Script, Server, listen_only


def test_a_cancel_and_a_decline(sandbox: Sandbox) -> None:
    env = environment(sandbox.url, sandbox.mid, PAYWELCOME_SIGN_KEY=sandbox.sign_key)
    tid = sandbox.approve(price=12000)
    arguments = ["cancel", "--tid", tid, "--pay-type", "card", "--price", "12,000", "--json"]
    done = run(env, *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert (told["outcome"], told["receipt"]["tid"], told["receipt"]["price"]) == ("done", tid, 12000)
    again = run(env, *arguments)
    assert (again.returncode, json.loads(again.stdout)["outcome"]) == (4, "declined")
    assert sandbox.executions == 1


def test_what_it_does_not_know(sandbox: Sandbox) -> None:
    for arguments, words in [(["refund"], "no command refund"), (["cancel", "--tids", "x"], "--tids")]:
        ended = run(environment(sandbox.url), *arguments)
        assert ended.returncode == 2 and words in ended.stderr and "Traceback" not in ended.stderr


def test_help_and_the_doctor(sandbox: Sandbox) -> None:
    helped = run(environment(sandbox.url), "partial-cancel", "--help")
    assert helped.returncode == 0
    assert helped.stdout.startswith("usage: python -m paywelcome partial-cancel ")
    well = run(environment(sandbox.url), "doctor")
    assert well.returncode == 0, well.stdout
    assert "CPython" in well.stdout and "all is well" in well.stdout


OF_REFUNDS = (
    *("schema", "init", "request", "import", "run", "process", "status", "review", "page", "resolve", "progress"),
    *("pause", "resume", "pace", "void-unsent", "reconcile", "restored"),
)
OTHERS = ("cancel", "partial-cancel", "sign", "refunds", "doctor", "judge", "rehearse", "sandbox")
COMMANDS = [
    ["--help"],
    *([name, "--help"] for name in OTHERS),
    *(["refunds", name, "--help"] for name in OF_REFUNDS),
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_fits_a_terminal_and_is_wrapped_where_its_lines_are_full(command: list[str]) -> None:
    text = run(environment("http://127.0.0.1:1"), *command).stdout

    def columns(line: str) -> int:
        return sum(1 + (unicodedata.east_asian_width(letter) in "WF") for letter in line)

    lines = text.splitlines()
    assert lines[0].startswith("usage: ") and len(lines) > 4
    assert [line for line in lines[1:] if columns(line) > 100] == []
    for line, following in pairwise(lines):
        # A paragraph, not an option, an item or an example.
        if line[:1].isalpha() and following[:1].isalpha() and not line.endswith((".", ":")):
            assert columns(f"{line} {following.split()[0]}") > 100, line


Serve = Callable[[Script], Server]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no such terminals")
def test_the_key_is_asked_for_and_not_shown(sandbox: Sandbox) -> None:
    tid = sandbox.approve(price=12000)
    env = environment(sandbox.url, sandbox.mid)
    with at_a_terminal(env, "cancel", "--tid", tid, "--pay-type", "card", "--price", "12000") as (process, terminal):
        read_until(terminal, "Sign key (not shown): ")
        until_nothing_is_echoed(terminal)
        os.write(terminal, f"{sandbox.sign_key}\n".encode())
        shown = read_until(terminal, "went back")
        assert sandbox.sign_key not in shown
        assert exit_code(process) == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no such terminals")
def test_ctrl_c_at_a_question_ends_it() -> None:
    env = environment("https://payapi.invalid", PAYWELCOME_SIGN_KEY=SIGN_KEY, no_proxy="*")
    with at_a_terminal(env, "cancel", "--tid", "x", "--pay-type", "card", "--price", "1") as (process, terminal):
        read_until(terminal, "Type yes to continue: ")
        os.write(terminal, b"\x03")
        assert exit_code(process) == -signal.SIGINT


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no such terminals")
def test_ctrl_c_does_not_hide_what_may_have_left(serve: Serve) -> None:
    server = serve(listen_only)
    env = environment(server.url, PAYWELCOME_SIGN_KEY=SIGN_KEY)
    arguments = ["cancel", "--tid", "x", "--pay-type", "card", "--price", "1", "--timeout", "2"]
    with at_a_terminal(env, *arguments) as (process, terminal):
        server.await_bytes()
        os.write(terminal, b"\x03")
        read_until(terminal, "can't be called back")
        read_until(terminal, "unknown: ")
        assert exit_code(process) == 5
