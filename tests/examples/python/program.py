"""A server or worker of an example, as its own process; what it prints is waited on, and shown where a test fails."""

from __future__ import annotations

import logging
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

log = logging.getLogger(__name__)
EXAMPLES = Path(__file__).parents[3] / "examples"
GUARD = 60.0  # seconds; generous, for a busy machine


class Program:
    running: ClassVar[set[Program]] = set()

    def __init__(
        self, folder: str, *arguments: str, environment: Mapping[str, str], python: str = sys.executable
    ) -> None:
        self.lines: list[str] = []
        self._printed = threading.Condition()
        plain = {name: value for name, value in os.environ.items() if not name.startswith("PAYWELCOME_")}
        self.process = subprocess.Popen(
            [python, "-m", *arguments],
            cwd=EXAMPLES / folder,
            env={**plain, "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1", **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        self.running.add(self)

    def _read(self) -> None:
        assert self.process.stdout
        with self.process.stdout as printed:
            for line in printed:
                log.info(line.rstrip())
                with self._printed:
                    self.lines.append(line)
                    self._printed.notify_all()
        with self._printed:
            self._printed.notify_all()

    def wait_for(self, pattern: str, after: int = 0) -> re.Match[str]:
        """Waits until it has printed a matching line after the n-th line."""

        def found() -> re.Match[str] | None:
            return next((hit for line in self.lines[after:] if (hit := re.search(pattern, line))), None)

        with self._printed:
            self._printed.wait_for(lambda: found() or not self._reader.is_alive(), GUARD)
            hit = found()
        assert hit, f"it never printed {pattern!r}:\n{''.join(self.lines)}"
        return hit

    def stop(self) -> int:
        """Ends it as a service manager does, and everything it started, should that not be enough."""
        self.running.discard(self)
        self.process.terminate()
        try:
            return self.process.wait(GUARD)
        finally:
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            self._reader.join()


def run(folder: str, *arguments: str, environment: Mapping[str, str]) -> str:
    """Runs one to its end, and gives what it printed."""
    program = Program(folder, *arguments, environment=environment)
    code = program.process.wait(GUARD)
    program.stop()
    said = "".join(program.lines)
    assert code == 0, said
    return said
