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
from collections import deque
from collections.abc import Iterator, Sequence
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


@contextmanager
def running(command: Sequence[str | Path], user: str | None, where: Path, ready: str, stop: int) -> Iterator[int]:
    """Runs a server from its first word of readiness to the end of the block, and gives its pid.

    Args:
        ready: What it says when it takes connections.
        stop: The signal that ends it at once.

    Raises:
        Refused: It ended before.
    """
    with subprocess.Popen(
        command,
        cwd=where,
        env=surroundings(where),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        preexec_fn=dies_with_parent,
        **identity(user),
    ) as server:
        try:
            assert server.stdout is not None
            said: deque[str] = deque(maxlen=50)
            for line in server.stdout:
                said.append(line)
                if ready in line:
                    break
            else:
                raise Refused("".join(said))
            # What nobody reads would stop the server once the pipe is full.
            threading.Thread(target=deque, args=(server.stdout, 0), daemon=True).start()
            yield server.pid
        finally:
            server.send_signal(stop)
            server.wait()
