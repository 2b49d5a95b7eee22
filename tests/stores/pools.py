"""Engines of SQLAlchemy's whose connections are all closed at the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy import Engine, create_engine, event


@contextmanager
def engine_of(url: str, **settings: Any) -> Iterator[Engine]:
    """Makes an engine. A pool is replaced after a lost connection, and nobody closes what comes back to the old one."""
    engine = create_engine(url, **settings)
    opened: list[Any] = []
    event.listen(engine, "connect", lambda connection, _: opened.append(connection))
    try:
        yield engine
    finally:
        engine.dispose()
        for connection in opened:
            with suppress(Exception):
                connection.close()
