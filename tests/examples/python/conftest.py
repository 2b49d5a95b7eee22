from __future__ import annotations

from collections.abc import Iterator

import pytest
from program import Program

from paywelcome.testing import Sandbox


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as gateway:
        yield gateway


@pytest.fixture(autouse=True)
def gateway(sandbox: Sandbox) -> Sandbox:
    sandbox.reset()
    return sandbox


@pytest.fixture(scope="session", autouse=True)
def programs() -> Iterator[None]:
    """Ends what a failed test has left running."""
    yield
    for program in Program.running.copy():
        program.process.kill()
        program.stop()
