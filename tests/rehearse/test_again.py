"""A later run says what changed since the one before."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from odd import CODES, Odd
from paywelcome.testing import Sandbox
from play import Rehearsal
from standin import Standin


def test_a_later_run_says_what_changed(tmp_path: Path) -> None:
    with Standin() as gateway:
        first = Rehearsal(gateway, tmp_path)
        assert first.run().code == 0
        was = first.read()
        # The gateway changes, as gateways do: nobody tells.
        gateway.change(replace(gateway.odd, guard="none", codes={**CODES, "unknown_tid": "T500"}))
        again = Rehearsal(gateway, tmp_path)
        told = again.run()
        assert told.code == 0, told.said
        now = again.read()
        assert now["payment"]["tid"] == again.tid
        assert [each["findings"] for each in now["earlier"]] == [was["findings"]]
        for words in ("T404", "T500", "enforced"):
            assert words in told.out, told.out
        shown = again.run("--show", "--out", str(again.file))
        assert shown.code == 0 and "T404" in shown.out and "T500" in shown.out, shown.said
        # One that finds the same says nothing of a change.
        third = Rehearsal(gateway, tmp_path)
        assert third.run().code == 0
        assert len(third.read()["earlier"]) == 2
        assert "T404" not in third.runs[-1].out


def test_one_that_knows_nothing_is_played(tmp_path: Path) -> None:
    with Standin(Odd(blocks=True)) as gateway:
        rehearsal = Rehearsal(gateway, tmp_path)
        rehearsal.run()
        assert gateway.ledger.gone() == 0
    with Sandbox(rehearsal=rehearsal.file) as sandbox:
        tid = sandbox.approve(price=1000)
        sandbox.client().cancel(pay_type="card", tid=tid, price=1000)
