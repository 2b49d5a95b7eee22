"""The Python examples of the READMEs and of the pages in docs/, run as they stand there; and where their links lead."""

from __future__ import annotations

import importlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from merchant import GUARD

ROOT = Path(__file__).parent.parent.parent
# What a script that makes a client finds in its environment; it calls nobody.
MERCHANT = {"PAYWELCOME_MID": "welcometst", "PAYWELCOME_SIGN_KEY": "made-up", "PAYWELCOME_ENVIRONMENT": "test"}


# What surrounds the files that a page shows, where there is anything: folders of the pages' names.
SURROUNDINGS = Path(__file__).parent / "pages"


class Page:
    """A page's examples: one that begins with a file's name is a file of a merchant's project; another is a script.

    A diff is a file, too, as it is afterwards.
    """

    def __init__(self, name: str, files: int = 0, scripts: int = 0) -> None:
        self.name, self.least = name, (files, scripts)
        self.path = ROOT / name
        self.text = self.path.read_text(encoding="utf-8")
        self.blocks = re.findall(r"^```python\n(.*?)^```$", self.text, re.MULTILINE | re.DOTALL)
        changed = re.findall(r"^```diff\n(.*?)^```$", self.text, re.MULTILINE | re.DOTALL)
        self.changed = [re.sub(r"^(?:-.*\n|[ +])", "", block, flags=re.MULTILINE) for block in changed]
        sources = self.blocks + self.changed
        self.files = {found.group(1): block for block in sources if (found := re.match(r"# (\S+\.py)\n", block))}
        self.scripts = [block for block in self.blocks if block not in self.files.values()]
        prose = re.sub(r"^```.*?^```$", "", self.text, flags=re.MULTILINE | re.DOTALL)
        headings = re.findall(r"^#+ (.*)$", prose, re.MULTILINE)
        self.slugs = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
        self.links = re.findall(r"\]\(([^)]+)\)", prose)


EXAMPLES = {
    "README.md": (0, 4),
    "README.ko.md": (0, 4),
    "docs/sandbox.md": (8, 7),
    "docs/refunds.md": (6, 3),
    "docs/refunds.ko.md": (6, 3),
    "docs/batch.md": (0, 1),
    "docs/batch.ko.md": (0, 1),
    "docs/outcomes.md": (0, 1),
    "docs/outcomes.ko.md": (0, 1),
    "docs/migrating.md": (3, 0),
    "docs/waiting.md": (0, 1),
    "docs/observability.md": (0, 4),
}
PAGES = [Page(name, *least) for name, least in EXAMPLES.items()]
# The guides' code is that of examples/, and tested there.
LINKED = {page.name: page for page in PAGES} | {
    name: Page(name)
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "bench/README.md"]
    if (name := path.relative_to(ROOT).as_posix()) not in EXAMPLES
}
SCRIPTS = {f"{page.name}-{at}": script for page in PAGES for at, script in enumerate(page.scripts, 1)}
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.name))


def run(folder: Path, *arguments: str) -> str:
    ended = subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        cwd=folder,
        env={**os.environ, **MERCHANT, "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=6 * GUARD,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


@each_page
def test_every_example_was_found(page: Page) -> None:
    blocks = page.blocks + [file for file in page.changed if file in page.files.values()]
    assert page.text.count("```python") == len(page.blocks)
    assert len(blocks) == len(page.files) + len(page.scripts)
    assert (len(page.files), len(page.scripts)) >= page.least


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=list(SCRIPTS))
def test_a_script(script: str, tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(script, encoding="utf-8")
    run(tmp_path, "script.py")


@pytest.mark.parametrize("page", [page for page in PAGES if page.files], ids=lambda page: str(page.name))
def test_the_merchants_project(page: Page, tmp_path: Path) -> None:
    surroundings = SURROUNDINGS / page.path.name.split(".")[0]
    if surroundings.is_dir():
        shutil.copytree(surroundings, tmp_path, dirs_exist_ok=True)
    for name, block in page.files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
    tests = len(list(tmp_path.glob("test_*.py")))
    said = run(tmp_path, "-m", "pytest", "-p", "no:cacheprovider", "--strict-markers", "-v")
    assert tests == len({line.split("::")[0] for line in said.splitlines() if line.endswith("%]")}), said


def code(page: Page) -> list[str]:
    """A page's examples without what is said about them."""
    examples = re.findall(r"^```(?:sh|python|js|ts|diff)\n(.*?)^```$", page.text, re.MULTILINE | re.DOTALL)
    remarks = r'"""(?s:.*?)"""|\s*(?<!:)//.*$|\s*# .*$'
    return [re.sub(r"\n\s*\n", "\n", re.sub(remarks, "", example, flags=re.MULTILINE)) for example in examples]


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("README", 7),
        ("docs/install", 3),
        ("docs/outcomes", 1),
        ("docs/refunds", 15),
        ("docs/batch", 10),
        ("docs/sandbox", 20),
    ],
)
def test_both_languages_show_the_same_code(name: str, least: int) -> None:
    english, korean = LINKED[f"{name}.md"], LINKED[f"{name}.ko.md"]
    assert code(english) == code(korean)
    assert len(code(english)) >= least


@pytest.mark.parametrize(
    "name",
    [
        "README",
        "docs/install",
        "docs/calls",
        "docs/commands",
        "docs/outcomes",
        "docs/refunds",
        "docs/batch",
        "docs/operating",
        "docs/going-live",
        "docs/sandbox",
    ],
)
def test_both_languages_say_the_same(name: str) -> None:
    """The headings, and in each table the rows, as far as a program can tell."""

    def shape(page: Page) -> list[tuple[int, int]]:
        parts = re.split(r"^(#+) .*$", page.text, flags=re.MULTILINE)
        return [
            (len(level), len(re.findall(r"^\|", text, re.MULTILINE)))
            for level, text in zip(parts[1::2], parts[2::2], strict=True)
        ]

    assert shape(LINKED[f"{name}.md"]) == shape(LINKED[f"{name}.ko.md"])


@pytest.mark.parametrize("page", LINKED.values(), ids=list(LINKED))
def test_every_link_leads_somewhere(page: Page) -> None:
    for target in page.links:
        path, _, anchor = target.partition("#")
        if "://" in path:
            continue
        leads = (page.path.parent / path).resolve() if path else page.path
        assert leads.exists(), target
        assert leads.is_relative_to(ROOT), target
        if anchor:
            assert anchor in LINKED[leads.relative_to(ROOT).as_posix()].slugs, target


def test_every_command_that_is_shown_takes_these_options(tmp_path: Path) -> None:
    text = "".join(LINKED[f"docs/{name}.md"].text for name in ("refunds", "batch", "operating"))
    lines = set(re.findall(r"python -m paywelcome refunds ([\w-]+)(.*)", text))
    assert len({name for name, _ in lines}) >= 12
    for name, rest in lines:
        told = run(tmp_path, "-m", "paywelcome", "refunds", name, "--help")
        for option in re.findall(r"--[a-z-]+", rest):
            assert option in told, f"{name} {option}"


@pytest.mark.parametrize("name", ["docs/refunds.md", "docs/refunds.ko.md"])
def test_every_store_is_where_the_page_says(name: str) -> None:
    rows = re.findall(r"^\| (`\w+Store`.*?) \| `(paywelcome\.refunds[\w.]*)` \|", LINKED[name].text, re.MULTILINE)
    assert len(rows) >= 6
    for stores, module in rows:
        for store in re.findall(r"`(\w+)`", stores):
            assert hasattr(importlib.import_module(module), store), f"{module}.{store}"


def test_every_promise_names_what_holds_it() -> None:
    """The table of docs/security.md: tests that are there, by the name of a file; nothing in general terms."""
    rows = re.findall(r"^\| (.*) \| (.*) \| (.*) \|$", LINKED["docs/security.md"].text, re.MULTILINE)
    promises = [row for row in rows[2:] if not row[0].startswith("**") or row[1]]
    assert len(promises) >= 20
    for promise, _, tests in promises:
        named = re.findall(r"`([^`]+)`", tests)
        assert named, promise
        for name in named:
            assert name == "make lint" or (ROOT / name).is_file(), f"{promise}: {name}"
    for name in re.findall(r"`([\w-]+/[\w/.-]+)`", LINKED["docs/security.md"].text):
        assert (ROOT / name).exists(), name
