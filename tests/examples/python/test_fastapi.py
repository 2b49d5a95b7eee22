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
from program import GUARD, Program, run
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
        self.shop = Shop(sandbox, database, self.url, "orders", "refunds", json_poster(self.url))


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


def open_refunds(shop: Shop) -> list[dict[str, object]]:
    with urllib.request.urlopen(f"{shop.url}/refunds/open", timeout=GUARD) as answer:
        found: list[dict[str, object]] = json.load(answer)
    return found


@pytest.mark.parametrize("then", ["stays", "stops"])
def test_a_client_that_goes_away(then: str, sandbox: Sandbox, tmp_path: Path) -> None:
    server = Served(sandbox, tmp_path / "shop.sqlite3", "leaving:app")
    try:
        shop = server.shop
        order, _ = shop.sell()
        sandbox.arm("stall", ms=1500)
        asking = urllib.request.Request(
            f"{shop.url}/orders/{order}/refunds",
            json.dumps({"amount": 12000, "remaining": 12000}).encode(),
            {"Content-Type": "application/json"},
        )
        asked_and_left(asking, sandbox)
        server.program.wait_for("the request was cancelled")
        if then == "stops":
            assert server.program.stop() in ENDED
            assert shop.status_of(order) == "done"
        shop.wait_for_status(order, "done")
        assert (shop.remaining_of(order), sandbox.executions) == ((0, 0), 1)
    finally:
        if then == "stays":
            assert server.program.stop() in ENDED


def test_killed_in_between(sandbox: Sandbox, tmp_path: Path) -> None:
    first = Served(sandbox, tmp_path / "shop.sqlite3")
    order, _ = first.shop.sell()
    sandbox.arm("stall")
    with ThreadPoolExecutor(1) as pool:
        lost = pool.submit(first.shop.refund, order)
        assert sandbox.wait_until(lambda: sandbox.executions, timeout=GUARD)
        first.program.process.kill()
        assert isinstance(lost.exception(GUARD), OSError)
    assert first.program.stop() == -signal.SIGKILL

    second = Served(sandbox, tmp_path / "shop.sqlite3")
    try:
        shop = second.shop
        assert shop.refund(order)[0] == 409
        (found,) = open_refunds(shop)
        assert (found["status"], sandbox.executions) == ("sending", 1)
        ruling = f"refunds/{found['id']}/ruling"
        assert shop.post(ruling, {"found": "void"})[0] == 409  # too young
        shop.query("UPDATE refunds SET claimed_at = datetime('now', '-6 minutes')")
        assert shop.post(ruling, {"found": "done"})[0] == 200
        assert (open_refunds(shop), shop.remaining_of(order)) == ([], (0, 0))
    finally:
        assert second.program.stop() in ENDED


def test_the_end_of_a_call_whose_wait_was_given_up(tmp_path: Path) -> None:
    environment = {"SHOP_DATABASE": str(tmp_path / "shop.sqlite3"), "PYTHONPATH": os.path.dirname(__file__)}
    said = run("fastapi", "late", environment=environment).splitlines()
    assert said[-2:] == ["done after the wait was given up", "9000 0"]
