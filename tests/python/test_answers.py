"""Answers that are not as documented: compressed, in another charset, cut off, somebody else's, with other echoes."""

from __future__ import annotations

import gzip
import json
import logging
import pickle
import zlib
from collections.abc import Callable
from typing import Any

import pytest

import paywelcome
from faces import Face
from merchant import CANCEL, MID, PARTIAL, TID, reported, settings
from paywelcome.testing import Sandbox
from scripted import Connection, Request, Script, Server, answer, answer_and_close, done, http, stall

Serve = Callable[[Script], Server]
Open = Callable[..., Face]
PAGE = (
    "<!DOCTYPE html><html><head><title>차단</title></head>\r\n<body>Request <b>blocked</b>, support id 1234567</body>"
)


def body_of(request: Request) -> bytes:
    return done(request).partition(b"\r\n\r\n")[2]


def deflated(body: bytes) -> bytes:
    """What stands within zlib's format."""
    return zlib.compress(body)[2:-4]


PACKED: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "gzip": ("Content-Encoding: gzip", gzip.compress),
    "x-gzip": ("content-encoding: X-Gzip", gzip.compress),
    "deflate": ("Content-Encoding: deflate", zlib.compress),
    "deflate, bare": ("Content-Encoding: deflate", deflated),
    "two": ("Content-Encoding: deflate, gzip", lambda body: gzip.compress(zlib.compress(body))),
    "two lines": (
        "Content-Encoding: deflate\r\nContent-Encoding: gzip",
        lambda body: gzip.compress(zlib.compress(body)),
    ),
    "not said": ("X-Nothing: 1", gzip.compress),
    "not done": ("Content-Encoding: gzip", bytes),
}


@pytest.mark.parametrize("how", PACKED)
def test_what_is_compressed_though_nobody_asked(serve: Serve, face: Open, how: str) -> None:
    header, pack = PACKED[how]
    server = serve(answer_and_close(lambda request: http(pack(body_of(request)), headers=(header,))))
    client = face(**settings(server.url))
    assert client.cancel(**CANCEL).result_msg == "정상처리"
    assert client.partial_cancel(**PARTIAL).remaining_price == 9000
    assert [request.header("accept-encoding") for request in server.requests] == [["identity"]] * 2


@pytest.mark.parametrize(
    ("header", "body", "says"),
    [
        ("br", b"\x0b\x02\x80\x7b\x7d\x03", "is compressed by br, which was not asked for"),
        ("zstd", b"\x28\xb5\x2f\xfd", "is compressed by zstd"),
        ("gzip", b"\x1f\x8b\x08 no gzip", "says that it is compressed by gzip, and can't be decompressed"),
        ("deflate", b"\x00\x01\x02", "says that it is compressed by deflate"),
        ("gzip", gzip.compress(b" " * 300_000), "is too large"),
        ("deflate", zlib.compress(b" " * 300_000), "is too large"),
        ("deflate", deflated(b" " * 300_000), "is too large"),
        ("gzip, gzip", gzip.compress(gzip.compress(b" " * 50_000_000)), "is too large"),
    ],
)
def test_what_can_not_be_decompressed(serve: Serve, face: Open, header: str, body: bytes, says: str) -> None:
    server = serve(answer_and_close(http(body, headers=(f"Content-Encoding: {header}",))))
    with pytest.raises(paywelcome.OutcomeUnknownError, match=says) as caught:
        face(**settings(server.url)).cancel(**CANCEL)
    assert (caught.value.kind, caught.value.http_status, caught.value.raw) == ("malformed", 200, None)


@pytest.mark.parametrize("content_type", [None, "text/html", "application/json; charset=utf-8", "x/y;charset=latin1"])
@pytest.mark.parametrize("charset", ["utf-8", "euc-kr", "cp949"])
def test_the_charset_is_another_than_the_declared_one(
    serve: Serve, face: Open, charset: str, content_type: str | None
) -> None:
    def written(request: Request) -> bytes:
        fields = json.loads(body_of(request)) | ({"ResultCode": "E1"} if request.field("tid") == "declined" else {})
        return http(json.dumps(fields, ensure_ascii=False).encode(charset), content_type=content_type)

    client = face(**settings(serve(answer(written)).url))
    assert client.cancel(**CANCEL).result_msg == client.cancel(**CANCEL).raw["ResultMsg"] == "정상처리"
    with pytest.raises(paywelcome.DeclinedError) as declined:
        client.cancel(**{**CANCEL, "tid": "declined"})
    assert (declined.value.result_msg, declined.value.body_excerpt is not None) == ("정상처리", True)


@pytest.mark.parametrize("status", [200, 403, 503])
def test_a_firewalls_page(serve: Serve, face: Open, status: int) -> None:
    server = serve(answer(http(PAGE, status=status, content_type="text/html; charset=utf-8")))
    with pytest.raises(paywelcome.OutcomeUnknownError) as caught:
        face(**settings(server.url)).cancel(**CANCEL)
    error = caught.value
    assert error.kind == ("malformed" if status == 200 else "http_status")
    assert error.body_excerpt == "차단 Request blocked , support id 1234567"
    assert (error.content_type, error.raw) == ("text/html; charset=utf-8", None)
    told = json.loads(json.dumps(error.to_dict()))
    assert (told["body_excerpt"], told["content_type"]) == (error.body_excerpt, error.content_type)
    back = pickle.loads(pickle.dumps(error))
    assert (back.body_excerpt, back.content_type) == (error.body_excerpt, error.content_type)


def cut_off(how: str) -> Script:
    def script(connection: Connection) -> None:
        connection.request()
        connection.send(http(PAGE.encode()[:-14], content_type="text/html", length=5000))
        if how == "timeout":
            connection.end()

    return script


@pytest.mark.parametrize("how", ["timeout", "connection_lost"])
def test_what_came_of_an_answer_that_was_cut_off(serve: Serve, face: Open, how: str) -> None:
    client = face(**settings(serve(cut_off(how)).url, timeout=0.5 if how == "timeout" else 10))
    with pytest.raises(paywelcome.OutcomeUnknownError) as caught:
        client.cancel(**CANCEL)
    error = caught.value
    assert (error.kind, error.http_status, error.content_type) == (how, 200, "text/html")
    assert error.body_excerpt == "차단 Request blocked , support id"


def test_bytes_that_are_no_text(serve: Serve) -> None:
    server = serve(answer(http(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\xff\xfe\xfd\x1b[2Jend", content_type="image/png")))
    with paywelcome.Client(**settings(server.url)) as client, pytest.raises(paywelcome.OutcomeUnknownError) as caught:
        client.cancel(**CANCEL)
    assert caught.value.content_type == "image/png"
    assert caught.value.body_excerpt == "\ufffdPNG IHDR\ufffd[2Jend"


def test_no_answer_and_an_empty_one(serve: Serve) -> None:
    def nothing(connection: Connection) -> None:
        connection.request()

    for script, told in ((nothing, (None, None, None)), (answer(http("", content_type=None)), (200, None, ""))):
        client = paywelcome.Client(**settings(serve(script).url))
        with client, pytest.raises(paywelcome.OutcomeUnknownError) as caught:
            client.cancel(**CANCEL)
        assert (caught.value.http_status, caught.value.content_type, caught.value.body_excerpt) == told


def test_a_redirect_names_its_target_without_what_may_be_secret(serve: Serve) -> None:
    where = "Location: https://user:word@portal.example:8443/login?session=1#x"
    server = serve(answer(http("moved", status=302, headers=(where,))))
    with paywelcome.Client(**settings(server.url)) as client, pytest.raises(paywelcome.OutcomeUnknownError) as caught:
        client.cancel(**CANCEL)
    assert "a redirect to https://portal.example:8443/login, which is never followed" in str(caught.value)
    assert not {"user", "word", "session"} & set(str(caught.value).replace(":", " ").replace("@", " ").split())


def about(caplog: Any, level: int) -> list[dict[str, Any]]:
    return [record.paywelcome for record in caplog.records if record.levelno == level and hasattr(record, "paywelcome")]


def test_the_words_are_logged_at_debug(serve: Serve, face: Open, caplog: Any) -> None:
    client = face(**settings(serve(answer(http(PAGE, status=403, content_type="text/html"))).url))
    for level in (logging.INFO, logging.DEBUG):
        with caplog.at_level(level, "paywelcome"), pytest.raises(paywelcome.OutcomeUnknownError):
            client.cancel(**CANCEL, reference="refund-7")
    (told,) = [each for each in about(caplog, logging.DEBUG) if "body_excerpt" in each]
    assert told == {
        "operation": "cancel",
        "tid": TID,
        "reference": "refund-7",
        "http_status": 403,
        "content_type": "text/html",
        "body_excerpt": "차단 Request blocked , support id 1234567",
    }
    assert "support id 1234567" in caplog.text


# Echoes that need not agree.


def own_number(request: Request) -> bytes:
    """A gateway that gives each refund its own number in place of the payment's."""
    return done(request, Tid="REFUND-1")


def test_an_echo_that_is_required_by_default_names_the_setting(serve: Serve, face: Open) -> None:
    with pytest.raises(paywelcome.OutcomeUnknownError, match="required_echoes") as caught:
        face(**settings(serve(answer(own_number)).url)).cancel(**CANCEL)
    assert caught.value.kind == "mismatch"
    assert f"Tid is 'REFUND-1' where {TID} was asked" in str(caught.value)


def test_an_echo_that_is_not_required_is_told_and_logged(serve: Serve, face: Open, caplog: Any) -> None:
    client = face(**settings(serve(answer(own_number)).url, required_echoes=("price", "remaining_price")))
    for receipt in (client.cancel(**CANCEL, reference="refund-7"), client.partial_cancel(**PARTIAL)):
        (mismatch,) = receipt.mismatches
        assert isinstance(mismatch, paywelcome.Mismatch)
        assert (mismatch.field, mismatch.asked, mismatch.answered) == ("tid", TID, "REFUND-1")
        assert (receipt.tid, receipt.raw["Tid"]) == (TID, "REFUND-1")
        assert json.loads(json.dumps(receipt.to_dict()))["mismatches"] == [
            {"field": "tid", "asked": TID, "answered": "REFUND-1"}
        ]
        assert pickle.loads(pickle.dumps(receipt)) == receipt
        assert hash(receipt) == hash(pickle.loads(pickle.dumps(receipt)))
        with pytest.raises(AttributeError):
            mismatch.field = "price"  # type: ignore[misc]
        with pytest.raises(AttributeError):
            receipt.mismatches = ()
    full, _ = about(caplog, logging.WARNING)
    assert (full["operation"], full["tid"], full["reference"]) == ("cancel", TID, "refund-7")
    assert full["mismatches"] == [{"field": "tid", "asked": TID, "answered": "REFUND-1"}]
    assert "tid is 'REFUND-1' for " + TID in caplog.text


def test_a_receipt_whose_echoes_agree_has_no_mismatch_and_no_warning(sandbox: Sandbox, caplog: Any) -> None:
    client = sandbox.client(required_echoes=[])
    receipt = client.cancel(pay_type="card", tid=sandbox.approve(price=500), price=500)
    assert (receipt.mismatches, about(caplog, logging.WARNING)) == ((), [])


def test_what_is_missing_or_another_amount(serve: Serve, caplog: Any) -> None:
    def other(request: Request) -> bytes:
        return done(request, Tid=None, Price="1\n2", RmainPrice="0")

    with paywelcome.Client(**settings(serve(answer(other)).url, required_echoes=())) as client:
        receipt = client.partial_cancel(**PARTIAL)
    told = [(each.field, each.asked, each.answered) for each in receipt.mismatches]
    assert told == [("tid", TID, None), ("price", "3000", "1\n2"), ("remaining_price", "9000", "0")]
    assert (receipt.tid, receipt.price, receipt.remaining_price) == (TID, 3000, 9000)
    (record,) = caplog.records
    assert "tid is missing for " in record.getMessage() and "\n" not in record.getMessage()


@pytest.mark.parametrize("code", ["0", "000", "0000", "00 ", "０0"])
def test_no_setting_makes_another_code_a_success(serve: Serve, code: str) -> None:
    server = serve(answer(lambda request: done(request, ResultCode=code)))
    with (
        paywelcome.Client(**settings(server.url, required_echoes=())) as client,
        pytest.raises(paywelcome.OutcomeUnknownError) as caught,
    ):
        client.cancel(**CANCEL)
    assert caught.value.kind == "undocumented_code"


def test_a_decline_about_another_payment_stays_unknown(serve: Serve, face: Open) -> None:
    server = serve(answer(lambda request: done(request, ResultCode="01", Tid="ANOTHER")))
    with pytest.raises(paywelcome.OutcomeUnknownError) as caught:
        face(**settings(server.url, required_echoes=())).cancel(**CANCEL)
    assert (caught.value.kind, "ANOTHER" in str(caught.value)) == ("mismatch", True)


def test_an_echo_that_differs_is_warned_of_after_the_wait_was_given_up(serve: Serve, caplog: Any) -> None:
    told: list[paywelcome.Settled] = []
    server = serve(stall(own_number))
    client = paywelcome.Client(**settings(server.url, required_echoes=["price"], on_settled=told.append))

    class Stop(BaseException):
        pass

    def stop(*_: object) -> None:
        raise Stop

    import signal
    import threading

    def interrupt() -> None:
        server.await_requests()
        signal.raise_signal(signal.SIGUSR1)

    before = signal.signal(signal.SIGUSR1, stop)
    try:
        thread = threading.Thread(target=interrupt)
        thread.start()
        with pytest.raises(Stop):
            client.cancel(**CANCEL)
        thread.join()
    finally:
        signal.signal(signal.SIGUSR1, before)
    server.release()
    client.close()
    reported()
    (settled,) = told
    assert settled.receipt is not None and settled.receipt.mismatches[0].answered == "REFUND-1"
    assert [each["mismatches"][0]["field"] for each in about(caplog, logging.WARNING) if "mismatches" in each] == [
        "tid"
    ]


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("tid", "is a text"),
        (("tid", "mid"), "unknown name"),
        (["tid", "tid"], "twice"),
        ((None,), "is missing"),
        ((1,), "is a number"),
        ({"tid": True}, "is of type dict"),
        (iter(["tid"]), "iterator"),
        (True, "is a yes or no"),
    ],
)
@pytest.mark.parametrize("cls", [paywelcome.Client, paywelcome.AsyncClient])
def test_a_setting_that_names_no_echoes(cls: Any, value: Any, says: str) -> None:
    with pytest.raises(paywelcome.ConfigurationError, match=says) as caught:
        cls(**settings("http://127.0.0.1:1", required_echoes=value))
    assert [error.field for error in caught.value.errors] == ["required_echoes"]


@pytest.mark.parametrize("value", [None, (), [], {"tid"}, frozenset(["price"]), ["price", "tid", "remaining_price"]])
def test_any_collection_of_echoes(value: Any) -> None:
    paywelcome.Client(**settings("http://127.0.0.1:1", required_echoes=value)).close()


# Whom it was asked of.


def test_every_error_of_a_call_names_host_and_merchant(serve: Serve, face: Open) -> None:
    server = serve(answer(http("{}")))
    client = face(**settings(server.url))
    host = f"127.0.0.1:{server.port}"
    errors: list[paywelcome.PaywelcomeError] = []

    def fails(**arguments: Any) -> None:
        with pytest.raises(paywelcome.PaywelcomeError) as caught:
            client.cancel(**{**CANCEL, **arguments})
        errors.append(caught.value)

    fails()
    fails(price=0, reference="refund-7")
    fails(price=0, tid="")
    server.close()
    fails()
    client.close()
    fails()
    assert [error.kind for error in errors] == ["malformed", "invalid_request", "invalid_request", "connect", "closed"]
    for error in errors:
        assert (error.host, error.mid) == (host, MID)
        back = pickle.loads(pickle.dumps(error))
        assert (back.host, back.mid, error.to_dict()["host"], error.to_dict()["mid"]) == (host, MID, host, MID)
    assert [error.tid for error in errors] == [TID, TID, None, TID, TID]
    assert errors[1].reference == "refund-7"
    assert f": {host}: " in str(errors[3]) and f": {host}: " in str(errors[0])


def test_settings_that_are_wrong_name_what_is_right() -> None:
    right: dict[str, Any] = {"mid": MID, "sign_key": "made-up", "base_url": "https://gateway.example:8443/x"}
    for wrong, named in [
        ({"timeout": 0}, ("gateway.example:8443", MID)),
        ({"mid": ""}, ("gateway.example:8443", None)),
        ({"base_url": "ftp://x"}, (None, MID)),
        ({"on_settled": 5}, ("gateway.example:8443", MID)),
        ({"base_url": None, "environment": "production", "timeout": 0}, ("payapi.paywelcome.co.kr", MID)),
    ]:
        with pytest.raises(paywelcome.ConfigurationError) as caught:
            paywelcome.Client(**{**right, **wrong})
        assert (caught.value.host, caught.value.mid) == named
