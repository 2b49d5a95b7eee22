"""Imports the package in a second interpreter of the process, and prints what came of it."""

import json

try:
    import _interpreters as interpreters
except ImportError:
    try:
        import _xxsubinterpreters as interpreters
    except ImportError:
        interpreters = None

SOURCE = """
try:
    import paywelcome
except ImportError as error:
    text = "ImportError"
except BaseException as error:
    text = type(error).__name__
else:
    text = "imported"
import os
os.write(1, ('["' + text + '"]' + chr(10)).encode())
"""

import paywelcome  # noqa: E402

if interpreters is None:
    print(json.dumps(["none"]), flush=True)
else:
    interpreter = interpreters.create()
    interpreters.run_string(interpreter, SOURCE)
    interpreters.destroy(interpreter)
print(json.dumps([paywelcome.__version__]), flush=True)
