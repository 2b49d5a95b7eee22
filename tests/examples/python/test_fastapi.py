"""The FastAPI example under uvicorn."""

from __future__ import annotations

import json
import os
import signal
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from every_refund import EveryRefund
from program import GUARD, Program
from shop import Shop, asked_and_left, json_poster

from paywelcome.testing import Sandbox

ENDED = (0, -signal.SIGTERM)  # uvicorn ends by the signal itself


class Served:
    def __init__(self, sandbox: Sandbox, database: Path, app: str = "app:app", *options: str) -> None:
        environment = {
            **sandbox.environment,
            "SHOP_DATABASE": str(database),
            "PYTHONPATH": os.path.dirname(__file__),
        }
        self.program = Program("fastapi", "uvicorn", app, "--port=0", *options, environment=environment)
        self.url = self.program.wait_for(r"running on (http://[\d.:]+)")[1]
        self.program.wait_for("startup complete")
        self.shop = Shop(sandbox, database, "orders", json_poster(self.url))
        columns = "id INTEGER PRIMARY KEY, tid TEXT, pay_type TEXT, paid INTEGER"
        self.shop.query(f"CREATE TABLE IF NOT EXISTS orders ({columns})")


@pytest.fixture(scope="module", params=["--workers=1", "--workers=2"])
def served(
    request: pytest.FixtureRequest, sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    server = Served(sandbox, tmp_path_factory.mktemp("fastapi") / "shop.sqlite3", "app:app", request.param)
    yield server
    assert server.program.stop() in ENDED


@pytest.fixture
def shop(served: Served) -> Shop:
    return served.shop


class TestRefunds(EveryRefund):
    pass


def in_review(url: str) -> list[dict[str, object]]:
    with urllib.request.urlopen(f"{url}/refunds/review", timeout=GUARD) as answer:
        found: list[dict[str, object]] = json.load(answer)
    return found


@pytest.mark.parametrize("then", ["stays", "stops"])
def test_a_client_that_goes_away(then: str, sandbox: Sandbox, tmp_path: Path) -> None:
    server = Served(sandbox, tmp_path / "shop.sqlite3", "leaving:app")
    try:
        shop = server.shop
        order, tid = shop.sell()
        sandbox.arm("stall", ms=1500)
        asking = urllib.request.Request(
            f"{server.url}/orders/{order}/refunds",
            json.dumps({"amount": 12000, "number": 1}).encode(),
            {"Content-Type": "application/json"},
        )
        asked_and_left(asking, sandbox)
        server.program.wait_for("the request was cancelled")
        if then == "stops":
            assert server.program.stop() in ENDED
            assert shop.state_of(order) == "done"
        shop.wait_for_state("done", order)
        assert (shop.remaining_of(tid), sandbox.executions) == (0, 1)
    finally:
        if then == "stays":
            assert server.program.stop() in ENDED


def test_killed_in_between(sandbox: Sandbox, tmp_path: Path) -> None:
    first = Served(sandbox, tmp_path / "shop.sqlite3")
    order, tid = first.shop.sell()
    sandbox.arm("stall")
    with ThreadPoolExecutor(1) as pool:
        lost = pool.submit(first.shop.refund, order, 9000)
        assert sandbox.wait_until(lambda: sandbox.executions, timeout=GUARD)
        first.program.process.kill()
        assert isinstance(lost.exception(GUARD), OSError)
    assert first.program.stop() == -signal.SIGKILL

    second = Served(sandbox, tmp_path / "shop.sqlite3")
    try:
        shop = second.shop
        assert (shop.refund(order, 9000)[0], shop.state_of(order)) == (202, "sending")
        assert (shop.refund(order, 3000, 2)[0], shop.state_of(order, 2)) == (202, "requested")
        shop.hurry(order)
        shop.wait_for_state("review", order)
        (found,) = in_review(second.url)
        assert (found["note"], sandbox.executions) == ("no_answer", 1)
        assert shop.post(f"refunds/{found['key']}/ruling", {"ruling": "retry"})[0] == 409  # too early
        assert shop.post(f"refunds/{found['key']}/ruling", {"ruling": "done", "remaining": 3000})[0] == 200
        shop.wait_for_state("done", order, 2)  # its turn
        assert (in_review(second.url), shop.remaining_of(tid), sandbox.executions) == ([], 0, 2)
    finally:
        assert second.program.stop() in ENDED


def test_a_refund_that_was_only_written_down(sandbox: Sandbox, tmp_path: Path) -> None:
    first = Served(sandbox, tmp_path / "shop.sqlite3")
    order, _ = first.shop.sell()
    with sandbox.arm("refuse_connections"):
        assert first.shop.refund(order)[0] == 202
        first.shop.wait_for("outcome", "not_sent", order)
        assert first.program.stop() in ENDED
    first.shop.hurry(order)

    second = Served(sandbox, tmp_path / "shop.sqlite3")
    try:
        second.shop.wait_for_state("done", order)  # by the worker that starts with the server
        assert sandbox.executions == 1
    finally:
        assert second.program.stop() in ENDED
