"""What both kinds of `Refunds` share: their settings, and how works are started."""

# The native half of a client is the package's own.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from datetime import datetime
from inspect import iscoroutinefunction
from typing import NoReturn

from paywelcome import _logs, _native
from paywelcome._base_client import BaseClient

from . import _rehearsed, _times
from ._rehearsed import RehearsalFile
from .async_sqlite import AsyncSQLiteStore
from .errors import RefundsError, invalid
from .requesting import RefundRow, rows_of
from .sqlite import SQLiteStore


class BaseRefunds:
    """One merchant's refunds in one store.

    Args:
        client: Sends the refunds. Only refunds of its mid are visible.
        store: Where refunds are recorded: a store that opens its own connections, not a store of your transaction.
        confirm_price_enforced: States that the gateway applies a partial cancel only if exactly ``confirmPrice``
            remains after it, and checks this atomically. A refund without an answer is then resent automatically after
            the quiet time, at most five times. Otherwise it waits for a person. False by default, because the
            gateway's guide does not guarantee it.
        rehearsal: A file of ``paywelcome rehearse``, as its path or its parsed JSON, in place of
            ``confirm_price_enforced``. It counts if it has proven the same for the client's mid at the client's
            gateway, and only for refunds of the rehearsed pay type and currency. Otherwise nothing is resent, and a
            logged warning says why. What the test host does proves nothing for production.
        quiet: Seconds after an attempt's time limit in which its request may still arrive at the gateway. Until then
            nothing is resent, and ``"void"``, ``"retry"`` and ``"resend"`` are refused. 600 by default, and no less
            except for a gateway on this machine, in tests.

    Raises:
        InvalidRequestError: A setting is wrong. ``errors`` lists every one that is.
        TypeError: The client or the store is of the other kind, for threads or for asyncio.
    """

    def __init__(
        self,
        client: BaseClient,
        store: object,
        *,
        confirm_price_enforced: bool | None = None,
        rehearsal: RehearsalFile | None = None,
        quiet: float = 600.0,
    ) -> None:
        dialect = getattr(store, "dialect", None)
        settings = _rehearsed.settings(rehearsal, client.mid)
        settings.update(confirm_price_enforced=confirm_price_enforced, quiet=quiet)
        self._native = _native.Refunds(client._core, dialect if isinstance(dialect, str) else "", settings)
        self._is_ready = False
        self._mid = client.mid
        if (warning := self._native.warning) is not None:
            _logs.tell(_logs.WARNING, "%s", (warning,), {"mid": client.mid})

    @property
    def mid(self) -> str:
        """The merchant id (가맹점ID)."""
        return self._mid

    @property
    def confirm_price_enforced(self) -> bool:
        """Whether a refund without an answer is resent automatically; with a rehearsal, only those that it covers."""
        return self._native.confirm_price_enforced

    def _start(self, verb: str, **arguments: object) -> _native.Running:
        return self._native.start(verb, _seed(), arguments)

    def _start_many(self, rows: Iterable[RefundRow], batch: str | None) -> _native.Running:
        return self._native.start_many(_seed(), rows_of(rows, batch, self._mid))

    def _start_lines(self, session: _native.RefundsSession) -> _native.Running:
        return self._native.start_lines(_seed(), session)

    def _start_restored(self, since: object) -> _native.Running:
        if not isinstance(since, datetime):
            message = "must be a datetime"
        elif since.tzinfo is None:
            message = "has no time zone; pass an aware datetime"
        elif (at := _times.milliseconds(since)) < 0:
            message = "is before 1970"
        else:
            return self._start("restored", since=at)
        raise invalid([("since", message)], "nothing was done: the arguments are wrong", self._mid)

    def _settling(self, key: str, running: _native.Running) -> Callable[[str], _native.Running]:
        """Returns what starts to record the end of the attempt that a work makes, given as JSON."""

        def settle(answer: str) -> _native.Running:
            return self._start("settle", key=key, token=running.token, answer=answer)

        return settle

    def _refuse_transaction(self, is_open: bool) -> None:
        if is_open:
            message = "nothing was sent: this was called within a transaction, whose rollback would forget the send; "
            message += "call it after the commit, in Django by transaction.on_commit"
            raise RefundsError(message, kind="in_transaction", mid=self._mid)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(mid={self._mid!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("refunds hold a client; make them in each process instead of pickling them")


def check_kinds(client: object, wanted: type[BaseClient], store: object, is_async: bool) -> None:
    """Refuses what belongs to the other kind of refunds."""
    own, other = ("AsyncRefunds", "Refunds") if is_async else ("Refunds", "AsyncRefunds")
    if not isinstance(client, wanted):
        raise TypeError(f"{own} takes a paywelcome.{wanted.__name__}, not {type(client).__name__}")
    query = getattr(store, "query", None)
    if query is not None and iscoroutinefunction(query) != is_async:
        raise TypeError(f"{type(store).__name__} is a store for {other}, not for {own}")


def is_of_a_file(store: object) -> bool:
    """Whether a store is that of an SQLite file, in which the tables are created at the first use."""
    return isinstance(store, (SQLiteStore, AsyncSQLiteStore))


def _seed() -> str:
    return os.urandom(8).hex()
