"""A sandbox gateway for tests: a real HTTP server on this machine that keeps a ledger and moves no money.

with Sandbox() as gateway:
    tid = gateway.approve(price=12000, pay_type="card")
    gateway.client().cancel(pay_type="card", tid=tid, price=12000)
    assert gateway.payment(tid).remaining == 0
"""

from __future__ import annotations

import json
from types import TracebackType
from typing import TYPE_CHECKING, Any

from . import _native
from .async_client import AsyncClient
from .client import Client

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["Cancel", "Payment", "Request", "Sandbox"]


class _Record:
    """What the gateway tells of itself; an immutable snapshot."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.__dict__.update(values)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self.__dict__.items())})"

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.__dict__ == self.__dict__

    __hash__ = None  # type: ignore[assignment]

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is a snapshot: ask the gateway again")


class Cancel(_Record):
    """One cancel that the gateway executed."""

    operation: str
    """``"cancel"`` or ``"partial_cancel"``."""
    amount: int
    """What was given back, in won or cents."""
    remaining: int
    """What remained after it."""
    cancel_tid: str | None
    """The cancel's own tid (``C_Tid``), of a partial cancel."""
    date_time: str
    """When, as 14 digits in KST."""


class Payment(_Record):
    """A payment in the gateway's ledger."""

    tid: str
    mid: str
    moid: str
    pay_type: str
    currency: str
    price: int
    """The approved total, in won or cents."""
    cancelled: int
    """What was given back."""
    remaining: int
    """What was not."""
    cancels: list[Cancel]
    """Every cancel that was executed, in order."""

    def __init__(self, values: dict[str, Any]) -> None:
        super().__init__({**values, "cancels": [Cancel(cancel) for cancel in values["cancels"]]})


class Request(_Record):
    """A request that arrived at the gateway, and what it answered."""

    method: str
    path: str
    fields: dict[str, str]
    """The form's fields in the order they came."""
    status: int
    result_code: str | None
    result_msg: str | None
    executed: bool
    """Whether it moved money."""
    peer: str

    def __init__(self, values: dict[str, Any]) -> None:
        super().__init__({**values, "fields": dict(values["fields"])})


class Sandbox:
    """A gateway on a free port of this machine, in this process; leaving the ``with`` block stops it.

    Args:
        port: The port to listen on; 0, the default, takes a free one.
        mid: The merchant id it knows; a made-up one by default.
        sign_key: The merchant's sign key; a made-up one by default.

    Raises:
        ValueError: The mid is not 1 to 10 printable characters, or the sign key is empty.
        OSError: The port is taken.
    """

    def __init__(self, *, port: int = 0, mid: str | None = None, sign_key: str | None = None) -> None:
        try:
            self._gateway = _native.Gateway(port, mid, sign_key)
        finally:
            # A traceback that is shown with its locals must not show it.
            sign_key = None

    @property
    def url(self) -> str:
        """Its address, for a client's ``base_url``."""
        return self._gateway.url

    @property
    def mid(self) -> str:
        """The merchant id it knows."""
        return self._gateway.mid

    @property
    def sign_key(self) -> str:
        """The merchant's sign key."""
        return self._gateway.sign_key

    @property
    def executions(self) -> int:
        """How many cancels moved money."""
        return self._gateway.executions

    @property
    def request_count(self) -> int:
        """How many requests arrived at the two endpoints."""
        return self._gateway.request_count

    def client(self, **settings: Any) -> Client:
        """Makes a client of this gateway; ``settings`` are those of `Client`."""
        try:
            return Client(**{"mid": self.mid, "sign_key": self.sign_key, "base_url": self.url, **settings})
        finally:
            settings.clear()

    def async_client(self, **settings: Any) -> AsyncClient:
        """Makes an asyncio client of this gateway; ``settings`` are those of `AsyncClient`."""
        try:
            return AsyncClient(**{"mid": self.mid, "sign_key": self.sign_key, "base_url": self.url, **settings})
        finally:
            settings.clear()

    def approve(self, *, price: int, pay_type: str = "card", currency: str = "WON", moid: str | None = None) -> str:
        """Makes a payment, as if a customer had paid.

        Args:
            price: The approved total, above zero; won, or cents for USD.
            pay_type: ``"card"``, ``"hpp"``, ``"vbank"``, ``"bank"`` or another lower-case word.
            currency: ``"WON"`` or ``"USD"``.
            moid: The order number; made up by default.

        Returns:
            The payment's tid.

        Raises:
            ValueError: An argument is wrong.
        """
        return self._gateway.approve(price, pay_type, currency, moid)

    def payment(self, tid: str) -> Payment:
        """Gives a payment as it is now.

        Raises:
            KeyError: There is no such payment.
        """
        payment = self._gateway.payment(tid)
        if payment is None:
            raise KeyError(tid)
        return Payment(json.loads(payment))

    def payments(self) -> list[Payment]:
        """Gives all payments, in the order of their approval."""
        return [Payment(payment) for payment in json.loads(self._gateway.payments())]

    def requests(self) -> list[Request]:
        """Gives the newest 10,000 requests that arrived, in order."""
        return [Request(request) for request in json.loads(self._gateway.requests())]

    def close(self) -> None:
        """Stops the gateway and closes its connections; its ledger can still be read."""
        self._gateway.stop()

    def __repr__(self) -> str:
        if not hasattr(self, "_gateway"):
            return "Sandbox(not started)"
        return f"Sandbox(url={self.url!r}, mid={self.mid!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, cls: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
