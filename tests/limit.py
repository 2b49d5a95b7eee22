"""Runs a program of Rust tests, and ends it where a test hangs, by its name: the harness only says that it is slow.

Cargo's runner in `make test-rust`, and around the tests of the documentation, which rustdoc runs. A program hangs if
it says nothing for so long; a test that takes longer than a minute is named by the harness. Where the tests come one by
one, that which hangs is named before its end.
"""

import os
import re
import signal
import subprocess
import sys
import threading

LIMIT = float(os.environ.get("TEST_LIMIT_SECONDS", "120"))
SLOW = re.compile(rb"^test (.+) has been running for over", re.MULTILINE)
ENDED = re.compile(rb"^test (.+?)(?: - should panic)? \.\.\. (?:ok|ignored|FAILED)", re.MULTILINE)
BEGUN = re.compile(rb"^test (.+?)(?: - should panic)? \.\.\. $", re.MULTILINE)


def main(command: list[str]) -> int:
    # Quietly it names no test that has ended, so what is quiet is this program.
    quiet = "--quiet" in command
    loud = [word for word in command if word != "--quiet"]
    # A group of its own, so that what it has started ends with it.
    with subprocess.Popen(loud, stdout=subprocess.PIPE, start_new_session=True) as program:
        said, heard = bytearray(), threading.Event()

        def listen() -> None:
            assert program.stdout is not None
            while more := os.read(program.stdout.fileno(), 65536):
                said.extend(more)
                if not quiet:
                    os.write(1, more)
                heard.set()

        listener = threading.Thread(target=listen, daemon=True)
        listener.start()
        try:
            hangs = watch(program, heard)
        except KeyboardInterrupt:
            os.killpg(program.pid, signal.SIGINT)
            raise
        # What a child of a test left behind may hold the pipe open.
        listener.join(10)
        text = bytes(said)
    if quiet:
        os.write(1, text if program.returncode else b"".join(re.findall(rb"^test result: .*\n", text, re.MULTILINE)))
    if hangs:
        ended = set(ENDED.findall(text))
        names = [name for name in [*SLOW.findall(text), *BEGUN.findall(text)] if name not in ended]
        told = b", ".join(names).decode(errors="replace") or "none that it named"
        print(f"TIME LIMIT: nothing happened for {LIMIT:.0f} s; running: {told}", file=sys.stderr)
        return 1
    return program.returncode if program.returncode >= 0 else 128 - program.returncode


def watch(program: "subprocess.Popen[bytes]", heard: threading.Event) -> bool:
    """Waits for the end of the program; says whether it had to be ended."""
    while True:
        try:
            program.wait(LIMIT)
            return False
        except subprocess.TimeoutExpired:
            if not heard.is_set():
                os.killpg(program.pid, signal.SIGKILL)
                return True
            heard.clear()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
