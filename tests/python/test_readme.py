"""The README's refund, driven through every outcome; and its test, as a merchant would have it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from paywelcome.testing import Sandbox
from test_docs import LINKED


class Order:
    """An order as the README takes it: with a claim that only one can have."""

    def __init__(self, tid: str, total: int) -> None:
        self.tid, self.total = tid, total
        self.state, self.note = "none", ""

    def claim_refund(self) -> bool:
        if self.state not in ("none", "not sent", "declined"):
            return False
        self.state = "sending"
        return True

    def save_refund(self, state: str, *note: object) -> None:
        self.state, self.note = state, " ".join(map(str, note))


each_language = pytest.mark.parametrize("readme", ["README.md", "README.ko.md"])


def refund_of(readme: str) -> Callable[[Order], None]:
    """What the README shows, whose client is made from the environment."""
    (source,) = (script for script in LINKED[readme].scripts if "def refund(" in script)
    names: dict[str, Any] = {}
    exec(source, names)
    refund: Callable[[Order], None] = names["refund"]
    return refund


@each_language
def test_every_outcome_is_written_down(readme: str, paywelcome_sandbox: Sandbox) -> None:
    refund = refund_of(readme)
    order = Order(paywelcome_sandbox.approve(price=12000), 11999)
    refund(order)
    assert order.state == "declined"
    order.total = 0
    refund(order)
    assert (order.state, "price" in order.note) == ("not sent", True)
    order.total = 12000
    with paywelcome_sandbox.arm("refuse_connections"):
        refund(order)
    assert order.state == "not sent"
    refund(order)
    assert order.state == "done"
    assert paywelcome_sandbox.payment(order.tid).remaining == 0
    refund(order)
    assert paywelcome_sandbox.executions == 1


@each_language
def test_its_test_holds(readme: str, paywelcome_sandbox: Sandbox) -> None:
    (source,) = (script for script in LINKED[readme].scripts if "def test_" in script)
    refund, orders = refund_of(readme), []

    def merchants_refund(tid: str) -> None:
        orders.append(Order(tid, 12000))
        refund(orders[-1])
        refund(orders[-1])

    names: dict[str, Any] = {"refund": merchants_refund}
    assert source.count("    ...") == 1
    exec(source.replace("    ...", "    refund(tid)"), names)
    names["test_a_lost_answer_is_not_sent_again"](paywelcome_sandbox)
    assert [order.state for order in orders] == ["look before sending again"]
    assert source.count('"look before sending again"') == 1
