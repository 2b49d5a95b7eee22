"""Refunds that outlive calls, for asyncio."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from contextlib import suppress
from datetime import date, datetime

from paywelcome import _native
from paywelcome.async_client import AsyncClient
from paywelcome.types import Amount, Currency, PayType

from . import _metrics, _telling, counted, health, journal, reconciling, refund
from ._async_attempt import AsyncAttempt, Tasks
from ._async_carrying import carry, carry_within
from ._async_running import AsyncRun
from ._rehearsed import RehearsalFile
from ._schedule import Due, Schedule, check_run
from .async_batches import AsyncBatches
from .base import check_kinds, is_of_a_file
from .counted import Count, Requested
from .errors import RefundsError
from .health import Health
from .journal import JournalEntry
from .reconciling import Reconciliation, StatementRow
from .refund import Refund
from .requesting import RefundRow, check_wait
from .running import Stop
from .store import AsyncQuery, AsyncStore
from .words import Ruling, State


class AsyncRefunds(AsyncBatches):
    """One merchant's refunds in one store, for asyncio; safe to share between tasks and event loops.

    A refund is recorded before anything is sent. Any worker may process it any number of times, and it is applied at
    most once. If its outcome is unknown, it waits for a person in the state ``"review"``. This requires a store that
    keeps what it has committed, and that nobody else cancels these payments.

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
        TypeError: The client or the store is one for threads.
    """

    def __init__(
        self,
        client: AsyncClient,
        store: AsyncStore,
        *,
        confirm_price_enforced: bool | None = None,
        rehearsal: RehearsalFile | None = None,
        quiet: float = 600.0,
    ) -> None:
        check_kinds(client, AsyncClient, store, is_async=True)
        super().__init__(client, store, confirm_price_enforced=confirm_price_enforced, rehearsal=rehearsal, quiet=quiet)
        self._client = client
        self._store = store
        self._tasks = Tasks()

    async def init(self) -> None:
        """Creates missing tables. In production, put `schema` into a migration instead.

        Raises:
            Exception: The store's own error.
        """
        await carry(self._store, self._start("install"))
        self._is_ready = True

    async def request(
        self,
        key: str,
        *,
        tid: str,
        amount: Amount,
        paid: Amount,
        pay_type: PayType,
        remaining: Amount | None = None,
        currency: Currency = "WON",
        tax: Amount | None = None,
        taxfree: Amount | None = None,
        reference: str | None = None,
        batch: str | None = None,
        store: AsyncStore | None = None,
    ) -> Refund:
        """Records a refund, to be processed later. It sends nothing. Repeating a request returns the existing refund.

        Args:
            key: Your own permanent name of the refund, at most 100 characters, such as the number of its row. Pass the
                same key at every retry. A key generated for each try protects nothing.
            tid: ``tid`` 거래ID: the approval's transaction id, at most 40 characters.
            amount: The amount to refund, above zero; won, or cents for USD.
            paid: The approved amount of the payment.
            pay_type: ``payType`` 결제수단: ``"card"``, ``"hpp"`` (mobile), ``"vbank"`` (virtual account), ``"bank"``
                (transfer), or another lower-case word of at most 10 characters.
            remaining: The amount that remains, if parts were refunded before the payment's first request here;
                ``paid`` by default. Later requests of the payment ignore it.
            currency: ``currency`` 통화: ``"WON"`` or ``"USD"``.
            tax: ``tax`` 부가세 within the amount, for merchants set up as '부가세 업체정함' only.
            taxfree: ``taxfree`` 비과세, for the same merchants only.
            reference: Your own text, at most 200 characters, never sent; the key by default.
            batch: The batch that the refund belongs to, at most 100 characters.
            store: A store of your own open transaction: the refund is committed or rolled back with it. By default, a
                transaction of its own; with `DjangoStore`, the one that is open.

        Returns:
            The refund as it is now.

        Raises:
            InvalidRequestError: An argument is wrong, more is requested than remains, or the key was requested before
                with other values. ``errors`` lists every wrong argument. Nothing was recorded.
            RefundsError: The tables are missing (kind ``"schema"``).
            Exception: The store's own error.
        """
        running = self._start(
            "request",
            key=key,
            tid=tid,
            amount=amount,
            paid=paid,
            pay_type=pay_type,
            remaining=remaining,
            currency=currency,
            tax=tax,
            taxfree=taxfree,
            reference=reference,
            batch=batch,
        )
        return refund.read(await self._within(store, running))

    async def request_many(
        self, rows: Iterable[RefundRow], *, batch: str | None = None, store: AsyncStore | None = None
    ) -> Requested:
        """Records many refunds at once, all or none. It sends nothing.

        Args:
            rows: The arguments of `request` for each refund, as a mapping.
            batch: The batch of rows without one.
            store: A store of your own open transaction. By default, a transaction of its own.

        Returns:
            How many refunds are new, and how many were requested before with the same values.

        Raises:
            InvalidRequestError: An argument of a row is wrong. ``errors`` lists every one, such as ``rows[3].amount``,
                up to a thousand. Nothing was recorded.
            RefundsError: The tables are missing (kind ``"schema"``).
            Exception: The store's own error.
        """
        return counted.requested(await self._within(store, self._start_many(rows, batch)))

    async def process(self, key: str, *, wait: float | None = None) -> Refund:
        """Sends a refund if it is due, and records the result. Any worker may call it, at any time.

        It does nothing if the refund has ended or waits for a person, if another worker has it, or if another refund of
        its payment comes first. Cancelling the task stops only the wait: the refund is sent and its result recorded, as
        long as the event loop runs.

        Args:
            key: The refund's key.
            wait: Seconds to wait for the gateway, above zero and at most 3,600. If it takes longer, the refund is
                returned as ``"sending"``, and its result is recorded when it arrives. ``None`` waits to the end of the
                call.

        Returns:
            The refund as it is then, whatever the gateway did.

        Raises:
            RefundsError: There is no such refund (kind ``"not_found"``), a transaction is open (``"in_transaction"``),
                the tables are missing (``"schema"``), or other workers keep changing the payment (``"busy"``).
            InvalidRequestError: An argument is wrong. Nothing was sent.
            Exception: The store's own error. If it comes after the request was sent, recording the answer was tried
                until the lease ended, and the answer is logged as critical.
        """
        return (await self._processed(key, wait))[0]

    async def due(self, limit: int = 500, batch: str | None = None) -> list[str]:
        """Returns the keys of the refunds that a worker can process now, the longest due first.

        Of a batch with a pace, it returns only as many as may start within ten seconds, so that they fill no queue.

        Args:
            limit: The most keys to return, from 1 to 100,000.
            batch: Only refunds of this batch.

        Raises:
            InvalidRequestError: An argument is wrong.
            RefundsError: The tables are missing (kind ``"schema"``).
            Exception: The store's own error.
        """
        keys: list[str] = json.loads(await self._carried("due", limit=limit, batch=batch))
        return keys

    async def run(
        self,
        *,
        pace: float | None = None,
        concurrency: int = 8,
        batch: str | None = None,
        stop: Stop | None = None,
        until_idle: bool = False,
        poll: float = 1.0,
    ) -> int:
        """Processes refunds as they become due, in tasks of its own, until it is stopped.

        Any number of runs may be active at once, in any processes. No error of a refund or of the store ends a run:
        each kind of error is logged once, and the run continues after a growing pause. It also ends when the client is
        closed. Before it ends, it records the results of requests in flight, which takes at most the time limit of a
        call.

        Args:
            pace: The most refunds to start in a second; ``None`` for no limit.
            concurrency: The most refunds in flight at once, from 1 to 512. Two refunds of one payment never are.
            batch: Only refunds of this batch.
            stop: Ends the run within a fifth of a second after it is set.
            until_idle: Whether to end as soon as nothing is due, except for refunds that failed three times in a row.
            poll: The most seconds between two queries for due refunds.

        Returns:
            How many refunds were processed.

        Raises:
            InvalidRequestError: An argument is wrong.
            RefundsError: The tables are missing (kind ``"schema"``).
        """
        check_run(pace, concurrency, poll, self._mid)
        self._refuse_transaction(self._store.in_transaction())
        await self._prepare(self._store)

        async def due(limit: int, resting: str | None) -> list[Due]:
            rows: list[Due] = json.loads(
                await self._carried("due_by_payment", limit=limit, batch=batch, without=resting)
            )
            return rows

        async def next_due(resting: str | None) -> float | None:
            milliseconds: int | None = json.loads(await self._carried("next_due", batch=batch, without=resting))
            return None if milliseconds is None else milliseconds / 1000

        async def turns(of: str, many: int) -> tuple[int, float]:
            taken: dict[str, int] = json.loads(await self._carried("turns", batch=of, many=many))
            return taken["taken"], taken["wait_ms"] / 1000

        async def process(key: str, has_turn: bool) -> tuple[Refund, bool]:
            return await self._processed(key, None, has_turn)

        async def look() -> None:
            if looks.is_due():
                with suppress(Exception):
                    await self.health()

        looks = _metrics.Looks()
        schedule = Schedule(pace, concurrency, poll)
        return await AsyncRun(due, next_due, turns, process, look, schedule, stop, until_idle).run()

    async def get(self, key: str) -> Refund:
        """Returns a refund as it is now.

        Args:
            key: The refund's key.

        Raises:
            RefundsError: There is no such refund of this merchant (kind ``"not_found"``), or the tables are missing
                (``"schema"``).
            Exception: The store's own error.
        """
        return refund.read(await self._carried("get", key=key))

    async def attempts(self, key: str) -> list[JournalEntry]:
        """Returns the journal of a refund, the oldest entry first.

        Args:
            key: The refund's key.

        Raises:
            RefundsError: There is no such refund of this merchant (kind ``"not_found"``), or the tables are missing
                (``"schema"``).
            Exception: The store's own error.
        """
        return journal.read_all(await self._carried("attempts", key=key))

    async def in_review(self, limit: int = 500) -> list[Refund]:
        """Returns the refunds that wait for a person, the longest waiting first. ``review`` of each says what to do.

        Args:
            limit: The most refunds to return, from 1 to 100,000.

        Raises:
            InvalidRequestError: An argument is wrong.
            RefundsError: The tables are missing (kind ``"schema"``).
            Exception: The store's own error.
        """
        return refund.read_all(await self._carried("in_review", limit=limit))

    async def counts(self) -> dict[State, Count]:
        """Returns the number and the sum of the refunds in each state. Every state is a key.

        Raises:
            RefundsError: The tables are missing (kind ``"schema"``).
            Exception: The store's own error.
        """
        return counted.counts(await self._carried("counts"))

    async def health(self) -> Health:
        """Returns the open refunds, how long the oldest has been in review, and how long due refunds have waited.

        It runs one statement, which does not read refunds that have ended. The values are plain, for a health endpoint.
        If OpenTelemetry is set up, its gauges show them for two minutes. A run calls this every ten seconds.

        Raises:
            RefundsError: The tables are missing (kind ``"schema"``).
            Exception: The store's own error.
        """
        _metrics.seen(self._mid, None)
        found = health.read(await self._carried("health"))
        _metrics.seen(self._mid, found)
        return found

    async def resolve(
        self, key: str, ruling: Ruling, *, by: str, note: str | None = None, remaining: Amount | None = None
    ) -> Refund:
        """Records a person's ruling after a look in the merchant admin (상점관리자). It sends nothing itself.

        Args:
            key: The refund's key.
            ruling: ``"done"``: the cancel is there. ``"void"``: it is not there, and the refund is given up.
                ``"retry"``: it is not there, and a worker sends it again with a new ``confirmPrice``. ``"resend"``: a
                worker sends the same cancel once more, only if ``confirmPrice`` is enforced. ``"void"`` also ends a
                refund that was only requested.
            by: Who decided, at most 100 characters.
            note: A note to keep, at most 1,000 characters.
            remaining: The remaining amount that the merchant admin shows. It is required after a restore of the store.
                Pass it always: a ruling that contradicts it is refused.

        Returns:
            The refund as it is then.

        Raises:
            RefundsError: The ruling contradicts what is known, or a sent request may still arrive (kind ``"ruling"``;
                ``until`` says when the ruling is possible). Or of the kinds ``"not_found"``, ``"schema"``, ``"busy"``.
            InvalidRequestError: An argument is wrong.
            Exception: The store's own error.
        """
        arguments = {"key": key, "ruling": ruling, "by": by, "note": note, "remaining": remaining}
        ruled, before, _ = refund.read_moved(await self._carried("resolve", **arguments))
        _telling.moved(ruled, before, ruling)
        return ruled

    async def restored(self, since: datetime) -> int:
        """Marks what the store may have forgotten, after it was restored or lost writes in a fail-over.

        Stop all workers, and call it before they run again. Every open refund goes to review, at once or when its turn
        comes. A ruling on a payment with a remaining amount then requires ``remaining``.

        Args:
            since: The time of the latest write that surely survived, as an aware `datetime`.

        Returns:
            The number of these refunds.

        Raises:
            InvalidRequestError: The time is not aware.
            RefundsError: The tables are missing (kind ``"schema"``), or other workers keep changing a payment
                (``"busy"``): call it again.
            Exception: The store's own error.
        """
        running = self._start_restored(since)
        await self._prepare(self._store)
        doubted: dict[str, int] = json.loads((await carry(self._store, running)).needed)
        return doubted["refunds"]

    async def reconcile(
        self,
        rows: Iterable[StatementRow],
        since: datetime | date | str | None = None,
        until: datetime | date | str | None = None,
    ) -> Reconciliation:
        """Compares a settlement file (정산내역), or the merchant admin's export of cancels, with the ledger.

        If the file shows a refund in ``"review"`` or ``"unknown"``, the refund becomes done, with the evidence
        ``"statement"``. If it shows a declined or void refund, that refund goes to review. After a cancel that belongs
        to no refund, the payment's next refund waits for a person. Nothing is guessed. A refund missing from the file
        does not change. Passing the same file again changes nothing.

        Args:
            rows: The cancels: ``tid``, ``amount`` and ``cancelled_at`` of each, and if known ``remaining`` and
                ``cancel_tid``.
            since: With ``until``: the file lists every cancel in this period, so that others are reported as
                ``missing``. An aware `datetime`, a `date` in Korea, or a text.
            until: The end of the period. A day counts to its end.

        Returns:
            What agrees, what was closed, and what a person must check.

        Raises:
            InvalidRequestError: The file is wrong: an argument of a row, one ``cancel_tid`` for two cancels, or more
                than was paid. ``errors`` lists every one, such as ``rows[3].amount``. Nothing was recorded.
            RefundsError: The tables are missing (kind ``"schema"``), or other workers keep changing a payment
                (``"busy"``): call it again.
            Exception: The store's own error.
        """
        return reconciling.read(await self._carried("reconcile", **reconciling.asked(rows, since, until, self._mid)))

    async def _processed(self, key: str, wait: float | None, has_turn: bool = False) -> tuple[Refund, bool]:
        """Processes a refund; gives it, and whether anything of it was written."""
        running = self._start("process", key=key, has_turn=has_turn)
        check_wait(wait, self._mid)
        self._refuse_transaction(self._store.in_transaction())
        await self._prepare(self._store)
        settle, lease = self._settling(key, running), self._native.lease
        attempt = AsyncAttempt(self._client, self._store, running, settle, key, lease, wait, self._tasks)
        return await asyncio.shield(self._tasks.start(attempt.run())), attempt.is_moved

    async def _carried(self, verb: str, **arguments: object) -> str:
        """Runs what sends nothing, and gives its result."""
        running = self._start(verb, **arguments)
        await self._prepare(self._store)
        return str((await carry(self._store, running)).needed)

    async def _within(self, given: AsyncStore | None, running: _native.Running) -> str:
        """Writes within one transaction."""
        store = self._store if given is None else given
        async with store.transaction() as query:
            if not self._is_ready:
                await self._prepare_within(store, query)
            return await carry_within(query, running)

    async def _prepare(self, store: AsyncStore) -> None:
        """Looks for the tables before the first use."""
        if self._is_ready:
            return
        try:
            await carry(store, self._start("check"))
        except RefundsError as error:
            if error.kind != "schema" or not is_of_a_file(store):
                raise
            await self.init()
        self._is_ready = True

    async def _prepare_within(self, store: AsyncStore, query: AsyncQuery) -> None:
        """Looks for the tables in a caller's transaction, which may take back what is created in it."""
        try:
            await carry_within(query, self._start("check"))
        except RefundsError as error:
            if error.kind != "schema" or not is_of_a_file(store):
                raise
            await carry_within(query, self._start("install"))
        else:
            self._is_ready = True
