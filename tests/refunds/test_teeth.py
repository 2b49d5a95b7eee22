"""What holds a refund together is taken away, one thing after the other, and the verdict must notice each."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable

import pytest
from batch import QUIET, TIMEOUT
from databases import Databases
from gateway import ledgers, quiet, until
from lives import PAID
from tables import Tables
from verdict import wrong_with, wrong_with_payment
from workers import Worker, WorkerEnded

from paywelcome.testing import Sandbox

AMOUNT = 3_000
_merchants = itertools.count(1)


class Stage:
    """One refund at a gateway that does not enforce `confirmPrice`, and workers on a store that is broken."""

    def __init__(self, tables: Tables, gateway: Sandbox, enforced: bool) -> None:
        self.tables, self.gateway, self._enforced = tables, gateway, enforced
        self.tid = gateway.approve(price=PAID)
        self._workers: list[Worker] = []

    async def worker(self, meddle: str | None = None) -> Worker:
        worker = await Worker("python").start()
        self._workers.append(worker)
        gateway = self.gateway
        client = {"mid": gateway.mid, "sign_key": gateway.sign_key, "base_url": gateway.url, "timeout": TIMEOUT}
        told = {"store": self.tables.told, "client": client, "enforced": self._enforced, "quiet": QUIET}
        await worker.ask("open", book="teeth", meddle=meddle, **told)
        request = {"key": "refund-1", "tid": self.tid, "amount": AMOUNT, "paid": PAID, "pay_type": "card"}
        await worker.ask("request", book="teeth", rows=[request])
        return worker

    async def verdict(self) -> list[str]:
        await quiet(self.gateway)
        written = self.tables.read(self.gateway.mid)["refund-1"]
        ledger = ledgers(self.gateway, [self.tid])[self.tid]
        found = wrong_with(written, ledger, self._enforced, is_over=False)
        return found + wrong_with_payment([written], ledger, is_over=written.state == "done")

    async def end(self) -> None:
        await asyncio.gather(*(each.end() for each in self._workers))


Story = Callable[[Stage, "str | None"], Awaitable[None]]


async def _process(worker: Worker) -> str:
    try:
        return str((await worker.ask("process", book="teeth", key="refund-1"))["state"])
    except WorkerEnded as ended:
        return str(ended)


async def one_processes(stage: Stage, meddle: str | None) -> None:
    await _process(await stage.worker(meddle))


async def two_processes_in_turn(stage: Stage, meddle: str | None) -> None:
    for worker in [await stage.worker(meddle), await stage.worker(meddle)]:
        await _process(worker)


async def two_at_once(stage: Stage, meddle: str | None) -> None:
    await (await stage.worker(meddle)).ask("at_once", book="teeth", key="refund-1")


async def an_answer_is_lost(stage: Stage, meddle: str | None) -> None:
    stage.gateway.arm("close", when="after_applying")
    worker = await stage.worker(meddle)
    await _process(worker)
    await worker.ask("take_over", book="teeth", key="refund-1", seconds=5)


async def one_reads_what_was(stage: Stage, meddle: str | None) -> None:
    """A worker has read the refund before another takes it and dies."""
    reader = await stage.worker(meddle)
    await reader.ask("get", book="teeth", key="refund-1")
    victim = await stage.worker()
    stage.gateway.command("arm", kind="stall", tid=stage.tid, when="before_applying")
    victim.tell("process", n=0, book="teeth", key="refund-1")
    await until(lambda: stage.gateway.command("requests", tid=stage.tid)["requests"])
    await victim.kill()
    stage._workers.remove(victim)
    try:
        await reader.ask("take_over", book="teeth", key="refund-1", seconds=1.5 * TIMEOUT)
    except WorkerEnded:
        # Others change the payment all the time, it believes.
        pass


TEETH: list[tuple[str, str, Story, str]] = [
    ("a write that does not ask for the version", "without_version_and_key", two_at_once, "doubled"),
    ("a journal that is not written", "without_journal", one_processes, "by its journal"),
    ("reads of what was", "old_reads", one_reads_what_was, "lost: sending"),
    ("writes that are said and not done", "says_written", two_processes_in_turn, "doubled"),
    ("writes that are said and not done, once", "says_written", one_processes, "requests came of 0 sends"),
]


def play(tables: Tables, story: Story, meddle: str | None, enforced: bool) -> list[str]:
    async def played() -> list[str]:
        with Sandbox(mid=f"x{next(_merchants)}", rules={"confirm_price": "ignored"}) as gateway:
            stage = Stage(tables, gateway, enforced)
            try:
                await story(stage, meddle)
                return await stage.verdict()
            finally:
                await stage.end()

    return asyncio.run(played())


@pytest.mark.parametrize(("meddle", "story", "noticed"), [each[1:] for each in TEETH], ids=[each[0] for each in TEETH])
def test_it_is_noticed(databases: Databases, meddle: str, story: Story, noticed: str) -> None:
    found = play(databases.files.make(), story, meddle, False)
    assert any(noticed in each for each in found), found
    # And it is this that is noticed.
    assert play(databases.files.make(), story, None, False) == []


def test_the_key_of_the_journal_holds_alone(databases: Databases) -> None:
    """Where a write does not ask for the version, the number of its entry is taken."""
    assert play(databases.files.make(), two_at_once, "without_version", False) == []


def test_a_guard_that_is_stated_and_not_there_is_noticed(databases: Databases) -> None:
    found = play(databases.files.make(), an_answer_is_lost, None, True)
    assert "doubled: moved 2 times" in found
    assert play(databases.files.make(), an_answer_is_lost, None, False) == []
