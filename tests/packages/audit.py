"""Asks the registries for known vulnerabilities of the tools; the packages need none, and cargo-deny has the crates.

A registry that has no answer is not a failure, and is said loudly: `python3 tests/packages/audit.py`.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
LOCKS = (ROOT, ROOT / "tests/packages", ROOT / "tests/stores/node", ROOT / "docs/site")
REQUIREMENTS = ("tests/python/requirements.txt", "tests/packages/requirements.txt", "docs/site/requirements.txt")


def answer(*command: str, cwd: Path = ROOT) -> dict[str, object]:
    found = shutil.which(command[0])
    if not found:
        return {"message": f"{command[0]} is not installed"}
    ended = subprocess.run([found, *command[1:]], cwd=cwd, capture_output=True, text=True, timeout=300)
    try:
        return json.loads(ended.stdout)
    except ValueError:
        return {"message": (ended.stderr or "no answer").strip().splitlines()[-1]}


def npm(folder: Path) -> tuple[str, list[str] | None]:
    told = answer("npm", "audit", "--package-lock-only", "--json", cwd=folder)
    found = told.get("vulnerabilities")
    return str(told.get("message", "")), None if found is None else [
        f"{name}: {about}" for name, about in found.items()
    ]


def pip(name: str) -> tuple[str, list[str] | None]:
    told = answer("pip-audit", "--format", "json", "--no-deps", "--disable-pip", "--requirement", name)
    if "dependencies" not in told:
        return str(told.get("message", "")), None
    skipped = [one["name"] for one in told["dependencies"] if "skip_reason" in one]
    if skipped:
        return f"no answer about {', '.join(skipped)}", None
    return "", [f"{one['name']}: {one['vulns']}" for one in told["dependencies"] if one["vulns"]]


def main() -> int:
    failed = False
    asked = {f"{folder.relative_to(ROOT)}/package-lock.json": npm(folder) for folder in LOCKS}
    asked |= {name: pip(name) for name in REQUIREMENTS}
    for name, (why, found) in asked.items():
        if found is None:
            print(f"{name}: NOT CHECKED: {why}")
        else:
            print(f"{name}: {len(found)} known vulnerabilities", *found, sep="\n  ")
            failed = failed or bool(found)
    return failed


if __name__ == "__main__":
    sys.exit(main())
