"""A person at a terminal: what is asked before money may move, and what each answer does."""

from __future__ import annotations

import os
import re
import signal
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme

from judge import complaints, secrets
from odd import Fault
from person import at_a_terminal, exit_code, read_until, until_nothing_is_echoed
from play import FACES, Rehearsal
from relay import Relay
from standin import MID, SIGN_KEY, Posted, Standin

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no such terminals")
QUESTION = "Type yes to continue"
# Steps that name a real payment, without a second one.
STEPS = 10


@contextmanager
def sitting(rehearsal: Rehearsal, *arguments: str) -> Iterator[tuple[int, int]]:
    with at_a_terminal(rehearsal.env, "rehearse", *arguments, command=FACES[rehearsal.face]) as there:
        yield there


def type_in(terminal: int, words: str) -> None:
    os.write(terminal, f"{words}\n".encode())


def read_to_the_end(terminal: int) -> str:
    seen = b""
    while True:
        try:
            data = os.read(terminal, 4096)
        except OSError:
            data = b""
        if not data:
            return seen.decode()
        seen += data


@pytest.fixture(params=FACES)
def rehearsal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rehearsal]:
    with Standin() as gateway:
        yield Rehearsal(gateway, tmp_path, request.param, with_full=False)


def test_each_step_that_may_move_money_is_asked_for(rehearsal: Rehearsal) -> None:
    gateway, asked = rehearsal.gateway, 0
    with sitting(rehearsal, *rehearsal.payment) as (process, terminal):
        shown, before = "", 0
        while QUESTION in (shown := read_until(terminal, QUESTION) if asked < STEPS else ""):
            # Nothing leaves while a person thinks; and what is said before is what it can cost.
            posts = len(gateway.posts)
            assert posts > before or asked, shown
            before, asked = posts, asked + 1
            assert re.search(r"\b\d[\d,]* won\b", shown), shown
            type_in(terminal, "yes")
        shown += read_to_the_end(terminal)
        assert QUESTION not in shown
        assert exit_code(process) == 0
    told = rehearsal.read()
    assert complaints(told, gateway) == [] and secrets(gateway, shown) == []
    assert gateway.ledger.gone() == rehearsal.price


@pytest.mark.parametrize("answer", ["no", "", "y", "YES please"])
def test_anything_but_yes_stops_it(rehearsal: Rehearsal, answer: str) -> None:
    gateway = rehearsal.gateway
    with sitting(rehearsal, *rehearsal.payment) as (process, terminal):
        read_until(terminal, QUESTION)
        posts = len(gateway.posts)
        type_in(terminal, answer)
        read_to_the_end(terminal)
        assert exit_code(process) == 1
    assert len(gateway.posts) == posts and gateway.ledger.gone() == 0
    # The free steps are not asked again.
    assert rehearsal.go_on().code == 0
    assert complaints(rehearsal.read(), gateway) == []
    assert gateway.ledger.gone() == rehearsal.price


def test_ctrl_c_at_a_question_loses_nothing(rehearsal: Rehearsal) -> None:
    gateway = rehearsal.gateway
    with sitting(rehearsal, *rehearsal.payment) as (process, terminal):
        for _ in range(3):
            read_until(terminal, QUESTION)
            type_in(terminal, "yes")
        read_until(terminal, QUESTION)
        posts, gone = len(gateway.posts), gateway.ledger.gone()
        os.write(terminal, b"\x03")
        shown = read_to_the_end(terminal)
        assert exit_code(process) in (-signal.SIGINT, 128 + signal.SIGINT)
    # What was found so far, what it cost, and how it continues.
    for words in (
        "The same command continues here.",
        f"Went back: {gone} won",
        "name_value (proven",
        str(rehearsal.file),
    ):
        assert words in shown, shown
    assert (len(gateway.posts), gateway.ledger.gone()) == (posts, gone)
    assert rehearsal.go_on().code == 0
    assert complaints(rehearsal.read(), gateway) == []


def test_ctrl_c_where_a_person_is_to_look_up_what_remains(tmp_path: Path) -> None:
    # After the six requests that cost nothing, the first about the payment is lost.
    with Standin(faults={7: Fault("close", applied=False)}) as gateway:
        rehearsal = Rehearsal(gateway, tmp_path, with_full=False)
        with sitting(rehearsal, *rehearsal.payment) as (process, terminal):
            read_until(terminal, QUESTION)
            type_in(terminal, "yes")
            read_until(terminal, "What remains of it there?")
            os.write(terminal, b"\x03")
            shown = read_to_the_end(terminal)
            assert exit_code(process) in (-signal.SIGINT, 128 + signal.SIGINT)
        assert "Went back: 0 – 100 won" in shown and "with --remaining AMOUNT continues" in shown, shown
        rehearsal.run()
        rehearsal.to_the_end()
        assert rehearsal.runs[-1].code == 0 and complaints(rehearsal.read(), gateway) == []


def test_a_kill_at_a_question_loses_nothing(rehearsal: Rehearsal) -> None:
    gateway = rehearsal.gateway
    for at in range(STEPS):
        arguments = rehearsal.payment if at == 0 else ["--out", str(rehearsal.file)]
        with sitting(rehearsal, *arguments) as (process, terminal):
            read_until(terminal, QUESTION)
            if at:
                type_in(terminal, "yes")
                read_until(terminal, QUESTION) if at < STEPS - 1 else read_to_the_end(terminal)
            os.kill(process, signal.SIGKILL)
            exit_code(process)
        assert complaints(rehearsal.read(), gateway) == []
        assert all(each["state"] in ("answered", "skipped") for each in rehearsal.read()["steps"])
    assert rehearsal.go_on().code == 0
    assert gateway.ledger.gone() == rehearsal.price


def test_ctrl_c_within_a_request_says_what_may_have_left(tmp_path: Path) -> None:
    arrived, goes_on = threading.Event(), threading.Event()

    def look(posted: Posted, moment: str) -> None:
        if moment == "applied" and posted.moved:
            arrived.set()
            goes_on.wait(20)

    with Standin(look=look) as gateway:
        rehearsal = Rehearsal(gateway, tmp_path, with_full=False)
        with sitting(rehearsal, *rehearsal.payment, "--yes") as (process, terminal):
            assert arrived.wait(20)
            os.write(terminal, b"\x03")
            shown = read_until(terminal, "can't be called back")
            goes_on.set()
            shown += read_to_the_end(terminal)
            assert exit_code(process) != 0, shown
        told = rehearsal.read()
        assert complaints(told, gateway) == []
        # Its answer was waited for, and nothing after it was sent.
        assert [posted.moved > 0 for posted in gateway.posts].count(True) == 1
        assert rehearsal.go_on().code == 0
        assert complaints(rehearsal.read(), gateway) == []


def test_the_key_is_asked_for_and_not_shown(rehearsal: Rehearsal) -> None:
    rehearsal.settings = {"PAYWELCOME_SIGN_KEY": ""}
    with sitting(rehearsal, *rehearsal.payment, "--only-free") as (process, terminal):
        shown = read_until(terminal, "Sign key (not shown): ")
        # A person types later than a test, which finds the question before the terminal is told to hide the answer.
        until_nothing_is_echoed(terminal)
        type_in(terminal, SIGN_KEY)
        shown += read_to_the_end(terminal)
        assert exit_code(process) == 0, shown
    assert secrets(rehearsal.gateway, shown, rehearsal.file.read_text("utf-8")) == []
    assert rehearsal.gateway.ledger.gone() == 0


@contextmanager
def behind_tls(folder: Path, host: str, price: int, **settings: str) -> Iterator[Rehearsal[Standin]]:
    """Puts a gateway behind TLS and a proxy, so that it has any name that a test needs."""
    ca, context = trustme.CA(), ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ca.issue_cert(host).configure_cert(context)
    bundle = folder / "ca.pem"
    ca.cert_pem.write_to_path(bundle)
    with Standin(tls=context) as gateway, Relay(gateway.port) as relay:
        rehearsal = Rehearsal(gateway, folder / "run", price=price, with_full=False)
        rehearsal.settings = {"PAYWELCOME_BASE_URL": f"https://{host}", "HTTPS_PROXY": relay.url, **settings}
        rehearsal.more = ["--ca-bundle", str(bundle)]
        yield rehearsal
        assert set(relay.asked) <= {f"{host}:443"}


PRODUCTION = "gateway.invalid"


def test_production_requires_a_sentence(tmp_path: Path) -> None:
    with behind_tls(tmp_path, PRODUCTION, 500) as rehearsal:
        gateway = rehearsal.gateway
        with sitting(rehearsal, *rehearsal.payment, "--yes", *rehearsal.more) as (process, terminal):
            shown = read_until(terminal, "> ")
            assert PRODUCTION in shown and "500 won" in shown and MID in shown, shown
            type_in(terminal, "yes")
            read_to_the_end(terminal)
            assert exit_code(process) == 1
        # Without a person it asks nothing at all.
        refused = rehearsal.run(*rehearsal.payment, "--yes")
        assert refused.code == 2 and "terminal" in refused.err, refused.said
        assert gateway.posts == []


def test_production_costs_500_won_at_most(tmp_path: Path) -> None:
    with behind_tls(tmp_path, PRODUCTION, 500) as rehearsal:
        gateway = rehearsal.gateway
        with sitting(rehearsal, *rehearsal.payment, "--yes", *rehearsal.more) as (process, terminal):
            shown = read_until(terminal, "> ")
            (sentence,) = (line.strip() for line in shown.splitlines() if MID in line)
            type_in(terminal, sentence)
            shown += read_to_the_end(terminal)
            assert exit_code(process) == 0, shown
        told = rehearsal.read()
        assert complaints(told, gateway) == [] and secrets(gateway, shown) == []
        assert told["gateway"] == {"base_url": f"https://{PRODUCTION}", "kind": "production"}
        assert told["findings"]["tls"]["version"] == "TLS 1.3" and told["findings"]["tls"]["offers"]
        # Nothing is asked that a gateway without any rules could make cost more.
        asked = [posted for posted in gateway.posts if posted.field("tid") == rehearsal.tid]
        done = 0
        for posted in asked:
            assert done + int(posted.field("cancelPrice") or posted.field("price")) <= 500
            done += posted.moved
        assert told["findings"]["confirm_price"]["too_high"] == "declined"


@pytest.mark.parametrize("price", ["501", "99"])
def test_production_takes_a_small_payment_only(tmp_path: Path, price: str) -> None:
    with behind_tls(tmp_path, PRODUCTION, 500) as rehearsal:
        arguments = [price if each == "500" else each for each in rehearsal.payment]
        ran = rehearsal.run(*arguments, "--yes")
        assert ran.code == 2 and "--price" in ran.err, ran.said
        assert rehearsal.gateway.posts == []


def test_the_test_host_needs_no_sentence(tmp_path: Path) -> None:
    leads = {"PAYWELCOME_BASE_URL": "", "PAYWELCOME_ENVIRONMENT": "test"}
    with behind_tls(tmp_path, "tpayapi.paywelcome.co.kr", 1000, **leads) as rehearsal:
        ran = rehearsal.run()
        assert ran.code == 0, ran.said
        told = rehearsal.read()
        assert told["gateway"]["kind"] == "test" and complaints(told, rehearsal.gateway) == []
        assert "proves nothing for production" in ran.out
