"""The processes of the bench: the one server, and a worker for each client."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
PROGRAMS = HERE.parent / "target" / "release"
MERCHANT = {"mid": "welcometst", "sign_key": "made-up-sign-key"}
# What a proxy or a library's own settings in the environment would change for some and not for others.
ENVIRONMENT = {
    name: value
    for name, value in os.environ.items()
    if not name.lower().endswith("_proxy") and name not in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
}
PATIENCE = 120


class Failed(Exception):
    """A worker could not do what it was asked."""


class Process:
    """A program that takes and gives lines of JSON."""

    def __init__(self, command: list[str], environment: dict[str, str] | None = None) -> None:
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**ENVIRONMENT, **(environment or {})},
            cwd=HERE,
        )
        self._read = b""

    def tell(self, value: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(value).encode() + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError as error:
            raise Failed("its process has ended") from error

    def hear(self, patience: float = PATIENCE) -> dict[str, Any]:
        assert self._process.stdout is not None
        until = time.monotonic() + patience
        while b"\n" not in self._read:
            ready, _, _ = select.select([self._process.stdout], [], [], max(0, until - time.monotonic()))
            if not ready:
                raise Failed(f"no answer within {patience} s")
            read = os.read(self._process.stdout.fileno(), 65536)
            if not read:
                raise Failed(f"its process ended with {self._process.wait()}")
            self._read += read
        line, _, self._read = self._read.partition(b"\n")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise Failed(answer["error"])
        return answer

    def ask(self, value: dict[str, Any], patience: float = PATIENCE) -> dict[str, Any]:
        self.tell(value)
        return self.hear(patience)

    def memory(self) -> dict[str, int]:
        """Returns the resident memory now and at its highest, in bytes."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        lines = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
        return {"now": int(lines["VmRSS"].split()[0]) * 1024, "highest": int(lines["VmHWM"].split()[0]) * 1024}

    def end(self) -> None:
        self._process.kill()
        self._process.wait()


@contextmanager
def one_processor() -> Iterator[bool]:
    """Keeps what is started meanwhile on one processor; gives whether this machine can."""
    if not hasattr(os, "sched_setaffinity"):
        yield False
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        yield True
    finally:
        os.sched_setaffinity(0, before)


def serve(directory: str) -> tuple[Process, dict[str, str]]:
    """Starts the server; gives it and its addresses."""
    server = Process([str(PROGRAMS / "bench-server"), str(Path(directory) / "ca.pem")])
    return server, server.hear()


def start(kind: str, client: str, addresses: dict[str, str], most: int) -> Process:
    """Starts a client's worker, whose pool is made for so many calls in flight."""
    environment = {}
    if kind == "node":
        command = ["node", str(HERE / "node" / "worker.mjs"), client]
        environment["NODE_EXTRA_CA_CERTS"] = addresses["ca"]
    elif kind == "rust":
        command = [str(PROGRAMS / "bench-limit"), client]
    else:
        command = [sys.executable, str(HERE / "python" / "worker.py"), kind, client]
    worker = Process(command, environment)
    try:
        worker.ask({**MERCHANT, **addresses, "most": most})
    except Failed:
        worker.end()
        raise
    return worker
