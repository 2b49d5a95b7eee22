"""Reaching the gateway ahead of the first call: no money moves, and what was learnt serves the calls."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import trustme

import paywelcome
from merchant import CANCEL, GUARD, settings
from scripted import Request, Script, Server, answer, done, listen_only

Serve = Callable[[Script], Server]


def gateway(request: Request) -> bytes:
    """Answers as a gateway whose front page is not there."""
    if request.line.startswith("HEAD"):
        return b"HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\n"
    return done(request)


def test_calls_use_the_connection_that_was_made(serve: Serve) -> None:
    server = serve(answer(gateway))
    with paywelcome.Client(**settings(server.url)) as client:
        client.warm_up()
        client.cancel(**CANCEL)
    lines = [request.line for request in server.requests]
    assert lines[:-1] == ["HEAD / HTTP/1.1"] * len(lines[:-1]) and lines[-1] == "POST /cancel/cancel HTTP/1.1"
    assert len(server.connections) == 1


def test_on_asyncio(serve: Serve) -> None:
    server = serve(answer(gateway))

    async def main() -> None:
        async with paywelcome.AsyncClient(**settings(server.url)) as client:
            await client.warm_up()
            await asyncio.gather(*(client.cancel(**CANCEL) for _ in range(5)))

    asyncio.run(main())
    assert [request.path for request in server.requests].count("/cancel/cancel") == 5
    assert server.requests[0].line.startswith("HEAD")


def test_what_keeps_the_gateway_from_being_reached_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        client = paywelcome.Client(**settings(f"http://127.0.0.1:{taken.getsockname()[1]}"))
        with pytest.raises(paywelcome.NotSentError) as caught:
            client.warm_up()
    assert (caught.value.kind, caught.value.operation, caught.value.tid) == ("connect", "warm_up", None)


def test_its_limit_is_its_own(serve: Serve) -> None:
    client = paywelcome.Client(**settings(serve(listen_only).url))
    with pytest.raises(paywelcome.NotSentError) as late:
        client.warm_up(timeout=0.2)
    assert late.value.kind == "timeout"
    with pytest.raises(paywelcome.InvalidRequestError) as wrong:
        client.warm_up(timeout=0)
    assert [error["field"] for error in wrong.value.errors] == ["timeout"]
    client.close()
    with pytest.raises(paywelcome.NotSentError) as closed:
        client.warm_up()
    assert closed.value.kind == "closed"


def test_giving_up_is_not_reported(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    server = serve(listen_only)

    async def main() -> asyncio.CancelledError:
        client = paywelcome.AsyncClient(**settings(server.url, on_settled=settled.append))
        task = asyncio.create_task(client.warm_up())
        await asyncio.to_thread(server.await_bytes)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError as reason:
            return reason
        raise AssertionError("it continued")

    settled: list[object] = []
    asyncio.run(main())
    assert not [thread for thread in threading.enumerate() if thread.name == "paywelcome-settling"]
    assert (settled, caplog.records) == ([], [])


def test_tls_is_resumed(tmp_path: Path) -> None:
    """A later connection, of either kind, resumes the session of an earlier one."""
    ca = trustme.CA()
    ca.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("127.0.0.1").configure_cert(context)
    resumed: list[bool] = []

    def serve_one() -> None:
        plain, _ = listener.accept()
        with context.wrap_socket(plain, server_side=True) as stream:
            stream.settimeout(GUARD)
            resumed.append(bool(stream.session_reused))
            stream.recv(65536)
            stream.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"
        client = paywelcome.Client(**settings(url, ca_bundle=tmp_path / "ca.pem"))
        server = threading.Thread(target=lambda: [serve_one() for _ in range(4)])
        server.start()
        client.warm_up()
        client.warm_up()
        server.join(GUARD)
    assert resumed == [False, True, True, True]
