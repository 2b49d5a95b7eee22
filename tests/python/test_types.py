"""What type checkers see: the package itself, its native half against the stub, and a merchant's code."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import paywelcome
from test_docs import SCRIPTS

ROOT = Path(__file__).parent.parent.parent


def check(*arguments: str, cache: Path) -> tuple[int, str]:
    command = [sys.executable, "-m", *arguments]
    env = {"MYPY_CACHE_DIR": str(cache), "PATH": "", "PYTHONUTF8": "1"}
    ended = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, encoding="utf-8", timeout=120)
    return ended.returncode, ended.stdout + ended.stderr


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mypy")


def test_the_package_is_strictly_typed(cache: Path) -> None:
    code, said = check("mypy", cache=cache)
    assert code == 0, said


def test_merchants_code_is_checked(cache: Path) -> None:
    """Every mistake in it is marked with the error that is expected; a mark too many is an error, too."""
    samples = [str(path) for path in (Path(__file__).parent / "typed").glob("*.py")]
    assert len(samples) >= 2
    flags = ("--strict", "--warn-unused-ignores", "--config-file=", "--python-version=3.10")
    code, said = check("mypy", *flags, *samples, cache=cache)
    assert code == 0, said


def test_the_scripts_of_pages_are_checked(cache: Path, tmp_path: Path) -> None:
    """A page leaves out the annotations of a merchant's own functions, and what rules out that something is None."""
    english = {name: script for name, script in SCRIPTS.items() if ".ko." not in name}
    for name, script in english.items():
        (tmp_path / f"{re.sub(r'[^a-z0-9]+', '_', name.lower())}.py").write_text(script, encoding="utf-8")
    short = ("untyped-defs", "untyped-calls", "incomplete-defs")
    flags = ["--strict", "--ignore-missing-imports", *(f"--allow-{what}" for what in short), "--python-version=3.10"]
    flags += [f"--disable-error-code={what}" for what in ("union-attr", "operator", "var-annotated")]
    written = [str(path) for path in tmp_path.iterdir()]
    assert len(written) == len(english) >= 20
    code, said = check("mypy", *flags, "--config-file=", *written, cache=cache)
    assert code == 0, said
    (tmp_path / "wrong.py").write_text("import paywelcome\n\npaywelcome.Client(merchant='welcometst')\n")
    code, said = check("mypy", *flags, "--config-file=", str(tmp_path / "wrong.py"), cache=cache)
    assert (code, "call-arg" in said) == (1, True), said


def test_the_stub_says_what_the_native_module_has(cache: Path) -> None:
    code, said = check("mypy.stubtest", "paywelcome._native", "--mypy-config-file", "pyproject.toml", cache=cache)
    assert code == 0, said


def test_the_package_says_that_it_is_typed() -> None:
    assert (Path(paywelcome.__file__).parent / "py.typed").is_file()
    assert set(paywelcome.__all__) <= set(dir(paywelcome))
