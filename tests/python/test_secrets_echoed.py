"""A gateway that repeats the key, the mkey or the signature, wherever and however: none of it is shown."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import pickle
from collections.abc import Callable
from typing import Any

import pytest

import paywelcome
from merchant import CANCEL, PARTIAL
from planted import MKEY, PLANTED, clean, clean_error, forms_of, planted
from scripted import Request, Script, Server, answer_and_close, http

Serve = Callable[[Script], Server]


def said(request: Request) -> str:
    """All secrets in all forms that stand for themselves in any text."""
    secrets = (PLANTED, MKEY, request.field("signature") or "")
    return " | ".join(form for secret in secrets for form in forms_of(secret) if "\\" not in form)


def answered(request: Request, **more: Any) -> dict[str, Any]:
    form = dict(request.fields)
    price = form.get("cancelPrice", form.get("price"))
    return {"ResultCode": "00", "ResultMsg": "ok", "Tid": form["tid"], "Price": price} | more


def as_json(fields: dict[str, Any], ascii_only: bool = False) -> bytes:
    return http(json.dumps(fields, ensure_ascii=ascii_only))


def escaped(request: Request) -> bytes:
    """Every letter of a secret as an escape, and slashes as PHP writes them."""
    secrets = (PLANTED, MKEY, request.field("signature") or "")
    forms = " ".join(form for secret in secrets for form in forms_of(secret) if "\\" in form)
    body = json.dumps(answered(request, ResultMsg="HERE", Moid="HERE", HERE="HERE", Other=[{"HERE": ["HERE"]}]))
    return http(body.replace("HERE", forms))


GZIP = ("Content-Encoding: gzip",)
FIELDS = ["ResultMsg", "Mid", "Moid", "C_Tid", "CancelDate", "CancelTime", "Unknown"]
TOLD: dict[str, Callable[[Request], bytes]] = {
    "every field": lambda r: as_json(answered(r, **dict.fromkeys(FIELDS, said(r)))),
    "every field, escaped": escaped,
    "ascii": lambda r: as_json(answered(r, ResultMsg=said(r)), ascii_only=True),
    "a key": lambda r: as_json(answered(r, **{said(r): said(r)})),
    "nested": lambda r: as_json(answered(r, Other=[{said(r): [said(r), {"x": said(r)}]}])),
    "ResultCode": lambda r: as_json(answered(r, ResultCode=said(r))),
    "Tid": lambda r: as_json(answered(r, Tid=said(r))),
    "Price": lambda r: as_json(answered(r, Price=said(r))),
    "RmainPrice": lambda r: as_json(answered(r, RmainPrice=said(r))),
    "a decline": lambda r: as_json(answered(r, ResultCode="01", ResultMsg=said(r))),
    "another code": lambda r: as_json(answered(r, ResultCode="0000", ResultMsg=said(r))),
    "broken JSON": lambda r: http('{"ResultCode":"00","ResultMsg":"' + said(r)),
    "no object": lambda r: http(json.dumps([said(r)])),
    "html": lambda r: http(f"<html>{said(r)}</html>", content_type="text/html"),
    "no UTF-8": lambda r: http(said(r).encode() + b"\xff"),
    "EUC-KR": lambda r: http(json.dumps(answered(r, ResultMsg=said(r)), ensure_ascii=False).encode("euc-kr")),
    "half a letter before it": lambda r: http(
        json.dumps(answered(r, ResultMsg="@" + said(r))).encode().replace(b"@", b"\xb0")
    ),
    "two bytes a letter": lambda r: http(said(r).encode("utf-16-le"), content_type="text/html"),
    "compressed": lambda r: http(gzip.compress(f"<p>{said(r)}</p>".encode()), headers=GZIP),
    "compressed, and cut off": lambda r: http(
        gzip.compress(said(r).encode())[:-30], headers=("Content-Encoding: gzip",)
    ),
    "cut off": lambda r: http("x" * 400 + said(r)[:-20], length=10_000),
    "another coding": lambda r: http(said(r), headers=(f"Content-Encoding: {MKEY}",)),
    "a long page": lambda r: http("<html>" + "<p>" * 400 + "x" * 430 + said(r), content_type="text/html"),
    "the charset": lambda r: http("{", content_type=f"application/json; charset={MKEY}"),
    "a 500": lambda r: http(json.dumps({"ResultMsg": said(r)}), status=500),
    "a redirect": lambda r: http(b"", status=302, headers=(f"Location: /{MKEY}?{r.field('signature')}",)),
    "the headers": lambda r: http("{", headers=(f"X-{MKEY}: {r.field('signature')}", f"Set-Cookie: {MKEY}")),
    "a broken header": lambda r: f"HTTP/1.1 200 OK\r\n{said(r)}\r\n\r\n".encode(),
    "the reason": lambda r: f"HTTP/1.1 400 {MKEY} {r.field('signature')}\r\nContent-Length: 0\r\n\r\n".encode(),
    "the status line": lambda r: f"{said(r)}\r\n\r\n".encode(),
    "the version": lambda r: f"HTTP/{MKEY} 200 OK\r\n\r\n".encode(),
    "the length": lambda r: f"HTTP/1.1 200 OK\r\nContent-Length: {MKEY}\r\n\r\n".encode(),
    "a chunk": lambda r: f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{MKEY};{MKEY}\r\n".encode(),
}


def clean_receipt(receipt: Any, signature: str) -> None:
    shown = [repr(receipt), str(receipt), json.dumps(receipt.raw, ensure_ascii=False), repr(receipt.__reduce__())]
    shown += [repr(pickle.dumps(receipt, protocol)) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)]
    shown += [repr(getattr(receipt, name)) for name in dir(receipt)]
    for text in shown:
        clean(text, "a receipt")
        assert signature not in text.lower()


@pytest.mark.parametrize("how", TOLD)
def test_what_is_repeated_is_not_shown(serve: Serve, caplog: Any, how: str) -> None:
    server = serve(answer_and_close(TOLD[how]))
    client, async_client = paywelcome.Client(**planted(server.url)), paywelcome.AsyncClient(**planted(server.url))
    calls: list[Callable[[], Any]] = [
        lambda: client.cancel(**CANCEL),
        lambda: client.partial_cancel(**PARTIAL),
        lambda: asyncio.run(async_client.cancel(**CANCEL)),
    ]
    with caplog.at_level(logging.NOTSET):
        for call in calls:
            try:
                receipt = call()
            except paywelcome.PaywelcomeError as error:
                assert error.outcome in ("unknown", "declined")
                clean_error(error)
            else:
                clean_receipt(receipt, server.requests[-1].field("signature") or "-")
    assert len(server.requests) == 3
    for record in caplog.records:
        clean(record.getMessage() + repr(vars(record)), "a log record")


def test_what_is_hidden_changes_nothing_else(serve: Serve) -> None:
    server = serve(answer_and_close(lambda r: as_json(answered(r, ResultMsg=f"a {MKEY} b", Moid=f"{PLANTED}!"))))
    with paywelcome.Client(**planted(server.url)) as client:
        receipt = client.cancel(**CANCEL)
    assert (receipt.result_msg, receipt.moid, receipt.price) == ("a (hidden) b", "(hidden)!", 12000)
    assert receipt.raw["ResultMsg"] == "a (hidden) b"


def test_a_client_of_an_mkey_hides_it(serve: Serve) -> None:
    server = serve(answer_and_close(lambda r: as_json(answered(r, ResultMsg=f"{MKEY} {r.field('signature')}"))))
    for mkey in (MKEY, MKEY.upper()):
        with paywelcome.Client(**planted(server.url, sign_key=None, mkey=mkey)) as client:
            clean_receipt(client.cancel(**CANCEL), server.requests[-1].field("signature") or "-")
