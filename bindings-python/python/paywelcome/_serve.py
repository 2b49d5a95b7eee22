"""Runs a sandbox as a program, until a signal ends it."""

from __future__ import annotations

import os
import signal
import socket
import sys

from . import _native

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

_NAME = "paywelcome-sandbox"


def serve(program: str, arguments: list[str]) -> int:
    """Starts what the arguments ask for, prints its ready line, and serves until SIGTERM or Ctrl-C.

    In a terminal it also prints what to copy into the shell of a client.

    Returns:
        The exit code: 0, 1 where it could not start, 2 where an argument is wrong.
    """
    with _Signals() as signals:
        gateway, code, text = _native.Gateway.launch(arguments, _is_terminal(sys.stdout))
        if gateway is None:
            if code == 0:
                # The help is that of the program; here it has another name.
                print(text.replace(f"usage: {_NAME} ", f"usage: {program} ", 1), end="")
            else:
                print(f"{program}: {text}" + ("\nTry --help." if code == 2 else ""), file=sys.stderr)
            return code
        try:
            print(text, end="", flush=True)
            signals.wait()
        except OSError as error:
            # Nobody reads the ready line. What is left of it must not be written at exit either.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            print(f"{program}: {error}", file=sys.stderr)
            return 1
        finally:
            gateway.stop()
    return 0


def _is_terminal(stream: TextIO | None) -> bool:
    # A program without a console has no streams.
    return stream is not None and stream.isatty()


def _pass(*_: object) -> None:
    """The socket is woken, which is all."""


class _Signals:
    """The signals that end a program, from the ``with`` statement on; they wake a socket, and interrupt nothing."""

    _NUMBERS = (signal.SIGTERM, signal.SIGINT)

    def __enter__(self) -> _Signals:
        self._woken, self._waker = socket.socketpair()
        self._waker.setblocking(False)
        self._wakeup = signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)
        self._handlers = [signal.signal(number, _pass) for number in self._NUMBERS]
        return self

    def wait(self) -> None:
        """Waits for the first of them, also one that came already."""
        while self._woken.recv(1)[0] not in self._NUMBERS:
            pass

    def __exit__(self, *_: object) -> None:
        signal.set_wakeup_fd(self._wakeup)
        for number, handler in zip(self._NUMBERS, self._handlers, strict=True):
            signal.signal(number, handler)
        self._woken.close()
        self._waker.close()
