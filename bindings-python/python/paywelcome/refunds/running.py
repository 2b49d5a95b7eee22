"""The run of a worker: it looks for refunds that are due, and processes them."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import Protocol

from .refund import Refund
from .schedule import Schedule

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
        due: Gives keys and tids of what is due, so many at most.
        next_due: Gives in how many seconds something will be due; ``None`` for never.
        process: Processes one.
        look: Looks after the metrics; it is quick, and called all the time.
        schedule: What is handed out, and when.
        concurrency: How many threads.
        stop: What ends the run.
        until_idle: Whether it ends where nothing is due.
        leave: Is called by each thread at its end.
    """

    def __init__(
        self,
        due: Callable[[int], list[tuple[str, str]]],
        next_due: Callable[[], float | None],
        process: Callable[[str], Refund],
        look: Callable[[], None],
        schedule: Schedule,
        concurrency: int,
        stop: Stop | None,
        until_idle: bool,
        leave: Callable[[], None],
    ) -> None:
        self._due, self._next_due, self._process, self._look, self._schedule = due, next_due, process, look, schedule
        self._concurrency, self._leave = concurrency, leave
        self._stop, self._until_idle = stop, until_idle
        self._keys: deque[str | None] = deque()
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
            # What is under way is written down, unless something interrupts again.
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
            due = self._due(schedule.limit)
            due = schedule.hopeful(due) if self._until_idle else due
            next_due = None if due else self._next_due()
        except Exception as error:
            schedule.failed("the look for refunds that are due", error, monotonic())
            return True
        with self._changed:
            chosen = schedule.chosen(due, monotonic())
        for key, tid in chosen:
            self._until_start()
            if self._is_over():
                return True
            with self._changed:
                schedule.began(key, tid, monotonic())
            self._hand_out(key)
        if not chosen and (due or was_busy or not self._until_idle):
            until = monotonic() + schedule.until_look(next_due)
            self._wait(lambda: 0.0 if schedule.processed > processed else until - monotonic())
        return bool(due) or was_busy

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

    def _hand_out(self, key: str) -> None:
        if len(self._threads) < self._concurrency:
            # Not a daemon: what it sends it writes down.
            thread = threading.Thread(target=self._work, name="paywelcome-refunds")
            thread.start()
            self._threads.append(thread)
        self._keys.append(key)
        self._waiting.release()

    def _work(self) -> None:
        while True:
            self._waiting.acquire()
            key = self._keys.popleft()
            if key is None:
                self._leave()
                return
            refund: Refund | None = None
            failed: BaseException | None = None
            try:
                refund = self._process(key)
            except BaseException as error:
                # Whatever ends one refund ends no worker.
                failed = error
            with self._changed:
                self._schedule.ended(key, monotonic(), refund, failed)
                self._changed.notify_all()
