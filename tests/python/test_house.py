"""The rules of the house that tests/house.py holds, and the commands that `make help` lists."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
sys.path.append(str(ROOT / "tests"))

from house import undated  # noqa: E402

COMMANDS = re.compile(r"^([a-z-]+): ## \S", re.MULTILINE)
# What every recipe needs that is looked at here.
TOOLS = ("bash", "sh", "sed", "awk", "find", "mkdir", "rm", "touch")
MAKE = shutil.which("make")
needs_make = pytest.mark.skipif(MAKE is None or sys.platform == "win32", reason="NOT CHECKED: there is no make")


@pytest.mark.parametrize(
    ("changelog", "is_release", "lacks"),
    [
        ("## [Unreleased]\n\n## 0.1.0 - not released yet\n", False, 0),
        ("## [Unreleased]\n\n## 0.2.0 - 2026-12-31\n\n## 0.1.0 - 2026-11-30\n", True, 0),
        ("## [Unreleased]\n\n## 0.1.0 - not released yet\n", True, 1),
        ("## [Unreleased]\n\n## 0.2.0 - 2026-12-31\n\n## 0.1.0 - not released yet\n", False, 1),
        ("## [Unreleased]\n\n## 0.1.0\n", False, 1),
        ("## [Unreleased]\n\n## 0.1.0 - 31 December\n", False, 1),
        ("## 0.1.0 - 2026-11-30\n", False, 1),
    ],
)
def test_a_changelog_has_a_place_for_what_comes_and_the_day_of_each_version(
    changelog: str, is_release: bool, lacks: int
) -> None:
    assert len(undated(changelog, is_release)) == lacks


def makefile() -> str:
    return (ROOT / "Makefile").read_text(encoding="utf-8")


def make(*arguments: str, path: str) -> subprocess.CompletedProcess[str]:
    """Says what make would do, with nothing built before."""
    command = [str(MAKE), "--dry-run", "BUILD=/nowhere/built", *arguments]
    return subprocess.run(command, cwd=ROOT, env={"PATH": path}, capture_output=True, text=True, timeout=60)


def test_every_command_has_a_line_and_every_line_a_command() -> None:
    listed = COMMANDS.findall(makefile())
    recipes = re.findall(r"^([a-z][a-z -]*):(?! ##)(?!=)", makefile(), re.MULTILINE)
    assert len(listed) == len(set(listed)) > 25
    assert sorted(listed) == sorted({name for names in recipes for name in names.split()})


@needs_make
@pytest.mark.parametrize(
    ("there", "built", "left_out"),
    [
        (("python3", "node", "npm"), {"maturin", "napi"}, set[str]()),
        (("python3",), {"maturin"}, {"Node.js"}),
        (("python3", "node"), {"maturin"}, {"Node.js"}),
        (("node", "npm"), {"napi"}, {"Python"}),
        ((), set[str](), {"Node.js", "Python"}),
    ],
)
def test_a_language_that_is_missing_is_left_out_and_named(
    there: tuple[str, ...], built: set[str], left_out: set[str], tmp_path: Path
) -> None:
    for tool in TOOLS:
        (tmp_path / tool).symlink_to(str(shutil.which(tool)))
    for name in there:
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    said = make("demo", path=str(tmp_path)).stdout
    marks = {"maturin": "maturin build", "napi": "npm run --silent build"}
    assert {name for name, mark in marks.items() if mark in said} == built, said
    assert set(re.findall(r"left out: the (\S+) half", said)) == left_out, said
    assert ("nothing was built" in said) == (not there), said
    assert ("demo/demo.py" in said) == ("python3" in there), said


@needs_make
@pytest.mark.parametrize(
    ("command", "arguments", "runs"),
    [
        ("test-python", "tests/python/test_wait.py -k late", r"pytest tests/python/test_wait.py -k late *$"),
        ("test-python", "", r"pytest *$"),
        ("test-stores", "-k sqlite", r"pytest -k sqlite tests/stores *$"),
        ("test-stores", "tests/stores/test_kept.py", r"pytest tests/stores/test_kept.py *$"),
        ("test-node", "--test-name-pattern=late", r"--test-name-pattern=late tests/node/\*\.test\.mjs$"),
        ("test-node", "tests/node/waits.test.mjs", r"1800000 tests/node/waits\.test\.mjs *$"),
        ("test-rust", "-p paywelcome amount", r"^ *--locked --quiet -p paywelcome amount$"),
        ("test-rust", "amount", r"--workspace  *--locked --quiet amount$"),
    ],
)
def test_a_runner_runs_what_args_pick(command: str, arguments: str, runs: str) -> None:
    said = make(command, f"ARGS={arguments}", path=os.environ["PATH"]).stdout
    assert re.search(runs, said, re.MULTILINE), said
