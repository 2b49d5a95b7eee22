"""Writes the sandbox's commands, rules and faults from table.json wherever they are told, between two marks.

`python sandbox/surface/make.py --check` says which files do not tell what the table has.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator

import documents
from table import ROOT

import faces

MARK = "Made by sandbox/surface/make.py"
PYTHON = "bindings-python/python/paywelcome/testing"
MADE: dict[str, dict[str, Callable[[], Iterator[str]]]] = {
    "sandbox/src/command.rs": {"commands": faces.rust_commands},
    "sandbox/src/fault/arm.rs": {"kinds": faces.rust_kinds},
    "sandbox/inspector/fault-kinds.js": {"faults": faces.page_faults},
    "sandbox/inspector/settings.js": {"rules": faces.page_rules},
    f"{PYTHON}/faults.py": {"kinds": faces.python_kinds},
    f"{PYTHON}/breaking.py": {"arm": faces.python_arm},
    f"{PYTHON}/records.py": {"rules": faces.python_rules},
    f"{PYTHON}/ruled.py": {"set_rules": faces.python_set_rules},
    "bindings-node/lib/faults.ts": {"parameters": faces.typescript_faults},
    "bindings-node/lib/rules.ts": {"rules": faces.typescript_rules},
    "docs/sandbox.md": {"faults": documents.document_faults, "rules": documents.document_rules},
    "docs/sandbox.ko.md": {"faults": documents.korean_faults, "rules": documents.korean_rules},
    "docs/sandbox-api.md": {
        "commands": documents.document_commands,
        "rules": documents.document_rules,
        "faults": documents.api_faults,
    },
    "docs/sandbox-api.ko.md": {"rules": documents.korean_rules},
}


def filled(text: str, name: str, lines: Iterator[str]) -> str:
    """The text with other lines between the two marks of a name."""
    pattern = rf"(?m)^(.*{MARK}: {name}\b.*\n)(?s:.*?)^(.*End of {name}\b.*\n)"
    made = "".join(f"{line}\n" for line in lines)
    changed, found = re.subn(pattern, lambda marks: marks[1] + made + marks[2], text)
    if found != 1:
        raise SystemExit(f"the marks of {name} are there {found} times")
    return changed


def main() -> str | None:
    if rows := list(documents.unlike()):
        return f"docs/sandbox-api.ko.md has other arguments, or no row, for: {', '.join(rows)}"
    stale = []
    for place, parts in MADE.items():
        path = ROOT / place
        text = path.read_text(encoding="utf-8")
        changed = text
        for name, lines in parts.items():
            changed = filled(changed, name, lines())
        if changed != text:
            stale.append(place)
            if "--check" not in sys.argv:
                path.write_text(changed, encoding="utf-8")
    if stale and "--check" in sys.argv:
        return f"not as sandbox/surface/table.json has it, so run sandbox/surface/make.py: {', '.join(stale)}"
    return None


if __name__ == "__main__":
    sys.exit(main())
