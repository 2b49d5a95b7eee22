"""What a client costs before its first call and beside it: start-up, a cold process, size and memory."""

from __future__ import annotations

import json
import re
import statistics
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path
from typing import Any

from workers import ENVIRONMENT, HERE, MERCHANT

MB = 1_000_000
IMPORTS = {
    "Python": ("paywelcome", "requests", "httpx", "urllib3", "aiohttp"),
    "Node.js": ("paywelcome", "undici", "axios"),
}


def start_up(rounds: int) -> dict[str, dict[str, Any]]:
    """Times each import in a new process, less the bare interpreter's, in interleaved rounds."""
    took: dict[tuple[str, str | None], list[float]] = {}
    for _ in range(rounds):
        for language, names in IMPORTS.items():
            for name in (None, *names):
                took.setdefault((language, name), []).append(_timed(_importing(language, name)))
    return {language: {name: _above(took[language, name], took[language, None]) for name in names}
            | {"bare": _of(took[language, None])}
            for language, names in IMPORTS.items()}  # fmt: skip


def _importing(language: str, name: str | None) -> list[str]:
    if language == "Python":
        return [sys.executable, "-c", f"import {name}" if name else "pass"]
    return ["node", "-e", f"require('{name}')" if name else ""]


def cold(addresses: dict[str, str], rounds: int) -> dict[str, Any]:
    """Times a whole process that imports, connects over TLS and gets one receipt, less the bare interpreter's."""
    arguments = [addresses["https"], addresses["ca"], MERCHANT["mid"], MERCHANT["sign_key"]]
    names = ("paywelcome", "requests")
    took: dict[str, list[float]] = {}
    for _ in range(rounds):
        took.setdefault("bare", []).append(_timed([sys.executable, "-c", "pass"]))
        for name in names:
            script = str(HERE / "python" / f"cold_{name}.py")
            took.setdefault(name, []).append(_timed([sys.executable, script, *arguments]))
    above = {name: [a - b for a, b in zip(took[name], took["bare"], strict=True)] for name in names}
    shares = [ours / theirs for ours, theirs in zip(above["paywelcome"], above["requests"], strict=True)]
    return {**{name: _above(took[name], took["bare"]) for name in names}, "share": _of(shares)}


def _timed(command: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, cwd=HERE, env=ENVIRONMENT, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def _above(took: list[float], bare: list[float]) -> dict[str, float]:
    return _of([a - b for a, b in zip(took, bare, strict=True)])


def _of(values: list[float]) -> dict[str, float]:
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    return {"median": statistics.median(values), "low": low, "high": high}


def sizes(wheel: Path, tarballs: list[Path]) -> dict[str, dict[str, int]]:
    """Returns bytes: of what is downloaded, and of what is then on the disk, with all that each needs."""
    modules = HERE / "node_modules"
    lock = json.loads((modules / ".package-lock.json").read_text())["packages"]
    return {
        "Python": {
            "the wheel": wheel.stat().st_size,
            **{name: sum(_installed(each) for each in _needs(name)) for name in IMPORTS["Python"]},
        },
        "Node.js": {
            "the npm packages": sum(each.stat().st_size for each in tarballs),
            **{name: sum(_below(modules / each) for each in _modules(lock, name)) for name in IMPORTS["Node.js"]},
        },
    }


def _needs(name: str, known: frozenset[str] = frozenset()) -> frozenset[str]:
    if name in known:
        return known
    known |= {name}
    for requirement in metadata.requires(name) or []:
        wanted, _, marker = requirement.partition(";")
        if "extra" in marker:
            continue
        other = re.match(r"[\w.-]+", wanted)
        try:
            if other:
                known = _needs(other.group().lower().replace("_", "-"), known)
        except metadata.PackageNotFoundError:
            # For another version of Python.
            pass
    return known


def _installed(name: str) -> int:
    files = [Path(str(file.locate())) for file in metadata.files(name) or []]
    return sum(file.stat().st_size for file in files if file.is_file())


def _modules(lock: dict[str, Any], name: str, known: frozenset[str] = frozenset()) -> frozenset[str]:
    if name in known:
        return known
    known |= {name}
    package = lock.get(f"node_modules/{name}", {})
    # Of the optional ones, those that fit this platform are there.
    optional = [other for other in package.get("optionalDependencies", {}) if f"node_modules/{other}" in lock]
    for other in [*package.get("dependencies", {}), *optional]:
        known = _modules(lock, other, known)
    return known


def _below(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def memory(addresses: dict[str, str], calls: int) -> dict[str, list[int]]:
    """Returns the resident bytes after the import and after each tenth of so many calls."""
    arguments = [addresses["http"], MERCHANT["mid"], MERCHANT["sign_key"], str(calls)]
    commands = {
        "Python": [sys.executable, str(HERE / "python" / "memory.py"), *arguments],
        "Node.js": ["node", str(HERE / "node" / "memory.mjs"), *arguments],
    }
    seen = {}
    for language, command in commands.items():
        ran = subprocess.run(command, check=True, cwd=HERE, env=ENVIRONMENT, stdout=subprocess.PIPE)
        seen[language] = json.loads(ran.stdout)
    return seen
