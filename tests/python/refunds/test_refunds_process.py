"""What becomes of a refund that is processed, whatever the gateway does with it."""

from __future__ import annotations

import contextlib
import json
import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

import paywelcome
from books import Asyncio, Book
from merchant import GUARD, TID, settings
from paywelcome.refunds import RefundsError, SQLiteStore
from paywelcome.testing import Sandbox
from scripted import Script, Server, listen_only, stall

Opens = Callable[..., Book]
Serve = Callable[[Script], Server]
SHORT = 0.3


@pytest.fixture
def tid(sandbox: Sandbox) -> str:
    return sandbox.approve(price=12000, pay_type="card")


def asked(tid: str, amount: int = 3000) -> dict[str, Any]:
    return {"tid": tid, "amount": amount, "paid": 12000, "pay_type": "card"}


def test_a_part_goes_back(book: Book, sandbox: Sandbox, tid: str) -> None:
    book.request("refund-17", **asked(tid))
    before = datetime.now(timezone.utc) - timedelta(seconds=1)
    refund = book.process("refund-17")
    assert (refund.state, refund.operation, refund.confirm_price) == ("done", "partial_cancel", 9000)
    assert (refund.amount, refund.remaining, refund.attempts, refund.evidence) == (3000, 9000, 1, "answer")
    assert (refund.outcome, refund.kind, refund.result_code, refund.message) == ("done", None, "00", None)
    assert refund.is_ended
    assert before <= refund.requested_at <= refund.sent_at <= refund.ended_at
    assert refund.due_at is None
    raw = refund.raw
    assert refund.cancel_tid == raw["C_Tid"]
    assert refund.cancelled_at.strftime("%Y%m%d%H%M%S") == raw["CancelDate"] + raw["CancelTime"]
    assert refund.cancelled_at.utcoffset() == timedelta(hours=9)
    assert book.get("refund-17") == refund
    assert book.due() == []
    assert len(sandbox.requests()) == 1
    assert sandbox.payment(tid).remaining == 9000


def test_the_whole_goes_back_as_a_full_cancel_and_the_rest_as_a_part(book: Book, sandbox: Sandbox, tid: str) -> None:
    book.request("whole", **asked(tid, 12000))
    refund = book.process("whole")
    assert (refund.state, refund.operation, refund.remaining, refund.confirm_price) == ("done", "cancel", 0, 0)
    assert refund.cancel_tid is None
    other = sandbox.approve(price=12000, pay_type="card")
    for key, amount in (("first", 3000), ("rest", 9000)):
        book.request(key, **asked(other, amount))
        assert book.process(key).state == "done"
    assert book.get("rest").operation == "partial_cancel"
    assert sandbox.payment(other).remaining == 0


def test_it_is_sent_once_however_often_it_is_processed(book: Book, sandbox: Sandbox, tid: str) -> None:
    book.request("refund-17", **asked(tid))
    refunds = [book.process("refund-17") for _ in range(3)]
    assert refunds[0] == refunds[1] == refunds[2]
    assert len(sandbox.requests()) == 1


def test_a_decline_is_the_end(book: Book, sandbox: Sandbox, tid: str) -> None:
    book.request("refund-17", **asked(tid))
    with sandbox.arm("result_code", code="9999", when="before_applying"):
        refund = book.process("refund-17")
    assert (refund.state, refund.outcome, refund.kind, refund.result_code) == (
        "declined",
        "declined",
        "declined",
        "9999",
    )
    assert (refund.remaining, refund.evidence, refund.http_status) == (12000, "answer", 200)
    assert refund.signed_timestamp is not None and len(refund.signed_timestamp) == 14
    assert book.request("refund-18", **asked(tid, 12000)).state == "requested"


def test_what_was_surely_not_sent_is_asked_for_again_after_a_pause(opens: Opens, sandbox: Sandbox, tid: str) -> None:
    book = opens(client={"base_url": "http://127.0.0.1:1", "connect_retries": 0})
    book.request("refund-17", **asked(tid))
    refund = book.process("refund-17")
    assert (refund.state, refund.outcome, refund.kind, refund.attempts) == ("requested", "not_sent", "connect", 1)
    assert refund.confirm_price is None
    assert refund.due_at > refund.updated_at
    assert opens().run(until_idle=False, stop=when(lambda: sandbox.executions == 1), poll=0.01) == 1
    assert book.get("refund-17").state == "done"


def test_it_says_in_how_many_seconds_a_worker_can_do_something(opens: Opens, sandbox: Sandbox, tid: str) -> None:
    book = opens(quiet=60, confirm_price_enforced=True)
    for key in ("first", "second", "third"):
        book.request(key, **asked(tid, 1000))
        assert book.get(key).due_in == 0
    with sandbox.arm("close", when="before_applying"):
        unknown = book.process("first")
    assert unknown.state == "unknown" and 50 < unknown.due_in <= 60 + GUARD + 5
    # It waits behind the first, which no worker changes before that.
    assert book.get("second").due_in is None
    assert book.resolve("first", "done", by="Kim").due_in is None
    book.process("second")
    assert book.get("second").due_in is None
    unsent = opens(client={"base_url": "http://127.0.0.1:1", "connect_retries": 0}, quiet=60).process("third")
    assert unsent.state == "requested" and 25 < unsent.due_in <= 30
    assert unsent.to_dict()["due_in"] == unsent.due_in


def when(is_so: Callable[[], bool]) -> Any:
    """What a run is stopped by when something is so."""

    class Stop:
        def is_set(self) -> bool:
            return is_so()

    return Stop()


FAULTS: list[dict[str, Any]] = [
    {"kind": "close"},
    {"kind": "reset"},
    {"kind": "stall"},
    {"kind": "truncated_json"},
    {"kind": "empty_body"},
    {"kind": "html"},
    {"kind": "redirect", "location": "https://gateway.example/"},
    {"kind": "status", "status": 502},
    {"kind": "missing_key", "key": "ResultCode"},
    {"kind": "wrong_amount"},
    {"kind": "wrong_remaining"},
    {"kind": "wrong_tid"},
]


@pytest.mark.parametrize("when", ["after_applying", "before_applying"])
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: str(fault["kind"]))
def test_an_unknown_outcome_waits_for_a_person(
    opens: Opens, sandbox: Sandbox, tid: str, fault: dict[str, Any], when: Any
) -> None:
    book = opens(timeout=SHORT)
    book.request("refund-17", **asked(tid))
    with sandbox.arm(**fault, when=when):
        refund = book.process("refund-17")
    assert (refund.state, refund.outcome) == ("review", "unknown")
    mismatch = fault["kind"].startswith("wrong")
    assert refund.note == ("mismatch" if mismatch else "no_answer")
    assert (refund.kind, refund.confirm_price) != (None, None)
    assert refund.review is not None and tid in " ".join(refund.review.en.look_for)
    assert "9,000원" in " ".join(refund.review.ko.look_for)
    assert set(refund.review.en.rulings) == set(refund.review.ko.rulings) == {"done", "void", "retry"}
    # What a person is told depends on whether the quiet time is over.
    (waiting,) = book.in_review()
    assert (waiting.key, waiting.updated_at) == ("refund-17", refund.updated_at)
    assert book.due() == []
    # Whoever processes it changes nothing.
    assert book.process("refund-17").updated_at == refund.updated_at
    assert len(sandbox.requests()) == 1
    # Nor does another refund of the payment go before it.
    book.request("refund-18", **asked(tid, 9000))
    assert book.process("refund-18").state == "requested"
    assert book.due() == []


def test_where_the_price_is_enforced_it_is_sent_again_by_itself(opens: Opens, sandbox: Sandbox, tid: str) -> None:
    book = opens(timeout=SHORT, confirm_price_enforced=True)
    book.request("refund-17", **asked(tid))
    with sandbox.arm("close", when="before_applying", times=2):
        assert book.process("refund-17").state == "unknown"
        ended = when(lambda: sandbox.executions == 1)
        assert book.run(stop=ended, poll=0.01) >= 2
    refund = book.get("refund-17")
    assert (refund.state, refund.attempts, refund.confirm_price) == ("done", 3, 9000)
    assert sandbox.payment(tid).remaining == 9000


def test_a_second_request_that_is_declined_goes_to_a_person(opens: Opens, sandbox: Sandbox, tid: str) -> None:
    book = opens(timeout=SHORT, confirm_price_enforced=True)
    book.request("refund-17", **asked(tid))
    with sandbox.arm("close", when="after_applying"):
        assert book.process("refund-17").state == "unknown"
    book.run(stop=when(lambda: len(sandbox.requests()) == 2), poll=0.01)
    refund = book.get("refund-17")
    assert (refund.state, refund.note) == ("review", "probably_done")
    assert sandbox.payment(tid).remaining == 9000
    assert book.resolve("refund-17", "done", by="me").remaining == 9000


def test_there_is_no_such_refund(book: Book) -> None:
    for call in (book.process, book.get, book.attempts, lambda key: book.resolve(key, "void", by="me")):
        with pytest.raises(RefundsError, match="request") as missing:
            call("refund-17")
        assert (missing.value.kind, missing.value.mid, missing.value.until) == ("not_found", book.refunds.mid, None)


@pytest.mark.parametrize("wait", [0, -1, 3601, float("nan"), True, "1"])
def test_a_wait_that_is_wrong_claims_nothing(book: Book, tid: str, wait: Any) -> None:
    book.request("refund-17", **asked(tid))
    with pytest.raises(paywelcome.InvalidRequestError) as refused:
        book.process("refund-17", wait=wait)
    assert [error.field for error in refused.value.errors] == ["wait"]
    assert book.get("refund-17").attempts == 0


def test_nothing_is_sent_within_a_transaction(opens: Opens, store: SQLiteStore, sandbox: Sandbox, tid: str) -> None:
    class Open:
        """A store in whose transaction somebody else is."""

        dialect = store.dialect
        query, transaction = staticmethod(store.query), staticmethod(store.transaction)

        def in_transaction(self) -> bool:
            return True

    opens().request("refund-17", **asked(tid))
    book = opens(store=Open())
    for call in (lambda: book.process("refund-17"), book.run):
        with pytest.raises(RefundsError, match="on_commit") as refused:
            call()
        assert refused.value.kind == "in_transaction"
    assert book.get("refund-17").attempts == 0
    assert sandbox.requests() == []


def test_a_callers_connection_is_no_store_to_process_with(opens: Opens, tmp_path: Path, tid: str) -> None:
    opens().request("refund-17", **asked(tid))
    caller = sqlite3.connect(tmp_path / "refunds.db", check_same_thread=False)
    with pytest.raises(RefundsError) as refused:
        opens(store=SQLiteStore(caller)).process("refund-17")
    assert refused.value.kind == "in_transaction"
    caller.close()


def test_a_closed_client_gives_the_refund_back(opens: Opens, tid: str) -> None:
    # With a quiet time, its pause is not over at once.
    book = opens(quiet=600)
    book.request("refund-17", **asked(tid))
    book.close()
    refund = book.process("refund-17")
    assert (refund.state, refund.outcome, refund.kind) == ("requested", "not_sent", "closed")
    assert opens(quiet=600).run(until_idle=True) == 0


def test_a_wait_that_is_over_gives_the_refund_as_it_was_claimed(opens: Opens, serve: Serve) -> None:
    server = serve(stall())
    book = opens(client=settings(server.url))
    book.request("refund-17", **asked(TID))
    refund = book.process("refund-17", wait=0.05)
    assert (refund.state, refund.outcome, refund.attempts) == ("sending", None, 1)
    assert book.process("refund-17").state == "sending"
    server.await_requests()
    server.release()
    # A close waits until it is recorded.
    assert book.close() == []
    ended = book.get("refund-17")
    assert (ended.state, ended.evidence, ended.remaining) == ("done", "answer", 9000)
    assert len(server.requests) == 1


def test_an_end_within_the_wait_is_given(book: Book, tid: str) -> None:
    book.request("refund-17", **asked(tid))
    assert book.process("refund-17", wait=GUARD).state == "done"


def test_the_time_limit_is_told_late_too(opens: Opens, sandbox: Sandbox, tid: str) -> None:
    book = opens(timeout=SHORT)
    book.request("refund-17", **asked(tid))
    with sandbox.arm("stall"):
        assert book.process("refund-17", wait=0.02).state == "sending"
        assert book.close() == []
    ended = opens().get("refund-17")
    assert (ended.state, ended.kind) == ("review", "timeout")


def test_what_was_not_sent_is_told_late_too(opens: Opens, serve: Serve, tid: str) -> None:
    server = serve(listen_only)
    client = {"base_url": f"https://127.0.0.1:{server.port}", "connect_retries": 0}
    book = opens(timeout=SHORT, client=client)
    book.request("refund-17", **asked(tid))
    assert book.process("refund-17", wait=0.02).state == "sending"
    assert book.close() == []
    ended = opens().get("refund-17")
    assert (ended.state, ended.outcome, ended.kind) == ("requested", "not_sent", "timeout")


def test_the_journal_says_what_happened(opens: Opens, sandbox: Sandbox, tid: str) -> None:
    book = opens(timeout=SHORT)
    book.request("refund-17", **asked(tid))
    assert book.attempts("refund-17") == []
    with sandbox.arm("close", when="after_applying"):
        book.process("refund-17")
    book.resolve("refund-17", "done", by="kim", note="상점관리자 확인", remaining=9000)
    sent, answer, ruling = book.attempts("refund-17")
    assert [entry.what for entry in (sent, answer, ruling)] == ["sent", "answer", "ruling"]
    assert [entry.state for entry in (sent, answer, ruling)] == ["sending", "review", "done"]
    assert sent.token == answer.token != ruling.token == "0"
    assert (answer.outcome, answer.kind, answer.note) == ("unknown", "connection_lost", "no_answer")
    assert (ruling.ruling, ruling.ruled_by, ruling.ruling_note, ruling.remaining) == (
        "done",
        "kim",
        "상점관리자 확인",
        9000,
    )
    assert sent.entry < answer.entry < ruling.entry
    assert sent.at <= answer.at <= ruling.at
    assert json.loads(json.dumps(answer.to_dict()))["kind"] == "connection_lost"


def test_two_workers_at_once_send_it_once(opens: Opens, sandbox: Sandbox, tid: str) -> None:
    book, other = opens(), opens()
    for n in range(4):
        book.request(f"refund-{n}", **asked(tid))

    def work(each: Book) -> None:
        for n in range(4):
            while each.process(f"refund-{n}").state != "done":
                pass

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, (book, other)))
    assert sandbox.executions == 4
    assert sandbox.payment(tid).remaining == 0
    assert book.get("refund-0").remaining == 0


@contextlib.contextmanager
def lines(caplog: pytest.LogCaptureFixture) -> Iterator[list[tuple[int, str]]]:
    found: list[tuple[int, str]] = []
    caplog.clear()
    with caplog.at_level(logging.INFO, "paywelcome"):
        yield found
    found += [(record.levelno, record.getMessage()) for record in caplog.records if record.getMessage()[:6] == "refund"]


def test_each_transition_is_logged(opens: Opens, sandbox: Sandbox, tid: str, caplog: pytest.LogCaptureFixture) -> None:
    book = opens(timeout=SHORT)
    book.request("refund-17", **asked(tid))
    with lines(caplog) as found:
        book.process("refund-17")
        book.process("refund-17")
    assert found == [(logging.INFO, "refund refund-17 sending → done")]
    book.request("refund-18", **asked(tid))
    with lines(caplog) as found, sandbox.arm("close"):
        book.process("refund-18")
        book.process("refund-18")
    ((level, line),) = found
    assert level == logging.WARNING
    assert line.startswith("refund refund-18 sending → review: The cancel may have been sent")
    with lines(caplog) as found:
        book.resolve("refund-18", "done", by="me")
    assert found == [(logging.INFO, "refund refund-18 review → done, ruled done")]


def test_threads_share_one(opens: Opens, sandbox: Sandbox) -> None:
    book = opens()
    if isinstance(book, Asyncio):
        pytest.skip("an event loop is one thread's")
    tids = [sandbox.approve(price=12000, pay_type="card") for _ in range(20)]
    book.request_many([{**asked(tid), "key": tid} for tid in tids])
    start = threading.Barrier(8)

    def work(_: int) -> None:
        start.wait(GUARD)
        for tid in tids:
            book.process(tid)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert book.counts()["done"].refunds == 20
    assert sandbox.executions == 20
