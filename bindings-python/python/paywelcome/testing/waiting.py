"""Waits for changes in the sandbox."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

_T = TypeVar("_T")
# The longest wait inside the native module, in seconds: no signal is handled there.
_SLICE = 0.2


def wait_until(command: Callable[..., Any], condition: Callable[[], _T], timeout: float) -> _T:
    """Returns what the condition gives once that is true; looks whenever something changed."""
    deadline = time.monotonic() + timeout
    while True:
        # Before the look: what changes during it is found by the wait.
        seen = command("stats")["last_event"]
        found = condition()
        if found:
            return found
        while not _changed(command, seen, deadline):
            if time.monotonic() >= deadline:
                raise TimeoutError(f"it did not happen within {timeout:g} seconds")


def _changed(command: Callable[..., Any], seen: int, deadline: float) -> bool:
    """Waits a moment; says whether anything changed."""
    started = time.monotonic()
    wait = min(max(deadline - started, 0.001), _SLICE)
    told = command("events", since=seen, limit=1, timeout_ms=round(wait * 1000))
    if told["events"] or told["lost"]:
        return True
    if time.monotonic() - started < wait / 2:
        # Only a sandbox that was closed does not let one wait.
        raise TimeoutError("the sandbox is closed: nothing will happen any more")
    return False
