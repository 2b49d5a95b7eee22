"""examples/run.py knows every example, and examples/README.md lists its command."""

from __future__ import annotations

import importlib.util
import re
import sys

from program import EXAMPLES

# It has no program, only rules for alerts.
NOT_RUN = {"prometheus"}


def test_every_example_has_a_command_and_a_line() -> None:
    spec = importlib.util.spec_from_file_location("run_example", EXAMPLES / "run.py")
    assert spec is not None and spec.loader is not None
    module = sys.modules["run_example"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    folders = {path.name for path in EXAMPLES.iterdir() if path.is_dir() and not path.name.startswith((".", "_"))}
    page = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"`python3 examples/run\.py ([\w-]+)`", page)
    assert sorted(listed) == sorted(module.RUN) == sorted(folders - NOT_RUN)
