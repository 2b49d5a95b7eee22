"""Servers that load the application and then fork: the client was made, and used, in their parent."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from child import PROGRAMS
from merchant import GUARD
from paywelcome.testing import Sandbox

UWSGI = shutil.which("uwsgi", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")


class Served:
    """The application, behind a server; calls of it are answered in JSON."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self.process = process
        self.port = port

    def cancel(self, tid: str) -> dict[str, Any] | None:
        """Cancels a payment through the application; `None` where its worker was killed before it could answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2 * GUARD)
        try:
            connection.request("GET", f"/{tid}")
            said: dict[str, Any] = json.loads(connection.getresponse().read())
            return said
        except (http.client.HTTPException, OSError):
            return None
        finally:
            connection.close()


@contextmanager
def served(sandbox: Sandbox, *command: str) -> Iterator[Served]:
    """Runs a server on a socket that listens already, so that nobody need wait until it is ready."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        listener.set_inheritable(True)
        first = {"pay_type": "card", "tid": sandbox.approve(price=700), "price": 700}
        client = {"mid": sandbox.mid, "sign_key": sandbox.sign_key, "base_url": sandbox.url}
        process = subprocess.Popen(
            [part.format(fd=listener.fileno()) for part in command],
            cwd=PROGRAMS,
            env={
                **os.environ,
                "CLIENT": json.dumps(client),
                "FIRST": json.dumps(first),
                "PYTHONWARNINGS": "ignore",
                "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
            },
            pass_fds=[listener.fileno()],
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
        )
        with process:
            try:
                yield Served(process, listener.getsockname()[1])
            finally:
                if process.poll() is None:
                    process.kill()


def end(served: Served, number: int = signal.SIGTERM) -> None:
    """Ends a server as its supervisor would, which must go well."""
    served.process.send_signal(number)
    _, errors = served.process.communicate(timeout=2 * GUARD)
    assert served.process.returncode == 0, errors
    for mark in ("Traceback", "panicked", "Segmentation", "SIGABRT", "core dumped"):
        assert mark not in errors, errors


def under_load(sandbox: Sandbox, served: Served) -> None:
    """Cancels payments through all workers, kills one of them meanwhile, and checks every won."""
    tids = [sandbox.approve(price=700) for _ in range(40)]
    with ThreadPoolExecutor(4) as pool:
        said = [answer for answer in pool.map(served.cancel, tids) if answer]
    assert [(answer["outcome"], answer["tid"]) for answer in said] == [("done", tid) for tid in tids]
    workers = {answer["pid"] for answer in said}
    assert workers.isdisjoint(answer["loaded_by"] for answer in said), "the application was not loaded before the fork"
    # And the one of the application itself, while it was loaded.
    assert sandbox.executions == 1 + 40

    tids = [sandbox.approve(price=700) for _ in range(60)]
    with ThreadPoolExecutor(4) as pool:
        calls = [pool.submit(served.cancel, tid) for tid in tids]
        calls[10].result(3 * GUARD)
        os.kill(min(workers), signal.SIGKILL)
        ends = [call.result(3 * GUARD) for call in calls]
    # Whoever got an answer got his own; whoever got none may have been cancelled, but once.
    for tid, answer in zip(tids, ends, strict=True):
        if answer is not None:
            assert (answer["outcome"], answer["tid"]) == ("done", tid), answer
            assert sandbox.payment(tid).remaining == 0
    cancelled = [tid for tid in tids if sandbox.payment(tid).remaining == 0]
    assert sandbox.executions == 1 + 40 + len(cancelled)
    # No call can have met more than the kill: each of four that were under way.
    assert sum(answer is None for answer in ends) <= 4

    # The worker that took the place of the killed one was forked, too, and works as well.
    until = time.monotonic() + 3 * GUARD
    seen: set[int] = set()
    while not seen - workers:
        assert time.monotonic() < until, "no new worker came"
        answer = served.cancel(sandbox.approve(price=700))
        assert answer is not None and answer["outcome"] == "done"
        seen.add(answer["pid"])


@pytest.mark.parametrize("worker", [("sync",), ("gthread", "--threads", "4")], ids=["sync", "gthread"])
def test_gunicorn_that_preloads(sandbox: Sandbox, worker: tuple[str, ...]) -> None:
    # Its control socket has one path for all servers of a user, and a thread beside the one that forks.
    gunicorn = (sys.executable, "-m", "gunicorn", "--no-control-socket", "--preload", "--workers", "2")
    served_by = (*gunicorn, "--bind", "fd://{fd}", "--worker-class", *worker, "wsgi_app:application")
    with served(sandbox, *served_by) as application:
        under_load(sandbox, application)
        end(application)


@pytest.mark.skipif(UWSGI is None, reason="LOUD: uWSGI IS NOT TESTED: install it (pip install uwsgi)")
@pytest.mark.parametrize("threads", [(), ("--enable-threads",), ("--threads", "3")], ids=["none", "enabled", "three"])
def test_uwsgi_that_forks_after_loading(sandbox: Sandbox, threads: tuple[str, ...]) -> None:
    assert UWSGI is not None
    uwsgi = (UWSGI, "--http-socket", "fd://{fd}", "--master", "--processes", "2", "--need-app", "--die-on-term")
    with served(sandbox, *uwsgi, *threads, "--module", "wsgi_app:application") as application:
        under_load(sandbox, application)
        end(application)
