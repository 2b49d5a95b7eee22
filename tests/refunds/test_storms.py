"""Storms: 300 refunds of 150 payments, three of ten requests broken, workers killed all the time."""

from __future__ import annotations

import pytest
from databases import Databases
from storm import PAYMENTS, Played, Scene
from storms import QUEUES, SHORT, USUAL


@pytest.mark.parametrize("scene", SHORT, ids=str)
def test_no_refund_is_doubled_lost_or_recorded_wrongly(
    scene: Scene, databases: Databases, played: dict[Scene, Played]
) -> None:
    if (why := databases.why_not(scene.needs)) is not None:
        pytest.skip(why)
    storm = played[scene]
    assert storm.wrong == []
    assert sum(storm.rest.values()) == sum(storm.end.values()) == 2 * PAYMENTS
    # It was a storm.
    assert storm.kills >= 3
    assert storm.faulted > 0.15 * storm.requests
    assert set(storm.end) <= {"done", "void"}
    # Nothing waits but for a person, or behind what waits for one.
    assert {state.split()[0] for state in storm.rest} <= {"done", "review", "requested"}
    if scene.guard:
        assert storm.rest["done"] > PAYMENTS


@pytest.mark.parametrize("scene", QUEUES, ids=str)
def test_no_queue_that_forgets_or_crashes_costs_a_refund(
    scene: Scene, databases: Databases, played: dict[Scene, Played]
) -> None:
    if (why := databases.why_not(scene.needs)) is not None:
        pytest.skip(why)
    storm = played[scene]
    assert storm.wrong == []
    assert sum(storm.rest.values()) == sum(storm.end.values()) == 2 * scene.payments
    assert storm.kills and storm.crashes and storm.faulted
    assert set(storm.end) <= {"done", "void"}
    assert {state.split()[0] for state in storm.rest} <= {"done", "review", "requested"}


@pytest.mark.parametrize("scene", [USUAL], ids=str)
def test_what_is_usually_written_by_hand_pays_twice(scene: Scene, played: dict[Scene, Played]) -> None:
    """A figure to compare with, and the proof that a storm breaks what can break."""
    assert played[scene].count("doubled") >= 3
