"""Refunds that take from a rehearsal whether ``confirmPrice`` is enforced."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import person
from books import Book
from paywelcome import InvalidRequestError
from paywelcome.refunds import Refunds, RefundsError, SQLiteStore
from paywelcome.testing import Sandbox

Opens = Callable[..., Book]
TEST = {"base_url": "https://tpayapi.paywelcome.co.kr", "kind": "test"}


def rehearsal(sandbox: Sandbox, pay_type: str = "card", **more: Any) -> dict[str, Any]:
    return {
        "format": "paywelcome-rehearsal",
        "version": 1,
        "gateway": {"base_url": sandbox.url, "kind": "loopback"},
        "mid": sandbox.mid,
        "payment": {"tid": "t", "price": 1000, "pay_type": pay_type, "currency": "WON"},
        "findings": {"confirm_price": {"enforced": True}},
        **more,
    }


def asked(sandbox: Sandbox, pay_type: str = "card") -> dict[str, Any]:
    tid = sandbox.approve(price=12000, pay_type=pay_type)
    return {"tid": tid, "amount": 3000, "paid": 12000, "pay_type": pay_type}


def lost(book: Book, sandbox: Sandbox, key: str, pay_type: str = "card") -> Any:
    """A refund whose answer was lost before it was applied."""
    book.request(key, **asked(sandbox, pay_type))
    with sandbox.arm("close", when="before_applying"):
        return book.process(key)


@pytest.mark.parametrize("form", ["path", "text", "parsed"])
def test_what_was_rehearsed_is_sent_again_and_nothing_else(
    opens: Opens, sandbox: Sandbox, tmp_path: Path, form: str, caplog: pytest.LogCaptureFixture
) -> None:
    parsed = rehearsal(sandbox)
    path = tmp_path / "rehearsal.json"
    path.write_text(json.dumps(parsed), encoding="utf-8")
    book = opens(rehearsal={"path": path, "text": str(path), "parsed": parsed}[form])
    assert book.refunds.confirm_price_enforced is True and not caplog.records
    card = lost(book, sandbox, "card")
    assert (card.state, card.review) == ("unknown", None)
    hpp = lost(book, sandbox, "hpp", "hpp")
    assert (hpp.state, hpp.note) == ("review", "no_answer")
    assert "resend" not in hpp.review.en.rulings
    assert "resend" not in hpp.review.ko.rulings


def test_a_worker_sends_again_what_was_rehearsed_and_a_person_can_not_have_the_rest_sent(
    opens: Opens, sandbox: Sandbox
) -> None:
    book = opens(rehearsal=rehearsal(sandbox), timeout=0.3)
    assert lost(book, sandbox, "card").state == "unknown"
    assert lost(book, sandbox, "hpp", "hpp").state == "review"
    # The same rehearsal read by another worker.
    while book.get("card").state == "unknown":
        opens(rehearsal=rehearsal(sandbox), timeout=20).run(until_idle=True, poll=0.01)
    assert (book.get("card").state, sandbox.executions) == ("done", 1)
    refused = None
    while refused is None or refused.until is not None:  # its quiet time
        with pytest.raises(RefundsError) as raised:
            book.resolve("hpp", "resend", by="kim")
        refused = raised.value
    assert "proven for this pay_type" in str(refused)


def test_evidence_of_elsewhere_counts_for_nothing_and_is_said_to(
    opens: Opens, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    book = opens(rehearsal=rehearsal(sandbox, gateway=TEST))
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("paywelcome", logging.WARNING)
    assert "confirm_price_enforced stays off" in record.message
    assert f"the test host, {TEST['base_url']}, which proves nothing for {sandbox.url}" in record.message
    assert book.refunds.confirm_price_enforced is False
    assert lost(book, sandbox, "refund-17").state == "review"


def test_of_two_statements_one_is_refused(opens: Opens, sandbox: Sandbox) -> None:
    for stated in (True, False):
        with pytest.raises(InvalidRequestError, match="beside rehearsal") as refused:
            opens(rehearsal=rehearsal(sandbox), confirm_price_enforced=stated)
        assert [error.field for error in refused.value.errors] == ["confirm_price_enforced"]
    assert opens().refunds.confirm_price_enforced is False
    assert opens(confirm_price_enforced=True).refunds.confirm_price_enforced is True


def test_a_wrong_rehearsal_is_refused_by_its_place(opens: Opens, sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "torn.json").write_text('{"format": "paywelcome-rehearsal", "vers', encoding="utf-8")
    for wrong, words in [
        (rehearsal(sandbox, findings={"signature": {"format": "md5"}}), "findings.signature.format: "),
        (rehearsal(sandbox, version=2), "version: "),
        ({"a": 1}, "format: must be paywelcome-rehearsal"),
        ({"a": {1, 2}}, "is not what a JSON text holds"),
        (tmp_path / "torn.json", "is not JSON"),
        (tmp_path / "absent.json", "the file can't be read"),
        (17, "paywelcome rehearse"),
        (b"rehearsal.json", "paywelcome rehearse"),
    ]:
        with pytest.raises(InvalidRequestError) as refused:
            opens(rehearsal=wrong)
        (error,) = refused.value.errors
        assert error.field == "rehearsal" and words in error.message, error.message


def test_refunds_of_a_client_that_is_given_by_position(sandbox: Sandbox, store: SQLiteStore) -> None:
    with sandbox.client() as client:
        assert Refunds(client, store, rehearsal=rehearsal(sandbox), quiet=0).confirm_price_enforced


@pytest.mark.parametrize(
    ("rules", "enforced"),
    [
        ({}, True),
        ({"confirm_price": "ignored"}, False),
        ({"confirm_price_at_once": "ignored"}, False),
    ],
)
def test_what_a_rehearsal_found_is_what_refunds_take(
    sandbox: Sandbox, store: SQLiteStore, tmp_path: Path, rules: dict[str, Any], enforced: bool
) -> None:
    sandbox.set_rules(**rules)
    env = person.environment(sandbox.url, sandbox.mid, PAYWELCOME_SIGN_KEY=sandbox.sign_key)
    file = str(tmp_path / "rehearsal.json")
    tid = sandbox.approve(price=1000, pay_type="card")
    line = ["rehearse", "--tid", tid, "--price", "1000", "--pay-type", "card", "--out", file, "--yes"]
    # A gateway takes its time, so that requests meet each other there.
    with sandbox.arm("stall", ms=100, times=0):
        ended = person.run(env, *line)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    with sandbox.client() as client:
        assert Refunds(client, store, rehearsal=file, quiet=0).confirm_price_enforced is enforced


def test_a_command_line_takes_it_from_the_file(sandbox: Sandbox, tmp_path: Path) -> None:
    env = person.environment(
        sandbox.url,
        sandbox.mid,
        PAYWELCOME_SIGN_KEY=sandbox.sign_key,
        PAYWELCOME_STORE=f"sqlite:{tmp_path / 'refunds.db'}",
        LANG="C",
        LC_ALL="",
    )
    proven, elsewhere = tmp_path / "proven.json", tmp_path / "elsewhere.json"
    proven.write_text(json.dumps(rehearsal(sandbox)), encoding="utf-8")
    elsewhere.write_text(json.dumps(rehearsal(sandbox, gateway=TEST)), encoding="utf-8")
    assert person.run(env, "refunds", "init").returncode == 0
    for file, state, said in [(proven, "unknown", ""), (elsewhere, "review", "the rehearsal was with the test host")]:
        tid = sandbox.approve(price=12000, pay_type="card")
        line = f"request {state} --tid {tid} --amount 3000 --paid 12000 --pay-type card"
        assert person.run(env, "refunds", *line.split()).returncode == 0
        with sandbox.arm("close", when="before_applying"):
            ended = person.run(env, "refunds", "process", state, "--json", "--rehearsal", str(file))
        assert json.loads(ended.stdout)["refund"]["state"] == state, ended.stderr
        assert said in ended.stderr and bool(said) == ("stays off" in ended.stderr)
