"""The run of a worker on asyncio: it looks for refunds that are due, and processes them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic

from .async_attempt import Tasks
from .refund import Refund
from .running import Stop
from .schedule import Schedule

# Seconds between two looks at whether the run is to stop.
_LOOK = 0.2


class AsyncRun:
    """One run: it looks for what is due, and tasks process it.

    Args:
        due: Gives keys and tids of what is due, so many at most.
        next_due: Gives in how many seconds something will be due; ``None`` for never.
        process: Processes one.
        look: Looks after the metrics; it is quick, and called all the time.
        schedule: What is handed out, and when.
        stop: What ends the run.
        until_idle: Whether it ends where nothing is due.
    """

    def __init__(
        self,
        due: Callable[[int], Awaitable[list[tuple[str, str]]]],
        next_due: Callable[[], Awaitable[float | None]],
        process: Callable[[str], Awaitable[Refund]],
        look: Callable[[], Awaitable[None]],
        schedule: Schedule,
        stop: Stop | None,
        until_idle: bool,
    ) -> None:
        self._due, self._next_due, self._process, self._look, self._schedule = due, next_due, process, look, schedule
        self._stop, self._until_idle = stop, until_idle
        self._changed = asyncio.Event()
        self._tasks = Tasks()

    async def run(self) -> int:
        """Runs until it is to stop, or until nothing is due and all that was is over; gives how many were processed."""
        try:
            while not self._is_over():
                if not await self._round() and self._until_idle:
                    break
        finally:
            # What is under way is written down, unless something interrupts again.
            await self._tasks.ended()
        return self._schedule.processed

    def _is_over(self) -> bool:
        return self._schedule.is_closed or (self._stop is not None and self._stop.is_set())

    async def _round(self) -> bool:
        """Looks once, and hands out what it finds; false where nothing was due, nor under way that others wait for."""
        await self._until_start()
        schedule = self._schedule
        was_busy, processed = schedule.is_busy, schedule.processed
        if self._is_over():
            return True
        try:
            due = await self._due(schedule.limit)
            due = schedule.hopeful(due) if self._until_idle else due
            next_due = None if due else await self._next_due()
        except Exception as error:
            schedule.failed("the look for refunds that are due", error, monotonic())
            return True
        chosen = schedule.chosen(due, monotonic())
        for key, tid in chosen:
            await self._until_start()
            if self._is_over():
                return True
            schedule.began(key, tid, monotonic())
            self._tasks.start(self._work(key))
        if not chosen and (due or was_busy or not self._until_idle):
            until = monotonic() + schedule.until_look(next_due)
            await self._wait(lambda: 0.0 if schedule.processed > processed else until - monotonic())
        return bool(due) or was_busy

    async def _until_start(self) -> None:
        """Waits until another may begin."""
        schedule = self._schedule
        await self._wait(lambda: _LOOK if schedule.is_full else schedule.until_start(monotonic()))

    async def _wait(self, left: Callable[[], float]) -> None:
        """Waits while there are seconds left, unless the run is to stop."""
        await self._look()
        while (longest := left()) > 0 and not self._is_over():
            self._changed.clear()
            try:
                await asyncio.wait_for(self._changed.wait(), min(_LOOK, longest))
            except asyncio.TimeoutError:
                pass
            await self._look()

    async def _work(self, key: str) -> None:
        refund: Refund | None = None
        failed: BaseException | None = None
        try:
            refund = await self._process(key)
        except Exception as error:
            failed = error
        finally:
            self._schedule.ended(key, monotonic(), refund, failed)
            self._changed.set()
