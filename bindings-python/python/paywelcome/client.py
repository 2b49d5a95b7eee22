"""The client for threads."""

# What a call ends with is bound as the first thing within its try, before which a signal may be answered.
# pyright: reportPossiblyUnboundVariable=false

from __future__ import annotations

import time

from . import _answers, _greenlets, _native
from ._base_client import BaseClient, exits
from ._sink import asked
from .closing import OpenCall, Patience, together
from .receipts import CancelReceipt, PartialCancelReceipt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType
    from typing import Any, Literal

    from typing_extensions import Self

    from ._sink import Sink, Writing
    from .types import Amount, Currency, PayType


# Seconds between two looks at what is open while a client closes.
_LOOK = 1.0
# And between two looks at what other threads record, which takes a moment.
_STEP = 0.005


class Client(BaseClient):
    """Cancels payments of one merchant; safe to share between threads, and usable after a fork.

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
        on_attempt: Called with each attempt of a call as an `Attempt`, in the calling thread, before the call returns
            or raises.

    Raises:
        ConfigurationError: A setting is wrong. Its ``errors`` lists every one that is.
    """

    def _prepare(self) -> None:
        # The attempts that send, or record what came of it: a close waits for them as for calls.
        self._writing: dict[Writing, OpenCall] = {}

    def cancel(
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
            receipt: CancelReceipt = self._run(call, self._core.start_cancel, arguments)
            done = True
            return receipt
        finally:
            try:
                exits.latest = (call, tid, reference, done)
            finally:
                pass

    def partial_cancel(
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
            receipt: PartialCancelReceipt = self._run(call, self._core.start_partial_cancel, arguments)
            done = True
            return receipt
        finally:
            try:
                exits.latest = (call, tid, reference, done)
            finally:
                pass

    def warm_up(self, *, timeout: float | None = None) -> None:
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
            self._run(call, self._core.start_warm_up, (timeout,))
            done = True
        finally:
            try:
                exits.latest = (call, None, None, done)
            finally:
                pass

    def _attempt(
        self, operation: str, arguments: Mapping[str, object], *, began: float | None, wait: float | None, sink: Sink
    ) -> Any:
        """Makes one attempt of a refund that somebody has recorded, with the arguments of the public methods.

        Args:
            operation: ``"cancel"`` or ``"partial_cancel"``.
            arguments: The keyword arguments of that method.
            began: Since when the time limit counts, as `_native.moment` gives it: nothing leaves after both.
            wait: As the public methods take it.
            sink: What learns the end, however this is left. Where it does not, and the exception has no ``outcome``,
                nothing was begun.
        """
        try:
            call: _native.Call | None = None
            done = False
            tid, reference = arguments.get("tid"), arguments.get("reference")
            given = asked(operation, {**arguments, "wait": wait})
            call = _native.Call(self._calls, sink, began)
            start = self._core.start_cancel if operation == "cancel" else self._core.start_partial_cancel
            receipt = self._run(call, start, given)
            done = True
            return receipt
        finally:
            try:
                exits.latest_attempt = ((call, tid, reference, done), sink)
            finally:
                pass

    def _run(self, call: _native.Call, start: Callable[..., None], arguments: tuple[object, ...]) -> Any:
        """Makes a call. It may be interrupted anywhere, since whoever called it records what leaves it."""
        delivery = _greenlets.here()
        if delivery is not None:
            call.reporter = delivery.start
        start(call, None, arguments)
        watch = self._watch(call)
        if delivery is not None:
            delivery.wait(call, call.wait_left)
        if not call.wait_as_asked():
            raise call.pending()
        result = call.result()
        if watch is not None:
            watch.ended(call, result)
        _answers.log(call, result)
        return call.take(result)

    def close(self, timeout: float | None = None) -> list[OpenCall]:
        """Refuses new calls, and waits for calls in flight, including abandoned calls.

        The results of abandoned calls are passed to ``on_settled`` first. Closing twice does no harm. An interrupt,
        such as Ctrl-C, is raised at once; the calls continue.

        Args:
            timeout: The most seconds to wait; zero or less to not wait. ``None`` waits until every call has ended, at
                most until its own time limit.

        Returns:
            The calls that are still open; empty if all have ended. They continue and are reported as usual.
        """
        patience = Patience(timeout)
        self._core.close()
        delivery = _greenlets.here()
        while (calls := self._calls.open()) and (left := patience.left()) != 0:
            if delivery is None:
                # Looked at again and again, since for one of them there may have been no thread.
                calls[0].outlast(_LOOK if left is None else min(left, _LOOK))
            else:
                delivery.pause()
        while (writing := self._written_elsewhere()) and patience.left() != 0:
            if delivery is None:
                _greenlets.original(time, "sleep")(_STEP)
            else:
                delivery.pause()
        return together(self._calls.told(), writing)

    def _written_elsewhere(self) -> list[OpenCall]:
        """Returns the attempts of refunds whose end other threads have not recorded yet."""
        return [call for one, call in list(self._writing.items()) if one.is_elsewhere()]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, cls: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error is None:
            self.close()
        else:
            # An interrupt must not wait; requests in flight continue.
            self._core.close()
