"""What is raised for each way a call can end, alike from threads, asyncio and uvloop."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from typing import Any

import pytest

import paywelcome
from faces import Face
from merchant import CANCEL, MID, PARTIAL, TID, kst, settings, signature
from paywelcome.testing import Sandbox
from scripted import (
    Script,
    Server,
    answer,
    answer_and_close,
    close_after_request,
    done,
    drip,
    http,
    listen_only,
    reset_after_request,
    reset_at_once,
    stall,
)

Serve = Callable[[Script], Server]
Open = Callable[..., Face]


def refused_port() -> int:
    """Returns a port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def test_done(face: Open, serve: Serve) -> None:
    server = serve(answer())
    client = face(**settings(server.url))
    receipt = client.cancel(**CANCEL)
    assert (receipt.result_code, receipt.tid, receipt.mid, receipt.price) == ("00", TID, MID, 12000)
    part = client.partial_cancel(**PARTIAL)
    assert (part.price, part.remaining_price) == (3000, 9000)
    assert [request.path for request in server.requests] == ["/cancel/cancel", "/cancel/repay"]


def test_a_refused_port_is_tried_three_times_and_nothing_was_sent(face: Open) -> None:
    client = face(**settings(f"http://127.0.0.1:{refused_port()}"))
    with pytest.raises(paywelcome.NotSentError) as caught:
        client.cancel(**CANCEL)
    error = caught.value
    assert (error.outcome, error.kind, error.attempts) == ("not_sent", "connect", 3)
    assert error.safe_to_resend
    assert (error.operation, error.tid) == ("cancel", TID)
    assert error.timestamp is not None and kst(error.timestamp)
    assert (error.http_status, error.raw, error.result_code, error.result_msg) == (None, None, None, None)
    assert error.errors == []


@pytest.mark.parametrize("retries", [0, 1])
def test_connect_retries_are_counted(face: Open, retries: int) -> None:
    client = face(**settings(f"http://127.0.0.1:{refused_port()}", connect_retries=retries))
    with pytest.raises(paywelcome.NotSentError) as caught:
        client.partial_cancel(**PARTIAL)
    assert (caught.value.attempts, caught.value.operation) == (retries + 1, "partial_cancel")


def test_a_peer_that_resets_within_the_tls_handshake_was_sent_nothing(face: Open, serve: Serve) -> None:
    server = serve(reset_at_once)
    client = face(**settings(f"https://127.0.0.1:{server.port}", connect_retries=1))
    with pytest.raises(paywelcome.NotSentError) as caught:
        client.cancel(**CANCEL)
    assert caught.value.kind in ("tls", "connect")
    assert caught.value.attempts == 2
    assert TID.encode() not in server.received


def test_a_peer_that_speaks_no_tls_was_sent_nothing(face: Open, serve: Serve) -> None:
    server = serve(lambda connection: connection.send(b"HTTP/1.1 400 Bad Request\r\n\r\n"))
    client = face(**settings(f"https://127.0.0.1:{server.port}", connect_retries=0))
    with pytest.raises(paywelcome.NotSentError) as caught:
        client.cancel(**CANCEL)
    assert caught.value.kind == "tls"
    assert TID.encode() not in server.received


def test_a_handshake_that_never_ends_is_not_sent(face: Open, serve: Serve) -> None:
    server = serve(listen_only)
    client = face(**settings(f"https://127.0.0.1:{server.port}", connect_timeout=0.2, connect_retries=0))
    with pytest.raises(paywelcome.NotSentError) as caught:
        client.cancel(**CANCEL)
    assert (caught.value.kind, caught.value.attempts) == ("timeout", 1)
    assert TID.encode() not in server.received


def test_the_deadline_within_the_handshake_is_not_sent(face: Open, serve: Serve) -> None:
    server = serve(listen_only)
    client = face(**settings(f"https://127.0.0.1:{server.port}", timeout=0.2))
    with pytest.raises(paywelcome.NotSentError) as caught:
        client.cancel(**CANCEL)
    assert (caught.value.outcome, caught.value.kind) == ("not_sent", "timeout")


@pytest.mark.parametrize("script", [close_after_request, reset_after_request])
def test_a_connection_lost_after_the_request_is_unknown_and_never_sent_again(
    face: Open, serve: Serve, script: Script
) -> None:
    server = serve(script)
    client = face(**settings(server.url))
    with pytest.raises(paywelcome.OutcomeUnknownError) as caught:
        client.cancel(**CANCEL)
    error = caught.value
    assert (error.outcome, error.kind, error.attempts) == ("unknown", "connection_lost", 1)
    assert not error.safe_to_resend
    (request,) = server.requests
    assert error.timestamp == request.field("timestamp")
    assert len(server.connections) == 1


def test_a_reset_at_once_is_sent_once_at_most(face: Open, serve: Serve) -> None:
    server = serve(reset_at_once)
    with pytest.raises(paywelcome.PaywelcomeError) as caught:
        face(**settings(server.url, connect_retries=0)).cancel(**CANCEL)
    assert caught.value.outcome in ("unknown", "not_sent")
    assert server.received.count(b"POST ") <= 1


@pytest.mark.parametrize("script", [stall(), drip(0.05)], ids=["stall", "drip"])
def test_the_deadline_covers_the_whole_answer(face: Open, serve: Serve, script: Script) -> None:
    server = serve(script)
    client = face(**settings(server.url, timeout=0.3))
    began = time.monotonic()
    with pytest.raises(paywelcome.OutcomeUnknownError) as caught:
        client.cancel(**CANCEL)
    took = time.monotonic() - began
    assert (caught.value.outcome, caught.value.kind) == ("unknown", "timeout")
    assert 0.29 <= took < 3
    assert len(server.requests) == 1


def test_a_call_has_a_deadline_of_its_own(face: Open, serve: Serve) -> None:
    server = serve(stall())
    client = face(**settings(server.url))
    began = time.monotonic()
    for call, arguments in ((client.cancel, CANCEL), (client.partial_cancel, PARTIAL)):
        with pytest.raises(paywelcome.OutcomeUnknownError) as caught:
            call(**arguments, timeout=0.2)
        assert caught.value.kind == "timeout"
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(face: Open, serve: Serve, status: int) -> None:
    elsewhere = serve(answer())
    server = serve(answer(http(status=status, headers=(f"Location: {elsewhere.url}/cancel/cancel",))))
    with pytest.raises(paywelcome.OutcomeUnknownError) as caught:
        face(**settings(server.url)).cancel(**CANCEL)
    assert (caught.value.kind, caught.value.http_status) == ("redirect", status)
    assert len(server.requests) == 1
    assert elsewhere.connections == []


def test_a_decline(face: Open, serve: Serve) -> None:
    said = '{"ResultCode":"ERR206","ResultMsg":"검증값 오류","새키":"1"}'
    server = serve(answer(http(said)))
    with pytest.raises(paywelcome.DeclinedError) as caught:
        face(**settings(server.url)).partial_cancel(**PARTIAL)
    error = caught.value
    assert (error.outcome, error.kind, error.safe_to_resend) == ("declined", "declined", False)
    assert (error.result_code, error.result_msg, error.http_status) == ("ERR206", "검증값 오류", 200)
    assert error.raw == json.loads(said)
    assert (error.operation, error.tid, error.attempts) == ("partial_cancel", TID, 1)
    assert error.timestamp == server.requests[0].field("timestamp")


@pytest.mark.parametrize(
    ("replaced", "kind"),
    [
        ({"Price": "11999"}, "mismatch"),
        ({"Price": None}, "mismatch"),
        ({"Tid": "another"}, "mismatch"),
        ({"ResultCode": "0000"}, "undocumented_code"),
        ({"ResultCode": None}, "malformed"),
        ({"ResultCode": ""}, "malformed"),
    ],
)
def test_an_answer_that_does_not_agree_is_unknown(
    face: Open, serve: Serve, replaced: dict[str, str | None], kind: str
) -> None:
    server = serve(answer(lambda request: done(request, **replaced)))
    with pytest.raises(paywelcome.OutcomeUnknownError) as caught:
        face(**settings(server.url)).cancel(**CANCEL)
    assert (caught.value.outcome, caught.value.kind, caught.value.http_status) == ("unknown", kind, 200)
    assert caught.value.raw is not None
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("reply", "kinds"),
    [
        (http(""), {"malformed"}),
        (http("<html>점검중</html>"), {"malformed"}),
        (http('{"ResultCode":"00"', length=200), {"malformed", "connection_lost"}),
        (http("[]"), {"malformed"}),
        (http(b'{"ResultCode":"00","pad":"' + b"x" * 300_000 + b'"}'), {"malformed"}),
        (b"SSH-2.0-OpenSSH_9.6\r\n", {"malformed", "connection_lost"}),
        (b"HTTP/1.1 200 OK\r\nContent-Length: nine\r\n\r\n{}", {"malformed", "connection_lost"}),
        (http('{"ResultCode":"00"}', status=500), {"http_status"}),
        (http('{"ResultCode":"01"}', status=404), {"http_status"}),
        (http('{"ResultCode":"01"}', status=204), {"http_status"}),
    ],
    ids=["empty", "html", "truncated", "array", "too large", "no http", "bad length", "500", "404", "204"],
)
def test_an_answer_that_is_none_is_unknown(face: Open, serve: Serve, reply: bytes, kinds: set[str]) -> None:
    server = serve(answer_and_close(reply))
    with pytest.raises(paywelcome.OutcomeUnknownError) as caught:
        face(**settings(server.url)).cancel(**CANCEL)
    assert caught.value.kind in kinds
    assert caught.value.outcome == "unknown"
    assert len(server.requests) == 1


def test_a_connection_is_fresh_or_used_again_but_the_request_is_never_lost(face: Open, serve: Serve) -> None:
    """A server that ends each connection after its answer, without saying so."""
    server = serve(answer_and_close(done))
    client = face(**settings(server.url))
    for at in range(20):
        try:
            client.cancel(**CANCEL)
        except paywelcome.OutcomeUnknownError as error:
            # The close may come at the very moment of reuse; then nothing else may be claimed.
            assert error.kind == "connection_lost"
        assert len(server.requests) <= at + 1


def test_a_resend_is_signed_afresh(face: Open) -> None:
    client = face(**settings(f"http://127.0.0.1:{refused_port()}", timestamp_format="epoch_ms"))
    began = time.time_ns() // 1_000_000
    with pytest.raises(paywelcome.NotSentError) as caught:
        client.cancel(**CANCEL)
    # The third attempt comes after pauses of 100 and 200 ms.
    assert caught.value.timestamp is not None
    assert int(caught.value.timestamp) - began >= 290


def test_a_proxy_that_resets_was_sent_nothing(face: Open, serve: Serve) -> None:
    proxy = serve(reset_at_once)
    with pytest.raises(paywelcome.NotSentError) as caught:
        face(**settings("https://gateway.invalid", proxy=proxy.url, connect_retries=1)).cancel(**CANCEL)
    assert (caught.value.kind, caught.value.attempts) == ("proxy", 2)
    assert len(proxy.connections) == 2


def test_a_closed_client_sends_nothing(face: Open, sandbox: Sandbox) -> None:
    client = face(mid=sandbox.mid, sign_key=sandbox.sign_key, base_url=sandbox.url)
    tid = sandbox.approve(price=1000)
    client.cancel(pay_type="card", tid=tid, price=1000)
    client.close()
    with pytest.raises(paywelcome.NotSentError) as caught:
        client.cancel(pay_type="card", tid=tid, price=1000)
    assert (caught.value.outcome, caught.value.kind, caught.value.attempts) == ("not_sent", "closed", 0)
    assert (caught.value.tid, caught.value.timestamp) == (tid, None)
    assert sandbox.request_count == 1


def test_the_error_tells_what_was_signed(face: Open, serve: Serve) -> None:
    server = serve(answer(http('{"ResultCode":"01"}')))
    client = face(**settings(server.url, timestamp_format="epoch_ms"))
    with pytest.raises(paywelcome.DeclinedError) as caught:
        client.cancel(**CANCEL)
    timestamp = caught.value.timestamp
    assert timestamp is not None and len(timestamp) == 13
    assert server.requests[0].field("timestamp") == timestamp
    assert server.requests[0].field("signature") == signature(timestamp)


def test_arguments_are_refused_alike(face: Open, serve: Serve) -> None:
    server = serve(answer())
    with pytest.raises(paywelcome.InvalidRequestError) as caught:
        face(**settings(server.url)).cancel(pay_type="Card", tid="", price=1.5, currency="KRW", cancel_type="X")
    fields = [error.field for error in caught.value.errors]
    assert fields == ["pay_type", "tid", "price", "currency", "cancel_type"]
    assert (caught.value.tid, caught.value.attempts) == (None, 0)
    assert server.connections == []


def test_every_error_has_every_attribute(face: Open) -> None:
    with pytest.raises(paywelcome.ConfigurationError) as caught:
        face()
    error: Any = caught.value
    for name in (
        *("outcome", "kind", "safe_to_resend", "errors", "operation", "tid", "timestamp", "attempts"),
        *("http_status", "result_code", "result_msg", "raw"),
    ):
        assert hasattr(error, name), name
    assert (error.outcome, error.safe_to_resend, error.operation) == ("not_sent", True, None)
