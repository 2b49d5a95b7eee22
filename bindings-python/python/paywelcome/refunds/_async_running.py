"""The run of a worker on asyncio: it looks for refunds that are due, and processes them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic

from ._async_attempt import Tasks
from ._schedule import Due, Schedule
from .refund import Refund
from .running import Stop

# Seconds between two looks at whether the run is to stop.
_LOOK = 0.2


class AsyncRun:
    """One run: it looks for what is due, and tasks process it.

    Args:
        due: Gives what is due, so many at most, but of some batches, which are left alone.
        next_due: Gives in how many seconds something will be due, but of some batches; ``None`` for never.
        turns: Takes so many turns of a batch at most; gives how many, and in how many seconds there are some again.
        process: Processes one, of which is said whether its batch has given it a turn; gives whether it was moved, too.
        look: Looks after the metrics; it is quick, and called all the time.
        schedule: What is handed out, and when.
        stop: What ends the run.
        until_idle: Whether it ends where nothing is due.
    """

    def __init__(
        self,
        due: Callable[[int, str | None], Awaitable[list[Due]]],
        next_due: Callable[[str | None], Awaitable[float | None]],
        turns: Callable[[str, int], Awaitable[tuple[int, float]]],
        process: Callable[[str, bool], Awaitable[tuple[Refund, bool]]],
        look: Callable[[], Awaitable[None]],
        schedule: Schedule,
        stop: Stop | None,
        until_idle: bool,
    ) -> None:
        self._due, self._next_due, self._turns, self._process = due, next_due, turns, process
        self._look, self._schedule = look, schedule
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
            # What is under way is recorded, unless something interrupts again.
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
            resting = schedule.resting(monotonic())
            due = await self._due(schedule.limit, resting)
            due = schedule.hopeful(due) if self._until_idle else due
            next_due = None if due else await self._next_due(resting)
        except Exception as error:
            schedule.failed("the look for refunds that are due", error, monotonic())
            return True
        chosen = schedule.chosen(due, monotonic())
        for key, tid, batch in chosen:
            await self._until_start()
            if self._is_over() or schedule.is_stale:
                return True
            if batch is None or await self._has_turn(batch):
                schedule.began(key, tid, monotonic())
                self._tasks.start(self._work(key, batch))
        if not chosen and (due or was_busy or resting or not self._until_idle):
            until = monotonic() + schedule.until_look(next_due, monotonic())
            await self._wait(lambda: 0.0 if schedule.processed > processed else until - monotonic())
        return bool(due or resting) or was_busy

    async def _has_turn(self, batch: str) -> bool:
        """Whether the pace of a batch lets another of its refunds start."""
        schedule = self._schedule
        if schedule.is_resting(batch, monotonic()):
            return False
        if schedule.has_turn(batch, monotonic()):
            return True
        try:
            taken, wait = await self._turns(batch, schedule.free)
        except Exception as error:
            schedule.failed("the look for the pace of a batch", error, monotonic())
            taken, wait = 0, 1.0
        schedule.took(batch, taken, wait, monotonic())
        return schedule.has_turn(batch, monotonic())

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

    async def _work(self, key: str, batch: str | None) -> None:
        refund: Refund | None = None
        is_moved = True
        failed: BaseException | None = None
        try:
            refund, is_moved = await self._process(key, batch is not None)
        except Exception as error:
            failed = error
        finally:
            self._schedule.missed += not is_moved
            if batch is not None and not is_moved:
                self._schedule.unused(batch, monotonic())
            self._schedule.ended(key, monotonic(), refund, failed)
            self._changed.set()
