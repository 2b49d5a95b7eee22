"""Holds the core's steps to a number of instructions, which no other load of the machine changes: `make bench-budget`.

With `--write`, the counts seen become the budget.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROGRAM = HERE.parent / "target" / "release" / "bench-count"
BUDGET = HERE / "budget.json"
STEPS = ("arguments", "check", "sign", "sign_and_build", "read")
# Another version of the compiler moves a count by some per cent; what is worth a look is more.
ALLOWED = 1.15
FEW, MANY = 100, 1_100


def instructions(step: str, times: int) -> int:
    with tempfile.TemporaryDirectory() as directory:
        out = f"--callgrind-out-file={directory}/out"
        command = ["valgrind", "--tool=callgrind", out, str(PROGRAM), step, str(times)]
        ran = subprocess.run(command, check=True, capture_output=True, text=True)
    found = re.search(r"Collected : (\d+)", ran.stderr)
    if found is None:
        raise RuntimeError(f"valgrind counted nothing: {ran.stderr}")
    return int(found.group(1))


def main() -> None:
    if shutil.which("valgrind") is None:
        print("SKIPPED: valgrind is not there, so no instructions were counted", file=sys.stderr)
        return
    # What starts and ends the program drops out of the difference.
    seen = {step: (instructions(step, MANY) - instructions(step, FEW)) // (MANY - FEW) for step in STEPS}
    if "--write" in sys.argv[1:]:
        BUDGET.write_text(json.dumps(seen, indent=2) + "\n")
    budget = json.loads(BUDGET.read_text())
    over = []
    for step in STEPS:
        limit = budget[step] * ALLOWED
        print(f"{step:>15}: {seen[step]:>7,} instructions, {limit:>7,.0f} allowed")
        if seen[step] > limit:
            over.append(step)
    if over:
        sys.exit(f"over the budget of instructions: {', '.join(over)}")


if __name__ == "__main__":
    main()
