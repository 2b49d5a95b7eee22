"""The store that a command line names, through the driver that is installed."""

from __future__ import annotations

import ssl
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from typing import Any

from .sqlite import SQLiteStore
from .store import Store


class Missing(Exception):
    """A driver is not installed; the message says which one to install."""


class Unreadable(Exception):
    """An address that the driver does not read."""


@contextmanager
def store(named: Mapping[str, Any]) -> Generator[Store, None, None]:
    """Returns the store, and closes its connections at the end."""
    opened = {"sqlite": _sqlite, "postgres": _postgres, "mysql": _mysql}[named["dialect"]](named)
    try:
        yield opened
    finally:
        opened.close()


def _sqlite(named: Mapping[str, Any]) -> SQLiteStore:
    return SQLiteStore(named["file"])


def _postgres(named: Mapping[str, Any]) -> Any:
    driver = _driver("psycopg", "PostgreSQL", "psycopg[binary]")
    from .psycopg import PsycopgStore

    def connect() -> Any:
        try:
            return driver.connect(named["url"])
        except driver.ProgrammingError:
            # The driver's own words may show a part of the password.
            message = "the store's address can't be read; percent-encode what is special in its password, such as %25"
            raise Unreadable(message + " for %") from None

    return PsycopgStore(connect)


def _mysql(named: Mapping[str, Any]) -> Any:
    connect = _driver("pymysql", "MySQL", "PyMySQL").connect
    from .pymysql import PyMySQLStore

    settings = {name: named[name] for name in ("host", "port", "user", "password", "database")}
    if named["tls"] is not None:
        settings["ssl"] = _tls(**named["tls"])
    return PyMySQLStore(partial(connect, **settings))


def _tls(verified: bool, ca: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=ca)
    if not verified:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _driver(name: str, database: str, package: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        raise Missing(f"{database} needs {name}, which can't be imported: pip install '{package}'") from error
