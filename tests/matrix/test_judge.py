"""The judge itself: invented observations, each with one lie in it, must be caught; true ones must pass."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from judge import Asked, Seen, Server, disagreements, lies, misses, timidities

PART = Asked("tid", "partial_cancel", 3_000, 9_000)
WHOLE = Asked("tid", "cancel", 12_000, 0)
GRANTED: dict[str, Any] = {"result_code": "00"}
REFUSED: dict[str, Any] = {"result_code": "SBX405"}

DONE = Seen("done", "PartialCancelReceipt", tid="tid", price=3_000, remaining_price=9_000, result_code="00")
DONE_WHOLE = Seen("done", "CancelReceipt", tid="tid", price=12_000, result_code="00")


def error(outcome: str, cls: str, kind: str, **more: Any) -> Seen:
    told = {"operation": "partial_cancel", "tid": "tid", "attempts": 1, "safe_to_resend": outcome == "not_sent"}
    return Seen(outcome, cls, kind, **{**told, **more})


NOT_SENT = error("not_sent", "NotSentError", "connect")
DECLINED = error("declined", "DeclinedError", "declined", result_code="SBX405")
UNKNOWN = error("unknown", "OutcomeUnknownError", "timeout")
INVALID = error("not_sent", "InvalidRequestError", "invalid_request", attempts=0)
GAVE_UP = Seen("unknown", "CancelledError")

MOVED = Server([PART], [GRANTED], 500)
LOST = Server([], [GRANTED], 500)
TURNED_DOWN = Server([], [REFUSED], 500)
NOTHING = Server()


@pytest.mark.parametrize(
    ("asked", "seen", "server"),
    [
        (PART, DONE, MOVED),
        (WHOLE, DONE_WHOLE, Server([WHOLE], [GRANTED], 500)),
        (PART, NOT_SENT, NOTHING),
        (PART, INVALID, NOTHING),
        (PART, DECLINED, TURNED_DOWN),
        (PART, UNKNOWN, MOVED),
        (PART, UNKNOWN, LOST),
        (PART, UNKNOWN, TURNED_DOWN),
        (PART, replace(UNKNOWN, code="PAYWELCOME_OUTCOME_UNKNOWN"), MOVED),
        (PART, GAVE_UP, MOVED),
        (PART, replace(GAVE_UP, outcome="not_sent"), NOTHING),
        (PART, None, MOVED),
        (PART, None, NOTHING),
    ],
)
def test_the_truth_passes(asked: Asked, seen: Seen | None, server: Server) -> None:
    assert lies(asked, seen, server) == []


@pytest.mark.parametrize(
    ("seen", "server", "said"),
    [
        (UNKNOWN, Server([PART, PART], [GRANTED], 500), "executed 2 times"),
        (DONE, Server([PART, PART], [GRANTED, GRANTED], 1_000), "executed 2 times"),
        (None, Server([PART, PART], [GRANTED, GRANTED], 1_000), "executed 2 times"),
        (UNKNOWN, Server([PART], [GRANTED, REFUSED], 1_000), "sent 2 times"),
        (DONE, Server([replace(PART, amount=3_001)], [GRANTED], 500), "executed otherwise"),
        (DONE, Server([replace(PART, remaining=8_000)], [GRANTED], 500), "executed otherwise"),
        (UNKNOWN, Server([replace(PART, operation="cancel")], [GRANTED], 500), "executed otherwise"),
        (DONE, LOST, "nothing was executed"),
        (DONE, TURNED_DOWN, "nothing was executed"),
        (DONE, NOTHING, "nothing was executed"),
        (replace(DONE, price=3_001), MOVED, "receipt of something else"),
        (replace(DONE, tid="another"), MOVED, "receipt of something else"),
        (replace(DONE, remaining_price=8_999), MOVED, "another rest"),
        (replace(DONE, result_code="0000"), MOVED, "receipt of code 0000"),
        (replace(DONE, cls="CancelReceipt"), MOVED, "a CancelReceipt of a partial_cancel"),
        (NOT_SENT, MOVED, "not_sent, but it was executed"),
        (NOT_SENT, LOST, "not_sent, but 500 bytes"),
        (NOT_SENT, Server([], [], 1), "not_sent, but 1 bytes"),
        (INVALID, Server([], [], 1), "not_sent, but 1 bytes"),
        (DECLINED, MOVED, "declined, but it was executed"),
        (DECLINED, LOST, "did not decline"),
        (DECLINED, NOTHING, "did not decline"),
        (replace(UNKNOWN, outcome="perhaps"), MOVED, "an outcome that there is not"),
        (replace(UNKNOWN, cls="NotSentError"), MOVED, "unknown in a NotSentError"),
        (replace(NOT_SENT, cls="OutcomeUnknownError"), NOTHING, "not_sent in a OutcomeUnknownError"),
        (replace(UNKNOWN, safe_to_resend=True), MOVED, "safe_to_resend is True"),
        (replace(DECLINED, safe_to_resend=True), TURNED_DOWN, "safe_to_resend is True"),
        (replace(NOT_SENT, safe_to_resend=False), NOTHING, "safe_to_resend is False"),
        (replace(UNKNOWN, code="PAYWELCOME_NOT_SENT"), MOVED, "of code PAYWELCOME_NOT_SENT"),
        (replace(UNKNOWN, kind="declined"), MOVED, "unknown of kind declined"),
        (replace(UNKNOWN, tid="another"), MOVED, "an error of another call"),
        (replace(UNKNOWN, operation="cancel"), MOVED, "an error of another call"),
        (replace(UNKNOWN, attempts=0), MOVED, "after 0 attempts"),
        (replace(INVALID, attempts=1), NOTHING, "after 1 attempts"),
        (replace(GAVE_UP, outcome="not_sent"), MOVED, "not_sent, but it was executed"),
        (replace(GAVE_UP, outcome="declined"), TURNED_DOWN, "given up, but the outcome is declined"),
    ],
)
def test_a_lie_is_caught(seen: Seen | None, server: Server, said: str) -> None:
    assert any(said in found for found in lies(PART, seen, server)), lies(PART, seen, server)


def test_a_gateway_that_lies_itself_excuses_a_receipt_and_nothing_else() -> None:
    assert lies(PART, DONE, LOST, faked=True) == []
    for seen, server in [
        (replace(DONE, price=1), LOST),
        (NOT_SENT, LOST),
        (DECLINED, LOST),
        (DONE, Server([PART, PART], [GRANTED], 500)),
        (DONE, Server([], [GRANTED, GRANTED], 1_000)),
    ]:
        assert lies(PART, seen, server, faked=True), seen


def test_timidity_is_caught() -> None:
    assert timidities(UNKNOWN, NOTHING)
    assert timidities(GAVE_UP, NOTHING)
    for seen, server in [(UNKNOWN, LOST), (UNKNOWN, Server([], [], 1)), (NOT_SENT, NOTHING), (None, NOTHING)]:
        assert timidities(seen, server) == []


def test_another_verdict_than_expected_is_caught() -> None:
    assert misses("unknown", "timeout", UNKNOWN) == []
    assert misses("unknown", "connection_lost", UNKNOWN)
    assert misses("not_sent", "timeout", UNKNOWN)
    assert misses("done", None, UNKNOWN)


def test_faces_that_differ_are_caught() -> None:
    node = replace(UNKNOWN, tid="another", code="PAYWELCOME_OUTCOME_UNKNOWN")
    assert disagreements({"sync": UNKNOWN, "asyncio": UNKNOWN, "node": node}) == []
    for change in ({"outcome": "not_sent"}, {"kind": "malformed"}, {"http_status": 200}, {"safe_to_resend": True}):
        assert disagreements({"sync": UNKNOWN, "node": replace(node, **change)}), change
