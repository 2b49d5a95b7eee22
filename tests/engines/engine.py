"""An engine as a test sees it: where it listens, and that it ends with the test."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SERVE = Path(__file__).with_name("serve.py")


class Missing(Exception):
    """This machine has no such engine; the text says which package brings it."""


@dataclass(frozen=True)
class Engine:
    """A server that is running."""

    name: str
    host: str
    port: int
    user: str
    database: str
    socket: str
    pid: int

    @property
    def url(self) -> str:
        scheme = {"postgres": "postgresql", "mariadb": "mysql"}[self.name]
        return f"{scheme}://{self.user}@{self.host}:{self.port}/{self.database}"


@contextmanager
def start(name: str, *, durable: bool = False) -> Iterator[Engine]:
    """Runs an engine until the end of the block, or of this process however it ends.

    Args:
        name: ``"postgres"`` or ``"mariadb"``.
        durable: What was committed survives a power cut, as in production; slower.

    Raises:
        Missing: The engine is not installed.
    """
    command = [sys.executable, str(SERVE), name, *(["--durable"] if durable else [])]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as served:
        assert served.stdout is not None and served.stdin is not None and served.stderr is not None
        try:
            line = served.stdout.readline()
            if not line:
                raise RuntimeError(f"{name} did not start: {served.stderr.read()}")
            told = json.loads(line)
            if "missing" in told:
                raise Missing(told["missing"])
            told.pop("url")
            yield Engine(**told)
        finally:
            # Its end is what the program waits for.
            served.stdin.close()
            served.wait()
