"""Batches on the databases that merchants have: what the statements promise that no single worker can."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any

import pytest
from test_refunds import WAYS, clean_mariadb, clean_postgres  # noqa: F401 (fixtures of the ways)

from paywelcome.refunds import Count, Query, Refunds, RefundsError, Rows, Store
from paywelcome.testing import Sandbox

STATES = ("requested", "sending", "unknown", "review", "done", "declined", "void")
FAR = 9_999_999_999_999


class Counted:
    """A store that counts how often it is asked."""

    def __init__(self, store: Store) -> None:
        self._store, self.dialect, self.asked = store, store.dialect, 0

    def query(self, pieces: Sequence[str], values: Sequence[str | None], /) -> Rows:
        self.asked += 1
        return self._store.query(pieces, values)

    def transaction(self) -> AbstractContextManager[Query]:
        self.asked += 1
        return self._store.transaction()

    def in_transaction(self) -> bool:
        return self._store.in_transaction()


@pytest.fixture(params=["sqlite", "psycopg", "pymysql"])
def store(request: pytest.FixtureRequest) -> Iterator[Counted]:
    with WAYS[request.param](request) as kept:
        store: Any = kept.store
        yield Counted(store)
        # Or its connections are closed by the garbage collector, within another test.
        store.close()


@pytest.fixture
def refunds(store: Counted, sandbox: Sandbox) -> Refunds:
    made = Refunds(sandbox.client(timeout=10), store, quiet=0)
    made.init()
    return made


def row(key: str, tid: str, amount: int = 1000) -> Any:
    return {"key": key, "tid": tid, "amount": amount, "paid": 12000, "pay_type": "card"}


def test_no_paused_batch_stands_in_the_way(refunds: Refunds, store: Counted) -> None:
    refunds.request_many([row(f"old-{n}", f"old{n}") for n in range(1500)], batch="old")
    refunds.pause("old", by="Kim")
    others: list[str] = []
    # So many that each is asked by itself, and more.
    for many, batches in ((3, 3), (1, 70)):
        for number in range(batches):
            keys = [f"{batches}-{number}-{n}" for n in range(many)]
            for key in keys:
                # One after the other, so that no two are due since the same moment.
                refunds.request(batch=f"b{batches}-{number}", **row(key, f"t{key}"))
                time.sleep(0.002)
            others += keys
        others.append(refunds.request(f"alone-{batches}", **asked(f"alone{batches}")).key)
        store.asked = 0
        assert sorted(refunds.due(limit=1000)) == sorted(others)
        # MySQL steps from each batch to the next by statements of their own.
        assert store.asked == 3 or store.dialect == "mysql"
        assert refunds.due(limit=2) == refunds.due(limit=1000)[:2]
    assert refunds.due(batch="old") == []
    refunds.resume("old", by="Kim")
    store.asked = 0
    assert len(refunds.due(limit=10_000)) == 1500 + len(others)
    assert store.asked == 1


def asked(tid: str) -> Any:
    return {"tid": tid, "amount": 1000, "paid": 12000, "pay_type": "card"}


def test_what_a_worker_has_had_before_does_not_wait_for_a_whole_batch(refunds: Refunds, sandbox: Sandbox) -> None:
    rows = [row(f"new-{n}", f"tid{n}") for n in range(30)]
    refunds.request_many([*rows, row("begun", sandbox.approve(price=12000))], batch="long")
    with sandbox.arm("refuse_connections"):
        assert refunds.process("begun").state == "requested"
    while refunds.get("begun").due_in != 0:
        time.sleep(0.01)
    for batch in ("long", None):
        due = refunds.due(limit=10, batch=batch)
        assert due[0] == "begun" and len(set(due)) == 10
        assert len(set(refunds.due(limit=100, batch=batch))) == 31
    refunds.pause("long", by="Kim")
    assert refunds.due(limit=10) == []


def test_when_something_is_due_that_is_not_paused(refunds: Refunds) -> None:
    def next_due(without: str | None = None) -> str:
        return refunds._carried("next_due", without=without)

    assert next_due() == "null"
    refunds.request_many([row("a", "a")], batch="old")
    assert next_due() == "0" and next_due('["old"]') == "null"
    refunds.pause("old", by="Kim")
    assert next_due() == "null"
    refunds.request_many([row("b", "b")], batch="new")
    assert next_due() == "0" and next_due('["new"]') == "null"
    refunds.request("c", **asked("c"))
    assert next_due('["new"]') == "0"


def test_what_is_in_no_batch_costs_no_more(refunds: Refunds, store: Counted, sandbox: Sandbox) -> None:
    costs = []
    for batch in (None, "plain", "paced"):
        key = f"refund-{batch}"
        refunds.request(key, **asked(sandbox.approve(price=12000)), batch=batch)
        if batch == "paced":
            refunds.set_batch(batch, pace=1000)
        store.asked = 0
        assert refunds.process(key).state == "done"
        costs.append(store.asked)
    # One looks, one claims and one writes the end down; then one notes that, and two take a turn.
    assert costs == [3, 4, 6]


def test_turns_are_taken_once_whoever_takes_them(refunds: Refunds) -> None:
    refunds.set_batch("b", pace=200)
    taken = []

    def take() -> None:
        until = time.monotonic() + 1.5
        while time.monotonic() < until:
            taken.append(int(refunds._carried("turns", batch="b", many=3).split(":")[1].split(",")[0]))

    threads = [threading.Thread(target=take) for _ in range(4)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # The first at once, and never more than the time has given.
    assert 100 < sum(taken) <= 200 * (time.monotonic() - began) + 1


def test_a_budget_is_counted_by_all_workers_together(refunds: Refunds, sandbox: Sandbox) -> None:
    tids = [sandbox.approve(price=12000) for _ in range(24)]
    refunds.request_many([row(tid, tid) for tid in tids], batch="b")
    sandbox.arm("result_code", code="9999", when="before_applying", times=24)
    refunds.run(until_idle=True, concurrency=6)
    paused = refunds.progress("b")
    assert (paused.state, paused.pause_reason) == ("paused", "in_a_row")
    # Those that were under way are recorded all the same, and nothing more is begun.
    assert 10 <= paused.counts["declined"].refunds <= 16
    assert "10 declined" in str(paused.why and paused.why.en)
    assert len(sandbox.requests()) == paused.counts["declined"].refunds


def under_way(store: Store, *keys: str) -> None:
    """Leaves refunds as workers do that died while they were in flight; each key is its payment's tid."""
    for key in keys:
        held = "state = 'sending', operation = 'partial_cancel', confirm_price = 11000, attempts = 1, in_a_row = 1, "
        held += "token = 1, maybe_sent = 1, awaited = 1, lease_over = 1, quiet_over = 1, due_at = 1"
        store.query([f"UPDATE paywelcome_refund SET {held} WHERE refund_key = '{key}'"], [])
        store.query([f"UPDATE paywelcome_payment SET open_refund = '{key}' WHERE tid = '{key}'"], [])


def test_a_crash_of_workers_does_not_use_up_a_budget(refunds: Refunds, store: Counted, sandbox: Sandbox) -> None:
    tids = [sandbox.approve(price=12000) for _ in range(32)]
    refunds.request_many([row(tid, tid) for tid in tids], batch="b")
    declined, died = tids[:10], tids[10:]
    under_way(store, *died)
    sandbox.arm("result_code", code="9999", when="before_applying", times=10)
    for key in [*died[:12], *declined[:9], *died[12:]]:
        refunds.process(key)
    going_on = refunds.progress("b")
    assert (going_on.state, going_on.counts["review"].refunds, going_on.counts["declined"].refunds) == (
        "running",
        22,
        9,
    )
    # What the gateway says counts in a row, whatever was left by workers in between.
    refunds.process(declined[9])
    paused = refunds.progress("b")
    assert (paused.state, paused.pause_reason) == ("paused", "in_a_row")
    assert "None of the last 10 refunds is done: 0 in review, 0 unknown, 10 declined." in str(
        paused.why and paused.why.en
    )


def test_workers_that_die_again_and_again_use_up_a_budget(refunds: Refunds, store: Counted) -> None:
    refunds.request_many([row(f"r{n}", f"r{n}") for n in range(51)], batch="b")
    under_way(store, *(f"r{n}" for n in range(51)))
    for n in range(50):
        assert refunds.progress("b").state == "running"
        assert refunds.process(f"r{n}").state == "review"
    paused = refunds.progress("b")
    assert (paused.state, paused.pause_reason) == ("paused", "share")
    assert paused.why is not None and "50 of the last 50 refunds are not done" in paused.why.en
    assert "50 in flight when their worker died" in paused.why.en and "진행 중에 워커가 죽은 환불 50건" in paused.why.ko


def test_giving_up_decides_as_the_ruling_does(refunds: Refunds, store: Counted, sandbox: Sandbox) -> None:
    """Each way in which a refund can stand, ruled on by itself, and given up with its batch."""
    ways = list(itertools.product(STATES, (0, 1), (0, 1), ("nobody", "this", "other"), (0, FAR)))
    for of in ("ruled", "batch"):
        refunds.request_many([row(f"{of}-{n}", f"{of}{n}") for n in range(len(ways))], batch=of)
    for of, (n, (state, sent, suspect, holder, quiet)) in itertools.product(("ruled", "batch"), enumerate(ways)):
        held = {"nobody": "NULL", "this": f"'{of}-{n}'", "other": "'x'"}[holder]
        written = f"state = '{state}', maybe_sent = {sent}, quiet_over = {quiet}"
        store.query([f"UPDATE paywelcome_refund SET {written} WHERE refund_key = '{of}-{n}'"], [])
        written = f"suspect = {suspect}, open_refund = {held}"
        store.query([f"UPDATE paywelcome_payment SET {written} WHERE tid = '{of}{n}'"], [])
    ruled = {}
    for n in range(len(ways)):
        try:
            ruled[n] = refunds.resolve(f"ruled-{n}", "void", by="Kim", note="no")
        except RefundsError:
            ruled[n] = None
    refunds.pause("batch", by="Kim")
    given_up = refunds.void_unsent("batch", by="Kim", note="no")
    expected = 0
    for n, (state, sent, _, holder, _) in enumerate(ways):
        is_void = ruled[n] is not None and state == "requested" and not sent and holder != "this"
        expected += is_void
        rows = []
        for of in ("ruled", "batch"):
            columns = "state, due_at, note, in_a_row, evidence, ruling, ruled_by, ruling_note, maybe_sent, attempts"
            refund = store.query([f"SELECT {columns} FROM paywelcome_refund WHERE refund_key = '{of}-{n}'"], [])
            payment = "remaining, asked, open_refund, suspect, version"
            paid = store.query([f"SELECT {payment} FROM paywelcome_payment WHERE tid = '{of}{n}'"], [])
            entry = "what, token, state, amount, ruling, ruled_by, ruling_note, entry"
            told = store.query([f"SELECT {entry} FROM paywelcome_attempt WHERE refund_key = '{of}-{n}'"], [])
            rows.append([[str(value) for value in each[0]] if each else None for each in (refund, paid, told)])
        if is_void:
            assert rows[0] == rows[1], ways[n]
        else:
            assert rows[1][0][0] == state and rows[1][2] is None, ways[n]
    assert given_up == Count(expected, 1000 * expected) and expected == 4


def test_what_is_given_up_is_never_sent(refunds: Refunds, store: Counted, sandbox: Sandbox) -> None:
    tids = [sandbox.approve(price=12000) for _ in range(60)]
    keys = [f"{tid}-{n}" for tid in tids for n in range(5)]
    refunds.request_many([row(key, key.split("-")[0]) for key in keys], batch="b")
    stop = threading.Event()
    workers = [threading.Thread(target=refunds.run, kwargs={"stop": stop, "poll": 0.01}) for _ in range(2)]
    # Workers that have looked at a refund before its batch was paused.
    hasty = threading.Thread(target=lambda: [refunds.process(key) for key in reversed(keys)])
    for thread in (*workers, hasty):
        thread.start()
    while sandbox.executions < 40:
        time.sleep(0.005)
    # Slower from now on, so that whatever waits for a lock, some are left when the batch is paused.
    sandbox.arm("stall", ms=50, times=0)
    refunds.pause("b", by="Kim")
    given_up = refunds.void_unsent("b", by="Kim")
    hasty.join()
    stop.set()
    for worker in workers:
        worker.join()
    counts = refunds.progress("b").counts
    assert given_up.refunds == counts["void"].refunds > 0
    assert counts["void"].refunds + counts["done"].refunds == 300
    assert sandbox.executions == counts["done"].refunds
    # Nothing is asked for any more, and what remains is what the gateway says.
    for tid, remaining, left in store.query(["SELECT tid, remaining, asked FROM paywelcome_payment"], []):
        assert int(str(left)) == 0
        assert int(str(remaining)) == sandbox.payment(str(tid)).remaining
