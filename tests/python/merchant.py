"""The made-up merchant of these tests, and what the protocol says of its requests."""

from __future__ import annotations

import hashlib
import threading
from datetime import datetime, timedelta, timezone
from typing import Any

MID = "welcometst"
SIGN_KEY = "made-up-sign-key-of-the-tests"
MKEY = hashlib.sha256(SIGN_KEY.encode()).hexdigest()
TID = "WPPGCARD01welcometst20260930151000000001"
KST = timezone(timedelta(hours=9))

# No wait of these tests may last longer; in a run that passes, none comes near it.
GUARD = 10.0

CANCEL: dict[str, Any] = {"pay_type": "card", "tid": TID, "price": 12000}
PARTIAL: dict[str, Any] = {"pay_type": "card", "tid": TID, "cancel_price": 3000, "confirm_price": 9000}


def settings(url: str, **more: Any) -> dict[str, Any]:
    """Returns a client's settings for a server of a test."""
    return {"mid": MID, "sign_key": SIGN_KEY, "base_url": url, **more}


def signature(timestamp: str, mid: str = MID, mkey: str = MKEY) -> str:
    """Signs as prepare01 §3.3 of the gateway's guide says."""
    return hashlib.sha256(f"mid={mid}&mkey={mkey}&timestamp={timestamp}".encode()).hexdigest()


def kst(digits: str) -> datetime:
    """Reads a 14-digit timestamp."""
    return datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=KST)


def reported() -> None:
    """Waits until every call that continued by itself was reported and logged."""
    for thread in threading.enumerate():
        if thread.name == "paywelcome-settling":
            thread.join(GUARD)
            assert not thread.is_alive()


def outcome_of(reason: BaseException) -> str:
    """The outcome that a reason carries, or on Python 3.10, where awaiting a task makes a new one, its context."""
    while not hasattr(reason, "outcome"):
        assert reason.__context__ is not None, "no outcome"
        reason = reason.__context__
    return str(reason.outcome)
