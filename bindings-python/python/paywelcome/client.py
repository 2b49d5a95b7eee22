"""The client for threads, and the module functions on a default one."""

# What a call ends with is bound as the first thing within its try, before which a signal may be answered.
# pyright: reportPossiblyUnboundVariable=false
# The module functions are made of the client's own parts, so that theirs is the only frame.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import os
import time

from . import _answers, _greenlets, _native, _observing
from ._abandoned import Calls
from ._hooks import check
from ._sink import asked
from .closing import OpenCall, Patience, together
from .errors import PaywelcomeError
from .receipts import CancelReceipt, PartialCancelReceipt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from types import TracebackType
    from typing import Any, Literal, NoReturn

    from typing_extensions import Self

    from ._sink import Sink, Writing
    from .types import Amount, Currency, OnAttempt, OnSettled, PayType


# Seconds between two looks at what is open while a client closes.
_LOOK = 1.0
# And between two looks at what other threads write down, which takes a moment.
_STEP = 0.005

exits: _native.Exits = _native.Exits()
"""Where the frame of a call writes down how it is left."""


class BaseClient:
    """The settings that both clients share; what is not given is read from the environment.

    Args:
        mid: The merchant id (가맹점ID), at most 10 characters. Or ``PAYWELCOME_MID``.
        sign_key: The merchant's sign key, as the gateway issued it. Or ``PAYWELCOME_SIGN_KEY``.
        mkey: Instead of the sign key, its SHA-256 as 64 hex digits. Or ``PAYWELCOME_MKEY``.
        environment: ``"test"`` or ``"production"``, with no default. Or ``PAYWELCOME_ENVIRONMENT``.
        base_url: Replaces the environment's host, which may then be absent; plain http only to this machine. Or
            ``PAYWELCOME_BASE_URL``, which beside an ``environment`` given here may only lead to this machine, such as
            to a sandbox, and is then warned of in the log.
        timeout: Seconds for a whole call: connecting, re-sends and the answer; 30 by default.
        connect_timeout: Seconds for DNS, TCP, proxy tunnel and TLS together; 5 by default.
        connect_retries: How often what provably never left is tried again within the time limit; 2 by default.
        signature_format: How the signed values are joined: ``"name_value"`` (default) or ``"concatenated"``.
        timestamp_format: ``"kst"``, 14 digits (default), or ``"epoch_ms"``, 13 digits.
        required_echoes: Which echoes of a success must agree with what was asked before it is believed: ``"tid"``,
            ``"price"`` and ``"remaining_price"``, all by default. One that is left out and differs, or is missing, is
            told in the receipt's ``mismatches`` and logged as a warning. ``ResultCode`` must be ``"00"`` in any case.
        proxy: An http or https proxy's URL, in place of the environment's; not for a plain http ``base_url``.
        ca_bundle: The path of a PEM file of certificates to trust besides the bundled roots.
        trust_env: Whether the environment's proxies are honoured (never for this machine); true by default.
        on_settled: Told, in a thread of its own, how each call ended whose caller gave up the wait after the request
            may have left.
        on_attempt: Told of each attempt of a call as an `Attempt`, before the call returns or raises: where it is
            awaited, so in the calling thread, or on the event loop's.

    Raises:
        ConfigurationError: A setting is wrong; its ``errors`` lists every one that is.
    """

    def __init__(
        self,
        *,
        mid: str | None = None,
        sign_key: str | None = None,
        mkey: str | None = None,
        environment: Literal["test", "production"] | None = None,
        base_url: str | None = None,
        timeout: float = 30.0,
        connect_timeout: float = 5.0,
        connect_retries: int = 2,
        signature_format: Literal["name_value", "concatenated"] = "name_value",
        timestamp_format: Literal["kst", "epoch_ms"] = "kst",
        required_echoes: Collection[Literal["tid", "price", "remaining_price"]] = ("tid", "price", "remaining_price"),
        proxy: str | None = None,
        ca_bundle: str | os.PathLike[str] | None = None,
        trust_env: bool = True,
        on_settled: OnSettled | None = None,
        on_attempt: OnAttempt | None = None,
    ) -> None:
        try:
            opened = _native.Core.open(
                {
                    "mid": mid,
                    "sign_key": sign_key,
                    "mkey": mkey,
                    "environment": environment,
                    "base_url": base_url,
                    "timeout": timeout,
                    "connect_timeout": connect_timeout,
                    "connect_retries": connect_retries,
                    "signature_format": signature_format,
                    "timestamp_format": timestamp_format,
                    "required_echoes": required_echoes,
                    "proxy": proxy,
                    "ca_bundle": ca_bundle,
                    "trust_env": trust_env,
                },
                {name: os.environ.get(name) for name in _native.Core.VARIABLES},
            )
        finally:
            # A traceback that is shown with its locals must not show these.
            sign_key = mkey = proxy = None
        if isinstance(opened, PaywelcomeError):
            raise opened
        check("on_settled", on_settled, "the settled call", opened)
        check("on_attempt", on_attempt, "an attempt", opened)
        if opened.warning is not None:
            from logging import getLogger

            getLogger("paywelcome").warning("%s", opened.warning)
        self._core = opened
        self._calls = Calls(on_settled)
        self._on_attempt = on_attempt
        self._prepare()

    def _prepare(self) -> None:
        """Imports what calls need: an import that is interrupted may leave a lock held."""

    @property
    def mid(self) -> str:
        """The merchant id (가맹점ID)."""
        return self._core.mid

    @property
    def base_url(self) -> str:
        """The gateway's address, with no slash at its end."""
        return self._core.base_url

    def _watch(self, call: _native.Call) -> _observing.Watch | None:
        try:
            watch = _observing.watch(call, self._on_attempt, self._core)
            if watch is not None:
                call.observer = watch
            return watch
        except Exception:
            # Whatever fails here must not hide what becomes of the money.
            return None

    def __repr__(self) -> str:
        if not hasattr(self, "_core"):
            return f"{type(self).__name__}(not made)"
        return f"{type(self).__name__}(mid={self.mid!r}, base_url={self.base_url!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a client holds a key and connections; make one in each process instead of pickling it")


class Client(BaseClient):
    """Cancels payments of one merchant; safe to share between threads and after a fork."""

    def _prepare(self) -> None:
        # The attempts that send, or write down what came of it: a close waits for them as for calls.
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
            timeout: Seconds for this call, in place of the client's.
            wait: Seconds to wait for this call, above zero and at most 3,600; ``None`` to wait to its end. If it takes
                longer, `OutcomeUnknownError` of the kind ``"pending"`` is raised. The call goes on within its time
                limit; its end is told to ``on_settled`` and logged.
            reference: A text of your own, of at most 200 characters, such as a refund's number. It is never sent;
                errors, `Settled`, `OpenCall`, log lines and spans give it back.

        Returns:
            The receipt: the gateway did exactly what was asked.

        Raises:
            InvalidRequestError: An argument is wrong, nothing was sent; ``errors`` lists every one that is.
            NotSentError: No byte of the request left; sending it again is safe.
            DeclinedError: The gateway declined; nothing was cancelled.
            OutcomeUnknownError: The money may have moved; do not send it again before you have looked.
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
        """Gives back a part of a payment (부분 취소; guide, payapi02), and after one such, also the rest.

        Args:
            pay_type: ``payType`` 결제수단: ``"card"``, ``"hpp"`` (mobile), ``"vbank"`` (virtual account), ``"bank"``
                (transfer), or another lower-case word of at most 10 characters.
            tid: ``tid`` 거래ID: the approval's transaction id, also after earlier partial cancels.
            cancel_price: ``cancelPrice`` 부분 취소 금액: what to give back now, above zero; won, or cents for USD.
            confirm_price: ``confirmPrice`` 취소 후 남은 금액: what remains **after** this cancel; 0 when it takes the
                rest.
            currency: ``currency`` 통화: ``"WON"`` or ``"USD"``.
            tax: ``tax`` 부가세, for merchants set up as '부가세 업체정함' only, for whom ``None`` makes the amount
                tax-free.
            taxfree: ``taxfree`` 비과세, for the same merchants only.
            timeout: Seconds for this call, in place of the client's.
            wait: Seconds to wait for this call, above zero and at most 3,600; ``None`` to wait to its end. If it takes
                longer, `OutcomeUnknownError` of the kind ``"pending"`` is raised. The call goes on within its time
                limit; its end is told to ``on_settled`` and logged.
            reference: A text of your own, of at most 200 characters, such as a refund's number. It is never sent;
                errors, `Settled`, `OpenCall`, log lines and spans give it back.

        Returns:
            The receipt: the gateway did exactly what was asked.

        Raises:
            InvalidRequestError: An argument is wrong, nothing was sent; ``errors`` lists every one that is.
            NotSentError: No byte of the request left; sending it again is safe.
            DeclinedError: The gateway declined; nothing was cancelled.
            OutcomeUnknownError: The money may have moved; do not send it again before you have looked.
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
        """Reaches the gateway ahead of the first call, which then does not pay for name, connection and TLS.

        It asks for the head of the gateway's front page, whatever the answer; no money moves. The connection stays open
        for a second, what TLS needs to be resumed for longer. Use it when a process starts.

        Args:
            timeout: Seconds, in place of the client's.

        Raises:
            InvalidRequestError: The time limit is wrong.
            NotSentError: The gateway can't be reached; ``kind`` tells why.
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
        """Makes one attempt of a refund that somebody has written down, with the arguments of the public methods.

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
        """Makes a call. It may be interrupted anywhere, since whoever called it writes down what leaves it."""
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
        """Refuses calls from now on, and waits for those in flight, also for those that nobody waits for any more.

        Those are told to ``on_settled`` first. Closing twice does no harm. What interrupts the wait, such as Ctrl-C, is
        raised at once; the calls go on.

        Args:
            timeout: Seconds to wait at most, zero or less to only look; ``None`` to wait until every call is settled,
                which each is within its own time limit.

        Returns:
            The calls that are still open, which are told and logged as if nothing had been closed: an empty list when
            all are settled.
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
        """Gives the attempts of refunds whose end other threads have not written down yet."""
        return [call for one, call in list(self._writing.items()) if one.is_elsewhere()]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, cls: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error is None:
            self.close()
        else:
            # What interrupts must not wait; what is in flight goes on by itself.
            self._core.close()


_default: Client | None = None


def _default_client() -> Client:
    global _default
    if _default is None:
        _default = Client()
    return _default


def cancel(
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
    """Cancels a whole payment on a default client, made at first use from the ``PAYWELCOME_*`` variables.

    See `Client.cancel` for the arguments and what is raised; and `Client` for the variables.
    """
    try:
        call: _native.Call | None = None
        done = False
        arguments = (pay_type, tid, price, currency, cancel_type, timeout, wait, reference)
        client = _default_client()
        call = _native.Call(client._calls)
        receipt: CancelReceipt = client._run(call, client._core.start_cancel, arguments)
        done = True
        return receipt
    finally:
        try:
            exits.latest = (call, tid, reference, done)
        finally:
            pass


def partial_cancel(
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
    """Gives back a part of a payment on a default client, made at first use from the ``PAYWELCOME_*`` variables.

    See `Client.partial_cancel` for the arguments and what is raised; and `Client` for the variables.
    """
    try:
        call: _native.Call | None = None
        done = False
        arguments = (pay_type, tid, cancel_price, confirm_price, currency, tax, taxfree, timeout, wait, reference)
        client = _default_client()
        call = _native.Call(client._calls)
        receipt: PartialCancelReceipt = client._run(call, client._core.start_partial_cancel, arguments)
        done = True
        return receipt
    finally:
        try:
            exits.latest = (call, tid, reference, done)
        finally:
            pass
