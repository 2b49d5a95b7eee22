"""The end of the program while calls are open, which only daemon threads or loops that run no more can wait for."""

from __future__ import annotations

import atexit
from weakref import WeakSet

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Calls(Protocol):
        def leave(self) -> None: ...


_of_all_clients: WeakSet[Calls] = WeakSet()


def watch(calls: Calls) -> None:
    """Has the calls told that the program ends, after all threads that hold it back have ended."""
    _of_all_clients.add(calls)


@atexit.register
def _leave() -> None:
    for calls in list(_of_all_clients):
        calls.leave()
