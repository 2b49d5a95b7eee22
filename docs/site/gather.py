"""Gathers the pages for the site: what docs/site/nav.py lists, whatever any page links to in this repository, and the
API reference. The English pages and the Korean ones are each a tree of their own, with the same page at the same place.

`make docs` builds both strictly, so that a link which leads nowhere ends it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path, PurePosixPath

import nav
import page_text
import sources
from reference import NODE, PYTHON, Entry, Reference, readers

ROOT = Path(__file__).resolve().parent.parent.parent
NAMED = {"README.md": "index.md", "SECURITY.md": "security-policy.md"}
UNTRANSLATED = '<p class="untranslated" lang="ko">이 문서는 아직 한국어로 번역되지 않았습니다. 영문 원문입니다.</p>'


class Site:
    """Both trees of pages."""

    def __init__(self, build: Path) -> None:
        self.folders = {"en": build / "site-pages" / "en", "ko": build / "site-pages" / "ko"}
        listed = subprocess.run(
            ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, check=True, stdout=subprocess.PIPE
        )
        self.files = sorted(name for name in listed.stdout.decode().splitlines() if (ROOT / name).is_file())
        wanted = nav.pages(nav.SECTIONS)
        # The pages that are in both trees, in their order.
        self.pages = [name for name in wanted if not name.startswith("reference/")]
        if gone := [name for name in self.pages if name not in self.files]:
            sys.exit(f"docs/site/nav.py lists {', '.join(gone)}, which is not there")
        self.reference = Reference(ROOT / "bindings-python" / "python", build / "typedoc")
        shown = {name: self.reference.shown(self.text(name)) for name in self.pages}
        self.shown: dict[str, list[Entry]] = shown
        self.readers = readers(shown)
        self.waiting: list[str] = []
        self.known: set[str] = set()
        self.described: dict[tuple[str, str], str] = {}
        missing = [
            name
            for name in self.files
            if re.match(r"docs/[^/]*(/guides/.*)?\.md$", name) and self.twin(name) not in wanted
        ]
        if missing:
            sys.exit(f"docs/site/nav.py does not list {', '.join(missing)}")

    @staticmethod
    def text(name: str) -> str:
        return (ROOT / name).read_text(encoding="utf-8")

    @staticmethod
    def twin(name: str) -> str:
        """The English page of a Korean one."""
        return f"{name.removesuffix('.ko.md')}.md" if name.endswith(".ko.md") else name

    def korean(self, name: str) -> str | None:
        """The Korean page of an English one."""
        twin = f"{name.removesuffix('.md')}.ko.md"
        return twin if twin in self.files else None

    @staticmethod
    def place(name: str) -> str:
        """Where a file or folder of the repository is in its tree."""
        if name.startswith("reference/"):
            return name
        if name.endswith(".md"):
            return NAMED.get(name, name.removeprefix("docs/").lower())
        if name.endswith((".svg", ".png", ".json")):
            return name.removeprefix("docs/")
        return f"source/{name}.md"

    def address(self, tree: str, page: str, name: str) -> str:
        """The way from a page of a tree to a file of the repository."""
        at = "ko" if name.endswith(".ko.md") else "en" if name == self.twin(page) else tree
        english = self.twin(name)
        if at == "ko" and english not in self.pages:
            at = "en"
        if english not in self.pages and english not in self.known and not english.startswith("reference/"):
            self.known.add(english)
            self.waiting.append(english)
        return self.way(tree, self.place(self.twin(page)), at, self.place(english))

    @staticmethod
    def way(tree: str, page: str, to: str, target: str) -> str:
        """A relative link; one to the other tree leads to what is built of a page."""
        path, sign, anchor = target.partition("#")
        if tree == to:
            return os.path.relpath(path, PurePosixPath(page).parent) + sign + anchor
        path = re.sub(r"\.md$", ".html", path)
        roots = {"en": PurePosixPath("."), "ko": PurePosixPath("ko")}
        return os.path.relpath(roots[to] / path, (roots[tree] / page).parent) + sign + anchor

    def gather(self) -> None:
        for name in self.pages:
            self.write("en", name, self.page("en", name))
            twin = self.korean(name)
            self.write("ko", name, self.page("ko", twin) if twin else self.page("ko", name))
        while self.waiting:
            self.write_found(self.waiting.pop())
        for page in PYTHON:
            self.write_reference(
                f"reference/python/{page}.md", self.reference.python(page, self.seen(f"reference/python/{page}.md"))
            )
        for page in NODE:
            self.write_reference(
                f"reference/node/{page}.md", self.reference.node(page, self.seen(f"reference/node/{page}.md"))
            )
        self.write_reference("reference/rust.md", (ROOT / "docs/site/rust.md").read_text(encoding="utf-8"))

    def write(self, tree: str, name: str, text: str) -> None:
        target = self.folders[tree] / self.place(name)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")

    def write_found(self, name: str) -> None:
        """What only a link leads to: a page in English, a picture, or source text."""
        if name.endswith(".md"):
            self.write("en", name, self.page("en", name))
        elif self.place(name).endswith(".md"):
            text = sources.page(ROOT, name, self.files, lambda folder: self.address("en", name, folder))
            self.write("en", name, page_text.front(description=f"{name}, as it is in the repository.") + text)
        else:
            for folder in self.folders.values():
                target = folder / self.place(name)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(ROOT / name, target)

    def write_reference(self, name: str, text: str) -> None:
        title = page_text.heading(text)
        language = "Node.js" if "/node/" in name else "Rust" if "rust" in name else "Python"
        said = f"The {language} API of paywelcome: every name of {title}, with its arguments, results and errors."
        self.write("en", name, page_text.front(description=said) + text)

    def page(self, tree: str, name: str) -> str:
        """A page as it is on the site."""
        text = self.text(name)
        english = self.twin(name)
        foreign = tree == "ko" and name == english and name not in nav.BILINGUAL
        both = english in self.pages
        said = page_text.description(text)
        if self.described.setdefault((tree, said), english) != english:
            sys.exit(f"{name}: begins with the same sentences as {self.described[tree, said]}")
        other = {"en": "ko", "ko": "en"}[tree]
        front = page_text.front(
            description=said,
            lang="en" if foreign else None,
            twin=self.way(tree, self.place(english), other, self.place(english).replace(".md", ".html"))
            if both
            else None,
        )
        text = re.sub(r"^<!-- .*? -->\n", "", text, flags=re.MULTILINE)
        text = page_text.linked(
            text,
            lambda path, anchor: self.moved(tree, name, path, anchor),
            lambda path: page_text.heading(self.text(os.path.normpath(PurePosixPath(name).parent / path))),
        )
        if foreign:
            text = re.sub(r"^(# .*\n)", rf"\1\n{UNTRANSLATED}\n", text, count=1, flags=re.MULTILINE)
        return front + page_text.tabbed(text) + (self.footer(tree, name) if both else "")

    def moved(self, tree: str, name: str, path: str, anchor: str) -> str:
        target = os.path.normpath(PurePosixPath(name).parent / path)
        if not (ROOT / target).exists():
            sys.exit(f"{name}: {path} leads nowhere")
        # An English anchor is not there in a page's Korean twin.
        if tree == "ko" and name == self.twin(name) and anchor and self.korean(target):
            return self.way(tree, self.place(name), "en", self.place(target)) + anchor
        return self.address(tree, name, target) + anchor

    def footer(self, tree: str, name: str) -> str:
        """Links to the API reference of what a page shows."""
        english = self.twin(name)
        title = {"en": "In the API reference", "ko": "API 레퍼런스 (영문)"}[tree]
        lines = []
        for language in ("Python", "Node.js"):
            entries = [entry for entry in self.shown[english] if entry.language == language]
            links = [
                f"[`{entry.name}`]({self.way(tree, self.place(english), 'en', entry.target)})" for entry in entries
            ]
            if links:
                lines.append(f"- **{language}**: {' · '.join(links)}")
        return f"\n## {title}\n\n" + "\n".join(lines) + "\n" if lines else ""

    def seen(self, page: str) -> dict[Entry, str]:
        """For each name on a page of the reference, where it is shown."""
        found = {}
        for entry, names in self.readers.items():
            if entry.page == page:
                links = [
                    f"[{self.title('en', name)}]({self.way('en', page, 'en', self.place(name))})" for name in names
                ]
                found[entry] = ", ".join(links)
        return found

    def title(self, tree: str, name: str) -> str:
        if name == "README.md":
            return {"en": "Overview", "ko": "소개"}[tree]
        if name.startswith("reference/"):
            shown = page_text.heading((self.folders["en"] / name).read_text(encoding="utf-8"))
            return shown if tree == "en" else f"{shown} (영문)"
        if tree == "en":
            return page_text.heading(self.text(name))
        twin = self.korean(name) or name
        shown = page_text.heading(self.text(twin))
        return shown if twin != name or name in nav.BILINGUAL else f"{shown} (영문)"

    def entries(self, tree: str, entries: list[str | nav.Section]) -> str:
        """A part of the navigation, as TOML."""
        said = []
        for entry in entries:
            if isinstance(entry, nav.Section):
                title = entry.english if tree == "en" else entry.korean
                said.append(f'{{ "{title}" = [{self.entries(tree, entry.entries)}] }}')
            elif entry.startswith("reference/"):
                target = entry if tree == "en" else "../" + entry.replace(".md", ".html")
                said.append(f'{{ "{self.title(tree, entry)}" = "{target}" }}')
            else:
                said.append(f'{{ "{self.title(tree, entry)}" = "{self.place(entry)}" }}')
        return ", ".join(said)


def main(build: Path) -> None:
    shutil.rmtree(build / "site-pages", ignore_errors=True)
    site = Site(build)
    site.gather()
    config = (ROOT / "docs/site/zensical.toml").read_text(encoding="utf-8")
    shutil.rmtree(build / "site-templates", ignore_errors=True)
    shutil.copytree(ROOT / "docs/site/templates", build / "site-templates")
    languages = {
        "en": {"other": "ko", "other_name": "한국어", "other_home": "ko/index.html", "site": "site"},
        "ko": {"other": "en", "other_name": "English", "other_home": "../index.html", "site": "site/ko"},
    }
    for tree, values in languages.items():
        for name in ("site.css", "tables.js"):
            shutil.copyfile(ROOT / "docs/site" / name, site.folders[tree] / name)
        values |= {
            "language": tree,
            "sources": str(ROOT / "bindings-python/python"),
            "nav": site.entries(tree, nav.SECTIONS),
        }
        values["description"] = page_text.description(site.text("README.md" if tree == "en" else "README.ko.md"))
        text = re.sub(r"@(\w+)@", lambda found, values=values: values[found.group(1)], config)
        (build / f"zensical.{tree}.toml").write_text(text, encoding="utf-8")
    print(f"{len(site.pages)} pages, {sum(site.korean(name) is not None for name in site.pages)} of them in Korean")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
