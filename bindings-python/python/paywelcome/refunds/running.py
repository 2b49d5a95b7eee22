"""The run of a worker: it looks for refunds that are due, and processes them."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import Protocol

from ._schedule import Due, Schedule
from .refund import Refund

# Seconds between two looks at whether the run is to stop.
_LOOK = 0.2


class Stop(Protocol):
    """What a run is stopped by, such as `threading.Event`."""

    def is_set(self) -> bool:
        """Whether to stop."""
        ...


class Run:
    """One run: this thread looks for what is due, and others process it.

    Args:
        due: Gives what is due, so many at most, but of some batches, which are left alone.
        next_due: Gives in how many seconds something will be due, but of some batches; ``None`` for never.
        turns: Takes so many turns of a batch at most; gives how many, and in how many seconds there are some again.
        process: Processes one, of which is said whether its batch has given it a turn; gives whether it was moved, too.
        look: Looks after the metrics; it is quick, and called all the time.
        schedule: What is handed out, and when.
        concurrency: How many threads.
        stop: What ends the run.
        until_idle: Whether it ends where nothing is due.
        leave: Is called by each thread at its end.
    """

    def __init__(
        self,
        due: Callable[[int, str | None], list[Due]],
        next_due: Callable[[str | None], float | None],
        turns: Callable[[str, int], tuple[int, float]],
        process: Callable[[str, bool], tuple[Refund, bool]],
        look: Callable[[], None],
        schedule: Schedule,
        concurrency: int,
        stop: Stop | None,
        until_idle: bool,
        leave: Callable[[], None],
    ) -> None:
        self._due, self._next_due, self._turns, self._process = due, next_due, turns, process
        self._look, self._schedule = look, schedule
        self._concurrency, self._leave = concurrency, leave
        self._stop, self._until_idle = stop, until_idle
        self._keys: deque[tuple[str, str | None] | None] = deque()
        self._waiting = threading.Semaphore(0)
        self._changed = threading.Condition()
        self._threads: list[threading.Thread] = []

    def run(self) -> int:
        """Runs until it is to stop, or until nothing is due and all that was is over; gives how many were processed."""
        try:
            while not self._is_over():
                if not self._round() and self._until_idle:
                    break
        finally:
            # What is under way is recorded, unless something interrupts again.
            for _ in self._threads:
                self._keys.append(None)
                self._waiting.release()
            for thread in self._threads:
                thread.join()
        return self._schedule.processed

    def _is_over(self) -> bool:
        return self._schedule.is_closed or (self._stop is not None and self._stop.is_set())

    def _round(self) -> bool:
        """Looks once, and hands out what it finds; false where nothing was due, nor under way that others wait for."""
        self._until_start()
        schedule = self._schedule
        was_busy, processed = schedule.is_busy, schedule.processed
        if self._is_over():
            return True
        try:
            resting = schedule.resting(monotonic())
            due = self._due(schedule.limit, resting)
            due = schedule.hopeful(due) if self._until_idle else due
            next_due = None if due else self._next_due(resting)
        except Exception as error:
            schedule.failed("the look for refunds that are due", error, monotonic())
            return True
        with self._changed:
            chosen = schedule.chosen(due, monotonic())
        for key, tid, batch in chosen:
            self._until_start()
            if self._is_over() or schedule.is_stale:
                return True
            if batch is None or self._has_turn(batch):
                with self._changed:
                    schedule.began(key, tid, monotonic())
                self._hand_out(key, batch)
        if not chosen and (due or was_busy or resting or not self._until_idle):
            until = monotonic() + schedule.until_look(next_due, monotonic())
            self._wait(lambda: 0.0 if schedule.processed > processed else until - monotonic())
        return bool(due or resting) or was_busy

    def _has_turn(self, batch: str) -> bool:
        """Whether the pace of a batch lets another of its refunds start."""
        schedule = self._schedule
        with self._changed:
            if schedule.is_resting(batch, monotonic()):
                return False
            if schedule.has_turn(batch, monotonic()):
                return True
            free = schedule.free
        try:
            taken, wait = self._turns(batch, free)
        except Exception as error:
            schedule.failed("the look for the pace of a batch", error, monotonic())
            taken, wait = 0, 1.0
        with self._changed:
            schedule.took(batch, taken, wait, monotonic())
            return schedule.has_turn(batch, monotonic())

    def _until_start(self) -> None:
        """Waits until another may begin."""
        schedule = self._schedule
        self._wait(lambda: _LOOK if schedule.is_full else schedule.until_start(monotonic()))

    def _wait(self, left: Callable[[], float]) -> None:
        """Waits while there are seconds left, unless the run is to stop."""
        while True:
            self._look()
            with self._changed:
                if (longest := left()) <= 0 or self._is_over():
                    return
                self._changed.wait(min(_LOOK, longest))

    def _hand_out(self, key: str, batch: str | None) -> None:
        if len(self._threads) < self._concurrency:
            # Not a daemon: what it sends it records.
            thread = threading.Thread(target=self._work, name="paywelcome-refunds")
            thread.start()
            self._threads.append(thread)
        self._keys.append((key, batch))
        self._waiting.release()

    def _work(self) -> None:
        while True:
            self._waiting.acquire()
            taken = self._keys.popleft()
            if taken is None:
                self._leave()
                return
            key, batch = taken
            refund: Refund | None = None
            is_moved = True
            failed: BaseException | None = None
            try:
                refund, is_moved = self._process(key, batch is not None)
            except BaseException as error:
                # Whatever ends one refund ends no worker.
                failed = error
            with self._changed:
                self._schedule.missed += not is_moved
                if batch is not None and not is_moved:
                    self._schedule.unused(batch, monotonic())
                self._schedule.ended(key, monotonic(), refund, failed)
                self._changed.notify_all()
