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
    if (name := path.relative_to(ROOT).as_posix()) not in EXAMPLES and "node_modules" not in path.parts
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
    """A page's examples without what is said about them; not what programs print, which is in the page's language."""
    blocks = re.findall(r"^ *```(\w*)\n(.*?)^ *```$", page.text, re.MULTILINE | re.DOTALL)
    examples = [block for kind, block in blocks if kind != "text"]
    remarks = r'"""(?s:.*?)"""|\s*(?<!:)//.*$|\s*# .*$'
    return [re.sub(r"\n\s*\n", "\n", re.sub(remarks, "", example, flags=re.MULTILINE)) for example in examples]


# Every page in two languages, by the English one's name.
TWINS = sorted(name.removesuffix(".ko.md") for name in LINKED if name.endswith(".ko.md"))
# In both languages themselves.
BOTH = {"docs/STYLE", "docs/words"}
each_twin = pytest.mark.parametrize("name", TWINS)


@each_twin
def test_both_languages_show_the_same_code(name: str) -> None:
    assert code(LINKED[f"{name}.md"]) == code(LINKED[f"{name}.ko.md"])


def test_every_page_for_users_is_there_in_both_languages() -> None:
    users = [*ROOT.glob("docs/*.md"), *ROOT.glob("docs/guides/*.md"), ROOT / "README.md"]
    pages = {path.relative_to(ROOT).as_posix().removesuffix(".md").removesuffix(".ko") for path in users}
    assert pages - set(TWINS) == BOTH
    assert sum(len(code(LINKED[f"{name}.ko.md"])) for name in TWINS) >= 140


@each_twin
def test_both_languages_lead_to_each_other(name: str) -> None:
    english, korean = LINKED[f"{name}.md"], LINKED[f"{name}.ko.md"]
    assert f"[한국어]({korean.path.name})" in english.text
    assert f"[English]({english.path.name})" in korean.text


@each_twin
def test_a_korean_page_leads_to_korean_pages_and_marks_others(name: str) -> None:
    page = LINKED[f"{name}.ko.md"]
    link = r"(?<!\[English)\]\(([^)#\s:]+\.md)(?:#[^)]*)?\)(.{0,5})"
    for target, after in re.findall(link, page.text, re.DOTALL):
        leads = (page.path.parent / target).resolve().relative_to(ROOT).as_posix().removesuffix(".md")
        if not leads.endswith(".ko") and leads not in BOTH:
            assert leads not in TWINS, f"{target}: there is a Korean page"
            assert "영문" in after, f"{target}: is in English only, and not marked by 영문"


@each_twin
def test_both_languages_say_the_same(name: str) -> None:
    """The headings, and in each table the rows, as far as a program can tell."""

    def shape(page: Page) -> list[tuple[int, int]]:
        parts = re.split(r"^(#+) .*$", page.text, flags=re.MULTILINE)
        return [
            (len(level), len(re.findall(r"^\|", text, re.MULTILINE)))
            for level, text in zip(parts[1::2], parts[2::2], strict=True)
        ]

    def names(page: Page) -> list[set[str]]:
        """What each row of a table has in the language of code: names, values, tests."""
        rows = re.findall(r"^\|.*$", re.sub(r"^ *```.*?^ *```$", "", page.text, flags=re.M | re.S), re.MULTILINE)
        return [set(re.findall(r"`([^`]+)`", re.sub(r"\]\([^)]*\)", "]", row))) for row in rows]

    english, korean = LINKED[f"{name}.md"], LINKED[f"{name}.ko.md"]
    assert shape(english) == shape(korean)
    assert names(english) == names(korean)


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
