"""The client for asyncio."""

# What a call ends with is bound as the first thing within its try, before which a signal may be answered.
# pyright: reportPossiblyUnboundVariable=false

from __future__ import annotations

from . import _answers, _native
from ._sink import asked
from .client import BaseClient, exits
from .closing import OpenCall, Patience, together
from .receipts import CancelReceipt, PartialCancelReceipt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import Future
    from collections.abc import Callable, Mapping
    from types import TracebackType
    from typing import Any, Literal

    from typing_extensions import Self

    from ._sink import Sink
    from .types import Amount, Currency, PayType

# Seconds between two looks at what can't wake the loop.
_LOOK = 0.02


class AsyncClient(BaseClient):
    """Cancels payments of one merchant on asyncio; safe to share between event loops and after a fork."""

    def _prepare(self) -> None:
        from . import _delivery

        self._asyncio = _delivery
        # The tasks that send, and write down what came of it: a close waits for them as for calls.
        self._writing: dict[Future[Any], OpenCall] = {}

    async def cancel(
        self,
        *,
        pay_type: PayType,
        tid: str,
        price: Amount,
        currency: Currency = "WON",
        cancel_type: Literal["C"] | None = None,
        timeout: float | None = None,
        wait: float | None = None,
        reference: str | None = None,
    ) -> CancelReceipt:
        """Cancels a whole payment (전체 취소; guide, payapi01).

        A task that is cancelled gives up the wait, not the refund: the ``CancelledError`` has the attribute
        ``outcome``, ``"not_sent"`` if nothing left, or ``"unknown"`` if the request goes on by itself and is reported
        when it settles.

        See `Client.cancel` for the arguments, what is returned and what is raised.
        """
        try:
            call: _native.Call | None = None
            done = False
            arguments = (pay_type, tid, price, currency, cancel_type, timeout, wait, reference)
            call = _native.Call(self._calls)
            receipt: CancelReceipt = await self._run(call, self._core.start_cancel, arguments)
            done = True
            return receipt
        finally:
            try:
                exits.latest = (call, tid, reference, done)
            finally:
                pass

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
        wait: float | None = None,
        reference: str | None = None,
    ) -> PartialCancelReceipt:
        """Gives back a part of a payment (부분 취소; guide, payapi02), and after one such, also the rest.

        A task that is cancelled gives up the wait, not the refund: see `AsyncClient.cancel`.

        See `Client.partial_cancel` for the arguments, what is returned and what is raised.
        """
        try:
            call: _native.Call | None = None
            done = False
            arguments = (pay_type, tid, cancel_price, confirm_price, currency, tax, taxfree, timeout, wait, reference)
            call = _native.Call(self._calls)
            receipt: PartialCancelReceipt = await self._run(call, self._core.start_partial_cancel, arguments)
            done = True
            return receipt
        finally:
            try:
                exits.latest = (call, tid, reference, done)
            finally:
                pass

    async def warm_up(self, *, timeout: float | None = None) -> None:
        """Reaches the gateway ahead of the first call, which then does not pay for name, connection and TLS.

        See `Client.warm_up`.
        """
        try:
            call: _native.Call | None = None
            done = False
            call = _native.Call(self._calls)
            await self._run(call, self._core.start_warm_up, (timeout,))
            done = True
        finally:
            try:
                exits.latest = (call, None, None, done)
            finally:
                pass

    async def _attempt(
        self, operation: str, arguments: Mapping[str, object], *, began: float | None, wait: float | None, sink: Sink
    ) -> Any:
        """Makes one attempt of a refund that somebody has written down: see `Client._attempt`."""
        try:
            call: _native.Call | None = None
            done = False
            tid, reference = arguments.get("tid"), arguments.get("reference")
            given = asked(operation, {**arguments, "wait": wait})
            call = _native.Call(self._calls, sink, began)
            start = self._core.start_cancel if operation == "cancel" else self._core.start_partial_cancel
            receipt = await self._run(call, start, given)
            done = True
            return receipt
        finally:
            try:
                exits.latest_attempt = ((call, tid, reference, done), sink)
            finally:
                pass

    async def _run(self, call: _native.Call, start: Callable[..., None], arguments: tuple[object, ...]) -> Any:
        """Makes a call. It may be interrupted anywhere, since whoever called it writes down what leaves it."""
        loop = self._asyncio.get_running_loop()
        delivery = self._asyncio.delivery_to(loop)
        if delivery is None:
            start(call, None, arguments)
            watch = self._watch(call)
            if not await loop.run_in_executor(None, call.wait_as_asked) and not call.ended:
                raise call.pending()
            result = call.result()
        else:
            start(call, delivery.inbox, arguments)
            # The end can only be delivered by this thread, so it can't come before it is expected.
            future = loop.create_future()
            delivery.expect(call, future)
            watch = self._watch(call)
            left = call.wait_left()
            if left is not None and not await self._asyncio.has_come(future, left) and not call.ended:
                future.cancel()
                raise call.pending()
            result = await future
        if watch is not None:
            watch.ended(call, result)
        _answers.log(call, result)
        return call.take(result)

    async def aclose(self, timeout: float | None = None) -> list[OpenCall]:
        """Refuses calls from now on, and waits for those in flight, also for those that nobody waits for any more.

        Those are told to ``on_settled`` first. Closing twice does no harm. A task that is cancelled while it closes
        stops waiting; the calls go on.

        Args:
            timeout: Seconds to wait at most, zero or less to only look; ``None`` to wait until every call is settled,
                which each is within its own time limit.

        Returns:
            The calls that are still open, which are told and logged as if nothing had been closed: an empty list when
            all are settled.
        """
        patience = Patience(timeout)
        self._core.close()
        if calls := self._calls.open():
            loop = self._asyncio.get_running_loop()
            delivery = self._asyncio.delivery_to(loop)
            if delivery is not None:
                await delivery.all_ended(loop, calls, patience.left())
        # What is left is only looked at: a thread that waits for it could hold up the end of the loop.
        while self._calls.open() and patience.left() != 0:
            await self._asyncio.sleep(_LOOK)
        if self._writing:
            await self._asyncio.have_come(list(self._writing), patience.left())
        # A loop of another thread writes down by itself; one of a forked child's parent is not the child's.
        loop = self._asyncio.get_running_loop()
        return together(self._calls.told(), [call for task, call in self._writing.items() if task.get_loop() is loop])

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, cls: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error is None:
            await self.aclose()
        else:
            # What interrupts must not wait; what is in flight goes on by itself.
            self._core.close()
