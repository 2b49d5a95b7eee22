"""Waiting under gevent: in its hub, so that the other greenlets of the thread continue."""

from __future__ import annotations

import sys

from . import _native
from .errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping
    from types import ModuleType
    from typing import Any

# Seconds between two looks at whether this process is a forked child, of whose call only the parent learns.
_LOOK = 1.0
# Seconds between two looks at whether there is still something to wait for when a client closes.
_PAUSE = 0.02


def original(module: ModuleType, name: str) -> Any:
    """Returns a function as it was before gevent replaced it, if it did."""
    monkey = sys.modules.get("gevent.monkey")
    return getattr(module, name) if monkey is None else monkey.get_original(module.__name__, name)


def is_without_hub() -> bool:
    """Whether this is a thread of the system's own where gevent has made threads of Python greenlets."""
    return _is_patched() and _hub() is None


def here() -> Delivery | None:
    """Returns what brings finished calls to this thread's greenlets; ``None`` where there are none.

    Raises:
        ConfigurationError: The greenlets are eventlet's, which would all stand still.
    """
    if "eventlet.patcher" in sys.modules:
        _refuse_eventlet()
    if not _is_patched():
        return None
    hub = _hub()
    if hub is None:
        return None
    own = _deliveries().get(hub)
    if own is None or own.inbox.foreign:
        own = _deliveries()[hub] = Delivery(hub)
    return own


def wait_to_end(call: _native.Call) -> None:
    """Waits for a call's end as long as it takes."""
    delivery = here()
    if delivery is not None:
        delivery.wait(call, _as_long_as_it_takes)
    call.wait_to_end()


def _as_long_as_it_takes() -> None:
    """The seconds that are left for a wait that has no limit."""


class Delivery:
    """Brings finished calls to the greenlets of one thread."""

    def __init__(self, hub: Any) -> None:
        from gevent import sleep, spawn
        from gevent.event import Event

        self.inbox: _native.Inbox = _native.Inbox()
        self._spawn = spawn
        self._sleep: Callable[[float], None] = sleep
        self._new_event: Callable[[], Any] = Event
        self._events: dict[int, Any] = {}
        self._watcher = hub.loop.io(self.inbox.fileno(), 1)

    def start(self, run: Callable[..., None], arguments: tuple[object, ...]) -> None:
        """Starts a greenlet."""
        self._spawn(run, *arguments)

    def wait(self, call: _native.Call, left: Callable[[], float | None]) -> None:
        """Waits for a call's end, until it is another process's, or while there are seconds left."""
        number = call.watch(self.inbox)
        self._events[number] = event = self._new_event()
        try:
            # Only while somebody waits: a hub that watches something never ends.
            if not self._watcher.active:
                self._watcher.start(self._deliver)
            while not (call.ended or call.foreign) and (longest := left()) != 0:
                event.wait(_LOOK if longest is None else min(longest, _LOOK))
        finally:
            self._events.pop(number, None)
            if not self._events:
                self._watcher.stop()

    def pause(self) -> None:
        """Lets the other greenlets continue for a while."""
        self._sleep(_PAUSE)

    def _deliver(self) -> None:
        if self.inbox.foreign:
            self._watcher.stop()
            return
        while (number := self.inbox.first()) is not None:
            event = self._events.get(number)
            if event is not None:
                event.set()
            self.inbox.passed(number)


def _is_patched() -> bool:
    monkey = sys.modules.get("gevent.monkey")
    return monkey is not None and (monkey.is_module_patched("socket") or monkey.is_module_patched("threading"))


def _hub() -> Any:
    """Returns the hub of this thread, if it has one and something else than the hub itself runs."""
    from gevent import getcurrent
    from gevent._hub_local import get_hub_if_exists

    hub = get_hub_if_exists()
    return None if hub is getcurrent() else hub


_known: MutableMapping[Any, Delivery] | None = None


def _deliveries() -> MutableMapping[Any, Delivery]:
    global _known
    if _known is None:
        from weakref import WeakKeyDictionary

        _known = WeakKeyDictionary()
    return _known


def _refuse_eventlet() -> None:
    hubs, patcher = sys.modules.get("eventlet.hubs"), sys.modules["eventlet.patcher"]
    if hubs is None or not hasattr(hubs._threadlocal, "hub") or not patcher.is_monkey_patched("socket"):
        return
    message = "eventlet is not supported: a call would stop every green thread of this one; pass the call to "
    message += "eventlet.tpool.execute, or use threads or gevent"
    raise ConfigurationError(message)
