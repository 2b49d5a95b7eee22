"""What a run does next: which refunds are handed to its workers, and how long it waits."""

from __future__ import annotations

import json
from collections.abc import Iterable
from random import shuffle
from typing import TypeAlias

from . import _telling
from .errors import invalid
from .refund import Refund

# Seconds after an error before a run looks again, and the longest that these grow to.
_PAUSE, _LONGEST_PAUSE = 0.5, 30.0
# How many keys are asked for beyond those that the workers can take at once.
_AHEAD = 100
# How often in a row a refund may fail before a run that ends when nothing is due leaves it.
_MOST_FAILURES = 3
# Seconds for which a batch that has no turn is left alone at most, and for which turns that were taken are good.
_LONGEST_REST = 1.0
# Seconds after something is due at which it is looked for.
_AFTER = 0.005


Due: TypeAlias = "tuple[str, str, str | None]"
"""A refund that is due: its key, the tid of its payment, and its batch where that has a pace."""


class Schedule:
    """Which refunds a run hands out, and when. Times are seconds of one clock.

    Args:
        pace: How many at most are begun in a second; ``None`` for no limit.
        concurrency: How many are under way at most.
        poll: Seconds between two looks for work at most.
    """

    def __init__(self, pace: float | None, concurrency: int, poll: float) -> None:
        self.processed: int = 0
        """How many were processed."""
        self.is_closed: bool = False
        """Whether the client takes no more calls."""
        self.missed: int = 0
        """How many of the latest list other workers were faster with."""
        self.limit: int = concurrency + _AHEAD
        """How many keys are worth asking for."""
        self._poll, self._concurrency = poll, concurrency
        self._gap = 0.0 if pace is None else 1.0 / pace
        self._next_start = self._resumes = 0.0
        self._pause = _PAUSE
        self._told: set[type[BaseException]] = set()
        self._under_way: dict[str, str] = {}
        self._tids: set[str] = set()
        # What was just processed is let alone for a while, so that nothing is asked for in a circle.
        self._ended: dict[str, float] = {}
        self._failures: dict[str, int] = {}
        # Batches whose pace gives no turn until then, and turns that were taken of others, each with the batch's number
        # of them and until when they are good.
        self._resting: dict[str, float] = {}
        self._turns: dict[str, tuple[int, float]] = {}

    @property
    def is_busy(self) -> bool:
        """Whether anything is under way."""
        return bool(self._under_way)

    @property
    def is_full(self) -> bool:
        """Whether no further worker is free."""
        return len(self._under_way) >= self._concurrency

    @property
    def free(self) -> int:
        """How many workers are free."""
        return max(1, self._concurrency - len(self._under_way))

    def resting(self, now: float) -> str | None:
        """The batches that have no turn for a while, as the native half takes them."""
        self._resting = {batch: until for batch, until in self._resting.items() if until > now}
        return json.dumps(list(self._resting)) if self._resting else None

    def is_resting(self, batch: str, now: float) -> bool:
        """Whether a batch has no turn for a while."""
        return self._resting.get(batch, 0.0) > now

    def took(self, batch: str, taken: int, wait: float, now: float) -> None:
        """Notes that turns of a batch were taken, or that there are none for some seconds."""
        if taken == 0:
            # No longer than it takes to see that the pace has changed.
            self._resting[batch] = now + min(wait, _LONGEST_REST)
        else:
            self._turns[batch] = (taken, now + _LONGEST_REST)

    def has_turn(self, batch: str, now: float) -> bool:
        """Uses one of the turns that were taken, if there are any."""
        left, until = self._turns.get(batch, (0, 0.0))
        if left == 0 or until <= now:
            return False
        self._turns[batch] = (left - 1, until)
        return True

    def chosen(self, due: Iterable[Due], now: float) -> list[Due]:
        """Returns what of the refunds that are due may be handed out: one of each payment."""
        self._ended = {key: at for key, at in self._ended.items() if now - at < self._poll}
        tids = set(self._tids)
        chosen: list[Due] = []
        for key, tid, batch in due:
            if key not in self._under_way and key not in self._ended and tid not in tids:
                tids.add(tid)
                chosen.append((key, tid, batch))
        # Where other workers go through the same list, each begins it elsewhere.
        if self.missed:
            shuffle(chosen)
        self.missed = 0
        return chosen

    @property
    def is_stale(self) -> bool:
        """Whether others are so far ahead that what is left of the list is theirs, too."""
        return self.missed >= self._concurrency

    def hopeful(self, due: Iterable[Due]) -> list[Due]:
        """Returns what has not failed so often that waiting for it may never end."""
        return [each for each in due if self._failures.get(each[0], 0) < _MOST_FAILURES]

    def until_start(self, now: float) -> float:
        """How long to wait before the next may begin."""
        return max(0.0, self._next_start - now, self._resumes - now)

    def began(self, key: str, tid: str, now: float) -> None:
        """Notes that one was handed out."""
        self._under_way[key] = tid
        self._tids.add(tid)
        self._next_start = max(now, self._next_start) + self._gap

    def unused(self, batch: str, now: float) -> None:
        """Notes that a turn was of no use, since another worker had the refund; it is good for another one."""
        left, until = self._turns.get(batch, (0, 0.0))
        self._turns[batch] = (left + 1, max(until, now + _LONGEST_REST))

    def ended(self, key: str, now: float, refund: Refund | None, error: BaseException | None) -> None:
        """Notes that a worker has come back."""
        self._tids.discard(self._under_way.pop(key, ""))
        self._ended[key] = now
        if error is not None:
            self._failures[key] = self._failures.get(key, 0) + 1
            self.failed("a refund", error, now)
            return
        self._failures.pop(key, None)
        self.worked()
        if refund is not None:
            self.processed += 1
            self.is_closed |= (refund.outcome, refund.kind) == ("not_sent", "closed")

    def failed(self, what: str, error: BaseException, now: float) -> None:
        """Has the run wait after an error, and logs each kind of error once until all works again."""
        if type(error) not in self._told:
            self._told.add(type(error))
            _telling.failed(what, self._pause, error)
        # What was under way together fails together, and once.
        if now >= self._resumes:
            self._resumes = now + self._pause
            self._pause = min(2 * self._pause, _LONGEST_PAUSE)

    def worked(self) -> None:
        """Notes that all works."""
        self._pause = _PAUSE
        self._told.clear()

    def until_look(self, next_due: float | None, now: float) -> float:
        """How long to wait where nothing could be handed out; ``next_due`` is when something is due."""
        # What is due already waits behind another refund of its payment.
        wait = min(self._poll, next_due + _AFTER) if next_due else self._poll
        return min([wait, *(max(0.0, until - now) for until in self._resting.values())])


def check_run(pace: object, concurrency: object, poll: object, mid: str) -> None:
    """Refuses arguments of a run that are wrong: each is named."""
    wrong: list[tuple[str, str]] = []
    if pace is not None and not _is_within(pace, 0.001, 10_000):
        wrong.append(("pace", "must be a number of refunds a second, from 0.001 to 10,000, or None"))
    if isinstance(concurrency, bool) or not isinstance(concurrency, int) or not 1 <= concurrency <= 512:
        wrong.append(("concurrency", "must be a whole number from 1 to 512"))
    if not _is_within(poll, 0.01, 3600):
        wrong.append(("poll", "must be a number of seconds from 0.01 to 3,600"))
    if wrong:
        raise invalid(wrong, "nothing was done: the arguments are wrong", mid)


def _is_within(value: object, least: float, most: float) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and least <= value <= most
