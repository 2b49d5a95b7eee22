"""PostgreSQL, as Debian packages it or from the path."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which
from typing import Any

from engines.server import Server, folder, free_port, run, running, unprivileged

PACKAGE = "postgresql"


def programs() -> Path | None:
    """The folder of `postgres` and `initdb`, the newest version's."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    found = versions[-1] if versions else which("postgres")
    return Path(found).parent if found else None


@contextmanager
def serving(bin_folder: Path, durable: bool) -> Iterator[tuple[Server, dict[str, Any]]]:
    user = unprivileged("postgres")
    with folder(user) as home:
        data, port = home / "data", free_port()
        run(
            [
                bin_folder / "initdb",
                "-D",
                data,
                "-U",
                "postgres",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
            ],
            user,
            home,
        )
        settings = {
            "port": port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": home,
            "max_connections": 200,
            "fsync": "on" if durable else "off",
            "lc_messages": "C",
        }
        command = [bin_folder / "postgres", "-D", data, *(f"--{name}={value}" for name, value in settings.items())]
        # Killed itself, it would leave processes behind that keep its memory, and it would not start again beside them.
        at_once = {"stop": signal.SIGQUIT, "crash": signal.SIGQUIT}
        ready = "database system is ready to accept connections"
        with running(command, user, home, ready, **at_once) as server:
            yield (
                server,
                {
                    "name": "postgres",
                    "host": "127.0.0.1",
                    "port": port,
                    "user": "postgres",
                    "database": "postgres",
                    "socket": str(home),
                    "home": str(home),
                    "url": f"postgresql://postgres@127.0.0.1:{port}/postgres",
                },
            )
