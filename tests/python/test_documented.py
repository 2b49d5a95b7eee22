"""Every public name says what it is, where an editor shows it: units, limits, and the gateway's field."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import paywelcome
import paywelcome.testing.stores
from paywelcome import refunds, testing

ROOT = Path(paywelcome.__file__).parent.parent
MODULES = [
    path
    for package in ("paywelcome", "paywelcome_pytest")
    for path in sorted((ROOT / package).rglob("*.py"))
    if path.name not in ("_command.py", "_command_line.py", "_opened.py", "_serve.py", "_unloadable.py")
]
Documented = Iterator[tuple[str, bool]]


def text_after(body: list[ast.stmt], at: int) -> bool:
    following = body[at + 1] if at + 1 < len(body) else None
    return isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant)


def names(body: list[ast.stmt], where: str, inherited: set[str]) -> Documented:
    """Each public name, and whether it is documented; what a base of the same module documents, it need not repeat."""
    attributes: dict[str, set[str]] = {}
    for at, node in enumerate(body):
        if isinstance(node, ast.ClassDef) and node.name == "Meta":
            continue  # which describes a model to Django
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and node.name[0] != "_":
            yield f"{where}.{node.name}", ast.get_docstring(node) is not None
            if isinstance(node, ast.ClassDef):
                bases = {base.id for base in node.bases if isinstance(base, ast.Name)}
                known = {name for base in bases for name in attributes.get(base, ())}
                inside = list(names(node.body, f"{where}.{node.name}", known))
                attributes[node.name] = {name.rsplit(".", 1)[1] for name, documented in inside if documented}
                yield from inside
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id[0] != "_":
            yield f"{where}.{node.target.id}", text_after(body, at) or node.target.id in inherited


def test_every_public_name_is_documented() -> None:
    found: dict[str, bool] = {}
    for path in MODULES:
        module = ast.parse(path.read_text(encoding="utf-8"))
        found[path.stem] = ast.get_docstring(module) is not None
        found.update(names(module.body, path.stem, set()))
    assert [name for name, documented in found.items() if not documented] == []
    for name in (
        "client.Client.cancel",
        "errors.PaywelcomeError.kind",
        "receipts.CancelReceipt.price",
        "types.PayType",
    ):
        assert name in found
    assert len(found) > 150


def test_what_moves_money_says_units_limits_and_fields() -> None:
    for said in (paywelcome.Client.cancel.__doc__, paywelcome.Client.partial_cancel.__doc__):
        assert said is not None
        for word in (
            "결제수단",
            "거래ID",
            "통화",
            "at most 10 characters",
            "won, or cents for USD",
            "Seconds",
            "Raises:",
        ):
            assert word in said


PACKAGES = (paywelcome, paywelcome.refunds, paywelcome.testing, paywelcome.testing.stores)
CLASSES = [
    each
    for package in PACKAGES
    for each in (getattr(package, name) for name in package.__all__)
    if isinstance(each, type)
]


def called(where: str, function: Any) -> Iterator[tuple[str, list[str], str]]:
    """The name of a function or class that is called, its arguments, and what is said of it."""
    names = [name for name in inspect.signature(function).parameters if name != "self"]
    yield where, names, inspect.getdoc(function) or ""


def arguments() -> Iterator[tuple[str, list[str], str]]:
    for package in PACKAGES:
        for name in package.__all__:
            if inspect.isfunction(function := getattr(package, name)):
                yield from called(f"{package.__name__}.{name}", function)
    for owner in CLASSES:
        for name, function in inspect.getmembers(owner, inspect.isfunction):
            if not name.startswith("_"):
                yield from called(f"{owner.__name__}.{name}", function)
    for owner in (paywelcome.Client, paywelcome.AsyncClient, refunds.Refunds, refunds.AsyncRefunds, testing.Sandbox):
        yield from called(owner.__name__, owner)


def section(said: str, title: str) -> str:
    found = re.search(rf"^{title}:\n((?:(?: .*)?\n?)+)", said, re.MULTILINE)
    return found.group(1).rstrip() if found else ""


def test_each_docstring_says_its_arguments_itself() -> None:
    """So that `help` of one function suffices; none sends its reader to another for them."""
    missing = [
        f"{where}({name})"
        for where, names, said in arguments()
        for name in names
        if not re.search(rf"^    {name}: ", section(said, "Args"), re.MULTILINE)
    ]
    assert missing == []
    assert len(list(arguments())) > 100
    assert [where for where, _, said in arguments() if re.search(r"[Ss]ee `\w+(\.\w+)?` for", said)] == []


@pytest.mark.parametrize("name", ["cancel", "partial_cancel", "warm_up"])
def test_both_clients_and_the_functions_say_the_same(name: str) -> None:
    """Of arguments, receipts and errors."""
    told = [inspect.getdoc(getattr(owner, name)) or "" for owner in (paywelcome.Client, paywelcome.AsyncClient)]
    for title in ("Args", "Returns", "Raises"):
        assert section(told[0], title) == section(told[1], title)
    if name != "warm_up":
        function = inspect.getdoc(getattr(paywelcome, name)) or ""
        assert section(function, "Args") == section(told[0], "Args") != ""
        assert section(function, "Raises").startswith(section(told[0], "Raises"))


def test_both_clients_say_the_same_of_their_settings() -> None:
    sync, asyncio = (
        section(inspect.getdoc(each) or "", "Args") for each in (paywelcome.Client, paywelcome.AsyncClient)
    )
    hook = re.compile(r"    on_attempt: .*", re.DOTALL)
    assert hook.sub("", sync) == hook.sub("", asyncio)
    assert len(sync.splitlines()) > 20
