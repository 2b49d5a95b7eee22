"""The check for prose finds what docs/STYLE.md rules out, and nothing in what it allows."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

FOLDER = Path(__file__).parent.parent


@pytest.fixture
def prose(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(FOLDER))
    spec = importlib.util.spec_from_file_location("prose", FOLDER / "prose.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "prose", module)
    spec.loader.exec_module(module)
    return module


WORDS = "word " * 20
REFUSED = {
    "a wide line": (WORDS + WORDS[:30] + "\n", "page.md:1: is wider than 100"),
    "a wide line after code": ("```sh\n" + WORDS * 2 + "\n```\n" + WORDS + WORDS[:10] + "\n", "page.md:4: is wider"),
    "a long sentence": ("word\n" * 36, "page.md: a sentence has 36 words"),
    "a long sentence in a list": ("- one\n- " + "word\n  " * 36 + "\n", "page.md: a sentence has 36 words"),
    "a question as a heading": ("# And now?\n", "page.md:1: a heading"),
    "a metaphor as a heading": ("text\n\n## The house\n", "page.md:3: a heading"),
    "a heading that reads as fees": ("## 비용\n", "page.md:1: a heading"),
}
ALLOWED = {
    "short sentences": "word " * 19 + "word.\n" + "word " * 19 + "word.\n",
    "a table": "| " + WORDS * 3 + " |\n",
    "code": "```sh\n# is this a heading?\n" + WORDS * 3 + "\n```\n",
    "a link that can't be broken": "[a](https://example.com/" + "x" * 100 + ")\n",
    "items of a list": "- " + "word " * 18 + "\n- " + "word " * 18 + "\n",
    "links in a row": " · ".join("[three short words](x.md)\n" for _ in range(13)),
}
PHRASES = [
    "// This is no product of anybody.",
    "resends what provably never left",
    "from the so-manieth request on",
    "each request meets it so likely",
    "the hook is told its end",
    "a call whose wait was given up",
    "closing waits for what is in flight",
    "look whether it is there",
    "Supported is the latest version",
    '"is no whole number; pass one"',
]


@pytest.mark.parametrize(("text", "words"), REFUSED.values(), ids=REFUSED)
def test_a_page_is_refused(prose: ModuleType, text: str, words: str) -> None:
    (complaint,) = prose.of_page("page.md", text)
    assert complaint.startswith(words)


@pytest.mark.parametrize("text", ALLOWED.values(), ids=ALLOWED)
def test_a_page_is_allowed(prose: ModuleType, text: str) -> None:
    assert prose.of_page("page.md", text) == []


@pytest.mark.parametrize("text", PHRASES)
def test_a_phrase_does_not_come_back(prose: ModuleType, text: str) -> None:
    (complaint,) = prose.of_phrases("core/src/lib.rs", f"fine\n{text}\n")
    assert complaint.startswith("core/src/lib.rs:2: ")


def test_the_tree_keeps_to_it(prose: ModuleType) -> None:
    assert len(prose.pages()) > 50
    assert prose.complaints() == []
