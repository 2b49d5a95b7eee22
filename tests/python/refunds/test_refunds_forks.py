"""Forks in the middle of a refund: the child has a copy of what is under way, and leaves it to its parent."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

import paywelcome
from child import Child
from paywelcome.refunds import Refunds, SQLiteStore
from paywelcome.testing import Sandbox

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
LOAD, CLAIM, ANSWER = 1, 2, 3


@pytest.mark.parametrize(
    ("use", "how", "child", "recorded"),
    [
        (LOAD, "continues", "busy", "requested"),
        (LOAD, "fails", "OSError", "requested"),
        (CLAIM, "continues", "busy", "sending"),
        (CLAIM, "fails", "OSError", "sending"),
        # Of one whose end is recorded there is nothing left to do.
        (ANSWER, "continues", "done", "done"),
    ],
)
def test_a_child_that_is_forked_leaves_the_refund_to_its_parent(
    sandbox: Sandbox, store: SQLiteStore, tmp_path: Path, use: int, how: str, child: str, recorded: str
) -> None:
    tid = sandbox.approve(price=12000)
    client: dict[str, Any] = {"mid": sandbox.mid, "sign_key": sandbox.sign_key, "base_url": sandbox.url}
    # A gateway that would let it go back twice.
    sandbox.set_rules(confirm_price="ignored")
    with paywelcome.Client(**client) as own:
        refunds = Refunds(own, store, quiet=0)
        refunds.request("refund-17", tid=tid, amount=3000, paid=12000, pay_type="card")
        with Child("fork_in_refund.py", how, str(use), client, f'"{tmp_path / "refunds.db"}"') as program:
            code, said, errors = program.end()
        assert (code, said, errors) == (0, [["child", child], ["recorded", recorded], ["parent", "done"]], "")
        assert [entry.what for entry in refunds.attempts("refund-17")] == ["sent", "answer"]
    assert (sandbox.executions, sandbox.payment(tid).remaining) == (1, 9000)
