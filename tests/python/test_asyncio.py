"""The package's own bridge to asyncio: many calls, many loops, loops that end and loops that lack something."""

from __future__ import annotations

import asyncio
import inspect
import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import uvloop

import child
import paywelcome
from merchant import CANCEL, GUARD, PARTIAL, TID, settings
from paywelcome.testing import Sandbox
from scripted import Script, Server, answer, close_after_request, listen_only, stall

Serve = Callable[[Script], Server]
RUNNERS = pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])


@RUNNERS
def test_two_hundred_at_once(sandbox: Sandbox, run: Callable[..., Any]) -> None:
    tids = [sandbox.approve(price=1000 + at) for at in range(200)]

    async def main() -> None:
        async with sandbox.async_client() as client:
            calls = (client.cancel(pay_type="card", tid=tid, price=1000 + at) for at, tid in enumerate(tids))
            receipts = await asyncio.gather(*calls)
        assert [(receipt.tid, receipt.price) for receipt in receipts] == [
            (tid, 1000 + at) for at, tid in enumerate(tids)
        ]

    run(main())
    assert sandbox.executions == sandbox.request_count == 200
    assert all(sandbox.payment(tid).remaining == 0 for tid in tids)


def test_successes_declines_and_refusals_at_once(sandbox: Sandbox) -> None:
    tids = [sandbox.approve(price=1000) for _ in range(60)]

    async def main() -> list[Any]:
        async with sandbox.async_client() as client:
            # The second third declines, since it is not the approved total; the last third is refused here.
            prices = [1000] * 20 + [999] * 20 + [0] * 20
            calls = (client.cancel(pay_type="card", tid=tid, price=at) for tid, at in zip(tids, prices, strict=True))
            return await asyncio.gather(*calls, return_exceptions=True)

    ends = [type(end) for end in asyncio.run(main())]
    assert (
        ends
        == [paywelcome.CancelReceipt] * 20 + [paywelcome.DeclinedError] * 20 + [paywelcome.InvalidRequestError] * 20
    )
    assert (sandbox.executions, sandbox.request_count) == (20, 40)


def test_one_client_on_several_loops_in_several_threads(sandbox: Sandbox) -> None:
    client = sandbox.async_client()
    tids = [[sandbox.approve(price=700) for _ in range(25)] for _ in range(4)]
    together = threading.Barrier(4)

    async def main(own: list[str]) -> list[str]:
        calls = (client.cancel(pay_type="card", tid=tid, price=700) for tid in own)
        return [receipt.tid for receipt in await asyncio.gather(*calls)]

    def on_a_loop_of_its_own(own: list[str]) -> list[str]:
        together.wait(GUARD)
        return asyncio.run(main(own))

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(on_a_loop_of_its_own, tids)) == tids
    assert sandbox.executions == 100


def test_two_clients_on_one_loop(sandbox: Sandbox, serve: Serve) -> None:
    tid = sandbox.approve(price=700)

    async def main() -> None:
        other = paywelcome.AsyncClient(**settings(serve(answer()).url))
        async with sandbox.async_client() as client, other:
            ours, others = await asyncio.gather(
                client.cancel(pay_type="card", tid=tid, price=700), other.partial_cancel(**PARTIAL)
            )
        assert (ours.tid, others.tid) == (tid, TID)

    asyncio.run(main())


def test_the_methods_are_coroutine_functions() -> None:
    for method in (paywelcome.AsyncClient.cancel, paywelcome.AsyncClient.partial_cancel, paywelcome.AsyncClient.aclose):
        assert inspect.iscoroutinefunction(method)


def test_nothing_starts_before_it_is_awaited(serve: Serve) -> None:
    server = serve(answer())

    async def main() -> None:
        client = paywelcome.AsyncClient(**settings(server.url))
        coroutine = client.cancel(**CANCEL)
        assert inspect.iscoroutine(coroutine)
        # Were it started, it would be served before this one, which waits for an answer.
        await client.partial_cancel(**PARTIAL)
        assert [request.path for request in server.requests] == ["/cancel/repay"]
        task = asyncio.create_task(coroutine)
        assert (await task).price == 12000
        await client.aclose()

    asyncio.run(main())
    assert len(server.requests) == 2


def test_a_coroutine_that_is_closed_unawaited_sends_nothing(serve: Serve) -> None:
    server = serve(answer())
    client = paywelcome.AsyncClient(**settings(server.url))
    client.cancel(**CANCEL).close()
    assert server.connections == []


def test_a_loop_that_closes_with_calls_in_flight(serve: Serve) -> None:
    server = serve(stall())
    with child.Child("abandoned_loop.py", settings(server.url), CANCEL) as program:
        assert program.line() == ["started"]
        server.await_requests(5)
        program.tell()
        assert program.line() == ["closed"]
        # The five end while no loop listens, and the next five come to the next loop.
        server.release()
        program.tell()
        assert program.line() == ["again", [12000] * 5]
        code, lines, errors = program.end()
    assert (code, lines) == (0, [])
    # Nobody could learn of those five but from the log.
    told = [line.partition(f"cancel of tid {TID} ")[2] for line in errors.splitlines()]
    ways = {"continued after its caller gave up", "was open when the program ended"}
    assert len(told) == 5 and set(told) <= {f"{way}; its outcome is done" for way in ways}, errors
    assert len(server.requests) == 10


class Plain(asyncio.SelectorEventLoop):
    """A loop that can't watch descriptors, as the one that Windows had by default."""

    def add_reader(self, *_: Any) -> None:
        raise NotImplementedError


@pytest.fixture
def plain_loop() -> Any:
    loop = Plain()
    yield loop
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()


def test_a_loop_without_add_reader(sandbox: Sandbox, plain_loop: Plain) -> None:
    tids = [sandbox.approve(price=500) for _ in range(30)]

    async def main() -> list[Any]:
        async with sandbox.async_client() as client:
            calls = (client.cancel(pay_type="card", tid=tid, price=500) for tid in [*tids, "unknown"])
            return await asyncio.gather(*calls, return_exceptions=True)

    *receipts, declined = plain_loop.run_until_complete(main())
    assert [receipt.tid for receipt in receipts] == tids
    assert isinstance(declined, paywelcome.DeclinedError)
    assert sandbox.executions == 30


@pytest.mark.parametrize(("left", "outcome"), [(True, "unknown"), (False, "not_sent")], ids=["left", "not left"])
def test_a_cancelled_task_on_a_loop_without_add_reader(serve: Serve, left: bool, outcome: str) -> None:
    server = serve(stall() if left else listen_only)
    url = server.url if left else f"https://127.0.0.1:{server.port}"
    with child.Child("plain_loop.py", settings(url, connect_timeout=60, timeout=60), CANCEL) as program:
        assert program.line() == ["started"]
        (server.await_requests if left else server.await_bytes)()
        program.tell()
        assert program.line() == ["cancelled", outcome]
        server.release()
        # No thread may continue waiting for a call that was withdrawn: the program could not end.
        code, lines, _ = program.end()
    assert (code, lines) == (0, [["settled", "done"]] * left)


def test_fifty_loops_leak_no_descriptors(serve: Serve) -> None:
    server = serve(answer())
    ((early, late),) = child.run("many_loops.py", settings(server.url), CANCEL)
    assert late <= early + 2


def test_an_error_comes_to_its_own_task(serve: Serve) -> None:
    lost, server = serve(close_after_request), serve(answer())

    async def main() -> None:
        good = paywelcome.AsyncClient(**settings(server.url))
        bad = paywelcome.AsyncClient(**settings(lost.url))
        ends = await asyncio.gather(bad.cancel(**CANCEL), good.cancel(**CANCEL), return_exceptions=True)
        assert [type(end) for end in ends] == [paywelcome.OutcomeUnknownError, paywelcome.CancelReceipt]

    asyncio.run(main())


def test_a_call_needs_a_running_loop(serve: Serve) -> None:
    server = serve(answer())
    coroutine = paywelcome.AsyncClient(**settings(server.url)).cancel(**CANCEL)
    with pytest.raises(RuntimeError):
        coroutine.send(None)
    assert server.connections == []


def test_the_errors_of_asyncio_in_debug_mode_are_none(serve: Serve, caplog: Any) -> None:
    server = serve(answer())

    async def main() -> str:
        async with paywelcome.AsyncClient(**settings(server.url)) as client:
            return json.dumps((await client.cancel(**CANCEL)).price)

    assert asyncio.run(main(), debug=True) == "12000"
    assert [record for record in caplog.records if record.levelname in ("WARNING", "ERROR")] == []
