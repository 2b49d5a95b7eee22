"""What a person rules, what is told to that person, and what becomes of all after a restore."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

import paywelcome
from books import Book
from paywelcome.refunds import RefundsError
from paywelcome.testing import Sandbox

Opens = Callable[..., Book]


@pytest.fixture
def tid(sandbox: Sandbox) -> str:
    return sandbox.approve(price=12000, pay_type="card")


def asked(tid: str, amount: int = 3000) -> dict[str, Any]:
    return {"tid": tid, "amount": amount, "paid": 12000, "pay_type": "card"}


def unknown(book: Book, sandbox: Sandbox, tid: str, *, moved: bool) -> None:
    """Has a refund end in review, with the money gone back or not."""
    book.request("refund-17", **asked(tid))
    with sandbox.arm("close", when="after_applying" if moved else "before_applying"):
        assert book.process("refund-17").state == "review"


@pytest.fixture
def quick(opens: Opens) -> Book:
    """Refunds whose quiet time is over after a moment."""
    return opens(timeout=0.05)


def ruled(book: Book, ruling: Any, **more: Any) -> Any:
    """Rules as soon as the quiet time is over."""
    until = book.get("refund-17").quiet_over_at
    assert until is not None
    while True:
        try:
            return book.resolve("refund-17", ruling, **{"by": "kim", **more})
        except RefundsError as error:
            if error.until is None:
                raise
            assert (error.kind, error.until) == ("ruling", until)


def test_done(quick: Book, sandbox: Sandbox, tid: str) -> None:
    unknown(quick, sandbox, tid, moved=True)
    # What is there is there: no quiet time is to be waited for.
    refund = quick.resolve("refund-17", "done", by="kim", note="보았음", remaining=9000)
    assert (refund.state, refund.evidence, refund.remaining) == ("done", "operator", 9000)
    assert (refund.ruling, refund.ruled_by, refund.ruling_note) == ("done", "kim", "보았음")
    assert refund.review is None
    assert quick.in_review() == []
    quick.request("refund-18", **asked(tid, 9000))
    assert quick.process("refund-18").state == "done"
    assert sandbox.payment(tid).remaining == 0


def test_void(quick: Book, sandbox: Sandbox, tid: str) -> None:
    unknown(quick, sandbox, tid, moved=False)
    refund = ruled(quick, "void")
    assert (refund.state, refund.evidence, refund.remaining) == ("void", "operator", 12000)
    assert quick.process("refund-17").state == "void"
    assert quick.due() == []


def test_retry(quick: Book, sandbox: Sandbox, tid: str) -> None:
    unknown(quick, sandbox, tid, moved=False)
    assert ruled(quick, "retry").state == "requested"
    refund = quick.process("refund-17")
    assert (refund.state, refund.attempts) == ("done", 2)
    assert sandbox.payment(tid).remaining == 9000


def test_resend_where_the_price_is_enforced(opens: Opens, sandbox: Sandbox, tid: str) -> None:
    unknown(opens(timeout=0.05), sandbox, tid, moved=False)
    with pytest.raises(RefundsError, match="confirm_price") as refused:
        ruled(opens(timeout=0.05), "resend")
    assert refused.value.until is None
    book = opens(timeout=0.05, confirm_price_enforced=True)
    assert "resend" in book.get("refund-17").review.en.rulings
    assert ruled(book, "resend").state == "unknown"
    assert book.process("refund-17").state == "done"


def test_a_ruling_that_is_too_early_says_until_when(opens: Opens, sandbox: Sandbox, tid: str) -> None:
    book = opens(quiet=600)
    unknown(book, sandbox, tid, moved=False)
    for ruling in ("void", "retry"):
        with pytest.raises(RefundsError, match=r"may still arrive until .* KST") as refused:
            book.resolve("refund-17", ruling, by="kim")
        assert refused.value.kind == "ruling"
        assert refused.value.until == book.get("refund-17").quiet_over_at
        assert refused.value.until > datetime.now(timezone.utc) + timedelta(seconds=500)
    assert book.get("refund-17").ruling is None
    assert book.resolve("refund-17", "done", by="kim").state == "done"


def test_a_ruling_that_contradicts_what_is_known(quick: Book, sandbox: Sandbox, tid: str) -> None:
    quick.request("refund-18", **asked(tid))
    for ruling in ("done", "retry", "resend"):
        with pytest.raises(RefundsError) as refused:
            quick.resolve("refund-18", ruling, by="kim")
        assert (refused.value.kind, refused.value.until) == ("ruling", None)
    assert quick.resolve("refund-18", "void", by="kim").state == "void"
    unknown(quick, sandbox, tid, moved=True)
    for ruling, remaining in (("done", 9001), ("void", 12001), ("void", 9000), ("retry", 9000)):
        with pytest.raises(RefundsError):
            ruled(quick, ruling, remaining=remaining)
    assert quick.get("refund-17").state == "review"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"ruling": "Done"}, "ruling"),
        ({"ruling": None}, "ruling"),
        ({"by": ""}, "by"),
        ({"by": None}, "by"),
        ({"note": "x" * 1001}, "note"),
        ({"note": "seen\0"}, "note"),
        ({"note": 17}, "note"),
        ({"remaining": -1}, "remaining"),
        ({"remaining": 1.5}, "remaining"),
    ],
)
def test_arguments_of_a_ruling(book: Book, changed: dict[str, Any], field: str) -> None:
    given = {"ruling": "void", "by": "kim", **changed}
    with pytest.raises(paywelcome.InvalidRequestError) as refused:
        book.resolve("refund-17", given.pop("ruling"), **given)
    assert [error.field for error in refused.value.errors] == [field]


def test_a_restore_doubts_all_that_has_not_ended(quick: Book, sandbox: Sandbox, tid: str) -> None:
    other = sandbox.approve(price=12000, pay_type="card")
    for key, of in (("refund-17", tid), ("refund-18", tid), ("ended", other)):
        quick.request(key, **asked(of))
    quick.process("ended")
    since = datetime.now(timezone.utc) - timedelta(minutes=5)
    assert quick.restored(since) == 2
    assert quick.due() == ["refund-17", "refund-18"] or quick.get("refund-17").state == "review"
    for key in ("refund-17", "refund-18"):
        quick.process(key)
    doubted = quick.get("refund-17")
    assert (doubted.state, doubted.note) == ("review", "restored")
    assert abs((doubted.sent_at - since).total_seconds()) < 1
    with pytest.raises(RefundsError, match="remaining"):
        ruled(quick, "void")
    assert ruled(quick, "void", remaining=12000).state == "void"
    assert sandbox.executions == 1


@pytest.mark.parametrize(
    "since", [None, 17, "2026-01-01", datetime(2026, 1, 1), datetime(1960, 1, 1, tzinfo=timezone.utc)]
)
def test_the_time_of_a_restore_is_aware(book: Book, since: Any) -> None:
    with pytest.raises(paywelcome.InvalidRequestError) as refused:
        book.restored(since)
    assert [error.field for error in refused.value.errors] == ["since"]


def test_counts(quick: Book, sandbox: Sandbox, tid: str) -> None:
    unknown(quick, sandbox, tid, moved=False)
    quick.request("refund-18", **asked(tid, 500))
    counts = quick.counts()
    assert list(counts) == ["requested", "sending", "unknown", "review", "done", "declined", "void"]
    assert {state: (each.refunds, each.amount) for state, each in counts.items() if each.refunds} == {
        "requested": (1, 500),
        "review": (1, 3000),
    }


def test_other_merchants_are_not_seen(opens: Opens, tid: str) -> None:
    book, other = opens(), opens(client={"mid": "other00001"})
    book.request("refund-17", **asked(tid))
    assert other.due() == []
    assert other.counts()["requested"].refunds == 0
    with pytest.raises(RefundsError):
        other.process("refund-17")
    other.request("refund-17", **asked(tid, 1000))
    assert book.get("refund-17").amount == 3000
    assert other.restored(datetime.now(timezone.utc)) == 1
    assert book.get("refund-17").state == "requested"


@pytest.mark.parametrize("limit", [0, -1, 100_001, 1.5, True, "x"])
def test_limits(book: Book, limit: Any) -> None:
    for look in (book.due, book.in_review):
        with pytest.raises(paywelcome.InvalidRequestError) as refused:
            look(limit=limit)
        assert [error.field for error in refused.value.errors] == ["limit"]


def test_what_remains_is_not_taken_while_another_refund_of_the_payment_is_open(
    book: Book, sandbox: Sandbox, tid: str
) -> None:
    unknown(book, sandbox, tid, moved=True)
    book.request("refund-18", **asked(tid))
    seen = sandbox.payment(tid).remaining
    assert seen == 9000
    with pytest.raises(RefundsError, match='until "refund-17", another refund of this payment, has ended') as refused:
        book.resolve("refund-18", "void", by="kim", remaining=seen)
    assert (refused.value.kind, refused.value.until) == ("ruling", None)
    assert (book.get("refund-18").state, book.get("refund-18").remaining) == ("requested", 12000)
    assert book.resolve("refund-17", "done", by="kim", remaining=seen).remaining == seen
    assert book.resolve("refund-18", "void", by="kim", remaining=seen).remaining == seen
    book.request("refund-19", **asked(tid, 9000))
    assert book.process("refund-19").state == "done"


def test_without_what_remains_a_refund_is_given_up_beside_an_open_one(book: Book, sandbox: Sandbox, tid: str) -> None:
    unknown(book, sandbox, tid, moved=True)
    book.request("refund-18", **asked(tid))
    assert book.resolve("refund-18", "void", by="kim").state == "void"
    assert book.resolve("refund-17", "done", by="kim").remaining == sandbox.payment(tid).remaining
