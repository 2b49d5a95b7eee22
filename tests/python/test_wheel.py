"""A built wheel in a fresh environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from child import PROGRAMS
from merchant import GUARD

WHEEL = os.environ.get("PAYWELCOME_WHEEL")

pytestmark = pytest.mark.skipif(
    not WHEEL,
    reason="NO WHEEL WAS TESTED: build one (maturin build --release) and set PAYWELCOME_WHEEL to its path",
)


@pytest.fixture(scope="module")
def wheel() -> Path:
    path = Path(WHEEL or "").absolute()
    assert path.is_file(), f"PAYWELCOME_WHEEL names no file: {path}"
    return path


def run(*command: str, cwd: Path) -> str:
    plain = {"PATH": os.environ.get("PATH", ""), "PYTHONUTF8": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    ended = subprocess.run(command, cwd=cwd, env=plain, capture_output=True, text=True, timeout=12 * GUARD)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def test_the_wheel_works_in_a_fresh_environment(wheel: Path, tmp_path: Path) -> None:
    home = tmp_path / "fresh"
    venv.create(home, with_pip=True)
    python = str(home / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python"))
    run(python, "-m", "pip", "install", "--no-index", "--no-deps", str(wheel), cwd=tmp_path)
    said = json.loads(run(python, str(PROGRAMS / "installed.py"), cwd=tmp_path))
    assert Path(said["file"]).is_relative_to(home)
    assert (said["executions"], said["declined"]) == (21, "declined")
    assert said["typed"] and said["stub"]
    assert said["versions"][0] == said["versions"][1] == wheel.name.split("-")[1]
    assert not said["requires"]


def test_the_wheel_holds_what_it_should(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert "-abi3-" in wheel.name and wheel.name.split("-")[2] == "cp310"
    package = {name for name in names if name.startswith("paywelcome/")}
    assert all(name.startswith(("paywelcome/", "paywelcome_pytest/", "paywelcome-")) for name in names)
    assert not any(name.endswith((".rs", ".pyc")) or "/__pycache__/" in name for name in names)
    assert {"paywelcome/__init__.py", "paywelcome/py.typed", "paywelcome/_native.pyi"} <= package
    assert {"paywelcome/__main__.py", "paywelcome/testing/__init__.py"} <= package
    django = {"templates/paywelcome/refund.html", "static/paywelcome/refunds.css", "migrations/0001_tables.py"}
    assert {f"paywelcome/contrib/django/{name}" for name in django} <= package
    assert {"paywelcome_pytest/__init__.py", "paywelcome_pytest/py.typed"} <= set(names)
    assert any(name.endswith(".dist-info/entry_points.txt") for name in names)
    for licence in ("LICENSE-MIT", "LICENSE-APACHE"):
        assert any(name.endswith(f"/{licence}") for name in names), licence
