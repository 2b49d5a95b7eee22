"""The gateway's commands, and why one is not carried out."""

from __future__ import annotations

import json
from typing import Any

from paywelcome import _native


class CommandError(Exception):
    """The gateway did not do what it was told to, and nothing changed.

    Attributes:
        code: ``"invalid_argument"``, ``"unknown_command"``, ``"not_found"`` or ``"unavailable"``.
        argument: The argument at fault, where a single one is.
    """

    def __init__(self, message: str, code: str = "", argument: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.argument = argument

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (str(self), self.code, self.argument)


class InvalidArgumentError(CommandError, ValueError):
    """An argument is missing, unknown, or can't be used."""


class NotFoundError(CommandError, LookupError):
    """There is no such command, payment, request, merchant or fault."""


class UnavailableError(CommandError, RuntimeError):
    """It can't be done now: the sandbox was closed, speaks no TLS, or lost its port."""


_ERRORS: dict[str, type[CommandError]] = {
    "invalid_argument": InvalidArgumentError,
    "not_found": NotFoundError,
    "unknown_command": NotFoundError,
    "unavailable": UnavailableError,
}


def run(gateway: _native.Gateway, name: str, arguments: object) -> Any:
    """Carries out a command and gives its result."""
    try:
        told = gateway.command(name, json.dumps(arguments))
    finally:
        # A traceback that is shown with its locals must not show a key.
        arguments = None
    if isinstance(told, str):
        return json.loads(told)
    code, argument, message = told
    raise _ERRORS.get(code, CommandError)(message, code, argument)
