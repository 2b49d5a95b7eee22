"""The words that states, operations, notes, rulings and evidence are written as, in every language and row."""

from __future__ import annotations

from typing import Literal, TypeAlias

State: TypeAlias = Literal["requested", "sending", "unknown", "review", "done", "declined", "void"]
"""The state of a refund.

- ``"requested"``: recorded; nothing of it was sent.
- ``"sending"``: a worker is sending it, or died doing so.
- ``"unknown"``: money may have moved; it is resent automatically after the quiet time.
- ``"review"``: a person must check.
- ``"done"``: the money went back.
- ``"declined"``: the gateway declined; no money moved.
- ``"void"``: given up; no money moved.
"""

Note: TypeAlias = Literal[
    "no_answer", "mismatch", "probably_done", "too_often", "above_remaining", "restored", "late_success", "statement"
]
"""Why a refund is in review, or what is unusual about its result.

- ``"no_answer"``: no answer came, or its worker died before the answer was recorded.
- ``"mismatch"``: the answer does not repeat what was asked.
- ``"probably_done"``: the first answer was lost, and the second request was declined.
- ``"too_often"``: it was sent the maximum number of times.
- ``"above_remaining"``: more was requested than remains.
- ``"restored"``: the store was restored and may not know of a cancel.
- ``"late_success"``: the success arrived after the refund had ended with another result.
- ``"statement"``: a settlement file shows the cancel, although it is recorded as not cancelled.
"""

Ruling: TypeAlias = Literal["done", "void", "retry", "resend"]
"""What a person decides after a look in the merchant admin.

- ``"done"``: the cancel is there.
- ``"void"``: the cancel is not there, and the refund is given up.
- ``"retry"``: the cancel is not there; a worker sends it again.
- ``"resend"``: a worker sends the same cancel once more; only if ``confirmPrice`` is enforced.
"""

Evidence: TypeAlias = Literal["answer", "operator", "statement"]
"""What proves a result: the gateway's answer, a person, or a settlement file."""

Operation: TypeAlias = Literal["cancel", "partial_cancel"]
"""The gateway's operation that a refund is sent as."""
