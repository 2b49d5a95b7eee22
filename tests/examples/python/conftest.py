from __future__ import annotations

from collections.abc import Iterator

import pytest
from paywelcome.testing import Sandbox


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as gateway:
        yield gateway


@pytest.fixture(autouse=True)
def gateway(sandbox: Sandbox) -> Sandbox:
    sandbox.reset()
    return sandbox
