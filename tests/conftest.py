"""A run of tests ends, also where they leave something behind that would hold the program for ever."""

from __future__ import annotations

import faulthandler
import sys


def pytest_unconfigure() -> None:
    # For a thread that never ends; the traceback of each shows which.
    faulthandler.dump_traceback_later(60, exit=True, file=sys.__stderr__)
