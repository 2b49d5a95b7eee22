"""The Python examples of the pages in docs/, run as they stand there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from merchant import GUARD

DOCS = Path(__file__).parent.parent.parent / "docs"


class Page:
    """A page's examples: one that begins with a file's name is a file of a merchant's project; another is a script."""

    def __init__(self, name: str, files: int, scripts: int) -> None:
        self.name, self.least = name, (files, scripts)
        self.text = (DOCS / name).read_text(encoding="utf-8")
        self.blocks = re.findall(r"^```python\n(.*?)^```$", self.text, re.MULTILINE | re.DOTALL)
        self.files = {found.group(1): block for block in self.blocks if (found := re.match(r"# (\S+\.py)\n", block))}
        self.scripts = [block for block in self.blocks if block not in self.files.values()]
        prose = re.sub(r"^```.*?^```$", "", self.text, flags=re.MULTILINE | re.DOTALL)
        self.headings = re.findall(r"^#+ (.*)$", prose, re.MULTILINE)
        self.links = re.findall(r"\]\(([^)]+)\)", prose)


PAGES = [
    Page("sandbox.md", 8, 7),
    Page("outcomes.md", 2, 0),
    Page("outcomes.ko.md", 2, 0),
    Page("security.md", 0, 0),
    Page("observability.md", 0, 4),
]
SCRIPTS = {f"{page.name}-{at}": script for page in PAGES for at, script in enumerate(page.scripts, 1)}
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.name))


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


@each_page
def test_every_example_was_found(page: Page) -> None:
    assert page.text.count("```python") == len(page.blocks) == len(page.files) + len(page.scripts)
    assert (len(page.files), len(page.scripts)) >= page.least


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=list(SCRIPTS))
def test_a_script(script: str, tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(script, encoding="utf-8")
    run(tmp_path, "script.py")


@pytest.mark.parametrize("page", [page for page in PAGES if page.files], ids=lambda page: str(page.name))
def test_the_merchants_project(page: Page, tmp_path: Path) -> None:
    for name, block in page.files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(block, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
    tests = sum(name.startswith("test_") for name in page.files)
    said = run(tmp_path, "-m", "pytest", "-p", "no:cacheprovider", "--strict-markers", "-v")
    assert tests == len({line.split("::")[0] for line in said.splitlines() if line.endswith("%]")}), said


def code(page: Page) -> list[str]:
    """A page's examples without what is said about them."""
    examples = re.findall(r"^```(?:python|js)\n(.*?)^```$", page.text, re.MULTILINE | re.DOTALL)
    remarks = r'"""(?s:.*?)"""|\s*(?<!:)//.*$|\s*# .*$'
    return [re.sub(r"\n\s*\n", "\n", re.sub(remarks, "", example, flags=re.MULTILINE)) for example in examples]


def test_both_languages_show_the_same_code() -> None:
    english, korean = (page for page in PAGES if page.name.startswith("outcomes"))
    assert code(english) == code(korean)
    assert len(code(english)) >= 4


@each_page
def test_every_link_leads_somewhere(page: Page) -> None:
    slugs = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in page.headings}
    for target in page.links:
        path, _, anchor = target.partition("#")
        if not path:
            assert anchor in slugs, target
        elif "://" not in path:
            assert (DOCS / path).exists(), target
