"""The sink of an attempt learns its end, however the attempt is left: for refunds that are recorded elsewhere."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Callable
from typing import Any

import pytest

import paywelcome
from child import Child
from faces import Asyncio, Face
from merchant import CANCEL, GUARD, PARTIAL, TID, settings
from paywelcome import _native
from scripted import Script, Server, answer, close_after_request, http, listen_only, stall

Serve = Callable[[Script], Server]
Opens = Callable[..., Face]
SHORT = 0.02


class Sink:
    """Keeps what it learns, and when, beside what ``on_settled`` is told."""

    def __init__(self) -> None:
        self.result: Any = None
        self.order: list[str] = []
        self.lates: list[Any] = []
        self.told = threading.Event()
        self.goes_on = threading.Event()
        self.goes_on.set()

    def late(self, result: Any) -> None:
        self.told.set()
        assert self.goes_on.wait(GUARD)
        self.lates.append(result)
        self.order.append("late")

    def on_settled(self, settled: paywelcome.Settled) -> None:
        self.order.append(f"on_settled {settled.outcome}")


def attempt(face: Face, sink: Any, operation: str = "cancel", **more: Any) -> Any:
    arguments = {**(CANCEL if operation == "cancel" else PARTIAL), "reference": "R-1", **more}
    wait, began = arguments.pop("wait", None), arguments.pop("began", None)
    making: Any = face.client._attempt(operation, arguments, began=began, wait=wait, sink=sink)
    return face._loop.run_until_complete(making) if isinstance(face, Asyncio) else making


def test_a_result_is_the_sinks_and_the_callers(serve: Serve, face: Opens) -> None:
    client = face(**settings(serve(answer()).url), on_settled=lambda _: pytest.fail("its caller has it"))
    for operation in ("cancel", "partial_cancel"):
        sink = Sink()
        receipt = attempt(client, sink, operation)
        assert sink.result is receipt
        assert receipt.tid == TID
        assert sink.lates == []
    assert receipt.remaining_price == 9000


@pytest.mark.parametrize(
    ("script", "outcome"), [(answer(http('{"ResultCode": "1"}')), "declined"), (close_after_request, "unknown")]
)
def test_an_error_is_the_sinks_and_the_callers(serve: Serve, face: Opens, script: Script, outcome: str) -> None:
    client, sink = face(**settings(serve(script).url)), Sink()
    with pytest.raises(paywelcome.PaywelcomeError) as caught:
        attempt(client, sink)
    assert sink.result is caught.value
    assert caught.value.outcome == outcome
    assert sink.lates == []


def test_what_was_never_begun_is_known_as_well(face: Opens) -> None:
    client = face(**settings("http://127.0.0.1:1"))
    sink = Sink()
    with pytest.raises(paywelcome.InvalidRequestError) as refused:
        attempt(client, sink, price=0, timeout=0, wait=-1)
    assert sink.result is refused.value
    assert [error.field for error in sink.result.errors] == ["price", "timeout", "wait"]
    for wrong in ({"amount": 1}, {"began": -1.0}, {"began": float("nan")}):
        sink = Sink()
        with pytest.raises((TypeError, ValueError)):
            attempt(client, sink, **wrong)
        assert isinstance(sink.result, paywelcome.NotSentError)
        assert (sink.result.kind, sink.result.tid, sink.result.reference) == ("aborted", TID, "R-1")
    client.close()
    sink = Sink()
    with pytest.raises(paywelcome.NotSentError) as closed:
        attempt(client, sink)
    assert sink.result is closed.value
    assert closed.value.kind == "closed"
    assert sink.lates == []


def test_a_wait_that_is_over_is_told_late_and_first(serve: Serve, face: Opens) -> None:
    server = serve(stall())
    sink = Sink()
    sink.goes_on.clear()
    client = face(**settings(server.url), on_settled=sink.on_settled)
    with pytest.raises(paywelcome.OutcomeUnknownError) as caught:
        attempt(client, sink, wait=SHORT)
    assert caught.value.kind == "pending"
    assert sink.result is None
    server.await_requests()
    server.release()
    assert sink.told.wait(GUARD)
    # A close waits for what the sink does.
    open_calls = closed(client, 0)
    assert [call.reference for call in open_calls] == ["R-1"]
    assert sink.order == []
    sink.goes_on.set()
    assert closed(client, GUARD) == []
    assert sink.order == ["late", "on_settled done"]
    (receipt,) = sink.lates
    assert isinstance(receipt, paywelcome.CancelReceipt)
    assert receipt.price == 12000


def closed(face: Face, timeout: float) -> list[Any]:
    if isinstance(face.client, paywelcome.AsyncClient):
        return asyncio.run(face.client.aclose(timeout))
    return face.client.close(timeout)


def test_a_sink_that_fails_hides_nothing(serve: Serve, face: Opens, caplog: pytest.LogCaptureFixture) -> None:
    class Broken(Sink):
        def late(self, result: Any) -> None:
            raise RuntimeError("the store is gone")

    server = serve(stall())
    sink = Broken()
    client = face(**settings(server.url), on_settled=sink.on_settled)
    with pytest.raises(paywelcome.OutcomeUnknownError):
        attempt(client, sink, wait=SHORT)
    server.await_requests()
    server.release()
    client.close()
    assert sink.order == ["on_settled done"]
    (error,) = (record for record in caplog.records if record.levelno == logging.ERROR)
    assert error.exc_info is not None and "the store is gone" in str(error.exc_info[1])


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_log_that_ends_the_program_hides_nothing(serve: Serve, face: Opens) -> None:
    """Such as a handler that calls `sys.exit` at a warning; in a thread of the library's that ends the thread."""

    def leave(record: logging.LogRecord) -> bool:
        raise SystemExit(1)

    server, sink = serve(stall()), Sink()
    client = face(**settings(server.url), on_settled=sink.on_settled)
    with pytest.raises(paywelcome.OutcomeUnknownError):
        attempt(client, sink, wait=SHORT)
    server.await_requests()
    log = logging.getLogger("paywelcome")
    log.addFilter(leave)
    try:
        server.release()
        client.close()
    finally:
        log.removeFilter(leave)
    assert sink.order == ["late", "on_settled done"]


def test_a_sink_may_close_the_client(serve: Serve) -> None:
    class Closing(Sink):
        def late(self, result: Any) -> None:
            assert client.close(GUARD) == []
            super().late(result)

    server, sink = serve(stall()), Closing()
    client = paywelcome.Client(**settings(server.url), on_settled=sink.on_settled)
    with pytest.raises(paywelcome.OutcomeUnknownError):
        client._attempt("cancel", CANCEL, began=None, wait=SHORT, sink=sink)
    server.await_requests()
    server.release()
    assert client.close(GUARD) == []
    assert sink.order == ["late", "on_settled done"]


@pytest.mark.parametrize("has_left", [True, False])
def test_a_task_that_is_cancelled(serve: Serve, has_left: bool) -> None:
    server = serve(stall() if has_left else listen_only)
    url = server.url if has_left else f"https://127.0.0.1:{server.port}"
    sink = Sink()

    async def main() -> None:
        client = paywelcome.AsyncClient(**settings(url), on_settled=sink.on_settled)
        task = asyncio.ensure_future(client._attempt("cancel", CANCEL, began=None, wait=None, sink=sink))
        await asyncio.to_thread(server.await_requests if has_left else server.await_bytes)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        assert sink.result is None
        server.release()
        assert await client.aclose(GUARD) == []

    asyncio.run(main())
    (end,) = sink.lates
    if has_left:
        assert isinstance(end, paywelcome.CancelReceipt)
        assert sink.order == ["late", "on_settled done"]
    else:
        assert isinstance(end, paywelcome.NotSentError)
        assert (end.kind, end.tid) == ("aborted", TID)
        # Nobody else is told of what was called back.
        assert sink.order == ["late"]
        assert TID.encode() not in server.received


@pytest.mark.parametrize("has_left", [True, False])
def test_a_signal(serve: Serve, has_left: bool) -> None:
    server = serve(stall() if has_left else listen_only)
    url = server.url if has_left else f"https://127.0.0.1:{server.port}"
    with Child("sinks.py", "sync", settings(url), CANCEL) as child:
        assert child.line() == ["ready"]
        _ = server.await_requests() if has_left else server.await_bytes()
        child.process.send_signal(signal.SIGINT)
        left = ["left", "KeyboardInterrupt", "unknown" if has_left else "not_sent", None]
        if has_left:
            assert child.line() == left
            server.release()
            assert child.end()[:2] == (0, [["late", "done"], ["settled", "done"]])
        else:
            # The two are said by two threads.
            assert sorted([child.line(), child.line()], key=str) == [["late", "not_sent"], left]
            assert child.end()[:2] == (0, [])


@pytest.mark.parametrize("way", ["loop", "daemon"])
def test_at_the_end_of_the_program(serve: Serve, way: str) -> None:
    server = serve(stall())
    with Child("sinks.py", way, settings(server.url), CANCEL) as child:
        assert child.line() == ["ready"]
        server.await_requests()
        child.tell()
        code, lines, _ = child.end()
    assert code == 0
    assert lines == [["late", "unknown"], ["settled", "unknown"]]


def test_gevent_tells_it_in_a_greenlet(serve: Serve) -> None:
    pytest.importorskip("gevent", reason="LOUD: gevent is not installed, so that its greenlets are not tested")
    server = serve(stall())
    with Child("sinks.py", "gevent", settings(server.url), {**CANCEL, "wait": 0.05}) as child:
        assert child.line() == ["ready"]
        assert child.line() == ["left", "OutcomeUnknownError", "unknown", None]
        server.await_requests()
        server.release()
        assert child.end()[:2] == (0, [["late", "done"], ["settled", "done"]])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks here")
def test_a_forked_child_leaves_it_to_its_parent(serve: Serve) -> None:
    server = serve(stall())
    with Child("sinks.py", "fork", settings(server.url), CANCEL) as child:
        assert child.line() == ["ready"]
        server.await_requests()
        child.tell()
        assert child.line() == ["child", "unknown", None, 0]
        server.release()
        assert child.end()[:2] == (0, [["left", "CancelReceipt", "done", "done"]])


def test_a_time_limit_counts_from_where_the_attempt_began(serve: Serve, face: Opens) -> None:
    server = serve(answer())
    client = face(**settings(server.url))
    for ago, timeout in ((1.0, 1.0), (0.5, 0.4), (1.0, 0.001)):
        sink = Sink()
        with pytest.raises(paywelcome.NotSentError) as caught:
            attempt(client, sink, began=_native.moment() - ago, timeout=timeout)
        assert caught.value.kind == "timeout"
        assert sink.result is caught.value
    assert server.requests == []
    # What is still to come makes no limit longer, and what is left of one is enough.
    assert attempt(client, Sink(), began=_native.moment() - 1, timeout=GUARD).price == 12000
    assert attempt(client, Sink(), began=_native.moment() + 1000).price == 12000
    assert len(server.requests) == 2


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="a process can't be stopped here")
def test_a_process_that_is_stopped_between_the_claim_and_the_call_sends_nothing(serve: Serve) -> None:
    server = serve(answer())
    with Child("sinks.py", "began", settings(server.url), {**CANCEL, "timeout": 0.3}) as child:
        # It has looked at the clock, as one does who records when a claim is over, and has not called yet.
        assert child.line() == ["ready"]
        child.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, child.process.pid, os.WSTOPPED | os.WNOWAIT)
        threading.Event().wait(0.4)
        child.tell()
        child.process.send_signal(signal.SIGCONT)
        assert child.line() == ["left", "NotSentError", "not_sent", "not_sent"]
        assert child.end()[:2] == (0, [])
    assert server.requests == []
    assert TID.encode() not in server.received
