"""An engine as a test sees it: where it listens, and that it ends with the test."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SERVE = Path(__file__).with_name("serve.py")


class Missing(Exception):
    """This machine has no such engine; the text says which package brings it."""


class Engine:
    """A server that is running."""

    name: str
    host: str
    port: int
    user: str
    database: str
    socket: str
    home: str
    """The folder of all that it keeps."""
    url: str
    pid: int

    def __init__(self, served: subprocess.Popen[str]) -> None:
        self._served, self._lock = served, threading.Lock()
        self._read()

    def again(self, down: float = 0.0) -> None:
        """Crashes it, and starts it again on the same port and data; returns when it takes connections.

        Args:
            down: Seconds in which it is not there.
        """
        assert self._served.stdin is not None
        with self._lock:
            self._served.stdin.write(f"{down}\n")
            self._served.stdin.flush()
            self._read()

    def _read(self) -> None:
        assert self._served.stdout is not None and self._served.stderr is not None
        line = self._served.stdout.readline()
        if not line:
            raise RuntimeError(f"the engine did not start: {self._served.stderr.read()}")
        told = json.loads(line)
        if "missing" in told:
            raise Missing(told["missing"])
        self.__dict__.update(told)


@contextmanager
def start(name: str, *, durable: bool = False) -> Iterator[Engine]:
    """Runs an engine until the end of the block, or of this process however it ends.

    Args:
        name: ``"postgres"``, ``"mariadb"``, ``"redis"`` or ``"rabbitmq"``.
        durable: What was committed survives a power cut, as in production; slower. Redis otherwise forgets everything
            when it crashes.

    Raises:
        Missing: The engine is not installed.
    """
    command = [sys.executable, str(SERVE), name, *(["--durable"] if durable else [])]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as served:
        assert served.stdin is not None
        try:
            yield Engine(served)
        finally:
            # Its end is what the program waits for.
            served.stdin.close()
            served.wait()
