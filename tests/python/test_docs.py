"""The Python examples of docs/sandbox.md, run as they stand there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from merchant import GUARD

PAGE = (Path(__file__).parent.parent.parent / "docs" / "sandbox.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
# Those that begin with a file's name are files of a merchant's project; the others are scripts.
NAMED = {found.group(1): block for block in BLOCKS if (found := re.match(r"# (\S+\.py)\n", block))}
SCRIPTS = [block for block in BLOCKS if block not in NAMED.values()]


def run(folder: Path, *arguments: str) -> str:
    ended = subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=6 * GUARD,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def test_every_example_was_found() -> None:
    assert PAGE.count("```python") == len(BLOCKS) == len(NAMED) + len(SCRIPTS)
    assert len(NAMED) >= 8 and len(SCRIPTS) >= 7


@pytest.mark.parametrize("script", SCRIPTS, ids=range(1, len(SCRIPTS) + 1))
def test_a_script(script: str, tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(script, encoding="utf-8")
    run(tmp_path, "script.py")


def test_the_merchants_project(tmp_path: Path) -> None:
    for name, block in NAMED.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(block, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
    tests = sum(name.startswith("test_") for name in NAMED)
    said = run(tmp_path, "-m", "pytest", "-p", "no:cacheprovider", "--strict-markers", "-v")
    assert tests == len({line.split("::")[0] for line in said.splitlines() if line.endswith("%]")}), said


@pytest.mark.parametrize("target", re.findall(r"\]\(#([^)]+)\)", PAGE))
def test_every_link_leads_somewhere(target: str) -> None:
    headings = re.findall(r"^#+ (.*)$", re.sub(r"^```.*?^```$", "", PAGE, flags=re.MULTILINE | re.DOTALL), re.MULTILINE)
    assert target in {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
