"""Batches: how far they have come, their pause, pace and error budget, and giving up what was not sent."""

from __future__ import annotations

import json
import logging
import pickle
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

import paywelcome
from books import Book
from paywelcome.refunds import Count, RefundsError, Requested
from paywelcome.testing import Sandbox

Opens = Callable[..., Book]
NAME = "콘서트 17 %s '?'"


def requested(book: Book, sandbox: Sandbox, many: int, batch: str = NAME, amount: int = 1000) -> list[str]:
    """Writes refunds of as many payments down; gives their keys."""
    rows = [
        {
            "key": f"{batch}-{n}",
            "tid": sandbox.approve(price=12000),
            "amount": amount,
            "paid": 12000,
            "pay_type": "card",
        }
        for n in range(many)
    ]
    assert book.request_many(rows, batch=batch) == Requested(many, 0)
    return [str(row["key"]) for row in rows]


def test_how_far_it_has_come(book: Book, sandbox: Sandbox) -> None:
    keys = requested(book, sandbox, 5)
    requested(book, sandbox, 1, "another")
    before = book.progress(NAME)
    assert (before.batch, before.state, before.total, before.rate, before.left) == (
        NAME,
        "running",
        Count(5, 5000),
        0,
        None,
    )
    assert (before.pace, before.most_in_a_row, before.most_percent, before.why) == (None, 10, 25, None)
    book.process(keys[0])
    with sandbox.arm("result_code", code="9999", when="before_applying"):
        book.process(keys[1])
    with sandbox.arm("close"):
        book.process(keys[2])
    book.resolve(keys[3], "void", by="Kim")
    now = book.progress(NAME)
    states = ("requested", "sending", "unknown", "review", "done", "declined", "void")
    assert [now.counts[state].refunds for state in states] == [1, 0, 0, 1, 1, 1, 1]
    assert sum(count.amount for count in now.counts.values()) == now.total.amount == 5000
    # Two have ended in no more than some seconds, and one is left.
    assert now.rate > 2 and 0 < now.left < 60
    assert [each.batch for each in book.batches()] == sorted([NAME, "another"])
    assert book.batches()[1 if NAME > "another" else 0].total == now.total
    assert pickle.loads(pickle.dumps(now)) == now and hash(now) is not None
    told = json.loads(json.dumps(now.to_dict()))
    assert told["counts"]["done"] == {"refunds": 1, "amount": 1000} and told["total"]["amount"] == 5000


def test_of_a_paused_batch_nothing_is_sent(book: Book, sandbox: Sandbox) -> None:
    keys = requested(book, sandbox, 3)
    others = requested(book, sandbox, 2, "another")
    paused = book.pause(NAME, by="Kim", note="the hall called")
    assert (paused.state, paused.paused_by, paused.pause_note, paused.pause_reason) == (
        "paused",
        "Kim",
        "the hall called",
        "person",
    )
    assert paused.paused_at is not None and (paused.why, paused.left) == (None, None)
    assert book.pause(NAME, by="Lee") == paused
    assert sorted(book.due()) == others and book.due(batch=NAME) == []
    refund = book.process(keys[0])
    assert (refund.state, refund.due_in, refund.attempts) == ("requested", None, 0)
    assert book.get(keys[0]).due_in is None
    assert book.run(until_idle=True, batch=NAME) == 0
    assert book.run(until_idle=True) == 2
    assert sandbox.executions == 2
    resumed = book.resume(NAME, by="Lee")
    assert (resumed.state, resumed.paused_by, resumed.paused_at, resumed.resumed_by) == ("running", None, None, "Lee")
    assert book.get(keys[0]).due_in == 0
    assert book.run(until_idle=True) == 3
    assert sandbox.executions == 5
    assert book.progress(NAME).left == 0


def test_what_is_unknown_or_ruled_on_waits_for_the_resume_too(opens: Opens, sandbox: Sandbox) -> None:
    book = opens(confirm_price_enforced=True, timeout=2)
    first, second = requested(book, sandbox, 2)
    with sandbox.arm("close", when="before_applying"):
        assert book.process(first).state == "unknown"
    book.pause(NAME, by="Kim")
    sent = len(sandbox.requests())
    time.sleep(2.1)  # the lease; the quiet time is none
    assert book.process(first).state == "unknown" and book.due() == []
    assert book.resolve(first, "retry", by="Kim").due_in is None
    assert book.process(first).state == "requested"
    assert len(sandbox.requests()) == sent
    book.resume(NAME, by="Kim")
    assert {book.process(key).state for key in (first, second)} == {"done"}


def test_it_pauses_by_itself_after_ten_in_a_row(book: Book, sandbox: Sandbox, caplog: pytest.LogCaptureFixture) -> None:
    keys = requested(book, sandbox, 13)
    assert book.process(keys[0]).state == "done"
    with sandbox.arm("result_code", code="9999", when="before_applying"):
        book.process(keys[1])
    with caplog.at_level(logging.WARNING, "paywelcome"):
        for key in keys[2:11]:
            assert book.progress(NAME).state == "running"
            with sandbox.arm("close"):
                book.process(key)
    paused = book.progress(NAME)
    assert (paused.state, paused.paused_by, paused.pause_reason) == ("paused", "paywelcome", "in_a_row")
    assert "None of the last 10 refunds is done: 9 in review, 0 unknown, 1 declined." in paused.why.en
    assert "마지막 10건" in paused.why.ko and "확인 필요 9건" in paused.why.ko
    told = [record.getMessage() for record in caplog.records if "paused automatically" in record.getMessage()]
    assert len(told) == 1 and NAME in told[0] and paused.why.en in told[0]
    assert book.process(keys[11]).state == "requested"
    book.resume(NAME, by="Kim")
    # The budget is whole again.
    with sandbox.arm("close"):
        book.process(keys[11])
    assert book.progress(NAME).state == "running"


def test_it_pauses_by_itself_where_a_quarter_is_not_done(book: Book, sandbox: Sandbox) -> None:
    keys = requested(book, sandbox, 60)
    for place, key in enumerate(keys[:50]):
        assert book.progress(NAME).state == "running"
        if place % 4 == 0:
            with sandbox.arm("result_code", code="9999", when="before_applying"):
                book.process(key)
        else:
            book.process(key)
    paused = book.progress(NAME)
    assert (paused.state, paused.pause_reason) == ("paused", "share")
    assert "13 of the last 50 refunds are not done" in paused.why.en


def test_its_budget_can_be_set_and_taken_away(book: Book, sandbox: Sandbox) -> None:
    keys = requested(book, sandbox, 15)
    assert book.set_batch(NAME, most_in_a_row=2).most_in_a_row == 2
    for key in keys[:2]:
        with sandbox.arm("close"):
            book.process(key)
    assert book.progress(NAME).state == "paused"
    book.resume(NAME, by="Kim")
    set_so = book.set_batch(NAME, most_in_a_row=None, most_percent=None)
    assert (set_so.most_in_a_row, set_so.most_percent, set_so.pace) == (None, None, None)
    for key in keys[2:]:
        with sandbox.arm("close"):
            book.process(key)
    assert book.progress(NAME).state == "running"


def test_a_pace_is_that_of_all_workers_together(opens: Opens, sandbox: Sandbox) -> None:
    books, book = [opens(), opens()], opens()
    keys = requested(book, sandbox, 30)
    free = requested(book, sandbox, 30, "without a pace")
    book.set_batch(NAME, pace=0.01)
    threads = [threading.Thread(target=each.run, kwargs={"until_idle": True, "poll": 0.05}) for each in books]
    for thread in threads:
        thread.start()
    # Others don't wait behind it.
    while book.progress("without a pace").counts["done"].refunds < 30:
        time.sleep(0.01)
    assert book.progress(NAME).counts["done"].refunds <= 1
    assert book.set_batch(NAME, pace=10).pace == 10
    began = time.monotonic()
    for thread in threads:
        thread.join()
    took = time.monotonic() - began
    assert {book.get(key).state for key in (*keys, *free)} == {"done"}
    # 29 are left, of which a second's turns may be taken together where the machine is slow.
    assert took > 1.8, took
    assert sandbox.executions == 60


def test_a_pace_that_is_changed_counts_at_once(book: Book, sandbox: Sandbox) -> None:
    requested(book, sandbox, 12)
    book.set_batch(NAME, pace=0.01)
    began = time.monotonic()
    assert book.process(book.due()[0]).state == "done"
    waiting = book.process(book.due()[0])
    assert waiting.state == "requested" and 60 < waiting.due_in <= 100
    assert book.set_batch(NAME, pace=1000).pace == 1000
    time.sleep(0.01)
    assert book.run(until_idle=True, poll=0.05) == 11
    assert time.monotonic() < began + 20


def test_what_was_not_sent_is_given_up(book: Book, sandbox: Sandbox) -> None:
    keys = requested(book, sandbox, 6)
    others = requested(book, sandbox, 2, "another")
    with pytest.raises(RefundsError) as refused:
        book.void_unsent(NAME, by="Kim")
    assert refused.value.kind == "ruling" and "pause it first" in str(refused.value)
    assert book.process(keys[0]).state == "done"
    with sandbox.arm("close"):
        assert book.process(keys[1]).state == "review"
    book.pause(NAME, by="Kim")
    assert book.void_unsent(NAME, by="Kim", note="the concert takes place") == Count(4, 4000)
    assert book.void_unsent(NAME, by="Kim") == Count(0, 0)
    assert [book.get(key).state for key in keys] == ["done", "review", "void", "void", "void", "void"]
    gone = book.get(keys[2])
    assert (gone.ruling, gone.ruled_by, gone.ruling_note, gone.evidence) == (
        "void",
        "Kim",
        "the concert takes place",
        "operator",
    )
    assert gone.ended_at is not None and gone.due_in is None
    assert [(entry.what, entry.state, entry.ruled_by) for entry in book.attempts(keys[2])] == [
        ("ruling", "void", "Kim")
    ]
    # The payment is free, and all of it can be asked for again.
    assert book.request("again", tid=gone.tid, amount=12000, paid=12000, pay_type="card").state == "requested"
    assert [book.get(key).state for key in others] == ["requested"] * 2


def test_what_is_wrong_is_named(book: Book) -> None:
    for name in ("progress", "pause", "resume"):
        with pytest.raises(RefundsError) as missing:
            getattr(book, name)("nobody's", **({} if name == "progress" else {"by": "Kim"}))
        assert missing.value.kind == "not_found"
    wrong: list[tuple[Callable[[], Any], set[str]]] = [
        (lambda: book.progress(""), {"batch"}),
        (lambda: book.pause("a" * 101, by=""), {"batch", "by"}),
        (lambda: book.pause("a", by="Kim", note="n" * 1001), {"note"}),
        (
            lambda: book.set_batch("a", pace=0, most_in_a_row=0, most_percent=101),
            {"pace", "most_in_a_row", "most_percent"},
        ),
        (lambda: book.set_batch("a", pace=float("nan"), most_in_a_row=1.5), {"pace", "most_in_a_row"}),
        (lambda: book.set_batch("a", pace=False), {"pace"}),
        (lambda: book.void_unsent(" ", by="Kim"), {"batch"}),
    ]
    for call, fields in wrong:
        with pytest.raises(paywelcome.InvalidRequestError) as refused:
            call()
        assert {error.field for error in refused.value.errors} == fields
    assert book.batches() == []
