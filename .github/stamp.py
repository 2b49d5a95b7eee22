"""Makes README.md's relative links absolute and adds pyproject.toml's `project.urls`, for the page of a registry.

A registry shows README.md without the files beside it. Run this before the packages of a release are built:
`python3 .github/stamp.py owner/name`. The links lead to the tag of the release.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# A link or an image whose target is a file of the repository: no scheme, and not only an anchor of this page.
TARGET = re.compile(r"(!?)(\[[^\]]*\]\()(?![a-z]+:|#)([^)]+)\)")


def absolute(page: str, repository: str, tag: str) -> str:
    def lead(found: re.Match[str]) -> str:
        image, words, target = found.groups()
        host = "raw.githubusercontent.com" if image else "github.com"
        kind = tag if image else f"blob/{tag}"
        return f"{image}{words}https://{host}/{repository}/{kind}/{target})"

    return TARGET.sub(lead, page)


def main(root: Path, repository: str) -> None:
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository):
        raise SystemExit(f"{repository}: pass the repository as owner/name")
    version = re.search(r'^version = "(.*)"', (root / "Cargo.toml").read_text(encoding="utf-8"), re.MULTILINE)
    assert version is not None
    tag = f"v{version.group(1)}"
    page = root / "README.md"
    page.write_text(absolute(page.read_text(encoding="utf-8"), repository, tag), encoding="utf-8")
    project = root / "pyproject.toml"
    text = project.read_text(encoding="utf-8")
    if "\n[project.urls]\n" not in text:
        home = f"https://github.com/{repository}"
        urls = "".join(
            f'{name} = "{url}"\n'
            for name, url in (
                ("Repository", home),
                ("Documentation", f"{home}/tree/{tag}/docs"),
                ("Changelog", f"{home}/blob/{tag}/CHANGELOG.md"),
                ("Issues", f"{home}/issues"),
            )
        )
        project.write_text(f"{text}\n[project.urls]\n{urls}", encoding="utf-8")


if __name__ == "__main__":
    main(ROOT, *sys.argv[1:])
