"""While the fixture's sandbox is up, a client of another gateway refuses to send, whichever was made first."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import paywelcome
from faces import FACES, Face
from merchant import CANCEL, MID, PARTIAL, SIGN_KEY, settings
from paywelcome.testing import Sandbox
from scripted import Script, Server, answer
from test_testing_plugin import pytest_run

Serve = Callable[[Script], Server]
PRODUCTION = "https://payapi.paywelcome.co.kr"


@pytest.fixture
def elsewhere(serve: Serve) -> Server:
    """A gateway that answers well, and that no request may reach."""
    return serve(answer())


@pytest.fixture(params=FACES, ids=lambda face: str(face.__name__))
def early(request: pytest.FixtureRequest, elsewhere: Server) -> Iterator[Face]:
    """A client that was made before the sandbox."""
    opened: Face = request.param(**settings(elsewhere.url))
    yield opened
    opened.end()


def assert_refused(call: Callable[[], object], *hosts: str) -> None:
    with pytest.raises(paywelcome.ConfigurationError) as caught:
        call()
    error = caught.value
    assert (error.outcome, error.kind, error.safe_to_resend) == ("not_sent", "configuration", True)
    assert [entry.field for entry in error.errors] == ["base_url"]
    for host in hosts:
        assert host in str(error)


def test_clients_of_before_and_after_are_refused(early: Face, elsewhere: Server, paywelcome_sandbox: Sandbox) -> None:
    late = type(early)(**settings(elsewhere.url))  # type: ignore[call-arg]
    real = type(early)(mid=MID, sign_key=SIGN_KEY, base_url=PRODUCTION)  # type: ignore[call-arg]
    for client, host in ((early, elsewhere.url), (late, elsewhere.url), (real, PRODUCTION)):
        assert_refused(lambda client=client: client.cancel(**CANCEL), host, paywelcome_sandbox.url)
        assert_refused(lambda client=client: client.partial_cancel(**PARTIAL), host, paywelcome_sandbox.url)
    with pytest.raises(paywelcome.ConfigurationError) as caught:
        early.cancel(**CANCEL, reference="R1")
    error = caught.value
    assert (error.operation, error.tid, error.reference, error.attempts) == ("cancel", CANCEL["tid"], "R1", 0)
    for client in (late, real):
        client.end()
    assert elsewhere.connections == []


def test_warming_up_is_refused_too(elsewhere: Server, paywelcome_sandbox: Sandbox) -> None:
    assert_refused(paywelcome.Client(**settings(elsewhere.url)).warm_up, elsewhere.url, paywelcome_sandbox.url)
    paywelcome_sandbox.client().warm_up()


def test_the_module_functions_are_refused_where_code_changed_the_variables(
    elsewhere: Server, paywelcome_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAYWELCOME_BASE_URL", elsewhere.url)
    assert_refused(lambda: paywelcome.cancel(**CANCEL), elsewhere.url, paywelcome_sandbox.url)
    assert_refused(lambda: paywelcome.partial_cancel(**PARTIAL), elsewhere.url, paywelcome_sandbox.url)


def test_the_doctor_looks_nothing_up(
    paywelcome_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from paywelcome import _native

    for name in ("PAYWELCOME_MID", "PAYWELCOME_SIGN_KEY"):
        monkeypatch.delenv(name)
    code = _native.command_line("paywelcome", "a test", "doctor", ["--environment", "production"])
    said = capfd.readouterr().out
    assert code == 3 and PRODUCTION in said and paywelcome_sandbox.url in said
    assert "can't be resolved" not in said and "\n   name " not in said


def test_every_sandbox_of_the_process_may_be_called(
    early: Face, paywelcome_sandbox: Sandbox, elsewhere: Server
) -> None:
    def goes(gateway: Sandbox, **more: Any) -> None:
        tid = gateway.approve(price=10)
        assert gateway.client(**more).cancel(pay_type="card", tid=tid, price=10).price == 10

    goes(paywelcome_sandbox)
    goes(paywelcome_sandbox, base_url=paywelcome_sandbox.url.replace("127.0.0.1", "localhost"))
    with Sandbox() as plain, Sandbox(guard=True, tls=True) as guarding:
        goes(plain)
        goes(guarding)
        assert_refused(lambda: early.cancel(**CANCEL), elsewhere.url, paywelcome_sandbox.url, guarding.url)
        of_closed = plain.client()
    assert_refused(lambda: of_closed.cancel(**CANCEL), plain.url, paywelcome_sandbox.url)


def test_a_sandbox_of_ones_own_guards_where_it_is_told_to(early: Face, elsewhere: Server) -> None:
    with Sandbox():
        assert early.cancel(**CANCEL).price == 12000
    gateway = Sandbox(guard=True)
    assert_refused(lambda: early.cancel(**CANCEL), elsewhere.url, gateway.url)
    gateway.close()
    gateway.close()
    assert early.cancel(**CANCEL).price == 12000
    forgotten = Sandbox(guard=True)
    assert_refused(lambda: early.cancel(**CANCEL), elsewhere.url, forgotten.url)
    del forgotten
    gc.collect()
    assert early.cancel(**CANCEL).price == 12000


@pytest.mark.paywelcome_sandbox(guard=False)
def test_the_fixtures_guard_can_be_turned_off(early: Face, paywelcome_sandbox: Sandbox) -> None:
    assert early.cancel(**CANCEL).price == 12000


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_forked_child_is_guarded_by_what_its_parent_has(elsewhere: Server, paywelcome_sandbox: Sandbox) -> None:
    outsider, insider = paywelcome.Client(**settings(elsewhere.url)), paywelcome_sandbox.client()
    tid = paywelcome_sandbox.approve(price=10)
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            assert_refused(lambda: outsider.cancel(**CANCEL), elsewhere.url, paywelcome_sandbox.url)
            assert insider.cancel(pay_type="card", tid=tid, price=10).price == 10
            code = 0
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert (elsewhere.connections, paywelcome_sandbox.executions) == ([], 1)
    # What the child ended was its own.
    assert_refused(lambda: outsider.cancel(**CANCEL), elsewhere.url)


MERCHANT = """
import asyncio
import functools
import paywelcome
import pytest

# As in a program that was written without its tests in mind.
client = paywelcome.Client(mid="welcometst", sign_key="made-up", environment="production")
async_client = paywelcome.AsyncClient(mid="welcometst", sign_key="made-up", environment="production")

@functools.cache
def at_first_use():
    return paywelcome.Client()

def refused(call):
    with pytest.raises(paywelcome.ConfigurationError, match="https://payapi.paywelcome.co.kr") as caught:
        call()
    assert caught.value.outcome == "not_sent"

@pytest.fixture
def outer(paywelcome_sandbox):
    yield
    # A fixture that needs the sandbox ends before it.
    refused(lambda: client.cancel(pay_type="card", tid="T", price=1))

def test_a_client_of_the_module(outer, paywelcome_sandbox):
    refused(lambda: client.cancel(pay_type="card", tid="T", price=1))
    refused(lambda: asyncio.run(async_client.cancel(pay_type="card", tid="T", price=1)))

@pytest.mark.parametrize("turn", range(2))
def test_a_client_that_outlived_its_sandbox(paywelcome_sandbox, turn):
    tid = paywelcome_sandbox.approve(price=10)
    if turn == 0:
        assert at_first_use().cancel(pay_type="card", tid=tid, price=10).price == 10
        return
    with pytest.raises(paywelcome.ConfigurationError, match=paywelcome_sandbox.url) as caught:
        at_first_use().cancel(pay_type="card", tid=tid, price=10)
    assert at_first_use().base_url in str(caught.value)

def test_without_the_fixture():
    with pytest.raises(paywelcome.NotSentError):
        paywelcome.Client(mid="m", sign_key="k", base_url="http://127.0.0.1:1", connect_retries=0).cancel(
            pay_type="card", tid="T", price=1
        )
"""


def test_a_merchants_run(tmp_path: Path) -> None:
    assert "4 passed" in pytest_run(tmp_path, MERCHANT)


def test_variables_that_are_not_ours_stay_as_they_are(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    request.getfixturevalue("paywelcome_sandbox")
    assert os.environ["HTTPS_PROXY"] == "http://proxy.example:3128"
