"""``manage.py paywelcome …`` as programs of their own, and called from Python."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from paywelcome.refunds import Refunds
from paywelcome.testing import Sandbox

SETTINGS = """
import os
import paywelcome
from paywelcome.refunds import Refunds
from paywelcome.refunds.django import DjangoStore

SECRET_KEY = "only-of-these-tests"
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "paywelcome.contrib.django"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["DATABASE"]}}
USE_TZ = True
PAYWELCOME_REFUNDS = "shop_settings.refunds"


def refunds(made=[]):
    if not made:
        made.append(Refunds(paywelcome.Client(timeout=5), DjangoStore(), quiet=0))
    return made[0]
"""
MANAGE = """
import sys
from django.core.management import execute_from_command_line
execute_from_command_line(sys.argv)
"""


class Project:
    """A project in a folder of its own."""

    def __init__(self, folder: Path, gateway: Sandbox) -> None:
        (folder / "shop_settings.py").write_text(SETTINGS)
        (folder / "manage.py").write_text(MANAGE)
        self.folder, self.gateway = folder, gateway
        self.environment = {
            **os.environ,
            **gateway.environment,
            "DATABASE": str(folder / "shop.db"),
            "DJANGO_SETTINGS_MODULE": "shop_settings",
            "LANG": "C.UTF-8",
        }

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "manage.py", *arguments]
        pipes: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(command, cwd=self.folder, env=self.environment, text=True, **pipes)

    def manage(self, *arguments: str) -> tuple[int, str, str]:
        with self.start(*arguments) as program:
            said, complained = program.communicate(timeout=60)
            return program.returncode, said, complained

    def request(self, key: str) -> None:
        tid = self.gateway.approve(price=12000, pay_type="card")
        options = {"tid": tid, "amount": "3000", "paid": "12000", "pay-type": "card", "batch": "concert-17"}
        line = [f"--{name}={value}" for name, value in options.items()]
        code, said, complained = self.manage("paywelcome", "request", key, *line)
        assert (code, complained) == (0, ""), complained
        assert said.startswith(f"{key}: requested")


@pytest.fixture
def project(tmp_path: Path, gateway: Sandbox) -> Iterator[Project]:
    made = Project(tmp_path, gateway)
    assert made.manage("migrate", "--verbosity=0") == (0, "", "")
    yield made


def test_a_refund_from_its_request_to_its_ruling(project: Project, gateway: Sandbox) -> None:
    for key in ("refund-1", "refund-2"):
        project.request(key)
    gateway.arm("close", when="after_applying")
    code, said, complained = project.manage("paywelcome", "process", "refund-1")
    assert (code, gateway.executions) == (5, 1), complained
    assert "review" in said
    code, said, _ = project.manage("paywelcome", "review", "--lang", "ko", "--settings", "shop_settings")
    assert code == 0 and "상점관리자" in said and "manage.py paywelcome resolve" in said
    assert project.manage("paywelcome", "resolve", "refund-1", "done", "--by=Kim", "--remaining=9000")[0] == 0
    code, said, complained = project.manage("paywelcome", "run", "--until-idle", "--json")
    assert (code, json.loads(said)["processed"]) == (0, 1)
    assert "in the database 'default' of the project" in complained
    code, said, _ = project.manage("paywelcome", "status", "refund-2", "--json")
    assert json.loads(said)["refund"]["state"] == "done"


def test_a_worker_that_is_told_to_stop(project: Project, gateway: Sandbox) -> None:
    project.request("refund-1")
    gateway.arm("stall", ms=700)
    with project.start("paywelcome", "run") as worker:
        assert gateway.wait_until(lambda: gateway.executions, timeout=30)
        worker.send_signal(signal.SIGTERM)
        said, _ = worker.communicate(timeout=30)
    assert worker.returncode == 0 and "processed: 1" in said


def test_what_the_project_has_set_is_not_given_again(project: Project) -> None:
    for option in ("--store=sqlite:x", "--mid=x", "--quiet=0", "--environment=test"):
        code, said, complained = project.manage("paywelcome", "status", option)
        assert (code, said) == (2, "") and f"there is no option {option.partition('=')[0]}" in complained
        assert "Try manage.py paywelcome status --help." in complained
    for line in (["paywelcome", "run", "--help"], ["help", "paywelcome"], ["paywelcome", "--help"]):
        code, said, _ = project.manage(*line)
        assert code == 0 and said.startswith("usage: manage.py paywelcome ") and "--store" not in said


def test_a_project_without_tables(tmp_path: Path, gateway: Sandbox) -> None:
    code, _, complained = Project(tmp_path, gateway).manage("paywelcome", "status")
    assert code == 1 and "no tables for refunds" in complained


def test_a_setting_that_is_missing(tmp_path: Path, gateway: Sandbox) -> None:
    project = Project(tmp_path, gateway)
    (tmp_path / "shop_settings.py").write_text(SETTINGS.replace("PAYWELCOME_REFUNDS", "OTHER"))
    code, _, complained = project.manage("paywelcome", "status")
    assert code == 2 and "PAYWELCOME_REFUNDS must be the dotted path" in complained


def test_it_is_called_from_python(refunds: Refunds, asked: Any, capfd: pytest.CaptureFixture[str]) -> None:
    refunds.request("refund-1", **asked())
    handler = signal.getsignal(signal.SIGINT)
    assert handler is not signal.SIG_DFL
    call_command("paywelcome", "status", "refund-1")
    assert signal.getsignal(signal.SIGINT) is handler
    assert capfd.readouterr().out.startswith("refund-1: requested")
    with pytest.raises(CommandError, match="ended with code 2") as ended:
        call_command("paywelcome", "status", "nothing")
    assert ended.value.returncode == 2


def test_a_batch_from_its_file_to_its_end(
    refunds: Refunds, gateway: Sandbox, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    tids = [gateway.approve(price=12000, pay_type="card") for _ in range(3)]
    lines = ["key,tid,amount,paid,pay_type", *(f'refund-{tid},{tid},"12,000",12000,card' for tid in tids)]
    (tmp_path / "refunds.csv").write_text("\n".join(lines) + "\n")
    call_command("paywelcome", "import", str(tmp_path / "refunds.csv"), "--batch", "concert-17")
    assert "to send them: manage.py paywelcome run --batch" in capfd.readouterr().out
    call_command("paywelcome", "pause", "concert-17", "--by", "Kim")
    call_command("paywelcome", "run", "--batch", "concert-17", "--until-idle")
    assert gateway.executions == 0
    call_command("paywelcome", "resume", "concert-17", "--by", "Kim")
    call_command("paywelcome", "run", "--batch", "concert-17", "--until-idle")
    assert (refunds.progress("concert-17").counts["done"].refunds, gateway.executions) == (3, 3)
