"""The Django example under gunicorn and uvicorn."""

from __future__ import annotations

import os
import re
import signal
import urllib.error
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from every_refund import EveryRefund
from program import GUARD, Program, run
from shop import Answer, Browser, Shop, asked_and_left

from paywelcome.testing import Sandbox

GUNICORN = ["gunicorn", "merchant.wsgi", "--preload", "--bind=127.0.0.1:0", "--workers=2", "--timeout=60"]
UVICORN = ["uvicorn", "merchant.asgi:application", "--port=0", "--lifespan=off", "--timeout-graceful-shutdown=60"]
ENDED = (0, -signal.SIGTERM)  # uvicorn ends by the signal itself
SERVERS = {
    "gthread": [*GUNICORN, "--threads=4"],
    "sync": [*GUNICORN, "--worker-class=sync"],
    "asgi": UVICORN,
    "one": [*GUNICORN, "--workers=1", "--threads=4"],
}


@pytest.fixture(scope="module")
def environment(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    found = {
        **sandbox.environment,
        "DJANGO_SECRET_KEY": "only-of-these-tests",
        "DJANGO_SUPERUSER_PASSWORD": "staff",
        "SHOP_DATABASE": str(tmp_path_factory.mktemp("django") / "shop.sqlite3"),
    }
    run("django", "manage", "migrate", "--verbosity=0", environment=found)
    run("django", "manage", "createsuperuser", "--noinput", "--username=staff", "--email=", environment=found)
    return found


class Served:
    """A server of the example, with a browser that has logged in."""

    def __init__(self, kind: str, sandbox: Sandbox, environment: dict[str, str]) -> None:
        self.program = Program("django", *SERVERS[kind], environment=environment)
        url = self.program.wait_for(r"(?:Listening at|running on): ?(http://[\d.:]+)|running on (http://[\d.:]+)")
        self.url = next(group for group in url.groups() if group)
        self.browser = Browser(self.url)
        self.browser.log_in()
        self.shop = Shop(sandbox, Path(environment["SHOP_DATABASE"]), "orders_order", self.post)

    def post(self, path: str, values: dict[str, object]) -> Answer:
        """Posts as the shop's page does; a ruling is made in the admin."""
        ruled = re.fullmatch(r"refunds/(.*)/ruling", path)
        return self.rule(ruled[1], values) if ruled else self.browser.post(path, values)

    def rule(self, key: str, values: dict[str, object]) -> Answer:
        """Rules on a refund as a person does, and says whether the ruling was taken."""
        shown = f"admin/paywelcome/refund/{key}"
        seen = re.search(r'name="seen" value="(.*?)"', self.browser.page(f"{self.url}/{shown}/change/"))
        assert seen
        given = {**values, "seen": seen[1]}
        assert "Is this what you found?" in self.browser.page(self.browser.form(f"{shown}/rule/", given))
        said = self.browser.page(self.browser.form(f"{shown}/rule/", {**given, "confirmed": 1}))
        return (200 if '<li class="success">' in said else 409), {}


@pytest.fixture(scope="module", params=["gthread", "sync", "asgi"])
def served(request: pytest.FixtureRequest, sandbox: Sandbox, environment: dict[str, str]) -> Iterator[Served]:
    server = Served(request.param, sandbox, environment)
    yield server
    assert server.program.stop() in ENDED


@pytest.fixture
def shop(served: Served) -> Shop:
    return served.shop


@pytest.fixture
def worker(environment: dict[str, str]) -> Iterator[Program]:
    program = Program("django", "manage", "paywelcome", "run", environment=environment)
    program.wait_for("Processing the refunds of")
    yield program
    assert program.stop() == 0
    program.wait_for(r"processed: \d+")


class TestRefunds(EveryRefund):
    def test_the_admins_action(self, served: Served, worker: Program) -> None:
        shop = served.shop
        whole, part, lost = (shop.sell() for _ in range(3))
        shop.refund(part[0], 3000)
        shop.wait_for_state("done", part[0])
        shop.gateway.arm("close", when="after_applying", tid=lost[1])
        chosen = [("_selected_action", order) for order, _ in (whole, part, lost)]
        action = served.browser.form("admin/orders/order/", [("action", "refund_orders"), *chosen])
        for _ in range(2):  # pressed again
            assert f"{part[1]}: " in served.browser.page(action)
        for (order, _), state in ((whole, "done"), (lost, "review")):
            shop.wait_for("state", state, order, "whole")
        assert shop.gateway.executions == 3

    def test_only_who_may(self, served: Served) -> None:
        order, _ = served.shop.sell()
        stranger = Browser(served.url)
        stranger.page(f"{served.url}/admin/login/")
        with pytest.raises(urllib.error.HTTPError, match="403"):
            stranger.page(stranger.form(f"orders/{order}/refunds", {"amount": 12000, "number": 1}))
        assert served.shop.gateway.request_count == 0


class TestTheEndOfAWorker:
    @pytest.fixture
    def served(self, sandbox: Sandbox, environment: dict[str, str]) -> Iterator[Served]:
        server = Served("one", sandbox, environment)
        yield server
        assert server.program.stop() == 0

    def worker_of(self, program: Program, after: int = 0) -> int:
        return int(program.wait_for(r"Booting worker with pid: (\d+)", after)[1])

    def test_killed_in_between(self, served: Served, environment: dict[str, str]) -> None:
        shop = served.shop
        order, tid = shop.sell()
        shop.gateway.arm("stall")
        printed = len(served.program.lines)
        with ThreadPoolExecutor(1) as pool:
            lost = pool.submit(shop.refund, order)
            assert shop.gateway.wait_until(lambda: shop.gateway.executions, timeout=GUARD)
            os.kill(self.worker_of(served.program), signal.SIGKILL)
            with pytest.raises((urllib.error.URLError, ConnectionError)):
                lost.result(GUARD)
        assert self.worker_of(served.program, printed)
        assert (shop.refund(order)[0], shop.state_of(order), shop.gateway.executions) == (202, "sending", 1)
        assert shop.refund(shop.sell()[0])[0] == 202

        shop.hurry(order)
        shop.refund(order)
        shop.wait_for_state("review", order)
        page = served.browser.page(f"{served.url}/admin/paywelcome/refund/?state=review&q={tid}")
        assert page.count(f">order-{order}-1</a>") == 1
        ruling = f"refunds/order-{order}-1/ruling"
        assert shop.post(ruling, {"ruling": "void"})[0] == 409  # too early
        assert shop.post(ruling, {"ruling": "done"})[0] == 200
        assert (shop.state_of(order), shop.remaining_of(tid), shop.gateway.executions) == ("done", 0, 2)

    def test_restarted_in_between(self, served: Served) -> None:
        shop = served.shop
        order, _ = shop.sell()
        shop.gateway.arm("stall", ms=1000)
        printed = len(served.program.lines)
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(shop.refund, order)
            assert shop.gateway.wait_until(lambda: shop.gateway.executions, timeout=GUARD)
            served.program.process.send_signal(signal.SIGHUP)
            assert answer.result(GUARD)[0] == 202
        assert shop.state_of(order) == "done"
        assert self.worker_of(served.program, printed)
        order, _ = shop.sell()
        assert (shop.refund(order)[0], shop.state_of(order)) == (202, "done")


class TestTheWorker:
    def test_sends_what_nobody_else_does(self, served: Served, worker: Program) -> None:
        shop = served.shop
        order, _ = shop.sell()
        with shop.gateway.arm("refuse_connections"):
            shop.refund(order)
            shop.wait_for("outcome", "not_sent", order)
        shop.hurry(order)
        shop.wait_for_state("done", order)

    def test_writes_down_what_is_under_way_when_it_is_stopped(
        self, served: Served, environment: dict[str, str]
    ) -> None:
        shop = served.shop
        order, _ = shop.sell()
        with shop.gateway.arm("refuse_connections"):
            shop.refund(order)
            shop.wait_for("outcome", "not_sent", order)
        shop.gateway.arm("stall", ms=1500)
        shop.hurry(order)
        program = Program("django", "manage", "paywelcome", "run", environment=environment)
        assert shop.gateway.wait_until(lambda: shop.gateway.executions, timeout=GUARD)
        assert (program.stop(), shop.state_of(order), shop.gateway.executions) == (0, "done", 1)


class TestAClientThatGoesAway:
    @pytest.mark.parametrize("then", ["stays", "stops"])
    def test_the_end_is_written_down(self, then: str, sandbox: Sandbox, environment: dict[str, str]) -> None:
        server = Served("asgi", sandbox, environment)
        try:
            shop = server.shop
            order, tid = shop.sell()
            sandbox.arm("stall", ms=1500)
            asking = server.browser.form(f"orders/{order}/refunds", {"amount": 12000, "number": 1})
            server.browser.cookies.add_cookie_header(asking)
            asking.add_header("Content-Type", "application/x-www-form-urlencoded")
            asked_and_left(asking, sandbox)
            if then == "stops":
                assert server.program.stop() in ENDED
            shop.wait_for_state("done", order)
            assert (shop.remaining_of(tid), sandbox.executions) == (0, 1)
        finally:
            if then == "stays":
                assert server.program.stop() in ENDED


OWN_TESTS = {
    "runner": ["manage", "test"],
    "pytest-django": ["pytest", "orders/tests.py", "--ds=merchant.settings", "-p", "no:cacheprovider"],
}


@pytest.mark.parametrize("way", [*OWN_TESTS, "no migrations"])
def test_its_own_tests(way: str, environment: dict[str, str]) -> None:
    command = OWN_TESTS.get(way) or [*OWN_TESTS["pytest-django"], "--nomigrations"]
    assert re.search(r"^OK$| 3 passed ", run("django", *command, environment=environment), re.MULTILINE)
