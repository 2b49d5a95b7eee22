"""A merchant's own functions: what would never run is refused or logged, and what hangs keeps nothing back."""

from __future__ import annotations

import asyncio
import functools
import threading
from collections.abc import Callable
from typing import Any

import pytest

import paywelcome
from merchant import CANCEL, GUARD, TID, settings
from scripted import Script, Server, answer, stall

Serve = Callable[[Script], Server]
HOOKS = ["on_settled", "on_attempt"]


async def save(_order: object, _told: object = None) -> None:
    raise AssertionError("nobody awaits this")


class Saver:
    async def __call__(self, told: object) -> None:
        await save(told)

    async def save(self, told: object) -> None:
        await save(told)


ASYNC: list[Callable[[Any], object]] = [save, functools.partial(save, 1), Saver(), Saver().save]
ASYNC += [functools.partial(Saver(), 1), functools.partial(functools.partial(Saver().save), 1)]
SEEN_WHEN_CALLED: list[Callable[[Any], object]] = [lambda told: save(told), functools.partial(lambda told: save(told))]


def interrupted(server: Server, client: paywelcome.AsyncClient) -> None:
    async def main() -> None:
        call = asyncio.ensure_future(client.cancel(**CANCEL, reference="r"))
        await asyncio.to_thread(server.await_requests)
        call.cancel()
        await asyncio.wait([call])

    asyncio.run(main())
    server.release()


@pytest.mark.parametrize("client_class", [paywelcome.Client, paywelcome.AsyncClient])
@pytest.mark.parametrize("hook", ASYNC)
@pytest.mark.parametrize("name", HOOKS)
def test_what_must_be_awaited_is_refused(name: str, hook: Callable[[Any], object], client_class: Any) -> None:
    with pytest.raises(paywelcome.ConfigurationError, match="coroutine function, which nobody would await") as caught:
        client_class(**settings("http://127.0.0.1:1"), **{name: hook})
    assert [error.field for error in caught.value.errors] == [name]


@pytest.mark.parametrize("hook", SEEN_WHEN_CALLED)
def test_a_coroutine_that_nobody_awaits_is_logged(serve: Serve, hook: Callable[[Any], object], caplog: Any) -> None:
    server = serve(stall())
    client = paywelcome.AsyncClient(**settings(server.url), on_settled=hook, on_attempt=hook)
    interrupted(server, client)
    assert asyncio.run(client.aclose(GUARD)) == []
    lines = [(record.levelname, record.getMessage().split(" for ")[0]) for record in caplog.records]
    told = ("WARNING", f"cancel of tid {TID}, reference r continued after its caller gave up; its outcome is done")
    assert lines == [told, ("ERROR", "on_attempt did not run"), ("ERROR", "on_settled did not run")]


def test_a_task_that_a_hook_starts_is_its_own(serve: Serve, caplog: Any) -> None:
    ran: list[paywelcome.Attempt] = []

    async def keep(attempt: paywelcome.Attempt) -> None:
        ran.append(attempt)

    async def main() -> None:
        client = paywelcome.AsyncClient(
            **settings(serve(answer()).url), on_attempt=lambda attempt: asyncio.ensure_future(keep(attempt))
        )
        await client.cancel(**CANCEL)
        await client.aclose()

    asyncio.run(main())
    assert len(ran) == 1
    assert caplog.records == []


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_that_hangs_keeps_no_warning_back(serve: Serve, name: str, caplog: Any) -> None:
    server = serve(stall())
    begun, let = threading.Event(), threading.Event()

    def hang(_: object) -> None:
        begun.set()
        assert let.wait(GUARD)

    client = paywelcome.AsyncClient(**settings(server.url), **{name: hang})
    interrupted(server, client)
    assert begun.wait(GUARD)
    try:
        assert [record.levelname for record in caplog.records] == ["WARNING"]
        (still_open,) = asyncio.run(client.aclose(0))
        assert (still_open.tid, still_open.reference) == (TID, "r")
    finally:
        let.set()
    assert asyncio.run(client.aclose(GUARD)) == []


def test_what_interrupts_carries_tid_and_reference(serve: Serve) -> None:
    server = serve(stall())
    caught: list[Any] = []

    async def main() -> None:
        client = paywelcome.AsyncClient(**settings(server.url))

        async def call() -> None:
            try:
                await client.cancel(**CANCEL, reference="order 7")
            except BaseException as reason:
                caught.append(reason)
                raise

        task = asyncio.ensure_future(call())
        await asyncio.to_thread(server.await_requests)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(task, 0.001)
        server.release()
        assert await client.aclose() == []

    asyncio.run(main())
    (reason,) = caught
    assert (reason.outcome, reason.tid, reason.reference) == ("unknown", TID, "order 7")
