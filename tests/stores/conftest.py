"""What the tests of stores share: engines of their own, which start once and end with the tests."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))

import engines

from paywelcome.testing import Sandbox


def running(name: str) -> Iterator[engines.Engine]:
    try:
        with engines.start(name) as engine:
            yield engine
    except engines.Missing as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def postgres() -> Iterator[engines.Engine]:
    yield from running("postgres")


@pytest.fixture(scope="session")
def mariadb() -> Iterator[engines.Engine]:
    yield from running("mariadb")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as gateway:
        yield gateway
