"""Does what the command ``refunds`` asks for; what is said of it is the same in every language."""

# The client's and the refunds' native halves are the package's own.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import json
import logging
import os
import shutil
import signal
import threading
import time
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from typing import Any

from paywelcome import _native
from paywelcome.client import Client
from paywelcome.errors import PaywelcomeError

from . import _opened
from ._carrying import carry, carry_within
from ._times import milliseconds
from .errors import RefundsError
from .refunds import Refunds
from .store import Store


def run(program: str, arguments: list[str], refunds: Refunds | None = None, kept_in: str | None = None) -> int:
    """Runs a command of ``refunds``, and gives the exit code.

    Where ``refunds`` are given, their client and store are used, and ``program`` is all that stands before a command.
    """
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    core = None if refunds is None else refunds._client._core
    session = _native.RefundsSession(program, arguments, core, kept_in)
    with ExitStack() as opened:
        for number, handler in handlers.items():
            opened.callback(signal.signal, number, handler)
        # Until something may be sent, Ctrl-C ends the program.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        host = _Host(session, opened) if refunds is None else _Opened(session, refunds)
        given: str | None = None
        while True:
            ask, *more = json.loads(session.next(given))
            if ask == "over":
                code: int = more[0]
                return code
            try:
                given = f'{{"value": {getattr(host, ask)(*more)}}}'
            except Exception as error:
                given = json.dumps({"error": _told(error)})


class _Host:
    """What a session asks for, each under its name; a method gives the value as JSON."""

    def __init__(self, session: _native.RefundsSession, opened: ExitStack) -> None:
        self._session = session
        self._opened = opened
        self._refunds: Refunds
        self._store: Store

    def open(self, settings: Mapping[str, Any]) -> str:
        for name in settings["forget"]:
            os.environ.pop(name, None)
        client = self._opened.enter_context(Client(**settings["client"]))
        self._store = self._opened.enter_context(_opened.store(settings["store"]))
        self._refunds = Refunds(client, self._store, **settings["policy"])
        # What was sent is recorded before the store is closed.
        self._opened.callback(client.close)
        return "null"

    def verb(self, name: str, arguments: Mapping[str, Any]) -> str:
        return str(carry(self._store, self._refunds._start(name, **arguments)).needed)

    def within(self, name: str, arguments: Mapping[str, Any]) -> str:
        running = self._refunds._start(name, **arguments)
        with self._store.transaction() as query:
            return carry_within(query, running)

    def lines(self, verbs: list[tuple[str, dict[str, Any]]]) -> str:
        with self._store.transaction() as query:
            told = carry_within(query, self._refunds._start_lines(self._session))
            for name, arguments in verbs:
                carry_within(query, self._refunds._start(name, **arguments))
        return told

    def process(self, key: str, waiting: str) -> str:
        _interrupted(waiting)
        self._refunds.process(key)
        return "null"

    def pause(self, seconds: float) -> str:
        time.sleep(seconds)
        return "null"

    def columns(self) -> str:
        return str(shutil.get_terminal_size().columns)

    def run(self, arguments: Mapping[str, Any], waiting: str) -> str:
        logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s")
        logging.getLogger("paywelcome").setLevel(logging.INFO)
        return str(self._refunds.run(**arguments, stop=_interrupted(waiting)))


class _Opened(_Host):
    """The same with refunds that somebody else has opened, and closes."""

    def __init__(self, session: _native.RefundsSession, refunds: Refunds) -> None:
        self._session, self._refunds, self._store = session, refunds, refunds._store

    def open(self, settings: Mapping[str, Any]) -> str:
        return "null"


def _interrupted(waiting: str) -> threading.Event:
    """Returns what is set by one who interrupts, who is told what is waited for."""
    interrupted = threading.Event()
    said = waiting.encode()

    def wait(number: int, frame: object) -> None:
        interrupted.set()
        # Whoever reads it may be gone, such as `tee` at Ctrl-C.
        with suppress(OSError):
            # Not through a stream, which the handler may have interrupted.
            os.write(2, said)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, wait)
    return interrupted


def _told(error: Exception) -> dict[str, object]:
    if isinstance(error, (_opened.Missing, _opened.Unreadable)):
        return {"kind": "driver", "message": str(error)}
    if isinstance(error, RefundsError):
        until = None if error.until is None else milliseconds(error.until)
        return {"kind": error.kind, "message": str(error), "until": until}
    if isinstance(error, PaywelcomeError):
        errors = [{"field": wrong.field, "message": wrong.message} for wrong in error.errors]
        return {"kind": error.kind, "message": str(error), "errors": errors}
    return {"message": f"{type(error).__name__}: {error}"}
