"""Killed, or without an answer, at every request: nothing is sent twice, and it costs no more than it said.

After each disturbance the same command continues. A person reads what remains, until nothing is left to ask.
"""

from __future__ import annotations

import subprocess
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from judge import complaints, secrets
from odd import Fault, Odd
from play import FACES, Rehearsal
from plays import Plays
from sent import too_often
from standin import GUARD, Posted, Standin

# How many requests a rehearsal of two payments sends; `test_what_is_sent` holds it.
REQUESTS = 23
MOMENTS = ("lost", "applied", "answered")
KINDS = ("close", "reset", "stall", "cut", "status_500", "page")


@dataclass
class Played:
    gateway: Standin
    rehearsal: Rehearsal
    found: list[str] = field(default_factory=list)
    """What was wrong at some stage."""
    told: dict[str, Any] = field(default_factory=dict)

    def look(self, stage: str) -> None:
        if not self.rehearsal.file.exists():
            self.found.append(f"{stage}: there is no file")
            return
        self.told = self.rehearsal.read()
        self.found += [f"{stage}: {each}" for each in complaints(self.told, self.gateway)]
        self.found += [f"{stage}: {each}" for each in too_often(self.gateway.posts, self.gateway.ledger.payments)]
        shown = [self.rehearsal.file.read_text("utf-8"), *(run.said for run in self.rehearsal.runs)]
        self.found += [f"{stage}: {each}" for each in secrets(self.gateway, *shown)]

    def go_on(self) -> None:
        self.rehearsal.go_on()
        self.look("gone on with")
        self.rehearsal.to_the_end()
        self.look("at the end")
        # What a person reads never contradicts what it believes.
        self.found += [run.said for run in self.rehearsal.runs if run.code not in (-9, 0, 1, 3, 4, 5)]


def killed(folder: Path, number: int, moment: str, face: str) -> Played:
    """Kills the program at one moment of one request; what is lost, the gateway never looks at."""
    started: list[subprocess.Popen[str]] = []
    is_there = threading.Event()

    def look(posted: Posted, now: str) -> None:
        if posted.number == number and now == {"lost": "arrived"}.get(moment, moment):
            is_there.wait(GUARD)
            started[0].kill()
            started[0].wait(GUARD)

    faults = {number: Fault("close", applied=False)} if moment == "lost" else {}
    with Standin(Odd(), faults, look) as gateway:
        played = Played(gateway, Rehearsal(gateway, folder, face))
        started.append(played.rehearsal.start(*played.rehearsal.payment, "--yes"))
        is_there.set()
        played.rehearsal.end(started[0])
        played.look("killed")
        played.go_on()
        return played


def unanswered(folder: Path, number: int, kind: str, is_applied: bool, face: str) -> Played:
    """Loses the answer to one request."""
    with Standin(Odd(), {number: Fault(kind, is_applied)}) as gateway:
        played = Played(gateway, Rehearsal(gateway, folder, face))
        played.rehearsal.run(*played.rehearsal.payment, "--yes", "--timeout", "1.5")
        played.look("unanswered")
        played.go_on()
        return played


def _face(number: int) -> str:
    return list(FACES)[number % len(FACES)]


KILLS = [(n, moment, _face(n + at)) for n in range(1, REQUESTS + 1) for at, moment in enumerate(MOMENTS)]
LOSSES = [
    (n, KINDS[(n + is_applied) % len(KINDS)], is_applied, _face(n + is_applied))
    for n in range(1, REQUESTS + 1)
    for is_applied in (False, True)
]


@pytest.mark.plays(killed, "number", "moment", "face")
@pytest.mark.parametrize(("number", "moment", "face"), KILLS)
def test_killed(plays: Plays, number: int, moment: str, face: str) -> None:
    played: Played = plays.result(killed, number, moment, face)
    assert played.rehearsal.runs[0].code in (-9, 0), "it ended by itself, before it was killed"
    assert played.found == []
    assert played.told["finished_at"] is not None


@pytest.mark.plays(unanswered, "number", "kind", "is_applied", "face")
@pytest.mark.parametrize(("number", "kind", "is_applied", "face"), LOSSES)
def test_unanswered(plays: Plays, number: int, kind: str, is_applied: bool, face: str) -> None:
    played: Played = plays.result(unanswered, number, kind, is_applied, face)
    assert played.found == []
    assert played.told["finished_at"] is not None


def test_what_is_sent(tmp_path: Path) -> None:
    with Standin() as gateway:
        rehearsal = Rehearsal(gateway, tmp_path)
        assert rehearsal.run().code == 0
        assert len(gateway.posts) == REQUESTS
        assert too_often(gateway.posts, gateway.ledger.payments) == []
        assert gateway.ledger.gone() == 2 * rehearsal.price
        # All of it is asked: the same command again sends nothing.
        assert rehearsal.run().code == 0
        assert len(gateway.posts) == REQUESTS
