"""What the judge catches: every kind of lie about an honest rehearsal, and requests that came too often."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from judge import complaints, secrets
from odd import Odd
from play import Rehearsal
from sent import too_often
from standin import MKEY, SIGN_KEY, Standin
from truth import differing, findings

Told = dict[str, Any]


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Standin, Told]]:
    with Standin() as gateway:
        rehearsal = Rehearsal(gateway, tmp_path_factory.mktemp("honest"))
        rehearsal.run()
        yield gateway, rehearsal.read()


def step(told: Told, name: str) -> Any:
    (found,) = (each for each in told["steps"] if each["step"] == name)
    return found


def exchange(told: Told, name: str) -> Any:
    return step(told, name)["exchanges"][0]


def answer(told: Told, name: str) -> Any:
    return exchange(told, name)["answer"]


LIES: dict[str, Callable[[Told], object]] = {
    "another merchant": lambda told: told.update(mid="welcometst"),
    "another gateway": lambda told: told["gateway"].update(base_url="http://127.0.0.1:1"),
    "it cost nothing": lambda told: step(told, "partial").update(cost={"least": 0, "most": 0}),
    "it cost more": lambda told: step(told, "partial").update(cost={"least": 200, "most": 200}),
    "it could cost nothing": lambda told: step(told, "partial").update(could_cost=0),
    "a decline that cost": lambda told: step(told, "same_again").update(cost={"least": 1, "most": 100}),
    "a step forgotten": lambda told: told["steps"].remove(step(told, "same_again")),
    "an exchange forgotten": lambda told: step(told, "at_once")["exchanges"].pop(),
    "an exchange made up": lambda told: step(told, "partial")["exchanges"].append(exchange(told, "partial")),
    "a success as a decline": lambda told: exchange(told, "partial").update(outcome="declined"),
    "a success as not sent": lambda told: exchange(told, "partial").update(outcome="not_sent"),
    "a decline as a success": lambda told: exchange(told, "same_again").update(outcome="done"),
    "another answer": lambda told: answer(told, "rest").update(body='{"ResultCode":"00"}'),
    "another status": lambda told: answer(told, "rest").update(status=400),
    "other amounts": lambda told: exchange(told, "rest").update(fields=[["tid", "x"]]),
    "a signature": lambda told: exchange(told, "rest")["fields"].append(["signature", "0" * 64]),
    "skipped and asked": lambda told: step(told, "partial").update(state="skipped"),
    "another code": lambda told: told["findings"]["codes"].update(confirm_price="01"),
    "a form taken": lambda told: told["findings"]["signature"]["forms"][3].update(accepted=True),
    "a form refused": lambda told: told["findings"]["signature"]["forms"][0].update(accepted=False),
    "another spelling": lambda told: told["findings"]["success"]["partial"]["keys"].reverse(),
    "nobody declined": lambda told: told["findings"]["confirm_price"].update(too_high="done"),
    "all at once done": lambda told: told["findings"]["confirm_price"]["at_once"].update(done=5, declined=0),
}


@pytest.mark.parametrize("name", LIES)
def test_a_lie_is_caught(honest: tuple[Standin, Told], name: str) -> None:
    gateway, told = honest
    assert complaints(told, gateway) == []
    lie = copy.deepcopy(told)
    LIES[name](lie)
    assert lie != told
    assert complaints(lie, gateway) != []


# What this file says of a gateway that is odd in the way that it denies.
DENIED = {
    "too_high": Odd(guard="low"),
    "too_low": Odd(guard="high"),
    "equality": Odd(guard="tolerant"),
    "enforced": Odd(guard="racy"),
    "replays": Odd(replays=True),
    "concatenated": Odd(signature="concatenated"),
    "13 digits": Odd(timestamp="epoch_ms"),
}


@pytest.mark.parametrize("name", DENIED)
def test_a_gateway_that_is_otherwise_is_missed(honest: tuple[Standin, Told], name: str) -> None:
    gateway, told = honest
    odd = gateway.odd
    gateway.odd = DENIED[name]
    try:
        assert complaints(told, gateway) != []
        assert differing(told, findings(gateway.odd)) != {}
    finally:
        gateway.odd = odd
    assert differing(told, findings(odd)) == {}


def test_money_that_moved_unseen(honest: tuple[Standin, Told]) -> None:
    gateway, told = honest
    posts = gateway.posts
    gateway.posts = [replace(each, moved=each.moved + 1) if each.number == 9 else each for each in posts]
    try:
        assert complaints(told, gateway) != []
    finally:
        gateway.posts = posts


def test_secrets_are_seen_in_every_form(honest: tuple[Standin, Told], tmp_path: Path) -> None:
    import base64
    from urllib.parse import quote

    gateway, _ = honest
    signature = gateway.posts[0].field("signature")
    for secret in (SIGN_KEY, MKEY, MKEY.upper(), signature, quote(SIGN_KEY, safe="")):
        assert secrets(gateway, f"… {secret} …") != []
    for before in ("", "k", "ke", "key="):
        assert secrets(gateway, base64.b64encode(f"{before}{SIGN_KEY} and more".encode()).decode()) != []
    assert secrets(gateway, gateway.url, str(gateway.odd)) == []


def test_what_came_too_often(honest: tuple[Standin, Told]) -> None:
    gateway, _ = honest
    payments = gateway.ledger.payments
    assert too_often(gateway.posts, payments) == []
    for posted in gateway.posts:
        is_free = posted.field("tid") not in payments
        assert bool(too_often([*gateway.posts, posted], payments)) is not is_free, posted
