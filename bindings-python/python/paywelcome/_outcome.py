"""What is known of the money, and why, by name; only for annotations, since `typing` takes long to import."""

from __future__ import annotations

from typing import Literal, TypeAlias

Outcome: TypeAlias = Literal["not_sent", "declined", "unknown"]
"""What is known of the money after a call that gave no receipt."""

ErrorKind: TypeAlias = Literal[
    "configuration",
    "invalid_request",
    "dns",
    "connect",
    "tls",
    "proxy",
    "timeout",
    "connection_lost",
    "http_status",
    "redirect",
    "malformed",
    "mismatch",
    "undocumented_code",
    "declined",
    "closed",
    "aborted",
    "pending",
    "internal",
]
"""Why a call gave no receipt, in one word."""
