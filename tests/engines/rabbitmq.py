"""RabbitMQ, as Debian packages it."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which
from typing import Any

from engines.server import (
    Refused,
    Server,
    dies_with_parent,
    folder,
    free_port,
    identity,
    running,
    surroundings,
    unprivileged,
)

PACKAGE = "rabbitmq-server"


def programs() -> Path | None:
    """The script itself: the one on the path runs it as a user of its own choice, in the machine's folders."""
    found = sorted(Path("/usr/lib/rabbitmq/lib").glob("*/sbin/rabbitmq-server"))
    return found[-1] if found and which("epmd") else None


@contextmanager
def serving(script: Path, durable: bool) -> Iterator[tuple[Server, dict[str, Any]]]:
    """What is published as persistent in a durable queue is kept, also where nothing was asked to be durable."""
    user = unprivileged("rabbitmq")
    with folder(user) as home:
        port, names = free_port(), free_port()
        configuration = home / "rabbitmq.conf"
        configuration.write_text(
            f"listeners.tcp.1 = 127.0.0.1:{port}\n"
            "disk_free_limit.absolute = 1MB\n"
            "log.console = true\nlog.console.level = info\nlog.file = false\n"
        )
        (home / "plugins").write_text("[].\n")
        (home / "environment").touch()
        more = {
            "ERL_EPMD_PORT": str(names),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_BASE": str(home),
            "RABBITMQ_CONF_ENV_FILE": str(home / "environment"),
            "RABBITMQ_CONFIG_FILE": str(configuration),
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "plugins"),
            "RABBITMQ_LOG_BASE": str(home / "log"),
            "RABBITMQ_MNESIA_BASE": str(home / "mnesia"),
            "RABBITMQ_NODENAME": "rabbit@localhost",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-start_epmd false +S 2:2 +sbwt none",
            # So that the server takes the place of the script, which would wait beside it.
            "RUNNING_UNDER_SYSTEMD": "true",
        }
        with (
            _names(names, user, home),
            running([script], user, home, "Server startup complete", more=more) as server,
        ):
            yield (
                server,
                {
                    "name": "rabbitmq",
                    "host": "127.0.0.1",
                    "port": port,
                    "user": "guest",
                    "database": "/",
                    "socket": "",
                    "home": str(home),
                    "url": f"amqp://guest:guest@127.0.0.1:{port}//",
                },
            )


@contextmanager
def _names(port: int, user: str | None, home: Path) -> Iterator[None]:
    """Runs Erlang's server of names in the foreground: the one that Erlang starts by itself would stay behind."""
    command = ["epmd", "-port", str(port), "-address", "127.0.0.1"]
    with subprocess.Popen(
        command,
        cwd=home,
        env=surroundings(home),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=dies_with_parent,
        **identity(user),
    ) as process:
        try:
            while True:
                if process.poll() is not None:
                    raise Refused("epmd ended: its port may be in use")
                try:
                    socket.create_connection(("127.0.0.1", port)).close()
                    break
                except ConnectionRefusedError:
                    time.sleep(0.01)
            yield
        finally:
            process.kill()
