"""The rules of docs/STYLE.md that a program can check: width of lines, length of sentences, headings, phrases.

Run by `make lint`; `--figures` prints words, mean and longest sentence of each page.
"""

import argparse
import re
import sys
from functools import cache

from house import ROOT, tracked

WIDEST = 100
LONGEST = 35
SENTENCE = re.compile(r"(?<=[.!?])[)\"*_]*\s+| · ")
ABBREVIATED = re.compile(r"\b(e\.g|i\.e|etc|vs)\.", re.IGNORECASE)
HEADING = re.compile(r"\?$|\b(house|brain|hole|walls?|doors?)\b|What it costs|비용", re.IGNORECASE)

# What must not come back, and what to write instead: in pages, docstrings, messages and comments.
GIVEN_UP = {
    r"is no product of": "an unofficial library, not affiliated with",
    r"what provably never left": "requests that provably never left",
    r"\bso-manieth\b": "n-th",
    r"\bso likely\b": "the chance that",
    r"(is|are|was) told (the|its|their) end": "is called with the result",
    r"whose wait was given up|wait that (is|was) given up": "abandoned call",
    r"what is in flight": "requests in flight",
    r"[Ll]ooks? whether": "check whether",
    r"[Ss]upported is\b": "… is supported",
    r"the row tells|is the parent's to tell|what stands here": "say where the answer is",
    r"for those who look": "for observers",
    r"\b(is|are) no (text|number|object|array|mapping|list|URL|Client|whole number)\b": "is not a …",
}
OWN = ("docs/STYLE.md", "tests/prose.py", "tests/python/test_prose.py")
GENERATED = ("bench/results.md",)
SOURCES = (".md", ".rs", ".py", ".pyi", ".ts", ".mts", ".js", ".mjs", ".html", ".toml", ".yml", "Makefile")


def bare(text: str) -> str:
    """A page without its code: lines stay where they are."""
    return re.sub(
        r"^( *)(`{3,}).*?^\1\2$", lambda code: "\n" * code[0].count("\n"), text, flags=re.MULTILINE | re.DOTALL
    )


def paragraphs(text: str) -> list[str]:
    """The paragraphs and list items of a page, without tables, headings, pictures and what links lead to."""
    text = re.sub(r"<!--.*?-->", "", bare(text), flags=re.DOTALL)
    text = re.sub(r"^ *(\||#|!\[|<).*$", "", text, flags=re.MULTILINE)
    text = re.sub(r"\]\([^)]*\)", "]", text)
    text = re.sub(r"^ *(?:[-*+]|\d+\.|>)(?= )", "\n", text, flags=re.MULTILINE)
    return [" ".join(part.split()) for part in re.split(r"\n\s*\n", text) if part.strip()]


def sentences(text: str) -> list[str]:
    found: list[str] = []
    for paragraph in paragraphs(text):
        plain = ABBREVIATED.sub(r"\1", re.sub(r"`[^`]*`", "`code`", paragraph))
        found += [sentence for sentence in SENTENCE.split(plain) if sentence.strip()]
    return found


def length(sentence: str) -> int:
    return len(re.findall(r"[\w`]\S*", sentence))


def is_wide(line: str) -> bool:
    """Whether a line has more than it may, outside of tables and of links that can't be broken."""
    head = line[:WIDEST]
    return (
        len(line) > WIDEST
        and not line.startswith("|")
        and " " in head.strip()
        and not re.search(r"\]\([^)]*$|https?://\S*$", head)
    )


@cache
def pages() -> list[str]:
    return [name for name in tracked() if name.endswith(".md") and not name.startswith(".github/")]


def of_page(name: str, text: str) -> list[str]:
    """What is wrong with a page's lines, headings and sentences."""
    found = []
    for at, line in enumerate(bare(text).splitlines(), 1):
        if is_wide(line) and name not in GENERATED:
            found.append(f"{name}:{at}: is wider than {WIDEST}")
        if line.startswith("#") and HEADING.search(line):
            found.append(f"{name}:{at}: a heading names its topic: {line}")
    for each in sentences(text):
        if length(each) > LONGEST:
            found.append(f"{name}: a sentence has {length(each)} words, more than {LONGEST}: {each[:70]}…")
    return found


def of_phrases(name: str, text: str) -> list[str]:
    """The phrases of a page or source that were given up."""
    return [
        f"{name}:{at}: '{again[0]}': write '{instead}'"
        for at, line in enumerate(text.splitlines(), 1)
        for pattern, instead in GIVEN_UP.items()
        if (again := re.search(pattern, line))
    ]


def complaints() -> list[str]:
    found = []
    for name in tracked():
        if not name.endswith(SOURCES):
            continue
        text = (ROOT / name).read_text(encoding="utf-8")
        if name in pages():
            found += of_page(name, text)
        if name not in OWN:
            found += of_phrases(name, text)
    return found


def figures() -> None:
    print(" words  mean  longest")
    for name in pages():
        lengths = [length(each) for each in sentences((ROOT / name).read_text(encoding="utf-8"))] or [0]
        print(f"{sum(lengths):6} {sum(lengths) / len(lengths):5.1f} {max(lengths):8}  {name}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--figures", action="store_true", help="print words and lengths of sentences, and check nothing"
    )
    if parser.parse_args().figures:
        figures()
        sys.exit()
    wrong = complaints()
    print("\n".join(wrong) or "the prose keeps to docs/STYLE.md")
    sys.exit(bool(wrong))
