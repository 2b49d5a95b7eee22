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

    A refund is recorded before anything is sent, and any worker may process it any number of times. It is applied
    at most once, and never lost without a word: one whose outcome is unknown waits in the state ``"review"`` for a
    person. That holds where the store keeps what it has committed, and nobody else cancels these payments unseen.

    Args:
        client: Sends, and says whose refunds these are: nobody sees those of another mid.
        store: Where refunds are recorded: a store that opens connections by itself, not one of a transaction.
        confirm_price_enforced: States that the gateway applies a partial cancel only where what remains after it is
            ``confirmPrice``, atomically. Then a refund without an answer is sent again by itself after the quiet time,
            at most five times; otherwise it waits for a person. False by default, since the guide does not promise it.
        rehearsal: A file that ``paywelcome rehearse`` has written, as its path or its parsed JSON, in place of
            ``confirm_price_enforced``. It counts if it has proven the same for the client's mid at the client's
            gateway, and only for refunds of the pay type and currency of its payment. Otherwise nothing is sent again,
            and a warning is logged that says why. What the test host does proves nothing for production.
        quiet: Seconds after an attempt's time limit in which its request may still arrive at the gateway. Before they
            are over nothing is sent again, and no ``"void"``, ``"retry"`` or ``"resend"`` is taken. 600 by default and
            at least; less is taken only for a gateway on this machine, for tests.

    Raises:
        InvalidRequestError: A setting is wrong; its ``errors`` lists every one that is.
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
        """Creates the tables where they are missing. In production a migration does it: see `schema`.

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
        """Writes a refund down, to be processed later; nothing is sent. The same request again gives what is there.

        Args:
            key: Your own name of the refund, at most 100 characters, which stays the same whenever it is asked for
                again: such as the number of its row, never one that is made for each try.
            tid: ``tid`` 거래ID: the approval's transaction id, at most 40 characters.
            amount: What is to go back, above zero; won, or cents for USD.
            paid: What the payment was approved for.
            pay_type: ``payType`` 결제수단: ``"card"``, ``"hpp"`` (mobile), ``"vbank"`` (virtual account), ``"bank"``
                (transfer), or another lower-case word of at most 10 characters.
            remaining: What remains of the payment where parts went back before its first refund here; all of what was
                paid by default. Of a payment that is known already it is not looked at.
            currency: ``currency`` 통화: ``"WON"`` or ``"USD"``.
            tax: ``tax`` 부가세 within the amount, only for merchants with an individual contract on tax and tax-free.
            taxfree: ``taxfree`` 비과세, for the same merchants only.
            reference: A text of your own, of at most 200 characters, which is never sent; the key by default.
            batch: A name for refunds that belong together, at most 100 characters.
            store: The store of your own open transaction, with which the refund is committed or taken back. By default
                a transaction of its own; with `DjangoStore`, the one that is open.

        Returns:
            The refund as it stands.

        Raises:
            InvalidRequestError: An argument is wrong, is more than what remains, or differs from what the key was
                requested with; ``errors`` lists every one that does. Nothing was written.
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
        """Writes many refunds down at once, all or none; nothing is sent.

        Args:
            rows: Of each refund the arguments of `request`, as a mapping.
            batch: The batch of the rows that name none.
            store: The store of your own open transaction. By default a transaction of its own.

        Returns:
            How many are new, and how many had been requested before with the same values.

        Raises:
            InvalidRequestError: An argument of a row is wrong; ``errors`` lists every one, as ``rows[3].amount``, up to
                a thousand. Nothing was written.
            RefundsError: The tables are missing (kind ``"schema"``).
            Exception: The store's own error.
        """
        return counted.requested(await self._within(store, self._start_many(rows, batch)))

    async def process(self, key: str, *, wait: float | None = None) -> Refund:
        """Sends a refund if it is its turn, and records what came of it. Any worker may call it, at any time.

        It does nothing where nothing is to be done: the refund has ended or waits for a person, another worker has it,
        or another refund of its payment comes first. Cancelling the task stops the wait, and nothing else: the
        refund is sent and recorded, as long as the event loop runs.

        Args:
            key: The refund's key.
            wait: Seconds to wait for the gateway, above zero and at most 3,600. If it takes longer, the refund is given
                as ``"sending"``, and its end is recorded when it comes. ``None`` waits for as long as a call takes.

        Returns:
            The refund as it then stands, whatever the gateway did.

        Raises:
            RefundsError: There is no such refund (kind ``"not_found"``), a transaction is open (``"in_transaction"``),
                the tables are missing (``"schema"``), or others change the payment all the time (``"busy"``).
            InvalidRequestError: An argument is wrong. Nothing was sent.
            Exception: The store's own error. If that comes after the send, the answer was tried to be recorded
                until the lease was over, and is logged as critical.
        """
        return (await self._processed(key, wait))[0]

    async def due(self, limit: int = 500, batch: str | None = None) -> list[str]:
        """Returns the keys of refunds for which a worker can do something now, from the longest due on.

        Of a batch with a pace, no more than are sent within ten seconds, so that it fills no queue.

        Args:
            limit: How many at most, from 1 to 100,000.
            batch: Only of this batch.

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
        """Processes refunds as they become due, in tasks of its own, until it is told to stop.

        Several runs, in any processes, may be active at once. No error of a refund or of the store ends a run:
        each kind is logged once, and the run continues after a growing pause. It ends by itself where the client is
        closed. What is under way is recorded first, which takes as long as a call at most.

        Args:
            pace: How many refunds at most are begun in a second; ``None`` for no limit.
            concurrency: How many are under way at once at most, never two of one payment; from 1 to 512.
            batch: Only refunds of this batch.
            stop: Ends the run when it is set, within a fifth of a second.
            until_idle: Whether the run ends as soon as nothing is due, but for what failed three times in a row.
            poll: Seconds between two looks for work at most.

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
        """Returns a refund as it stands.

        Args:
            key: The refund's key.

        Raises:
            RefundsError: There is no such refund of this merchant (kind ``"not_found"``), or the tables are missing
                (``"schema"``).
            Exception: The store's own error.
        """
        return refund.read(await self._carried("get", key=key))

    async def attempts(self, key: str) -> list[JournalEntry]:
        """Returns all that was recorded of a refund over time, from the oldest on.

        Args:
            key: The refund's key.

        Raises:
            RefundsError: There is no such refund of this merchant (kind ``"not_found"``), or the tables are missing
                (``"schema"``).
            Exception: The store's own error.
        """
        return journal.read_all(await self._carried("attempts", key=key))

    async def in_review(self, limit: int = 500) -> list[Refund]:
        """Returns the refunds that wait for a person, from the longest waiting on; their ``review`` says what to do.

        Args:
            limit: How many at most, from 1 to 100,000.

        Raises:
            InvalidRequestError: An argument is wrong.
            RefundsError: The tables are missing (kind ``"schema"``).
            Exception: The store's own error.
        """
        return refund.read_all(await self._carried("in_review", limit=limit))

    async def counts(self) -> dict[State, Count]:
        """Returns how many refunds are in each state, and how much they are; every state is there.

        Raises:
            RefundsError: The tables are missing (kind ``"schema"``).
            Exception: The store's own error.
        """
        return counted.counts(await self._carried("counts"))

    async def health(self) -> Health:
        """Returns how the refunds fare: what is open, how long the oldest is in review, and how long work has waited.

        It is cheap: refunds that have ended are not looked at. It gives plain values, for a health endpoint. Where
        OpenTelemetry measures, its gauges show them for two minutes; a run looks by itself, every ten seconds.

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
        """Records what a person decided who has looked in the merchant admin (상점관리자).

        Args:
            key: The refund's key.
            ruling: ``"done"``: the cancel is there. ``"void"``: it is not, and is given up. ``"retry"``: it is not, and
                is asked for anew. ``"resend"``: the same cancel is sent once more, only where the gateway enforces
                ``confirmPrice``. Of a refund that was only requested, ``"void"`` takes it back.
            by: Who decided, at most 100 characters.
            note: What else is worth keeping, at most 1,000 characters.
            remaining: What remains of the payment as the merchant admin shows it. It is needed after a restore of the
                store, and otherwise guards against a slip.

        Returns:
            The refund as it then stands.

        Raises:
            RefundsError: The ruling contradicts what is known, or comes before what was sent has surely arrived (kind
                ``"ruling"``; then ``until`` says when it may be made). Or of the kinds ``"not_found"``, ``"schema"``,
                ``"busy"``.
            InvalidRequestError: An argument is wrong.
            Exception: The store's own error.
        """
        arguments = {"key": key, "ruling": ruling, "by": by, "note": note, "remaining": remaining}
        ruled, before, _ = refund.read_moved(await self._carried("resolve", **arguments))
        _telling.moved(ruled, before, ruling)
        return ruled

    async def restored(self, since: datetime) -> int:
        """Doubts what may have been forgotten, after the store was restored or lost writes in a fail-over.

        Call it before workers run again. All that has not ended goes to review, at once or when its turn comes, and a
        ruling on any payment of which something remains then needs ``remaining``.

        Args:
            since: The time of the latest write that surely is there; aware.

        Returns:
            How many refunds are doubted.

        Raises:
            InvalidRequestError: The time is not aware.
            RefundsError: The tables are missing (kind ``"schema"``), or others change a payment all the time
                (``"busy"``); then call it again.
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
        """Holds a statement against what is recorded: a settlement, or the merchant admin's export.

        A refund in ``"review"`` or ``"unknown"`` that the statement shows becomes done, with the evidence
        ``"statement"``. If it shows a declined or void refund, that refund goes to review. After a cancel that belongs
        to no refund, the payment's next refund waits for a person. Nothing is guessed. A refund missing from the
        statement does not change. Passing the same statement again changes nothing.

        Args:
            rows: Of each cancel ``tid``, ``amount``, ``cancelled_at``, and where it is known ``remaining`` and
                ``cancel_tid``.
            since: With ``until``: the statement lists every cancel from then on, and what it does not show of these is
                ``missing``. An aware `datetime`, a `date` in Korea, or a text.
            until: Until when it lists every cancel; a day is meant to its end.

        Returns:
            What agrees, what was closed, and what a person has to look at.

        Raises:
            InvalidRequestError: The statement is wrong: an argument of a row, one ``cancel_tid`` for two cancels, or
                more than was paid. ``errors`` lists every one, as ``rows[3].amount``. Nothing was written.
            RefundsError: The tables are missing (kind ``"schema"``), or others change a payment all the time
                (``"busy"``); then call it again.
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
