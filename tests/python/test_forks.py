"""Forks while a call is under way: its parent makes it, so that the child never says that it was not sent."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import child
from merchant import CANCEL, TID, settings
from scripted import Script, Server, answer, listen_only
from test_processes import CALM

Serve = Callable[[Script], Server]
OF_PARENT = ["parent", "NotSentError", "not_sent"]
COMPILER = shutil.which("cc")


def forked(serve: Serve, how: str) -> tuple[list[Any], list[Any]]:
    """Returns what parent and child said; the handshake never ends, so that the parent's call has not left."""
    server = serve(listen_only)
    given = settings(f"https://127.0.0.1:{server.port}", timeout=2, connect_timeout=2)
    with child.Child("fork_under_way.py", how, given, CANCEL, env=CALM) as program:
        if how.startswith("handler"):
            assert program.line() == ["ready"]
        if how != "unstarted":
            server.await_bytes()
        if how.startswith("handler"):
            os.kill(program.process.pid, signal.SIGALRM)
        else:
            program.tell()
        code, lines, errors = program.end()
    assert (code, errors) == (0, "")
    assert TID.encode() not in server.received
    return [line for line in lines if line[0] == "child"], [line for line in lines if line[0] != "child"]


def assert_its_own(said: list[Any]) -> None:
    """As the parent ends, what its daemon thread leaves is called back, which the thread may learn, too."""
    assert said and all(line in ([*OF_PARENT], ["parent", "told", "not_sent"]) for line in said), said


@pytest.mark.parametrize("how", ["asyncio", "uvloop"])
def test_a_child_that_leaves_its_parents_loop(serve: Serve, how: str) -> None:
    if how == "uvloop":
        pytest.importorskip("uvloop")
    assert forked(serve, how) == ([["child", "CancelledError", "unknown"]], [OF_PARENT])


def test_a_child_that_a_handler_unwinds(serve: Serve) -> None:
    assert forked(serve, "handler") == ([["child", "Done", "unknown"]], [OF_PARENT])


def test_a_child_whose_handler_returns(serve: Serve) -> None:
    assert forked(serve, "handler that returns") == ([["child", "OutcomeUnknownError", "unknown"]], [OF_PARENT])


@pytest.mark.parametrize("how", ["closes", "multiprocessing", "another thread"])
def test_a_child_that_closes_its_parents_clients(serve: Serve, how: str) -> None:
    of_child, of_parent = forked(serve, how)
    assert of_child == [["child", "closed", [], []]]
    assert_its_own(of_parent)


def test_a_child_that_ends_tells_nothing_of_its_parents_calls(serve: Serve) -> None:
    of_child, of_parent = forked(serve, "ends")
    assert of_child == []
    assert_its_own(of_parent)


def test_a_call_that_was_made_but_not_started_before_the_fork_is_the_parents(serve: Serve) -> None:
    of_child, _ = forked(serve, "unstarted")
    assert of_child == [["child", "start", "unknown"], ["child", "given up", "unknown", TID]]


@pytest.mark.skipif(
    COMPILER is None, reason="LOUD: no C compiler, so that a child of its parent's number is not tested"
)
def test_a_child_that_has_its_parents_number(serve: Serve, tmp_path: Path) -> None:
    """The system may give a number again, so the package has to be told of forks."""
    assert COMPILER is not None
    source, library = tmp_path / "one.c", tmp_path / "one.so"
    source.write_text("int getpid(void) { return 4711; }\n")
    subprocess.run([COMPILER, "-shared", "-fPIC", "-o", library, source], check=True)
    server = serve(answer())
    env = {**CALM, "LD_PRELOAD": str(library)}
    assert child.run("one_pid.py", settings(server.url), CANCEL, env=env) == [["child", True, 12000], ["parent", 12000]]
    assert len(server.requests) == 3
