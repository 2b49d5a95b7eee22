"""The Celery example with a prefork worker, its messages in a folder."""

from __future__ import annotations

import importlib
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from program import EXAMPLES, GUARD, Program
from shop import Shop

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
        importlib.import_module("store").create()
        yield module
        module.app.close()
        for name in ("tasks", "store", "celeryconfig"):
            sys.modules.pop(name, None)


@pytest.fixture(scope="class")
def worker(request: pytest.FixtureRequest, tasks: ModuleType, environment: dict[str, str]) -> Iterator[Program]:
    program = Program("celery", *WORKER, f"--concurrency={request.cls.processes}", environment=environment)
    program.wait_for(r"ready\.$")
    yield program
    assert program.stop() == 0


@pytest.fixture
def shop(sandbox: Sandbox, environment: dict[str, str]) -> Shop:
    def nothing(path: str, values: dict[str, object]) -> tuple[int, dict[str, object]]:
        raise NotImplementedError

    return Shop(sandbox, Path(environment["SHOP_DATABASE"]), "", "orders", "refunds", nothing)


class TestRefunds:
    processes = 2

    def test_done_and_in_parts(self, worker: Program, tasks: ModuleType, shop: Shop) -> None:
        order, tid = shop.sell()
        for amount, remaining in ((3000, 12000), (3000, 9000), (6000, 6000)):
            assert tasks.ask(order, amount, remaining)
            assert tasks.ask(order, amount, remaining) is None
            shop.wait_for_status(order, "done")
        assert (shop.gateway.payment(tid).remaining, shop.gateway.executions) == (0, 3)

    def test_declined(self, worker: Program, tasks: ModuleType, shop: Shop) -> None:
        order, tid = shop.sell()
        shop.gateway.client().cancel(pay_type="card", tid=tid, price=12000)
        tasks.ask(order, 12000, 12000)
        shop.wait_for_status(order, "declined")
        assert shop.remaining_of(order) == (12000, 0)

    def test_not_sent_is_tried_again(self, worker: Program, tasks: ModuleType, shop: Shop) -> None:
        order, _ = shop.sell()
        printed = len(worker.lines)
        with shop.gateway.arm("refuse_connections"):
            number = tasks.ask(order, 12000, 12000)
            worker.wait_for(r"tasks\.refund\[.*\] retry: Retry in 1s", printed)
            assert shop.status_of(order) == "queued"
        shop.wait_for_status(order, "done")
        assert (number is not None, shop.gateway.executions) == (True, 1)

    def test_unknown_is_not_tried_again(self, worker: Program, tasks: ModuleType, shop: Shop) -> None:
        order, _ = shop.sell()
        shop.gateway.arm("close", when="after_applying")
        printed = len(worker.lines)
        number = tasks.ask(order, 12000, 12000)
        worker.wait_for(r"succeeded in .*: 'unknown'", printed)
        tasks.refund.delay(number)
        worker.wait_for("somebody else has it", printed)
        assert tasks.ask(order, 12000, 12000) is None
        assert (shop.status_of(order), shop.gateway.request_count) == ("unknown", 1)

    def test_delivered_many_times_at_once(self, worker: Program, tasks: ModuleType, shop: Shop) -> None:
        order, _ = shop.sell()
        shop.gateway.arm("stall", ms=300)
        number = tasks.ask(order, 12000, 12000)
        printed = len(worker.lines)
        for _ in range(3):
            tasks.refund.delay(number)
        worker.wait_for("somebody else has it", printed)
        shop.wait_for_status(order, "done")
        assert (shop.gateway.executions, shop.gateway.request_count) == (1, 1)

    def test_a_message_that_was_lost(self, worker: Program, tasks: ModuleType, shop: Shop) -> None:
        order, _ = shop.sell()
        store = sys.modules["store"]
        assert store.ask(order, 12000, 12000)  # written down, and the server died
        tasks.sweep.delay(0)
        shop.wait_for_status(order, "done")

    def test_a_soft_time_limit(self, worker: Program, tasks: ModuleType, shop: Shop) -> None:
        order, _ = shop.sell()
        shop.gateway.arm("stall", ms=3000)
        printed = len(worker.lines)
        number = sys.modules["store"].ask(order, 12000, 12000)
        tasks.refund.apply_async((number,), soft_time_limit=1)
        worker.wait_for("SoftTimeLimitExceeded", printed)
        assert tasks.ask(order, 12000, 12000) is None
        shop.wait_for_status(order, "done")  # told by on_settled
        assert (shop.gateway.executions, shop.gateway.request_count) == (1, 1)


class TestKilled:
    processes = 1  # an idle one that is killed takes the pool's lock with it

    def test_a_process_that_is_killed_in_between(self, worker: Program, tasks: ModuleType, shop: Shop) -> None:
        order, _ = shop.sell()
        shop.gateway.arm("stall")
        printed = len(worker.lines)
        number = tasks.ask(order, 12000, 12000)
        assert shop.gateway.wait_until(lambda: shop.gateway.executions, timeout=GUARD)
        main = worker.process.pid
        for process in Path(f"/proc/{main}/task/{main}/children").read_text().split():
            os.kill(int(process), signal.SIGKILL)
        worker.wait_for("somebody else has it", printed)  # the message came again
        assert tasks.ask(order, 12000, 12000) is None
        assert [row["status"] for row in sys.modules["store"].open_refunds() if row["id"] == number] == ["sending"]
        assert (shop.gateway.executions, shop.gateway.request_count) == (1, 1)
        shop.query("UPDATE refunds SET changed_at = datetime('now', '-6 minutes') WHERE id = ?", number)
        assert sys.modules["store"].rule(number, "done")
        assert shop.remaining_of(order) == (0, 0)
