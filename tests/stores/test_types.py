"""What type checkers see of the stores and of the real drivers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_the_real_drivers_are_what_the_stores_take(tmp_path: Path) -> None:
    """Every mistake in the sample is marked with the error that is expected; a mark too many is an error, too."""
    command = [sys.executable, "-m", "mypy", "--strict", "--warn-unused-ignores", "--config-file=", "given.py"]
    ended = subprocess.run(
        command,
        cwd=Path(__file__).parent / "typed",
        env={"MYPY_CACHE_DIR": str(tmp_path), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=110,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
