"""Does what `docker compose up` would with a compose file, given as JSON: starts `gateway`, and `shop` after it.

With `apart` behind it, each is on a network of its own, as containers are, and `gateway` is known by its name; that
needs `unshare --map-root-user --mount --net` around it.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

GUARD = 30.0


def argv(command: str | list[str]) -> list[str]:
    words = shlex.split(command) if isinstance(command, str) else command
    return [word.replace("$$", "$") for word in words]


def other_machine() -> tuple[subprocess.Popen[str], list[str]]:
    """Returns what keeps another network alive, and what runs a command there."""
    hosts = Path("hosts").resolve()
    hosts.write_text("127.0.0.1 localhost\n10.99.0.1 gateway\n")
    run = subprocess.check_call
    run(["mount", "--bind", hosts, "/etc/hosts"])
    keeper = subprocess.Popen(
        ["unshare", "--net", "sh", "-c", "echo ready; exec cat"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert keeper.stdout is not None and keeper.stdout.readline() == "ready\n"
    there = ["nsenter", f"--target={keeper.pid}", "--net", "--"]
    run(["ip", "link", "set", "lo", "up"])
    run(["ip", "link", "add", "near", "type", "veth", "peer", "name", "far", "netns", str(keeper.pid)])
    run(["ip", "address", "add", "10.99.0.1/24", "dev", "near"])
    run(["ip", "link", "set", "near", "up"])
    run([*there, "ip", "address", "add", "10.99.0.2/24", "dev", "far"])
    run([*there, "ip", "link", "set", "far", "up"])
    return keeper, there


def main(services: dict[str, Any], apart: bool) -> int:
    keeper, there = other_machine() if apart else (None, [])
    gateway = subprocess.Popen(argv(services["gateway"]["command"]), stdout=subprocess.DEVNULL)
    try:
        health = services["gateway"]["healthcheck"]
        deadline = time.monotonic() + GUARD
        while subprocess.call(["sh", "-c", health["test"]], stderr=subprocess.DEVNULL) != 0:
            assert gateway.poll() is None and time.monotonic() < deadline, "the gateway is not healthy"
            time.sleep(0.05)
        shop = services["shop"]
        env = {**os.environ, **shop["environment"]}
        code = subprocess.call([*there, *argv(shop["command"])], env=env, timeout=GUARD)
    finally:
        gateway.terminate()
        ended = gateway.wait(GUARD)
        if keeper is not None:
            keeper.kill()
            keeper.wait()
    return code or ended


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])["services"], "apart" in sys.argv[2:]))
