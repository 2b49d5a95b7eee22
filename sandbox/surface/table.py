"""What table.json has, and how a value of it is written."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
TABLE: dict[str, list[dict[str, Any]]] = json.loads(Path(__file__).with_name("table.json").read_text(encoding="utf-8"))
COMMANDS, RULES, FAULTS = TABLE["commands"], TABLE["rules"], TABLE["faults"]
WIDTH = 120


def sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def camel(name: str) -> str:
    return re.sub("_([a-z])", lambda letter: letter[1].upper(), name)


def code(value: object) -> str:
    """A value as documents show it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def by_default(what: str, default: object) -> str:
    """What a parameter says, with its default; of one that has none, what comes after the last semicolon."""
    if default is None:
        said, _, otherwise = what.rpartition("; ")
        return f"{said}; by default {otherwise}" if said else what
    return f"{what}; `{code(default)}` by default"
