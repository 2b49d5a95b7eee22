"""Prints the path of a Python that actions/setup-python installed, by its version, such as 3.14t."""

import os
import sys
from pathlib import Path

wanted = sys.argv[1]
cache = Path(os.environ["RUNNER_TOOL_CACHE"]) / "Python"
found = [
    path
    for home in cache.glob(f"{wanted.removesuffix('t')}.*/*")
    if home.name.endswith("-freethreaded") == wanted.endswith("t")
    for path in (home / "python.exe", home / "bin" / f"python{wanted}")
    if path.is_file()
]
print(found[-1].as_posix())
