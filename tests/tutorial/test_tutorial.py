"""The tutorial, played to its end in Python and in Node.js. Its Rust is a test of documentation: see tests/rust."""

from __future__ import annotations

from pathlib import Path

import pytest
from story import ROOT, Story, blocks

PAGE = ROOT / "docs" / "tutorial.md"
FILES = {"python": 5, "node": 5}


@pytest.mark.parametrize("language", ["python", "node"])
def test_the_tutorial(language: str, tmp_path: Path) -> None:
    story = Story(tmp_path, language)
    played = [block for block in blocks(PAGE) if block.language in (language, "any")]
    try:
        for block in played:
            story.play(block)
    finally:
        story.close()
    assert sum(block.file is not None for block in played) >= FILES[language]
    assert sum(block.kind == "text" for block in played) >= 5


def test_each_block_belongs_to_somebody() -> None:
    for block in blocks(PAGE):
        assert block.kind in ("text", "sh") or block.file is not None, block.text


def test_a_page_that_shows_something_else_is_noticed(tmp_path: Path) -> None:
    story = Story(tmp_path, "python")
    page = tmp_path / "page.md"
    page.write_text(
        '```python\n# said.py\nprint("done", 3)\n```\n\n```sh\npython said.py\n```\n\n```text\ndone 4\n```\n'
    )
    *before, last = blocks(page)
    for block in before:
        story.play(block)
    with pytest.raises(AssertionError, match="The page shows:\ndone 4"):
        story.play(last)
    story.compare("do… 3")
