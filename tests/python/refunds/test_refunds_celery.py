"""The tasks of Celery: what a message does, when it comes again, and what a sweep sends; the broker is in memory."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

import celery
import pytest
from celery.contrib.testing.worker import start_worker
from celery.signals import before_task_publish, setup_logging, task_success

import paywelcome
from merchant import GUARD
from paywelcome.refunds import AsyncRefunds, AsyncSQLiteStore, Refund, Refunds, SQLiteStore
from paywelcome.refunds.celery import Tasks, add_tasks
from paywelcome.testing import Sandbox

# Celery's own, of Python's newest versions and of workers in threads.
pytestmark = pytest.mark.filterwarnings("default")


def until(is_so: Callable[[], bool]) -> None:
    """Waits for what a worker does; a database tells nobody."""
    last = time.monotonic() + GUARD
    while not is_so():
        assert time.monotonic() < last
        time.sleep(0.01)


class Shop:
    def __init__(self, sandbox: Sandbox, store: SQLiteStore) -> None:
        self.sandbox, self.store = sandbox, store
        self.client = sandbox.client()
        self.refunds = Refunds(self.client, store, quiet=0)
        self.app = celery.Celery("shop", broker="memory://", backend="cache+memory://", set_as_current=False)
        self.sent: list[tuple[Any, ...]] = []
        """What every message for a refund held, and whether it is to wait."""
        self.etas: list[str | None] = []
        before_task_publish.connect(self._note)
        # A worker within this process would set the level of every other test's logging.
        setup_logging.connect(self._leave_logging)

    def _leave_logging(self, **_: Any) -> None:
        pass

    def _note(self, sender: str, body: Any, headers: Any, routing_key: str, **_: Any) -> None:
        if sender == "paywelcome.process":
            self.etas.append(headers["eta"])
            self.sent.append((*body[0], headers["eta"] is not None, routing_key))

    def ask(self, *keys: str) -> None:
        for key in keys:
            tid = self.sandbox.approve(price=1000)
            self.refunds.request(key, tid=tid, amount=1000, paid=1000, pay_type="card")

    def keys(self) -> list[str]:
        return [each[0] for each in self.sent]

    def worker(self) -> AbstractContextManager[Any]:
        return start_worker(self.app, pool="threads", concurrency=2, perform_ping_check=False, loglevel="ERROR")

    def close(self) -> None:
        before_task_publish.disconnect(self._note)
        setup_logging.disconnect(self._leave_logging)
        with self.app.connection_for_write() as connection:
            for queue in ("celery", "refunds"):
                connection.default_channel.queue_purge(queue)
        self.app.close()
        self.client.close()


@pytest.fixture
def shop(sandbox: Sandbox, store: SQLiteStore) -> Iterator[Shop]:
    made = Shop(sandbox, store)
    yield made
    made.close()


@pytest.fixture
def tasks(shop: Shop) -> Tasks:
    return add_tasks(shop.app, shop.refunds, most=40)


def test_a_message_has_a_refund_processed(shop: Shop, tasks: Tasks) -> None:
    shop.ask("refund-1", "refund-2")
    shop.sandbox.arm("close", when="after_applying")
    with shop.worker():
        assert tasks.process.delay("refund-1").get(timeout=30) == "review"
        assert tasks.process.delay("refund-2").get(timeout=30) == "done"
        assert tasks.process.delay("refund-2").get(timeout=30) == "done"
    assert shop.sandbox.executions == shop.sandbox.request_count == 2
    assert len(shop.sent) == 3


def test_what_can_go_on_soon_comes_again_where_it_came_from(shop: Shop, tasks: Tasks) -> None:
    shop.ask("refund-1")
    ended: list[str] = []

    def note(sender: Any, result: Any, **_: Any) -> None:
        ended.append(result)

    task_success.connect(note)
    try:
        with shop.sandbox.arm("refuse_connections"), shop.worker():
            tasks.process.delay("refund-1")
            until(lambda: len(shop.sent) >= 2)
            until(lambda: ended == ["requested"])
    finally:
        task_success.disconnect(note)
    assert shop.sent[:2] == [("refund-1", False, "celery"), ("refund-1", 4, True, "celery")]


def test_what_takes_longer_and_what_a_sweep_has_sent_does_not(shop: Shop, tasks: Tasks) -> None:
    shop.ask("refund-1", "refund-2")
    with shop.sandbox.arm("refuse_connections"), shop.worker():
        assert tasks.process.apply_async(("refund-1", 0)).get(timeout=30) == "requested"
    assert len(shop.sent) == 1
    # A person has to look: no worker can do anything.
    shop.sandbox.arm("close", when="after_applying")
    with shop.worker():
        assert tasks.process.delay("refund-2").get(timeout=30) == "review"
    assert len(shop.sent) == 2


@pytest.mark.parametrize("is_direct", [True, False])
def test_without_a_worker_nothing_waits(shop: Shop, is_direct: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    # With a quiet time, what was not sent is not due again before the sweep.
    tasks = add_tasks(shop.app, Refunds(shop.client, shop.store, quiet=60), most=40)
    shop.ask("refund-1", "refund-2")
    processed: list[str] = []
    original = Refunds.process

    def process_noted(self: Refunds, key: str) -> Refund:
        processed.append(key)
        return original(self, key)

    monkeypatch.setattr(Refunds, "process", process_noted)
    shop.app.conf.task_always_eager = True
    with shop.sandbox.arm("refuse_connections"):
        process: Any = tasks.process
        assert process("refund-1") == "requested" if is_direct else process.delay("refund-1").get() == "requested"
    sweep: Any = tasks.sweep
    assert sweep() == 1
    assert shop.refunds.get("refund-2").state == "done"
    assert shop.sent == []
    assert processed == ["refund-1", "refund-2"]


def test_a_sweep_sends_messages_for_what_is_due(shop: Shop, tasks: Tasks) -> None:
    sweep: Any = tasks.sweep
    assert sweep() == 0
    shop.ask(*(f"refund-{n}" for n in range(6)))
    assert sweep() == 6
    assert shop.sent == [(f"refund-{n}", 0, False, "celery") for n in range(6)]
    # They wait: only a twentieth of what may wait is sent again.
    shop.ask("refund-6")
    assert sweep() == 3
    assert len(set(shop.keys()[6:])) == 3
    assert shop.keys()[8] == "refund-6"
    with shop.worker():
        until(lambda: not shop.refunds.due())
    assert sweep() == 0
    assert shop.sandbox.executions == shop.sandbox.request_count == 7


def test_a_queue_that_is_long_is_not_made_longer(shop: Shop, tasks: Tasks) -> None:
    sweep: Any = tasks.sweep
    shop.ask(*(f"refund-{n:03}" for n in range(100)))
    for key in sorted(f"refund-{n:03}" for n in range(60)):
        tasks.process.delay(key)
    for _ in range(10):
        assert sweep() == 2
    # And where the broker has lost it, all is sent that a sweep may send.
    with shop.app.connection_for_write() as connection:
        connection.default_channel.queue_purge("celery")
    assert sweep() == 40
    assert shop.keys()[-40:] == shop.refunds.due(40)


def test_a_batch_goes_at_its_pace_and_keeps_no_other_waiting(shop: Shop, tasks: Tasks) -> None:
    sweep: Any = tasks.sweep
    rows = [
        {
            "key": f"paced-{n:03}",
            "tid": shop.sandbox.approve(price=1000),
            "amount": 1000,
            "paid": 1000,
            "pay_type": "card",
        }
        for n in range(100)
    ]
    shop.refunds.request_many(rows, batch="concert")
    shop.refunds.set_batch("concert", pace=2)
    shop.ask("refund-1", "refund-2")
    # Every ten seconds.
    assert sweep() == 2 + 20
    assert shop.keys() == ["refund-1", "refund-2", *(f"paced-{n:03}" for n in range(20))]
    assert [each[-2] for each in shop.sent] == [False] * 3 + [True] * 19
    etas = [datetime.fromisoformat(eta) for eta in shop.etas if eta is not None]
    assert timedelta(seconds=8.9) < etas[-1] - etas[0] < timedelta(seconds=9.5)
    # As many wait as may wait.
    for _ in range(40):
        tasks.process.delay("refund-1")
    assert sweep() == 2


def test_a_paused_batch_is_left_alone(shop: Shop, tasks: Tasks) -> None:
    sweep: Any = tasks.sweep
    tid = shop.sandbox.approve(price=1000)
    shop.refunds.request("refund-1", tid=tid, amount=1000, paid=1000, pay_type="card", batch="concert")
    assert sweep() == 1
    shop.refunds.pause("concert", by="Kim")
    assert sweep() == 0
    with shop.worker():
        assert tasks.process.delay("refund-1").get(timeout=30) == "requested"
    # Nor does it come again by itself.
    assert len(shop.sent) == 2


def test_a_queue_of_their_own(shop: Shop) -> None:
    shop.app.conf.task_routes = {"shop.*": {"queue": "refunds"}}
    tasks = add_tasks(shop.app, shop.refunds, process="shop.refund", sweep="shop.look", every=5)
    assert (tasks.process.name, tasks.sweep.name) == ("shop.refund", "shop.look")
    assert shop.app.conf.beat_schedule["shop.look"]["schedule"] == 5
    shop.ask("refund-1")
    sweep: Any = tasks.sweep
    assert sweep() == 1
    assert sweep() == 1
    with shop.app.connection_for_write() as connection:
        told = connection.default_channel.queue_declare(queue="refunds", passive=True)
    assert told.message_count == 2


def test_beat_finds_the_sweep_whenever_the_app_is_configured(shop: Shop) -> None:
    add_tasks(shop.app, shop.refunds, every=7.5)
    shop.app.config_from_object({"beat_schedule": {"else": {"task": "else", "schedule": 60.0}}})
    schedule = shop.app.conf.beat_schedule
    assert set(schedule) == {"else", "paywelcome.sweep"}
    assert (schedule["paywelcome.sweep"]["task"], schedule["paywelcome.sweep"]["schedule"]) == ("paywelcome.sweep", 7.5)
    other = celery.Celery("other", set_as_current=False)
    add_tasks(other, shop.refunds, every=None)
    assert not other.conf.beat_schedule


def test_refunds_are_made_once_in_each_process(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Refunds] = []

    def make() -> Refunds:
        made.append(Refunds(shop.client, shop.store, quiet=0))
        return made[-1]

    process: Any = add_tasks(shop.app, make).process
    assert made == []
    shop.ask("refund-1")
    assert process("refund-1") == process("refund-1") == "done"
    assert len(made) == 1
    monkeypatch.setattr(os, "getpid", lambda: -1)
    assert process("refund-1") == "done"
    assert len(made) == 2


def test_what_makes_no_sense_is_refused(shop: Shop, tmp_path: Any) -> None:
    client = paywelcome.AsyncClient(mid="m", sign_key="k" * 32, base_url=shop.sandbox.url)
    other: Any = AsyncRefunds(client, AsyncSQLiteStore(tmp_path / "a.db"), quiet=0)
    with pytest.raises(TypeError, match="or a function that makes one"):
        add_tasks(shop.app, other)
    with pytest.raises(ValueError, match="autoretry_for is not for these tasks"):
        add_tasks(shop.app, shop.refunds, autoretry_for=(Exception,))
    with pytest.raises(ValueError, match="queue is not for these tasks: set task_routes"):
        add_tasks(shop.app, shop.refunds, queue="refunds")
    with pytest.raises(ValueError, match="every must be"):
        add_tasks(shop.app, shop.refunds, every=0)
    with pytest.raises(ValueError, match="most must be"):
        add_tasks(shop.app, shop.refunds, most=0)
