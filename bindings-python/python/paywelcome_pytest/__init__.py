"""The pytest plugin of paywelcome: the fixtures ``paywelcome_sandbox`` and ``paywelcome_client``.

It stands outside the package, so that pytest's start imports nothing of it: a fixture does, once one is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from paywelcome import Client
    from paywelcome.testing import Sandbox

_MARKER = "paywelcome_sandbox(**settings): how the paywelcome_sandbox fixture is started, such as tls=True."


def pytest_configure(config: pytest.Config) -> None:
    """Makes the marker known, for ``--strict-markers``."""
    config.addinivalue_line("markers", _MARKER)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Makes the setting known that has every sandbox behave as one gateway did."""
    text = "a file of paywelcome rehearse: the paywelcome_sandbox fixture behaves as that gateway did"
    parser.addini("paywelcome_rehearsal", text, type="paths", default=[])


@pytest.fixture
def paywelcome_sandbox(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A fresh sandbox gateway of Welcome Payments, which ends with the test.

    While it is there, the ``PAYWELCOME_*`` variables lead to it, and so do clients that are made without settings, and
    the functions ``paywelcome.cancel`` and ``paywelcome.partial_cancel``. A client that leads elsewhere, also one that
    was made before, refuses to send: a ``ConfigurationError`` names both hosts. The marker ``paywelcome_sandbox`` gives
    settings, such as ``@pytest.mark.paywelcome_sandbox(tls=True)``; with ``guard=False`` nothing is refused. The ini
    setting ``paywelcome_rehearsal`` names a file of ``paywelcome rehearse`` for all tests; a marker's ``rehearsal``
    wins.
    """
    import paywelcome._default
    from paywelcome import _native
    from paywelcome.testing import Sandbox

    marker = request.node.get_closest_marker("paywelcome_sandbox")
    rehearsals = request.config.getini("paywelcome_rehearsal")
    settings: dict[str, Any] = {"guard": True, "rehearsal": rehearsals[0] if rehearsals else None}
    settings |= marker.kwargs if marker else {}
    with Sandbox(**settings) as gateway:
        for name in _native.Core.VARIABLES:
            if name.startswith("PAYWELCOME_"):
                monkeypatch.delenv(name, raising=False)
        for name, value in gateway.environment.items():
            monkeypatch.setenv(name, value)
        # One that was made before would continue calling wherever it did.
        monkeypatch.setattr(paywelcome._default, "_default", None)
        yield gateway


@pytest.fixture
def paywelcome_client(paywelcome_sandbox: Sandbox) -> Iterator[Client]:
    """A client of ``paywelcome_sandbox``."""
    with paywelcome_sandbox.client() as client:
        yield client
