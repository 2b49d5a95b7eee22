"""The command line: ``python -m paywelcome``."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from . import __version__

_PROGRAM = "python -m paywelcome"
_HELP = f"""\
usage: {_PROGRAM} <command> [options]

commands:
  cancel          cancel a whole payment; asks before real money moves
  partial-cancel  cancel a part of a payment; asks before real money moves
  sign            show the signed text and its signature, to compare with another system
  refunds         durable refunds in your own database: workers, batches, reviews and rulings
  doctor          check whether this machine can reach the gateway; cancels nothing
  judge           say what a saved answer of the gateway means, and why; sends nothing
  rehearse        test the gateway with one payment, where its guide is silent; records the findings
  sandbox         run a gateway for tests: it approves made-up payments, and fails on demand

options:
  --help          show this; after a command, its own help
  --version       show the version

For example: {_PROGRAM} sandbox --port 8080
"""


def main(arguments: Sequence[str]) -> int:
    """Runs a command, and gives the exit code."""
    command, *rest = arguments or ["--help"]
    if command == "sandbox":
        from ._serve import serve

        return serve(f"{_PROGRAM} sandbox", rest)
    if command in ("--help", "-h"):
        print(_HELP, end="")
        return 0
    if command == "--version":
        print(f"paywelcome {__version__}")
        return 0
    if command == "refunds":
        from .refunds._command import run as run_refunds

        return run_refunds(_PROGRAM, rest)
    from ._command_line import run

    code = run(_PROGRAM, command, list(rest))
    if code is not None:
        return code
    print(f"{_PROGRAM}: there is no command {command}\nTry --help.", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
