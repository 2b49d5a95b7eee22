"""Closing a client: how long it waits, what is still open then, and who is held up meanwhile."""

from __future__ import annotations

import asyncio
import copy
import pickle
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import uvloop

import paywelcome
from child import Child
from merchant import CANCEL, GUARD, PARTIAL, TID, reported, settings
from scripted import Script, Server, answer, listen_only, stall

Serve = Callable[[Script], Server]
OPEN = paywelcome.OpenCall("cancel", TID)


class Plain(asyncio.SelectorEventLoop):
    """A loop that can't watch descriptors."""

    def add_reader(self, *_: Any) -> None:
        raise NotImplementedError


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop, Plain], ids=["asyncio", "uvloop", "plain"])
def loop(request: pytest.FixtureRequest) -> Iterator[asyncio.AbstractEventLoop]:
    loop: asyncio.AbstractEventLoop = request.param()
    yield loop
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool


def test_an_open_call_is_a_value() -> None:
    assert (OPEN.operation, OPEN.tid, OPEN.outcome) == ("cancel", TID, "unknown")
    assert repr(OPEN) == f"OpenCall(operation='cancel', tid='{TID}', outcome='unknown', reference=None)"
    assert pickle.loads(pickle.dumps(OPEN)) == copy.deepcopy(OPEN) == OPEN
    assert len({OPEN, paywelcome.OpenCall("cancel", TID), paywelcome.OpenCall("partial_cancel", TID)}) == 2
    with pytest.raises(AttributeError):
        OPEN.outcome = "done"
    with pytest.raises(AttributeError):
        del OPEN.tid


@pytest.mark.parametrize("timeout", [None, 0, -1, 1.5, 10**9, float("inf"), float("-inf")])
def test_with_nothing_in_flight_there_is_nothing_to_wait_for(
    serve: Serve, timeout: Any, loop: asyncio.AbstractEventLoop
) -> None:
    client = paywelcome.Client(**settings(serve(answer()).url))
    client.cancel(**CANCEL)
    assert client.close(timeout) == []
    assert client.close(timeout=timeout) == []
    assert loop.run_until_complete(paywelcome.AsyncClient(**settings("http://127.0.0.1:1")).aclose(timeout)) == []


@pytest.mark.parametrize("timeout", ["1", True, float("nan"), [], 1j])
def test_what_is_no_time_is_refused_and_closes_nothing(serve: Serve, timeout: Any) -> None:
    client = paywelcome.Client(**settings(serve(answer()).url))
    with pytest.raises((TypeError, ValueError), match="timeout must be a number of seconds"):
        client.close(timeout)
    assert client.cancel(**CANCEL).price == 12000
    client.close()

    async def main() -> None:
        client = paywelcome.AsyncClient(**settings(serve(answer()).url))
        with pytest.raises((TypeError, ValueError), match="timeout must be a number of seconds"):
            await client.aclose(timeout)
        assert (await client.cancel(**CANCEL)).price == 12000

    asyncio.run(main())


def test_close_tells_what_is_still_open(serve: Serve, pool: ThreadPoolExecutor) -> None:
    server = serve(stall())
    client = paywelcome.Client(**settings(server.url))
    calls = [pool.submit(client.cancel, **CANCEL), pool.submit(client.partial_cancel, **PARTIAL)]
    server.await_requests(2)
    both = {OPEN, paywelcome.OpenCall("partial_cancel", TID)}
    assert set(client.close(timeout=0)) == both
    assert set(client.close(timeout=0.01)) == both
    with pytest.raises(paywelcome.NotSentError) as caught:
        client.cancel(**CANCEL)
    assert caught.value.kind == "closed"
    server.release()
    assert client.close(timeout=GUARD) == []
    assert [call.result(GUARD).price for call in calls] == [12000, 3000]
    assert len(server.requests) == 2


def test_aclose_tells_what_is_still_open(serve: Serve, loop: asyncio.AbstractEventLoop) -> None:
    server = serve(stall())

    async def main() -> None:
        client = paywelcome.AsyncClient(**settings(server.url))
        calls = [asyncio.ensure_future(client.cancel(**CANCEL)) for _ in range(5)]
        await asyncio.to_thread(server.await_requests, 5)
        assert await client.aclose(timeout=0) == [OPEN] * 5
        assert await client.aclose(timeout=0.01) == [OPEN] * 5
        server.release()
        assert await client.aclose(timeout=GUARD) == []
        # Settled is not yet awaited: each still comes to its own task.
        assert [receipt.price for receipt in await asyncio.gather(*calls)] == [12000] * 5

    loop.run_until_complete(main())


def test_close_waits_for_what_nobody_waits_for_and_reports_it_once(
    serve: Serve, loop: asyncio.AbstractEventLoop, caplog: Any
) -> None:
    server = serve(stall())
    told: list[paywelcome.Settled] = []

    async def main() -> None:
        client = paywelcome.AsyncClient(**settings(server.url), on_settled=told.append)
        call = asyncio.ensure_future(client.cancel(**CANCEL))
        await asyncio.to_thread(server.await_requests)
        call.cancel()
        await asyncio.wait([call])
        assert await client.aclose(timeout=0.01) == [OPEN]
        closing = asyncio.ensure_future(client.aclose())
        await asyncio.sleep(0)
        assert not closing.done()
        server.release()
        assert await closing == []
        # Not later: what is closed has told everything.
        assert len(told) == 1

    loop.run_until_complete(main())
    reported()
    assert [settled.outcome for settled in told] == ["done"]
    assert [record.levelname for record in caplog.records if record.name == "paywelcome"] == ["WARNING"]
    assert len(server.requests) == 1


def test_close_without_a_limit_ends_with_the_calls_own(serve: Serve, pool: ThreadPoolExecutor) -> None:
    server = serve(listen_only)
    client = paywelcome.Client(**settings(server.url, timeout=0.4))
    call = pool.submit(client.cancel, **CANCEL)
    server.await_bytes()
    assert client.close() == []
    with pytest.raises(paywelcome.OutcomeUnknownError):
        call.result(GUARD)


def test_aclose_leaves_no_threads_and_holds_up_nobody(serve: Serve, loop: asyncio.AbstractEventLoop) -> None:
    server = serve(stall())

    async def main() -> None:
        client = paywelcome.AsyncClient(**settings(server.url))
        # Sixty calls at once fill every executor, were one of its threads used for each.
        calls = [asyncio.ensure_future(client.cancel(**CANCEL)) for _ in range(60)]
        await asyncio.to_thread(server.await_requests, 60)
        before = threading.active_count()
        closing = [asyncio.ensure_future(client.aclose()) for _ in range(5)]
        turns = 0
        until = time.monotonic() + 0.2
        while time.monotonic() < until:
            await asyncio.sleep(0.005)
            turns += 1
        # It turns some forty times; were it held up, not even twice.
        assert turns >= 5
        assert threading.active_count() <= before
        assert not any(task.done() for task in closing)
        closing[0].cancel()
        with pytest.raises(asyncio.CancelledError):
            await closing[0]
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(client.aclose(), 0.01)
        server.release()
        assert await asyncio.gather(*closing[1:]) == [[]] * 4
        assert {receipt.price for receipt in await asyncio.gather(*calls)} == {12000}

    loop.run_until_complete(main())
    assert len(server.requests) == 60


def test_aclose_waits_for_calls_of_another_loop(serve: Serve, pool: ThreadPoolExecutor) -> None:
    server = serve(stall())
    client = paywelcome.AsyncClient(**settings(server.url))
    other = pool.submit(asyncio.run, client.cancel(**CANCEL))
    server.await_requests()

    async def main() -> None:
        assert await client.aclose(0) == [OPEN]
        closing = asyncio.ensure_future(client.aclose())
        await asyncio.sleep(0)
        server.release()
        assert await closing == []

    asyncio.run(main())
    assert other.result(GUARD).price == 12000


class Held:
    """An on_settled that does not return before it is let."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.let = threading.Event()
        self.told: list[paywelcome.Settled] = []

    def __call__(self, settled: paywelcome.Settled) -> None:
        self.begun.set()
        assert self.let.wait(GUARD)
        self.told.append(settled)


def given_up(server: Server, client: paywelcome.AsyncClient, count: int = 1) -> None:
    """Gives up calls after their requests have arrived."""

    async def main() -> None:
        calls = [asyncio.ensure_future(client.cancel(**CANCEL)) for _ in range(count)]
        await asyncio.to_thread(server.await_requests, count)
        for call in calls:
            call.cancel()
        await asyncio.wait(calls)

    asyncio.run(main())


def test_closing_waits_for_on_settled_but_no_longer_than_it_may(serve: Serve, loop: asyncio.AbstractEventLoop) -> None:
    server = serve(stall())
    held = Held()
    client = paywelcome.AsyncClient(**settings(server.url), on_settled=held)
    given_up(server, client)
    server.release()
    assert held.begun.wait(GUARD)
    # It is settled, but on_settled has not returned yet.
    assert loop.run_until_complete(client.aclose(0.05)) == [OPEN]
    assert held.told == []
    held.let.set()
    assert loop.run_until_complete(client.aclose()) == []
    assert len(held.told) == 1


def test_close_waits_for_on_settled_of_interrupted_threads(serve: Serve) -> None:
    server = serve(stall())
    held = Held()
    client = paywelcome.Client(**settings(server.url), on_settled=held)
    # What Ctrl-C does to a call, without a signal.
    call = paywelcome.client._native.Call(client._calls)
    client._core.start_cancel(call, None, (*CANCEL.values(), "WON", None, None, None, None))
    server.await_requests()
    with pytest.raises(KeyboardInterrupt) as caught:
        try:
            raise KeyboardInterrupt
        finally:
            paywelcome._base_client.exits.latest = (call, TID, None, False)
    assert caught.value.outcome == "unknown"  # type: ignore[attr-defined]
    assert client.close(0.01) == [OPEN]
    server.release()
    assert held.begun.wait(GUARD)
    assert client.close(0.01) == client.close(0) == [OPEN]
    assert held.told == []
    threading.Timer(0.01, held.let.set).start()
    assert client.close() == []
    assert len(held.told) == 1


def test_closing_within_on_settled_waits_for_nothing_that_waits_for_it(serve: Serve) -> None:
    server = serve(stall())
    still_open: list[Any] = []
    client = paywelcome.AsyncClient(
        **settings(server.url), on_settled=lambda _: still_open.append(asyncio.run(client.aclose()))
    )
    given_up(server, client, 3)
    server.release()
    reported()
    assert still_open == [[]] * 3


def test_a_signal_ends_the_closing_at_once(serve: Serve) -> None:
    server = serve(stall())
    with Child("closing.py", "interrupted", settings(server.url, timeout=60), CANCEL) as child:
        server.await_requests()
        child.tell()
        assert child.line() == ["closing"]
        assert child.line() == ["KeyboardInterrupt", [["cancel", TID, "unknown"]]]
        server.release()
        assert child.end() == (0, [["price", 12000]], "")
