"""One attempt of a refund on asyncio: sent, and its end recorded, wherever that is learnt."""

# The attempts of a client are the package's own.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

from paywelcome import _native
from paywelcome.async_client import AsyncClient
from paywelcome.closing import OpenCall
from paywelcome.errors import PaywelcomeError

from . import _answer, _metrics, _telling, refund
from ._answer import End
from ._async_carrying import carry
from ._attempt import GIVE_BACK, LEAST, LONGEST_PAUSE, PAUSE, looked_at, may_be_claimed
from ._carrying import Carried
from .refund import Refund
from .store import AsyncStore

# Seconds between two looks at whether there still is a loop that could write.
_LOOK = 0.1


class Tasks:
    """Tasks that continue when nobody awaits them: an event loop by itself holds them weakly."""

    def __init__(self) -> None:
        self._held: set[asyncio.Task[Any]] = set()

    def start(self, run: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Starts a task, and holds it until its end."""
        task = asyncio.ensure_future(run)
        self._held.add(task)
        task.add_done_callback(self._ended)
        return task

    async def ended(self) -> None:
        """Waits until all have ended."""
        if self._held:
            await asyncio.wait(self._held)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._held.discard(task)
        if not task.cancelled():
            # Nobody may have waited for it.
            task.exception()


class AsyncAttempt:
    """A refund that is claimed, sent and recorded in a task of its own, which nobody's cancelled wait ends.

    Only a loop that is closing cancels it. Then it continues as long as the loop lets it, until its end is recorded.
    """

    def __init__(
        self,
        client: AsyncClient,
        store: AsyncStore,
        running: _native.Running,
        settle: Callable[[str], _native.Running],
        key: str,
        lease: float,
        wait: float | None,
        tasks: Tasks,
    ) -> None:
        self._client, self._store, self._running, self._settle, self._key = client, store, running, settle, key
        self._tasks = tasks
        # Times are recorded as passed since the claim, so that none is ahead of the database's clock.
        self._began = self._claimed = _native.moment()
        self._lease_over = self._began + lease
        self._wait_over = None if wait is None else self._began + wait
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._is_over = False
        self._open: OpenCall | None = None
        self._told_late = self._loop.create_future()
        self.result: End | None = None
        self._measured = _metrics.Attempted(client.mid)
        self.is_moved: bool = True
        """Whether anything was written of the refund."""

    async def run(self) -> Refund:
        """Returns the refund as it then stands: where the wait was over first, as it was claimed."""
        carried = Carried()
        try:
            await carry(self._store, self._running, None, carried)
            self._claimed = _native.moment()
        except BaseException as error:
            await self._give_back(carried, error)
            raise
        if carried.is_done:
            found, self.is_moved = looked_at(carried)
            return found
        operation, arguments, _ = carried.needed
        self._measured.operation = operation
        self._open = OpenCall(operation, str(arguments["tid"]), reference=self._key)
        # Whoever asked for it may be gone by the time of its end, and between that and the write this task has no turn.
        self._announce(asyncio.current_task())
        wait = None if self._wait_over is None else max(0.001, self._wait_over - _native.moment())
        try:
            await self._client._attempt(operation, arguments, began=self._began, wait=wait, sink=self)
        except PaywelcomeError:
            if self.result is None:
                # It is told later; in a forked child, by the parent.
                return refund.read((await carry(self._store, self._running, _answer.PENDING)).needed)
        except asyncio.CancelledError:
            await self._hold_the_loop()
            raise
        except BaseException:
            self._write_beside()
            raise
        assert self.result is not None, "what the client gives it has told before"
        until = self._until()
        try:
            until = until if self._wait_over is None else min(until, self._wait_over)
            return await self._write(self._running, self.result, until)
        except BaseException:
            self._write_beside()
            raise

    def late(self, result: End) -> None:
        """Has the loop record the end that was not awaited, and waits until it has; in a thread of the client's."""
        if self._is_over:
            return
        over = threading.Event()
        is_lost = threading.get_ident() == self._thread and not self._loop.is_running()
        try:
            if not is_lost:
                self._loop.call_soon_threadsafe(self._begin_late, result, over)
        except RuntimeError:
            is_lost = True
        until = self._until()
        while not is_lost and not over.wait(_LOOK):
            # A loop that does not run may run again.
            is_lost = self._loop.is_closed() or (not self._loop.is_running() and _native.moment() > until)
        if is_lost and not self._is_over:
            self._is_over = True
            _telling.lost(self._key, self._told(result), None)

    def _begin_late(self, end: End, over: threading.Event) -> None:
        def ended(_: object) -> None:
            over.set()
            if not self._told_late.done():
                self._told_late.set_result(None)

        self._tasks.start(self._write(None, end, self._until())).add_done_callback(ended)

    async def _hold_the_loop(self) -> None:
        """Waits until the end was told late and recorded, which the end of the loop would not wait for."""
        if self.result is not None:
            with suppress(Exception):
                await self._write(None, self.result, self._until())
            return
        # By then its end has come, and was tried to be recorded.
        until = self._lease_over + 2 * LEAST
        while not self._told_late.done() and (left := until - _native.moment()) > 0:
            try:
                await asyncio.wait([self._told_late], timeout=left)
            except asyncio.CancelledError:
                _uncancel()

    async def _give_back(self, carried: Carried, error: BaseException) -> None:
        """Gives a refund back whose claim may have been written, where something came before the send."""
        # What ends the loop's own run would end another wait, too.
        if may_be_claimed(carried, error) and isinstance(error, (Exception, asyncio.CancelledError)):
            _uncancel()
            with suppress(Exception):
                await self._write(None, _answer.NOT_BEGUN, _native.moment() + GIVE_BACK)

    def _write_beside(self) -> None:
        """Has another task record what is not written yet."""
        if self.result is not None and not self._is_over:
            self._announce(self._tasks.start(self._write(None, self.result, self._until())))

    def _announce(self, task: asyncio.Future[Any] | None) -> None:
        """Has a close of the client wait for a task."""
        if task is not None and self._open is not None:
            self._client._writing[task] = self._open
            task.add_done_callback(lambda ended: self._client._writing.pop(ended, None))

    def _until(self) -> float:
        return max(self._lease_over, _native.moment() + LEAST)

    def _told(self, end: End) -> str:
        took = _native.moment() - self._claimed
        self._measured.ended(end, took)
        return _answer.told(end, took)

    async def _write(self, running: _native.Running | None, end: End, until: float) -> Refund:
        told = self._told(end)
        pause = PAUSE
        cancelled: asyncio.CancelledError | None = None
        while True:
            try:
                # Writing it down twice does no harm, so what may have been written is simply tried again.
                if running is None:
                    carried = await carry(self._store, self._settle(told))
                else:
                    carried = await carry(self._store, running, told)
                break
            except (Exception, asyncio.CancelledError) as error:
                left = until - _native.moment()
                if left <= 0:
                    if until >= self._lease_over and not _answer.is_never_begun(end):
                        self._is_over = True
                        _telling.lost(self._key, told, error)
                    raise
                if isinstance(error, asyncio.CancelledError):
                    cancelled, pause = error, 0.0
                    _uncancel()
            try:
                await asyncio.sleep(min(pause, left))
            except asyncio.CancelledError as error:
                cancelled = error
                _uncancel()
            pause = min(2 * pause, LONGEST_PAUSE) or PAUSE
            running = None
        self._is_over = True
        written, before, paused = refund.read_moved(carried.needed)
        _telling.moved(written, before, paused=paused)
        if cancelled is not None:
            raise cancelled
        return written


def _uncancel() -> None:
    """Continues after a cancel, for what its task awaits to know of it."""
    task: Any = asyncio.current_task()
    if hasattr(task, "uncancel"):
        task.uncancel()
