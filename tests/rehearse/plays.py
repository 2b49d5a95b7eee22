"""Rehearsals that are played at once, before the first is judged."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

# Two for each processor: half of the time, a rehearsal waits for a program to start.
AT_ONCE = 2 * (os.cpu_count() or 2)
"""How many rehearsals are played at once."""

Play = Callable[..., Any]


class Plays:
    """Plays by name, each at most once."""

    def __init__(self, folder: Path) -> None:
        self._pool = ThreadPoolExecutor(AT_ONCE)
        self._futures: dict[tuple[Any, ...], Future[Any]] = {}
        self._folder = folder

    def begin(self, play: Play, *arguments: Any) -> Future[Any]:
        key = (play, *arguments)
        if key not in self._futures:
            folder = self._folder / str(len(self._futures))
            self._futures[key] = self._pool.submit(play, folder, *arguments)
        return self._futures[key]

    def result(self, play: Play, *arguments: Any) -> Any:
        return self.begin(play, *arguments).result()

    def end(self) -> None:
        self._pool.shutdown(cancel_futures=True)
