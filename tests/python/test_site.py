"""What docs/site/page_text.py makes of a page's Markdown."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

PATH = Path(__file__).parent.parent.parent / "docs" / "site" / "page_text.py"
spec = importlib.util.spec_from_file_location("page_text", PATH)
assert spec is not None and spec.loader is not None
page_text = importlib.util.module_from_spec(spec)
spec.loader.exec_module(page_text)


def block(kind: str, text: str) -> str:
    return f"```{kind}\n{text}\n```"


def tabs(*labelled: tuple[str, str]) -> str:
    shown = [f'"{label}"\n\n' + "\n".join(f"    {line}" for line in code.split("\n")) for label, code in labelled]
    return "===! " + "\n\n=== ".join(shown)


PYTHON, NODE, RUST = block("python", "a = 1"), block("js", "const a = 1"), block("rust", "let a = 1;")


@pytest.mark.parametrize(
    ("blocks", "shown"),
    [
        ([PYTHON, NODE], [tabs(("Python", PYTHON), ("Node.js", NODE))]),
        ([PYTHON, NODE, RUST], [tabs(("Python", PYTHON), ("Node.js", NODE), ("Rust", RUST))]),
        # A language again begins others.
        ([PYTHON, NODE, PYTHON, NODE], [tabs(("Python", PYTHON), ("Node.js", NODE))] * 2),
        ([PYTHON, PYTHON], [PYTHON, PYTHON]),
        # What both print belongs to neither.
        ([PYTHON, NODE, block("text", "1")], [tabs(("Python", PYTHON), ("Node.js", NODE)), block("text", "1")]),
        (
            [PYTHON, NODE, block("sh", "python a.py"), block("sh", "node a.mjs")],
            [
                tabs(("Python", PYTHON), ("Node.js", NODE)),
                tabs(("Python", block("sh", "python a.py")), ("Node.js", block("sh", "node a.mjs"))),
            ],
        ),
        # Commands for both are for neither alone.
        ([block("sh", "pip install a\nnpm install a"), block("sh", "node a")],) * 2,
        ([block("sh", "make a"), block("sh", "node a")],) * 2,
    ],
)
def test_blocks_become_tabs(blocks: list[str], shown: list[str]) -> None:
    page = "Before.\n\n{}\n\nAfter."
    assert page_text.tabbed(page.format("\n\n".join(blocks))) == page.format("\n\n".join(shown))


def test_text_in_between_keeps_blocks_apart() -> None:
    page = f"{PYTHON}\n\nIn Node.js:\n\n{NODE}\n"
    assert page_text.tabbed(page) == page


@pytest.mark.parametrize(
    ("page", "said"),
    [
        (
            "# Fields\n\nEvery *one* of [the `guide`](a.md). **Not** more.\n",
            "Fields: Every one of the guide. Not more.",
        ),
        # Neither links to other pages, nor lead-ins, tables and code.
        ("# Z\n\n[한국어](a.ko.md)\n\nInstall it, then:\n\n```sh\nmake it\n```\n\nIt is here.\n", "Z: It is here."),
        ("# Z\n\n| a |\n| - |\n\n- one\n\nSaid once. · [한국어](a.ko.md)\n", "Z: Said once."),
        ("# The client\n\nThe client sends.\n", "The client sends."),
        ("# Empty\n\n## Nothing\n", "Empty"),
    ],
)
def test_a_page_is_described_by_its_first_sentences(page: str, said: str) -> None:
    assert page_text.description(page) == said


def test_a_description_ends_with_a_sentence_or_a_word() -> None:
    sentence = "This has sixty characters or a few more, which is quite enough."
    assert page_text.description(f"# Z\n\n{sentence} {sentence}\n") == f"Z: {sentence}"
    long = page_text.description(f"# Z\n\n{'word ' * 100}\n")
    assert long.endswith("word …") and len(long) <= 180


def test_links_are_led_elsewhere_but_not_in_code() -> None:
    page = "[a.md](b/a.md#c) [out](https://a.b/c.md) [d](d.md)\n\n```md\n[d](d.md)\n```\n"
    led = page_text.linked(page, lambda path, anchor: f"to/{path}{anchor}", lambda path: f"The title of {path}")
    assert led == ("[The title of b/a.md](to/b/a.md#c) [out](https://a.b/c.md) [d](to/d.md)\n\n```md\n[d](d.md)\n```\n")
