"""A real Celery worker with its prefork pool, on a broker that is a folder."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import celery
import pytest

from child import PROGRAMS
from merchant import CANCEL, GUARD, TID, settings
from paywelcome.testing import Sandbox
from scripted import Script, Server, listen_only, stall

Serve = Callable[[Script], Server]


class Worker:
    """A worker, what its tasks say, and a way to send it tasks."""

    def __init__(self, folder: Path, gateway: Sandbox) -> None:
        for name in ("tasks", "control"):
            (folder / name).mkdir()
        conf = {
            "broker_url": "filesystem://",
            "broker_transport_options": {
                "data_folder_in": str(folder / "tasks"),
                "data_folder_out": str(folder / "tasks"),
                "control_folder": str(folder / "control"),
                "polling_interval": 0.02,
            },
            "task_ignore_result": True,
        }
        self._sender = celery.Celery("sender", set_as_current=False)
        self._sender.conf.update(conf)
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "celery", "-A", "celery_app", "worker", "--pool=prefork", "--concurrency=2"),
                *("--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel=ERROR"),
            ],
            cwd=PROGRAMS,
            env={
                **os.environ,
                "CLIENT": json.dumps({"mid": gateway.mid, "sign_key": gateway.sign_key, "base_url": gateway.url}),
                "FIRST": json.dumps({"pay_type": "card", "tid": gateway.approve(price=700), "price": 700}),
                "CELERY": json.dumps(conf),
                "PYTHONWARNINGS": "ignore",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._watch = threading.Timer(6 * GUARD, self.process.kill)
        self._watch.start()

    def send(self, arguments: dict[str, Any], given: dict[str, Any] | None = None, **options: Any) -> None:
        """Sends a task, for the client of the application or for one with settings of its own."""
        self._sender.send_task("refund", (arguments, given), **options)

    def said(self) -> Any:
        """Returns the next line that a task printed; the worker's own banner is not a JSON list."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith('["'):
                return json.loads(line)
        raise AssertionError(f"the worker ended: {self.process.communicate()[1]}")

    def end(self) -> list[Any]:
        """Shuts it down warmly, which must go well; gives what was said meanwhile."""
        self.process.send_signal(signal.SIGTERM)
        output, errors = self.process.communicate(timeout=3 * GUARD)
        assert self.process.returncode == 0, errors
        for mark in ("Traceback", "panicked", "Segmentation", "SIGABRT"):
            assert mark not in errors, errors
        return [json.loads(line) for line in output.splitlines() if line.startswith('["')]

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()
        self._watch.cancel()
        self._watch.join()
        self._sender.close()


@pytest.fixture(scope="module")
def gateway() -> Iterator[Sandbox]:
    with Sandbox() as gateway:
        yield gateway


@pytest.fixture(scope="module")
def worker(gateway: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    """One worker for all tests, since it takes its time to start and to end."""
    worker = Worker(tmp_path_factory.mktemp("broker"), gateway)
    try:
        assert worker.said() == ["first", 700]
        yield worker
    finally:
        worker.close()


def test_a_client_that_was_used_before_the_fork(worker: Worker, gateway: Sandbox) -> None:
    tids = [gateway.approve(price=700) for _ in range(20)]
    for tid in tids:
        worker.send({"pay_type": "card", "tid": tid, "price": 700})
    assert sorted(worker.said() for _ in tids) == sorted(["done", tid] for tid in tids)
    # And the one of the application itself, before the fork.
    assert gateway.executions == gateway.request_count == 21


def test_a_soft_time_limit_after_the_request_left(worker: Worker, serve: Serve) -> None:
    server = serve(stall())
    # Enough for a request to leave on a busy machine.
    worker.send(CANCEL, settings(server.url, timeout=60), soft_time_limit=3)
    server.await_requests()
    assert worker.said() == ["gave up", "unknown"]
    server.release()
    assert worker.said() == ["settled", "done", TID]
    assert len(server.requests) == 1


def test_a_soft_time_limit_before_anything_left(worker: Worker, serve: Serve) -> None:
    server = serve(listen_only)
    given = settings(f"https://127.0.0.1:{server.port}", timeout=60, connect_timeout=60)
    worker.send(CANCEL, given, soft_time_limit=1)
    assert worker.said() == ["gave up", "not_sent"]
    assert TID.encode() not in server.received


def test_a_pool_that_ends_closes_the_client_first(worker: Worker, gateway: Sandbox) -> None:
    """As the README advises; it ends the worker, so it is the last."""
    tid = gateway.approve(price=700)
    gateway.arm("stall", ms=5000, tid=tid)
    worker.send({"pay_type": "card", "tid": tid, "price": 700}, soft_time_limit=3)
    assert worker.said() == ["gave up", "unknown"]
    said = worker.end()
    assert sorted(said) == sorted([["settled", "done", tid], ["closed", []], ["closed", []]])
