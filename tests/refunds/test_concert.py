"""A batch of 3,000 refunds from a file, in full 100,000: right to the last won, whatever happens meanwhile."""

from __future__ import annotations

import os

import concert
import pytest
from databases import Databases

ROWS = int(os.environ.get("ROWS") or (100_000 if os.environ.get("FULL") else 3_000))


def test_a_batch_from_a_file_to_its_last_won(databases: Databases, lines: list[str]) -> None:
    if (why := databases.why_not(["postgres", "node"])) is not None:
        pytest.skip(why)
    played = concert.play(ROWS)
    lines.extend(f"batch: {line}" for line in played.lines)
    assert played.wrong == []
