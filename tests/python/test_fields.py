"""docs/fields.md, held to what is posted and to what is given back."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

import paywelcome
from paywelcome.testing import Sandbox

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs/fields.md").read_text(encoding="utf-8")
PYTHON = "Python, Rust"
OPERATIONS = {"Full cancel": "cancel", "Partial cancel": "partial_cancel"}
RECEIPTS = {"cancel": paywelcome.CancelReceipt, "partial_cancel": paywelcome.PartialCancelReceipt}
# Each as long as it may be, so that the lengths are held, too.
LONGEST: dict[str, dict[str, Any]] = {
    "cancel": {"pay_type": "hpp", "price": 10**22 - 1, "currency": "USD", "cancel_type": "C"},
    "partial_cancel": {
        "pay_type": "paywelcome",
        "cancel_price": 10**22 - 1,
        "confirm_price": 10**22 - 1,
        "currency": "USD",
        "tax": 10**10 - 1,
        "taxfree": 10**10 - 1,
    },
}
each = pytest.mark.parametrize("operation", OPERATIONS.values())


def table(operation: str, part: str) -> list[dict[str, str]]:
    (title,) = (title for title, name in OPERATIONS.items() if name == operation)
    (text,) = re.findall(rf"^### {title}: {part}\n(.*?)(?=^#|^$|\Z)", PAGE, re.MULTILINE | re.DOTALL)
    heads, _, *rows = ([cell.strip(" `") for cell in line.strip("|").split("|")] for line in text.strip().split("\n"))
    return [dict(zip(heads, row, strict=True)) for row in rows]


def camel(name: str) -> str:
    return re.sub(r"_(\w)", lambda found: found.group(1).upper(), name)


def arguments(operation: str) -> list[str]:
    return [row[PYTHON] for row in table(operation, "request") if row[PYTHON] not in ("–", "setting")]


@each
def test_the_request_is_what_is_posted(operation: str) -> None:
    client = paywelcome.Client(mid="a" * 10, sign_key="made-up", environment="test")
    values = {"tid": "t" * 40, **LONGEST[operation]}
    form = getattr(client._core, f"{operation}_form")(
        0, (*(values[name] for name in arguments(operation)), None, None, None)
    )
    posted = parse_qsl(form, strict_parsing=True)
    rows = table(operation, "request")
    assert [name for name, _ in posted] == [row["field"] for row in rows]
    for row, (name, value) in zip(rows, posted, strict=True):
        if row[PYTHON] in values:
            assert str(values[row[PYTHON]]) == value
        elif row[PYTHON] == "setting":
            assert (name, value) == ("mid", client.mid)
        else:
            assert name in ("timestamp", "signature")
        if row["longest"] != "–" and name != "payType":
            assert len(value) == int(row["longest"]), name


@each
def test_the_arguments_are_the_clients(operation: str) -> None:
    for cls in (paywelcome.Client, paywelcome.AsyncClient):
        taken = list(inspect.signature(getattr(cls, operation)).parameters.values())
        assert [each.name for each in taken] == ["self", *arguments(operation), "timeout", "wait", "reference"]
        needed = {each.name for each in taken if each.default is each.empty} - {"self"}
        rows = {row[PYTHON]: row for row in table(operation, "request")}
        assert needed | {"currency"} == {name for name in arguments(operation) if rows[name]["required"] == "yes"}


@each
@pytest.mark.parametrize("part", ["request", "answer"])
def test_the_other_languages_have_the_same_names(operation: str, part: str) -> None:
    rust = (ROOT / f"core/src/{'request' if part == 'request' else 'receipt'}.rs").read_text(encoding="utf-8")
    node = (ROOT / f"bindings-node/lib/{part.replace('answer', 'receipt')}s.ts").read_text(encoding="utf-8")
    stem = "PartialCancel" if operation == "partial_cancel" else "Cancel"
    what = "Request" if part == "request" else "Receipt"
    (struct,) = re.findall(rf"^pub struct {stem}{what} \{{\n(.*?)^\}}", rust, re.MULTILINE | re.DOTALL)
    (face,) = re.findall(rf"^export (?:class|interface) {stem}{what} \{{\n(.*?)^\}}", node, re.MULTILINE | re.DOTALL)
    for row in table(operation, part):
        if row[PYTHON] in ("–", "setting"):
            assert row["Node.js"] == row[PYTHON]
            continue
        assert row["Node.js"] == camel(row[PYTHON])
        assert re.search(rf"^    pub {row[PYTHON]}: ", struct, re.MULTILINE)
        assert re.search(rf"^  (?:readonly )?{row['Node.js']}\??: ", face, re.MULTILINE)
        # Where editors show it, too.
        assert re.search(rf"`{row['field']}` {row['필드명']}", face)
        assert re.search(rf"`{row['field']}` {row['필드명']}", struct)


@each
def test_the_answer_is_what_a_receipt_has(operation: str, paywelcome_sandbox: Sandbox) -> None:
    tid = paywelcome_sandbox.approve(price=12000)
    with paywelcome.Client() as client:
        if operation == "cancel":
            receipt: Any = client.cancel(pay_type="card", tid=tid, price=12000)
        else:
            receipt = client.partial_cancel(pay_type="card", tid=tid, cancel_price=3000, confirm_price=9000)
    rows = table(operation, "answer")
    assert {row["field"] for row in rows} == set(receipt.raw)
    assert {row[PYTHON] for row in rows} == set(receipt.to_dict()) - {"outcome", "cancelled_at", "raw", "mismatches"}
    for row in rows:
        given = getattr(receipt, row[PYTHON])
        assert str(given) == receipt.raw[row["field"]]
