"""Many threads that call at once: every one is told its own end, whatever the others do with the interpreter lock."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

import paywelcome
from merchant import CANCEL, GUARD
from paywelcome.testing import Sandbox

THREADS = 32
CALLS = 5


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(THREADS) as pool:
        yield pool


def refunds(client: paywelcome.Client, sandbox: Sandbox) -> float:
    """Cancels some payments one after the other, and gives the longest that one took."""
    longest = 0.0
    for _ in range(CALLS):
        tid = sandbox.approve(price=12000)
        began = time.perf_counter()
        assert client.cancel(**{**CANCEL, "tid": tid}).tid == tid
        longest = max(longest, time.perf_counter() - began)
    return longest


@pytest.mark.parametrize("spinning", [0, 2])
def test_every_thread_gets_its_own_end(sandbox: Sandbox, pool: ThreadPoolExecutor, spinning: int) -> None:
    stop = threading.Event()

    def spin() -> None:
        while not stop.is_set():
            sum(range(1000))

    hogs = [threading.Thread(target=spin) for _ in range(spinning)]
    for hog in hogs:
        hog.start()
    try:
        with paywelcome.Client(mid=sandbox.mid, sign_key=sandbox.sign_key, base_url=sandbox.url) as client:
            calls = [pool.submit(refunds, client, sandbox) for _ in range(THREADS)]
            longest = max(call.result(GUARD) for call in calls)
    finally:
        stop.set()
        for hog in hogs:
            hog.join()
    assert sandbox.executions == THREADS * CALLS
    # No wake-up was lost for good: one that is, ends with its time limit, which is far longer.
    assert longest < GUARD / 2


def test_who_gives_up_in_line_holds_up_nobody(sandbox: Sandbox, pool: ThreadPoolExecutor) -> None:
    with paywelcome.Client(mid=sandbox.mid, sign_key=sandbox.sign_key, base_url=sandbox.url) as client:

        def give_up(_: int) -> str:
            try:
                client.cancel(**{**CANCEL, "tid": sandbox.approve(price=12000)}, timeout=1e-4)
            except paywelcome.PaywelcomeError as error:
                return error.outcome
            return "done"

        hasty = [pool.submit(give_up, number) for number in range(200)]
        calls = [pool.submit(refunds, client, sandbox) for _ in range(8)]
        assert max(call.result(GUARD) for call in calls) < GUARD / 2
        assert {call.result(GUARD) for call in hasty} <= {"done", "not_sent", "unknown"}
