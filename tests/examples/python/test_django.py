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
from shop import Browser, Shop, asked_and_left

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
        suffix = "/async" if kind == "asgi" else ""
        self.shop = Shop(
            sandbox,
            Path(environment["SHOP_DATABASE"]),
            self.url,
            "orders_order",
            "orders_refund",
            lambda path, values: self.browser.post(path + suffix, values),
        )


@pytest.fixture(scope="module", params=["gthread", "sync", "asgi"])
def served(request: pytest.FixtureRequest, sandbox: Sandbox, environment: dict[str, str]) -> Iterator[Served]:
    server = Served(request.param, sandbox, environment)
    yield server
    assert server.program.stop() in ENDED


@pytest.fixture
def shop(served: Served) -> Shop:
    return served.shop


class TestRefunds(EveryRefund):
    def test_the_admins_action(self, served: Served) -> None:
        shop = served.shop
        whole, part, lost = (shop.sell() for _ in range(3))
        shop.refund(part[0], 3000, 12000)
        shop.gateway.arm("close", when="after_applying", tid=lost[1])
        chosen = [("_selected_action", order) for order, _ in (whole, part, lost)]
        action = served.browser.form("admin/orders/order/", [("action", "cancel_orders"), *chosen])
        page = served.browser.page(action)
        for (_, tid), outcome in ((whole, "done"), (part, "done"), (lost, "unknown")):
            assert f"{tid}: {outcome}" in page
        page = served.browser.page(action)
        assert page.count("is being refunded, or nothing remains") == 3
        assert shop.gateway.executions == 4

    def test_only_who_may(self, served: Served) -> None:
        order, _ = served.shop.sell()
        stranger = Browser(served.url)
        stranger.page(f"{served.url}/admin/login/")
        with pytest.raises(urllib.error.HTTPError, match="403"):
            stranger.page(stranger.form(f"orders/{order}/refunds", {"amount": 12000, "remaining": 12000}))
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
        assert shop.refund(order)[0] == 409
        assert (shop.status_of(order), shop.gateway.executions) == ("sending", 1)
        assert shop.refund(shop.sell()[0])[0] == 200

        listed = run("django", "manage", "open_refunds", environment=environment)
        number = re.search(rf"^(\d+) sending {tid} 12000 ", listed, re.MULTILINE)
        assert number, listed
        ruling = ["manage", "open_refunds", f"--refund={number[1]}", "--found=done"]
        with pytest.raises(AssertionError, match="younger than"):
            run("django", *ruling, environment=environment)
        shop.query("UPDATE orders_refund SET claimed_at = datetime('now', '-6 minutes') WHERE id = ?", number[1])
        run("django", *ruling, environment=environment)
        assert (shop.status_of(order), shop.remaining_of(order)) == ("done", (0, 0))

    def test_restarted_in_between(self, served: Served) -> None:
        shop = served.shop
        order, _ = shop.sell()
        shop.gateway.arm("stall", ms=1000)
        printed = len(served.program.lines)
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(shop.refund, order)
            assert shop.gateway.wait_until(lambda: shop.gateway.executions, timeout=GUARD)
            served.program.process.send_signal(signal.SIGHUP)
            assert answer.result(GUARD)[0] == 200
        assert self.worker_of(served.program, printed)
        assert shop.refund(shop.sell()[0])[0] == 200


class TestAClientThatGoesAway:
    @pytest.mark.parametrize("then", ["stays", "stops"])
    def test_the_end_is_written_down(self, then: str, sandbox: Sandbox, environment: dict[str, str]) -> None:
        server = Served("asgi", sandbox, environment)
        try:
            shop = server.shop
            order, _ = shop.sell()
            sandbox.arm("stall", ms=1500)
            asking = server.browser.form(f"orders/{order}/refunds/async", {"amount": 12000, "remaining": 12000})
            server.browser.cookies.add_cookie_header(asking)
            asking.add_header("Content-Type", "application/x-www-form-urlencoded")
            asked_and_left(asking, sandbox)
            if then == "stops":
                assert server.program.stop() in ENDED
            shop.wait_for_status(order, "done")
            assert (shop.remaining_of(order), sandbox.executions) == ((0, 0), 1)
        finally:
            if then == "stays":
                assert server.program.stop() in ENDED


def test_its_own_tests(environment: dict[str, str]) -> None:
    assert re.search(r"^OK$", run("django", "manage", "test", environment=environment), re.MULTILINE)
