"""The table as the documents have it, in both languages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from table import COMMANDS, FAULTS, ROOT, RULES, code


def document_parameter(parameter: dict[str, Any]) -> str:
    name, default = parameter["name"], parameter["default"]
    if parameter.get("needed"):
        return f"`{name}`"
    if parameter["type"] == "choice":
        return f"`{name}`=`{default}` ({', '.join(f'`{word}`' for word in parameter['words'][1:])})"
    bounds = f" ({parameter['low']}–{parameter['high']})" if parameter["name"] == "status" else ""
    return f"`{name}?`" if default is None else f"`{name}`=`{code(default)}`{bounds}"


def document_own(fault: dict[str, Any]) -> str:
    selects = fault.get("selects", True)
    own = [document_parameter(parameter) for parameter in fault["own"]]
    return ", ".join(own + [f"`{name}?`" for name in (selects if isinstance(selects, list) else [])])


def row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |".replace("|  |", "| |")


def document_faults() -> Iterator[str]:
    yield row("kind", "its own arguments", "what happens", "what this library's client says")
    yield row("---", "---", "---", "---")
    for fault in FAULTS:
        yield row(f"`{fault['kind']}`", document_own(fault), fault["what"], fault["client"])


def korean_faults() -> Iterator[str]:
    yield row("종류", "인자", "일어나는 일", "이 라이브러리의 결과")
    yield row("---", "---", "---", "---")
    for fault in FAULTS:
        yield row(f"`{fault['kind']}`", document_own(fault), fault["what_ko"], fault["client_ko"])


def api_faults() -> Iterator[str]:
    yield row("kind", "its own arguments", "what the client sees")
    yield row("---", "---", "---")
    for fault in FAULTS:
        success = " *success*" if fault.get("success") else ""
        texts = [
            f"`{each['name']}`: {each['what']}" for each in fault["own"] if each["name"] not in ("status", "location")
        ]
        yield row(f"`{fault['kind']}`{success}", document_own(fault), ". ".join([fault["what"], *texts]))


def rules(head: tuple[str, ...], number: str, text: str, what: str) -> Iterator[str]:
    yield row(*head)
    yield row("---", "---", "---", "---")
    for rule in RULES:
        quoted = [
            json.dumps(value) if isinstance(value, str) and value.isdigit() else value
            for value in rule.get("values", [])
        ]
        values = ", ".join(f"`{value}`" for value in quoted) or {"seconds": number, "code": text}[rule["type"]]
        default = "off" if rule["default"] is None else f"`{rule['default']}`"
        yield row(f"`{rule['name']}`", values, default, rule[what])


def document_rules() -> Iterator[str]:
    return rules(("rule", "values", "default", "what it says"), "a number, or `off`", "a text", "what")


def korean_rules() -> Iterator[str]:
    return rules(("규칙", "값", "기본값", "의미"), "숫자, 또는 `off`", "문자열", "what_ko")


def document_commands() -> Iterator[str]:
    yield row("command", "read", "arguments", "result")
    yield row("---", "---", "---", "---")
    for command in COMMANDS:
        arguments = []
        for argument in command["arguments"]:
            name, _, why = argument.partition("|")
            name, _, default = name.partition("=")
            arguments.append(f"`{name}`{f'=`{default}`' if default else ''}{f' ({why})' if why else ''}")
        yield row(f"`{command['name']}`", "read" if command["reads"] else "", ", ".join(arguments), command["result"])


def unlike() -> Iterator[str]:
    """The rows of the table that the Korean page of the commands, which is written by hand, has otherwise."""
    page = (ROOT / "docs/sandbox-api.ko.md").read_text(encoding="utf-8")
    for table in (document_commands(), api_faults()):
        for line in table:
            name, *_ = cells = line.split("|")[1:-2]
            rows = [row for row in page.splitlines() if name.startswith(" `") and row.startswith(f"|{name}|")]
            codes = [re.findall("`[^`]+`", "".join(row.split("|")[1 : len(cells) + 1])) for row in rows]
            if name.startswith(" `") and re.findall("`[^`]+`", "".join(cells)) not in codes:
                yield name.strip()
