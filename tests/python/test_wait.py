"""``wait=``: the caller stops waiting after so many seconds, and the call continues to its end."""

from __future__ import annotations

import asyncio
import logging
import math
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import paywelcome
from child import Child
from faces import Face
from merchant import CANCEL, GUARD, MID, PARTIAL, TID, reported, settings
from scripted import Script, Server, answer, close_after_request, http, listen_only, stall

Serve = Callable[[Script], Server]
Opens = Callable[..., Face]

# Shorter than any answer of a server that stalls, and soon over.
SHORT = 0.02
OPEN = paywelcome.OpenCall("cancel", TID, reference="R-1")


def pending(call: Callable[..., object], **more: Any) -> paywelcome.OutcomeUnknownError:
    """Makes a call whose wait is over before its end."""
    arguments = {**CANCEL, "wait": SHORT, "reference": "R-1", **more}
    with pytest.raises(paywelcome.OutcomeUnknownError) as caught:
        call(**arguments)
    assert (caught.value.kind, caught.value.outcome) == ("pending", "unknown")
    return caught.value


def closed(client: paywelcome.Client | paywelcome.AsyncClient, timeout: float | None = None) -> list[Any]:
    if isinstance(client, paywelcome.AsyncClient):
        return asyncio.run(client.aclose(timeout))
    return client.close(timeout)


def test_a_wait_that_is_over_leaves_the_call_to_itself(serve: Serve, face: Opens) -> None:
    server = serve(stall())
    told: list[paywelcome.Settled] = []
    client = face(**settings(server.url), on_settled=told.append)
    error = pending(client.cancel)
    assert (error.operation, error.tid, error.reference) == ("cancel", TID, "R-1")
    assert (error.host, error.mid) == (server.url.removeprefix("http://"), MID)
    assert error.attempts in (0, 1)
    assert not error.safe_to_resend
    assert str(error).startswith("the outcome is unknown, the money may have moved, do not send it again before")
    assert "the wait for it is over, and it continues" in str(error)
    assert error.http_status is error.result_code is error.raw is None
    server.await_requests()
    assert told == []
    assert closed(client.client, 0) == [OPEN]
    server.release()
    assert closed(client.client, GUARD) == []
    ((settled),) = told
    assert (settled.operation, settled.tid, settled.reference) == ("cancel", TID, "R-1")
    assert settled.outcome == "done"
    assert settled.receipt is not None and settled.receipt.price == 12000
    assert len(server.requests) == 1


def test_a_partial_cancel(serve: Serve, face: Opens) -> None:
    server = serve(stall())
    told: list[paywelcome.Settled] = []
    client = face(**settings(server.url), on_settled=told.append)
    with pytest.raises(paywelcome.OutcomeUnknownError) as caught:
        client.partial_cancel(**PARTIAL, wait=SHORT)
    assert (caught.value.kind, caught.value.operation) == ("pending", "partial_cancel")
    server.await_requests()
    server.release()
    client.close()
    assert [(each.operation, each.outcome) for each in told] == [("partial_cancel", "done")]


def test_an_end_within_the_wait_is_the_callers(serve: Serve, face: Opens) -> None:
    told: list[paywelcome.Settled] = []
    client = face(**settings(serve(answer()).url), on_settled=told.append)
    assert client.cancel(**CANCEL, wait=3600).price == 12000
    assert client.partial_cancel(**PARTIAL, wait=GUARD).price == 3000
    assert client.cancel(**CANCEL, wait=None).price == 12000
    lost = face(**settings(serve(close_after_request).url), on_settled=told.append)
    with pytest.raises(paywelcome.OutcomeUnknownError) as caught:
        lost.cancel(**CANCEL, wait=GUARD)
    assert caught.value.kind == "connection_lost"
    client.close()
    lost.close()
    assert told == []


@pytest.mark.parametrize("wait", [0.1, 0.2, 3600])
def test_the_time_limit_ends_a_wait_that_is_longer(serve: Serve, face: Opens, wait: float) -> None:
    client = face(**settings(serve(stall()).url), on_settled=lambda _: pytest.fail("its caller was told"))
    with pytest.raises(paywelcome.OutcomeUnknownError) as caught:
        client.cancel(**CANCEL, timeout=0.05, wait=wait)
    assert caught.value.kind == "timeout"
    client.close()


def test_what_has_not_left_is_not_called_back(serve: Serve, face: Opens) -> None:
    server = serve(listen_only)
    told: list[paywelcome.Settled] = []
    client = face(**settings(f"https://127.0.0.1:{server.port}", connect_retries=0), on_settled=told.append)
    error = pending(client.cancel, timeout=1)
    assert error.timestamp is None
    assert closed(client.client, 0) == [OPEN]
    # Only its own time limit ends it.
    assert closed(client.client) == []
    (settled,) = told
    assert (settled.outcome, settled.error and settled.error.kind) == ("not_sent", "timeout")
    assert TID.encode() not in server.received


def test_a_declined_end_is_told(serve: Serve, face: Opens) -> None:
    server = serve(stall(http('{"ResultCode": "9999", "ResultMsg": "no"}')))
    told: list[paywelcome.Settled] = []
    client = face(**settings(server.url), on_settled=told.append)
    pending(client.cancel)
    server.await_requests()
    server.release()
    client.close()
    assert [(each.outcome, each.error and each.error.result_code) for each in told] == [("declined", "9999")]


WRONG: list[Any] = [0, -1, -0.5, 3600.5, 10**9, math.inf, math.nan, "1", True, [], b"1"]


@pytest.mark.parametrize("wait", WRONG)
def test_what_is_no_time_is_refused_as_a_time_limit_is(serve: Serve, face: Opens, wait: Any) -> None:
    server = serve(answer())
    client = face(**settings(server.url))
    with pytest.raises(paywelcome.InvalidRequestError) as caught:
        client.cancel(**CANCEL, wait=wait)
    with pytest.raises(paywelcome.InvalidRequestError) as likewise:
        client.cancel(**CANCEL, timeout=wait)
    ((error), (other)) = (*caught.value.errors, *likewise.value.errors)
    assert (error.field, other.field) == ("wait", "timeout")
    assert error.message == other.message
    assert server.requests == []


def test_it_is_refused_with_all_the_rest(face: Opens) -> None:
    client = face(**settings("http://127.0.0.1:1"))
    with pytest.raises(paywelcome.InvalidRequestError) as caught:
        client.cancel(pay_type="", tid="", price=0, timeout=0, wait=0, reference="\n")
    fields = [error.field for error in caught.value.errors]
    assert fields == ["pay_type", "tid", "price", "timeout", "wait", "reference"]
    with pytest.raises(paywelcome.InvalidRequestError) as caught:
        client.partial_cancel(**{**PARTIAL, "tid": ""}, wait=3601)
    assert [error.field for error in caught.value.errors] == ["tid", "wait"]


def test_the_module_functions(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    server = serve(stall())
    for name, value in settings(server.url).items():
        monkeypatch.setenv(f"PAYWELCOME_{name.upper()}", value)
    monkeypatch.setattr("paywelcome._default._default", None)
    pending(paywelcome.cancel)
    with pytest.raises(paywelcome.OutcomeUnknownError) as caught:
        paywelcome.partial_cancel(**PARTIAL, wait=SHORT)
    assert caught.value.kind == "pending"
    server.await_requests(2)
    server.release()
    reported()


def test_the_log_says_that_it_goes_on(serve: Serve, face: Opens, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "paywelcome")
    server = serve(stall())
    attempts: list[paywelcome.Attempt] = []
    client = face(**settings(server.url), on_attempt=attempts.append)
    pending(client.cancel)
    server.await_requests()
    (line,) = (record for record in caplog.records if record.levelno == logging.INFO)
    about: Any = line.__dict__["paywelcome"]
    assert (about["outcome"], about["kind"], about["attempts"]) == ("unknown", "pending", None)
    assert "unknown (pending), it continues" in line.getMessage()
    assert attempts == []
    server.release()
    client.close()
    assert [attempt.number for attempt in attempts] == [1]
    (warning,) = (record for record in caplog.records if record.levelno == logging.WARNING)
    assert "continued after its caller gave up; its outcome is done" in warning.getMessage()


def test_many_waits_end_each_at_its_own_time(serve: Serve) -> None:
    server = serve(stall())
    told: list[str | None] = []
    client = paywelcome.Client(**settings(server.url), on_settled=lambda settled: told.append(settled.reference))
    names = [f"R-{number}" for number in range(20)]

    def call(name: str) -> str:
        return pending(client.cancel, wait=SHORT * (1 + int(name[2:]) % 3), reference=name).reference or ""

    with ThreadPoolExecutor(20) as pool:
        assert list(pool.map(call, names)) == names
    server.await_requests(20)
    server.release()
    assert client.close(GUARD) == []
    assert sorted(told, key=str) == sorted(names)


def test_a_loop_that_is_busy_past_the_wait_gets_an_end_that_has_come(serve: Serve) -> None:
    server = serve(stall())

    async def main() -> None:
        async with paywelcome.AsyncClient(**settings(server.url)) as client:
            call = asyncio.ensure_future(client.cancel(**CANCEL, wait=0.2))
            await asyncio.to_thread(server.await_requests)
            # As a merchant's own code does that blocks.
            server.release()
            threading.Event().wait(0.4)
            assert (await call).price == 12000

    asyncio.run(main())


def test_a_loop_that_can_not_watch_descriptors(serve: Serve) -> None:
    class Plain(asyncio.SelectorEventLoop):
        def add_reader(self, *_: Any) -> None:
            raise NotImplementedError

    server = serve(stall())
    told: list[paywelcome.Settled] = []
    client = paywelcome.AsyncClient(**settings(server.url), on_settled=told.append)

    async def main() -> None:
        with pytest.raises(paywelcome.OutcomeUnknownError) as caught:
            await client.cancel(**CANCEL, wait=SHORT)
        assert caught.value.kind == "pending"
        server.release()
        assert (await client.cancel(**CANCEL, wait=GUARD)).price == 12000
        assert await client.aclose(GUARD) == []
        await asyncio.get_running_loop().shutdown_default_executor()

    loop = Plain()
    loop.run_until_complete(main())
    loop.close()
    assert [each.outcome for each in told] == ["done"]


def test_a_task_that_is_cancelled_while_it_waits(serve: Serve) -> None:
    server = serve(stall())
    told: list[paywelcome.Settled] = []

    async def main() -> None:
        client = paywelcome.AsyncClient(**settings(server.url), on_settled=told.append)
        task = asyncio.ensure_future(client.cancel(**CANCEL, wait=GUARD))
        await asyncio.to_thread(server.await_requests)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        server.release()
        assert await client.aclose(GUARD) == []

    asyncio.run(main())
    assert [each.outcome for each in told] == ["done"]


def test_a_signal_while_it_waits(serve: Serve) -> None:
    server = serve(stall())
    with Child("interrupted.py", "sync", settings(server.url), {**CANCEL, "wait": GUARD}) as child:
        assert child.line() == ["ready"]
        server.await_requests()
        child.process.send_signal(2)
        assert child.line()[:2] == ["KeyboardInterrupt", "unknown"]
        server.release()
        assert child.end()[:2] == (0, [["settled", "done", "cancel", TID, 12000]])


def test_a_program_that_ends_waits_for_it(serve: Serve) -> None:
    server = serve(stall())
    with Child("waiting.py", settings(server.url), {**CANCEL, "wait": SHORT}) as child:
        assert child.line() == ["pending", "unknown"]
        server.await_requests()
        assert child.process.poll() is None, "the process ended without waiting for what it had sent"
        server.release()
        assert child.end()[:2] == (0, [["settled", "done"]])


def test_gevent_goes_on_meanwhile(serve: Serve) -> None:
    pytest.importorskip("gevent", reason="LOUD: gevent is not installed, so that its greenlets are not tested")
    server = serve(stall())
    with Child("waiting.py", settings(server.url), {**CANCEL, "wait": 0.1}, "gevent") as child:
        assert child.line() == ["pending", "unknown"]
        assert child.line() == ["other greenlets continued", True]
        server.await_requests()
        server.release()
        assert child.end()[:2] == (0, [["settled", "done"]])


def test_on_settled_may_call_again(serve: Serve) -> None:
    server = serve(stall())
    called = threading.Event()

    def again(settled: paywelcome.Settled) -> None:
        assert client.cancel(**CANCEL, wait=GUARD).price == 12000
        called.set()

    client = paywelcome.Client(**settings(server.url), on_settled=again)
    pending(client.cancel)
    server.await_requests()
    server.release()
    assert called.wait(GUARD)
    assert client.close(GUARD) == []
