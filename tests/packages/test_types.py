"""The types of the Python package as pyright, and so editors, see them: strictly, and of all that is public."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent.parent
DJANGO = "paywelcome.contrib.django."


def pyright(folder: Path, *arguments: str) -> dict[str, Any]:
    command = ["node", str(ROOT / "tests/packages/node_modules/pyright/index.js"), "--outputjson", *arguments]
    # It looks for packages where the first Python on the path has them.
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    ended = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8", timeout=240
    )
    try:
        said: dict[str, Any] = json.loads(ended.stdout)
    except json.JSONDecodeError:
        raise AssertionError(ended.stdout + ended.stderr) from None
    return said


def test_the_package_and_merchants_code_are_strictly_typed() -> None:
    """Every mistake in the merchant's code is marked with the error that mypy finds; a mark too many is an error."""
    said = pyright(ROOT, "--project", "pyproject.toml")
    assert [each for each in said["generalDiagnostics"] if each["severity"] == "error"] == []
    assert said["summary"]["filesAnalyzed"] >= 20


def test_the_scripts_of_pages_are_typed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """In the mode that editors have by default; a page leaves out what rules out that something is None."""
    monkeypatch.syspath_prepend(str(ROOT / "tests/python"))
    scripts: dict[str, str] = importlib.import_module("test_docs").SCRIPTS
    english = [script for name, script in scripts.items() if ".ko." not in name]
    for number, script in enumerate(english):
        (tmp_path / f"script_{number}.py").write_text(script, encoding="utf-8")
    settings = {"reportOptionalMemberAccess": False, "reportOptionalOperand": False, "reportMissingModuleSource": False}
    (tmp_path / "pyrightconfig.json").write_text(json.dumps({"typeCheckingMode": "standard", **settings}))
    said = pyright(tmp_path)
    assert said["generalDiagnostics"] == []
    assert said["summary"]["filesAnalyzed"] == len(english) >= 20


@pytest.mark.parametrize(("name", "symbols"), [("paywelcome", 300), ("paywelcome_pytest", 3)])
def test_all_that_is_public_is_known_by_every_type_checker(name: str, symbols: int, tmp_path: Path) -> None:
    """Of the installed package, as its `py.typed` promises: nothing that checkers would infer, each in its own way."""
    found = pyright(tmp_path, "--verifytypes", name, "--ignoreexternal")["typeCompleteness"]
    unclear = [
        (symbol["name"], [diagnostic["message"] for diagnostic in symbol["diagnostics"]])
        for symbol in found["symbols"]
        # Django has no types of its own.
        if (symbol["isTypeAmbiguous"] or not symbol["isTypeKnown"]) and not symbol["name"].startswith(DJANGO)
    ]
    assert unclear == []
    assert found["exportedSymbolCounts"]["withKnownType"] >= symbols
    exported = [each for each in found["symbols"] if each["isExported"] and not each["name"].startswith(DJANGO)]
    assert sum(each["isTypeKnown"] and not each["isTypeAmbiguous"] for each in exported) / len(exported) == 1
