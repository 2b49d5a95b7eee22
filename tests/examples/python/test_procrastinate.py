"""The Procrastinate example with its own worker, on a PostgreSQL of the test's own."""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import psycopg
import pytest
from program import EXAMPLES, GUARD, Program, run

from paywelcome.refunds import RefundsError
from paywelcome.testing import Sandbox

sys.path.insert(0, str(Path(__file__).parents[2]))

import engines

APP = ("procrastinate", "--app=tasks.app")


@pytest.fixture(scope="module")
def environment(sandbox: Sandbox) -> Iterator[dict[str, str]]:
    try:
        with engines.start("postgres") as engine:
            environment = {**sandbox.environment, "DATABASE_URL": engine.url}
            run("procrastinate", *APP, "schema", "--apply", environment=environment)
            yield environment
    except engines.Missing as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="module")
def tasks(environment: dict[str, str]) -> Iterator[ModuleType]:
    """The example's module, as a web server that asks for refunds imports it."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        patch.syspath_prepend(str(EXAMPLES / "procrastinate"))
        module = importlib.import_module("tasks")
        module.refunds.init()
        with module.app.open():
            yield module
        sys.modules.pop("tasks")


@pytest.fixture(scope="module")
def worker(tasks: ModuleType, environment: dict[str, str]) -> Iterator[Program]:
    program = Program("procrastinate", *APP, "worker", "--queues=refunds", "--concurrency=4", environment=environment)
    yield program
    assert program.stop() == 0


@pytest.fixture
def shop(gateway: Sandbox, tasks: ModuleType, worker: Program, environment: dict[str, str]) -> Shop:
    return Shop(gateway, tasks, environment["DATABASE_URL"])


class Shop:
    """What a web server does, and what it then sees."""

    def __init__(self, gateway: Sandbox, tasks: ModuleType, url: str) -> None:
        self.gateway, self.tasks, self.url = gateway, tasks, url

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
        """Ends the refund's pause."""
        with psycopg.connect(self.url) as connection:
            connection.execute("UPDATE paywelcome_refund SET due_at = 0 WHERE refund_key = %s", (key,))

    def jobs(self, key: str) -> int:
        with psycopg.connect(self.url) as connection:
            statement = "SELECT count(*) FROM procrastinate_jobs WHERE args->>'key' = %s"
            ((count,),) = connection.execute(statement, (key,)).fetchall()
            return int(count)


def test_done_and_in_parts(shop: Shop) -> None:
    tid = shop.gateway.approve(price=12000)
    for number, amount in enumerate((3000, 3000, 6000)):
        shop.wait_for(shop.ask(number, tid, amount), state="done")
    assert (shop.gateway.payment(tid).remaining, shop.gateway.executions) == (0, 3)


def test_not_sent_is_sent_later(shop: Shop) -> None:
    with shop.gateway.arm("refuse_connections"):
        key = shop.ask(1, shop.gateway.approve(price=12000))
        shop.wait_for(key, state="requested", outcome="not_sent")
    shop.hurry(key)
    shop.wait_for(key, state="done")  # found by the sweep
    assert shop.gateway.executions == 1


def test_unknown_waits_for_a_person(shop: Shop) -> None:
    tid = shop.gateway.approve(price=12000)
    shop.gateway.arm("close", when="after_applying")
    key = shop.ask(1, tid, 9000)
    shop.wait_for(key, state="review")
    with pytest.raises(RefundsError) as refused:
        shop.tasks.refunds.resolve(key, "retry", by="Kim")
    assert refused.value.until
    shop.tasks.refunds.resolve(key, "done", by="Kim", remaining=3000)
    assert (shop.gateway.executions, shop.gateway.request_count) == (1, 1)


def test_a_wake_up_that_was_lost(shop: Shop) -> None:
    tid = shop.gateway.approve(price=12000)
    shop.tasks.refunds.request("lost", tid=tid, amount=12000, paid=12000, pay_type="card")
    shop.wait_for("lost", state="done")  # found by the sweep
    assert (shop.gateway.executions, shop.jobs("lost")) == (1, 1)
