"""The exact bytes that leave, whatever the merchant, the payment, the settings and the environment are."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote_plus

import pytest

import child
import paywelcome
from faces import Face
from merchant import CANCEL, KST, MID, MKEY, PARTIAL, SIGN_KEY, TID, kst, settings, signature
from scripted import Request, Script, Server, answer

Serve = Callable[[Script], Server]
Open = Callable[..., Face]


@pytest.fixture
def server(serve: Serve) -> Server:
    return serve(answer())


def post(server: Server, arguments: dict[str, Any] = CANCEL, **more: Any) -> Request:
    with paywelcome.Client(**settings(server.url, **more)) as client:
        (client.partial_cancel if "cancel_price" in arguments else client.cancel)(**arguments)
    return server.requests[-1]


def test_the_head_of_a_full_cancel(face: Open, server: Server) -> None:
    face(**settings(server.url)).cancel(**CANCEL)
    (request,) = server.requests
    assert request.line == "POST /cancel/cancel HTTP/1.1"
    assert request.header("host") == [f"127.0.0.1:{server.port}"]
    assert request.header("content-type") == ["application/x-www-form-urlencoded; charset=utf-8"]
    assert request.header("content-length") == [str(len(request.body))]
    for absent in ("transfer-encoding", "expect", "authorization", "cookie", "referer", "proxy-authorization"):
        assert request.header(absent) == [], absent
    assert server.received == request.head + b"\r\n\r\n" + request.body


def test_the_fields_of_a_full_cancel_stand_in_the_guides_order(face: Open, server: Server) -> None:
    face(**settings(server.url)).cancel(pay_type="hpp", tid=TID, price=12000, cancel_type="C")
    fields = server.requests[0].fields
    timestamp = dict(fields)["timestamp"]
    assert fields == [
        *(("payType", "hpp"), ("mid", MID), ("tid", TID), ("price", "12000"), ("currency", "WON")),
        *(("timestamp", timestamp), ("signature", signature(timestamp)), ("cancelType", "C")),
    ]


def test_the_fields_of_a_partial_cancel_stand_in_the_guides_order(face: Open, server: Server) -> None:
    face(**settings(server.url)).partial_cancel(**PARTIAL, tax=273, taxfree="0")
    (request,) = server.requests
    timestamp = dict(request.fields)["timestamp"]
    assert request.line == "POST /cancel/repay HTTP/1.1"
    assert request.fields == [
        *(("payType", "card"), ("mid", MID), ("tid", TID), ("cancelPrice", "3000"), ("confirmPrice", "9000")),
        *(("currency", "WON"), ("tax", "273"), ("taxfree", "0")),
        *(("timestamp", timestamp), ("signature", signature(timestamp))),
    ]


def test_what_is_not_given_is_not_posted(server: Server) -> None:
    full = post(server, {**CANCEL, "cancel_type": None})
    part = post(server, {**PARTIAL, "tax": None, "taxfree": None, "confirm_price": 0})
    assert [name for name, _ in full.fields] == ["payType", "mid", "tid", "price", "currency", "timestamp", "signature"]
    assert part.field("confirmPrice") == "0"
    assert not {"tax", "taxfree", "cancelType"} & dict([*full.fields, *part.fields]).keys()


def test_dollars_are_cents(server: Server) -> None:
    request = post(server, {**PARTIAL, "currency": "USD", "cancel_price": "1,050", "confirm_price": 10**21})
    assert [request.field(name) for name in ("cancelPrice", "confirmPrice")] == ["1050", "1" + "0" * 21]
    assert request.field("currency") == "USD"


ODD = [
    "한글 키",
    "a&b=c",
    "a+b",
    "100%",
    "a b",
    "😀",
    "~*-._",
    "x'\"<>",
    "a;b,c",
    "e\u0301",
    "%41",
    "\\",
    "#?/",
    "a\u3042b",
]


@pytest.mark.parametrize("text", ODD)
def test_odd_characters_are_encoded_once_and_signed_as_they_are(face: Open, server: Server, text: str) -> None:
    client = face(mid=text, sign_key=text, base_url=server.url)
    client.cancel(**{**CANCEL, "tid": f"tid{text}"})
    (request,) = server.requests
    assert (request.field("mid"), request.field("tid")) == (text, f"tid{text}")
    timestamp = request.field("timestamp")
    assert timestamp is not None
    mkey = hashlib.sha256(text.encode()).hexdigest()
    assert request.field("signature") == signature(timestamp, text, mkey)
    # As browsers encode forms: a space is a plus, and only * - . _ of the signs stay.
    encoded = quote_plus(text, safe="*-._").replace("~", "%7E").encode()
    assert b"&mid=" + encoded + b"&tid=tid" + encoded + b"&price=" in request.body
    assert request.body.isascii()


def test_an_mkey_stands_for_its_sign_key(server: Server) -> None:
    for mkey in (MKEY, MKEY.upper()):
        request = post(server, sign_key=None, mkey=mkey)
        assert request.field("signature") == signature(request.field("timestamp") or "")
    assert MKEY.encode() not in server.received


def test_the_key_itself_never_leaves(server: Server) -> None:
    post(server)
    post(server, PARTIAL)
    assert SIGN_KEY.encode() not in server.received
    assert MKEY.encode() not in server.received


@pytest.mark.parametrize("timestamp_format", ["kst", "epoch_ms"])
def test_the_concatenated_signature(server: Server, timestamp_format: str) -> None:
    request = post(server, signature_format="concatenated", timestamp_format=timestamp_format)
    plain = f"{MID}{MKEY}{request.field('timestamp')}"
    assert request.field("signature") == hashlib.sha256(plain.encode()).hexdigest()


def test_the_timestamp_is_now_in_korea(server: Server) -> None:
    before = datetime.now(KST).replace(microsecond=0)
    timestamp = post(server).field("timestamp")
    assert timestamp is not None and len(timestamp) == 14
    assert before <= kst(timestamp) <= datetime.now(KST)


def test_the_timestamp_in_milliseconds_is_now(server: Server) -> None:
    before = time.time_ns() // 1_000_000
    timestamp = post(server, timestamp_format="epoch_ms").field("timestamp")
    assert timestamp is not None and len(timestamp) == 13
    assert before <= int(timestamp) <= time.time_ns() // 1_000_000


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kathmandu", "UTC0", "XYZ-14", ""])
def test_the_timestamp_is_korean_in_any_time_zone(server: Server, zone: str) -> None:
    assert child.run("call.py", "client", settings(server.url), CANCEL, env={"TZ": zone})[0]["price"] == 12000
    timestamp = server.requests[0].field("timestamp")
    assert timestamp is not None
    assert abs(kst(timestamp) - datetime.now(KST)) < timedelta(minutes=1)


@pytest.mark.parametrize("suffix", ["/prefix/v1", "/prefix/v1/", "/", "/한글"])
def test_the_base_url_may_have_a_path(server: Server, suffix: str) -> None:
    with paywelcome.Client(**settings(server.url + suffix)) as client:
        client.cancel(**CANCEL)
        client.partial_cancel(**PARTIAL)
    prefix = {"/": "", "/한글": "/%ED%95%9C%EA%B8%80"}.get(suffix, "/prefix/v1")
    assert [request.path for request in server.requests] == [f"{prefix}/cancel/cancel", f"{prefix}/cancel/repay"]


def test_localhost_is_this_machine(server: Server) -> None:
    with paywelcome.Client(**settings(f"http://localhost:{server.port}")) as client:
        client.cancel(**CANCEL)
    assert server.requests[0].header("host") == [f"localhost:{server.port}"]


def test_the_production_and_the_test_host() -> None:
    for environment, host in (("test", "tpayapi"), ("production", "payapi")):
        client: Any = paywelcome.Client
        url = f"https://{host}.paywelcome.co.kr"
        assert client(mid=MID, sign_key=SIGN_KEY, environment=environment).base_url == url


@pytest.mark.parametrize("how", ["module", "client", "async"])
@pytest.mark.parametrize("arguments", [CANCEL, PARTIAL], ids=["cancel", "partial_cancel"])
def test_the_environment_variables(server: Server, how: str, arguments: dict[str, Any]) -> None:
    env = {"PAYWELCOME_MID": "fromenv", "PAYWELCOME_SIGN_KEY": "key from env", "PAYWELCOME_BASE_URL": server.url}
    (said,) = child.run("call.py", how, {}, arguments, env=env)
    assert said["mid"] == "fromenv"
    (request,) = server.requests
    mkey = hashlib.sha256(b"key from env").hexdigest()
    assert request.field("signature") == signature(request.field("timestamp") or "", "fromenv", mkey)


def test_the_mkey_may_come_from_the_environment(server: Server) -> None:
    env = {"PAYWELCOME_MID": MID, "PAYWELCOME_MKEY": MKEY, "PAYWELCOME_BASE_URL": server.url}
    env["PAYWELCOME_ENVIRONMENT"] = "production"
    assert child.run("call.py", "module", {}, CANCEL, env=env)[0]["class"] == "CancelReceipt"
    assert server.requests[0].field("signature") == signature(server.requests[0].field("timestamp") or "")


def test_what_is_given_beats_the_environment(server: Server) -> None:
    env = {"PAYWELCOME_MID": "fromenv", "PAYWELCOME_MKEY": "0" * 64, "PAYWELCOME_BASE_URL": "http://127.0.0.1:1"}
    env |= {"PAYWELCOME_SIGN_KEY": "another", "PAYWELCOME_ENVIRONMENT": "nonsense"}
    given = settings(server.url, environment="test")
    assert child.run("call.py", "client", given, CANCEL, env=env)[0]["mid"] == MID
    assert server.requests[0].field("signature") == signature(server.requests[0].field("timestamp") or "")


@pytest.mark.parametrize(
    ("env", "fields"),
    [
        ({}, ["mid", "sign_key", "environment"]),
        (
            {"PAYWELCOME_MID": "", "PAYWELCOME_SIGN_KEY": "", "PAYWELCOME_ENVIRONMENT": ""},
            ["mid", "sign_key", "environment"],
        ),
        ({"PAYWELCOME_MID": "m", "PAYWELCOME_SIGN_KEY": "k", "PAYWELCOME_ENVIRONMENT": "prod"}, ["environment"]),
        ({"PAYWELCOME_MID": "m", "PAYWELCOME_SIGN_KEY": "k", "PAYWELCOME_MKEY": "0" * 64}, ["mkey", "environment"]),
        ({"PAYWELCOME_MID": "m" * 11, "PAYWELCOME_SIGN_KEY": "k", "PAYWELCOME_BASE_URL": "x"}, ["mid", "base_url"]),
    ],
)
def test_variables_that_are_missing_or_wrong_are_all_named(env: dict[str, str], fields: list[str]) -> None:
    (said,) = child.run("call.py", "module", {}, CANCEL, env=env)
    assert said["class"] == "ConfigurationError"
    assert [error["field"] for error in said["errors"]] == fields


def test_a_burst_uses_a_connection_again_once_the_server_has_shown_that_it_keeps_them(server: Server) -> None:
    with paywelcome.Client(**settings(server.url)) as client:
        for calls in range(1, 20_000):
            client.cancel(**CANCEL)
            if len(server.connections) < calls:
                break
    assert len(server.connections) < len(server.requests)
