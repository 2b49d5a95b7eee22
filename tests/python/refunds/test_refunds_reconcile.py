"""A statement beside what is recorded: what it closes, contradicts and does not settle."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest

import paywelcome
from books import Book
from paywelcome.refunds import RefundsError
from paywelcome.testing import Sandbox

Opens = Callable[..., Book]
KST = timezone(timedelta(hours=9))


@pytest.fixture
def tid(sandbox: Sandbox) -> str:
    return sandbox.approve(price=12000, pay_type="card")


def asked(tid: str, amount: int = 3000) -> dict[str, Any]:
    return {"tid": tid, "amount": amount, "paid": 12000, "pay_type": "card"}


def lost(book: Book, sandbox: Sandbox, tid: str, key: str, amount: int = 3000) -> None:
    """Has a refund end in review, though the money went back."""
    book.request(key, **asked(tid, amount))
    with sandbox.arm("close", when="after_applying"):
        assert book.process(key).state == "review"


def given_up(book: Book, key: str) -> Any:
    """Gives a refund up as soon as the quiet time is over."""
    while True:
        try:
            return book.resolve(key, "void", by="kim")
        except RefundsError as error:
            if error.until is None:
                raise


def row(tid: str, amount: int = 3000, **more: Any) -> Any:
    return {"tid": tid, "amount": amount, "cancelled_at": datetime.now(timezone.utc), **more}


def told(found: Any) -> dict[str, Any]:
    """How many rows agree, and the keys of each list."""
    lists = ("closed", "contradicted", "unknown", "ambiguous", "missing")
    keys = {name: [list(finding.keys) for finding in getattr(found, name)] for name in lists}
    return {"agreed": found.agreed} | {name: listed for name, listed in keys.items() if listed}


def test_what_the_statement_shows_is_done(
    book: Book, sandbox: Sandbox, tid: str, caplog: pytest.LogCaptureFixture
) -> None:
    lost(book, sandbox, tid, "refund-1")
    at = datetime.now(KST).replace(microsecond=0)
    with caplog.at_level("INFO", "paywelcome"):
        found = book.reconcile([row(tid, remaining=9000, cancel_tid="C-1", cancelled_at=at)])
    assert caplog.messages[-1] == "refund refund-1 review → done"
    assert told(found) == {"agreed": 0, "closed": [["refund-1"]]}
    assert found.is_clean
    assert (found.closed[0].row, found.closed[0].state) == (0, "review")
    refund = book.get("refund-1")
    assert (refund.state, refund.evidence, refund.remaining) == ("done", "statement", 9000)
    assert (refund.cancel_tid, refund.cancelled_at, refund.kind) == ("C-1", at, "connection_lost")
    entry = book.attempts("refund-1")[-1]
    assert (entry.what, entry.state, entry.cancel_tid, entry.remaining) == ("statement", "done", "C-1", 9000)
    # A second time it changes nothing, and neither do other ways to write it.
    for again in (
        row(tid, remaining="9,000", cancel_tid="C-1", cancelled_at=at.strftime("%Y. %m. %d. %H:%M:%S")),
        row(tid, cancelled_at=at.date()),
        row(tid, cancel_tid="C-1", cancelled_at=at.strftime("%Y%m%d")),
    ):
        assert told(book.reconcile([again])) == {"agreed": 1}
    assert len(book.attempts("refund-1")) == len({entry.entry for entry in book.attempts("refund-1")}) == 3
    # The payment is free.
    book.request("refund-2", **asked(tid))
    assert book.process("refund-2").state == "done"


def test_what_was_given_up_and_is_shown_goes_to_a_person(opens: Opens, sandbox: Sandbox, tid: str) -> None:
    book = opens(timeout=0.05)
    lost(book, sandbox, tid, "refund-1")
    # Somebody looked into the wrong payment.
    assert given_up(book, "refund-1").state == "void"
    rows = [row(tid, remaining=9000)]
    found = book.reconcile(rows)
    assert told(found) == {"agreed": 0, "contradicted": [["refund-1"]]}
    assert not found.is_clean
    assert found.contradicted[0].state == "void"
    assert "void" in found.contradicted[0].en
    refund = book.get("refund-1")
    assert (refund.state, refund.note, refund.evidence, refund.ended_at) == ("review", "statement", None, None)
    assert "settlement file" in refund.review.en.why
    assert told(book.reconcile(rows)) == {"agreed": 0, "contradicted": [["refund-1"]]}
    assert book.get("refund-1").state == "review"
    # Nothing of the payment is sent meanwhile.
    book.request("refund-2", **asked(tid))
    assert book.process("refund-2").state == "requested"
    assert book.resolve("refund-1", "done", by="lee", remaining=9000).remaining == 9000
    assert told(book.reconcile(rows)) == {"agreed": 1}
    assert book.process("refund-2").state == "done"
    assert sandbox.payment(tid).remaining == 6000


def test_a_cancel_by_another_hand_makes_the_next_refund_wait(book: Book, sandbox: Sandbox, tid: str) -> None:
    book.request("refund-1", **asked(tid))
    assert book.process("refund-1").state == "done"
    with sandbox.client() as by_hand:
        by_hand.partial_cancel(pay_type="card", tid=tid, cancel_price=2000, confirm_price=7000)
    rows = [row(tid, remaining=9000), row(tid, 2000, remaining=7000), row("another-tid")]
    found = book.reconcile(rows)
    assert told(found) == {"agreed": 1, "unknown": [[], []]}
    assert [finding.row for finding in found.unknown] == [1, 2]
    assert "By its records, 9000 remain" in found.unknown[0].en
    assert "does not know this payment" in found.unknown[1].en
    entries = len(book.attempts("refund-1"))
    assert book.attempts("refund-1")[-1].message == "the statement shows a cancel of 2000, which is not recorded"
    assert told(book.reconcile(rows)) == {"agreed": 1, "unknown": [[], []]}
    assert len(book.attempts("refund-1")) == entries
    book.request("refund-2", **asked(tid))
    refund = book.process("refund-2")
    assert (refund.state, refund.note, sandbox.payment(tid).remaining) == ("review", "restored", 7000)
    with pytest.raises(RefundsError, match="pass remaining"):
        book.resolve("refund-2", "retry", by="kim")


def test_equal_amounts_without_what_remained_go_to_a_person(book: Book, sandbox: Sandbox, tid: str) -> None:
    book.request("refund-1", **asked(tid))
    assert book.process("refund-1").state == "done"
    lost(book, sandbox, tid, "refund-2")
    # In Korea, where the gateway's days begin nine hours earlier than this machine's may.
    day = datetime.now(timezone(timedelta(hours=9))).date()
    today = [row(tid, cancelled_at=day.isoformat()) for _ in range(2)]
    for rows in (today[:1], today):
        assert told(book.reconcile(rows)) == {"agreed": 0, "ambiguous": [["refund-1", "refund-2"]] * len(rows)}
    assert book.get("refund-2").state == "review"
    with_remaining = [{**each, "remaining": remaining} for each, remaining in zip(today, (9000, 6000), strict=True)]
    assert told(book.reconcile(with_remaining)) == {"agreed": 1, "closed": [["refund-2"]]}


def test_what_is_done_and_not_shown_is_missing(book: Book, sandbox: Sandbox, tid: str) -> None:
    book.request("refund-1", **asked(tid))
    assert book.process("refund-1").state == "done"
    now = datetime.now(timezone.utc)
    covers = (now - timedelta(hours=1), now + timedelta(hours=1))
    found = book.reconcile([], *covers)
    assert told(found) == {"agreed": 0, "missing": [["refund-1"]]}
    assert not found.is_clean
    assert book.get("refund-1").state == "done"
    assert told(book.reconcile([row(tid, remaining=9000)], *covers)) == {"agreed": 1}
    for elsewhere in ((now - timedelta(hours=2), now - timedelta(hours=1)), (now, now + timedelta(hours=1))):
        assert told(book.reconcile([], *elsewhere)) == {"agreed": 0}
    assert told(book.reconcile([])) == {"agreed": 0}


def test_a_wrong_statement_is_refused_by_name_and_changes_nothing(book: Book, sandbox: Sandbox, tid: str) -> None:
    lost(book, sandbox, tid, "refund-1")
    other = sandbox.approve(price=5000, pay_type="card")
    right: Any = row(tid, remaining=9000)
    for rows, fields in (
        (
            [right, {"tid": "", "amount": -1, "cancelled_at": "soon", "remaining": "x"}],
            {"rows[1].tid", "rows[1].amount", "rows[1].cancelled_at", "rows[1].remaining"},
        ),
        ([right, {"tid": tid}], {"rows[1].amount", "rows[1].cancelled_at"}),
        ([right, row(tid, 1.5)], {"rows[1].amount"}),
        ([right, row(tid, price=3000)], {"rows[1].price"}),
        ([right, row(tid, cancelled_at=datetime(2026, 1, 1))], {"rows[1].cancelled_at"}),
        ([row(tid, cancel_tid="C-1"), row(other, cancel_tid="C-1")], {"rows[1].cancel_tid"}),
        ([right, row(tid, 2000, remaining=9000)], {"rows[1].remaining"}),
        ([row(tid, 9000), row(tid, 4000)], {"rows[1].amount"}),
        ([row(tid, 13000)], {"rows[0].amount"}),
        ([row(tid, 3000, remaining=9001)], {"rows[0].remaining"}),
    ):
        with pytest.raises(paywelcome.InvalidRequestError) as caught:
            book.reconcile(rows)
        assert {error.field for error in caught.value.errors} == fields, rows
    with pytest.raises(paywelcome.InvalidRequestError) as caught:
        book.reconcile([right], since=date.today())
    assert [error.field for error in caught.value.errors] == ["until"]
    assert book.get("refund-1").state == "review"
    # The same cancel, listed twice.
    named = {**right, "cancel_tid": "C-1"}
    assert told(book.reconcile([named, named])) == {"agreed": 0, "closed": [["refund-1"]]}


def test_many_payments_are_read_a_page_at_a_time(book: Book, sandbox: Sandbox) -> None:
    tids = [f"welcometst-{number:05}" for number in range(520)]
    book.request_many([{"key": f"refund-{tid}", **asked(tid)} for tid in tids])
    found = book.reconcile([row(tid) for tid in tids])
    assert (found.agreed, len(found.unknown), len(found.closed)) == (0, 520, 0)
    assert [finding.row for finding in found.unknown] == list(range(520))
    # All of these payments wait for a person now, since nothing of them was sent by the ledger.
    assert book.process(f"refund-{tids[0]}").state == "review"
