"""Plays a page as a reader does, in one language: writes its files, types its commands, compares what they print."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent.parent
DRIVERS = ROOT / "tests" / "stores" / "node" / "node_modules"
LANGUAGES = {"python": "python", "js": "node", "rust": "rust", "json": "any"}
PROGRAMS = {"python": "python", "pytest": "python", "node": "node", "npx": "node", "cargo": "rust"}
LIMIT = 120


class Block(NamedTuple):
    """A block of code, with the text since the one before."""

    before: str
    kind: str
    text: str

    @property
    def file(self) -> str | None:
        """The name of the file that it is, by its first line, or by the text before it where it has no remarks."""
        if self.kind == "json":
            named = re.findall(r"`([\w/.-]+\.json)`", self.before)
            return str(named[-1]) if named else None
        found = re.match(r"(?:#|//) ([\w/.-]+\.\w+)\n", self.text) if self.kind in LANGUAGES else None
        return found.group(1) if found else None

    @property
    def commands(self) -> list[str]:
        return [line for line in self.text.splitlines() if line] if self.kind == "sh" else []

    @property
    def language(self) -> str:
        """For whom it is: the commands of a block are all of one language, or set variables for any."""
        if self.kind in LANGUAGES:
            return LANGUAGES[self.kind]
        found = {PROGRAMS[line.split()[0]] for line in self.commands if not line.startswith(("export ", "unset "))}
        assert len(found) < 2, f"a block with the commands of several languages: {self.text}"
        return found.pop() if found else "any"


def blocks(page: Path) -> list[Block]:
    parts = re.split(r"^```(\w*)\n(.*?)^```$", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return [Block(*parts[at : at + 3]) for at in range(0, len(parts) - 1, 3)]


class Story:
    """One reader: a folder, the variables of a shell, and what the last command printed."""

    def __init__(self, folder: Path, language: str) -> None:
        self.folder, self.language = folder, language
        self.variables = {name: value for name, value in os.environ.items() if not name.startswith("PAYWELCOME_")}
        self.variables |= {"PYTHONUTF8": "1"}
        self.addresses: dict[str, str] = {}
        self.contract: dict[str, str] = {}
        self.servers: list[subprocess.Popen[str]] = []
        self.printed = ""
        if language == "node":
            modules = folder / "node_modules"
            modules.mkdir()
            (modules / "paywelcome").symlink_to(ROOT)
            (modules / "better-sqlite3").symlink_to(DRIVERS / "better-sqlite3")

    def play(self, block: Block) -> None:
        if block.kind == "text":
            self.compare(block.text)
        elif block.file is not None:
            path = self.folder / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
        else:
            assert block.kind == "sh", f"neither a file, nor commands, nor what they print: {block.text}"
            self.printed = "".join(map(self.type, block.commands))

    def type(self, line: str) -> str:
        """Types a command, and returns what it printed."""
        if line.startswith("unset "):
            for name in line.split()[1:]:
                self.variables.pop(name, None)
            return ""
        for said, real in self.addresses.items():
            line = line.replace(said, real)
        export = re.fullmatch(r"export (\w+)='?([^'#]*?)'?(?:\s+#.*)?", line)
        if export is not None:
            name, value = export.groups()
            if name == "PAYWELCOME_ENVIRONMENT":
                self.sign()
            else:
                self.variables[name] = self.contract[name] if value == "…" else value
            return ""
        words = self.words(line)
        if "sandbox" in words:
            self.serve(words)
            return ""
        if "rehearse" in words and "--yes" not in words:
            words.append("--yes")
        ended = subprocess.run(
            words, cwd=self.folder, env=self.variables, capture_output=True, text=True, encoding="utf-8", timeout=LIMIT
        )
        assert ended.returncode == 0, f"{line}\n{ended.stdout}{ended.stderr}"
        return ended.stdout

    def words(self, line: str) -> list[str]:
        program, *words = line.partition("  #")[0].split()
        if program == "python":
            return [sys.executable, *words]
        if program == "pytest":
            return [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *words]
        if program == "npx":
            assert words.pop(0) == "paywelcome"
            return ["node", str(ROOT / "bindings-node/dist/cli.js"), *words]
        assert program == "node", line
        return [program, *words]

    def serve(self, words: list[str]) -> None:
        """Starts a sandbox on a port of its own; commands that name the page's port find it there."""
        at = words.index("--port") + 1
        said = f"http://127.0.0.1:{words[at]}"
        words[at] = "0"
        self.addresses[said] = self.start(words)["url"]

    def sign(self) -> None:
        """Has a sandbox stand in for the real gateway, with the merchant of a contract and a payment `TID`."""
        seed = {"payments": [{"price": 1000, "tid": "TID"}]}
        (self.folder / "contract.json").write_text(json.dumps(seed))
        line = f"{'npx paywelcome' if self.language == 'node' else 'python -m paywelcome'} sandbox --seed contract.json"
        self.contract = {"PAYWELCOME_MID": "welcometst", "PAYWELCOME_SIGN_KEY": "made-up"}
        merchant = ["--mid", self.contract["PAYWELCOME_MID"], "--sign-key", self.contract["PAYWELCOME_SIGN_KEY"]]
        self.variables["PAYWELCOME_BASE_URL"] = self.start([*self.words(line), *merchant])["url"]

    def start(self, words: list[str]) -> dict[str, str]:
        server = subprocess.Popen(
            words, cwd=self.folder, env=self.variables, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
        self.servers.append(server)
        assert server.stdout is not None
        ready: dict[str, str] = json.loads(server.stdout.readline())
        return ready

    def compare(self, text: str) -> None:
        """Compares what was printed with what the page shows; an ellipsis stands for anything."""
        pattern = re.escape(text.strip()).replace("…", ".*?")
        assert re.fullmatch(pattern, self.printed.strip(), re.DOTALL), f"{self.printed}\nThe page shows:\n{text}"

    def close(self) -> None:
        for server in self.servers:
            server.terminate()
            server.communicate(timeout=LIMIT)
