"""Connections of a store's own: made when they are needed, kept for the next use, never shared by two uses at once."""

from __future__ import annotations

import time
import weakref
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from typing import Generic, TypeVar

from ._forks import disowned_in_children, keep_open

Connection = TypeVar("Connection")

# A connection that was idle for longer is asked whether it is alive, since servers and firewalls end idle ones.
FRESH = 1.0


class Kept(Generic[Connection]):
    """Lends connections; those that come back sound are lent again.

    Args:
        connect: Opens a connection.
        prepare: Sets up a connection that was opened.
        alive: Asks the server for a sign of life; any exception says that there is none.
        sound: Whether a connection can be used again after an error: open, and in no transaction.
        close: Closes a connection.
    """

    def __init__(
        self,
        connect: Callable[[], Connection],
        prepare: Callable[[Connection], object],
        alive: Callable[[Connection], object],
        sound: Callable[[Connection], bool],
        close: Callable[[Connection], object],
    ) -> None:
        self._connect, self._prepare, self._alive, self._sound, self._close = connect, prepare, alive, sound, close
        self._idle: list[tuple[Connection, float]] = []
        self._process = self._lending = object()
        # Not by `__del__`: where both are in a circle, a connection may be told of its end before its store is.
        weakref.finalize(self, _closed, self._idle, close)
        disowned_in_children(self)

    @contextmanager
    def lent(self) -> Generator[Connection, None, None]:
        """Lends a connection to one user until the end of the block."""
        connection = self._taken()
        lending, process = self._lending, self._process
        sound = True
        try:
            yield connection
        except BaseException as error:
            # What interrupts may leave an answer unread, which the next use would take for its own.
            sound = isinstance(error, Exception) and self._sound(connection)
            raise
        finally:
            if process is not self._process:
                keep_open(connection)
            elif not sound:
                self._ended(connection)
            elif lending is self._lending:
                self._idle.append((connection, time.monotonic()))
            else:
                # The store was closed meanwhile.
                self._close(connection)

    def _taken(self) -> Connection:
        while True:
            try:
                connection, since = self._idle.pop()
            except IndexError:
                return self._opened()
            if time.monotonic() - since < FRESH:
                return connection
            try:
                self._alive(connection)
            except Exception:
                self._ended(connection)
            except BaseException:
                with suppress(Exception):
                    self._close(connection)
                raise
            else:
                return connection

    def _opened(self) -> Connection:
        connection = self._connect()
        try:
            self._prepare(connection)
        except BaseException:
            with suppress(Exception):
                self._close(connection)
            raise
        return connection

    def _ended(self, connection: Connection) -> None:
        """Closes a connection that can't be used again, and the idle ones, which the same server has probably ended."""
        with suppress(Exception):
            self._close(connection)
        self.close()

    def close(self) -> None:
        """Closes the idle connections."""
        self._lending = object()
        _closed(self._idle, self._close)

    def disown(self) -> None:
        """Forgets all connections, in a child that was forked."""
        keep_open(self._idle[:])
        self._idle.clear()
        self._process = self._lending = object()


def _closed(idle: list[tuple[Connection, float]], close: Callable[[Connection], object]) -> None:
    """Closes connections, also those that come back meanwhile."""
    while idle:
        with suppress(Exception):
            close(idle.pop()[0])
