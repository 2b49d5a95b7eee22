"""Batches of refunds, for asyncio."""

from __future__ import annotations

import json

from . import _telling, progress
from .base import BaseRefunds
from .counted import Count
from .progress import Limit, Progress


class AsyncBatches(BaseRefunds):
    """Batches: refunds that are handled together, by one name."""

    async def progress(self, batch: str) -> Progress:
        """Returns the progress of a batch.

        Args:
            batch: Its name.

        Raises:
            InvalidRequestError: An argument is wrong.
            RefundsError: There is no such batch of this merchant (kind ``"not_found"``), or the tables are missing
                (``"schema"``).
            Exception: The store's own error.
        """
        return progress.read(await self._carried("progress", batch=batch))

    async def batches(self) -> list[Progress]:
        """Returns the progress of all batches, in the order of their names.

        Raises:
            RefundsError: The tables are missing (kind ``"schema"``).
            Exception: The store's own error.
        """
        return progress.read_all(await self._carried("batches"))

    async def pause(self, batch: str, *, by: str, note: str | None = None) -> Progress:
        """Pauses a batch: workers finish its requests in flight, and start no more of it.

        Until `resume`, its refunds are neither listed by `due` nor processed. Pausing a paused batch changes nothing.

        Args:
            batch: Its name.
            by: Who pauses it, at most 100 characters.
            note: A note to keep, at most 1,000 characters.

        Raises:
            InvalidRequestError: An argument is wrong.
            RefundsError: There is no such batch of this merchant (kind ``"not_found"``), or the tables are missing
                (``"schema"``).
            Exception: The store's own error.
        """
        paused = progress.read(await self._carried("pause", batch=batch, by=by, note=note))
        _telling.batch(paused.batch, f"was paused by {paused.paused_by}")
        return paused

    async def resume(self, batch: str, *, by: str) -> Progress:
        """Continues a paused batch, and restarts the count of its error budget.

        Args:
            batch: Its name.
            by: Who resumes it, at most 100 characters.

        Raises:
            InvalidRequestError: An argument is wrong.
            RefundsError: There is no such batch of this merchant (kind ``"not_found"``), or the tables are missing
                (``"schema"``).
            Exception: The store's own error.
        """
        resumed = progress.read(await self._carried("resume", batch=batch, by=by))
        _telling.batch(resumed.batch, f"was resumed by {by}")
        return resumed

    async def set_batch(
        self, batch: str, *, pace: Limit = ..., most_in_a_row: Limit = ..., most_percent: Limit = ...
    ) -> Progress:
        """Sets the limits of a batch. The batch needs no refunds yet, and workers may be processing it.

        A limit that is not passed does not change. ``None`` removes it. By default, a batch has no pace. It pauses
        automatically after 10 refunds in a row that are not done, or if 25 % of the last 200 are not done. Refunds in
        review, unknown and declined refunds are not done.

        Args:
            batch: Its name, at most 100 characters.
            pace: The most refunds that all workers together start in a second, from 0.001 to 10,000.
            most_in_a_row: Pause automatically after so many refunds in a row that are not done, from 1 to 200.
            most_percent: Pause automatically if so many percent are not done, from 1 to 100.

        Raises:
            InvalidRequestError: An argument is wrong. Nothing was changed.
            RefundsError: The tables are missing (kind ``"schema"``).
            Exception: The store's own error.
        """
        limits = progress.settings(self._mid, pace=pace, most_in_a_row=most_in_a_row, most_percent=most_percent)
        return progress.read(await self._carried("set_batch", batch=batch, **limits))

    async def void_unsent(self, batch: str, *, by: str, note: str | None = None) -> Count:
        """Gives up the unsent refunds of a paused batch: they become ``"void"``.

        Refunds that may have been sent do not change, nor do refunds marked by `restored`. It gives up a thousand at a
        time. If it is interrupted, the same call continues.

        Args:
            batch: Its name.
            by: Who decided, at most 100 characters.
            note: A note to keep, at most 1,000 characters.

        Returns:
            The number and the sum of the refunds given up.

        Raises:
            InvalidRequestError: An argument is wrong.
            RefundsError: The batch is running (kind ``"ruling"``), or the tables are missing (``"schema"``).
            Exception: The store's own error.
        """
        given_up = Count(**json.loads(await self._carried("void_unsent", batch=batch, by=by, note=note)))
        _telling.batch(batch, f"gave up unsent refunds: {given_up.refunds}, by {by}")
        return given_up

    async def _carried(self, verb: str, **arguments: object) -> str:
        """Runs what sends nothing, and gives its result."""
        raise NotImplementedError
