"""Waiting for an answer: others continue meanwhile, and giving up the wait is not giving up the refund."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import paywelcome
from merchant import CANCEL, GUARD, PARTIAL, TID, outcome_of, reported, settings
from paywelcome.testing import Sandbox
from scripted import Script, Server, answer, http, listen_only, stall

Serve = Callable[[Script], Server]


class Told:
    """Remembers what on_settled is told."""

    def __init__(self) -> None:
        self.all: list[paywelcome.Settled] = []
        self._come = threading.Event()

    def __call__(self, settled: paywelcome.Settled) -> None:
        self.all.append(settled)
        self._come.set()

    def once(self) -> paywelcome.Settled:
        assert self._come.wait(GUARD), "on_settled was not told"
        reported()
        (settled,) = self.all
        return settled


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(16) as pool:
        yield pool


def test_other_threads_go_on_meanwhile(serve: Serve, pool: ThreadPoolExecutor) -> None:
    server = serve(stall())
    with paywelcome.Client(**settings(server.url)) as client:
        waiting = [pool.submit(client.cancel, **CANCEL) for _ in range(8)]
        # All eight requests are here before the first answer leaves: no wait held up another thread.
        server.await_requests(8)
        assert not any(call.done() for call in waiting)
        server.release()
        assert [call.result(GUARD).price for call in waiting] == [12000] * 8


def test_an_event_loop_goes_on_meanwhile(serve: Serve) -> None:
    server = serve(stall())

    async def main() -> int:
        async with paywelcome.AsyncClient(**settings(server.url)) as client:
            calls = [asyncio.create_task(client.cancel(**CANCEL)) for _ in range(8)]
            await asyncio.to_thread(server.await_requests, 8)
            server.release()
            return sum(receipt.price for receipt in await asyncio.gather(*calls))

    assert asyncio.run(main()) == 8 * 12000


def test_a_cancelled_task_gives_up_the_wait_but_not_the_refund(sandbox: Sandbox, told: Told, caplog: Any) -> None:
    """The sandbox is the judge: it executes once, whatever became of the wait."""
    tid = sandbox.approve(price=5000)

    async def main() -> None:
        client = sandbox.async_client(on_settled=told)
        call = asyncio.create_task(client.cancel(pay_type="card", tid=tid, price=5000))
        await asyncio.sleep(0)
        call.cancel()
        with pytest.raises(asyncio.CancelledError) as caught:
            await call
        await client.aclose()
        assert outcome_of(caught.value) in ("not_sent", "unknown")
        if outcome_of(caught.value) == "unknown":
            assert told.once().outcome == "done"
            assert sandbox.executions == 1
        else:
            assert sandbox.executions == 0

    asyncio.run(main())
    assert sandbox.request_count == sandbox.executions


def give_up(
    server: Server, told: Told | None, wait: Callable[[paywelcome.AsyncClient], Any], **more: Any
) -> BaseException:
    """Runs `wait`, in which a call is given up, and gives the exception that its task saw."""
    seen: list[BaseException] = []

    class Watched(paywelcome.AsyncClient):
        async def cancel(self, **arguments: Any) -> paywelcome.CancelReceipt:
            try:
                return await super().cancel(**arguments)
            except BaseException as reason:
                seen.append(reason)
                raise

    async def main() -> None:
        client = Watched(**settings(server.url, **more), on_settled=told)
        await wait(client)
        server.release()
        await client.aclose()

    asyncio.run(main())
    (reason,) = seen
    assert type(reason) is asyncio.CancelledError
    return reason


async def cancelled(server: Server, client: paywelcome.AsyncClient, arrived: Callable[[], Any]) -> None:
    call = asyncio.create_task(client.cancel(**CANCEL))
    await asyncio.to_thread(arrived)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert call.cancelled()


def test_a_task_cancelled_after_the_request_left(serve: Serve, told: Told, caplog: Any) -> None:
    server = serve(stall())
    reason: Any = give_up(server, told, lambda client: cancelled(server, client, server.await_requests))
    assert reason.outcome == "unknown"
    settled = told.once()
    assert (settled.operation, settled.tid, settled.outcome, settled.error) == ("cancel", TID, "done", None)
    assert isinstance(settled.receipt, paywelcome.CancelReceipt)
    (record,) = [record for record in caplog.records if record.name == "paywelcome"]
    assert record.levelno == logging.WARNING
    assert TID in record.getMessage() and "done" in record.getMessage()
    assert len(server.requests) == 1


def test_a_task_cancelled_before_anything_left(serve: Serve, told: Told, caplog: Any) -> None:
    server = serve(listen_only)
    server_url = f"https://127.0.0.1:{server.port}"
    reason: Any = give_up(
        server, told, lambda client: cancelled(server, client, server.await_bytes), base_url=server_url
    )
    assert reason.outcome == "not_sent"
    assert told.all == [] and caplog.records == []
    assert TID.encode() not in server.received


@pytest.mark.parametrize(
    ("reply", "outcome", "error"),
    [
        (http('{"ResultCode":"01","ResultMsg":"no"}'), "declined", paywelcome.DeclinedError),
        (b"", "unknown", paywelcome.OutcomeUnknownError),
        (http(status=500), "unknown", paywelcome.OutcomeUnknownError),
    ],
)
def test_on_settled_is_told_the_error(
    serve: Serve, told: Told, caplog: Any, reply: bytes, outcome: str, error: type[paywelcome.PaywelcomeError]
) -> None:
    server = serve(stall(reply))
    give_up(server, told, lambda client: cancelled(server, client, server.await_requests))
    settled = told.once()
    assert (settled.outcome, settled.receipt) == (outcome, None)
    assert type(settled.error) is error
    (record,) = [record for record in caplog.records if record.name == "paywelcome"]
    assert outcome in record.getMessage()


def test_an_abandoned_request_ends_within_its_time_limit(serve: Serve, told: Told) -> None:
    server = serve(listen_only)

    async def wait(client: paywelcome.AsyncClient) -> None:
        call = asyncio.create_task(client.cancel(**CANCEL, timeout=0.5))
        await asyncio.to_thread(server.await_bytes)
        call.cancel()
        await asyncio.wait([call])

    assert give_up(server, told, wait).outcome == "unknown"  # type: ignore[attr-defined]
    settled = told.once()
    assert settled.error is not None and settled.error.kind == "timeout"


def test_on_settled_that_raises_breaks_nothing(serve: Serve, caplog: Any) -> None:
    server = serve(stall())
    called = threading.Event()

    def fail(settled: paywelcome.Settled) -> None:
        called.set()
        raise KeyError("on_settled")

    give_up(server, fail, lambda client: cancelled(server, client, server.await_requests))  # type: ignore[arg-type]
    assert called.wait(GUARD)
    reported()
    levels = [record.levelno for record in caplog.records if record.name == "paywelcome"]
    # The warning first, since a function that hangs must not swallow it.
    assert levels == [logging.WARNING, logging.ERROR]
    with paywelcome.Client(**settings(serve(answer()).url)) as client:
        assert client.cancel(**CANCEL).price == 12000


def test_close_waits_for_what_is_in_flight(serve: Serve, pool: ThreadPoolExecutor) -> None:
    server = serve(stall())
    client = paywelcome.Client(**settings(server.url))
    call = pool.submit(client.partial_cancel, **PARTIAL)
    server.await_requests()
    closing = pool.submit(client.close)
    # A call that is refused as closed shows that the closing has begun.
    while True:
        try:
            client.cancel(**CANCEL, timeout=0.05)
        except paywelcome.NotSentError as error:
            assert error.kind == "closed"
            break
        except paywelcome.OutcomeUnknownError:
            continue
    assert not closing.done()
    server.release()
    closing.result(GUARD)
    assert call.result(GUARD).remaining_price == 9000


def test_aclose_waits_for_what_is_in_flight(serve: Serve) -> None:
    server = serve(stall())

    async def main() -> None:
        client = paywelcome.AsyncClient(**settings(server.url))
        call = asyncio.create_task(client.cancel(**CANCEL))
        await asyncio.to_thread(server.await_requests)
        closing = asyncio.create_task(client.aclose())
        await asyncio.sleep(0)
        with pytest.raises(paywelcome.NotSentError) as caught:
            await client.cancel(**CANCEL)
        assert caught.value.kind == "closed"
        assert not closing.done()
        server.release()
        await closing
        assert (await call).price == 12000

    asyncio.run(main())


def test_context_managers_close(serve: Serve) -> None:
    url = serve(answer()).url
    with paywelcome.Client(**settings(url)) as client:
        assert client.cancel(**CANCEL).price == 12000
    with pytest.raises(paywelcome.NotSentError):
        client.cancel(**CANCEL)
    client.close()

    async def main() -> None:
        async with paywelcome.AsyncClient(**settings(url)) as client:
            assert (await client.cancel(**CANCEL)).price == 12000
        with pytest.raises(paywelcome.NotSentError):
            await client.cancel(**CANCEL)
        await client.aclose()

    asyncio.run(main())


def test_a_context_manager_lets_errors_through(serve: Serve) -> None:
    url = serve(answer()).url
    with pytest.raises(KeyError), paywelcome.Client(**settings(url)):
        raise KeyError("inside")
    with pytest.raises(paywelcome.InvalidRequestError), paywelcome.Client(**settings(url)) as client:
        client.cancel(pay_type="", tid="", price=0)
