"""A person at the command line: real processes, and a real terminal where one is asked."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from merchant import GUARD, MID

COMMAND = [sys.executable, "-m", "paywelcome"]


def environment(url: str, mid: str = MID, **more: str) -> dict[str, str]:
    return {**os.environ, "PAYWELCOME_MID": mid, "PAYWELCOME_BASE_URL": url, **more}


def run(env: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments], env=env, capture_output=True, text=True, encoding="utf-8", timeout=2 * GUARD
    )


@contextmanager
def at_a_terminal(env: dict[str, str], *arguments: str, command: Sequence[str] = COMMAND) -> Iterator[tuple[int, int]]:
    """Runs a command whose person is this test: gives its process and the terminal's end."""
    process, terminal = pty.fork()
    if process == 0:
        os.execvpe(command[0], [*command, *arguments], env)
    killing = threading.Timer(GUARD, os.kill, (process, signal.SIGKILL))
    killing.start()
    try:
        yield process, terminal
    finally:
        killing.cancel()
        os.close(terminal)


def read_until(terminal: int, words: str) -> str:
    seen = b""
    while words.encode() not in seen:
        try:
            data = os.read(terminal, 1024)
        except OSError:
            data = b""
        assert data, f"it ended before {words!r}: {seen.decode()}"
        seen += data
    return seen.decode()


def until_nothing_is_echoed(terminal: int) -> None:
    """A person types later than a test, which finds the question before the terminal is told to hide the answer."""
    until = time.monotonic() + GUARD
    while termios.tcgetattr(terminal)[3] & termios.ECHO:
        assert time.monotonic() < until, "what is typed is shown"


def exit_code(process: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
