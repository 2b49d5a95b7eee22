"""The README's refund, driven through every outcome; and its test, as a merchant would have it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from paywelcome import InvalidRequestError
from paywelcome.testing import Sandbox
from test_docs import LINKED


@dataclass
class Order:
    """An order as the README takes it."""

    tid: str
    amount: int
    total: int = 12000
    id: int = 7


Refund = Callable[[Order, int], str]


@pytest.fixture(params=["README.md", "README.ko.md"])
def readme(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    name: str = request.param
    return name


def refund_of(readme: str) -> Refund:
    """What the README shows, whose client is made from the environment."""
    (source,) = (script for script in LINKED[readme].scripts if "def refund(" in script)
    names: dict[str, Any] = {}
    exec(source, names)
    refund: Refund = names["refund"]
    return refund


def test_every_outcome_is_written_down(readme: str, paywelcome_sandbox: Sandbox) -> None:
    refund = refund_of(readme)
    tid = paywelcome_sandbox.approve(price=12000)
    with paywelcome_sandbox.arm("refuse_connections"):
        assert refund(Order(tid, 3000), 1) == "requested"
    assert paywelcome_sandbox.executions == 0
    with pytest.raises(InvalidRequestError, match="amount"):
        refund(Order(tid, 12000), 2)

    other = paywelcome_sandbox.approve(price=12000)
    assert [refund(Order(other, 3000), number) for number in (3, 3, 4)] == ["done"] * 3
    assert paywelcome_sandbox.payment(other).remaining == 6000
    whole = paywelcome_sandbox.approve(price=11999)
    assert [refund(Order(whole, 12000), 5) for _ in range(2)] == ["declined"] * 2
    assert paywelcome_sandbox.executions == 2


def test_a_process_that_comes_after_finds_what_was_written_down(readme: str, paywelcome_sandbox: Sandbox) -> None:
    tid = paywelcome_sandbox.approve(price=12000)
    paywelcome_sandbox.arm("close", when="after_applying")
    assert refund_of(readme)(Order(tid, 3000), 1) == "review"
    assert refund_of(readme)(Order(tid, 3000), 1) == "review"
    assert refund_of(readme)(Order(tid, 3000), 2) == "requested"
    assert paywelcome_sandbox.executions == 1


def test_its_test_holds(readme: str, paywelcome_sandbox: Sandbox) -> None:
    (source,) = (script for script in LINKED[readme].scripts if "def test_" in script)
    refund = refund_of(readme)
    states: list[str] = []

    def merchants_refund(tid: str) -> None:
        states.extend(refund(Order(tid, 3000), 1) for _ in range(2))

    names: dict[str, Any] = {"refund": merchants_refund}
    assert source.count("    ...") == 1
    exec(source.replace("    ...", "    refund(tid)"), names)
    names["test_a_lost_answer_is_not_sent_again"](paywelcome_sandbox)
    assert states == ["review", "review"]
    assert source.count('"review"') == 1
