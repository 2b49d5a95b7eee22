"""The one place that says what is true: what the caller saw, against what the gateway's ledger and its bytes say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

CLASSES = {
    "done": {"CancelReceipt", "PartialCancelReceipt"},
    "not_sent": {"NotSentError", "InvalidRequestError", "ConfigurationError"},
    "declined": {"DeclinedError"},
    "unknown": {"OutcomeUnknownError"},
}
"""What each outcome is told by. Who gave up the wait is told by an exception of the language's own."""
GAVE_UP = {"CancelledError", "AbortError", "TimeoutError"}
CODES = {
    "NotSentError": "PAYWELCOME_NOT_SENT",
    "InvalidRequestError": "PAYWELCOME_INVALID_REQUEST",
    "ConfigurationError": "PAYWELCOME_CONFIGURATION",
    "DeclinedError": "PAYWELCOME_DECLINED",
    "OutcomeUnknownError": "PAYWELCOME_OUTCOME_UNKNOWN",
}
RECEIPTS = {"cancel": "CancelReceipt", "partial_cancel": "PartialCancelReceipt"}
GRANTED = "00"


@dataclass(frozen=True)
class Asked:
    """What a call asked for."""

    tid: str
    operation: str
    amount: int
    remaining: int


@dataclass
class Seen:
    """What its caller saw."""

    outcome: str
    cls: str
    kind: str | None = None
    safe_to_resend: bool | None = None
    code: str | None = None
    """Node.js only."""
    operation: str | None = None
    tid: str | None = None
    attempts: int | None = None
    http_status: int | None = None
    result_code: str | None = None
    price: int | None = None
    remaining_price: int | None = None

    @property
    def gave_up(self) -> bool:
        return self.cls in GAVE_UP


@dataclass
class Server:
    """What the gateway knows of the call."""

    executed: list[Asked] = field(default_factory=list)
    """What moved, by the ledger."""
    requests: list[dict[str, Any]] = field(default_factory=list)
    """What arrived, by the journal: `result_code` is what the gateway decided, also where the client never read it."""
    bytes: int = 0
    """How many bytes of it came, by the server's own count."""


def lies(asked: Asked, seen: Seen | None, server: Server, *, faked: bool = False) -> list[str]:
    """Returns every breach of the promise, whatever was expected of the call.

    Args:
        asked: The call.
        seen: What the caller saw; None if nobody was left to see anything.
        server: What the gateway knows, once nothing is under way any more.
        faked: Whether the gateway was told to answer as if it had done what it had not.
    """
    found = []
    if len(server.requests) > 1:
        found.append(f"sent {len(server.requests)} times")
    if len(server.executed) > 1:
        found.append(f"executed {len(server.executed)} times")
    if any(executed != asked for executed in server.executed):
        found.append(f"executed otherwise than asked: {server.executed}")
    if seen is None:
        return found
    if seen.outcome not in CLASSES:
        return [*found, f"an outcome that there is not: {seen.outcome!r}"]
    found += _shape(asked, seen)
    moved = bool(server.executed)
    decisions = [request["result_code"] for request in server.requests]
    if seen.outcome == "done":
        if not moved and not faked:
            found.append("a receipt, but nothing was executed")
        if (seen.tid, seen.price) != (asked.tid, asked.amount):
            found.append(f"a receipt of something else: {seen.tid}, {seen.price}")
        if asked.operation == "partial_cancel" and seen.remaining_price != asked.remaining:
            found.append(f"a receipt with another rest: {seen.remaining_price}")
    elif seen.outcome == "not_sent":
        if moved:
            found.append("not_sent, but it was executed")
        if server.requests or server.bytes:
            found.append(f"not_sent, but {server.bytes} bytes and {len(server.requests)} requests came")
    elif seen.outcome == "declined":
        if moved:
            found.append("declined, but it was executed")
        if not any(code not in (None, GRANTED) for code in decisions):
            found.append("declined, but the gateway did not decline")
    return found


def _shape(asked: Asked, seen: Seen) -> list[str]:
    """What must hold together within one receipt or error."""
    found = []
    if seen.gave_up:
        if seen.outcome not in ("not_sent", "unknown"):
            found.append(f"the wait was given up, but the outcome is {seen.outcome}")
        return found
    if seen.cls not in CLASSES[seen.outcome]:
        found.append(f"{seen.outcome} in a {seen.cls}")
    if seen.outcome == "done":
        if seen.cls != RECEIPTS[asked.operation]:
            found.append(f"a {seen.cls} of a {asked.operation}")
        if seen.result_code != GRANTED:
            found.append(f"a receipt of code {seen.result_code}")
        return found
    if seen.safe_to_resend is not (seen.outcome == "not_sent"):
        found.append(f"{seen.outcome}, and safe_to_resend is {seen.safe_to_resend}")
    if seen.code is not None and seen.code != CODES.get(seen.cls):
        found.append(f"a {seen.cls} of code {seen.code}")
    if (seen.kind == "declined") is not (seen.outcome == "declined"):
        found.append(f"{seen.outcome} of kind {seen.kind}")
    refused = seen.kind in ("invalid_request", "configuration")
    if (seen.operation, seen.tid) != (asked.operation, asked.tid):
        found.append(f"an error of another call: {seen.operation}, {seen.tid}")
    if (seen.attempts == 0) is not refused:
        found.append(f"{seen.kind} after {seen.attempts} attempts")
    return found


def timidities(seen: Seen | None, server: Server) -> list[str]:
    """Returns what was called unknown although nothing of it ever came."""
    if seen is not None and seen.outcome == "unknown" and not server.requests and not server.bytes:
        return ["unknown, but not one byte came"]
    return []


def misses(outcome: str, kind: str | None, seen: Seen) -> list[str]:
    """Returns what differs from the verdict that was expected."""
    if (seen.outcome, seen.kind) == (outcome, kind):
        return []
    return [f"{seen.outcome} ({seen.kind}) where {outcome} ({kind}) is the truth"]


def disagreements(seen: Mapping[str, Seen]) -> list[str]:
    """Returns how faces differ that met the same; the key is the face."""
    told = {}
    for face, each in seen.items():
        alike = asdict(each)
        # One language only, or another payment each.
        for name in ("code", "tid"):
            del alike[name]
        told[face] = alike
    first, *others = told.items()
    found = []
    for face, alike in others:
        for name, value in alike.items():
            if value != first[1][name]:
                found.append(f"{name}: {first[1][name]!r} in {first[0]}, {value!r} in {face}")
    return found
