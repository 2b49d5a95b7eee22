"""What all tests share: a plain environment, servers that are closed, and the three ways to call."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from faces import FACES, Face
from paywelcome.testing import Sandbox
from scripted import Script, Server

# They surround the code of the pages in docs/, and are collected there.
collect_ignore = ["pages"]
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "request_method")


@pytest.fixture(scope="session", autouse=True)
def plain_environment() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if (name.startswith("PAYWELCOME_") and name != "PAYWELCOME_WHEEL") or name.lower() in PROXIES:
                patch.delenv(name)
        yield


@pytest.fixture
def serve() -> Iterator[Callable[[Script], Server]]:
    """Starts scripted servers, which are closed after the test."""
    servers: list[Server] = []

    def start(script: Script) -> Server:
        servers.append(Server(script))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as gateway:
        yield gateway


@pytest.fixture(params=FACES, ids=lambda face: str(face.__name__))
def face(request: pytest.FixtureRequest) -> Iterator[Callable[..., Face]]:
    """Opens a client: for threads, on asyncio, and on uvloop; all are called in the same way."""
    opened: list[Face] = []

    def open_client(**settings: Any) -> Face:
        opened.append(request.param(**settings))
        return opened[-1]

    yield open_client
    for each in opened:
        each.end()
