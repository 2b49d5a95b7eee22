"""What a sweep wakes workers up for: a long queue is not made longer, and a batch goes at its pace."""

# The works of refunds are the package's own.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import json
import math
import random
from collections.abc import Sequence

from .refunds import Refunds

# What part of a sweep's messages are for those whose messages should be waiting.
_FEW = 0.05


class Sweep:
    """What is due, as one sweep finds it.

    Args:
        most: How many keys of a kind at most.
        seconds: How long it is until the next sweep.
    """

    def __init__(self, refunds: Refunds, most: int, seconds: float) -> None:
        self._refunds, self._most, self._seconds = refunds, most, seconds
        paced: list[str] = []
        while True:
            rows = self._due(most, **({"without": json.dumps(paced)} if paced else {}))
            found = {batch for _, batch in rows if batch is not None}
            if not found:
                break
            paced += sorted(found)
        self._free = [key for key, _ in rows]
        self._paced = paced

    @property
    def is_empty(self) -> bool:
        """Whether nothing is due."""
        return not self._free and not self._paced

    def free(self, waiting: int) -> list[str]:
        """Returns the keys of what may go at once.

        Args:
            waiting: How many messages wait already. They are those of what is the longest due, unless they were lost:
                a few of these are given again.
        """
        return again_or_new(self._free, waiting, self._most)

    def paced(self, waiting: int) -> list[tuple[str, float]]:
        """Returns the keys of what the pace of its batch lets go until the next sweep, each with its second."""
        room = max(0, self._most - waiting)
        told: list[tuple[str, float]] = []
        for batch in self._paced:
            pace = self._refunds.progress(batch).pace
            if pace is not None and room > 0:
                rows = self._due(min(room, math.ceil(pace * self._seconds)), batch=batch)
                told += [(key, at / pace) for at, (key, _) in enumerate(rows)]
        return told

    def _due(self, limit: int, **of: str) -> list[tuple[str, str | None]]:
        """Returns keys, and the batches of those that have a pace."""
        carried = self._refunds._carried("due_by_payment", limit=limit, **of)
        rows: list[tuple[str, str, str | None]] = json.loads(carried)
        return [(key, batch) for key, _, batch in rows]


def again_or_new(due: Sequence[str], waiting: int, most: int) -> list[str]:
    """Returns what is not among the first so many, and a few of these."""
    expected = list(due[:waiting])
    return random.sample(expected, min(math.ceil(most * _FEW), len(expected))) + list(due[waiting:])
