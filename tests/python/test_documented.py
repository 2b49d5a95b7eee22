"""Every public name says what it is, where an editor shows it: units, limits, and the gateway's field."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import paywelcome

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
    # The client for asyncio refers to that one, and editors follow.
    assert "See `Client.cancel`" in (paywelcome.AsyncClient.cancel.__doc__ or "")
