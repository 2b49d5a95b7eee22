"""The test vectors that all languages share, by the one rule of their README."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

import paywelcome
from merchant import MID, SIGN_KEY, TID
from scripted import Connection, Server, http

VECTORS = Path(__file__).parent.parent / "vectors"
INDEX: dict[str, int] = json.loads((VECTORS / "index.json").read_text("utf-8"))["suites"]

SIGNING = {"mid", "signKey", "mkey", "signatureFormat", "timestampFormat", "at"}
RECEIPT = {"resultCode", "resultMsg", "mid", "tid", "moid", "price", "cancelDate", "cancelTime", "cancelledAt"}
RECEIPT |= {"cancelTid", "remainingPrice", "mismatches"}
ARGS = {"payType", "tid", "price", "currency", "cancelType", "cancelPrice", "confirmPrice", "tax", "taxfree"}
OPTIONS = {
    *("mid", "signKey", "mkey", "environment", "baseUrl", "timeoutSeconds", "connectTimeoutSeconds"),
    *("connectRetries", "signatureFormat", "timestampFormat", "requiredEchoes", "proxy", "caBundle", "trustEnv"),
}
KNOWN: dict[str, tuple[set[str], set[str]]] = {
    "signature": (SIGNING, {"timestamp", "signature"}),
    "request": (SIGNING | {"operation", "args"}, {"form", "fields"}),
    "amount": ({"currency", "value"}, {"posted", "refused"}),
    "reply": (
        {"operation", "args", "status", "contentType", "contentEncoding", "requiredEchoes", "body", "bodyHex"},
        {"receipt", "outcome", "kind", "httpStatus", "resultCode", "resultMsg", "bodyExcerpt"},
    ),
    "error": ({"options"}, {"fields", "baseUrl"}),
}
CLASSES = {"declined": paywelcome.DeclinedError, "unknown": paywelcome.OutcomeUnknownError}


def read(suite: str) -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = json.loads((VECTORS / f"{suite}.json").read_text("utf-8"))
    return cases


def each_of(suite: str) -> pytest.MarkDecorator:
    cases = read(suite)
    return pytest.mark.parametrize("case", cases, ids=[case["name"] for case in cases])


def snake(name: str) -> str:
    return re.sub("[A-Z]", lambda capital: f"_{capital[0].lower()}", name).removesuffix("_seconds")


def python_names(values: dict[str, Any]) -> dict[str, Any]:
    return {snake(name): value for name, value in values.items()}


def test_every_suite_is_known() -> None:
    assert set(INDEX) == set(KNOWN)
    assert {path.stem for path in VECTORS.glob("*.json")} == {*KNOWN, "index"}


@pytest.mark.parametrize("suite", KNOWN)
def test_every_case_is_counted_and_has_a_name_of_its_own(suite: str) -> None:
    names = [case["name"] for case in read(suite)]
    assert len(names) == INDEX[suite]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("suite", KNOWN)
def test_no_case_has_an_unknown_field(suite: str) -> None:
    given, expect = KNOWN[suite]
    for case in read(suite):
        assert set(case) <= {"name", "given", "expect", "node"}, case
        assert set(case["given"]) <= given, case
        assert case["expect"] and set(case["expect"]) <= expect, case
        assert set(case["given"].get("args", {})) <= ARGS, case
        assert set(case["given"].get("options", {})) <= OPTIONS, case
        assert set(case["expect"].get("receipt", {})) <= RECEIPT, case


def signing_client(given: dict[str, Any]) -> paywelcome.Client:
    names = SIGNING - {"at"}
    return paywelcome.Client(environment="test", **{snake(name): given.get(name) for name in names})


def form_of(client: paywelcome.Client, operation: str, at: int, args: dict[str, Any]) -> str:
    """Returns the form; an absent currency is WON, as in the signatures of the methods."""
    core, currency = client._core, args.get("currency")
    currency = "WON" if currency is None else currency
    if operation == "cancel":
        assert set(args) <= {"payType", "tid", "price", "currency", "cancelType"}
        named = [args.get(name) for name in ("payType", "tid", "price")]
        return core.cancel_form(at, (*named, currency, args.get("cancelType"), None, None, None))
    assert operation == "partial_cancel"
    assert set(args) <= {"payType", "tid", "cancelPrice", "confirmPrice", "currency", "tax", "taxfree"}
    named = [args.get(name) for name in ("payType", "tid", "cancelPrice", "confirmPrice")]
    return core.partial_cancel_form(at, (*named, currency, args.get("tax"), args.get("taxfree"), None, None, None))


@each_of("signature")
def test_signature(case: dict[str, Any]) -> None:
    given, expect = case["given"], case["expect"]
    args = {"payType": "card", "tid": TID, "price": 1000}
    form = parse_qs(form_of(signing_client(given), "cancel", given["at"], args), strict_parsing=True)
    assert form["timestamp"] == [expect["timestamp"]]
    assert form["signature"] == [expect["signature"]]


@each_of("request")
def test_request(case: dict[str, Any]) -> None:
    given, expect = case["given"], case["expect"]
    client = signing_client(given)
    if "form" in expect:
        assert form_of(client, given["operation"], given["at"], given["args"]) == expect["form"]
        return
    with pytest.raises(paywelcome.InvalidRequestError) as caught:
        form_of(client, given["operation"], given["at"], given["args"])
    assert [error["field"] for error in caught.value.errors] == [snake(name) for name in expect["fields"]]
    assert caught.value.operation == given["operation"]


@each_of("amount")
def test_amount(case: dict[str, Any]) -> None:
    given, expect = case["given"], case["expect"]
    client = paywelcome.Client(mid=MID, sign_key=SIGN_KEY, environment="test")
    args = {"payType": "card", "tid": TID, "price": given.get("value"), "currency": given["currency"]}
    if "posted" in expect:
        form = parse_qs(form_of(client, "cancel", 1790751900123, args), strict_parsing=True)
        assert form["price"] == [expect["posted"]]
        return
    assert expect == {"refused": True}
    with pytest.raises(paywelcome.InvalidRequestError) as caught:
        form_of(client, "cancel", 1790751900123, args)
    assert [error["field"] for error in caught.value.errors] == ["price"]


@each_of("error")
def test_error(case: dict[str, Any]) -> None:
    options, expect = python_names(case["given"]["options"]), case["expect"]
    if "baseUrl" in expect:
        assert paywelcome.Client(**options).base_url == expect["baseUrl"]
        return
    with pytest.raises(paywelcome.ConfigurationError) as caught:
        paywelcome.Client(**options)
    assert [error["field"] for error in caught.value.errors] == [snake(name) for name in expect["fields"]]
    with pytest.raises(paywelcome.ConfigurationError):
        paywelcome.AsyncClient(**options)


class Replies:
    """A server that answers with the bytes of the case at hand, and clients of it."""

    def __init__(self) -> None:
        self.bytes = b""
        self.server = Server(self._answer)
        self.clients: dict[tuple[str, ...] | None, tuple[paywelcome.Client, paywelcome.AsyncClient]] = {}

    def _answer(self, connection: Connection) -> None:
        connection.request()
        connection.send(self.bytes)

    def _clients(self, echoes: list[str] | None) -> tuple[paywelcome.Client, paywelcome.AsyncClient]:
        names = None if echoes is None else tuple(map(snake, echoes))
        if names not in self.clients:
            settings: dict[str, Any] = {"mid": MID, "sign_key": SIGN_KEY, "base_url": self.server.url}
            settings["required_echoes"] = names
            self.clients[names] = paywelcome.Client(**settings), paywelcome.AsyncClient(**settings)
        return self.clients[names]

    def sync(self, echoes: list[str] | None, operation: str, arguments: dict[str, Any]) -> Any:
        client, _ = self._clients(echoes)
        return getattr(client, operation)(**arguments)

    def asyncio(self, echoes: list[str] | None, operation: str, arguments: dict[str, Any]) -> Any:
        _, client = self._clients(echoes)
        return asyncio.run(getattr(client, operation)(**arguments))


@pytest.fixture(scope="module")
def replies() -> Iterator[Replies]:
    replies = Replies()
    yield replies
    replies.server.close()


@pytest.mark.parametrize("call", [Replies.sync, Replies.asyncio], ids=["sync", "asyncio"])
@each_of("reply")
def test_reply(
    case: dict[str, Any], call: Callable[[Replies, list[str] | None, str, dict[str, Any]], Any], replies: Replies
) -> None:
    given, expect = case["given"], case["expect"]
    body = bytes.fromhex(given["bodyHex"]) if "bodyHex" in given else given["body"].encode()
    kind, coding, echoes = given.get("contentType"), given.get("contentEncoding"), given.get("requiredEchoes")
    headers = ("Connection: close",) if coding is None else ("Connection: close", f"Content-Encoding: {coding}")
    replies.bytes = http(body, status=given["status"], content_type=kind, headers=headers)
    sent = len(replies.server.requests)
    arguments = {"pay_type": "card", **python_names(given["args"])}
    if "receipt" in expect:
        receipt = call(replies, echoes, given["operation"], arguments)
        at = receipt.cancelled_at
        assert at is None or at.utcoffset() == timedelta(hours=9)
        for name, value in expect["receipt"].items():
            if name == "cancelledAt":
                assert (at and round(at.timestamp() * 1000)) == value
            elif name == "mismatches":
                found = [(each.field, each.asked, each.answered) for each in receipt.mismatches]
                assert found == [(snake(each["field"]), each["asked"], each["answered"]) for each in value]
            else:
                assert getattr(receipt, snake(name)) == value, name
    else:
        with pytest.raises(paywelcome.PaywelcomeError) as caught:
            call(replies, echoes, given["operation"], arguments)
        error = caught.value
        assert (error.outcome, error.kind) == (expect["outcome"], expect["kind"])
        assert type(error) is CLASSES[expect["outcome"]]
        for name in ("httpStatus", "resultCode", "resultMsg", "bodyExcerpt"):
            if name in expect:
                assert getattr(error, snake(name)) == expect[name], name
    assert len(replies.server.requests) == sent + 1, "a request was sent again"
