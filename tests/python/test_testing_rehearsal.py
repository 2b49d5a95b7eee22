"""A sandbox behaves as the gateway of a rehearsal did."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import paywelcome
from merchant import GUARD
from paywelcome.testing import Rehearsal, Sandbox
from test_testing_plugin import pytest_run

ODD = Path(__file__).parents[1] / "rehearsals" / "odd.json"


@pytest.fixture
def odd() -> Iterator[Sandbox]:
    with Sandbox(rehearsal=ODD) as gateway:
        yield gateway


def client(gateway: Sandbox, **more: Any) -> paywelcome.Client:
    return gateway.client(signature_format="concatenated", required_echoes=("price", "remaining_price"), **more)


def test_calls_end_as_they_did_there(odd: Sandbox) -> None:
    tid = odd.approve(price=1000)
    asked: dict[str, Any] = {"pay_type": "card", "tid": tid, "cancel_price": 400}
    with client(odd) as there:
        with pytest.raises(paywelcome.DeclinedError) as high:
            there.partial_cancel(**asked, confirm_price=601)
        assert high.value.result_code == "1409"
        # This gateway spells what remains in a way of its own.
        with pytest.raises(paywelcome.OutcomeUnknownError):
            there.partial_cancel(**asked, confirm_price=600)
        assert odd.payment(tid).remaining == 600
        with pytest.raises(paywelcome.DeclinedError) as unknown:
            there.partial_cancel(pay_type="card", tid="no-such", cancel_price=1, confirm_price=0)
        assert unknown.value.result_code == "1404"
    with odd.client() as other, pytest.raises(paywelcome.OutcomeUnknownError) as page:
        other.partial_cancel(**asked, confirm_price=200)
    assert (page.value.http_status, "bad signature of" in (page.value.body_excerpt or "")) == (400, True)


@pytest.mark.parametrize(
    "given", [ODD, str(ODD), json.loads(ODD.read_text(encoding="utf-8"))], ids=["path", "str", "dict"]
)
def test_it_says_whose_gateway_it_is(given: Any, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "paywelcome"), Sandbox(rehearsal=given) as gateway:
        found = gateway.rehearsal
    assert isinstance(found, Rehearsal)
    assert (found.mid, found.gateway, found.kind) == ("oddshop001", "https://gateway.example", "production")
    assert "confirm_price" in found.answers
    assert found.defaults == ["full_price.compared", *(f"answers.{name}" for name in MISSING)]
    defaults = ", ".join(found.defaults)
    assert [record.getMessage() for record in caplog.records] == [
        "the sandbox behaves as https://gateway.example did for oddshop001; not known and by default: " + defaults
    ]


MISSING = ("full_done", "more_than_remains", "full_after_all", "full_price", "second_full")


def test_without_a_rehearsal_it_is_its_own(sandbox: Sandbox) -> None:
    assert sandbox.rehearsal is None


def test_rules_that_are_given_win_and_a_reset_keeps_both(odd: Sandbox) -> None:
    assert (odd.rules.confirm_price, odd.rules.connections, odd.rules.timestamp) == ("too_high", "closed", "14")
    with Sandbox(rehearsal=ODD, rules={"confirm_price": "enforced", "connections": None}) as gateway:
        for _ in range(2):
            assert (gateway.rules.confirm_price, gateway.rules.connections) == ("enforced", "closed")
            gateway.set_rules(confirm_price="ignored", connections="kept")
            gateway.reset()
        assert gateway.rehearsal is not None


def test_faults_still_break_it(odd: Sandbox) -> None:
    tid = odd.approve(price=1000)
    odd.arm("close", when="before_applying")
    with client(odd) as there, pytest.raises(paywelcome.OutcomeUnknownError):
        there.partial_cancel(pay_type="card", tid=tid, cancel_price=400, confirm_price=600)
    assert odd.payment(tid).remaining == 1000


def wrong(*place: str | int, value: object) -> dict[str, Any]:
    file: Any = json.loads(ODD.read_text(encoding="utf-8"))
    inner = file
    for name in place[:-1]:
        inner = inner[name]
    inner[place[-1]] = value
    return file  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ({}, "rehearsal: format: must be paywelcome-rehearsal"),
        (wrong("version", value=2), "rehearsal: version: 2 was written by a newer paywelcome"),
        (wrong("findings", "signature", "format", value="joined"), "rehearsal: findings.signature.format: "),
        (
            wrong("findings", "answers", "confirm_price", "status", value=1),
            "rehearsal: findings.answers.confirm_price.status: ",
        ),
    ],
)
def test_a_wrong_file_is_refused_with_its_place(file: dict[str, Any], words: str, tmp_path: Path) -> None:
    (tmp_path / "rehearsal.json").write_text(json.dumps(file), encoding="utf-8")
    for given in (file, tmp_path / "rehearsal.json"):
        with pytest.raises(ValueError) as refused:
            Sandbox(rehearsal=given)
        assert str(refused.value).startswith(words)


def test_a_file_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<html>", encoding="utf-8")
    with pytest.raises(ValueError, match=r"^rehearsal: is not JSON"):
        Sandbox(rehearsal=tmp_path / "page.html")
    with pytest.raises(FileNotFoundError):
        Sandbox(rehearsal=tmp_path / "none.json")


def launched(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "paywelcome", "sandbox", "--rehearsal", *arguments]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=GUARD, check=False)


def test_the_command_line_names_what_is_wrong_with_a_file(tmp_path: Path) -> None:
    path = tmp_path / "rehearsal.json"
    path.write_text(json.dumps(wrong("findings", "signature", "format", value="joined")), encoding="utf-8")
    for place, words in ((path, "findings.signature.format: "), (tmp_path / "none.json", "")):
        ended = launched(str(place))
        assert (ended.returncode, ended.stdout) == (1, "")
        assert f"--rehearsal {place}: {words}" in ended.stderr


def test_the_command_line_says_whose_gateway_it_is() -> None:
    command = [sys.executable, "-m", "paywelcome", "sandbox", "--rehearsal", str(ODD)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8") as program:
        assert program.stdout is not None
        try:
            ready = json.loads(program.stdout.readline())
        finally:
            program.terminate()
    assert (ready["rehearsal"]["mid"], ready["rehearsal"]["kind"]) == ("oddshop001", "production")


PLAYED = """
import pytest

def test_all(paywelcome_sandbox):
    assert paywelcome_sandbox.rehearsal.mid == "oddshop001"

@pytest.mark.paywelcome_sandbox(rehearsal=None, tls=True)
def test_but_one(paywelcome_sandbox):
    assert paywelcome_sandbox.rehearsal is None
"""


def test_pytest_has_every_sandbox_play_it(tmp_path: Path) -> None:
    (tmp_path / "odd.json").write_bytes(ODD.read_bytes())
    assert "2 passed" in pytest_run(tmp_path, PLAYED, "-o", "paywelcome_rehearsal=odd.json")
