"""A worker of a storm on a queue of Python's, such as `queues.py celery-prefork`; commands as those of `worker.py`.

With `usual-` before the name, its task is one as it is usually written by hand.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import by_hand
from elsewhere import engines

import paywelcome
from paywelcome.refunds import Refunds
from paywelcome.refunds.psycopg import PsycopgStore

SWEEP_EVERY = 0.5
DELIVERED_AGAIN = 3.0
"""Seconds after which a message that nobody has finished is given to another worker."""
STALLED = 2.0
"""Seconds after which a worker that gives no sign of life is taken for dead."""

Line = dict[str, Any]


class Queue(Protocol):
    """One queue, as a web server and as a worker use it."""

    def wake(self, key: str) -> None:
        """Sends a message for a refund."""
        ...

    def run(self, concurrency: int) -> None:
        """Works for ever."""
        ...


class Celery:
    """The tasks that the library adds; each worker brings a beat of its own, which sweeps."""

    def __init__(self, pool: str, line: Line, refunds: Refunds | None, refund_by_hand: Callable[[str], None]) -> None:
        import celery
        from celery.signals import beat_embedded_init, worker_process_init

        from paywelcome.refunds.celery import Task, add_tasks

        self._pool = pool
        (broker,) = (url for name, url in line["engines"].items() if name != "postgres")
        self._app = celery.Celery("storm", broker=broker)
        self._app.conf.update(
            broker_connection_max_retries=None,
            broker_connection_retry_on_startup=True,
            task_acks_late=True,
            task_ignore_result=True,
            task_reject_on_worker_lost=True,
            worker_prefetch_multiplier=1,
        )
        if broker.startswith("redis"):
            self._app.conf.broker_transport_options = {"visibility_timeout": DELIVERED_AGAIN}
        self._task: Task
        if refunds is None:
            again = {"autoretry_for": (Exception,), "max_retries": 5, "retry_backoff": 1, "retry_backoff_max": 2}
            self._task = self._app.task(name="refund", **again)(refund_by_hand)
        else:
            self._task = add_tasks(self._app, refunds, every=SWEEP_EVERY).process
        parent = os.getpid()

        def die_with_parent(**_: Any) -> None:
            """Has no child outlive the storm, also one whose parent was killed before this."""
            engines.dies_with_parent()
            if os.getppid() != parent:
                os._exit(1)

        for signal in (beat_embedded_init, worker_process_init):
            signal.connect(die_with_parent, weak=False)

    def wake(self, key: str) -> None:
        self._task.apply_async((key,))

    def run(self, concurrency: int) -> None:
        with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:
            self._app.Worker(
                beat=True,
                concurrency=concurrency,
                hostname=f"{os.getpid()}@storm",
                loglevel="ERROR",
                pool=self._pool,
                quiet=True,
                schedule_filename=f"{folder}/schedule",
                without_gossip=True,
                without_heartbeat=True,
                without_mingle=True,
            ).start()


class Procrastinate:
    """The tasks of the guide, or those that its documentation shows."""

    def __init__(self, line: Line, refunds: Refunds | None, refund_by_hand: Callable[[str], None]) -> None:
        from procrastinate import PsycopgConnector, SyncPsycopgConnector

        url = line["engines"]["postgres"]
        made = self._by_hand(refund_by_hand) if refunds is None else self._of_ours(refunds)
        # One to work, and one to send messages with, as a web server has it.
        self._app, _ = made(PsycopgConnector(conninfo=url, min_size=1, max_size=6))
        sender, self._task = made(SyncPsycopgConnector(conninfo=url, min_size=0, max_size=2))
        sender.open()

    def _of_ours(self, refunds: Refunds) -> Callable[[Any], tuple[Any, Any]]:
        from procrastinate import App
        from procrastinate.exceptions import AlreadyEnqueued

        def made(connector: Any) -> tuple[Any, Any]:
            app = App(connector=connector)

            @app.task(name="process")
            def process(key: str) -> str:
                refund = refunds.process(key)
                if refund.due_in is not None and refund.due_in < 5:
                    wake(key, refund.due_in)
                return refund.state

            def wake(key: str, seconds: float = 0) -> None:
                try:
                    process.configure(queueing_lock=key, schedule_in={"seconds": seconds}).defer(key=key)
                except AlreadyEnqueued:
                    pass  # one waits already

            @app.periodic(cron="* * * * * *")
            @app.task(name="sweep", queueing_lock="sweep")
            def sweep(timestamp: int) -> None:
                for key in refunds.due():
                    wake(key)

            return app, process

        return made

    def _by_hand(self, refund_by_hand: Callable[[str], None]) -> Callable[[Any], tuple[Any, Any]]:
        from procrastinate import App, JobContext, RetryStrategy

        def made(connector: Any) -> tuple[Any, Any]:
            app = App(connector=connector)

            @app.periodic(cron="* * * * * *")
            @app.task(name="retry_stalled", queueing_lock="retry_stalled", pass_context=True)
            async def retry_stalled(context: JobContext, timestamp: int) -> None:
                for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED):
                    await app.job_manager.retry_job(job)

            return app, app.task(name="refund", retry=RetryStrategy(max_attempts=5, wait=1))(refund_by_hand)

        return made

    def wake(self, key: str) -> None:
        self._task.defer(key=key)

    def run(self, concurrency: int) -> None:
        self._app.run_worker(
            concurrency=concurrency,
            fetch_job_polling_interval=0.5,
            install_signal_handlers=False,
            stalled_worker_timeout=STALLED,
            update_heartbeat_interval=STALLED / 4,
        )


class Worker:
    """What this program does, of the commands that come."""

    def __init__(self, name: str) -> None:
        self._is_usual = name.startswith("usual-")
        self._name, _, self._pool = name.removeprefix("usual-").partition("-")
        self._begun = threading.Event()
        self._concurrency = 1

    def open(self, line: Line) -> None:
        client = paywelcome.Client(**line["client"])
        url = line["store"]["url"]
        refunds = None
        if not self._is_usual:
            settings = {"confirm_price_enforced": line["enforced"], "quiet": line["quiet"]}
            refunds = Refunds(client, PsycopgStore(url), **settings)

        def refund(key: str) -> None:
            by_hand.refund(client, url, key)

        self._url = url
        self._queue: Queue
        if self._name == "celery":
            self._queue = Celery(self._pool, line, refunds, refund)
        else:
            self._queue = Procrastinate(line, refunds, refund)

    def request(self, line: Line) -> None:
        """Of those that are written by hand."""
        by_hand.request(self._url, line["rows"])

    def wake(self, line: Line) -> None:
        for key in line["keys"]:
            self._queue.wake(key)

    def run(self, line: Line) -> None:
        # Each is a process or a thread of its own, and the storm is to meet them at work.
        self._concurrency = max(1, line["concurrency"] // 2)
        self._begun.set()

    def read(self) -> None:
        """Does what it is told until standard input ends; what is under way then is nobody's business any more."""
        with os.fdopen(IN) as commands, os.fdopen(OUT, "w", buffering=1) as answers:
            for text in commands:
                line = json.loads(text)
                told: Line = {}
                try:
                    getattr(self, line["do"])(line)
                except Exception as error:
                    told = {"error": repr(error)}
                answers.write(json.dumps({"n": line["n"], **told}) + "\n")
        os._exit(0)

    def work(self) -> None:
        """Works in the first thread, which queues want for their signals and their forks."""
        self._begun.wait()
        while True:
            try:
                self._queue.run(self._concurrency)
            except BaseException as error:
                # A service manager starts it again.
                logging.error("the worker ended: %r", error)
            time.sleep(0.2)


if __name__ == "__main__":
    # A queue's output is not an answer, and a child that is forked would wait for its input, which is being read here.
    IN, OUT = os.dup(0), os.dup(1)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    logging.getLogger("paywelcome").propagate = False
    logging.getLogger("paywelcome").addHandler(logging.NullHandler())
    worker = Worker(sys.argv[1])
    threading.Thread(target=worker.read, daemon=True).start()
    worker.work()
