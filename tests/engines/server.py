"""A server's process: started as nobody in particular, in a folder that is removed, and never outliving its parent."""

from __future__ import annotations

import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1


class Refused(Exception):
    """The server ended before it was ready; the text is what it said."""


def unprivileged(*names: str) -> str | None:
    """The user to run a server as: some refuse root. None where this process is not root's."""
    if os.geteuid() != 0:
        return None
    known = {each.pw_name for each in pwd.getpwall()}
    return next(name for name in (*names, "nobody") if name in known)


@contextmanager
def folder(user: str | None) -> Iterator[Path]:
    """A new folder of the user's; short, since the path of a socket may have 107 characters."""
    path = Path(tempfile.mkdtemp(prefix="paywelcome-", dir="/tmp"))
    try:
        if user is not None:
            entry = pwd.getpwnam(user)
            os.chown(path, entry.pw_uid, entry.pw_gid)
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def identity(user: str | None) -> dict[str, Any]:
    """How a process is started as that user."""
    if user is None:
        return {}
    return {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}


def run(command: Sequence[str | Path], user: str | None, where: Path) -> None:
    """Runs a program to its end."""
    ended = subprocess.run(
        command,
        cwd=where,
        env=surroundings(where),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        **identity(user),
    )
    if ended.returncode != 0:
        raise Refused(ended.stdout + ended.stderr)


def surroundings(where: Path) -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", ""), "HOME": str(where), "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def dies_with_parent() -> None:
    """Has the kernel end this process when its parent ends, however that happens."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Server:
    """A server's process, from its first word of readiness on.

    Args:
        ready: What it says when it takes connections.
        stop: The signal that ends it at once.
        crash: The signal that ends it as a crash would.
        more: What its environment holds besides.

    Raises:
        Refused: It ended before it was ready.
    """

    def __init__(
        self,
        command: Sequence[str | Path],
        user: str | None,
        where: Path,
        ready: str,
        stop: int = signal.SIGKILL,
        crash: int = signal.SIGKILL,
        more: Mapping[str, str] | None = None,
    ) -> None:
        self._command, self._user, self._where, self._ready = command, user, where, ready
        self._stop, self._crash, self._more = stop, crash, more or {}
        self._begin()

    @property
    def pid(self) -> int:
        return self._process.pid

    def again(self, down: float) -> None:
        """Crashes, and starts again on the same port and the same data after so many seconds."""
        self._end(self._crash)
        time.sleep(down)
        self._begin()

    def end(self) -> None:
        self._end(self._stop)

    def _begin(self) -> None:
        self._process = subprocess.Popen(
            self._command,
            cwd=self._where,
            env={**surroundings(self._where), **self._more},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            preexec_fn=dies_with_parent,
            **identity(self._user),
        )
        output = self._process.stdout
        assert output is not None
        said: deque[str] = deque(maxlen=50)
        try:
            for line in output:
                said.append(line)
                if self._ready in line:
                    break
            else:
                raise Refused("".join(said))
        except BaseException:
            self._end(signal.SIGKILL)
            output.close()
            raise

        def drain() -> None:
            # What nobody reads would stop the server once the pipe is full.
            with output:
                deque(output, 0)

        threading.Thread(target=drain, daemon=True).start()

    def _end(self, how: int) -> None:
        self._process.send_signal(how)
        self._process.wait()


@contextmanager
def running(command: Sequence[str | Path], user: str | None, where: Path, ready: str, **more: Any) -> Iterator[Server]:
    """Runs a server to the end of the block; the arguments are those of `Server`."""
    server = Server(command, user, where, ready, **more)
    try:
        yield server
    finally:
        server.end()
