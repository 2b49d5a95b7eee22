"""Ctrl-C and signal handlers that raise: they end the wait at once, and never lie about the refund."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

import paywelcome
from child import Child
from merchant import CANCEL, GUARD, TID, reported, settings
from scripted import Connection, Script, Server, close_after_request, done, listen_only, stall

Serve = Callable[[Script], Server]

# Ctrl-C is to be answered within a tenth of a second; the rest is for a machine that is busy with other tests.
PROMPT = 0.5
SINCE_311 = pytest.mark.skipif(
    sys.version_info < (3, 11), reason="asyncio's runner turns Ctrl-C into a cancellation since 3.11"
)


def interrupt(child: Child, number: int = signal.SIGINT) -> float:
    """Sends a signal, and gives the moment before."""
    sent = time.monotonic()
    os.kill(child.process.pid, number)
    return sent


@pytest.mark.parametrize(
    ("number", "name"),
    [
        (signal.SIGINT, "KeyboardInterrupt"),
        (signal.SIGTERM, "SoftTimeLimitExceeded"),
        (signal.SIGALRM, "SoftTimeLimitExceeded"),
    ],
)
def test_a_signal_after_the_request_left_ends_the_wait_but_not_the_refund(serve: Serve, number: int, name: str) -> None:
    server = serve(stall())
    with Child("interrupted.py", "sync", settings(server.url), CANCEL) as child:
        assert child.line() == ["ready"]
        server.await_requests()
        sent = interrupt(child, number)
        raised, outcome, at = child.line()
        assert (raised, outcome) == (name, "unknown")
        assert at - sent < PROMPT
        assert child.process.poll() is None, "the process ended without waiting for what it had sent"
        server.release()
        code, lines, errors = child.end()
    assert lines == [["settled", "done", "cancel", TID, 12000]]
    assert code == 0
    # The only line is the warning, which logging writes where nobody has set it up.
    assert errors.strip().splitlines() == [
        f"cancel of tid {TID} continued after its caller gave up; its outcome is done"
    ]
    assert len(server.requests) == 1


def test_a_signal_after_the_request_left_and_a_lost_answer(serve: Serve) -> None:
    server = serve(stall(b""))
    with Child("interrupted.py", "sync", settings(server.url), CANCEL) as child:
        assert child.line() == ["ready"]
        server.await_requests()
        interrupt(child)
        assert child.line()[:2] == ["KeyboardInterrupt", "unknown"]
        server.release()
        code, lines, _ = child.end()
    assert (code, lines) == (0, [["settled", "unknown", "cancel", TID, None]])


@pytest.mark.parametrize("way", ["sync", "async", pytest.param("uvloop", marks=SINCE_311)])
def test_ctrl_c_within_the_handshake_sends_nothing(serve: Serve, way: str) -> None:
    server = serve(listen_only)
    given = settings(f"https://127.0.0.1:{server.port}", connect_timeout=60, timeout=60)
    with Child("interrupted.py", way, given, CANCEL) as child:
        assert child.line() == ["ready"]
        server.await_bytes()
        sent = interrupt(child)
        if way != "sync":
            assert child.line() == ["cancelled", "not_sent"]
        raised, outcome, at = child.line()
        assert raised == "KeyboardInterrupt"
        assert outcome == ("not_sent" if way == "sync" else None)
        assert at - sent < PROMPT
        assert child.end() == (0, [], "")
    assert TID.encode() not in server.received


@SINCE_311
@pytest.mark.parametrize("way", ["async", "uvloop"])
def test_ctrl_c_on_a_loop_ends_the_wait_but_not_the_refund(serve: Serve, way: str) -> None:
    server = serve(stall())
    with Child("interrupted.py", way, settings(server.url), CANCEL) as child:
        assert child.line() == ["ready"]
        server.await_requests()
        sent = interrupt(child)
        assert child.line() == ["cancelled", "unknown"]
        raised, _, at = child.line()
        assert raised == "KeyboardInterrupt"
        assert at - sent < PROMPT
        server.release()
        code, lines, _ = child.end()
    assert (code, lines) == (0, [["settled", "done", "cancel", TID, 12000]])


class SoftTimeLimitExceeded(Exception):
    """As Celery raises it from its signal handler."""


def raise_soft_limit(_signal: int, _frame: Any) -> None:
    raise SoftTimeLimitExceeded


@pytest.fixture
def soft_limit() -> Any:
    before = signal.signal(signal.SIGALRM, raise_soft_limit)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def test_a_soft_time_limit_carries_the_outcome(serve: Serve, soft_limit: None, caplog: Any) -> None:
    def script(connection: Connection) -> None:
        if (request := connection.request()) is not None:
            signal.setitimer(signal.ITIMER_REAL, 0.001)
            connection.server.released.wait(GUARD)
            connection.send(done(request))

    server = serve(script)
    told: list[paywelcome.Settled] = []
    settled = threading.Event()

    def on_settled(how: paywelcome.Settled) -> None:
        told.append(how)
        settled.set()

    client = paywelcome.Client(**settings(server.url), on_settled=on_settled)
    with pytest.raises(SoftTimeLimitExceeded) as caught:
        client.cancel(**CANCEL)
    assert caught.value.outcome == "unknown"  # type: ignore[attr-defined]
    assert told == []
    server.release()
    assert settled.wait(GUARD)
    reported()
    client.close()
    (how,) = told
    assert (how.operation, how.tid, how.outcome, how.error) == ("cancel", TID, "done", None)
    assert isinstance(how.receipt, paywelcome.CancelReceipt) and how.receipt.price == 12000
    assert [(record.name, record.levelname) for record in caplog.records] == [("paywelcome", "WARNING")]


def test_a_soft_time_limit_before_anything_left(serve: Serve, soft_limit: None) -> None:
    def script(connection: Connection) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0.001)
        connection.end()

    server = serve(script)
    told: list[paywelcome.Settled] = []
    client = paywelcome.Client(**settings(f"https://127.0.0.1:{server.port}"), on_settled=told.append)
    with pytest.raises(SoftTimeLimitExceeded) as caught:
        client.cancel(**CANCEL)
    assert caught.value.outcome == "not_sent"  # type: ignore[attr-defined]
    client.close()
    assert told == []
    assert TID.encode() not in server.received


def test_a_handler_that_only_looks_does_not_end_the_wait(serve: Serve) -> None:
    server = serve(stall())
    seen: list[int] = []

    def look(number: int, _frame: Any) -> None:
        seen.append(number)
        server.release()

    before = signal.signal(signal.SIGALRM, look)
    try:
        threading.Thread(target=lambda: (server.await_requests(), os.kill(os.getpid(), signal.SIGALRM))).start()
        with paywelcome.Client(**settings(server.url)) as client:
            assert client.cancel(**CANCEL).price == 12000
    finally:
        signal.signal(signal.SIGALRM, before)
    assert seen == [signal.SIGALRM]


def test_an_exception_that_takes_no_attribute_is_raised_as_it_is(serve: Serve) -> None:
    class Slotted(BaseException):
        def __setattr__(self, name: str, value: object) -> None:
            raise TypeError(name)

    def handler(_signal: int, _frame: Any) -> None:
        raise Slotted

    def script(connection: Connection) -> None:
        connection.request()
        os.kill(os.getpid(), signal.SIGALRM)
        connection.server.released.wait(GUARD)

    server = serve(script)
    settled = threading.Event()
    before = signal.signal(signal.SIGALRM, handler)
    try:
        client = paywelcome.Client(**settings(server.url), on_settled=lambda how: settled.set())
        with pytest.raises(Slotted):
            client.cancel(**CANCEL)
    finally:
        signal.signal(signal.SIGALRM, before)
    server.release()
    assert settled.wait(GUARD)
    client.close()


def test_an_error_of_the_call_itself_is_not_reported_as_settled_later(serve: Serve) -> None:
    told: list[paywelcome.Settled] = []
    with paywelcome.Client(**settings(serve(close_after_request).url), on_settled=told.append) as client:
        with pytest.raises(paywelcome.OutcomeUnknownError):
            client.cancel(**CANCEL)
        with pytest.raises(paywelcome.InvalidRequestError):
            client.cancel(**{**CANCEL, "price": 0})
    assert told == []


def test_closing_ends_when_the_call_that_it_waits_for_is_given_up(serve: Serve) -> None:
    server = serve(listen_only)
    given = settings(f"https://127.0.0.1:{server.port}", connect_timeout=60, timeout=60)
    with Child("closing.py", "threads", given, CANCEL) as child:
        assert child.line() == ["ready"]
        server.await_bytes()
        child.tell()
        interrupt(child)
        assert sorted([child.line(), child.line()]) == [["closed"], ["given up", "not_sent"]]
        assert child.end() == (0, [], "")


def test_closing_ends_when_the_task_that_it_waits_for_is_cancelled(serve: Serve) -> None:
    server = serve(listen_only)
    given = settings(f"https://127.0.0.1:{server.port}", connect_timeout=60, timeout=60)
    with Child("closing.py", "asyncio", given, CANCEL) as child:
        server.await_bytes()
        child.tell()
        assert child.line() == ["given up"]
        assert child.line() == ["closed"]
        assert child.end() == (0, [], "")
