"""Forks, pools, and processes that end: no hang, no crash, and nobody reads another's answer."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from typing import Any

import pytest

import child
import paywelcome
from merchant import CANCEL, MID, TID, settings
from paywelcome.testing import Sandbox
from scripted import Script, Server, answer, stall

Serve = Callable[[Script], Server]
CALM = {"PYTHONWARNINGS": "ignore::DeprecationWarning"}  # Python 3.12 warns of every fork beside threads.


def of(sandbox: Sandbox) -> dict[str, Any]:
    return {"mid": sandbox.mid, "sign_key": sandbox.sign_key, "base_url": sandbox.url}


def test_twenty_forks_under_load(sandbox: Sandbox) -> None:
    children = [[sandbox.approve(price=800) for _ in range(5)] for _ in range(20)]
    threads = [[sandbox.approve(price=800) for _ in range(100)] for _ in range(4)]
    with child.Child("forks.py", of(sandbox), "800", env=CALM) as program:
        program.tell(json.dumps([children, threads]))
        code, lines, errors = program.end()
    assert (code, errors) == (0, "")
    assert lines == [[[0] * 20, [], 0]]
    assert sandbox.executions == 500
    assert all(payment.remaining == 0 for payment in sandbox.payments())


@pytest.mark.parametrize("how", ["asyncio", "on one loop"])
def test_asyncio_in_a_child_after_asyncio_in_its_parent(serve: Serve, how: str) -> None:
    server = serve(answer())
    lines = child.run("fork_once.py", how, settings(server.url), CANCEL, env=CALM)
    assert lines == [["parent", 10], ["in child", 10], ["child", 0], ["parent", 10]]
    assert len(server.requests) == 30


def test_a_fork_while_another_thread_waits(serve: Serve) -> None:
    server = serve(stall())
    with child.Child("fork_once.py", "in flight", settings(server.url), CANCEL, env=CALM) as program:
        server.await_requests()
        program.tell()
        assert program.line() == ["in child", "timeout"]
        assert program.line() == ["child", 0]
        server.release()
        program.tell()
        assert program.end() == (0, [["thread", 12000]], "")


def test_a_fork_within_the_wait(serve: Serve) -> None:
    server = serve(stall())
    with child.Child("fork_once.py", "in a handler", settings(server.url), CANCEL, env=CALM) as program:
        assert program.line() == ["ready"]
        server.await_requests()
        os.kill(program.process.pid, signal.SIGALRM)
        assert program.line() == ["in child", "unknown", "cancel", TID, f"127.0.0.1:{server.port}", MID]
        server.release()
        assert program.end() == (0, [["child", 0], ["parent", 12000]], "")
    assert len(server.requests) == 1


def test_a_fork_within_a_loop(serve: Serve) -> None:
    server = serve(stall())
    with child.Child("fork_once.py", "in a loop", settings(server.url), CANCEL, env=CALM) as program:
        server.await_requests()
        program.tell()
        # What arrives before the fork would be the parent's already.
        assert program.line() == ["forked"]
        server.release()
        assert program.end() == (0, [["child", 0], ["parent", 12000], ["parent", 12000]], "")


@pytest.mark.parametrize("kind", ["pool", "executor"])
@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
def test_pools_of_processes(sandbox: Sandbox, method: str, kind: str) -> None:
    tids = [sandbox.approve(price=900) for _ in range(12)]
    ((done, declined),) = child.run("pools.py", method, kind, of(sandbox), tids, env=CALM)
    assert done == tids
    assert declined == "SBX403"
    assert sandbox.executions == 12


def test_a_second_interpreter_is_refused_cleanly() -> None:
    lines = child.run("subinterpreter.py")
    if lines[0] == ["none"]:
        pytest.skip("LOUD: this Python has no module for subinterpreters, so that their refusal is not tested")
    assert lines == [["ImportError"], [paywelcome.__version__]]
