"""Batches of refunds, for threads."""

from __future__ import annotations

import json

from . import _telling, progress
from .base import BaseRefunds
from .counted import Count
from .progress import Limit, Progress


class Batches(BaseRefunds):
    """What can be done with refunds that carry one name: with a batch."""

    def progress(self, batch: str) -> Progress:
        """Returns how far a batch has come.

        Args:
            batch: Its name.

        Raises:
            InvalidRequestError: An argument is wrong.
            RefundsError: There is no such batch of this merchant (kind ``"not_found"``), or the tables are missing
                (``"schema"``).
            Exception: The store's own error.
        """
        return progress.read(self._carried("progress", batch=batch))

    def batches(self) -> list[Progress]:
        """Returns how far each batch has come, in the order of their names.

        Raises:
            RefundsError: The tables are missing (kind ``"schema"``).
            Exception: The store's own error.
        """
        return progress.read_all(self._carried("batches"))

    def pause(self, batch: str, *, by: str, note: str | None = None) -> Progress:
        """Pauses a batch: nothing more of it is sent, by any worker, but for what each has under way.

        It is neither listed by `due` nor processed until `resume`. One that is paused stays as it is.

        Args:
            batch: Its name.
            by: Who pauses it, at most 100 characters.
            note: What else is worth keeping, at most 1,000 characters.

        Raises:
            InvalidRequestError: An argument is wrong.
            RefundsError: There is no such batch of this merchant (kind ``"not_found"``), or the tables are missing
                (``"schema"``).
            Exception: The store's own error.
        """
        paused = progress.read(self._carried("pause", batch=batch, by=by, note=note))
        _telling.batch(paused.batch, f"is paused by {paused.paused_by}")
        return paused

    def resume(self, batch: str, *, by: str) -> Progress:
        """Lets a paused batch continue. Its error budget is whole again.

        Args:
            batch: Its name.
            by: Who lets it continue, at most 100 characters.

        Raises:
            InvalidRequestError: An argument is wrong.
            RefundsError: There is no such batch of this merchant (kind ``"not_found"``), or the tables are missing
                (``"schema"``).
            Exception: The store's own error.
        """
        resumed = progress.read(self._carried("resume", batch=batch, by=by))
        _telling.batch(resumed.batch, f"continues, by {by}")
        return resumed

    def set_batch(
        self, batch: str, *, pace: Limit = ..., most_in_a_row: Limit = ..., most_percent: Limit = ...
    ) -> Progress:
        """Sets limits of a batch, which needs no refunds yet; it may be done while workers are at work on it.

        What is not passed stays as it is; ``None`` takes a limit away. By default, a batch has no pace, and pauses by
        itself after 10 in a row that are not done, or where 25 of a hundred of its last 200 are not done. Not done is
        what goes to review, is unknown, or is declined.

        Args:
            batch: Its name, at most 100 characters.
            pace: How many of its refunds are begun in a second at most, by all workers together; from 0.001 to 10,000.
            most_in_a_row: It pauses by itself after so many in a row that are not done; from 1 to 200.
            most_percent: It pauses by itself where so many of a hundred are not done; from 1 to 100.

        Raises:
            InvalidRequestError: An argument is wrong. Nothing was changed.
            RefundsError: The tables are missing (kind ``"schema"``).
            Exception: The store's own error.
        """
        limits = progress.settings(self._mid, pace=pace, most_in_a_row=most_in_a_row, most_percent=most_percent)
        return progress.read(self._carried("set_batch", batch=batch, **limits))

    def void_unsent(self, batch: str, *, by: str, note: str | None = None) -> Count:
        """Gives up all of a paused batch that was not sent: these refunds are then ``"void"``.

        What may have been sent stays as it is, and so does what was doubted after a restore of the store. It is done a
        thousand at a time: if it is interrupted, the same call continues.

        Args:
            batch: Its name.
            by: Who decided, at most 100 characters.
            note: What else is worth keeping, at most 1,000 characters.

        Returns:
            How many were given up, and how much they are together.

        Raises:
            InvalidRequestError: An argument is wrong.
            RefundsError: The batch is running (kind ``"ruling"``), or the tables are missing (``"schema"``).
            Exception: The store's own error.
        """
        given_up = Count(**json.loads(self._carried("void_unsent", batch=batch, by=by, note=note)))
        _telling.batch(batch, f"has {given_up.refunds} refunds fewer, given up by {by}")
        return given_up

    def _carried(self, verb: str, **arguments: object) -> str:
        """Runs what sends nothing, and gives its result."""
        raise NotImplementedError
