"""The module functions, on a default client."""

# What a call ends with is bound as the first thing within its try, before which a signal may be answered.
# pyright: reportPossiblyUnboundVariable=false
# They are made of the client's own parts, so that theirs is the only frame.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from . import _native
from ._base_client import exits
from .client import Client
from .receipts import CancelReceipt, PartialCancelReceipt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    from .types import Amount, Currency, PayType

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
    """Cancels a whole payment (전체 취소; guide, payapi01) on a default client.

    The default client is made at the first use from ``PAYWELCOME_MID``, ``PAYWELCOME_SIGN_KEY`` or
    ``PAYWELCOME_MKEY``, ``PAYWELCOME_ENVIRONMENT`` and ``PAYWELCOME_BASE_URL``.

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
        ConfigurationError: The variables do not make a client. ``errors`` lists every one that is wrong.
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
    """Cancels a part of a payment (부분 취소; guide, payapi02); after a first one, also the rest.

    A default client makes the call. It is made at the first use from ``PAYWELCOME_MID``, ``PAYWELCOME_SIGN_KEY`` or
    ``PAYWELCOME_MKEY``, ``PAYWELCOME_ENVIRONMENT`` and ``PAYWELCOME_BASE_URL``.

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
        ConfigurationError: The variables do not make a client. ``errors`` lists every one that is wrong.
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
