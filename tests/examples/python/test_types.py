"""What type checkers say of the examples; of the Django projects as far as it goes, which has no types of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from program import EXAMPLES

PYRIGHT = EXAMPLES.parent / "tests/packages/node_modules/pyright/index.js"
# Celery has no types of its own; nor has Django, so that a project on it is written without annotations.
STRICT = ("celery", "fastapi", "procrastinate")
PROJECTS = ("django",)


def check(*command: str, folder: Path) -> str:
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8", timeout=240)
    return "" if ended.returncode == 0 else ended.stdout + ended.stderr


@pytest.mark.parametrize("name", [*STRICT, *PROJECTS])
def test_mypy_finds_nothing(name: str, tmp_path: Path) -> None:
    flags = ["--strict"] if name in STRICT else ["--check-untyped-defs", "--exclude=migrations"]
    flags += ["--config-file=", "--ignore-missing-imports", f"--cache-dir={tmp_path}"]
    assert check(sys.executable, "-m", "mypy", *flags, ".", folder=EXAMPLES / name) == ""


def test_mypy_finds_nothing_in_what_runs_them(tmp_path: Path) -> None:
    flags = ["--strict", "--config-file=", f"--cache-dir={tmp_path}"]
    assert check(sys.executable, "-m", "mypy", *flags, "run.py", folder=EXAMPLES) == ""


@pytest.mark.parametrize("name", STRICT)
def test_pyright_finds_nothing(name: str, tmp_path: Path) -> None:
    """In a copy, since it would take this project's own settings."""
    if not PYRIGHT.is_file():
        pytest.skip("NOT CHECKED: pyright is not installed (npm ci in tests/packages)")
    shutil.copytree(EXAMPLES / name, tmp_path / name)
    settings = {"typeCheckingMode": "standard", "reportMissingModuleSource": False}
    if name == "celery":
        settings["reportMissingTypeStubs"] = False
    (tmp_path / name / "pyrightconfig.json").write_text(json.dumps(settings))
    found = check("node", os.fspath(PYRIGHT), "--pythonpath", sys.executable, folder=tmp_path / name)
    assert found == ""
