"""The table as Rust, Python, TypeScript and the page's JavaScript have it."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from typing import Any

from table import COMMANDS, FAULTS, RULES, WIDTH, by_default, camel, sentence

# Rust


def rust_kinds() -> Iterator[str]:
    yield "const KINDS: &[&str] = &["
    yield from (f'    "{fault["kind"]}",' for fault in FAULTS)
    yield "];"


def rust_commands() -> Iterator[str]:
    yield "pub(crate) const COMMANDS: &[Command] = &["
    for command in COMMANDS:
        names = [argument.partition("|")[0].partition("=")[0] for argument in command["arguments"]]
        kind = "reads" if command["reads"] else "writes"
        yield f'    {kind}("{command["name"]}", "{", ".join(names)}", "{command["summary"]}"),'
    yield "];"


# Python


def literal(values: list[object]) -> str:
    return f"Literal[{', '.join(json.dumps(value) for value in values)}]"


def python_kinds() -> Iterator[str]:
    yield "FaultKind = Literal["
    yield from (f'    "{fault["kind"]}",' for fault in FAULTS)
    yield "]"


def python_type(parameter: dict[str, Any]) -> str:
    if parameter["type"] == "choice":
        return "int" if isinstance(parameter["default"], int) else literal(parameter["words"])
    return {"number": "int", "text": "str", "flag": "bool"}[parameter["type"]]


def parameters() -> dict[str, list[tuple[str, dict[str, Any]]]]:
    """The parameters of all kinds by name, each with the kinds that have it."""
    found: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    for fault in FAULTS:
        for parameter in fault["own"]:
            found.setdefault(parameter["name"], []).append((fault["kind"], parameter))
    return dict(sorted(found.items()))


OCCASION = {
    "when": (
        "When",
        '`"after_applying"` (the default: the money moved and the answer is lost), `"before_applying"` (the request is '
        'lost) or `"late"` (the money moves after the exchange is over). The client sees the same, byte for byte.',
    ),
    "late_ms": ("int", 'How many milliseconds after it, with `when="late"`; 1000 by default.'),
    "tid": ("str", "Only requests about this payment meet it."),
    "endpoint": ('Literal["cancel", "repay"]', 'Only full cancels (`"cancel"`) or partial ones (`"repay"`) meet it.'),
    "nth": ("int", "The first request that meets it, of those that match from now on; 1 by default."),
    "times": ("int", "How often it fires; 1 by default, 0: until it is disarmed."),
    "probability": ("float", "From 0 to 1: the chance of each request that matches to meet it."),
    "seed": ("int", "What the chance is drawn with; the same seed draws the same."),
}


def python_arguments(said: dict[str, str]) -> Iterator[str]:
    for name, text in said.items():
        text = f"{name}: {text.replace('`', '``')}"
        yield from textwrap.wrap(
            text, WIDTH - 1, initial_indent=" " * 12, subsequent_indent=" " * 16, break_on_hyphens=False
        )


def python_arm() -> Iterator[str]:
    own = parameters()
    types = {name: kind for name, (kind, _) in OCCASION.items()}
    types |= {
        name: " | ".join(dict.fromkeys(python_type(parameter) for _, parameter in uses)) for name, uses in own.items()
    }
    said = {"kind": "What to break; docs/sandbox.md has a table of all kinds."}
    said |= {name: text for name, (_, text) in OCCASION.items()}
    for name, uses in own.items():
        texts: dict[str, list[str]] = {}
        for kind, parameter in uses:
            texts.setdefault(by_default(parameter["what"], parameter["default"]), []).append(f"`{kind}`")
        said[name] = ". ".join(f"{', '.join(kinds)}: {text}" for text, kinds in texts.items()) + "."
    yield "    def arm("
    yield "        self,"
    yield "        kind: FaultKind,"
    yield "        *,"
    yield from (f"        {name}: {kind} | None = None," for name, kind in types.items())
    yield "    ) -> Fault:"
    yield '        """Breaks something on purpose; used in a ``with`` statement, until the end of the block.'
    yield ""
    yield "        Args:"
    yield from python_arguments(said)
    yield ""
    yield "        Raises:"
    yield "            InvalidArgumentError: An argument is wrong, or does not belong to the kind."
    yield '        """'
    yield "        told = self.command("
    yield '            "arm",'
    yield "            kind=kind,"
    yield from (f"            {name}={name}," for name in types)
    yield "        )"
    yield "        return Fault(self.command, told)"
    yield ""


def python_rule(rule: dict[str, Any]) -> str:
    return literal(rule["values"]) if "values" in rule else {"seconds": "int", "code": "str"}[rule["type"]]


def python_rules() -> Iterator[str]:
    for rule in RULES:
        nothing = " | None" if rule["default"] is None else ""
        what = rule["what"].replace("`off`", "``None``").replace("`", "``").replace("````", "``")
        yield f"    {rule['name']}: {python_rule(rule)}{nothing}"
        text = f'"""{sentence(what)}"""'
        yield from textwrap.wrap(text, WIDTH, initial_indent="    ", subsequent_indent="    ", break_on_hyphens=False)


def python_set_rules() -> Iterator[str]:
    yield "    def set_rules("
    yield "        self,"
    yield "        *,"
    for rule in RULES:
        off = ' | Literal["off"]' if rule["default"] is None else ""
        yield f"        {rule['name']}: {python_rule(rule)}{off} | None = None,"
    yield "    ) -> Rules:"
    yield '        """Changes some rules, and leaves those that are ``None`` as they are.'
    yield ""
    yield "        Args:"
    yield from python_arguments({rule["name"]: sentence(rule["what"]) for rule in RULES})
    yield ""
    yield "        Returns:"
    yield "            The rules as they are now."
    yield ""
    yield "        Raises:"
    yield "            InvalidArgumentError: A rule is wrong; none was changed."
    yield '        """'
    yield "        changed = self.command("
    yield '            "set_rules",'
    yield from (f"            {rule['name']}={rule['name']}," for rule in RULES)
    yield "        )"
    yield "        return Rules(changed)"
    yield ""


# TypeScript


def union(values: list[object]) -> str:
    return " | ".join(str(value) if isinstance(value, int) else quoted(value) for value in values)


def comment(text: str, indent: str) -> Iterator[str]:
    if len(line := f"{indent}/** {text} */") <= WIDTH:
        yield line
        return
    yield f"{indent}/**"
    yield from textwrap.wrap(
        text, WIDTH, initial_indent=f"{indent} * ", subsequent_indent=f"{indent} * ", break_on_hyphens=False
    )
    yield f"{indent} */"


def typescript_type(parameter: dict[str, Any]) -> str:
    if parameter["type"] == "choice":
        return union(parameter["words"])
    return {"number": "number", "text": "string", "flag": "boolean"}[parameter["type"]]


def typescript_faults() -> Iterator[str]:
    for fault in FAULTS:
        yield from comment(sentence(fault["what"]), "  ")
        when, selects = fault.get("when", True), fault.get("selects", True)
        occasion = {(True, True): "FaultOccasion", (False, True): "FaultSelection"}.get((when, selects is True))
        parts = [occasion] if occasion else []
        own = fault["own"] + [
            {"name": name, "type": "number", "default": 1, "what": "how often it fires, 0: until it is disarmed"}
            for name in (selects if isinstance(selects, list) else [])
        ]
        yield f"  {fault['kind']}: {' & '.join([*parts, '{'])}" if own else f"  {fault['kind']}: {' & '.join(parts)}"
        for parameter in own:
            yield from comment(sentence(by_default(parameter["what"], parameter["default"])), "    ")
            kind = typescript_type(parameter)
            needed = parameter.get("needed", False)
            yield f"    {camel(parameter['name'])}{'' if needed else '?'}: {kind}{'' if needed else ' | undefined'}"
        if own:
            yield "  }"


def typescript_rules() -> Iterator[str]:
    yield "export interface SandboxRules {"
    for rule in RULES:
        what = (
            rule["what"].replace("`off`", "`null`")
            if rule["default"] is None
            else by_default(rule["what"], rule["default"])
        )
        yield from comment(sentence(what), "  ")
        kind = (
            union(rule["values"]) if "values" in rule else {"seconds": "number | null", "code": "string"}[rule["type"]]
        )
        yield f"  {camel(rule['name'])}: {kind}"
    yield "}"
    yield ""
    yield "/** The names of all rules. */"
    yield "export const RULES = ["
    yield from (f"  '{camel(rule['name'])}'," for rule in RULES)
    yield "] as const satisfies readonly (keyof SandboxRules)[]"


# The page


def quoted(value: object) -> str:
    return f"'{value}'"


def page_parameter(parameter: dict[str, Any]) -> str:
    form = {**parameter, "value": parameter["default"], **parameter.get("form", {})}
    name, value = quoted(form["name"]), json.dumps("" if form["value"] is None else form["value"]).replace('"', "'")
    made = {
        "number": lambda: f"number({name}, {value}, {form['low']}, {form['high']})",
        "text": lambda: f"text({name}, {value})",
        "choice": lambda: f"choice({', '.join([name, *(quoted(word) for word in form['words'])])})",
        "flag": lambda: f"flag({name}, {value})",
    }[form["type"]]()
    return f"needed({made})" if form.get("needed") else made


def page_faults() -> Iterator[str]:
    yield "export const GROUPS = ["
    for group in ("connection", "http", "answer"):
        yield f"  ['{group}', ["
        for fault in (fault for fault in FAULTS if fault["group"] == group):
            more = [f"own: [{', '.join(page_parameter(parameter) for parameter in fault['own'])}]"]
            selects = fault.get("selects", True)
            more += [] if selects is True else [f"selects: {quoted(selects[0]) if selects else 'false'}"]
            more += [] if fault.get("when", True) else ["when: false"]
            more += ["success: true"] if fault.get("success") else []
            yield "    { " + ", ".join([f"kind: {quoted(fault['kind'])}", *more]) + " },"
        yield "  ]],"
    yield "];"


def page_rules() -> Iterator[str]:
    yield "const SWITCHED = {"
    for rule in (rule for rule in RULES if "values" in rule):
        yield f"  {rule['name']}: [{', '.join(quoted(value) for value in rule['values'])}],"
    yield "};"
