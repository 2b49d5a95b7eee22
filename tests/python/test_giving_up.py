"""Every way in which asyncio's users stop waiting, on every loop, before and after the request left."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import pytest
import uvloop

import paywelcome
from merchant import CANCEL, GUARD, TID, reported, settings
from scripted import Script, Server, answer, listen_only, stall

Serve = Callable[[Script], Server]
Cancelled = asyncio.CancelledError


def eager() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    loop.set_task_factory(asyncio.eager_task_factory)  # type: ignore[attr-defined,unused-ignore]
    return loop


LOOPS = [
    asyncio.new_event_loop,
    uvloop.new_event_loop,
    pytest.param(eager, marks=pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks came with 3.12")),
]
LOOP_IDS = ["asyncio", "uvloop", "eager"]


class Trial:
    """One call that is given up, and what is seen of it from all sides."""

    def __init__(self, server: Server, url: str, arrived: Callable[[], Any]) -> None:
        self.server = server
        self.told: list[paywelcome.Settled] = []
        self.seen: list[BaseException] = []
        self._arrived = arrived
        self._client = paywelcome.AsyncClient(
            **settings(url, timeout=60, connect_timeout=60), on_settled=self.told.append
        )

    async def call(self) -> paywelcome.CancelReceipt:
        try:
            return await self._client.cancel(**CANCEL)
        except BaseException as reason:
            self.seen.append(reason)
            raise

    async def arrived(self) -> None:
        """Waits until the call is where it is to be given up."""
        await asyncio.to_thread(self._arrived)

    async def close(self) -> None:
        self.server.release()
        assert await self._client.aclose(GUARD) == []
        await asyncio.to_thread(reported)


@pytest.fixture(params=["unknown", "not_sent"])
def outcome(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def trial(serve: Serve, outcome: str) -> Trial:
    if outcome == "unknown":
        server = serve(stall())
        return Trial(server, server.url, server.await_requests)
    # The handshake never ends, so nothing of the request can have left.
    server = serve(listen_only)
    return Trial(server, f"https://127.0.0.1:{server.port}", server.await_bytes)


async def cancel(trial: Trial) -> None:
    call = asyncio.ensure_future(trial.call())
    await trial.arrived()
    call.cancel()
    with pytest.raises(Cancelled):
        await call
    assert call.cancelled()


async def wait_for(trial: Trial) -> None:
    call = asyncio.ensure_future(trial.call())
    await trial.arrived()
    with pytest.raises(asyncio.TimeoutError) as caught:
        await asyncio.wait_for(call, 0.001)
    assert not isinstance(caught.value, paywelcome.PaywelcomeError)


async def timeout(trial: Trial) -> None:
    async def expire() -> None:
        await trial.arrived()
        scope.reschedule(asyncio.get_running_loop().time())

    with pytest.raises(TimeoutError) as caught:
        async with asyncio.timeout(None) as scope:
            expiring = asyncio.ensure_future(expire())
            await trial.call()
    await expiring
    # As the README says, the cause of a TimeoutError has the outcome.
    assert caught.value.__cause__ is trial.seen[0]


async def task_group(trial: Trial) -> None:
    async def fail() -> None:
        await trial.arrived()
        raise KeyError("another task")

    with pytest.raises(BaseException) as caught:
        async with asyncio.TaskGroup() as group:
            group.create_task(trial.call())
            group.create_task(fail())
    (only,) = caught.value.exceptions  # type: ignore[attr-defined]
    assert isinstance(only, KeyError)


async def gather(trial: Trial) -> None:
    both = asyncio.gather(trial.call(), asyncio.Event().wait())
    await trial.arrived()
    both.cancel()
    with pytest.raises(Cancelled):
        await both


async def move_on_after(trial: Trial) -> None:
    async def expire() -> None:
        await trial.arrived()
        scope.deadline = anyio.current_time()

    with anyio.move_on_after(60) as scope:
        expiring = asyncio.ensure_future(expire())
        await trial.call()
    await expiring
    assert scope.cancelled_caught


async def fail_after(trial: Trial) -> None:
    async def expire() -> None:
        await trial.arrived()
        scope.deadline = anyio.current_time()

    with pytest.raises(TimeoutError):
        with anyio.fail_after(60) as scope:
            expiring = asyncio.ensure_future(expire())
            await trial.call()
    await expiring


async def anyio_group(trial: Trial) -> None:
    async with anyio.create_task_group() as group:
        group.start_soon(trial.call)
        await trial.arrived()
        group.cancel_scope.cancel()


WAYS = [cancel, wait_for, gather, move_on_after, fail_after, anyio_group]
if sys.version_info >= (3, 11):
    WAYS += [timeout, task_group]


@pytest.mark.parametrize("new_loop", LOOPS, ids=LOOP_IDS)
@pytest.mark.parametrize("give_up", WAYS, ids=lambda way: str(way.__name__))
def test_giving_up(
    trial: Trial,
    outcome: str,
    give_up: Callable[[Trial], Awaitable[None]],
    new_loop: Callable[[], asyncio.AbstractEventLoop],
    caplog: Any,
) -> None:
    async def main() -> None:
        await give_up(trial)
        assert trial.told == [], "it was reported before it had ended"
        await trial.close()

    loop = new_loop()
    loop.run_until_complete(main())
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()

    (reason,) = trial.seen
    assert type(reason) is Cancelled
    assert reason.outcome == outcome  # type: ignore[attr-defined]
    logged = [record.getMessage() for record in caplog.records if record.name == "paywelcome"]
    if outcome == "unknown":
        (settled,) = trial.told
        assert (settled.operation, settled.tid, settled.outcome, settled.error) == ("cancel", TID, "done", None)
        assert logged == [f"cancel of tid {TID} continued after its caller gave up; its outcome is done"]
        assert len(trial.server.requests) == 1
    else:
        assert (trial.told, logged) == ([], [])
        assert TID.encode() not in trial.server.received


@pytest.mark.parametrize("new_loop", LOOPS, ids=LOOP_IDS)
def test_a_shielded_call_is_not_given_up(serve: Serve, new_loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    server = serve(stall())
    told: list[paywelcome.Settled] = []

    async def main() -> None:
        client = paywelcome.AsyncClient(**settings(server.url), on_settled=told.append)
        inner = asyncio.ensure_future(client.cancel(**CANCEL))
        outer = asyncio.ensure_future(asyncio.wait_for(asyncio.shield(inner), 60))
        await asyncio.to_thread(server.await_requests)
        outer.cancel()
        with pytest.raises(Cancelled) as caught:
            await outer
        # The call is not given up, so nothing is said of it: its own task will tell.
        assert not hasattr(caught.value, "outcome")
        server.release()
        assert (await inner).price == 12000
        assert await client.aclose() == []

    loop = new_loop()
    loop.run_until_complete(main())
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()
    reported()
    assert told == []
    assert len(server.requests) == 1


def test_a_gather_whose_other_call_fails_gives_up_nothing(serve: Serve) -> None:
    server = serve(stall())
    told: list[paywelcome.Settled] = []

    async def fail() -> None:
        await asyncio.to_thread(server.await_requests)
        raise KeyError("another task")

    async def main() -> None:
        client = paywelcome.AsyncClient(**settings(server.url), on_settled=told.append)
        call = asyncio.ensure_future(client.cancel(**CANCEL))
        with pytest.raises(KeyError):
            await asyncio.gather(call, fail())
        assert not call.done()
        server.release()
        assert (await call).price == 12000

    asyncio.run(main())
    assert told == []


@pytest.mark.parametrize("new_loop", LOOPS, ids=LOOP_IDS)
def test_a_task_cancelled_before_its_first_step_sends_nothing(
    serve: Serve, new_loop: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    server = serve(answer())
    told: list[paywelcome.Settled] = []

    async def main() -> str | None:
        async with paywelcome.AsyncClient(**settings(server.url), on_settled=told.append) as client:
            call = asyncio.get_running_loop().create_task(client.cancel(**CANCEL))
            call.cancel()
            await asyncio.wait([call])
            with pytest.raises(Cancelled) as caught:
                call.result()
            return getattr(caught.value, "outcome", None)

    loop = new_loop()
    said = loop.run_until_complete(main())
    loop.close()
    reported()
    if new_loop is eager:
        # An eager task has made its first step already.
        assert said in ("not_sent", "unknown")
        assert len(server.requests) == len(told) == (said == "unknown")
    else:
        assert said is None
        assert (server.connections, told) == ([], [])


def test_many_given_up_at_once_are_each_reported_once(serve: Serve, caplog: Any) -> None:
    server = serve(stall())
    told: list[str] = []
    lock = threading.Lock()

    def on_settled(settled: paywelcome.Settled) -> None:
        with lock:
            told.append(settled.tid)

    async def main() -> None:
        client = paywelcome.AsyncClient(**settings(server.url), on_settled=on_settled)
        calls = [
            asyncio.ensure_future(client.cancel(**{**CANCEL, "tid": f"{at:040}"}))  # Each has a payment of its own.
            for at in range(40)
        ]
        await asyncio.to_thread(server.await_requests, 40)
        for call in calls:
            call.cancel()
        assert {type(end) for end in await asyncio.gather(*calls, return_exceptions=True)} == {Cancelled}
        assert len(await client.aclose(0)) == 40
        server.release()
        assert await client.aclose() == []

    asyncio.run(main())
    reported()
    assert sorted(told) == [f"{at:040}" for at in range(40)]
    assert len([record for record in caplog.records if record.name == "paywelcome"]) == 40
    assert len(server.requests) == 40


@pytest.mark.parametrize("then", ["close", "another call"])
def test_a_process_that_can_start_no_thread_tells_the_end_as_soon_as_it_can(
    serve: Serve, caplog: Any, then: str
) -> None:
    server = serve(stall())
    told: list[paywelcome.Settled] = []
    one_told = threading.Event()

    def on_settled(settled: paywelcome.Settled) -> None:
        told.append(settled)
        one_told.set()

    async def main() -> None:
        client = paywelcome.AsyncClient(**settings(server.url), on_settled=on_settled)
        call = asyncio.ensure_future(client.cancel(**CANCEL))
        await asyncio.to_thread(server.await_requests)
        # No machine has as much for a stack.
        before = threading.stack_size(1 << 46)
        try:
            call.cancel()
            await asyncio.wait([call])
        finally:
            threading.stack_size(before)
        assert not [thread for thread in threading.enumerate() if thread.name == "paywelcome-settling"]
        server.release()
        if then == "another call":
            await client.cancel(**CANCEL)
            assert await asyncio.to_thread(one_told.wait, GUARD)
        assert await client.aclose(GUARD) == []

    asyncio.run(main())
    reported()
    assert [(settled.outcome, settled.tid) for settled in told] == [("done", TID)]
    assert len([record for record in caplog.records if record.name == "paywelcome"]) == 1


def test_a_thread_that_can_not_start_another_tells_the_end_itself(
    serve: Serve, caplog: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(stall())
    told: list[paywelcome.Settled] = []

    def full(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    async def main() -> None:
        client = paywelcome.AsyncClient(**settings(server.url), on_settled=told.append)
        call = asyncio.ensure_future(client.cancel(**CANCEL))
        await asyncio.to_thread(server.await_requests)
        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, "start", full)
            call.cancel()
            await asyncio.wait([call])
        server.release()
        assert await client.aclose(GUARD) == []

    asyncio.run(main())
    assert [(settled.outcome, settled.tid) for settled in told] == [("done", TID)]
    assert len([record for record in caplog.records if record.name == "paywelcome"]) == 1
