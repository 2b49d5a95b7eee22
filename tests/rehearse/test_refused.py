"""What is refused before anything is sent, in words that say what to do instead."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from judge import complaints
from odd import Odd
from play import FACES, Rehearsal
from standin import GUARD, Posted, Standin


@pytest.fixture(params=FACES)
def rehearsal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rehearsal]:
    with Standin() as gateway:
        yield Rehearsal(gateway, tmp_path, request.param)


def replaced(arguments: list[str], name: str, value: str | None) -> list[str]:
    """Gives arguments with another value of one, or without it."""
    at = arguments.index(name)
    return arguments[:at] + ([] if value is None else [name, value]) + arguments[at + 2 :]


WRONG = [
    ("--price", None),
    ("--price", "999"),
    ("--price", "0"),
    ("--price", "10.5"),
    ("--price", "ten"),
    ("--pay-type", "CARD!"),
    ("--tid", "x" * 41),
    ("--tid", ""),
    ("--full-price", None),
    ("--full-price", "0"),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_wrong_argument(tmp_path: Path, name: str, value: str | None) -> None:
    with Standin() as gateway:
        rehearsal = Rehearsal(gateway, tmp_path, list(FACES)[WRONG.index((name, value)) % 2])
        ran = rehearsal.run(*replaced(rehearsal.payment, name, value), "--yes")
        assert ran.code == 2, ran.said
        assert name in ran.err and "Traceback" not in ran.err and "panicked" not in ran.err
        assert gateway.posts == [] and not rehearsal.file.exists()


def test_one_payment_twice(rehearsal: Rehearsal) -> None:
    ran = rehearsal.run(*replaced(rehearsal.payment, "--full-tid", rehearsal.tid), "--yes")
    assert ran.code == 2 and "--full-tid" in ran.err, ran.said
    assert rehearsal.gateway.posts == []


def test_nobody_to_ask(rehearsal: Rehearsal) -> None:
    ran = rehearsal.run(*rehearsal.payment)
    assert ran.code == 2 and "--yes" in ran.err, ran.said
    assert rehearsal.gateway.posts == []


def test_only_what_is_free(rehearsal: Rehearsal) -> None:
    gateway = rehearsal.gateway
    assert rehearsal.run(*rehearsal.payment, "--only-free").code == 0
    assert gateway.posts and {posted.field("tid") for posted in gateway.posts}.isdisjoint(gateway.ledger.payments)
    told = rehearsal.read()
    assert complaints(told, gateway) == []
    assert told["findings"]["signature"]["format"] == "name_value"
    assert sum(step["could_cost"] for step in told["steps"] if step["state"] != "skipped") == 0
    # Then the rest.
    assert rehearsal.go_on().code == 0
    assert complaints(rehearsal.read(), gateway) == [] and gateway.ledger.gone() == 2 * rehearsal.price


OTHERS: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "merchant": (lambda told: told.update(mid="welcometst"), "welcometst"),
    "host": (lambda told: told["gateway"].update(base_url="http://127.0.0.1:1"), "http://127.0.0.1:1"),
    "version": (lambda told: told.update(version=2), "version"),
    "format": (lambda told: told.update(format="settlement"), "format"),
    "no steps": (lambda told: told.update(steps={}), "steps"),
    "a cost that is a text": (lambda told: told["steps"][0].update(could_cost="0"), "could_cost"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_a_file_of_something_else(rehearsal: Rehearsal, name: str) -> None:
    rehearsal.run(*rehearsal.payment, "--only-free")
    told = rehearsal.read()
    change, words = OTHERS[name]
    change(told)
    text = json.dumps(told)
    rehearsal.file.write_text(text)
    posts = len(rehearsal.gateway.posts)
    ran = rehearsal.run()
    assert ran.code == 2 and words in ran.err and str(rehearsal.file) in ran.err, ran.said
    assert rehearsal.file.read_text() == text and len(rehearsal.gateway.posts) == posts


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "\0\0\0", "ResultCode=00"])
def test_a_file_that_is_none(tmp_path: Path, text: str) -> None:
    with Standin() as gateway:
        rehearsal = Rehearsal(gateway, tmp_path)
        rehearsal.file.write_text(text)
        ran = rehearsal.run()
        assert ran.code == 2 and str(rehearsal.file) in ran.err, ran.said
        assert rehearsal.file.read_text() == text and gateway.posts == []


def test_an_unfinished_file_of_another_payment(rehearsal: Rehearsal) -> None:
    rehearsal.run(*rehearsal.payment, "--only-free")
    before, posts = rehearsal.file.read_bytes(), len(rehearsal.gateway.posts)
    ran = rehearsal.run(*replaced(rehearsal.payment, "--tid", rehearsal.gateway.approve(1000)), "--yes")
    assert ran.code == 2 and rehearsal.tid in ran.err, ran.said
    assert (rehearsal.file.read_bytes(), len(rehearsal.gateway.posts)) == (before, posts)
    ran = rehearsal.run(*replaced(rehearsal.payment, "--price", "1001"), "--yes")
    assert ran.code == 2 and "1000" in ran.err.replace(",", ""), ran.said
    assert (rehearsal.file.read_bytes(), len(rehearsal.gateway.posts)) == (before, posts)


def test_a_file_that_cannot_be_written(rehearsal: Rehearsal) -> None:
    for out in (rehearsal.folder / "absent" / "rehearsal.json", rehearsal.folder):
        ran = rehearsal.run(*replaced(rehearsal.payment, "--out", str(out)), "--yes")
        assert ran.code in (1, 2) and str(out) in ran.err, ran.said
    assert rehearsal.gateway.posts == []


def test_a_disk_that_is_full(tmp_path: Path) -> None:
    """A limit on files stands for it: Python ignores the signal, so that a write fails as it does on a full disk."""

    def full() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))

    with Standin() as gateway:
        rehearsal = Rehearsal(gateway, tmp_path)
        ran = subprocess.run(
            rehearsal.command(*rehearsal.payment, "--yes"),
            env=rehearsal.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            preexec_fn=full,
            timeout=GUARD,
        )
        assert ran.returncode == 1 and str(rehearsal.file) in ran.stderr, ran.stderr
        assert gateway.posts == []
        # A file that was there is whole.
        rehearsal.run(*rehearsal.payment, "--only-free")
        told, posts = rehearsal.read(), len(gateway.posts)
        subprocess.run(
            rehearsal.command(*rehearsal.payment, "--yes"),
            env=rehearsal.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            preexec_fn=full,
            timeout=GUARD,
        )
        assert rehearsal.read() == told and len(gateway.posts) == posts
        assert rehearsal.go_on().code == 0


def test_two_at_once(tmp_path: Path) -> None:
    arrived, goes_on = threading.Event(), threading.Event()

    def look(posted: Posted, moment: str) -> None:
        if moment == "arrived" and posted.number == 8:
            arrived.set()
            goes_on.wait(GUARD)

    with Standin(look=look) as gateway:
        first = Rehearsal(gateway, tmp_path)
        process = first.start(*first.payment, "--yes")
        assert arrived.wait(GUARD)
        before = first.file.read_bytes()
        for face in FACES:
            second = Rehearsal(gateway, tmp_path, face)
            ran = second.run(*first.payment, "--yes")
            assert ran.code in (1, 2) and str(first.file) in ran.err, ran.said
        assert (first.file.read_bytes(), len(gateway.posts)) == (before, 8)
        goes_on.set()
        assert first.end(process).code == 0
        assert complaints(first.read(), gateway) == []


def test_a_block(rehearsal: Rehearsal) -> None:
    rehearsal.gateway.change(Odd(blocks=True))
    ran = rehearsal.run()
    assert ran.code == 3 and "403" in ran.said, ran.said
    assert "Korea" in ran.said or "block" in ran.said
    assert rehearsal.gateway.ledger.gone() == 0
    # Opened, it goes on.
    rehearsal.gateway.change(Odd())
    assert rehearsal.run().code == 0
    assert complaints(rehearsal.read(), rehearsal.gateway) == []


def test_nobody_is_there(rehearsal: Rehearsal) -> None:
    rehearsal.settings = {"PAYWELCOME_BASE_URL": "http://127.0.0.1:1"}
    ran = rehearsal.run()
    assert ran.code == 3, ran.said
    rehearsal.settings = {"PAYWELCOME_BASE_URL": "http://127.0.0.1:1", "PAYWELCOME_SIGN_KEY": ""}
    assert rehearsal.run().code == 2


def test_a_wrong_key(rehearsal: Rehearsal) -> None:
    """All that is free says so; nothing that could cost is asked with a key that no form makes right."""
    rehearsal.settings = {"PAYWELCOME_SIGN_KEY": "another-key"}
    ran = rehearsal.run()
    assert ran.code not in (0, None), ran.said
    assert "key" in ran.said
    assert rehearsal.gateway.ledger.gone() == 0
    assert complaints(rehearsal.read(), rehearsal.gateway) == []
    # With the right one it goes on.
    rehearsal.settings = {}
    assert rehearsal.run().code == 0
    assert complaints(rehearsal.read(), rehearsal.gateway) == []


def test_a_clock_that_is_wrong(rehearsal: Rehearsal) -> None:
    rehearsal.gateway.change(Odd(fresh_seconds=300, clock_seconds=3600))
    ran = rehearsal.run()
    assert ran.code != 0 and "clock" in ran.said, ran.said
    told = rehearsal.read()
    assert abs(told["findings"]["clock_difference_seconds"] - 3600) < 120
    assert rehearsal.gateway.ledger.gone() == 0 and complaints(told, rehearsal.gateway) == []
    # Set, it goes on.
    rehearsal.gateway.change(Odd(fresh_seconds=300))
    assert rehearsal.run().code == 0
    assert complaints(rehearsal.read(), rehearsal.gateway) == []


def test_the_file_is_for_its_owner(rehearsal: Rehearsal) -> None:
    rehearsal.run(*rehearsal.payment, "--only-free")
    assert os.stat(rehearsal.file).st_mode & 0o777 == 0o600
    assert [each.name for each in rehearsal.folder.iterdir() if each.suffix == ".tmp"] == []
