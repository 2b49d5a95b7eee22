"""A batch of 3,000 refunds from a file, in full 100,000: right to the last won, whatever happens meanwhile."""

from __future__ import annotations

import concert
import pytest
from databases import Databases

from conftest import FULL, LINES

ROWS = 100_000 if FULL else 3_000


def test_a_batch_from_a_file_to_its_last_won(databases: Databases, request: pytest.FixtureRequest) -> None:
    if (why := databases.why_not(["postgres", "node"])) is not None:
        pytest.skip(why)
    played = concert.play(ROWS)
    request.config.stash.setdefault(LINES, []).extend(f"batch: {line}" for line in played.lines)
    assert played.wrong == []
