"""Every way the sandbox can break, and what the library must say of it.

The verdicts are written by hand from README's table of outcomes and the table of faults in docs/sandbox.md.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

NONE = "none"
"""The honest gateway, beside the kinds of `arm`."""
TLS = "tls:"
"""What the names of the handshakes that fail begin with, beside the kinds of `arm`."""


@dataclass(frozen=True)
class Row:
    """One way to break, and the verdict."""

    kind: str
    parameters: dict[str, Any] = field(default_factory=dict)
    outcome: str = "unknown"
    """Of a call that the gateway would grant."""
    error: str | None = None
    """The error's `kind`."""
    refused: str | None = "the same"
    """The outcome of a call that the gateway would decline; None where the fault passes those by."""
    faithful: str = ""
    """Why the answer is that of a true success, so that a receipt is right even where the sandbox did nothing."""
    only: str | None = None
    """The one operation that it can break."""
    stalls: bool = False
    alone: bool = False
    """Whether it needs a sandbox to itself, since it breaks connections and not requests."""
    whens: tuple[str, ...] = ("after_applying", "before_applying", "late")


def _faithful(kind: str, why: str, refused: str | None = "declined", **parameters: Any) -> Row:
    return Row(kind, parameters, "done", None, refused, why)


def _lost(kind: str, **parameters: Any) -> Row:
    return Row(kind, parameters, error="connection_lost")


def _stalls(kind: str, **parameters: Any) -> Row:
    return Row(kind, parameters, error="timeout", stalls=True)


def _malformed(kind: str, refused: str | None = "the same", **parameters: Any) -> Row:
    return Row(kind, parameters, error="malformed", refused=refused)


def _mismatch(kind: str, only: str | None = None, **parameters: Any) -> Row:
    return Row(kind, parameters, error="mismatch", refused=None, only=only)


def _status(status: int, body: str) -> Row:
    return Row("status", {"status": status, "body": body}, error="http_status")


def _code(code: str, error: str) -> Row:
    return Row("result_code", {"code": code}, error=error, refused=None)


def _unsent(kind: str, error: str, **parameters: Any) -> Row:
    return Row(kind, parameters, "not_sent", error, None, alone=True, whens=("",))


ROWS: list[Row] = [
    Row(NONE, {}, "done", None, "declined", whens=("after_applying",)),
    # Within the head, within the body, and after the last byte of the answer.
    _lost("close"),
    _lost("close", after_bytes=40),
    _lost("close", after_bytes=150),
    _faithful("close", "the whole answer came first", after_bytes=100_000),
    _lost("reset"),
    _lost("reset", after_bytes=40),
    _lost("reset", after_bytes=150),
    _stalls("stall"),
    _stalls("stall", after_bytes=40),
    _stalls("stall", after_bytes=150),
    _faithful("stall", "the whole answer comes, within the call's time", ms=30),
    _stalls("trickle"),
    _faithful("trickle", "the whole answer comes, within the call's time", bytes=64, ms=2),
    _malformed("truncated_json"),
    _malformed("truncated_json", bytes=0),
    _lost("length_too_long"),
    _malformed("length_too_short"),
    _malformed("empty_body"),
    _malformed("html"),
    *(Row("redirect", {"status": status}, error="redirect") for status in (301, 302, 303, 307, 308)),
    *(_status(status, "text") for status in (400, 500, 503)),
    *(_status(status, "html") for status in (403, 502)),
    *(_status(status, "empty") for status in (404, 429, 504)),
    *(_status(status, "receipt") for status in (404, 500)),
    _malformed("missing_key", None),
    _mismatch("missing_key", key="Price"),
    _mismatch("missing_key", key="Tid"),
    _mismatch("missing_key", key="RmainPrice", only="partial_cancel"),
    *(
        _faithful("missing_key", "nothing is missing that a receipt must prove", None, key=key)
        for key in ("Mid", "ResultMsg", "CancelDate")
    ),
    _code("0000", "undocumented_code"),
    _code("00 ", "undocumented_code"),
    _code("", "malformed"),
    *(_faithful("letter_case", "the same keys, in another letter case", case=case) for case in ("lower", "upper")),
    _faithful("duplicate_key", "both say the same", None),
    *(_malformed("duplicate_key", None, key=key, conflicting=True) for key in ("Price", "ResultCode", "Tid")),
    _faithful("bom", "a byte-order mark says nothing"),
    _faithful("euc_kr", "the same text in the character set that is declared"),
    _faithful("numbers", "the same amounts", None),
    _mismatch("wrong_amount"),
    _mismatch("wrong_amount", by=-1),
    _mismatch("wrong_remaining", only="partial_cancel"),
    _mismatch("wrong_remaining", only="partial_cancel", by=-1),
    _mismatch("wrong_tid"),
    _mismatch("wrong_tid", echo=""),
    # Above what an answer may have, and far above; below it, one more key is no harm.
    _malformed("huge_body", bytes=300_000),
    _faithful("huge_body", "one more key says nothing", bytes=20_000),
    Row("close_idle", {"at": "next_byte"}, refused=None, alone=True, whens=("",)),
    Row("close_idle", {"at": "after_answer"}, "done", refused=None, alone=True, whens=("",)),
    _unsent("refuse_connections", "connect"),
    _unsent("refuse_connections", "connect", close_open=False),
    Row("refuse_connections", {"ms": 150}, "done", refused=None, alone=True, whens=("",)),
    *(_unsent("proxy_refusal", "proxy", status=status) for status in (403, 407, 502)),
    *(_unsent(f"{TLS}{mode}", "tls") for mode in ("wrong_name", "expired", "self_signed", "tls_1_1")),
    _unsent(f"{TLS}handshake_stall", "timeout"),
]
