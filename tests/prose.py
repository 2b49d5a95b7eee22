"""The rules of docs/STYLE.md that a program can check: width of lines, length of sentences, banned phrases.

Run by `make lint`; `--figures` prints words and sentence lengths per page.
"""

import argparse
import re
import sys

from house import ROOT, tracked

WIDEST = 100
LONGEST = 35
SENTENCE = re.compile(r"(?<=[.!?])[)\"*_]*\s+(?=[\"'(*_\[`]*[A-Z0-9`])")
ABBREVIATED = re.compile(r"\b(e\.g|i\.e|etc|vs)\.", re.IGNORECASE)
KOREAN = re.compile(r"[가-힣]")


def prose(text: str) -> str:
    """A page without code, tables, comments and what a link leads to."""
    text = re.sub(r"^( *)(`{3,}).*?^\1\2$", "", text, flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    text = re.sub(r"^ *\|.*$|^ *!\[.*$|^ *<.*>$", "", text, flags=re.MULTILINE)
    return re.sub(r"\]\([^)]*\)", "]", text)


def paragraphs(text: str) -> list[str]:
    found: list[str] = []
    current: list[str] = []
    for line in [*prose(text).splitlines(), ""]:
        begins = re.match(r" *([-*+]|\d+\.) |#|> ", line)
        if (not line.strip() or begins) and current:
            found.append(" ".join(current))
            current = []
        if line.strip() and not line.startswith("#"):
            current.append(re.sub(r"^ *(?:[-*+]|\d+\.|>) ", "", line).strip())
    if current:
        found.append(" ".join(current))
    return found


def sentences(text: str) -> list[str]:
    split: list[str] = []
    for paragraph in paragraphs(text):
        plain = ABBREVIATED.sub(r"\1", re.sub(r"`[^`]*`", "`code`", paragraph))
        split += [part for part in SENTENCE.split(plain) if part.strip()]
    return split


def length(sentence: str) -> int:
    return len(re.findall(r"[\w`][^\s]*", sentence))


def wide(text: str) -> list[int]:
    """Lines that are too wide, unless they are code, part of a table, or cannot be broken."""
    found, fence = [], ""
    for at, line in enumerate(text.splitlines(), 1):
        mark = re.match(r" *(`{3,})", line)
        if mark and (not fence or line.strip() == fence):
            fence = "" if fence else mark.group(1)
        elif not fence and len(line) > WIDEST and not line.startswith("|") and " " in line.strip()[:WIDEST]:
            head = line[:WIDEST]
            if not re.search(r"\]\([^)]*$|https?://\S*$", head):
                found.append(at)
    return found


def pages() -> list[str]:
    return [name for name in tracked() if name.endswith(".md") and not name.startswith((".github/", "tests/"))]


def figures(name: str) -> tuple[int, float, int]:
    lengths = [length(each) for each in sentences((ROOT / name).read_text(encoding="utf-8"))] or [0]
    return sum(lengths), sum(lengths) / len(lengths), max(lengths)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--figures", action="store_true", help="words, mean and longest sentence per page")
    if parser.parse_args().figures:
        for name in pages():
            words, mean, longest = figures(name)
            lines = (ROOT / name).read_text(encoding="utf-8")
            print(f"{words:6} {mean:5.1f} {longest:4} {len(wide(lines)):4} {name}")
        sys.exit()
