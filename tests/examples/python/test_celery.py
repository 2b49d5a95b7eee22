"""The Celery example with a prefork worker, its messages in a folder."""

from __future__ import annotations

import importlib
import os
import signal
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import ModuleType

import pytest
from program import EXAMPLES, GUARD, Program

import paywelcome
from paywelcome.refunds import RefundsError
from paywelcome.testing import Sandbox

WORKER = ["celery", "-A", "tasks", "worker", "--pool=prefork", "--loglevel=INFO"]


@pytest.fixture(scope="module")
def environment(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    home = tmp_path_factory.mktemp("celery")
    for folder in ("messages", "control"):
        (home / folder).mkdir()
    return {**sandbox.environment, "SHOP_DATABASE": str(home / "shop.sqlite3"), "BROKER_FOLDER": str(home)}


@pytest.fixture(scope="module")
def tasks(environment: dict[str, str]) -> Iterator[ModuleType]:
    """The example's modules, as a web server that asks for refunds imports them."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        patch.syspath_prepend(str(EXAMPLES / "celery"))
        module = importlib.import_module("tasks")
        module.refunds.init()
        yield module
        module.app.close()
        for name in ("tasks", "celeryconfig"):
            sys.modules.pop(name, None)


@pytest.fixture(scope="class")
def worker(request: pytest.FixtureRequest, tasks: ModuleType, environment: dict[str, str]) -> Iterator[Program]:
    program = Program("celery", *WORKER, f"--concurrency={request.cls.processes}", environment=environment)
    program.wait_for(r"ready\.$")
    yield program
    assert program.stop() == 0


@pytest.fixture
def shop(sandbox: Sandbox, tasks: ModuleType) -> Shop:
    return Shop(sandbox, tasks)


class Shop:
    """What a web server does, and what it then sees."""

    def __init__(self, gateway: Sandbox, tasks: ModuleType) -> None:
        self.gateway, self.tasks = gateway, tasks

    def ask(self, number: int, tid: str, amount: int = 12000) -> str:
        """Asks twice, as for a form that is posted again; gives the key."""
        key = f"{tid}-{number}"
        for _ in range(2):
            assert self.tasks.ask(key, tid=tid, amount=amount, paid=12000).key == key
        return key

    def wait_for(self, key: str, **wanted: object) -> None:
        """Waits for what a worker records; a database tells nobody."""
        last = time.monotonic() + GUARD
        while any(getattr(refund := self.tasks.refunds.get(key), name) != value for name, value in wanted.items()):
            assert time.monotonic() < last, refund
            time.sleep(0.02)

    def hurry(self, key: str) -> None:
        """Ends the refund's pause, and the lease of a worker that has died."""
        with closing(sqlite3.connect(os.environ["SHOP_DATABASE"], timeout=20)) as database, database:
            changed = database.execute(
                "UPDATE paywelcome_refund SET due_at = 0, lease_over = 0 WHERE refund_key = ?", (key,)
            )
            assert changed.rowcount == 1


class TestRefunds:
    processes = 2

    def test_done_and_in_parts(self, worker: Program, shop: Shop) -> None:
        tid = shop.gateway.approve(price=12000)
        for number, amount in enumerate((3000, 3000, 6000)):
            shop.wait_for(shop.ask(number, tid, amount), state="done")
        assert (shop.gateway.payment(tid).remaining, shop.gateway.executions) == (0, 3)
        with pytest.raises(paywelcome.InvalidRequestError, match="amount"):
            shop.ask(3, tid, 1)

    def test_declined(self, worker: Program, shop: Shop) -> None:
        tid = shop.gateway.approve(price=12000)
        shop.gateway.client().cancel(pay_type="card", tid=tid, price=12000)
        shop.wait_for(shop.ask(1, tid), state="declined", remaining=12000)

    def test_not_sent_is_sent_later(self, worker: Program, shop: Shop) -> None:
        with shop.gateway.arm("refuse_connections"):
            key = shop.ask(1, shop.gateway.approve(price=12000))
            shop.wait_for(key, state="requested", outcome="not_sent")
        shop.hurry(key)
        shop.tasks.sweep.delay()
        shop.wait_for(key, state="done")
        assert shop.gateway.executions == 1

    def test_unknown_waits_for_a_person(self, worker: Program, shop: Shop) -> None:
        tid = shop.gateway.approve(price=12000)
        shop.gateway.arm("close", when="after_applying")
        key = shop.ask(1, tid, 9000)
        shop.wait_for(key, state="review")
        printed = len(worker.lines)
        other = shop.ask(2, tid, 3000)
        for again in (key, other):
            shop.tasks.process.delay(again)
            worker.wait_for(
                rf"paywelcome\.process\[.*succeeded in .*: '{shop.tasks.refunds.get(again).state}'", printed
            )
        assert (shop.tasks.refunds.get(other).state, shop.gateway.request_count) == ("requested", 1)
        with pytest.raises(RefundsError) as refused:
            shop.tasks.refunds.resolve(key, "retry", by="Kim")
        assert refused.value.until

        shop.tasks.refunds.resolve(key, "done", by="Kim", remaining=3000)
        shop.tasks.sweep.delay()
        shop.wait_for(other, state="done", remaining=0)
        assert (shop.gateway.executions, shop.gateway.request_count) == (2, 2)

    def test_delivered_many_times_at_once(self, worker: Program, shop: Shop) -> None:
        shop.gateway.arm("stall", ms=300)
        printed = len(worker.lines)
        key = shop.ask(1, shop.gateway.approve(price=12000))
        for _ in range(3):
            shop.tasks.process.delay(key)
        worker.wait_for("succeeded in .*: 'sending'", printed)
        shop.wait_for(key, state="done")
        assert (shop.gateway.executions, shop.gateway.request_count) == (1, 1)

    def test_a_message_that_was_lost(self, worker: Program, shop: Shop) -> None:
        tid = shop.gateway.approve(price=12000)
        shop.tasks.refunds.request("lost", tid=tid, amount=12000, paid=12000, pay_type="card")
        shop.tasks.sweep.delay()  # the server died before it sent one
        shop.wait_for("lost", state="done")

    def test_a_soft_time_limit(self, worker: Program, shop: Shop) -> None:
        tid = shop.gateway.approve(price=12000)
        shop.gateway.arm("stall", ms=3000)
        printed = len(worker.lines)
        shop.tasks.refunds.request("limit", tid=tid, amount=12000, paid=12000, pay_type="card")
        shop.tasks.process.apply_async(("limit",), soft_time_limit=1)
        worker.wait_for("SoftTimeLimitExceeded", printed)
        assert shop.tasks.refunds.get("limit").state == "sending"
        shop.wait_for("limit", state="done")  # the answer came later
        assert (shop.gateway.executions, shop.gateway.request_count) == (1, 1)


class TestKilled:
    processes = 1  # an idle one that is killed takes the pool's lock with it

    def test_a_process_that_is_killed_in_between(self, worker: Program, shop: Shop) -> None:
        shop.gateway.arm("stall")
        printed = len(worker.lines)
        key = shop.ask(1, shop.gateway.approve(price=12000))
        assert shop.gateway.wait_until(lambda: shop.gateway.executions, timeout=GUARD)
        main = worker.process.pid
        for process in Path(f"/proc/{main}/task/{main}/children").read_text().split():
            os.kill(int(process), signal.SIGKILL)
        worker.wait_for("succeeded in .*: 'sending'", printed)  # the message came again
        shop.hurry(key)
        shop.tasks.sweep.delay()
        shop.wait_for(key, state="review", note="no_answer")
        assert [found.key for found in shop.tasks.refunds.in_review()] == [key]
        assert (shop.gateway.executions, shop.gateway.request_count) == (1, 1)
        assert shop.tasks.refunds.resolve(key, "done", by="Kim").remaining == 0
