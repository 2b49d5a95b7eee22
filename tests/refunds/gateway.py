"""What a sandbox knows of one payment: what moved, and what arrived."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from paywelcome.testing import Sandbox

T = TypeVar("T")
GUARD = 60.0
LOOK_EVERY = 0.02
LATE_GUARD = 1.0
"""Seconds after which a late cancel was declined unseen, once it was due."""


@dataclass
class Ledger:
    """What the gateway knows of a payment."""

    remaining: int
    cancels: list[dict[str, Any]] = field(default_factory=list)
    """What moved."""
    requests: list[dict[str, Any]] = field(default_factory=list)
    """What arrived; `result_code` is what the gateway decided, also where nobody learnt it."""


async def until(
    condition: Callable[[], T], seconds: float = GUARD, what: Callable[[], object] = object, every: float = LOOK_EVERY
) -> T:
    """Waits until a condition holds."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"did not come true in {seconds} s: {what()}")
        await asyncio.sleep(every)
    return value


def ledgers(gateway: Sandbox, tids: list[str]) -> dict[str, Ledger]:
    """Returns what the gateway knows of these payments."""
    found = {}
    for tid in tids:
        payment = gateway.command("payment", tid=tid)
        found[tid] = Ledger(payment["remaining"], payment["cancels"])
    told = gateway.command("requests", latest=1000)
    assert told["last"] <= 1000, "the journal has forgotten requests"
    for request in told["requests"]:
        tid = dict(request["fields"]).get("tid")
        if request["method"] == "POST" and tid in found:
            found[tid].requests.append(request)
    return found


async def quiet(gateway: Sandbox) -> None:
    """Waits until nothing is under way that may still move."""

    def is_under_way() -> bool:
        return any(
            (request["fault"] or {}).get("when") == "late"
            and request["result_code"] == "00"
            and request["executed_late"] is None
            for request in gateway.command("requests", latest=1000)["requests"]
        )

    try:
        await until(lambda: not is_under_way(), LATE_GUARD)
    except TimeoutError:
        # Declined when it was due.
        pass
