"""Every fault, before and after the money moves, for every operation, face, scheme and connection.

One case alone: `pytest tests/matrix -k "stall and late and node"`.
"""

from __future__ import annotations

import re
import typing
from itertools import groupby
from pathlib import Path

import pytest

from cases import FACES, Case, cases
from conftest import Run
from faults import NONE, ROWS, TLS
from judge import disagreements, lies, misses, timidities
from paywelcome.testing import FaultKind, Sandbox

CASES = cases()
ALIKE = [list(group) for _, group in groupby(CASES, key=lambda case: case.circumstances)]
API = Path(__file__).parents[2] / "docs" / "sandbox-api.md"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_the_truth(case: Case, run: Run) -> None:
    observed = run.observed[case.id]
    assert not observed.void, f"shows nothing: {observed.void}"
    faked = bool(case.faithful) and case.when != "after_applying" and case.ask == "granted"
    wrong = lies(observed.asked, observed.seen, observed.server, faked=faked)
    wrong += timidities(observed.seen, observed.server)
    wrong += misses(case.outcome, case.error, observed.seen)
    assert not wrong, f"{wrong}\n{observed}"


@pytest.mark.parametrize("alike", ALIKE, ids=lambda alike: alike[0].circumstances)
def test_the_faces_agree(alike: list[Case], run: Run) -> None:
    assert sorted(case.face for case in alike) == sorted(FACES)
    played = {case.face: run.observed[case.id] for case in alike}
    told = {face: observed.seen for face, observed in played.items() if not observed.void}
    assert not disagreements(told)


def test_no_byte_came_that_belongs_to_no_request(run: Run) -> None:
    assert run.stray == dict.fromkeys(run.stray, 0)


def test_no_kind_is_left_out() -> None:
    """A kind that the sandbox learns must get rows here."""
    rows = {row.kind for row in ROWS}
    documented = API.read_text(encoding="utf-8").split("| kind |", 1)[1].split("\n\n", 1)[0]
    known = {name for line in documented.splitlines()[2:] for name in re.findall(r"^\| `(\w+)`", line)}
    assert known == set(typing.get_args(FaultKind))
    with Sandbox(tls=True) as gateway:
        modes = {f"{TLS}{mode}" for mode in gateway.command("tls")["modes"] if mode != "normal"}
    assert rows == known | modes | {NONE}


def test_a_receipt_for_nothing_is_allowed_only_where_the_answer_is_that_of_a_success() -> None:
    for row in ROWS:
        if row.kind != NONE and not row.alone:
            assert bool(row.faithful) is (row.outcome == "done"), row
