"""A store that fails at some statement: nothing is sent twice, and no answer is lost without a word."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any, Literal

import pytest

from books import Book
from failing import Failing, Lost
from merchant import TID, settings
from paywelcome.refunds import SQLiteStore
from paywelcome.testing import Sandbox
from scripted import Script, Server, stall

Opens = Callable[..., Book]
Serve = Callable[[Script], Server]
Fails = Literal["before", "after"]
# Of a refund that is processed: it is loaded, claimed, and its answer recorded.
LOAD, CLAIM, ANSWER, FOR_EVER = 1, 2, 3, 1_000_000


def asked(tid: str, amount: int = 3000) -> dict[str, Any]:
    return {"tid": tid, "amount": amount, "paid": 12000, "pay_type": "card"}


@pytest.fixture
def tid(sandbox: Sandbox) -> str:
    return sandbox.approve(price=12000, pay_type="card")


def test_no_time_is_ahead_of_the_clock_however_slow_the_store(opens: Opens, store: SQLiteStore, tid: str) -> None:
    def slow(number: int) -> None:
        if number == LOAD:
            time.sleep(0.3)

    failing = Failing(store, slow)
    book = opens(store=failing)
    book.init()
    book.request("refund-17", **asked(tid))
    failing.begin()
    refund = book.process("refund-17")
    assert refund.state == "done"
    assert refund.ended_at <= datetime.now(timezone.utc)


@pytest.mark.parametrize("fails", ["before", "after"])
@pytest.mark.parametrize("use", [LOAD, CLAIM])
def test_before_the_send_nothing_was_sent(
    opens: Opens, store: SQLiteStore, sandbox: Sandbox, tid: str, use: int, fails: Fails
) -> None:
    failing = Failing(store, lambda number: fails if number == use else None)
    opens().request("refund-17", **asked(tid))
    book = opens(timeout=0.2, store=failing)
    book.init()
    failing.begin()
    with pytest.raises(Lost):
        book.process("refund-17")
    assert sandbox.requests() == []
    refund = book.get("refund-17")
    assert refund.state == "requested"
    if (use, fails) == (CLAIM, "after"):
        # It is given back, as what was claimed and never sent.
        assert (refund.outcome, refund.kind, refund.attempts) == ("not_sent", "aborted", 1)
        assert [entry.what for entry in book.attempts("refund-17")] == ["sent", "answer"]
        assert book.run(poll=0.01, stop=when(lambda: book_is(store, "done"))) > 0
    else:
        assert refund.attempts == 0
        assert book.process("refund-17").state == "done"


@pytest.mark.parametrize("fails", ["before", "after"])
def test_a_claim_that_can_not_be_given_back_goes_to_a_person(
    opens: Opens, store: SQLiteStore, sandbox: Sandbox, tid: str, fails: Fails, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("_attempt", "_async_attempt"):
        monkeypatch.setattr(f"paywelcome.refunds.{module}.GIVE_BACK", 0.1)
    failing = Failing(store, lambda number: fails if CLAIM <= number < FOR_EVER else None)
    opens().request("refund-17", **asked(tid))
    book = opens(timeout=0.2, store=failing)
    book.init()
    failing.begin()
    with pytest.raises(Lost):
        book.process("refund-17")
    assert failing.uses > CLAIM + 1
    assert sandbox.requests() == []
    other = opens(timeout=0.2)
    if fails == "before":
        assert other.process("refund-17").state == "done"
    else:
        assert other.get("refund-17").state == "sending"
        assert other.run(poll=0.01, stop=when(lambda: book_is(store, "review"))) > 0
        assert other.get("refund-17").note == "no_answer"


def when(is_so: Callable[[], bool]) -> Any:
    class Stop:
        def is_set(self) -> bool:
            return is_so()

    return Stop()


def book_is(store: SQLiteStore, state: str) -> bool:
    return store.query(["SELECT state FROM paywelcome_refund"], []) == [(state,)]


@pytest.mark.parametrize("fails", ["before", "after"])
@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("outcome", ["done", "declined", "unknown"])
def test_after_the_send_the_answer_is_written_all_the_same(
    opens: Opens, store: SQLiteStore, sandbox: Sandbox, tid: str, fails: Fails, times: int, outcome: str
) -> None:
    failing = Failing(store, lambda number: fails if ANSWER <= number < ANSWER + times else None)
    book = opens(store=failing)
    book.init()
    book.request("refund-17", **asked(tid))
    failing.begin()
    if outcome == "declined":
        sandbox.arm("result_code", code="9999", when="before_applying")
    elif outcome == "unknown":
        sandbox.arm("close")
    refund = book.process("refund-17")
    assert (refund.outcome, refund.state) == (outcome, "review" if outcome == "unknown" else outcome)
    assert failing.uses > ANSWER
    assert book.get("refund-17") == refund
    assert [entry.what for entry in book.attempts("refund-17")] == ["sent", "answer"]
    assert len(sandbox.requests()) == 1


def test_what_was_not_sent_is_given_back_though_the_store_fails(opens: Opens, store: SQLiteStore, tid: str) -> None:
    failing = Failing(store, lambda number: "before" if number == ANSWER else None)
    opens().request("refund-17", **asked(tid))
    book = opens(store=failing, client={"base_url": "http://127.0.0.1:1", "connect_retries": 0})
    book.init()
    failing.begin()
    refund = book.process("refund-17")
    assert (refund.state, refund.outcome, refund.kind) == ("requested", "not_sent", "connect")


@pytest.mark.parametrize("fails", ["before", "after"])
def test_an_answer_that_is_lost_is_told(
    opens: Opens,
    store: SQLiteStore,
    sandbox: Sandbox,
    tid: str,
    fails: Fails,
    caplog: pytest.LogCaptureFixture,
) -> None:
    failing = Failing(store, lambda number: fails if number >= ANSWER else None)
    book = opens(timeout=0.5, store=failing)
    book.init()
    book.request("refund-17", **asked(tid))
    failing.begin()
    with pytest.raises(Lost):
        book.process("refund-17")
    assert failing.uses > 4
    (lost,) = (record for record in caplog.records if record.levelno == logging.CRITICAL)
    told: Any = lost
    assert told.paywelcome["key"] == "refund-17"
    answer = json.loads(told.paywelcome["answer"])
    assert (answer["outcome"], answer["result_code"]) == ("done", "00")
    assert json.loads(answer["raw"])["Tid"] == tid
    assert sandbox.sign_key not in lost.getMessage()
    assert book.close() == []
    # The sweep finds it, where the answer was not written after all.
    other = opens()
    if fails == "before":
        assert other.process("refund-17").note == "no_answer"
    else:
        assert other.get("refund-17").state == "done"
    assert len(sandbox.requests()) == 1


def test_a_wait_ends_also_where_the_store_fails(opens: Opens, store: SQLiteStore, sandbox: Sandbox, tid: str) -> None:
    failing = Failing(store, lambda number: "before" if ANSWER <= number < ANSWER + 4 else None)
    book = opens(store=failing)
    book.init()
    book.request("refund-17", **asked(tid))
    failing.begin()
    with pytest.raises(Lost):
        book.process("refund-17", wait=0.1)
    assert book.close() == []
    assert book.get("refund-17").state == "done"
    assert sandbox.executions == 1


@pytest.mark.parametrize("fails", ["before", "after"])
def test_what_is_told_late_is_tried_again_too(opens: Opens, store: SQLiteStore, serve: Serve, fails: Fails) -> None:
    failing = Failing(store, lambda number: fails if ANSWER <= number < ANSWER + 3 else None)
    server = serve(stall())
    book = opens(store=failing, client=settings(server.url))
    book.init()
    book.request("refund-17", **asked(TID))
    failing.begin()
    assert book.process("refund-17", wait=0.05).state == "sending"
    server.await_requests()
    server.release()
    assert book.close() == []
    assert failing.uses >= ANSWER + 3
    assert book.get("refund-17").state == "done"


def test_what_is_told_late_and_lost_is_told(
    opens: Opens, store: SQLiteStore, serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    failing = Failing(store, lambda number: "before" if number >= ANSWER else None)
    server = serve(stall())
    book = opens(timeout=1, store=failing, client=settings(server.url))
    book.init()
    book.request("refund-17", **asked(TID))
    failing.begin()
    assert book.process("refund-17", wait=0.05).state == "sending"
    server.await_requests()
    server.release()
    assert book.close() == []
    critical = [record.getMessage() for record in caplog.records if record.levelno == logging.CRITICAL]
    assert len(critical) == 1
    assert '"outcome": "done"' in critical[0]


@pytest.mark.parametrize("fails", ["before", "after"])
def test_a_request_that_fails_can_be_made_again(opens: Opens, store: SQLiteStore, tid: str, fails: Fails) -> None:
    failing = Failing(store, lambda number: fails if number == 1 else None)
    book = opens(store=failing)
    book.init()
    failing.begin()
    with pytest.raises(Lost):
        book.request("refund-17", **asked(tid))
    assert book.request("refund-17", **asked(tid)).state == "requested"
    assert book.counts()["requested"].refunds == 1


@pytest.mark.parametrize("fails", ["before", "after"])
@pytest.mark.parametrize("use", [1, 2])
def test_a_ruling_that_fails_can_be_made_again(
    opens: Opens, store: SQLiteStore, sandbox: Sandbox, tid: str, use: int, fails: Fails
) -> None:
    book = opens()
    book.request("refund-17", **asked(tid))
    with sandbox.arm("close"):
        book.process("refund-17")
    failing = Failing(store, lambda number: fails if number == use else None)
    ruler = opens(store=failing)
    ruler.init()
    failing.begin()
    with pytest.raises(Lost):
        ruler.resolve("refund-17", "done", by="me")
    if (use, fails) != (2, "after"):
        assert ruler.resolve("refund-17", "done", by="me").state == "done"
    assert book.get("refund-17").ruled_by == "me"
    assert book.get("refund-17").remaining == 9000


def test_a_run_goes_on_after_errors_of_the_store(
    opens: Opens, store: SQLiteStore, sandbox: Sandbox, tid: str, caplog: pytest.LogCaptureFixture
) -> None:
    failing = Failing(store, lambda number: "before" if number in (1, 3) else None)
    book = opens(store=failing)
    book.init()
    book.request("refund-17", **asked(tid))
    failing.begin()
    assert book.run(stop=when(lambda: book_is(store, "done")), poll=0.01) == 1
    warnings = [record.getMessage() for record in caplog.records if "another try" in record.getMessage()]
    assert len(warnings) >= 1 and "Lost()" in warnings[0]
    assert sandbox.executions == 1
