"""The sandbox's rules, clock, merchants, balances and seeds, and its word on a wrong signature."""

from __future__ import annotations

import hashlib
import json
import pickle
import traceback
import urllib.parse
import urllib.request
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

import paywelcome
from merchant import MID, SIGN_KEY, kst
from paywelcome.testing import CommandError, InvalidArgumentError, NotFoundError, Payment, Sandbox


def cancel(gateway: Sandbox, tid: str, price: int = 1000, **asked: Any) -> paywelcome.CancelReceipt:
    with gateway.client() as client:
        return client.cancel(**{"pay_type": "card", "tid": tid, "price": price, **asked})


def part(gateway: Sandbox, tid: str, amount: int, left: int, **asked: Any) -> paywelcome.PartialCancelReceipt:
    with gateway.client() as client:
        asked = {"pay_type": "card", "tid": tid, "cancel_price": amount, "confirm_price": left, **asked}
        return client.partial_cancel(**asked)


def code(call: Callable[[], object]) -> str | None:
    with pytest.raises(paywelcome.DeclinedError) as caught:
        call()
    return caught.value.result_code


def test_rules_are_switched_and_come_back(sandbox: Sandbox) -> None:
    first = sandbox.rules
    assert (first.confirm_price, first.freshness_seconds) == ("enforced", None)
    tid = sandbox.approve(price=1000)
    assert code(lambda: part(sandbox, tid, 400, 1)) == "SBX405"
    changed = sandbox.set_rules(
        confirm_price="ignored", full_price="ignored", cancel_tid_length=22, already_cancelled_code="E1"
    )
    assert (changed.confirm_price, changed.timestamp, changed) == ("ignored", "both", sandbox.rules)
    part(sandbox, tid, 1000, 0)
    assert len(str(sandbox.payment(tid).cancels[0].cancel_tid)) == 22
    assert code(lambda: cancel(sandbox, tid)) == "E1"
    sandbox.reset()
    assert (sandbox.rules, sandbox.payments(), sandbox.requests(), sandbox.executions) == (first, [], [], 0)


def test_rules_from_the_start_outlive_a_reset() -> None:
    with Sandbox(rules={"timestamp": "13", "freshness_seconds": 60}) as gateway:
        for _ in range(2):
            assert (gateway.rules.timestamp, gateway.rules.freshness_seconds) == ("13", 60)
            assert code(lambda: cancel(gateway, gateway.approve(price=1000))) == "SBX110"
            gateway.set_rules(freshness_seconds="off", timestamp="14")
            assert gateway.rules.freshness_seconds is None
            gateway.reset()


@pytest.mark.parametrize(
    ("wrong", "word"), [({"timestamp": "15"}, "timestamp"), ({"x": 1}, "x"), ({"cancel_tid_length": 5}, "length")]
)
def test_rules_that_none_can_be(sandbox: Sandbox, wrong: dict[str, Any], word: str) -> None:
    with pytest.raises(ValueError, match=word):
        Sandbox(rules=wrong)
    with pytest.raises(InvalidArgumentError) as caught:
        sandbox.command("set_rules", **wrong)
    assert caught.value.argument is not None and word in caught.value.argument


@pytest.mark.parametrize(
    ("terms", "declined"),
    [
        ({"partially_cancellable": False}, "SBX305"),
        ({"pay_type": "vbank", "deposited": True}, "SBX307"),
        ({"escrow": True}, "SBX308"),
    ],
)
def test_terms_of_a_payment(sandbox: Sandbox, terms: dict[str, Any], declined: str) -> None:
    tid = sandbox.approve(price=1000, **terms)
    payment = sandbox.payment(tid)
    assert {name: getattr(payment, name) for name in terms} == terms
    pay_type = terms.get("pay_type", "card")
    assert code(lambda: part(sandbox, tid, 400, 600, pay_type=pay_type)) == declined
    assert sandbox.payment(tid) == payment


def test_a_phone_payment_of_last_month(sandbox: Sandbox) -> None:
    sandbox.set_clock("20260930235959")
    asked = {"pay_type": "hpp"}
    one, other = (sandbox.approve(price=1000, **asked) for _ in range(2))
    cancel(sandbox, one, **asked)
    assert sandbox.advance(1).now == "20261001000000"
    assert code(lambda: cancel(sandbox, other, **asked)) == "SBX306"
    old = sandbox.approve(price=1000, approved_at=kst("20260831120000"), **asked)
    assert sandbox.payment(old).approved_at == "20260831120000"
    assert code(lambda: cancel(sandbox, old, **asked)) == "SBX306"


def test_the_clock(sandbox: Sandbox) -> None:
    assert sandbox.clock.mode == "machine"
    assert sandbox.set_clock(datetime(2026, 9, 30, 15, 10, tzinfo=timezone.utc)).now == "20261001001000"
    assert sandbox.set_clock(datetime(2026, 9, 30, 15, 10)).now == "20260930151000"
    assert (sandbox.advance(-10).now, sandbox.clock.mode) == ("20260930150950", "fixed")
    assert sandbox.set_clock("20260930151000", mode="running").mode == "running"
    assert sandbox.set_clock(mode="machine").mode == "machine"
    with pytest.raises(InvalidArgumentError) as caught:
        sandbox.set_clock("20260231000000")
    assert caught.value.argument == "at"


def test_a_timestamp_that_is_not_fresh(sandbox: Sandbox) -> None:
    sandbox.set_rules(freshness_seconds=300)
    cancel(sandbox, sandbox.approve(price=1000))
    sandbox.advance(9 * 3600)
    with pytest.raises(paywelcome.DeclinedError, match="UTC") as caught:
        cancel(sandbox, sandbox.approve(price=1000))
    assert caught.value.result_code == "SBX112"


def test_two_merchants(sandbox: Sandbox) -> None:
    other = sandbox.add_merchant("sandbox002")
    assert other.mid == "sandbox002" and other.sign_key.startswith("paywelcome-sandbox-")
    mine, theirs = sandbox.approve(price=1000), sandbox.approve(price=1000, mid=other.mid)
    with other.client() as client:
        assert code(lambda: client.cancel(pay_type="card", tid=mine, price=1000)) == "SBX301"
        assert client.cancel(pay_type="card", tid=theirs, price=1000).tid == theirs
    with sandbox.add_merchant(MID, SIGN_KEY).client() as client:
        assert code(lambda: client.cancel(pay_type="card", tid=mine, price=1000)) == "SBX301"
    assert other.sign_key not in repr(other)
    with other.client(mkey=hashlib.sha256(other.sign_key.encode()).hexdigest()) as client:
        assert code(lambda: client.cancel(pay_type="card", tid=theirs, price=1000)) == "SBX401"


def test_a_wrong_merchant_shows_no_key(sandbox: Sandbox) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        sandbox.add_merchant("elevenchars", SIGN_KEY)
    assert caught.value.argument == "mid"
    shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    ours = [frame for frame in shown.stack if Path(frame.filename).parent.name == "testing"]
    assert ours and not any(SIGN_KEY in value for frame in ours for value in (frame.locals or {}).values())


def test_a_balance_that_is_short_and_enough_later(sandbox: Sandbox) -> None:
    sandbox.set_clock("20260930090000")
    tid = sandbox.approve(price=1000)
    sandbox.set_balance(999, credit=1, credit_at="20260930100000")
    assert code(lambda: cancel(sandbox, tid)) == "SBX501"
    sandbox.advance(3600)
    assert cancel(sandbox, tid).price == 1000
    sandbox.set_balance(None)
    cancel(sandbox, sandbox.approve(price=1000))
    with pytest.raises(NotFoundError):
        sandbox.set_balance(1, mid="nobody")


def test_a_balance_without_an_amount_is_no_limit(sandbox: Sandbox) -> None:
    other = sandbox.add_merchant("sandbox002")
    sandbox.set_balance(1)
    sandbox.set_balance(1, mid=other.mid)
    sandbox.set_balance(1, currency="USD")
    sandbox.set_balance()
    left = sandbox.command("balances")["balances"]
    assert [(each["mid"], each["currency"]) for each in left] == [(sandbox.mid, "USD"), (other.mid, "WON")]
    sandbox.set_balance(mid=other.mid)
    sandbox.set_balance(currency="USD")
    assert sandbox.command("balances")["balances"] == []
    with pytest.raises(InvalidArgumentError) as caught:
        sandbox.set_balance(credit=1, credit_at="20260930100000")
    assert caught.value.argument == "amount"


def test_a_rule_that_is_off_or_none_may_be_given_at_the_start() -> None:
    with Sandbox(rules={"freshness_seconds": "off", "confirm_price": None, "full_price": "ignored"}) as gateway:
        assert gateway.rules.freshness_seconds is None
        assert (gateway.rules.confirm_price, gateway.rules.full_price) == ("enforced", "ignored")


SEED: dict[str, Any] = {
    "clock": {"at": "20260930235900"},
    "rules": {"confirm_price": "ignored"},
    "merchants": [{"mid": "sandbox002"}],
    "payments": [{"price": 12000, "tid": "first"}, {"price": 500, "mid": "sandbox002", "pay_type": "hpp"}],
    "faults": [{"kind": "close", "tid": "first"}],
}


@pytest.mark.parametrize("form", [dict, str, Path])
def test_a_seed(sandbox: Sandbox, form: type, tmp_path: Path) -> None:
    file = tmp_path / "seed.json"
    file.write_text(json.dumps(SEED), encoding="utf-8")
    done = sandbox.seed(SEED if form is dict else form(file))
    assert [payment["price"] for payment in done["payments"]] == [12000, 500]
    assert isinstance(sandbox.payments()[0], Payment) and sandbox.payments()[0].tid == "first"
    assert (sandbox.clock.now, sandbox.rules.confirm_price) == ("20260930235900", "ignored")
    assert [fault.kind for fault in sandbox.faults()] == ["close"]


def test_a_seed_that_is_wrong(sandbox: Sandbox) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        sandbox.seed({"payments": [{"price": 1}, {"price": 0}]})
    assert caught.value.argument == "payments[1].price"
    with pytest.raises(InvalidArgumentError) as caught:
        sandbox.seed({"payment": []})
    assert caught.value.argument == "payment"
    with pytest.raises(OSError):
        sandbox.seed("no such file")


def test_any_command(sandbox: Sandbox) -> None:
    assert sandbox.command("info")["url"] == sandbox.url
    listed = {command["name"] for command in sandbox.command("commands")["commands"]}
    assert {"approve", "arm", "events", "seed"} <= listed
    with pytest.raises(LookupError) as caught:
        sandbox.command("explode")
    error = caught.value
    assert isinstance(error, CommandError) and (error.code, error.argument) == ("unknown_command", None)
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), again.code) == (type(error), str(error), error.code)
    with pytest.raises(ValueError):
        sandbox.command("info", stranger=1)


def post(gateway: Sandbox, tid: str, sign: Callable[[str], str]) -> dict[str, str]:
    """A client as a merchant writes it by hand, from the guide."""
    timestamp = "20260930151000"
    fields = {
        "payType": "card",
        "mid": gateway.mid,
        "tid": tid,
        "price": "1000",
        "currency": "WON",
        "timestamp": timestamp,
        "signature": sign(timestamp),
    }
    url = f"{gateway.url}/cancel/cancel"
    with urllib.request.urlopen(url, urllib.parse.urlencode(fields).encode(), timeout=10) as answer:
        told: dict[str, str] = json.load(answer)
        return told


def test_a_key_that_is_not_hashed_is_found(sandbox: Sandbox) -> None:
    tid = sandbox.approve(price=1000)

    def unhashed(timestamp: str) -> str:
        text = f"mid={sandbox.mid}&mkey={sandbox.sign_key}&timestamp={timestamp}"
        return hashlib.sha256(text.encode()).hexdigest()

    answer = post(sandbox, tid, unhashed)
    assert answer["ResultCode"] == "ERR206" and "the sign key is not hashed" in answer["ResultMsg"]
    (request,) = sandbox.requests()
    assert request.explanation is not None
    assert request.explanation.mistakes == ["sign_key_not_hashed"]
    assert request.explanation.korean and request.explanation.english
    assert not request.executed and request.fault is None
    assert sandbox.sign_key not in repr(request)


def test_another_merchants_key_is_found(sandbox: Sandbox) -> None:
    other = sandbox.add_merchant("sandbox002")
    with sandbox.client(sign_key=other.sign_key) as client, pytest.raises(paywelcome.DeclinedError) as caught:
        client.cancel(pay_type="card", tid=sandbox.approve(price=1000), price=1000)
    assert caught.value.result_code == "ERR206"
    explanation = sandbox.requests()[-1].explanation
    assert explanation is not None and explanation.mistakes == ["other_merchants_key"]


def test_a_request_tells_the_bytes_of_both_sides(sandbox: Sandbox) -> None:
    tids = [sandbox.approve(price=1000) for _ in range(3)]
    for tid in tids:
        cancel(sandbox, tid)
    first, *_ = requests = sandbox.requests()
    assert [request.number for request in requests] == [1, 2, 3]
    assert first.received.text.startswith("POST /cancel/cancel HTTP/1.1\r\n") and tids[0] in first.received.text
    assert first.sent.text.startswith("HTTP/1.1 200 OK\r\n") and "X-Paywelcome-Sandbox: 1" in first.sent.text
    assert (len(first.sent.data), first.sent.truncated) == (first.sent.length, False)
    assert sandbox.requests(latest=2) == requests[1:] and sandbox.requests(tid=tids[0]) == [first]
    sandbox.arm("euc_kr")
    cancel(sandbox, sandbox.approve(price=1000))
    korean = sandbox.requests()[-1].sent
    assert b"charset=euc-kr" in korean.data and "\ufffd" in korean.text


def test_where_it_leads_others(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in sandbox.environment.items():
        monkeypatch.setenv(name, value)
    with paywelcome.Client() as client:
        assert client.cancel(pay_type="card", tid=sandbox.approve(price=1), price=1).price == 1
    with urllib.request.urlopen(sandbox.inspector, timeout=10) as page:
        assert page.status == 200


@pytest.mark.parametrize("host", ["localhost", "0.0.0.0", "192.0.2.1"])
def test_only_this_machine_reaches_it(host: str) -> None:
    with pytest.raises(ValueError):
        Sandbox(host=host)


def test_what_was_to_be_applied_late_is_not_applied_after_a_reset() -> None:
    tid, fence = "T" * 40, "F" * 40
    with Sandbox() as bank:
        for reset, name in ((True, tid), (False, fence)):
            bank.command("approve", price=1_000, tid=name)
            bank.arm("close", when="late", late_ms=150, tid=name)
            with bank.client() as client, pytest.raises(paywelcome.OutcomeUnknownError):
                client.cancel(pay_type="card", tid=name, price=1_000)
            if reset:
                bank.reset()
                bank.command("approve", price=1_000, tid=name)
        # The later of the two is applied, so the earlier one would have been.
        bank.wait_until(lambda: bank.payment(fence).remaining == 0)
        assert bank.payment(tid).remaining == 1_000
