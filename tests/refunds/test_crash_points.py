"""A worker is killed between each pair of statements of a refund's life, whatever the gateway does; another takes over.

One kind alone: `pytest tests/refunds -k "stall and node"`.
"""

from __future__ import annotations

import pytest
from crash import Run
from databases import Databases
from lives import KINDS, LANES, Lane
from verdict import ENDED


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("lane", LANES, ids=str)
def test_no_refund_is_doubled_lost_or_recorded_wrongly(lane: Lane, kind: str, databases: Databases, run: Run) -> None:
    if (why := databases.why_not((lane.language, lane.store))) is not None:
        pytest.skip(why)
    lived = run.of(lane, kind)
    assert lived, "no life is of this kind"
    wrong = [f"{each.life.id}: {each.wrong}" for each in lived if each.wrong]
    assert not wrong, "\n".join(wrong)
    missed = [f"{each.life.id}: {each.missed}" for each in lived if each.missed is not None]
    assert not missed, "never came to where they were to stop:\n" + "\n".join(missed)
    assert not [each.life.id for each in lived if each.end is None or each.end.state not in ENDED]
