"""Connections of a store's own: made when they are needed, kept for the next use, never shared by two uses at once."""

from __future__ import annotations

import time
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
        alive: Asks the server for a sign of life; any exception says that there is none.
        sound: Whether a connection can be used again after an error: open, and in no transaction.
        close: Closes a connection.
    """

    def __init__(
        self,
        connect: Callable[[], Connection],
        alive: Callable[[Connection], object],
        sound: Callable[[Connection], bool],
        close: Callable[[Connection], object],
    ) -> None:
        self._connect, self._alive, self._sound, self._close = connect, alive, sound, close
        self._idle: list[tuple[Connection, float]] = []
        self._process = object()
        disowned_in_children(self)

    @contextmanager
    def lent(self) -> Generator[Connection, None, None]:
        """Lends a connection to one user until the end of the block."""
        connection = self._taken()
        idle, process = self._idle, self._process
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
            elif idle is self._idle:
                idle.append((connection, time.monotonic()))
            else:
                # The store was closed meanwhile.
                self._close(connection)

    def _taken(self) -> Connection:
        while True:
            try:
                connection, since = self._idle.pop()
            except IndexError:
                return self._connect()
            if time.monotonic() - since < FRESH:
                return connection
            try:
                self._alive(connection)
            except Exception:
                self._ended(connection)
            else:
                return connection

    def _ended(self, connection: Connection) -> None:
        """Closes a connection that can't be used again, and the idle ones, which the same server has probably ended."""
        with suppress(Exception):
            self._close(connection)
        self.close()

    def close(self) -> None:
        """Closes the idle connections."""
        idle, self._idle = self._idle, []
        for connection, _ in idle:
            with suppress(Exception):
                self._close(connection)

    def __del__(self) -> None:
        self.close()

    def disown(self) -> None:
        """Forgets all connections, in a child that was forked."""
        keep_open(self._idle)
        self._idle, self._process = [], object()
