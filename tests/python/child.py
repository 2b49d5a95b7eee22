"""Programs of these tests, each in a fresh interpreter with a plain environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from merchant import GUARD

PROGRAMS = Path(__file__).parent / "programs"


class Child:
    """A running program, which is killed at the end of the ``with`` block if it has not ended by itself."""

    def __init__(self, program: str, *arguments: Any, env: dict[str, str] | None = None) -> None:
        told = [argument if isinstance(argument, str) else json.dumps(argument) for argument in arguments]
        self.process = subprocess.Popen(
            [sys.executable, str(PROGRAMS / program), *told],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(PROGRAMS.parent), "PYTHONUTF8": "1", **(env or {})},
            text=True,
            encoding="utf-8",
        )
        self._watch = threading.Timer(1.2 * GUARD, self.process.kill)
        self._watch.start()

    def line(self) -> Any:
        """Returns the next line that it prints, which is JSON."""
        assert self.process.stdout is not None
        text = self.process.stdout.readline()
        assert text, f"the program ended: {self.end()}"
        return json.loads(text)

    def tell(self, text: str = "") -> None:
        """Writes a line to its standard input."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{text}\n")
        self.process.stdin.flush()

    def end(self) -> tuple[int, list[Any], str]:
        """Waits for its end; gives its exit code, the JSON lines that were not read, and its standard error."""
        output, errors = self.process.communicate(timeout=GUARD)
        return self.process.returncode, [json.loads(line) for line in output.splitlines()], errors

    def __enter__(self) -> Child:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self._watch.cancel()
        self._watch.join()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()
        self.process.wait()


def run(program: str, *arguments: Any, env: dict[str, str] | None = None) -> list[Any]:
    """Runs a program to its end, which must be a clean and silent one, and gives the JSON lines it printed."""
    with Child(program, *arguments, env=env) as child:
        code, lines, errors = child.end()
    assert (code, errors) == (0, ""), errors
    return lines
