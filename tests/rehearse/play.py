"""Runs ``paywelcome rehearse`` of either package against a stand-in, as a person or a script would."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from standin import GUARD

ROOT = Path(__file__).resolve().parent.parent.parent
FACES = {
    "python": [sys.executable, "-m", "paywelcome"],
    "node": ["node", str(ROOT / "bindings-node" / "dist" / "cli.js")],
}
# The exit code that says so.
UNKNOWN = 5
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "request_method")
# Read once: pytest sets a variable for each test, and removes it, while others read in threads of their own.
PLAIN = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith("PAYWELCOME_") and name.lower() not in PROXIES
}


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        return self.out + self.err


def environment(**more: str) -> dict[str, str]:
    """Returns an environment without the settings and proxies of this machine."""
    return {**PLAIN, "LANG": "C.UTF-8", **more}


class Gateway(Protocol):
    """What a rehearsal needs of a gateway."""

    url: str
    mid: str
    sign_key: str

    def approve(self, price: int) -> str: ...

    def remaining(self, tid: str) -> int: ...

    @property
    def sent(self) -> int: ...


G = TypeVar("G", bound=Gateway)


@dataclass
class Rehearsal(Generic[G]):
    """One rehearsal of a payment: its file, its gateway, and the language of the package that is used."""

    gateway: G
    folder: Path
    face: str = "python"
    price: int = 1000
    with_full: bool = True
    settings: dict[str, str] = field(default_factory=dict)
    more: list[str] = field(default_factory=list)
    """Arguments of every run."""
    runs: list[Ran] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.tid = self.gateway.approve(self.price)
        self.full_tid = self.gateway.approve(self.price) if self.with_full else None

    @property
    def file(self) -> Path:
        return self.folder / "rehearsal.json"

    @property
    def env(self) -> dict[str, str]:
        own = {
            "PAYWELCOME_MID": self.gateway.mid,
            "PAYWELCOME_SIGN_KEY": self.gateway.sign_key,
            "PAYWELCOME_BASE_URL": self.gateway.url,
        }
        return environment(**{**own, **self.settings})

    @property
    def payment(self) -> list[str]:
        """The arguments that name what is rehearsed on."""
        named = ["--tid", self.tid, "--price", str(self.price), "--pay-type", "card"]
        full = ["--full-tid", self.full_tid, "--full-price", str(self.price)] if self.full_tid else []
        return [*named, *full, "--out", str(self.file)]

    def command(self, *arguments: str) -> list[str]:
        return [*FACES[self.face], "rehearse", *arguments, *self.more]

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command(*arguments),
            env=self.env,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def end(self, process: subprocess.Popen[str]) -> Ran:
        try:
            out, err = process.communicate(timeout=3 * GUARD)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        self.runs.append(Ran(process.returncode, out, err))
        return self.runs[-1]

    def run(self, *arguments: str) -> Ran:
        return self.end(self.start(*(arguments or (*self.payment, "--yes"))))

    def go_on(self, *arguments: str) -> Ran:
        return self.run("--out", str(self.file), "--yes", *arguments)

    def to_the_end(self) -> None:
        """Continues until nothing is left to ask: whenever it needs a person, that person reads what remains."""
        for _ in range(40):
            if self.runs[-1].code != UNKNOWN:
                return
            sent = self.gateway.sent
            self.go_on(*self.read_remaining())
            if self.gateway.sent == sent:
                return
        raise AssertionError("it never ends")

    def read_remaining(self) -> list[str]:
        """Returns the arguments by which a person says what remains of each payment."""
        full = ["--full-remaining", str(self.gateway.remaining(self.full_tid))] if self.full_tid else []
        return ["--remaining", str(self.gateway.remaining(self.tid)), *full]

    def read(self) -> dict[str, Any]:
        told = json.loads(self.file.read_text("utf-8"))
        assert isinstance(told, dict)
        return told
