"""A process that has a client: what it prints at its most talkative, and what its memory holds."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from child import Child
from merchant import CANCEL, MID
from planted import MKEY, PLANTED, clean
from scripted import Script, Server, answer, answer_and_close, close_after_request, done, http

Serve = Callable[[Script], Server]
TALKATIVE = {
    "RUST_LOG": "trace",
    "RUST_BACKTRACE": "full",
    "RUST_LIB_BACKTRACE": "full",
    "TOKIO_CONSOLE": "1",
    "SSLKEYLOGFILE": "",
    "PYTHONDEVMODE": "1",
    "PYTHONASYNCIODEBUG": "1",
    "PYTHONFAULTHANDLER": "1",
}
SCRIPTS = {
    "done": answer(),
    "declined": answer(http('{"ResultCode":"01","ResultMsg":"no"}')),
    "repeated": answer_and_close(
        lambda request: done(request, ResultMsg=f"{MKEY} {request.field('signature')}", Price="1")
    ),
    "lost": close_after_request,
    "no HTTP": answer_and_close(lambda request: request.body),
}


def program(server: Server) -> Child:
    child = Child("secret_calls.py", {"mid": MID, "base_url": server.url}, env=TALKATIVE)
    child.tell(PLANTED)
    assert child.line() == ["made"]
    return child


def ask(child: Child, question: str) -> list[str]:
    child.tell(question)
    said: list[str] = child.line()
    return said


CALLS = json.dumps({"calls": [CANCEL, {**CANCEL, "price": 0}]})


@pytest.mark.parametrize("how", SCRIPTS)
def test_nothing_that_is_printed_shows_the_key(serve: Serve, how: str) -> None:
    with program(serve(SCRIPTS[how])) as child:
        assert ask(child, CALLS) == ["called"]
        assert ask(child, "forget") == ["forgotten"]
        code, _, errors = child.end()
    assert code == 0
    assert "Current thread" in errors and "Traceback" in errors
    clean(errors, "standard error")


def test_no_object_of_python_holds_the_key(serve: Serve) -> None:
    with program(serve(answer())) as child:
        assert ask(child, CALLS) == ["called"]
        for secret in (PLANTED, MKEY):
            assert ask(child, json.dumps({"backwards": secret[::-1]})) == ["held by"]
        # The search finds what there is.
        assert len(ask(child, json.dumps({"backwards": MID[::-1]}))) > 1
        assert ask(child, "forget") == ["forgotten"]


def places(pid: int, text: bytes) -> int:
    """How often a text stands in what a process may write to."""
    found = 0
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            begin, end, mode = re.match(r"(\w+)-(\w+) (\S+)", line).groups()  # type: ignore[union-attr]
            if not mode.startswith("rw"):
                continue
            memory.seek(int(begin, 16))
            try:
                found += memory.read(int(end, 16) - int(begin, 16)).count(text)
            except OSError:
                # The kernel's own pages.
                assert "[v" in line, line
    return found


def test_the_mkey_is_wiped_with_its_client(serve: Serve) -> None:
    """Python never had it: the core made it of the sign key."""
    with program(serve(answer())) as child:
        assert places(child.process.pid, MKEY.encode()) == 2, "one for each client"
        assert ask(child, CALLS) == ["called"]
        assert ask(child, "forget") == ["forgotten"]
        assert places(child.process.pid, MKEY.encode()) == 0
