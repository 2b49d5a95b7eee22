"""Imports the package, and prints which other modules that brought."""

import json
import sys

before = set(sys.modules)

import paywelcome  # noqa: E402, F401

print(json.dumps(sorted(name for name in set(sys.modules) - before if name.partition(".")[0] != "paywelcome")))
