"""The example of Django's tasks with the worker of its database backend, on a Python that Django 6 takes."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path

import pytest
from program import EXAMPLES, GUARD, Program

from paywelcome.testing import Sandbox

PYTHON = os.environ.get("PYTHON_DJANGO_6", "")
ASK = "from shop.tasks import ask; print(ask({key!r}, tid={tid!r}, amount=12000, paid=12000).state)"
REQUEST = (
    "from shop.tasks import refunds; refunds.request({key!r}, tid={tid!r}, amount=12000, paid=12000, pay_type='card')"
)

pytestmark = pytest.mark.skipif(
    not PYTHON, reason="NO TASKS OF DJANGO'S WERE TESTED: there is no Python 3.12 or later, which Django 6 asks for"
)


class Shop:
    def __init__(self, gateway: Sandbox, home: Path) -> None:
        self.gateway, self.database = gateway, home / "shop.sqlite3"
        self.environment = {
            **gateway.environment,
            "DJANGO_SECRET_KEY": "a key of the tests",
            "DJANGO_SETTINGS_MODULE": "shop.settings",
            "SHOP_DATABASE": str(self.database),
        }

    def manage(self, *arguments: str, **more: str) -> str:
        ended = subprocess.run(
            [PYTHON, "manage.py", *arguments],
            cwd=EXAMPLES / "django-tasks",
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **self.environment, **more},
            capture_output=True,
            text=True,
            timeout=GUARD,
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    def run(self, template: str, key: str, **more: str) -> str:
        tid = self.gateway.approve(price=12000)
        return self.manage("shell", "--no-imports", "-c", template.format(key=key, tid=tid), **more).strip()

    def worker(self) -> Program:
        program = Program(
            "django-tasks",
            *("manage", "db_worker", "--queue-name=refunds", "--interval=0.05", "--no-startup-delay"),
            environment=self.environment,
            python=PYTHON,
        )
        program.wait_for("Starting worker")
        return program

    def query(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.database, timeout=20)) as database, database:
            return database.execute(statement, values).fetchall()

    def state_of(self, key: str) -> object:
        return self.query("SELECT state FROM paywelcome_refund WHERE refund_key = ?", key)[0][0]

    def wait_for(self, key: str, state: str) -> None:
        last = time.monotonic() + GUARD
        while self.state_of(key) != state:
            assert time.monotonic() < last, self.state_of(key)
            time.sleep(0.02)


@pytest.fixture
def shop(gateway: Sandbox, tmp_path: Path) -> Shop:
    made = Shop(gateway, tmp_path)
    made.manage("migrate")
    return made


def test_a_worker_is_woken_up(shop: Shop) -> None:
    worker = shop.worker()
    assert shop.run(ASK, "refund-1") == "requested"
    shop.wait_for("refund-1", "done")
    assert worker.stop() == 0
    assert shop.gateway.executions == shop.gateway.request_count == 1


def test_what_was_lost_or_left_is_found(shop: Shop) -> None:
    worker = shop.worker()
    shop.gateway.arm("stall", when="after_applying")
    shop.run(ASK, "refund-1")
    assert shop.gateway.wait_until(lambda: shop.gateway.executions, timeout=GUARD)
    worker.process.kill()
    worker.process.wait(GUARD)
    worker.stop()
    shop.run(REQUEST, "refund-2")
    assert shop.query("UPDATE paywelcome_refund SET due_at = 0, lease_over = 0 WHERE state = 'sending' RETURNING 1")
    shop.manage("paywelcome", "run", "--until-idle")  # cron
    assert (shop.state_of("refund-1"), shop.state_of("refund-2")) == ("review", "done")
    assert shop.gateway.executions == shop.gateway.request_count == 2


def test_at_once_without_a_worker(shop: Shop, tmp_path: Path) -> None:
    backend = "django.tasks.backends.immediate.ImmediateBackend"
    settings = f"from shop.settings import *\nTASKS['default']['BACKEND'] = {backend!r}\n"
    (tmp_path / "immediate.py").write_text(settings)
    more = {"DJANGO_SETTINGS_MODULE": "immediate", "PYTHONPATH": f"{tmp_path}:{os.environ.get('PYTHONPATH', '')}"}
    assert shop.run(ASK, "refund-1", **more) == "requested"
    assert shop.state_of("refund-1") == "done"
