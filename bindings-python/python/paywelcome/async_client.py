"""The client for asyncio."""

from __future__ import annotations

import os
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal

from . import _native
from .client import BaseClient
from .errors import PaywelcomeError
from .receipts import CancelReceipt, PartialCancelReceipt

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Future
    from weakref import WeakKeyDictionary

    from typing_extensions import Self

    from .client import Amount, Currency, PayType


class _Hub:
    """Brings finished calls to one event loop, on the loop's own thread: no other thread ever enters Python for it."""

    def __init__(self, loop: AbstractEventLoop) -> None:
        self.pid = os.getpid()
        self.native = _native.Hub()
        self._waiting: dict[int, tuple[_native.Call, Future[Any]]] = {}
        loop.add_reader(self.native.fileno(), self._deliver)

    def expect(self, call: _native.Call, future: Future[Any]) -> None:
        self._waiting[call.id] = (call, future)

    def forget(self, call: _native.Call) -> None:
        self._waiting.pop(call.id, None)

    def _deliver(self) -> None:
        for finished in self.native.drain():
            call, future = self._waiting.pop(finished, (None, None))
            if call is None or future is None or future.done():
                continue
            try:
                future.set_result(call.result())
            except Exception as error:
                future.set_exception(error)


_hubs: WeakKeyDictionary[AbstractEventLoop, _Hub] | None = None


def _hub_of(loop: AbstractEventLoop) -> _Hub | None:
    """Gives the loop's hub, or ``None`` for a loop that can not watch a descriptor."""
    global _hubs
    if _hubs is None:
        from weakref import WeakKeyDictionary

        _hubs = WeakKeyDictionary()
    hub = _hubs.get(loop)
    if hub is None or hub.pid != os.getpid():
        for closed in [known for known in list(_hubs) if known.is_closed()]:
            del _hubs[closed]
        try:
            hub = _Hub(loop)
        except NotImplementedError:
            return None
        _hubs[loop] = hub
    return hub


class AsyncClient(BaseClient):
    """Cancels payments of one merchant on asyncio; safe to share between event loops and after a fork."""

    async def cancel(
        self,
        *,
        pay_type: PayType,
        tid: str,
        price: Amount,
        currency: Currency = "WON",
        cancel_type: Literal["C"] | None = None,
        timeout: float | None = None,
    ) -> CancelReceipt:
        """Cancels a whole payment (전체 취소; guide, payapi01).

        A task that is cancelled gives up the wait, not the refund: the ``CancelledError`` has the attribute
        ``outcome``, ``"not_sent"`` if nothing left, or ``"unknown"`` if the request goes on by itself and is reported
        when it settles.

        See `Client.cancel` for the arguments, what is returned and what is raised.
        """

        def start(call: _native.Call, hub: _native.Hub | None) -> None:
            self._core.start_cancel(call, hub, pay_type, tid, price, currency, cancel_type, timeout)

        receipt: CancelReceipt = await self._run(start)
        return receipt

    async def partial_cancel(
        self,
        *,
        pay_type: PayType,
        tid: str,
        cancel_price: Amount,
        confirm_price: Amount,
        currency: Currency = "WON",
        tax: Amount | None = None,
        taxfree: Amount | None = None,
        timeout: float | None = None,
    ) -> PartialCancelReceipt:
        """Gives back a part of a payment (부분 취소; guide, payapi02), and after one such, also the rest.

        A task that is cancelled gives up the wait, not the refund: see `AsyncClient.cancel`.

        See `Client.partial_cancel` for the arguments, what is returned and what is raised.
        """

        def start(call: _native.Call, hub: _native.Hub | None) -> None:
            self._core.start_partial_cancel(
                call, hub, pay_type, tid, cancel_price, confirm_price, currency, tax, taxfree, timeout
            )

        receipt: PartialCancelReceipt = await self._run(start)
        return receipt

    async def _run(self, start: Any) -> Any:
        from asyncio import get_running_loop

        loop = get_running_loop()
        hub = _hub_of(loop)
        call = self._calls.begin()
        try:
            start(call, hub and hub.native)
            if hub is None:
                await loop.run_in_executor(None, call.settle)
                receipt = call.result()
            else:
                # The end can only be delivered by this thread, so it can't come before it is expected.
                future = loop.create_future()
                hub.expect(call, future)
                receipt = await future
        except PaywelcomeError:
            self._calls.end(call)
            raise
        except BaseException as reason:
            if self._calls.give_up(call, reason) == "not_sent" and hub is not None:
                hub.forget(call)
            raise
        self._calls.end(call)
        return receipt

    async def aclose(self) -> None:
        """Refuses calls from now on, and waits for those in flight, which end within their time limits."""
        from asyncio import gather, get_running_loop

        self._core.close()
        loop = get_running_loop()
        await gather(*(loop.run_in_executor(None, call.settle) for call in self._calls.in_flight()))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, cls: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()
