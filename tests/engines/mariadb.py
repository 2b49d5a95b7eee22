"""MariaDB, or a MySQL that is told apart by nothing but its name, as Debian packages it."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which
from typing import Any

from engines.server import Server, folder, free_port, run, running, unprivileged

PACKAGE = "mariadb-server"


def programs() -> Path | None:
    found = which("mariadbd", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
    return Path(found) if found and which("mariadb-install-db") else None


@contextmanager
def serving(mariadbd: Path, durable: bool) -> Iterator[tuple[Server, dict[str, Any]]]:
    user = unprivileged("mysql")
    with folder(user) as home:
        data, port, socket = home / "data", free_port(), home / "socket"
        run(
            [
                "mariadb-install-db",
                "--no-defaults",
                f"--datadir={data}",
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
                "--innodb-log-file-size=8M",
            ],
            user,
            home,
        )
        begin = home / "begin.sql"
        begin.write_text(
            "CREATE DATABASE shop;\n"
            + "".join(
                f"CREATE USER shop@'{host}';\nGRANT ALL ON *.* TO shop@'{host}';\n"
                for host in ("127.0.0.1", "localhost")
            )
        )
        command = [
            mariadbd,
            "--no-defaults",
            f"--datadir={data}",
            f"--port={port}",
            f"--socket={socket}",
            f"--pid-file={home / 'pid'}",
            f"--init-file={begin}",
            "--bind-address=127.0.0.1",
            "--skip-name-resolve",
            "--max-connections=200",
            "--innodb-log-file-size=8M",
            "--innodb-buffer-pool-size=32M",
            f"--innodb-flush-log-at-trx-commit={1 if durable else 0}",
        ]
        stop = signal.SIGTERM if durable else signal.SIGKILL
        with running(command, user, home, "ready for connections", stop=stop) as server:
            yield (
                server,
                {
                    "name": "mariadb",
                    "host": "127.0.0.1",
                    "port": port,
                    "user": "shop",
                    "database": "shop",
                    "socket": str(socket),
                    "home": str(home),
                    "url": f"mysql://shop@127.0.0.1:{port}/shop",
                },
            )
