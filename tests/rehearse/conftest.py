"""What the tests share: where things are, and what is played before the first test is judged."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "python"))
sys.path.insert(0, str(Path(__file__).parent))

from plays import Plays


@pytest.fixture(scope="session")
def plays(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plays]:
    """Begins everything that the chosen tests will ask for: those marked `plays` name it by their parameters."""
    plays = Plays(tmp_path_factory.mktemp("rehearsals"))
    for item in request.session.items:
        for mark in item.iter_markers("plays"):
            play, *names = mark.args
            plays.begin(play, *(item.callspec.params[name] for name in names))
    yield plays
    plays.end()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "plays(play, *parameters): what is played before the first test is judged")
