"""Holds Korean texts to the words of docs/words.md. Run by `make lint`.

No Korean text uses a word of that page's last table: pages, messages, the sandbox's page, Django's admin, comments.
And where an English page uses a term twice or more, its Korean page has the term's Korean.
"""

from __future__ import annotations

import re
import sys
from typing import NamedTuple

from house import ROOT, tracked

GLOSSARY = "docs/words.md"
SOURCES = (".rs", ".py", ".ts", ".mts", ".js", ".mjs", ".html")
# Tests write what others write: answers, files, names.
ELSEWHERE = ("tests/", "cli/tests/", "refunds/tests/", "sandbox/tests/", "core/tests/", "bench/", "fuzz/")
HANGUL = re.compile(r"[가-힣]")
FENCED = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`[^`]*`")
TARGET = re.compile(r"\]\([^)]*\)|\bhttps?://\S+|<a id=[^>]*>")
# Column names of the files that others write.
OTHERS = re.compile(r"known: &\[.*?\]", re.DOTALL)


class Words(NamedTuple):
    terms: list[tuple[str, tuple[str, ...]]]
    """English, and what may stand for it in Korean."""
    banned: list[tuple[tuple[str, ...], str, tuple[str, ...]]]
    """What is not written, what to write, and where it is right."""


def read(page: str) -> Words:
    terms, banned = [], []
    table: list[list[str]] | None = None
    for line in page.splitlines():
        if not line.startswith("|"):
            table = None
            continue
        cells = [cell.strip() for cell in line.strip("| \n").split("|")] if line.count("|") > 3 else []
        cells += [""] * (3 - len(cells))
        if table is None:
            table = terms if cells[0] == "English" else banned if cells[0] == "not" else []
        elif not set(line) <= set("|- "):
            table.append([part(cells[0]), cells[1], part(cells[2])] if table is banned else [cells[0], part(cells[1])])
    return Words([tuple(row) for row in terms], [tuple(row) for row in banned])  # type: ignore[misc]


def part(cell: str) -> tuple[str, ...]:
    return tuple(word for each in cell.split(" · ") if (word := each.strip()))


def prose(page: str) -> str:
    return TARGET.sub("]", CODE.sub("", FENCED.sub("", page)))


def written(name: str, text: str) -> list[tuple[int, str]]:
    """The lines of a file that hold Korean, numbered."""
    if not name.endswith(".md"):
        text = OTHERS.sub(lambda found: "\n" * found[0].count("\n"), text)
    return [(at, TARGET.sub("]", line)) for at, line in enumerate(text.splitlines(), 1) if HANGUL.search(line)]


def misused(words: Words, name: str, text: str) -> list[str]:
    found = []
    for at, line in written(name, text):
        for wrong, right, exceptions in words.banned:
            rest = line
            for exception in exceptions:
                rest = rest.replace(exception, "")
            found += [f"{name}:{at}: says {word}; write {right}" for word in wrong if word in rest]
    return found


def missing(words: Words, name: str, english: str, korean: str) -> list[str]:
    said = prose(english)
    found = []
    for term, korean_words in words.terms:
        if term.startswith("`"):
            continue
        used = len(re.findall(rf"\b{re.escape(term)}(?:s|es)?\b", said, re.IGNORECASE))
        if used >= 2 and not any(word in korean for word in korean_words):
            found.append(f"{name}: its English page says {term} {used} times; say {' or '.join(korean_words)}")
    return found


def complaints(files: dict[str, str]) -> list[str]:
    words = read(files[GLOSSARY])
    assert len(words.terms) >= 50, "docs/words.md: the tables of terms can't be read"
    assert len(words.banned) >= 15, "docs/words.md: the last table can't be read"
    found = []
    for name, text in files.items():
        if name.endswith(".ko.md"):
            found += misused(words, name, text)
            english = name.removesuffix(".ko.md") + ".md"
            found += missing(words, name, files[english], text)
        elif name.endswith(SOURCES) and not name.startswith(ELSEWHERE):
            found += misused(words, name, text)
    return found


def main() -> int:
    names = [name for name in tracked() if name.endswith((".md", *SOURCES))]
    wrong = complaints({name: (ROOT / name).read_text(encoding="utf-8") for name in names})
    print("\n".join(wrong) or "Korean texts use the words of docs/words.md")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
