"""The verdict notices every kind of lie, and finds no fault with what is right."""

from __future__ import annotations

from typing import Any

import pytest
from gateway import Ledger
from tables import Written
from verdict import wrong_with, wrong_with_payment

MOVED = {"operation": "partial_cancel", "amount": 3_000, "remaining": 9_000}


def entry(what: str, state: str, note: str | None = None, token: int = 7, **more: Any) -> dict[str, Any]:
    plain = {"operation": "partial_cancel", "confirm_price": 9_000, "outcome": None, "kind": None, "ruling": None}
    return {**plain, "what": what, "state": state, "note": note, "token": token, **more}


def arrived(code: str | None = "00", amount: int = 3_000, confirm: int = 9_000) -> dict[str, Any]:
    return {"result_code": code, "fields": [["cancelPrice", str(amount)], ["confirmPrice", str(confirm)]]}


SENT = entry("sent", "sending")
DONE = entry("answer", "done", outcome="done")
LOST = entry("answer", "review", "no_answer", outcome="unknown", kind="timeout")
LOST_GUARDED = entry("answer", "unknown", outcome="unknown", kind="timeout")
AGAIN = entry("sent", "sending", token=8)
FOUND_DEAD = entry("review", "review", "no_answer")
RULED_DONE = entry("ruling", "done", ruling="done")
RULED_VOID = entry("ruling", "void", ruling="void")


def written(journal: list[dict[str, Any]], **refund: Any) -> Written:
    last = journal[-1] if journal else {"state": "requested", "note": None}
    sends = sum(each["what"] == "sent" for each in journal)
    evidence = {"ruling": "operator"}.get(journal[-1]["what"], "answer") if journal else None
    plain = {
        "refund_key": "refund-1",
        "amount": 3_000,
        "state": last["state"],
        "note": last["note"],
        "attempts": sends,
        "maybe_sent": sends,
        "evidence": evidence,
    }
    stands = {**plain, **refund}
    is_over = stands["state"] in ("done", "declined", "void")
    payment = {
        "paid": 12_000,
        "remaining": 9_000 if stands["state"] == "done" else 12_000,
        "asked": 0 if is_over else 3_000,
        "open_refund": "refund-1" if stands["state"] in ("sending", "unknown", "review") else None,
    }
    return Written(stands, payment, journal)


def ledger(*requests: dict[str, Any], moved: int = 0) -> Ledger:
    return Ledger(12_000 - 3_000 * moved, [MOVED] * moved, list(requests))


RIGHT = {
    "done": (written([SENT, DONE]), ledger(arrived(), moved=1), False, True),
    "declined": (
        written([SENT, entry("answer", "declined", outcome="declined")]),
        ledger(arrived("E1")),
        False,
        True,
    ),
    "in review, moved": (written([SENT, LOST]), ledger(arrived(), moved=1), False, False),
    "in review, not moved": (written([SENT, LOST]), ledger(), False, False),
    "in review, its worker dead": (written([SENT, FOUND_DEAD]), ledger(arrived(), moved=1), False, False),
    "ruled done": (written([SENT, LOST, RULED_DONE]), ledger(arrived(), moved=1), False, True),
    "ruled void": (written([SENT, LOST, RULED_VOID]), ledger(arrived(None)), False, True),
    "sent again": (
        written([SENT, LOST_GUARDED, AGAIN, entry("answer", "done", token=8, outcome="done")]),
        ledger(arrived(None), arrived(), moved=1),
        True,
        True,
    ),
    "probably done": (
        written([SENT, LOST_GUARDED, AGAIN, entry("answer", "review", "probably_done", 8, outcome="declined")]),
        ledger(arrived(), arrived("E1"), moved=1),
        True,
        False,
    ),
    "a late success": (
        written([SENT, FOUND_DEAD, RULED_VOID, entry("answer", "done", "late_success", outcome="done")]),
        ledger(arrived(), moved=1),
        False,
        True,
    ),
}


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_right_is_found_so(name: str) -> None:
    refund, seen, enforced, is_over = RIGHT[name]
    assert wrong_with(refund, seen, enforced, is_over=is_over) == []
    assert wrong_with_payment([refund], seen, is_over=is_over) == []


WRONG: dict[str, tuple[Written, Ledger, bool, bool, str]] = {
    "doubled": (written([SENT, DONE]), ledger(arrived(), moved=2), False, True, "doubled"),
    "doubled in review": (written([SENT, LOST]), ledger(arrived(), moved=2), False, False, "doubled"),
    "done without money": (written([SENT, DONE]), ledger(arrived()), False, True, "nothing moved"),
    "ruled done without money": (written([SENT, LOST, RULED_DONE]), ledger(), False, True, "nothing moved"),
    "void though moved": (written([SENT, LOST, RULED_VOID]), ledger(arrived(), moved=1), False, True, "but it moved"),
    "declined though moved": (
        written([SENT, entry("answer", "declined", outcome="declined")]),
        ledger(arrived("E1"), moved=1),
        False,
        True,
        "recorded as declined",
    ),
    "given back though moved": (
        written([SENT, entry("answer", "requested", outcome="not_sent")], maybe_sent=0),
        ledger(moved=1),
        False,
        False,
        "recorded as not sent",
    ),
    "lost while sending": (written([SENT]), ledger(), False, False, "lost: sending"),
    "lost while unknown": (written([SENT, LOST_GUARDED]), ledger(), True, False, "lost: unknown"),
    "lost before it was sent": (written([]), ledger(), False, False, "lost: requested"),
    "never ruled on": (written([SENT, LOST]), ledger(), False, True, "lost: review"),
    "sent while another has it": (written([SENT, AGAIN]), ledger(), True, False, "sent while it was sending"),
    "sent again without a guard": (
        written([SENT, LOST_GUARDED, AGAIN]),
        ledger(),
        False,
        False,
        "answer led to unknown",
    ),
    "another pair": (
        written([SENT, LOST_GUARDED, {**AGAIN, "confirm_price": 6_000}]),
        ledger(),
        True,
        False,
        "in place of 9000",
    ),
    "the wrong note": (
        written([SENT, entry("answer", "review", "mismatch", outcome="unknown", kind="timeout")]),
        ledger(),
        False,
        False,
        "not to review (no_answer)",
    ),
    "a guess after a decline": (
        written([SENT, LOST_GUARDED, AGAIN, entry("answer", "done", token=8, outcome="declined")]),
        ledger(arrived(), arrived("E1"), moved=1),
        True,
        True,
        "not to review (probably_done)",
    ),
    "an answer of an earlier attempt": (
        written([SENT, LOST_GUARDED, AGAIN, entry("answer", "declined", token=7, outcome="declined")]),
        ledger(),
        True,
        True,
        "of another attempt",
    ),
    "no journal": (written([], state="done", attempts=1), ledger(arrived(), moved=1), False, True, "by its journal"),
    "a request that is not recorded": (
        written([SENT, DONE]),
        ledger(arrived(), arrived(), moved=1),
        False,
        True,
        "2 requests came of 1 sends",
    ),
    "a request of what surely was not sent": (
        written([SENT, entry("answer", "requested", outcome="not_sent")], maybe_sent=0),
        ledger(arrived(None)),
        False,
        False,
        "1 of them not sent",
    ),
    "a confirmPrice that is not recorded": (
        written([SENT, LOST]),
        ledger(arrived(None, confirm=6_000)),
        False,
        False,
        "which is not recorded",
    ),
    "an answer that the gateway never gave": (written([SENT, DONE]), ledger(moved=1), False, True, "says done"),
    "a decline that the gateway never gave": (
        written([SENT, entry("answer", "declined", outcome="declined")]),
        ledger(arrived()),
        False,
        True,
        "says declined",
    ),
    "evidence of another kind": (
        written([SENT, LOST, RULED_DONE], evidence="answer"),
        ledger(arrived(), moved=1),
        False,
        True,
        "its evidence",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_noticed(name: str) -> None:
    refund, seen, enforced, is_over, said = WRONG[name]
    found = wrong_with(refund, seen, enforced, is_over=is_over)
    assert any(said in each for each in found), found


@pytest.mark.parametrize(
    ("payment", "seen", "said"),
    [
        ({"remaining": 12_000}, ledger(moved=1), "though 3000 are done"),
        ({"asked": 3_000}, ledger(moved=1), "though 0 have not ended"),
        ({"open_refund": "refund-1"}, ledger(moved=1), "though [] are open"),
        ({}, ledger(), "by the gateway"),
        ({}, Ledger(8_000, [MOVED, {**MOVED, "amount": 1_000}]), "nobody asked for"),
    ],
)
def test_a_payment_that_does_not_add_up_is_noticed(payment: dict[str, Any], seen: Ledger, said: str) -> None:
    refund = written([SENT, DONE])
    refund.payment = {**refund.payment, **payment}
    found = wrong_with_payment([refund], seen, is_over=True)
    assert any(said in each for each in found), found
