"""Gateways that are odd in many ways at once, with lost answers: what is written down is true, and costs are as said.

`SEED` draws others; `DRAWN` says how many.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import drawing
from play import FACES, Rehearsal
from plays import Plays
from standin import Standin
from test_disturbed import Played

FIRST, COUNT = int(os.environ.get("SEED", "1")), int(os.environ.get("DRAWN", "60"))


def draw(folder: Path, seed: int) -> Played:
    with Standin(drawing.odd(seed), drawing.faults(seed)) as gateway:
        face = list(FACES)[seed % len(FACES)]
        played = Played(gateway, Rehearsal(gateway, folder, face, price=drawing.price(seed), with_full=seed % 3 > 0))
        played.rehearsal.run()
        played.look("first run")
        played.rehearsal.to_the_end()
        played.look("at the end")
        return played


@pytest.mark.plays(draw, "seed")
@pytest.mark.parametrize("seed", range(FIRST, FIRST + COUNT))
def test_drawn(plays: Plays, seed: int) -> None:
    played: Played = plays.result(draw, seed)
    assert played.found == [], f"{played.gateway.odd} {played.gateway.faults}"
    assert all(run.code in (0, 1, 4, 5) for run in played.rehearsal.runs), [run.said for run in played.rehearsal.runs]
    assert "panicked" not in "".join(run.said for run in played.rehearsal.runs)
