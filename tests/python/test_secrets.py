"""The key is planted, and then looked for wherever somebody may read: it must be nowhere, in no form."""

from __future__ import annotations

import asyncio
import copy
import faulthandler
import gc
import io
import logging
import pickle
import tempfile
import threading
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import paywelcome
from merchant import CANCEL, GUARD, MID, PARTIAL, reported
from paywelcome.testing import Sandbox
from planted import MKEY, PLANTED, clean, clean_error, planted
from scripted import Script, Server, answer, close_after_request, done, http, stall

Serve = Callable[[Script], Server]


@pytest.fixture(autouse=True)
def everything_is_logged(caplog: Any) -> Iterator[None]:
    with caplog.at_level(logging.NOTSET):
        yield
    # By now, the records of the test itself are not the current ones any more.
    for record in caplog.get_records("call"):
        clean(record.getMessage() + repr(record.args) + repr(record.exc_info), "a log record")


@pytest.mark.parametrize("key", [{"sign_key": PLANTED}, {"sign_key": None, "mkey": MKEY}], ids=["sign_key", "mkey"])
@pytest.mark.parametrize("cls", [paywelcome.Client, paywelcome.AsyncClient])
def test_a_client_shows_no_key(serve: Serve, cls: Any, key: dict[str, str | None]) -> None:
    client = cls(**planted(serve(answer()).url, **key))
    for shown in (str(client), repr(client), repr(vars(client)), repr(client._core), repr(dir(client)), f"{client}"):
        clean(shown, "the client")
    for value in [*vars(client).values(), *gc.get_referents(client)]:
        clean(repr(value), "what the client holds")
    for name in dir(client._core):
        if not name.startswith("__"):
            clean(repr(getattr(client._core, name)), name)
    with pytest.raises(TypeError):
        pickle.dumps(client)
    with pytest.raises(TypeError):
        copy.deepcopy(client)


@pytest.mark.parametrize(
    "wrong",
    [
        {"mid": ""},
        {"environment": "prod"},
        {"base_url": "http://example.com"},
        {"mkey": MKEY},
        {"sign_key": f"{PLANTED}\n"},
        {"sign_key": None, "mkey": PLANTED},
        {"sign_key": None, "mkey": MKEY + "0"},
        {"sign_key": None, "mkey": f" {MKEY}"},
        {"sign_key": PLANTED.encode()},
        {"sign_key": [PLANTED]},
        {"proxy": f"socks5://user:{PLANTED}@proxy.example"},
        {"ca_bundle": "no-such-file.pem"},
        {"timeout": 0},
    ],
    ids=lambda wrong: "+".join(wrong),
)
@pytest.mark.parametrize("cls", [paywelcome.Client, paywelcome.AsyncClient])
def test_a_refused_setting_shows_no_key(cls: Any, wrong: dict[str, Any]) -> None:
    with pytest.raises(paywelcome.ConfigurationError) as caught:
        cls(**planted("http://127.0.0.1:1", **wrong))
    clean_error(caught.value)


class RaisingPath:
    def __fspath__(self) -> str:
        raise RuntimeError("fspath")


def test_a_setting_that_raises_shows_no_key() -> None:
    with pytest.raises((RuntimeError, paywelcome.ConfigurationError)) as caught:
        paywelcome.Client(**planted("http://127.0.0.1:1", ca_bundle=RaisingPath()))
    clean_error(caught.value)


def test_a_half_made_client_can_be_shown() -> None:
    """Tracebacks with locals show it: before Python 3.13 one that can't be shown breaks the traceback itself."""
    for make in (lambda: paywelcome.Client(mid=""), lambda: paywelcome.AsyncClient(mid=""), lambda: Sandbox(mid="")):
        with pytest.raises(ValueError) as caught:
            make()
        told = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
        clean("".join(told.format()), "the traceback")


def test_an_unknown_setting_shows_no_key() -> None:
    with pytest.raises(TypeError) as caught:
        paywelcome.Client(**planted("http://127.0.0.1:1", retries=3))
    clean_error(caught.value)


def test_the_environments_key_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAYWELCOME_SIGN_KEY", PLANTED)
    with pytest.raises(paywelcome.ConfigurationError) as caught:
        paywelcome.Client(mid=MID)
    clean_error(caught.value)
    with pytest.raises(paywelcome.ConfigurationError) as caught:
        paywelcome.cancel(**CANCEL)
    clean_error(caught.value)


SCRIPTS = [
    answer(http('{"ResultCode":"01","ResultMsg":"no"}')),
    answer(http("<html>")),
    answer(http(status=500)),
    answer(lambda request: done(request, Price="1")),
    close_after_request,
    lambda connection: connection.reset(),
]


@pytest.mark.parametrize("script", SCRIPTS, ids=["decline", "html", "500", "mismatch", "close", "reset"])
def test_a_failed_call_shows_no_key(serve: Serve, script: Script) -> None:
    url = serve(script).url
    client, async_client = paywelcome.Client(**planted(url)), paywelcome.AsyncClient(**planted(url))
    for call in (
        lambda: client.cancel(**CANCEL),
        lambda: client.partial_cancel(**PARTIAL),
        lambda: client.cancel(**{**CANCEL, "price": 0}),
        lambda: asyncio.run(async_client.cancel(**CANCEL)),
    ):
        with pytest.raises(paywelcome.PaywelcomeError) as caught:
            call()
        clean_error(caught.value)


def test_a_call_that_was_not_sent_shows_neither_key_nor_proxy_password() -> None:
    proxy = "http://user:PLANTED@127.0.0.1:1"
    client = paywelcome.Client(**planted("https://gateway.invalid", proxy=proxy, connect_retries=0))
    clean(repr(client) + repr(vars(client)), "the client")
    with pytest.raises(paywelcome.NotSentError) as caught:
        client.cancel(**CANCEL)
    clean_error(caught.value)


def test_a_receipt_shows_no_key(serve: Serve) -> None:
    with paywelcome.Client(**planted(serve(answer()).url)) as client:
        for receipt in (client.cancel(**CANCEL), client.partial_cancel(**PARTIAL)):
            for shown in (repr(receipt), str(receipt), repr(receipt.raw)):
                clean(shown, "a receipt")
            for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
                clean(pickle.dumps(receipt, protocol), "a pickled receipt")


def test_a_call_that_goes_on_shows_no_key(serve: Serve, caplog: Any) -> None:
    server = serve(stall(http('{"ResultCode":"01"}')))
    told: list[paywelcome.Settled] = []
    come = threading.Event()

    def on_settled(settled: paywelcome.Settled) -> None:
        told.append(settled)
        come.set()
        raise KeyError("so that it is logged")

    async def main() -> BaseException:
        client = paywelcome.AsyncClient(**planted(server.url), on_settled=on_settled)
        call = asyncio.create_task(client.cancel(**CANCEL))
        await asyncio.to_thread(server.await_requests)
        with tempfile.TemporaryFile() as dump:
            faulthandler.dump_traceback(dump, all_threads=True)
            dump.seek(0)
            clean(dump.read(), "a dump of all threads")
        shown = io.StringIO()
        call.print_stack(file=shown)
        clean(shown.getvalue() + repr(call), "the task")
        call.cancel()
        with pytest.raises(asyncio.CancelledError) as caught:
            await call
        server.release()
        await client.aclose()
        return caught.value

    clean_error(asyncio.run(main()))
    assert come.wait(GUARD)
    reported()
    clean(repr(told[0]) + repr(told[0].to_dict()), "Settled")
    assert told[0].error is not None
    clean_error(told[0].error)
    assert "paywelcome" in {record.name for record in caplog.records}
