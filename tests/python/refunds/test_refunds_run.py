"""The run of a worker: what is due is processed, at the pace that is asked for, never two of one payment at once."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

import paywelcome
from books import Asyncio, Book, store_in
from failing import Failing
from merchant import TID, settings
from paywelcome.refunds import SQLiteStore
from paywelcome.refunds._schedule import Schedule
from paywelcome.testing import Sandbox
from scripted import Script, Server, answer, stall

Opens = Callable[..., Book]
Serve = Callable[[Script], Server]


def asked(tid: str, amount: int = 100) -> dict[str, Any]:
    return {"tid": tid, "amount": amount, "paid": 12000, "pay_type": "card"}


def when(is_so: Callable[[], bool]) -> Any:
    class Stop:
        def is_set(self) -> bool:
            return is_so()

    return Stop()


def test_until_idle_it_processes_all_that_is_due(opens: Opens, sandbox: Sandbox) -> None:
    book = opens()
    assert book.run(until_idle=True) == 0
    tids = [sandbox.approve(price=12000, pay_type="card") for _ in range(12)]
    book.request_many([{**asked(tid), "key": f"{tid[-9:]}-{n}"} for tid in tids for n in range(3)])
    assert book.run(until_idle=True, concurrency=4, poll=0.02) == 36
    assert book.counts()["done"].refunds == 36
    assert sandbox.executions == 36
    assert book.run(until_idle=True) == 0


def test_never_two_of_one_payment_at_once(opens: Opens, sandbox: Sandbox) -> None:
    book = opens()
    tid = sandbox.approve(price=12000, pay_type="card")
    book.request_many([{**asked(tid), "key": f"refund-{n}"} for n in range(6)])
    assert book.run(until_idle=True, poll=0.02) == 6
    # None was ever claimed in vain.
    assert [book.get(f"refund-{n}").attempts for n in range(6)] == [1] * 6
    assert sandbox.payment(tid).remaining == 11400


def test_only_of_a_batch(opens: Opens, sandbox: Sandbox) -> None:
    book = opens()
    for batch in ("one", "two"):
        tid = sandbox.approve(price=12000, pay_type="card")
        book.request(f"refund-{batch}", **asked(tid), batch=batch)
    assert book.run(until_idle=True, batch="one") == 1
    assert book.get("refund-one").state == "done"
    assert book.get("refund-two").state == "requested"


def test_it_begins_no_more_than_the_pace_allows(opens: Opens, sandbox: Sandbox) -> None:
    book = opens()
    book.request_many(
        [{**asked(sandbox.approve(price=12000, pay_type="card")), "key": f"refund-{n}"} for n in range(5)]
    )
    began = monotonic()
    assert book.run(until_idle=True, pace=20, poll=0.02) == 5
    assert monotonic() - began >= 4 / 20


def test_a_refund_that_comes_later_is_found(opens: Opens, sandbox: Sandbox) -> None:
    book, other = opens(), opens()
    tid = sandbox.approve(price=12000, pay_type="card")
    looks: list[int] = []

    def is_so() -> bool:
        looks.append(1)
        if len(looks) == 5:
            thread = threading.Thread(target=other.request, args=("refund-17",), kwargs=asked(tid))
            thread.start()
            thread.join()
        return sandbox.executions == 1

    assert book.run(stop=when(is_so), poll=0.02) == 1


def test_an_event_stops_it(opens: Opens, serve: Serve) -> None:
    server = serve(stall())
    book = opens(client=settings(server.url))
    book.request("refund-17", **asked(TID, 3000))
    stop = threading.Event()

    def stops() -> None:
        server.await_requests()
        stop.set()
        server.release()

    thread = threading.Thread(target=stops)
    thread.start()
    assert book.run(stop=stop) == 1
    thread.join()
    # What was under way is recorded.
    assert book.get("refund-17").state == "done"


def test_an_event_of_asyncio_stops_it(opens: Opens) -> None:
    book = opens()
    if not isinstance(book, Asyncio):
        pytest.skip("threads have events of their own")

    async def main() -> int:
        stop = asyncio.Event()
        asyncio.get_running_loop().call_later(0.05, stop.set)
        return int(await book.refunds.run(stop=stop, poll=0.01))

    assert book.await_(main()) == 0


def test_a_closed_client_ends_it(opens: Opens, serve: Serve) -> None:
    book = opens(client=settings(serve(answer()).url))
    book.request("refund-17", **asked(TID, 3000))
    book.close()
    assert book.run() == 1
    assert book.get("refund-17").kind == "closed"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"pace": 0}, "pace"),
        ({"pace": float("nan")}, "pace"),
        ({"pace": "5"}, "pace"),
        ({"concurrency": 0}, "concurrency"),
        ({"concurrency": 1.5}, "concurrency"),
        ({"concurrency": True}, "concurrency"),
        ({"poll": 0}, "poll"),
        ({"poll": None}, "poll"),
    ],
)
def test_arguments_of_a_run(book: Book, wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(paywelcome.InvalidRequestError) as refused:
        book.run(**wrong)
    assert [error.field for error in refused.value.errors] == [field]


def test_an_interrupt_ends_it_when_what_is_under_way_is_written(serve: Serve, opens: Opens, store: SQLiteStore) -> None:
    server = serve(stall())
    book = opens(client=settings(server.url))
    book.request("refund-17", **asked(TID, 3000))

    def is_so() -> bool:
        if server.requests:
            server.release()
            raise KeyboardInterrupt
        return False

    if isinstance(book, Asyncio):
        pytest.skip("there a task is cancelled")
    with pytest.raises(KeyboardInterrupt):
        book.run(stop=when(is_so))
    assert book.get("refund-17").state == "done"


def test_a_run_that_is_cancelled_writes_down_what_is_under_way(serve: Serve, opens: Opens) -> None:
    server = serve(stall())
    book = opens(client=settings(server.url))
    if not isinstance(book, Asyncio):
        pytest.skip("threads are not cancelled")
    book.request("refund-17", **asked(TID, 3000))

    async def main() -> None:
        run = asyncio.ensure_future(book.refunds.run())
        await asyncio.to_thread(server.await_requests)
        run.cancel()
        server.release()
        with pytest.raises(asyncio.CancelledError):
            await run
        assert (await book.refunds.get("refund-17")).state == "done"

    book.await_(main())


class TestSchedule:
    """What a run hands out, as a function of the times that it is told."""

    def test_one_of_each_payment(self) -> None:
        schedule = Schedule(None, 8, 1.0)
        first, second, other = due = [("a", "1", None), ("b", "1", None), ("c", "2", None)]
        assert schedule.chosen(due, 0.0) == [first, other]
        schedule.began("a", "1", 0.0)
        assert schedule.chosen(due, 0.0) == [other]
        schedule.ended("a", 0.1, None, None)
        assert schedule.chosen(due, 0.2) == [second, other]
        assert not schedule.is_busy

    def test_what_was_just_processed_is_let_alone(self) -> None:
        schedule = Schedule(None, 8, 1.0)
        schedule.began("a", "1", 0.0)
        schedule.ended("a", 0.0, None, None)
        assert schedule.chosen([("a", "1", None)], 0.9) == []
        assert schedule.chosen([("a", "1", None)], 1.0) == [("a", "1", None)]

    def test_turns_are_used_once_and_not_kept(self) -> None:
        schedule = Schedule(None, 8, 1.0)
        schedule.took("b", 2, 0.0, 0.0)
        assert [schedule.has_turn("b", 0.1) for _ in range(3)] == [True, True, False]
        # Another worker had the refund.
        schedule.unused("b", 0.2)
        assert schedule.has_turn("b", 0.3) and not schedule.has_turn("b", 0.3)
        schedule.took("b", 2, 0.0, 1.0)
        assert not schedule.has_turn("b", 2.0)

    def test_a_batch_without_a_turn_rests_no_longer_than_a_second(self) -> None:
        schedule = Schedule(None, 8, 5.0)
        schedule.took("b", 0, 0.3, 0.0)
        schedule.took("c", 0, 1000.0, 0.0)
        assert schedule.is_resting("b", 0.2) and not schedule.is_resting("d", 0.2)
        assert schedule.resting(0.2) == '["b", "c"]'
        assert schedule.until_look(None, 0.2) == pytest.approx(0.1)
        assert schedule.resting(0.3) == '["c"]'
        assert schedule.resting(1.0) is None

    def test_pace(self) -> None:
        schedule = Schedule(2.0, 8, 1.0)
        assert schedule.until_start(10.0) == 0.0
        schedule.began("a", "1", 10.0)
        assert schedule.until_start(10.0) == 0.5
        schedule.began("b", "2", 10.6)
        assert schedule.until_start(10.6) == 0.5
        assert schedule.until_start(20.0) == 0.0

    def test_full(self) -> None:
        schedule = Schedule(None, 1, 1.0)
        assert not schedule.is_full
        schedule.began("a", "1", 0.0)
        assert schedule.is_full and schedule.is_busy

    def test_a_look_is_no_later_than_what_is_due(self) -> None:
        schedule = Schedule(None, 8, 1.0)
        assert schedule.until_look(None, 0.0) == schedule.until_look(5.0, 0.0) == 1.0
        assert 0.3 < schedule.until_look(0.3, 0.0) < 0.31
        # What is due and not given waits behind another refund.
        assert schedule.until_look(0.0, 0.0) == 1.0

    def test_pauses_grow_and_each_kind_of_error_is_told_once(self, caplog: pytest.LogCaptureFixture) -> None:
        schedule = Schedule(None, 8, 1.0)
        pauses, now = [], 0.0
        for error in (OSError("a"), OSError("b"), KeyError("c"), *[OSError("d")] * 10):
            schedule.failed("the look", error, now)
            # What fails beside it makes no pause longer.
            schedule.failed("a refund", error, now)
            pauses.append(schedule.until_start(now))
            now += pauses[-1]
        assert pauses[:4] == [0.5, 1.0, 2.0, 4.0]
        assert max(pauses) == pauses[-1] == 30.0
        assert len(caplog.records) == 2
        schedule.worked()
        schedule.failed("the look", OSError("e"), 1000.0)
        assert schedule.until_start(1000.0) == 0.5
        assert len(caplog.records) == 3

    def test_a_refund_that_fails_is_not_counted(self) -> None:
        schedule = Schedule(None, 8, 1.0)
        schedule.began("a", "1", 0.0)
        schedule.ended("a", 0.0, None, OSError())
        assert schedule.processed == 0
        assert schedule.until_start(0.0) == 0.5


def test_until_idle_it_leaves_what_fails_again_and_again(opens: Opens, sandbox: Sandbox, tmp_path: Path) -> None:
    class ReadOnly(Failing):
        """As a disk that is full: what is written fails, and what is looked at does not."""

        def transaction(self) -> Any:
            if self._counts:
                raise self.raises
            return self._store.transaction()

    store = ReadOnly(store_in(tmp_path), lambda use: None)
    book = opens(store=store)
    book.init()
    tid = sandbox.approve(price=12000, pay_type="card")
    book.request("refund-1", **asked(tid))
    store.begin()
    assert book.run(until_idle=True, poll=0.02) == 0
    assert (book.get("refund-1").state, sandbox.request_count) == ("requested", 0)


def test_a_list_that_other_workers_are_ahead_of_is_left() -> None:
    schedule = Schedule(None, 2, 1.0)
    due = [(f"key-{at}", f"tid-{at}", None) for at in range(100)]
    # Alone, it keeps to the order of what is due.
    assert schedule.chosen(due, 0.0) == due and not schedule.is_stale
    schedule.missed += 2
    assert schedule.is_stale
    again = schedule.chosen(due, 0.0)
    assert again != due and sorted(again) == sorted(due)
    assert not schedule.is_stale
