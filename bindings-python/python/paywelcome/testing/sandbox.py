"""The gateway: starts and stops, and everything that can be asked of it or done to it."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import weakref
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from paywelcome import _native
from paywelcome.async_client import AsyncClient
from paywelcome.client import Client

from . import commands, rehearsals, waiting
from .breaking import Breakable
from .merchants import Merchant
from .records import Clock, Payment, Rehearsal, Request, digits
from .ruled import Ruled

if TYPE_CHECKING:
    from typing_extensions import Self

    from paywelcome.types import Currency, PayType

_T = TypeVar("_T")


class Sandbox(Breakable, Ruled):
    """A gateway on a free port of this machine, in this process; leaving the ``with`` block stops it.

    Args:
        port: The port to listen on; 0, the default, takes a free one.
        mid: The merchant id it knows; a made-up one by default.
        sign_key: The merchant's sign key; a made-up one by default. Never use a real one.
        tls: Whether it speaks https, with a certificate made at start; see `ca_bundle`.
        rules: The rules it starts with, and goes back to when it is reset; see `set_rules`.
        rehearsal: A file of ``paywelcome rehearse``, as its path or as what it has in it: the gateway behaves as that
            one did, by the rules that were found and with its answers. What the file does not know stays as it is
            by default, and what is in ``rules`` wins; see `rehearsal`.
        host: The address to listen on; ``"127.0.0.1"`` by default, and always one of this machine's own.
        guard: Whether clients of this process that lead to no sandbox of this process refuse to send until it is
            closed, with a `ConfigurationError` that names both hosts. Off by default; the fixture
            ``paywelcome_sandbox`` has it on.

    Raises:
        ValueError: The mid is not 1 to 10 printable characters, the sign key is empty, or a rule is wrong, or the
            rehearsal: its place is named.
        OSError: The port is taken, or the rehearsal can't be read.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        mid: str | None = None,
        sign_key: str | None = None,
        tls: bool = False,
        rules: Mapping[str, object] | None = None,
        rehearsal: Mapping[str, object] | str | os.PathLike[str] | None = None,
        host: str | None = None,
        guard: bool = False,
    ) -> None:
        try:
            told = None if rules is None else json.dumps(dict(rules))
            played = None if rehearsal is None else rehearsals.text(rehearsal)
            self._gateway = _native.Gateway(port, mid, sign_key, host, tls, (played, told))
        finally:
            # A traceback that is shown with its locals must not show it.
            sign_key = None
        if played is not None:
            rehearsals.log(self.rehearsal)
        self._guard = _native.Guard(self._gateway.url, guard)
        self._ca_bundle: str | None = None
        pem = self._gateway.ca_pem
        if pem is not None:
            folder = tempfile.mkdtemp(prefix="paywelcome-sandbox-")
            self._remove = weakref.finalize(self, _remove, folder, os.getpid())
            path = Path(folder, "ca.pem")
            path.write_text(pem, encoding="ascii")
            self._ca_bundle = str(path)

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
    def ca_bundle(self) -> str | None:
        """A PEM file with the certificate authority to trust, until `close`; ``None`` without TLS."""
        return self._ca_bundle

    @property
    def inspector(self) -> str:
        """The address of its web page."""
        return f"{self.url}/_sandbox/"

    @property
    def environment(self) -> dict[str, str]:
        """The ``PAYWELCOME_*`` variables that lead a client without settings here."""
        return {
            "PAYWELCOME_MID": self.mid,
            "PAYWELCOME_SIGN_KEY": self.sign_key,
            "PAYWELCOME_BASE_URL": self.url,
        }

    @property
    def rehearsal(self) -> Rehearsal | None:
        """Whose gateway it behaves as, and what is not known of that; ``None`` without a rehearsal."""
        told = self.command("info")["rehearsal"]
        return None if told is None else Rehearsal(told)

    @property
    def executions(self) -> int:
        """How many cancels moved money."""
        return self._gateway.executions

    @property
    def request_count(self) -> int:
        """How many requests arrived at the two endpoints."""
        return self._gateway.request_count

    def client(self, **settings: Any) -> Client:
        """Makes a client of this gateway.

        Args:
            settings: Any of `Client`, which replace those that lead here.
        """
        try:
            return self._merchant().client(**settings)
        finally:
            settings.clear()

    def async_client(self, **settings: Any) -> AsyncClient:
        """Makes an asyncio client of this gateway.

        Args:
            settings: Any of `AsyncClient`, which replace those that lead here.
        """
        try:
            return self._merchant().async_client(**settings)
        finally:
            settings.clear()

    def approve(
        self,
        *,
        price: int,
        pay_type: PayType = "card",
        currency: Currency = "WON",
        moid: str | None = None,
        partially_cancellable: bool = True,
        deposited: bool = False,
        escrow: bool = False,
        mid: str | None = None,
        approved_at: datetime | str | None = None,
        tid: str | None = None,
    ) -> str:
        """Makes a payment, as if a customer had paid.

        Args:
            price: The approved total, above zero; won, or cents for USD.
            pay_type: ``"card"``, ``"hpp"``, ``"vbank"``, ``"bank"`` or another lower-case word.
            currency: ``"WON"`` or ``"USD"``.
            moid: The order number; made up by default.
            partially_cancellable: Whether a part of it may be cancelled.
            deposited: Whether the customer paid into the virtual account: every cancel is declined. ``vbank`` only.
            escrow: Whether it is held in escrow: every cancel is declined.
            mid: The merchant it belongs to; the sandbox's own by default.
            approved_at: When, as a datetime (without a zone: KST) or 14 digits in KST; now by default. An ``hpp``
                payment of another calendar month is declined.
            tid: The tid to give it, 1 to 40 characters; made up by default.

        Returns:
            The payment's tid.

        Raises:
            InvalidArgumentError: An argument is wrong (a `ValueError`).
        """
        made = self.command(
            "approve",
            price=price,
            pay_type=pay_type,
            currency=currency,
            moid=moid,
            partially_cancellable=partially_cancellable,
            deposited=deposited,
            escrow=escrow,
            mid=mid,
            approved_at=digits(approved_at),
            tid=tid,
        )
        given: str = made["tid"]
        return given

    def payment(self, tid: str) -> Payment:
        """Returns a payment as it is now.

        Args:
            tid: Its transaction id.

        Raises:
            KeyError: There is no such payment.
        """
        try:
            return Payment(self.command("payment", tid=tid))
        except commands.NotFoundError:
            raise KeyError(tid) from None

    def payments(self) -> list[Payment]:
        """Returns all payments, in the order of their approval."""
        return [Payment(payment) for payment in json.loads(self._gateway.payments())]

    def requests(self, *, tid: str | None = None, latest: int | None = None) -> list[Request]:
        """Returns the newest requests that arrived, in order: at most 1,000.

        Args:
            tid: Only those about this payment.
            latest: Only so many of the newest; all by default.
        """
        asked = self.command("requests", tid=tid, latest=1000 if latest is None else latest, bytes=True)
        return [Request(request) for request in asked["requests"]]

    @property
    def clock(self) -> Clock:
        """Its time."""
        return Clock(self.command("clock"))

    def set_clock(
        self, at: datetime | str | None = None, *, mode: Literal["fixed", "running", "machine"] | None = None
    ) -> Clock:
        """Sets its clock.

        Args:
            at: The time, as a datetime (without a zone: KST) or 14 digits in KST; it stands still from then on.
            mode: ``"running"``: continues from there; ``"machine"``: this machine's time again, without ``at``.
        """
        return Clock(self.command("set_clock", at=digits(at), mode=mode))

    def advance(self, seconds: int) -> Clock:
        """Moves its clock. A clock that stands still stays so.

        Args:
            seconds: By how many; below zero, backwards.
        """
        return Clock(self.command("set_clock", advance_seconds=seconds))

    def add_merchant(self, mid: str, sign_key: str | None = None) -> Merchant:
        """Adds a merchant, or gives one that is known a new key.

        Args:
            mid: The merchant id, 1 to 10 printable characters.
            sign_key: Its sign key; made up by default.
        """
        try:
            made = self.command("add_merchant", mid=mid, sign_key=sign_key)
            return Merchant(made["mid"], sign_key or made["sign_key"], self.url, self._ca_bundle)
        finally:
            sign_key = None

    def set_balance(
        self,
        amount: int | None = None,
        *,
        mid: str | None = None,
        currency: Currency = "WON",
        credit: int | None = None,
        credit_at: datetime | str | None = None,
    ) -> None:
        """Limits a merchant's settlement balance: cancels above it are declined.

        Args:
            amount: The balance now, in won or cents; ``None``, the default, takes the limit away.
            mid: Whose; the sandbox's own merchant by default.
            currency: In which currency.
            credit: What is credited later, so that the same cancel passes then.
            credit_at: When, by the sandbox's clock: a datetime (without a zone: KST) or 14 digits in KST.
        """
        credited = digits(credit_at)
        self.command("set_balance", amount=amount, mid=mid, currency=currency, credit=credit, credit_at=credited)

    def set_tls(
        self, mode: Literal["normal", "wrong_name", "expired", "self_signed", "tls_1_1", "handshake_stall"]
    ) -> None:
        """Says how TLS handshakes go from now on.

        Args:
            mode: ``"normal"``, a certificate that is wrong (``"wrong_name"``, ``"expired"``, ``"self_signed"``), an old
                version (``"tls_1_1"``), or no answer (``"handshake_stall"``).

        Raises:
            UnavailableError: It was started without TLS.
        """
        self.command("set_tls", mode=mode)

    def wait_until(self, condition: Callable[[], _T], *, timeout: float = 10.0) -> _T:
        """Waits until a condition holds, looking at it whenever something changes in the sandbox.

        Args:
            condition: What gives something true once it holds.
            timeout: How many seconds to wait at most.

        Returns:
            What the condition gave.

        Raises:
            TimeoutError: It did not hold in time.
        """
        return waiting.wait_until(self.command, condition, timeout)

    def wait_for_request(
        self, *, tid: str | None = None, count: int = 1, executed: bool | None = None, timeout: float = 10.0
    ) -> Request:
        """Waits until a request has arrived, and was answered or broken; those that came before count, too.

        Args:
            tid: Only those about this payment.
            count: Which of them, from 1.
            executed: ``True``: only those that moved money, also late; ``False``: only those that did not.
            timeout: How many seconds to wait at most.

        Raises:
            TimeoutError: It did not come in time.
        """

        def arrived() -> Request | None:
            matching = [
                request for request in self.requests(tid=tid) if executed is None or request.executed is executed
            ]
            return matching[count - 1] if len(matching) >= count else None

        found = self.wait_until(arrived, timeout=timeout)
        assert found is not None
        return found

    def seed(self, source: Mapping[str, object] | str | os.PathLike[str]) -> dict[str, Any]:
        """Sets up many things at once, from a mapping or a JSON file.

        Args:
            source: A mapping, or the path of a file. It may have ``clock`` and ``rules`` (the arguments of `set_clock`
                and `set_rules`), and the lists ``merchants``, ``balances``, ``payments`` and ``faults`` (those of
                `add_merchant`, `set_balance`, `approve` and `arm`).

        Returns:
            The results, under the same names.

        Raises:
            InvalidArgumentError: Something is wrong, and what came before it was done; ``argument`` says where, such as
                ``payments[1].price``.
        """
        if not isinstance(source, Mapping):
            source = json.loads(Path(source).read_text(encoding="utf-8"))
        done: dict[str, Any] = commands.run(self._gateway, "seed", source)
        return done

    def reset(self) -> None:
        """Goes back to the start: no payments, requests or faults; first rules, merchant, clock and TLS mode."""
        self.command("reset")

    def command(self, name: str, /, **arguments: object) -> Any:
        """Carries out any command of the admin API; docs/sandbox-api.md has them all.

        Args:
            name: The command's name, such as ``"set_rules"``.
            arguments: Its arguments.

        Raises:
            InvalidArgumentError: An argument is wrong (a `ValueError`); ``argument`` names it.
            NotFoundError: There is no such command or thing (a `LookupError`).
            UnavailableError: It can't be done now (a `RuntimeError`).
        """
        try:
            return commands.run(self._gateway, name, arguments)
        finally:
            # A traceback that is shown with its locals must not show a key.
            arguments = {}

    def close(self) -> None:
        """Stops the gateway and closes its connections; its ledger can still be read."""
        self._guard.lift()
        self._gateway.stop()
        if self._ca_bundle is not None:
            self._remove()

    def _merchant(self) -> Merchant:
        return Merchant(self.mid, self.sign_key, self.url, self._ca_bundle)

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


def _remove(folder: str, pid: int) -> None:
    # A forked child has a copy of the sandbox, but the folder is its parent's.
    if os.getpid() == pid:
        shutil.rmtree(folder, ignore_errors=True)
