"""What a sandbox knows of one call: its ledger, its journal and its count of bytes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from judge import Asked, Server
from paywelcome.testing import Sandbox

T = TypeVar("T")
GUARD = 30.0
LOOK_EVERY = 0.005
OPEN = ("01", "08")
"""ESTABLISHED and CLOSE_WAIT, as the kernel writes them."""


async def until(condition: Callable[[], T]) -> T:
    """Waits until a condition holds."""
    deadline = time.monotonic() + GUARD
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"did not come true in {GUARD} s")
        await asyncio.sleep(LOOK_EVERY)
    return value


def settings(gateway: Sandbox) -> dict[str, Any]:
    """Returns the settings of a client of it."""
    told = {"mid": gateway.mid, "sign_key": gateway.sign_key, "base_url": gateway.url}
    return told if gateway.ca_bundle is None else {**told, "ca_bundle": gateway.ca_bundle}


def requests_of(gateway: Sandbox, tid: str) -> list[dict[str, Any]]:
    """Returns what arrived about a payment."""
    told = gateway.command("requests", tid=tid, latest=1000, bytes=True)["requests"]
    return [request for request in told if request["method"] == "POST"]


def length_of(requests: list[dict[str, Any]]) -> int:
    return sum(request["received"]["length"] for request in requests)


def bytes_received(gateway: Sandbox) -> int:
    count: int = gateway.command("stats")["bytes_received"]
    return count


def executed_of(gateway: Sandbox, tid: str) -> list[Asked]:
    """Returns what moved of a payment."""
    return [
        Asked(tid, cancel["operation"], cancel["amount"], cancel["remaining"])
        for cancel in gateway.command("payment", tid=tid)["cancels"]
    ]


def server_of(gateway: Sandbox, tid: str) -> Server:
    requests = requests_of(gateway, tid)
    return Server(executed_of(gateway, tid), requests, length_of(requests))


def open_connections(gateway: Sandbox) -> int:
    """Counts the connections to it that a client of this machine has not closed."""
    port = f":{int(gateway.url.rsplit(':', 1)[1]):04X}"
    rows = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
    return sum(1 for row in rows if row[2].endswith(port) and row[3] in OPEN)
