"""Redis, as Debian packages it or from the path."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which
from typing import Any

from engines.server import Server, folder, free_port, running, unprivileged

PACKAGE = "redis-server"


def programs() -> Path | None:
    found = which("redis-server")
    return Path(found) if found else None


@contextmanager
def serving(redis_server: Path, durable: bool) -> Iterator[tuple[Server, dict[str, Any]]]:
    """What is not durable forgets everything when it crashes."""
    user = unprivileged("redis")
    with folder(user) as home:
        port, socket = free_port(), home / "socket"
        settings: dict[str, str | Path | int] = {
            "port": port,
            "bind": "127.0.0.1",
            "unixsocket": socket,
            "dir": home,
            "save": "",
            "appendonly": "yes" if durable else "no",
            "appendfsync": "always",
        }
        command = [redis_server, *(str(each) for name, value in settings.items() for each in (f"--{name}", value))]
        with running(command, user, home, "Ready to accept connections") as server:
            yield (
                server,
                {
                    "name": "redis",
                    "host": "127.0.0.1",
                    "port": port,
                    "user": "default",
                    "database": "0",
                    "socket": str(socket),
                    "home": str(home),
                    "url": f"redis://127.0.0.1:{port}/0",
                },
            )
