"""Processing that is interrupted: what was sent is recorded when its end is known, wherever that is."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Literal

import pytest

import paywelcome
from books import Asyncio, Book, Sync, ThreadedFile
from child import Child
from failing import Failing
from merchant import GUARD, TID, settings
from paywelcome.refunds import AsyncRefunds, Query, Refunds, SQLiteStore
from paywelcome.testing import Sandbox
from scripted import Script, Server, answer, listen_only, stall

Opens = Callable[..., Book]
Serve = Callable[[Script], Server]
ASKED: dict[str, Any] = {"tid": TID, "amount": 3000, "paid": 12000, "pay_type": "card"}
NOTHING: dict[str, Any] = {"quiet": 0}
LOAD, CLAIM, ANSWER = 1, 2, 3


@pytest.fixture
def worker(store: SQLiteStore, tmp_path: Path) -> Callable[..., Child]:
    """Starts a program that processes a refund, which was requested before."""

    def start(way: str, url: str, *more: Any, **client: Any) -> Child:
        refunds = Refunds(paywelcome.Client(**settings(url)), store, quiet=0)
        refunds.request("refund-17", **ASKED)
        path = str(tmp_path / "refunds.db")
        env = {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), str(Path(__file__).parent.parent)])}
        return Child("refunds_worker.py", way, settings(url, **client), f'"{path}"', NOTHING, *more, env=env)

    return start


def state(store: SQLiteStore) -> str:
    ((told,),) = store.query(["SELECT state FROM paywelcome_refund"], [])
    assert told is not None
    return told


class Left(BaseException):
    """What ends a thread or a greenlet."""


@pytest.mark.parametrize("reason", [KeyboardInterrupt, SystemExit, Left])
@pytest.mark.parametrize("fails", ["before", "after"])
@pytest.mark.parametrize("use", [LOAD, CLAIM, ANSWER])
def test_an_interrupt_at_each_use_of_the_store(
    sandbox: Sandbox, store: SQLiteStore, use: int, fails: Literal["before", "after"], reason: type[BaseException]
) -> None:
    class Interrupted(Failing):
        raises = reason

    failing = Interrupted(store, lambda number: fails if number == use else None)
    tid = sandbox.approve(price=12000, pay_type="card")
    client = sandbox.client(timeout=0.5)
    refunds = Refunds(client, failing, quiet=0)
    refunds.init()
    refunds.request("refund-17", **{**ASKED, "tid": tid})
    failing.begin()
    with pytest.raises(reason):
        refunds.process("refund-17")
    assert client.close() == []
    if use == ANSWER:
        assert state(store) == "done"
        assert sandbox.executions == 1
    else:
        # What was claimed is given back.
        assert state(store) == "requested"
        assert sandbox.requests() == []


@pytest.mark.parametrize("has_left", [True, False])
def test_a_signal_while_it_is_sent(
    serve: Serve, store: SQLiteStore, worker: Callable[..., Child], has_left: bool
) -> None:
    server = serve(stall() if has_left else listen_only)
    url = server.url if has_left else f"https://127.0.0.1:{server.port}"
    with worker("plain", url) as child:
        assert child.line() == ["ready"]
        _ = server.await_requests() if has_left else server.await_bytes()
        child.process.send_signal(signal.SIGINT)
        assert child.line() == ["left", "KeyboardInterrupt"]
        server.release()
        assert child.end()[:2] == (0, [])
    assert state(store) == ("done" if has_left else "requested")


def test_a_soft_time_limit_while_it_is_sent(serve: Serve, store: SQLiteStore, worker: Callable[..., Child]) -> None:
    server = serve(stall())
    with worker("plain", server.url) as child:
        assert child.line() == ["ready"]
        server.await_requests()
        child.process.send_signal(signal.SIGUSR1)
        assert child.line() == ["left", "SoftLimit"]
        server.release()
        assert child.end()[:2] == (0, [])
    assert state(store) == "done"


@pytest.mark.parametrize("use", [LOAD, CLAIM, ANSWER])
def test_a_signal_in_the_middle_of_a_use(
    serve: Serve, store: SQLiteStore, worker: Callable[..., Child], use: int
) -> None:
    server = serve(answer())
    with worker("interrupted", server.url, use) as child:
        assert child.line() == ["left", "KeyboardInterrupt"]
        assert child.line() == ["closed", "done" if use == ANSWER else "requested"]
        assert child.end()[0] == 0
    assert len(server.requests) == (use == ANSWER)


def test_a_worker_that_is_stopped_after_its_claim_sends_nothing(
    serve: Serve, store: SQLiteStore, worker: Callable[..., Child]
) -> None:
    server = serve(answer())
    with worker("stop", server.url, timeout=0.3) as child:
        os.waitid(os.P_PID, child.process.pid, os.WSTOPPED | os.WNOWAIT)
        assert state(store) == "sending"
        threading.Event().wait(0.4)
        child.process.send_signal(signal.SIGCONT)
        assert child.line() == ["requested", "not_sent", "timeout"]
        assert child.end()[0] == 0
    assert server.requests == []


@pytest.mark.parametrize("use", [LOAD, CLAIM, ANSWER])
@pytest.mark.parametrize("enforced", [False, True])
def test_a_worker_that_dies_is_found_by_another(
    sandbox: Sandbox, store: SQLiteStore, worker: Callable[..., Child], use: int, enforced: bool
) -> None:
    tid = sandbox.approve(price=12000, pay_type="card")
    refunds = Refunds(sandbox.client(timeout=0.3), store, confirm_price_enforced=enforced, quiet=0)
    refunds.request("refund-17", **{**ASKED, "tid": tid})
    path = Path(store.query(["SELECT file FROM pragma_database_list"], [])[0][0] or "")
    client = {"mid": sandbox.mid, "sign_key": sandbox.sign_key, "base_url": sandbox.url, "timeout": 0.3}
    more = {"quiet": 0, "confirm_price_enforced": enforced}
    with Child("refunds_worker.py", "die", client, f'"{path}"', more, use) as child:
        assert child.end()[:2] == (-signal.SIGKILL, [])
    assert sandbox.executions == (use == ANSWER)
    if use == CLAIM:
        assert refunds.process("refund-17").state == "sending"

    class Stop:
        def is_set(self) -> bool:
            return refunds.get("refund-17").state in ("done", "review")

    refunds.run(stop=Stop(), poll=0.02)
    refund = refunds.get("refund-17")
    if use == CLAIM and not enforced:
        # It may have been sent for all that anybody knows.
        assert (refund.state, refund.note) == ("review", "no_answer")
    else:
        assert refund.state == "done"
        assert sandbox.executions == 1


def test_a_program_that_ends_with_a_daemon_thread(
    serve: Serve, store: SQLiteStore, worker: Callable[..., Child]
) -> None:
    server = serve(stall())
    with worker("daemon", server.url) as child:
        assert child.line() == ["ready"]
        server.await_requests()
        child.tell()
        assert child.end()[:2] == (0, [])
    assert state(store) == "review"


def test_gevent_leaves_it_and_its_end_is_written(
    serve: Serve, store: SQLiteStore, worker: Callable[..., Child]
) -> None:
    pytest.importorskip("gevent", reason="LOUD: gevent is not installed, so that its greenlets are not tested")
    server = serve(stall())
    with worker("gevent", server.url) as child:
        assert child.line() == ["ready"]
        assert child.line() == ["left", "Timeout"]
        assert child.line() == ["continued"]
        server.await_requests()
        server.release()
        assert child.line() == ["closed", "done"]
        assert child.end()[0] == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks here")
def test_forked_children_share_what_was_made_before(
    serve: Serve, store: SQLiteStore, worker: Callable[..., Child]
) -> None:
    server = serve(answer())
    with worker("forks", server.url) as child:
        code, lines, _ = child.end()
    assert code == 0
    assert lines[-1] == ["closed", "done"]
    assert ["done", "done", None] in lines
    assert len(server.requests) == 1


def test_a_run_that_is_to_stop_writes_down_what_is_under_way(
    serve: Serve, store: SQLiteStore, worker: Callable[..., Child]
) -> None:
    server = serve(stall())
    with worker("run", server.url) as child:
        assert child.line() == ["ready"]
        server.await_requests()
        child.process.send_signal(signal.SIGTERM)
        server.release()
        assert child.line() == ["ran", 1, 1]
        assert child.end()[0] == 0


def test_a_loop_that_ends_waits_for_it(serve: Serve, store: SQLiteStore, worker: Callable[..., Child]) -> None:
    server = serve(stall())
    with worker("loop ends", server.url) as child:
        assert child.line() == ["ready"]
        server.await_requests()
        child.process.send_signal(signal.SIGINT)
        server.release()
        lines = child.end()[1]
    assert lines[-1] == ["closed", "done"]


def test_a_loop_that_is_closed_at_once_tells_what_is_lost(
    serve: Serve, store: SQLiteStore, worker: Callable[..., Child]
) -> None:
    server = serve(stall())
    with worker("loop stops", server.url) as child:
        assert child.line() == ["ready"]
        server.await_requests()
        assert child.line() == ["closed", "sending"]
        # Nobody learns of its end any more.
        assert child.line() == ["critical", "refund-17", "unknown"]
        assert child.end()[0] == 0


class Cancelling(ThreadedFile):
    """A store that cancels a task during its n-th use."""

    use, uses = 0, 0
    task: asyncio.Task[Any] | None = None

    async def query(self, pieces: Any, values: Any, /) -> Any:
        self._count()
        return await super().query(pieces, values)

    def transaction(self) -> Any:
        self._count()
        return super().transaction()

    def _count(self) -> None:
        self.uses += self.task is not None
        if self.task is not None and self.uses == self.use:
            self.task.cancel()


@pytest.mark.parametrize(("use", "loop_ends"), [(LOAD, False), (CLAIM, False), (ANSWER, False), (ANSWER, True)])
def test_a_task_that_is_cancelled_loses_nothing(
    sandbox: Sandbox, store: SQLiteStore, use: int, loop_ends: bool
) -> None:
    tid = sandbox.approve(price=12000, pay_type="card")

    async def main() -> None:
        client = sandbox.async_client()
        cancelling = Cancelling(store)
        cancelling.use = use
        refunds = AsyncRefunds(client, cancelling, quiet=0)
        await refunds.init()
        await refunds.request("refund-17", **{**ASKED, "tid": tid})
        cancelling.task = asyncio.ensure_future(refunds.process("refund-17"))
        with pytest.raises(asyncio.CancelledError):
            await cancelling.task
        assert cancelling.uses == use
        if not loop_ends:
            await refunds._tasks.ended()

    asyncio.run(main())
    assert state(store) == "done"
    assert sandbox.executions == 1


def test_a_close_waits_for_what_is_written(sandbox: Sandbox, store: SQLiteStore) -> None:
    tid = sandbox.approve(price=12000, pay_type="card")

    async def main() -> None:
        client = sandbox.async_client()
        goes_on = asyncio.Event()
        has_come = asyncio.Event()

        class Slow(ThreadedFile):
            uses = 0

            def transaction(self) -> Any:
                block = super().transaction()

                class Waiting:
                    async def __aenter__(self) -> Any:
                        Slow.uses += 1
                        if Slow.uses == 3:
                            has_come.set()
                            await goes_on.wait()
                        return await block.__aenter__()

                    async def __aexit__(self, *reason: Any) -> Any:
                        return await block.__aexit__(*reason)

                return Waiting()

        refunds = AsyncRefunds(client, Slow(store), quiet=0)
        await refunds.request("refund-17", **{**ASKED, "tid": tid})
        task = asyncio.ensure_future(refunds.process("refund-17"))
        await has_come.wait()
        task.cancel()
        (still_open,) = await client.aclose(0)
        assert (still_open.tid, still_open.reference, still_open.outcome) == (tid, "refund-17", "unknown")
        goes_on.set()
        assert await client.aclose(GUARD) == []
        assert state(store) == "done"
        with suppress(asyncio.CancelledError):
            await task

    asyncio.run(main())


@pytest.mark.parametrize("pause", [0, 0.1], ids=["at once", "with the answer there"])
def test_a_wait_that_was_given_up_is_written_down(opens: Opens, serve: Serve, pause: float) -> None:
    server = serve(stall())
    book = opens(client=settings(server.url))
    if isinstance(book, Sync):
        pytest.skip("threads have no such wait")
    assert isinstance(book, Asyncio)
    book.request("refund-17", **ASKED)
    with pytest.raises(asyncio.TimeoutError):
        book.await_(asyncio.wait_for(book.refunds.process("refund-17"), 0.1))
    server.await_requests()
    server.release()
    # Meanwhile no loop runs, and the answer comes.
    threading.Event().wait(pause)
    assert book.close() == []
    assert book.get("refund-17").state == "done"


class Slow(SQLiteStore):
    """A store whose writes take long."""

    @contextmanager
    def transaction(self) -> Iterator[Query]:
        threading.Event().wait(0.5)
        with super().transaction() as query:
            yield query


def test_a_close_waits_for_what_another_thread_writes_down(serve: Serve, tmp_path: Path) -> None:
    server = serve(stall())
    client = paywelcome.Client(**settings(server.url))
    refunds = Refunds(client, Slow(tmp_path / "refunds.db"))
    refunds.request("refund-17", **ASKED)
    worker = threading.Thread(target=refunds.process, args=("refund-17",))
    worker.start()
    server.await_requests()
    assert [call.tid for call in client.close(timeout=0)] == [TID]
    server.release()
    # The answer is there, and is being recorded.
    threading.Event().wait(0.1)
    assert [call.tid for call in client.close(timeout=0)] == [TID]
    assert client.close() == []
    assert refunds.get("refund-17").state == "done"
    worker.join()


def test_a_storm_of_signals_loses_no_end() -> None:
    with Child("refunds_storm.py", "150", env={"PYTHONWARNINGS": "ignore"}) as child:
        code, (told,), errors = child.end()
    assert code == 0, errors
    assert told["open"] == 0
    assert told["interrupted"] > 20
    states = told["states"]
    assert states["done, moved"] > 0
    # What was never sent is due again, or was claimed and is found by the sweep.
    assert set(states) <= {"done, moved", "requested, not moved", "sending, not moved"}
