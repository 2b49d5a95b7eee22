"""Runs a command for the person on call, whose Ctrl-C must not hide what may have left."""

from __future__ import annotations

import signal
import threading
from platform import python_implementation, python_version

from . import _native


def run(program: str, command: str, arguments: list[str]) -> int | None:
    """Returns the exit code of a command, or ``None`` where there is none of this name."""
    host = f"{python_implementation()} {python_version()}"
    codes: list[int | None] = []
    # In a thread of its own, so that this one can answer signals; one that does not stop it at a question from ending.
    working = threading.Thread(
        target=lambda: codes.append(_native.command_line(program, host, command, arguments)), daemon=True
    )
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    working.start()
    working.join()
    return codes[0] if codes else 1


def _interrupt(number: int, _: object) -> None:
    if not _native.interrupt():
        # Nothing has left: the program ends as the signal does.
        signal.signal(number, signal.SIG_DFL)
        signal.raise_signal(number)
