"""Pages of source text: of a file that a page links to, or of a folder's files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

LANGUAGES = {".py": "python", ".js": "js", ".mjs": "js", ".ts": "ts", ".tsx": "tsx", ".rs": "rust", ".json": "json"}
# A folder of more files than this is shown by its folders.
MANY = 24


def page(root: Path, name: str, files: list[str], link: Callable[[str], str]) -> str:
    """A page of a file, or of a folder's files; `link` leads to the page of one of its folders."""
    if name in files:
        return f"# {name}\n\n{code(root / name)}"
    below = [each for each in files if each.startswith(f"{name}/")]
    if len(below) <= MANY:
        return f"# {name}\n\n" + "\n".join(
            f"## {each.removeprefix(f'{name}/')}\n\n{code(root / each)}" for each in below
        )
    inside = [each.removeprefix(f"{name}/") for each in below]
    folders = sorted({each.split("/")[0] for each in inside if "/" in each})
    return f"# {name}\n\n" + "\n".join(f"- [{folder}]({link(f'{name}/{folder}')})" for folder in folders) + "\n"


def code(path: Path) -> str:
    fence = "`" * 4
    text = path.read_text(encoding="utf-8").rstrip()
    return f"{fence}{LANGUAGES.get(path.suffix, 'text')}\n{text}\n{fence}\n"
