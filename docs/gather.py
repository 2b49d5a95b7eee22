"""Gathers the pages for the site: the READMEs, docs/, and whatever any of them links to in this repository.

`make docs` builds them strictly, so that a link which leads nowhere ends it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parent.parent
LINK = re.compile(r"(?<=\]\()(?!\w+:)([^)#\s]+)((?:#[^)\s]*)?)(?=\))")
FENCE = re.compile(r"(^ *```.*?^ *```$)", re.MULTILINE | re.DOTALL)
NAMED = {"README.md": "index.md", "README.ko.md": "index.ko.md", "SECURITY.md": "security-policy.md"}
LANGUAGES = {".py": "python", ".js": "js", ".mjs": "js", ".ts": "ts", ".tsx": "tsx", ".rs": "rust", ".json": "json"}
# A folder of more files than this is shown by its folders.
MANY = 24


class Site:
    """The pages, each written once, and whatever they link to after them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        listed = subprocess.run(
            ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, check=True, stdout=subprocess.PIPE
        )
        self.files = sorted(name for name in listed.stdout.decode().splitlines() if (ROOT / name).is_file())
        self.waiting: list[str] = []
        self.known: set[str] = set()

    def place(self, name: str) -> str:
        """Where a file or folder of the repository is on the site."""
        if name.endswith(".md"):
            return NAMED.get(name, name.removeprefix("docs/").lower())
        if name.endswith((".svg", ".png", ".css", ".json")):
            return name.removeprefix("docs/")
        return f"source/{name}.md"

    def want(self, name: str) -> str:
        if name not in self.known:
            self.known.add(name)
            self.waiting.append(name)
        return self.place(name)

    def gather(self) -> None:
        while self.waiting:
            name = self.waiting.pop()
            target = self.folder / self.place(name)
            target.parent.mkdir(parents=True, exist_ok=True)
            if name.endswith(".md"):
                target.write_text(self.page(name), encoding="utf-8")
            elif not target.name.endswith(".md"):
                shutil.copyfile(ROOT / name, target)
            else:
                target.write_text(self.source(name), encoding="utf-8")

    def page(self, name: str) -> str:
        def moved(link: re.Match[str]) -> str:
            target = os.path.normpath(PurePosixPath(name).parent / link.group(1))
            if not (ROOT / target).exists():
                sys.exit(f"{name}: {link.group(1)} leads nowhere")
            return self.relative(self.place(name), self.want(target)) + link.group(2)

        text = re.sub(r"^<!-- .*? -->\n", "", (ROOT / name).read_text(encoding="utf-8"), flags=re.MULTILINE)
        parts = FENCE.split(text)
        parts[::2] = [LINK.sub(moved, part) for part in parts[::2]]
        return "".join(parts)

    def source(self, name: str) -> str:
        """A page of a file, or of a folder's files."""
        if name in self.files:
            return f"# {name}\n\n{self.code(name)}"
        below = [each for each in self.files if each.startswith(f"{name}/")]
        if len(below) <= MANY:
            return f"# {name}\n\n" + "\n".join(
                f"## {each.removeprefix(f'{name}/')}\n\n{self.code(each)}" for each in below
            )
        folders = sorted(
            {each.removeprefix(f"{name}/").split("/")[0] for each in below if each.count("/") > name.count("/") + 1}
        )
        links = [(folder, self.relative(self.place(name), self.want(f"{name}/{folder}"))) for folder in folders]
        return f"# {name}\n\n" + "\n".join(f"- [{folder}]({link})" for folder, link in links) + "\n"

    def code(self, name: str) -> str:
        text = (ROOT / name).read_text(encoding="utf-8")
        fence = "`" * 4
        return f"{fence}{LANGUAGES.get(Path(name).suffix, 'text')}\n{text.rstrip()}\n{fence}\n"

    @staticmethod
    def relative(page: str, target: str) -> str:
        return os.path.relpath(target, PurePosixPath(page).parent)


def main(folder: Path) -> None:
    pages = folder / "site-pages"
    shutil.rmtree(pages, ignore_errors=True)
    site = Site(pages)
    for name in site.files:
        if (
            name in NAMED
            or name in ("docs/site.css", "CHANGELOG.md")
            or (name.startswith("docs/") and name.endswith(".md"))
        ):
            site.want(name)
    site.gather()
    shutil.copyfile(ROOT / "docs/zensical.toml", folder / "zensical.toml")
    print(f"{len(site.known)} pages and files")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
