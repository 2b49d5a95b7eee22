"""What came of a cancel, as it is recorded."""

# What an answer held stands in private fields, as the text that it was.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import json
from typing import TypeAlias

from paywelcome.errors import NotSentError, PaywelcomeError
from paywelcome.receipts import CancelReceipt, PartialCancelReceipt

End: TypeAlias = CancelReceipt | PartialCancelReceipt | PaywelcomeError
"""How an attempt ended."""

PENDING: str = json.dumps({"outcome": "unknown", "kind": "pending"})
"""What is given where the end comes later."""

NOT_BEGUN: PaywelcomeError = NotSentError(
    "the store failed, or something interrupted, before it was sent", kind="aborted"
)
"""How an attempt ended that was claimed, and never sent."""

# Why a call is not even begun.
_NEVER_BEGUN = ("invalid_request", "configuration", "closed", "aborted")


def is_never_begun(end: End) -> bool:
    """Whether a call was refused before it was begun."""
    return isinstance(end, PaywelcomeError) and end.outcome == "not_sent" and end.kind in _NEVER_BEGUN


def told(end: End, took: float) -> str:
    """Returns the end of an attempt as JSON; ``took`` is the seconds since it was claimed."""
    milliseconds = max(0, int(1000 * took))
    if isinstance(end, PaywelcomeError):
        words: dict[str, object] = {
            "outcome": end.outcome,
            "kind": end.kind,
            "message": str(end),
            "result_code": end.result_code,
            "result_msg": end.result_msg,
            "http_status": end.http_status,
            "timestamp": end.timestamp,
            "raw": end._raw_json,
            "body_excerpt": end.body_excerpt,
            "took": milliseconds,
        }
    else:
        at = end.cancelled_at
        words = {
            "outcome": "done",
            "result_code": end.result_code,
            "result_msg": end.result_msg,
            "cancel_tid": end.cancel_tid if isinstance(end, PartialCancelReceipt) else None,
            "cancelled_at": None if at is None else at.isoformat(),
            "raw": end._json,
            "took": milliseconds,
        }
    return json.dumps(words, ensure_ascii=False)
