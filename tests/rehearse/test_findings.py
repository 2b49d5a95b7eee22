"""What a rehearsal writes down is what that gateway does, for each way of being odd, in both languages.

The sandbox, with that rehearsal loaded, is then rehearsed in its turn: the findings are the same.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cases import EXCEPTIONS, ODDITIES
from judge import complaints, secrets
from paywelcome.testing import Sandbox
from play import FACES, Rehearsal
from plays import Plays
from standin import Standin
from truth import differing, findings


class Played:
    """The gateway that a sandbox plays."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.url, self.mid, self.sign_key = sandbox.url, sandbox.mid, sandbox.sign_key

    def approve(self, price: int) -> str:
        return self._sandbox.approve(price=price)

    def remaining(self, tid: str) -> int:
        return self._sandbox.payment(tid).remaining

    @property
    def sent(self) -> int:
        return len(self._sandbox.requests())


@dataclass
class Round:
    gateway: Standin
    rehearsal: Rehearsal[Standin]
    again: Rehearsal[Played]


def rehearse(folder: Path, name: str, face: str) -> Round:
    """Rehearses to the end, with a person who reads what remains; then the sandbox that plays what was found."""
    with Standin(ODDITIES[name]) as gateway:
        rehearsal = Rehearsal(gateway, folder, face)
        rehearsal.run()
        rehearsal.to_the_end()
    with Sandbox(rehearsal=rehearsal.file) as sandbox:
        again = Rehearsal(Played(sandbox), folder / "again", face)
        again.run()
        again.to_the_end()
        return Round(gateway, rehearsal, again)


# The languages take turns, except for the one that is not odd.
TURNS = [(name, list(FACES)[at % 2]) for at, name in enumerate(ODDITIES)] + [("none", "node")]


@pytest.mark.plays(rehearse, "name", "face")
@pytest.mark.parametrize(("name", "face"), TURNS)
def test_what_is_written_is_what_it_does(plays: Plays, name: str, face: str) -> None:
    played: Round = plays.result(rehearse, name, face)
    told = played.rehearsal.read()
    shown = [*(run.said for run in played.rehearsal.runs), played.rehearsal.file.read_text("utf-8")]
    assert secrets(played.gateway, *shown) == []
    assert not any(sign in text for sign in "\x1b\x07" for text in shown), "a terminal would obey"
    assert complaints(told, played.gateway) == []
    expected = {**findings(ODDITIES[name]), **EXCEPTIONS.get(name, {})}
    assert differing(told, expected) == {}


# What differs from one answer to the next.
OF_A_RUN = ("times_ms", "clock_difference_seconds", "answers", "tls")


def compared(told: dict[str, Any]) -> dict[str, Any]:
    found = {key: value for key, value in copy.deepcopy(told["findings"]).items() if key not in OF_A_RUN}
    at_once = found["confirm_price"]["at_once"]
    if at_once:
        at_once.pop("together")
    for spelt in filter(None, found["success"].values()):
        for key in spelt["keys"]:
            # An order number is the merchant's own.
            key["length"] = None if key["what"] == "moid" else key["length"]
    return found


@pytest.mark.plays(rehearse, "name", "face")
@pytest.mark.parametrize(("name", "face"), TURNS)
def test_the_sandbox_answers_as_it_does(plays: Plays, name: str, face: str) -> None:
    played: Round = plays.result(rehearse, name, face)
    first, second = played.rehearsal.read(), played.again.read()
    assert different(compared(first), compared(second)) == {}
    assert different(costs(first), costs(second)) == {}


def costs(told: dict[str, Any]) -> dict[str, Any]:
    return {step["step"]: {"state": step["state"], "cost": step["cost"]} for step in told["steps"]}


def different(one: Any, other: Any, path: str = "") -> dict[str, tuple[Any, Any]]:
    """Returns where two findings differ, by dotted path."""
    if isinstance(one, dict) and isinstance(other, dict):
        found = {}
        for key in one.keys() | other.keys():
            found |= different(one.get(key), other.get(key), f"{path}.{key}".strip("."))
        return found
    return {} if one == other else {path: (one, other)}
