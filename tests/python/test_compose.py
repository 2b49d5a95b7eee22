"""The compose file of docs/sandbox.md, carried out: the shop trusts what it fetches, and its refund arrives."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent.parent
PROGRAM = Path(__file__).parent / "programs" / "containers.py"
ALONE = ["unshare", "--map-root-user", "--mount", "--net", "--"]
SHOP = """\
import json
import os
import ssl
import urllib.request

import paywelcome

with paywelcome.Client(ca_bundle=os.environ["GATEWAY_CA"]) as client:
    trusting = ssl.create_default_context(cafile=os.environ["GATEWAY_CA"])
    ask = urllib.request.Request(
        f"{client.base_url}/_sandbox/api/approve", b'{"price": 1000}', {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(ask, context=trusting) as answer:
        tid = json.load(answer)["tid"]
    print("went back:", client.cancel(pay_type="card", tid=tid, price=1000).price)
try:
    paywelcome.Client().cancel(pay_type="card", tid=tid, price=1000)
except paywelcome.NotSentError as error:
    print("without the file:", error.kind)
"""


def written(page: str) -> str:
    [compose] = re.findall(r"^```yaml\n(.*?)^```$", (ROOT / page).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return str(compose)


def up(compose: str, folder: Path, *apart: str) -> str:
    """What the shop prints, with this Python as that of both images."""
    python = folder / "bin" / "python"
    python.parent.mkdir()
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    (folder / "shop.py").write_text(SHOP, encoding="utf-8")
    text = compose.replace("/tmp/gateway-ca.pem", str(folder / "ca.pem"))
    around = ALONE if apart else []
    ended = subprocess.run(
        [*around, sys.executable, PROGRAM, json.dumps(yaml.safe_load(text)), *apart],
        cwd=folder,
        env={**os.environ, "PATH": f"{python.parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def can_be_apart() -> bool:
    try:
        return subprocess.call([*ALONE, "ip", "link", "set", "lo", "up"], stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def test_both_languages_show_the_same_file() -> None:
    assert written("docs/sandbox.md") == written("docs/sandbox.ko.md")


@pytest.mark.skipif(not can_be_apart(), reason="no network namespaces may be made here")
def test_two_machines(tmp_path: Path) -> None:
    assert up(written("docs/sandbox.md"), tmp_path, "apart") == "went back: 1000\nwithout the file: tls\n"


@pytest.mark.skipif(sys.platform != "linux", reason="there is one loopback address only")
def test_two_addresses(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.2", 0))
        port = str(free.getsockname()[1])
    compose = re.sub(r"(--name |//)gateway", r"\g<1>127.0.0.2", written("docs/sandbox.md")).replace("8443", port)
    assert up(compose, tmp_path) == "went back: 1000\nwithout the file: tls\n"
