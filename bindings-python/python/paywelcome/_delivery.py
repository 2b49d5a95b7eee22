"""How finished calls come to an event loop."""

from __future__ import annotations

import threading
from asyncio import get_running_loop, sleep, wait
from weakref import WeakKeyDictionary

from . import _native

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Future
    from typing import Any


class Delivery:
    """Brings finished calls to one event loop, on the loop's own thread: no other thread ever enters Python for it."""

    def __init__(self, loop: AbstractEventLoop) -> None:
        self.inbox: _native.Inbox = _native.Inbox()
        self._waiting: dict[int, tuple[_native.Call | None, Future[Any]]] = {}
        loop.add_reader(self.inbox.fileno(), self._deliver)

    def expect(self, call: _native.Call, future: Future[Any]) -> None:
        """Has the future told when the call ends."""
        self._waiting[call.id] = (call, future)

    async def all_ended(self, loop: AbstractEventLoop, calls: list[_native.Call], longest: float | None) -> None:
        """Waits for calls that others wait for, or nobody; ``longest`` is in seconds."""
        ids: list[int] = []
        futures: list[Future[Any]] = []
        try:
            for call in calls:
                ids.append(call.watch(self.inbox))
                futures.append(loop.create_future())
                self._waiting[ids[-1]] = (None, futures[-1])
            if futures:
                await wait(futures, timeout=longest)
        finally:
            for number in ids:
                self._waiting.pop(number, None)

    def _deliver(self) -> None:
        # In a forked child that runs its parent's loop there is none: what arrives here is the parent's. On Linux the
        # two share one epoll instance: to watch no more here would keep the parent from it for ever.
        while (number := self.inbox.first()) is not None:
            # Each is passed only after it was delivered, and delivering it twice does no harm: a signal handler may
            # raise anywhere in between, and then the loop comes back.
            waiting = self._waiting.get(number)
            if waiting is not None:
                self._hand_over(*waiting)
                self._waiting.pop(number, None)
            self.inbox.passed(number)

    def _hand_over(self, call: _native.Call | None, future: Future[Any]) -> None:
        if future.done():
            return
        try:
            result = None if call is None else call.result()
            if not future.done():
                future.set_result(result)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:
            if not future.done():
                future.set_exception(error)


_of_this_thread = threading.local()

__all__ = ["Delivery", "delivery_to", "get_running_loop", "has_come", "have_come", "sleep"]


async def has_come(future: Future[Any], longest: float) -> bool:
    """Waits for a future, ``longest`` seconds at most, and leaves it as it is."""
    await wait([future], timeout=longest)
    return future.done()


async def have_come(futures: list[Future[Any]], longest: float | None) -> None:
    """Waits for the futures of this loop, ``longest`` seconds at most."""
    if own := [future for future in futures if future.get_loop() is get_running_loop()]:
        await wait(own, timeout=longest)


def delivery_to(loop: AbstractEventLoop) -> Delivery | None:
    """Returns the loop's delivery, or ``None`` for a loop that can not watch a descriptor."""
    deliveries: WeakKeyDictionary[AbstractEventLoop, Delivery] | None = getattr(_of_this_thread, "deliveries", None)
    if deliveries is None:
        deliveries = WeakKeyDictionary()
        _of_this_thread.deliveries = deliveries
    delivery = deliveries.get(loop)
    if delivery is None or delivery.inbox.foreign:
        for closed in [known for known in list(deliveries) if known.is_closed()]:
            deliveries.pop(closed, None)
        try:
            delivery = deliveries[loop] = Delivery(loop)
        except (NotImplementedError, OSError):
            return None
    return delivery
