"""Where and with what a run was made."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path
from typing import Any

from workers import HERE


def describe() -> dict[str, Any]:
    cpu = "unknown"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            cpu = line.partition(":")[2].strip()
            break
    node = _said("node", "-p", "process.version")
    peers = _said("node", "-p", "['undici', 'axios'].map((n) => n + ' ' + require(n + '/package.json').version).join()")
    return {
        "date": time.strftime("%Y-%m-%d"),
        "cpu": f"{os.cpu_count()} × {cpu}",
        "system": f"{platform.system()} {platform.release().split('-')[0]} {platform.machine()}",
        "load_before": round(os.getloadavg()[0], 1),
        "commit": _said("git", "describe", "--always", "--dirty"),
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "Node.js": node,
        "Rust": _said("rustc", "--version").split()[1],
        "peers": [f"{name} {metadata.version(name)}" for name in ("requests", "httpx", "urllib3", "aiohttp", "uvloop")]
        + peers.split(",")
        + [f"fetch of Node.js {node}"],
        "OpenSSL of Python": _said(sys.executable, "-c", "import ssl; print(ssl.OPENSSL_VERSION)"),
    }


def _said(*command: str) -> str:
    ran = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False)
    return ran.stdout.strip() or "unknown"
