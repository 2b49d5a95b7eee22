"""What a registry shows leads to the repository, and to files that are there."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
NAMES = ("README.md", "pyproject.toml", "Cargo.toml")


def stamped(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    (tree / ".github").mkdir(exist_ok=True)
    shutil.copy(ROOT / ".github/stamp.py", tree / ".github")
    return subprocess.run(
        [sys.executable, tree / ".github/stamp.py", *arguments], capture_output=True, text=True, timeout=60
    )


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in NAMES:
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def test_every_link_and_image_leads_to_the_tag(tree: Path) -> None:
    before = (tree / "README.md").read_text(encoding="utf-8")
    assert stamped(tree, "shop/paywelcome").returncode == 0
    page = (tree / "README.md").read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)]+)\)", page)
    assert len(targets) == len(re.findall(r"\]\(([^)]+)\)", before)) > 30
    version = re.search(r'^version = "(.*)"', (ROOT / "Cargo.toml").read_text(encoding="utf-8"), re.MULTILINE)
    assert version is not None
    tag = re.escape(f"v{version.group(1)}")
    files = rf"https://(?:github\.com/shop/paywelcome/blob|raw\.githubusercontent\.com/shop/paywelcome)/{tag}/([^#]+)"
    for target in targets:
        if target.startswith("#"):
            continue
        found = re.match(files, target)
        assert found is not None, target
        assert (ROOT / found.group(1)).is_file(), target
        assert ("raw." in target) == target.endswith(".svg"), target
    (urls,) = re.findall(r"^\[project.urls\]\n((?:\w+ = .*\n)+)", (tree / "pyproject.toml").read_text(), re.MULTILINE)
    assert len(urls.splitlines()) == urls.count(' = "https://github.com/shop/paywelcome') >= 3


def test_doing_it_again_changes_nothing(tree: Path) -> None:
    def whole() -> list[bytes]:
        return [(tree / name).read_bytes() for name in NAMES]

    stamped(tree, "shop/paywelcome")
    once = whole()
    assert stamped(tree, "shop/paywelcome").returncode == 0
    assert whole() == once


@pytest.mark.parametrize("arguments", [(), ("shop",), ("shop/pay welcome",)])
def test_what_is_no_repository_is_refused(tree: Path, arguments: tuple[str, ...]) -> None:
    before = (tree / "README.md").read_bytes()
    assert stamped(tree, *arguments).returncode != 0
    assert (tree / "README.md").read_bytes() == before
