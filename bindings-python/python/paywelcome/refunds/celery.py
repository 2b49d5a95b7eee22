"""Refunds in Celery: a task that processes one, and a task for beat that finds what no message came for."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, Protocol

from ._sweeping import Sweep
from .refund import Refund
from .refunds import Refunds

__all__ = ["Task", "Tasks", "add_tasks"]

# The longest time, in seconds, that a message waits within a worker; what takes longer is left to the sweep.
_LONGEST = 60.0
_SHORTEST = 0.1
# How often a message comes again by itself.
_AGAIN = 5
# Seconds between two sweeps.
_EVERY = 10.0
_SWEPT = "the sweep has a refund processed again when it is time"
_REFUSED = {
    "autoretry_for": _SWEPT,
    "retry_backoff": _SWEPT,
    "bind": "leave it out",
    "name": "pass process and sweep",
    "queue": "set task_routes in the app's configuration",
}


class Task(Protocol):
    """What is used of a task of Celery's."""

    name: str
    """The name that its messages carry."""

    def delay(self, *args: Any, **kwargs: Any) -> Any:
        """Sends a message to a worker."""
        ...

    def apply_async(self, args: Sequence[Any] = ..., kwargs: Mapping[str, Any] = ..., **options: Any) -> Any:
        """Sends a message to a worker, with options such as ``countdown`` and ``queue``."""
        ...


class Tasks(NamedTuple):
    """The two tasks of `add_tasks`."""

    process: Task
    """Processes one refund: ``tasks.process.delay(key)``, after the commit that wrote it down. Gives its state."""
    sweep: Task
    """Sends a message for each refund that is due; gives how many it sent. Beat calls it."""


def add_tasks(
    app: Any,
    refunds: Refunds | Callable[[], Refunds],
    *,
    process: str = "paywelcome.process",
    sweep: str = "paywelcome.sweep",
    every: float | None = _EVERY,
    most: int = 1000,
    **options: Any,
) -> Tasks:
    """Adds the tasks that refunds need to an app of Celery 5, and an entry to its ``beat_schedule``.

    The database is the queue. A message only carries a refund's key, to wake up a worker, so it may be lost, late or
    doubled. A refund that is due again within a minute gets a message with a ``countdown``. The sweep finds all others,
    including those of a dead worker. Run ``celery beat`` once.

    If messages already wait in the queue, the sweep skips about as many of the longest due refunds, so that sweeps do
    not lengthen a long queue. Of a batch with a pace, it sends as many as may start before the next sweep, each with
    its ``countdown``. Give these tasks a queue of their own: ``task_routes = {"paywelcome.*": {"queue": "refunds"}}``.

    Args:
        app: The ``celery.Celery``.
        refunds: A `Refunds` made before workers fork, or a function that makes it, which each process calls once.
        process: The name of the task that processes a refund.
        sweep: The name of the task that finds what is due.
        every: Seconds between two sweeps, which beat schedules. ``None`` adds no entry to ``beat_schedule``.
        most: How many messages a sweep sends at most, and how many it lets wait in the queue; from 1 to 100,000.
        **options: Options of both tasks, such as ``acks_late=True`` or ``time_limit=60``. Those for automatic retries
            are refused: a message that is tried again finds nothing that the sweep does not find.

    Returns:
        The tasks.

    Raises:
        TypeError: The refunds are neither a `Refunds` nor a function that makes one.
        ValueError: An option is wrong.
    """
    if not isinstance(refunds, Refunds) and not callable(refunds):
        raise TypeError(f"refunds must be a paywelcome.refunds.Refunds or a function that makes one, not {refunds!r}")
    if every is not None and not 0.1 <= every <= 86_400:
        raise ValueError("every must be a number of seconds from 0.1 to 86,400, or None")
    if not 1 <= most <= 100_000:
        raise ValueError("most must be a whole number from 1 to 100,000")
    for name, instead in _REFUSED.items():
        if name in options:
            raise ValueError(f"{name} is not for these tasks: {instead}")
    own = _Own(refunds)
    task = partial(app.task, bind=True, shared=False, **options)

    def process_one(self: Any, key: str, again: int = _AGAIN) -> str:
        refund = own.get().process(key)
        countdown = _countdown(refund)
        # Called as a function, or eagerly, there is no time in which it could wait.
        if again > 0 and countdown is not None and not (self.request.called_directly or self.request.is_eager):
            self.apply_async((key, again - 1), countdown=countdown, **_same_queue(self.request.delivery_info))
        return refund.state

    processing: Task = task(name=process)(process_one)

    def sweep_all(self: Any) -> int:
        found = Sweep(own.get(), most, _EVERY if every is None else every)
        is_eager = self.request.is_eager or app.conf.task_always_eager
        waiting = 0 if found.is_empty or is_eager else _waiting(app, process)
        free, paced = found.free(waiting), found.paced(waiting)
        if free or paced:
            with app.producer_or_acquire() as producer:
                for key in free:
                    processing.apply_async((key, 0), producer=producer)
                for key, countdown in paced:
                    processing.apply_async((key,), countdown=countdown, producer=producer)
        return len(free) + len(paced)

    if every is not None:
        app.add_periodic_task(every, app.signature(sweep), name=sweep)
    return Tasks(processing, task(name=sweep)(sweep_all))


class _Own:
    """The refunds of this process."""

    def __init__(self, given: Refunds | Callable[[], Refunds]) -> None:
        self._given = given
        self._made: dict[int, Refunds] = {}

    def get(self) -> Refunds:
        if isinstance(self._given, Refunds):
            return self._given
        # What a parent made stays its own. No lock, which a fork could leave locked: of two threads one wins.
        own = self._made.get(os.getpid())
        return own if own is not None else self._made.setdefault(os.getpid(), self._given())


def _countdown(refund: Refund) -> float | None:
    """In how many seconds a message for a refund is to come again; ``None`` for not at all."""
    left = refund.due_in
    return None if left is None or left > _LONGEST else max(_SHORTEST, left)


def _same_queue(delivery_info: Mapping[str, Any] | None) -> dict[str, Any]:
    """The options that bring a message where this one came from, as those of Celery's own retries."""
    told = delivery_info or {}
    if not told.get("routing_key"):
        return {}
    if not told.get("exchange"):
        return {"queue": told["routing_key"]}
    return {"exchange": told["exchange"], "routing_key": told["routing_key"]}


def _waiting(app: Any, process: str) -> int:
    """How many messages wait in the queue; none where the broker can't tell."""
    queue = app.amqp.router.route({}, process).get("queue")
    if queue is None:
        return 0
    with app.connection_for_write() as connection:
        try:
            told = connection.default_channel.queue_declare(queue=queue.name, passive=True)
        except (*connection.channel_errors, *connection.connection_errors):
            # Such as one that does not exist yet.
            return 0
    return int(told.message_count)
