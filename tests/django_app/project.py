"""A project's refunds, which each test sets."""

from __future__ import annotations

from paywelcome.refunds import Refunds

refunds: Refunds | None = None
nothing = ["no refunds"]


def made() -> Refunds | None:
    return refunds
