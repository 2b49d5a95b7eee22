"""``manage.py paywelcome …``: the commands of ``paywelcome refunds`` with the project's own database and client."""

# The command is the package's own.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from paywelcome.contrib.django import configured
from paywelcome.refunds._command import run

DJANGOS = ("--settings", "--pythonpath")


class Command(BaseCommand):
    """Hands the line on as it is, but for what is Django's own."""

    help = "A worker, what waits for a person, rulings, batches: the commands of paywelcome refunds."
    requires_system_checks = []  # it says itself what is wrong
    program = "manage.py paywelcome"
    is_called = True

    def add_arguments(self, parser: Any) -> None:
        """Takes all that follows."""
        parser.add_argument("arguments", nargs=argparse.REMAINDER, help="a command and its options; --help lists them")

    def run_from_argv(self, argv: list[str]) -> None:
        """Runs a command line; what Django's own options are, Django reads."""
        name = Path(argv[0]).name
        self.program = f"{'python -m django' if name == '__main__.py' else name} {argv[1]}"
        self.is_called = False
        djangos, own = split(argv[2:])
        super().run_from_argv([*argv[:2], *djangos, "--", *own])

    def print_help(self, prog_name: str, subcommand: str) -> None:
        """Prints the overview of all commands, for ``manage.py help paywelcome``."""
        self.program = f"{Path(prog_name).name} {subcommand}"
        self.handle([])

    def handle(self, arguments: list[str], **_: Any) -> None:
        """Runs a command with the refunds of the project."""
        try:
            refunds = configured.refunds()
        except ImproperlyConfigured as error:
            raise CommandError(str(error), returncode=2) from error
        own = arguments[1:] if arguments[:1] == ["--"] else arguments
        kept_in = f"the database {configured.database(refunds)!r} of the project"
        if code := run(self.program, own, refunds, kept_in):
            # On a command line, what is to be said was said.
            raise CommandError(f"ended with code {code}", returncode=code) if self.is_called else SystemExit(code)


def split(arguments: Iterable[str]) -> tuple[list[str], list[str]]:
    """Parts Django's own options from the rest."""
    djangos, own = [], []
    each = iter(arguments)
    for argument in each:
        name = argument.partition("=")[0]
        if name not in DJANGOS:
            own.append(argument)
        elif argument == name:
            djangos += [argument, next(each, "")]
        else:
            djangos.append(argument)
    return djangos, own
