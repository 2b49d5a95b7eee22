"""A gateway, a file of SQLite, and refunds of each kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from books import BOOKS, Book, store_in
from merchant import GUARD
from paywelcome.refunds import SQLiteStore
from paywelcome.testing import Sandbox


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SQLiteStore]:
    made = store_in(tmp_path)
    yield made
    made.close()


@pytest.fixture(params=BOOKS, ids=lambda book: str(book.__name__))
def opens(request: pytest.FixtureRequest, sandbox: Sandbox, store: SQLiteStore) -> Iterator[Callable[..., Book]]:
    """Opens refunds of each kind, whose quiet time is over with the call, unless told otherwise."""
    opened: list[Book] = []

    def open_refunds(timeout: float = GUARD, **more: Any) -> Book:
        client = {"mid": sandbox.mid, "sign_key": sandbox.sign_key, "base_url": sandbox.url, "timeout": timeout}
        client.update(more.pop("client", {}))
        settings = {"quiet": 0, **more}
        opened.append(request.param(client, settings.pop("store", store), **settings))
        return opened[-1]

    yield open_refunds
    for each in opened:
        each.end()


@pytest.fixture
def book(opens: Callable[..., Book]) -> Book:
    return opens()
