"""Every outcome rehearsed against the sandbox: what the client is told, and what the ledger says."""

from __future__ import annotations

import socket
import ssl
import threading
from typing import Any

import pytest

import paywelcome
from merchant import GUARD
from paywelcome.testing import Fault, InvalidArgumentError, Sandbox, UnavailableError

# What each kind needs to be quick, and whether the client still gets its receipt.
KINDS: dict[str, tuple[dict[str, Any], str]] = {
    "close": ({}, "connection_lost"),
    "reset": ({}, "connection_lost"),
    "stall": ({}, "timeout"),
    "trickle": ({"ms": 50}, "timeout"),
    "truncated_json": ({}, "malformed"),
    "length_too_long": ({}, "connection_lost"),
    "length_too_short": ({}, "malformed"),
    "empty_body": ({}, "malformed"),
    "html": ({}, "malformed"),
    "redirect": ({"location": "http://127.0.0.1:1/"}, "redirect"),
    "status": ({"status": 503}, "http_status"),
    "missing_key": ({}, "malformed"),
    "result_code": ({}, "undocumented_code"),
    "duplicate_key": ({"conflicting": True}, "malformed"),
    "wrong_amount": ({}, "mismatch"),
    "wrong_tid": ({}, "mismatch"),
    "huge_body": ({}, "malformed"),
}


def cancel(gateway: Sandbox, tid: str, **settings: Any) -> paywelcome.CancelReceipt:
    with gateway.client(**{"timeout": GUARD, **settings}) as client:
        return client.cancel(pay_type="card", tid=tid, price=1000)


@pytest.mark.parametrize("when", ["before_applying", "after_applying"])
@pytest.mark.parametrize("kind", KINDS)
def test_an_unknown_outcome_and_the_ledgers_truth(sandbox: Sandbox, kind: Any, when: Any) -> None:
    parameters, told = KINDS[kind]
    tid = sandbox.approve(price=1000)
    fault = sandbox.arm(kind, when=when, tid=tid, **parameters)
    with pytest.raises(paywelcome.OutcomeUnknownError) as caught:
        cancel(sandbox, tid, timeout=0.2 if told == "timeout" else GUARD)
    assert (caught.value.outcome, caught.value.kind) == ("unknown", told)
    moved = when == "after_applying"
    assert sandbox.payment(tid).remaining == (0 if moved else 1000)
    (request,) = sandbox.requests()
    assert (request.executed, request.result_code) == (moved, "00")
    assert request.fault is not None
    assert (request.fault.id, request.fault.kind, request.fault.when) == (fault.id, kind, when)
    assert (fault.fired, fault.armed, sandbox.faults()) == (1, False, [])


def test_before_and_after_look_the_same(sandbox: Sandbox) -> None:
    sandbox.set_clock("20260930151000")
    tids = [sandbox.approve(price=1000, moid="order") for _ in range(2)]
    for tid, when in zip(tids, ("before_applying", "after_applying"), strict=True):
        sandbox.arm("status", when=when, body="receipt", status=502)  # type: ignore[arg-type]
        with pytest.raises(paywelcome.OutcomeUnknownError):
            cancel(sandbox, tid)
    before, after = (request.sent.data for request in sandbox.requests())
    assert before.replace(tids[0].encode(), b"") == after.replace(tids[1].encode(), b"")
    assert [sandbox.payment(tid).remaining for tid in tids] == [1000, 0]


def test_money_that_moves_late(sandbox: Sandbox) -> None:
    tid = sandbox.approve(price=1000)
    sandbox.arm("stall", when="late", late_ms=1)
    with pytest.raises(paywelcome.OutcomeUnknownError):
        cancel(sandbox, tid, timeout=0.2)
    request = sandbox.wait_for_request(tid=tid, executed=True, timeout=GUARD)
    assert request.executed_late is not None and len(request.executed_late) == 14
    assert sandbox.payment(tid).remaining == 0


def test_nothing_was_sent(sandbox: Sandbox) -> None:
    tid = sandbox.approve(price=1000)
    with sandbox.arm("refuse_connections") as fault:
        with pytest.raises(paywelcome.NotSentError) as caught:
            cancel(sandbox, tid, connect_retries=0)
        assert caught.value.safe_to_resend and fault.armed
    assert cancel(sandbox, tid).price == 1000
    assert sandbox.request_count == 1


def test_a_proxy_that_refuses() -> None:
    with Sandbox(tls=True) as gateway:
        tid = gateway.approve(price=1000)
        proxy = gateway.url.replace("https:", "http:")
        gateway.arm("proxy_refusal", status=407)
        with pytest.raises(paywelcome.NotSentError) as caught:
            cancel(gateway, tid, base_url="https://gateway.test", proxy=proxy, connect_retries=0)
        assert (caught.value.kind, gateway.executions) == ("proxy", 0)


@pytest.mark.parametrize("kind", ["letter_case", "duplicate_key", "bom", "euc_kr", "numbers"])
def test_what_the_client_reads_all_the_same(sandbox: Sandbox, kind: Any) -> None:
    tids = [sandbox.approve(price=1000) for _ in range(2)]
    fault = sandbox.arm(kind)
    with sandbox.client(timeout=GUARD) as client:
        for tid in tids:
            assert client.cancel(pay_type="card", tid=tid, price=1000).tid == tid
    assert (sandbox.executions, fault.fired) == (2, 1)


def test_a_connection_that_is_closed_at_its_reuse(sandbox: Sandbox) -> None:
    tid = sandbox.approve(price=20_000)
    with sandbox.client(timeout=GUARD) as client:

        def give_back_one(remaining: int) -> None:
            client.partial_cancel(pay_type="card", tid=tid, cancel_price=1, confirm_price=remaining)

        left, peers = 20_000, set[str]()
        while len(peers) == 20_000 - left:  # until a connection was used twice: the gateway keeps them
            left -= 1
            give_back_one(left)
            peers.add(sandbox.requests(latest=1)[0].peer)
        sandbox.arm("close_idle")
        give_back_one(left - 1)
        with pytest.raises(paywelcome.OutcomeUnknownError):
            give_back_one(left - 2)
        assert sandbox.payment(tid).remaining == left - 1
        give_back_one(left - 2)
    assert sandbox.payment(tid).remaining == left - 2


def test_a_fault_is_gone_after_its_block(sandbox: Sandbox) -> None:
    with sandbox.arm("close", times=0, tid="another") as fault:
        assert [armed.id for armed in sandbox.faults()] == [fault.id]
        assert (fault.kind, fault.fired, fault.armed) == ("close", 0, True)
        assert cancel(sandbox, sandbox.approve(price=1000)).price == 1000
    assert (fault.fired, fault.armed, sandbox.faults()) == (0, False, [])
    fault.disarm()


def test_which_request_meets_it(sandbox: Sandbox) -> None:
    fault = sandbox.arm("status", nth=2, times=2, endpoint="cancel")
    told = []
    for _ in range(4):
        try:
            cancel(sandbox, sandbox.approve(price=1000))
            told.append("done")
        except paywelcome.OutcomeUnknownError:
            told.append("unknown")
    assert told == ["done", "unknown", "unknown", "done"]
    assert fault.fired == 2
    with sandbox.arm("close", times=0):
        sandbox.disarm()
        assert sandbox.faults() == []


def test_chance_is_drawn_by_a_seed() -> None:
    def outcomes(seed: int) -> list[bool]:
        with Sandbox() as gateway:
            gateway.set_clock("20260930151000")
            tids = [gateway.approve(price=1000, tid=f"payment-{number}") for number in range(30)]
            gateway.arm("status", probability=0.5, seed=seed)
            with gateway.client() as client:
                for tid in tids:
                    try:
                        client.cancel(pay_type="card", tid=tid, price=1000)
                    except paywelcome.OutcomeUnknownError:
                        pass
            return [request.fault is not None for request in gateway.requests()]

    drawn = outcomes(7)
    assert 0 < sum(drawn) < 30 and len(drawn) == 30


@pytest.mark.parametrize(
    ("wrong", "argument"),
    [
        ({"kind": "explode"}, "kind"),
        ({"kind": "close", "when": "sometimes"}, "when"),
        ({"kind": "close", "nth": 0}, "nth"),
        ({"kind": "close", "probability": 2}, "probability"),
        ({"kind": "close", "location": "x"}, "location"),
        ({"kind": "close", "late_ms": 5}, "late_ms"),
        ({"kind": "close", "when": "before_applying", "late_ms": 5}, "late_ms"),
        ({"kind": "close_idle", "late_ms": 5}, "late_ms"),
        ({"kind": "close", "seed": 5}, "seed"),
        ({"kind": "redirect"}, "location"),
        ({"kind": "close_idle", "when": "late"}, "when"),
    ],
)
def test_a_fault_that_none_can_be(sandbox: Sandbox, wrong: dict[str, Any], argument: str) -> None:
    with pytest.raises(ValueError) as caught:
        sandbox.arm(**wrong)
    assert isinstance(caught.value, InvalidArgumentError)
    assert (caught.value.code, caught.value.argument) == ("invalid_argument", argument)
    assert sandbox.faults() == []


@pytest.mark.parametrize(
    ("wrong", "missing"), [({"late_ms": 5}, "late_ms needs when to be late"), ({"seed": 5}, "probability is missing")]
)
def test_what_is_missing_is_said(sandbox: Sandbox, wrong: dict[str, Any], missing: str) -> None:
    with pytest.raises(InvalidArgumentError, match=missing):
        sandbox.arm("close", **wrong)
    with pytest.raises(InvalidArgumentError, match=missing):
        sandbox.seed({"faults": [{"kind": "close", **wrong}]})


def test_waiting_for_a_request_of_another_thread(sandbox: Sandbox) -> None:
    tid = sandbox.approve(price=1000)
    thread = threading.Thread(target=cancel, args=(sandbox, tid))
    thread.start()
    try:
        request = sandbox.wait_for_request(tid=tid, timeout=GUARD)
        assert request.fields["tid"] == tid
        assert sandbox.wait_until(lambda: sandbox.payment(tid).cancelled, timeout=GUARD) == 1000
    finally:
        thread.join()
    assert sandbox.wait_for_request(executed=True, timeout=0) == request
    with pytest.raises(TimeoutError):
        sandbox.wait_for_request(count=2, timeout=0.01)
    sandbox.close()
    with pytest.raises(TimeoutError, match="closed"):
        sandbox.wait_for_request(count=2, timeout=10 * GUARD)


def test_https_is_the_default_path() -> None:
    with Sandbox(tls=True) as gateway:
        assert gateway.url.startswith("https://") and gateway.ca_bundle is not None
        tid = gateway.approve(price=1000)
        with pytest.raises(paywelcome.NotSentError) as caught:
            paywelcome.Client(mid=gateway.mid, sign_key=gateway.sign_key, base_url=gateway.url).cancel(
                pay_type="card", tid=tid, price=1000
            )
        assert caught.value.kind == "tls"
        assert cancel(gateway, tid).price == 1000
        host, port = gateway.url.removeprefix("https://").split(":")
        trusting = ssl.create_default_context(cafile=gateway.ca_bundle)
        with socket.create_connection((host, int(port))) as plain, trusting.wrap_socket(plain, server_hostname=host):
            pass
        path = gateway.ca_bundle
    with pytest.raises(FileNotFoundError):
        open(path).close()
    gateway.close()


@pytest.mark.parametrize("mode", ["wrong_name", "expired", "self_signed", "tls_1_1"])
def test_tls_that_is_not_to_be_trusted(mode: Any) -> None:
    with Sandbox(tls=True) as gateway:
        tid = gateway.approve(price=1000)
        gateway.set_tls(mode)
        with pytest.raises(paywelcome.NotSentError) as caught:
            cancel(gateway, tid, connect_retries=0)
        assert caught.value.kind == "tls"
        gateway.set_tls("normal")
        assert cancel(gateway, tid).price == 1000


def test_no_tls_without_being_asked(sandbox: Sandbox) -> None:
    assert sandbox.ca_bundle is None
    with pytest.raises(UnavailableError):
        sandbox.set_tls("expired")


def test_a_fault_shows_what_it_is(sandbox: Sandbox) -> None:
    fault = sandbox.arm("trickle", bytes=5, ms=1)
    assert isinstance(fault, Fault)
    assert repr(fault).startswith("Fault(") and "kind='trickle'" in repr(fault)
