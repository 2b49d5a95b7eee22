from __future__ import annotations

import faulthandler
import sys
from collections.abc import Iterator

import pytest
from program import Program

from paywelcome.testing import Sandbox


def pytest_unconfigure() -> None:
    # For a thread that never ends; the traceback of each shows which.
    faulthandler.dump_traceback_later(60, exit=True, file=sys.__stderr__)


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
