"""What the tests share: the databases, the lives, the storms, and a table of figures at the end."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import crash
import storms
from databases import Databases, opened

FULL = bool(os.environ.get("FULL"))
SEED = int(os.environ.get("SEED", "1"))
LINES = pytest.StashKey[list[str]]()


def _chosen(session: pytest.Session, *names: str) -> Iterator[tuple[Any, ...]]:
    """Returns the parameters of selected tests that have these."""
    for item in session.items:
        parameters = item.callspec.params if hasattr(item, "callspec") else {}
        if all(name in parameters for name in names):
            yield tuple(parameters[name] for name in names)


@pytest.fixture(scope="session")
def databases() -> Iterator[Databases]:
    with opened() as databases:
        yield databases


@pytest.fixture(scope="session")
def run(request: pytest.FixtureRequest, databases: Databases) -> crash.Run:
    wanted = set(_chosen(request.session, "lane", "kind"))
    run = asyncio.run(crash.play(databases, wanted, FULL))
    request.config.stash.setdefault(LINES, []).extend(run.lines())
    return run


@pytest.fixture(scope="session")
def played(request: pytest.FixtureRequest, databases: Databases) -> dict[storms.Scene, storms.Played]:
    scenes = [scene for (scene,) in _chosen(request.session, "scene")]
    played = asyncio.run(storms.play(databases, scenes, SEED))
    request.config.stash.setdefault(LINES, []).extend(f"storm: {each}" for each in played.values())
    return played


@pytest.fixture
def lines(request: pytest.FixtureRequest) -> list[str]:
    """What is said at the end."""
    return request.config.stash.setdefault(LINES, [])


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    for line in config.stash.get(LINES, []):
        terminalreporter.write_line(line)
