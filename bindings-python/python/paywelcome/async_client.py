"""The client for asyncio."""

# What a call ends with is bound as the first thing within its try, before which a signal may be answered.
# pyright: reportPossiblyUnboundVariable=false

from __future__ import annotations

from . import _answers, _native
from ._base_client import BaseClient, exits
from ._sink import asked
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
    """Cancels payments of one merchant on asyncio; safe to share between event loops, and usable after a fork.

    Each setting that is not passed is read from its environment variable.

    Args:
        mid: The merchant id (가맹점ID), at most 10 characters. Or ``PAYWELCOME_MID``.
        sign_key: The merchant's sign key, as the gateway issued it. Or ``PAYWELCOME_SIGN_KEY``.
        mkey: Instead of the sign key, its SHA-256 as 64 hex digits. Or ``PAYWELCOME_MKEY``.
        environment: ``"test"`` or ``"production"``, with no default. Or ``PAYWELCOME_ENVIRONMENT``.
        base_url: Replaces the environment's host, which may then be absent. Plain http only to this machine. Or
            ``PAYWELCOME_BASE_URL``: beside an ``environment`` passed here, it may only lead to this machine, such as to
            a sandbox, and a warning is logged.
        timeout: Seconds for a whole call: connecting, re-sends and the answer. 30 by default.
        connect_timeout: Seconds for DNS, TCP, proxy tunnel and TLS together. 5 by default.
        connect_retries: How often an unsent request is tried again within the time limit. 2 by default.
        signature_format: How the signed values are joined: ``"name_value"`` (default) or ``"concatenated"``.
        timestamp_format: ``"kst"``, 14 digits (default), or ``"epoch_ms"``, 13 digits.
        required_echoes: The echoes of a success that must agree with what was asked: ``"tid"``, ``"price"`` and
            ``"remaining_price"``, all by default. One that is left out here and differs or is missing is listed in the
            receipt's ``mismatches`` and logged as a warning. ``ResultCode`` must be ``"00"`` in any case.
        proxy: The URL of an http or https proxy, instead of the environment's. Not for a plain http ``base_url``.
        ca_bundle: The path of a PEM file of CA certificates to trust besides the bundled roots.
        trust_env: Whether to use the environment's proxies (never for this machine). True by default.
        on_settled: Called in a thread of its own with a `Settled`: the result of each call whose caller stopped waiting
            after the request may have left.
        on_attempt: Called with each attempt of a call as an `Attempt`, on the event loop's thread, before the call
            returns or raises.

    Raises:
        ConfigurationError: A setting is wrong. Its ``errors`` lists every one that is.
    """

    def _prepare(self) -> None:
        from . import _delivery

        self._asyncio = _delivery
        # The tasks that send, and record what came of it: a close waits for them as for calls.
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
        """Cancels a whole payment (전체 취소; guide, payapi01) on asyncio.

        Cancelling the task stops the wait, not the refund. The ``CancelledError`` has the attribute ``outcome``:
        ``"not_sent"`` if the request was withdrawn in time, otherwise ``"unknown"``. The request then continues, and
        its result is passed to ``on_settled`` and logged.

        Args:
            pay_type: ``payType`` 결제수단: ``"card"``, ``"hpp"`` (mobile), ``"vbank"`` (virtual account), ``"bank"``
                (transfer), or another lower-case word of at most 10 characters.
            tid: ``tid`` 거래ID: the approval's transaction id, at most 40 characters; never an authentication's.
            price: ``price`` 취소 금액: the exact approved total, above zero; won, or cents for USD.
            currency: ``currency`` 통화: ``"WON"`` or ``"USD"``.
            cancel_type: ``cancelType`` 망취소옵션: ``"C"`` for a mobile network cancel, otherwise ``None``.
            timeout: Seconds for this call, instead of the client's.
            wait: Seconds to wait for this call, above zero and at most 3,600; ``None`` to wait to its end. A longer
                call raises `OutcomeUnknownError` of the kind ``"pending"`` and continues within its time limit. Its
                result is passed to ``on_settled`` and logged.
            reference: Your own identifier of the call, at most 200 characters, such as a refund's number. It is never
                sent. Errors, `Settled`, `OpenCall`, log lines and spans include it.

        Returns:
            The receipt: the gateway did exactly what was asked.

        Raises:
            InvalidRequestError: An argument is wrong, and nothing was sent. ``errors`` lists every one that is.
            NotSentError: No byte of the request left. Sending it again is safe.
            DeclinedError: The gateway declined. Nothing was cancelled.
            OutcomeUnknownError: The money may have moved. Find out before you send it again.
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
        """Cancels a part of a payment (부분 취소; guide, payapi02); after a first one, also the rest.

        Cancelling the task stops the wait, not the refund. The ``CancelledError`` has the attribute ``outcome``:
        ``"not_sent"`` if the request was withdrawn in time, otherwise ``"unknown"``. The request then continues, and
        its result is passed to ``on_settled`` and logged.

        Args:
            pay_type: ``payType`` 결제수단: ``"card"``, ``"hpp"`` (mobile), ``"vbank"`` (virtual account), ``"bank"``
                (transfer), or another lower-case word of at most 10 characters.
            tid: ``tid`` 거래ID: the approval's transaction id, also after earlier partial cancels; at most 40
                characters.
            cancel_price: ``cancelPrice`` 부분 취소 금액: the amount to refund now, above zero; won, or cents for USD.
            confirm_price: ``confirmPrice`` 취소 후 남은 금액: what remains **after** this cancel; 0 if it takes the
                rest.
            currency: ``currency`` 통화: ``"WON"`` or ``"USD"``.
            tax: ``tax`` 부가세, for merchants set up as '부가세 업체정함' only. For them, ``None`` makes the amount
                tax-free.
            taxfree: ``taxfree`` 비과세, for the same merchants only.
            timeout: Seconds for this call, instead of the client's.
            wait: Seconds to wait for this call, above zero and at most 3,600; ``None`` to wait to its end. A longer
                call raises `OutcomeUnknownError` of the kind ``"pending"`` and continues within its time limit. Its
                result is passed to ``on_settled`` and logged.
            reference: Your own identifier of the call, at most 200 characters, such as a refund's number. It is never
                sent. Errors, `Settled`, `OpenCall`, log lines and spans include it.

        Returns:
            The receipt: the gateway did exactly what was asked.

        Raises:
            InvalidRequestError: An argument is wrong, and nothing was sent. ``errors`` lists every one that is.
            NotSentError: No byte of the request left. Sending it again is safe.
            DeclinedError: The gateway declined. Nothing was cancelled.
            OutcomeUnknownError: The money may have moved. Find out before you send it again.
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
        """Connects to the gateway before the first call: DNS lookup, connection and TLS handshake. It cancels nothing.

        It requests the head of the gateway's front page and takes any answer. The connection stays open for a second,
        and the TLS session can be resumed for longer. Use it when a process starts.

        Args:
            timeout: Seconds, instead of the client's.

        Raises:
            InvalidRequestError: The time limit is wrong.
            NotSentError: The gateway can't be reached. ``kind`` says why.
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
        """Makes one attempt of a refund that somebody has recorded: see `Client._attempt`."""
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
        """Makes a call. It may be interrupted anywhere, since whoever called it records what leaves it."""
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
        """Refuses new calls, and waits for calls in flight, including abandoned calls.

        The results of abandoned calls are passed to ``on_settled`` first. Closing twice does no harm. If the task is
        cancelled, the wait stops; the calls continue.

        Args:
            timeout: The most seconds to wait; zero or less to not wait. ``None`` waits until every call has ended, at
                most until its own time limit.

        Returns:
            The calls that are still open; empty if all have ended. They continue and are reported as usual.
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
        # A loop of another thread records by itself; one of a forked child's parent is not the child's.
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
            # An interrupt must not wait; requests in flight continue.
            self._core.close()
