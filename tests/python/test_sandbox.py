"""The sandbox as merchants use it in their own tests."""

from __future__ import annotations

import socket
from typing import Any

import pytest

import paywelcome
from merchant import MID, SIGN_KEY
from paywelcome.testing import Sandbox


def test_as_the_documentation_shows() -> None:
    with Sandbox() as gateway:
        tid = gateway.approve(price=12000, pay_type="card")
        gateway.client().cancel(pay_type="card", tid=tid, price=12000)
        assert gateway.payment(tid).remaining == 0


def test_a_payment_tells_its_story(sandbox: Sandbox) -> None:
    tid = sandbox.approve(price=10000, pay_type="vbank", currency="USD", moid="order-7")
    payment = sandbox.payment(tid)
    assert (payment.tid, payment.mid, payment.moid) == (tid, sandbox.mid, "order-7")
    assert (payment.pay_type, payment.currency, payment.price) == ("vbank", "USD", 10000)
    assert (payment.cancelled, payment.remaining, payment.cancels) == (0, 10000, [])
    with sandbox.client() as client:
        asked: dict[str, Any] = {"pay_type": "vbank", "tid": tid, "currency": "USD"}
        part = client.partial_cancel(**asked, cancel_price=4000, confirm_price=6000)
        rest = client.partial_cancel(**asked, cancel_price=6000, confirm_price=0)
    now = sandbox.payment(tid)
    assert (payment.remaining, now.cancelled, now.remaining) == (10000, 10000, 0)
    assert [(cancel.operation, cancel.amount, cancel.remaining) for cancel in now.cancels] == [
        ("partial_cancel", 4000, 6000),
        ("partial_cancel", 6000, 0),
    ]
    assert [cancel.cancel_tid for cancel in now.cancels] == [part.cancel_tid, rest.cancel_tid]
    assert all(len(cancel.date_time) == 14 for cancel in now.cancels)


def test_a_tid_has_the_gateways_shape(sandbox: Sandbox) -> None:
    tids = [sandbox.approve(price=1) for _ in range(50)]
    assert len(set(tids)) == 50
    for tid in tids:
        assert len(tid) == 40 and tid[10:20] == sandbox.mid and tid[20:].isdigit()
    assert [payment.tid for payment in sandbox.payments()] == tids


def test_the_requests_are_told_in_order(sandbox: Sandbox) -> None:
    tid = sandbox.approve(price=500)
    with sandbox.client() as client:
        with pytest.raises(paywelcome.DeclinedError):
            client.cancel(pay_type="card", tid=tid, price=499)
        client.cancel(pay_type="card", tid=tid, price=500)
    declined, done = sandbox.requests()
    assert (declined.method, declined.path, declined.status) == ("POST", "/cancel/cancel", 200)
    assert (declined.executed, done.executed) == (False, True)
    assert declined.result_code not in ("00", None) and done.result_code == "00"
    assert list(done.fields) == ["payType", "mid", "tid", "price", "currency", "timestamp", "signature"]
    assert (sandbox.executions, sandbox.request_count) == (1, 2)
    with pytest.raises(AttributeError):
        done.executed = False


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"price": 1000}, {"price": 1000}),
        ({"cancel_price": 400, "confirm_price": 600}, {"price": 1000}),
        (None, {"price": 999}),
        (None, {"price": 1000, "currency": "USD"}),
        (None, {"price": 1000, "pay_type": "hpp"}),
        (None, {"cancel_price": 1001, "confirm_price": 0}),
        (None, {"cancel_price": 400, "confirm_price": 1000}),
        (None, {"price": 1000, "tid": "unknown"}),
    ],
)
def test_it_declines_what_the_gateway_would(
    sandbox: Sandbox, first: dict[str, Any] | None, second: dict[str, Any]
) -> None:
    usual = {"pay_type": "card", "tid": sandbox.approve(price=1000)}

    def call(client: Any, arguments: dict[str, Any]) -> Any:
        return (client.cancel if "price" in arguments else client.partial_cancel)(**{**usual, **arguments})

    with sandbox.client() as client:
        if first is not None:
            call(client, first)
        before = sandbox.payment(usual["tid"])
        with pytest.raises(paywelcome.DeclinedError) as caught:
            call(client, second)
    assert caught.value.result_msg
    assert sandbox.payment(usual["tid"]) == before
    assert sandbox.executions == (first is not None)


@pytest.mark.parametrize("wrong", [{"sign_key": "another"}, {"mid": "another"}, {"signature_format": "concatenated"}])
def test_it_declines_another_merchants_signature(sandbox: Sandbox, wrong: dict[str, str]) -> None:
    tid = sandbox.approve(price=1000)
    with sandbox.client(**wrong) as client, pytest.raises(paywelcome.DeclinedError):
        client.cancel(pay_type="card", tid=tid, price=1000)
    assert sandbox.executions == 0


def test_a_merchant_of_ones_own() -> None:
    with Sandbox(mid=MID, sign_key=SIGN_KEY) as gateway:
        assert (gateway.mid, gateway.sign_key) == (MID, SIGN_KEY)
        with paywelcome.Client(mid=MID, sign_key=SIGN_KEY, base_url=gateway.url) as client:
            assert client.cancel(pay_type="hpp", tid=gateway.approve(price=1, pay_type="hpp"), price=1).price == 1


def test_two_at_once_know_nothing_of_each_other() -> None:
    with Sandbox() as one, Sandbox() as other:
        assert one.url != other.url
        tid = one.approve(price=1000)
        with other.client() as client, pytest.raises(paywelcome.DeclinedError):
            client.cancel(pay_type="card", tid=tid, price=1000)
        with pytest.raises(KeyError):
            other.payment(tid)
        assert (one.request_count, other.request_count) == (0, 1)


def test_the_with_block_closes_it_and_keeps_the_ledger() -> None:
    with Sandbox() as gateway:
        tid = gateway.approve(price=1000)
        client = gateway.client(connect_retries=0)
        port = int(gateway.url.rpartition(":")[2])
    with pytest.raises(paywelcome.NotSentError):
        client.cancel(pay_type="card", tid=tid, price=1000)
    assert gateway.payment(tid).remaining == 1000
    gateway.close()
    with Sandbox(port=port) as again:
        assert again.url == gateway.url


def test_a_port_that_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError):
        Sandbox(port=taken.getsockname()[1])


@pytest.mark.parametrize("wrong", [{"mid": ""}, {"mid": "elevenchars"}, {"mid": "상점"}, {"sign_key": ""}])
def test_a_merchant_that_none_can_be(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError):
        Sandbox(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "wrong",
    [{"price": 0}, {"pay_type": "Card"}, {"currency": "KRW"}, {"moid": ""}, {"moid": "m" * 65}],
)
def test_a_payment_that_none_can_be(sandbox: Sandbox, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        sandbox.approve(**{"price": 1000, **wrong})
    assert sandbox.payments() == []
