"""gevent: a call waits in the hub, so that the other greenlets of its thread continue."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType

import pytest

import child
import paywelcome
from merchant import CANCEL, GUARD, TID, settings
from paywelcome.testing import Sandbox
from scripted import Connection, Script, Server, done
from test_web_servers import end, served

pytest.importorskip("gevent", reason="LOUD: gevent is not installed, so that its greenlets are not tested")
Serve = Callable[[Script], Server]


CROWD = 8


class Gates:
    """A script that answers a crowd when all of it has come, and everybody after it when told so."""

    def __init__(self) -> None:
        self._opened: dict[int, threading.Event] = {}
        self._lock = threading.Lock()

    def __call__(self, connection: Connection) -> None:
        while (request := connection.request()) is not None:
            with self._lock:
                gate = self.gate(len(self._opened))
            if len(self._opened) <= CROWD:
                connection.server.await_requests(CROWD)
            else:
                assert gate.wait(GUARD)
            connection.send(done(request))

    def gate(self, number: int) -> threading.Event:
        return self._opened.setdefault(number, threading.Event())


def test_calls_in_greenlets(serve: Serve) -> None:
    gates = Gates()
    server = serve(gates)
    arrived = CROWD
    try:
        with child.Child("in_greenlets.py", settings(server.url, timeout=8), CANCEL) as program:

            def another() -> threading.Event:
                """Waits until the program's next call has come, and gives what lets it be answered."""
                nonlocal arrived
                arrived += 1
                server.await_requests(arrived)
                program.tell()
                return gates.gate(arrived - 1)

            assert program.line() == ["eight", [12000] * CROWD]
            slow = another()
            assert program.line() == ["beats", True]
            slow.set()
            assert program.line() == ["slow", 12000]
            given_up = []
            for way, name in (("timeout", "Timeout"), ("kill", "GreenletExit")):
                given_up.append(another())
                assert program.line() == [way, [name, "unknown", TID, way]]
            another().set()
            assert program.line() == ["own", 12000]
            closing = another()
            assert program.line() == ["open", ["closing", "kill", "timeout"]]
            assert program.line() == ["closes", True]
            for gate in (closing, *given_up):
                gate.set()
            program.tell()
            told = [["kill", "done", True], ["timeout", "done", True]]
            assert program.line() == ["closed", [], 12000, told]
            last = another()
            assert program.line() == ["last", ["GreenletExit", "unknown", TID, "last"]]
            last.set()
            code, lines, errors = program.end()
    finally:
        for number in range(CROWD + 10):
            gates.gate(number).set()
    assert (code, lines) == (0, [["at the end", "done"]])
    # The three warnings, and nothing else.
    assert len(errors.splitlines()) == errors.count("continued after its caller gave up; its outcome is done") == 3
    assert len(server.requests) == arrived


def test_gunicorn_with_greenlets(sandbox: Sandbox) -> None:
    gunicorn = (sys.executable, "-m", "gunicorn", "--workers", "1", "--bind", "fd://{fd}", "--worker-class", "gevent")
    with served(sandbox, *gunicorn, "wsgi_app:application") as application:
        # One worker, in which one slow refund does not keep the others.
        slow, quick = sandbox.approve(price=700), [sandbox.approve(price=700) for _ in range(20)]
        sandbox.arm("stall", when="after_applying", ms=3000, tid=slow)
        with ThreadPoolExecutor(5) as pool:
            first = pool.submit(application.cancel, slow)
            said = list(pool.map(application.cancel, quick))
            assert [(each or {}).get("outcome") for each in said] == ["done"] * 20
            assert not first.done(), "the slow one was waited for"
            answer = first.result(3 * GUARD)
        assert answer is not None and answer["outcome"] == "done"
        assert len({(each or {}).get("pid") for each in [*said, answer]}) == 1
        end(application)


def test_gunicorn_with_greenlets_that_preloads(sandbox: Sandbox) -> None:
    gunicorn = (sys.executable, "-m", "gunicorn", "--preload", "--workers", "2", "--bind", "fd://{fd}")
    with served(sandbox, *gunicorn, "--worker-class", "gevent", "wsgi_app:application") as application:
        tids = [sandbox.approve(price=700) for _ in range(40)]
        with ThreadPoolExecutor(8) as pool:
            said = list(pool.map(application.cancel, tids))
        assert [(each or {}).get("tid") for each in said if each and each["outcome"] == "done"] == tids
        # And the one of the application itself, while it was loaded. No signal ends this server: of gunicorn's workers
        # of this class, one that has just started may not hear it, whatever its application.
        assert sandbox.executions == 1 + 40


def test_eventlet_is_refused_by_name() -> None:
    """As it looks from within; the package itself is deprecated, and warns at its import."""
    with pytest.MonkeyPatch.context() as patch:
        patcher, hubs = ModuleType("eventlet.patcher"), ModuleType("eventlet.hubs")
        patcher.is_monkey_patched = lambda name: name == "socket"  # type: ignore[attr-defined]
        hubs._threadlocal = threading.local()  # type: ignore[attr-defined]
        patch.setitem(sys.modules, "eventlet.patcher", patcher)
        patch.setitem(sys.modules, "eventlet.hubs", hubs)
        client = paywelcome.Client(**settings("http://127.0.0.1:1", connect_retries=0))
        # A thread without a hub, as eventlet.tpool has them.
        with pytest.raises(paywelcome.NotSentError):
            client.cancel(**CANCEL)
        hubs._threadlocal.hub = object()
        with pytest.raises(paywelcome.ConfigurationError, match=r"eventlet\.tpool\.execute") as caught:
            client.cancel(**CANCEL)
        assert caught.value.outcome == "not_sent"
