"""The pytest plugin, as a merchant's own test run finds it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import paywelcome
from merchant import GUARD
from paywelcome.testing import Sandbox

PLAIN = """
import sys

def test_it_costs_nothing():
    assert not [name for name in sys.modules if name.partition(".")[0] == "paywelcome"]
"""

MERCHANT = """
import os
import paywelcome
import pytest

used = set()

@pytest.mark.parametrize("turn", range(2))
def test_it_is_fresh(paywelcome_sandbox, turn):
    used.add(paywelcome_sandbox.url)
    assert paywelcome_sandbox.payments() == []
    paywelcome_sandbox.approve(price=1)
    assert os.environ["PAYWELCOME_BASE_URL"] == paywelcome_sandbox.url
    assert "PAYWELCOME_MKEY" not in os.environ
    tid = paywelcome_sandbox.approve(price=1000)
    paywelcome.cancel(pay_type="card", tid=tid, price=1000)
    assert paywelcome_sandbox.payment(tid).remaining == 0

def test_a_client(paywelcome_client, paywelcome_sandbox):
    tid = paywelcome_sandbox.approve(price=1000)
    assert paywelcome_client.cancel(pay_type="card", tid=tid, price=1000).price == 1000

@pytest.mark.paywelcome_sandbox(tls=True, mid="sandbox009")
def test_settings(paywelcome_client, paywelcome_sandbox):
    assert paywelcome_client.base_url.startswith("https://") and paywelcome_client.mid == "sandbox009"
    tid = paywelcome_sandbox.approve(price=1000)
    assert paywelcome_client.cancel(pay_type="card", tid=tid, price=1000).price == 1000

def test_the_environment_is_as_it_was():
    assert os.environ["PAYWELCOME_MKEY"] == "before" and "PAYWELCOME_BASE_URL" not in os.environ
"""


def pytest_run(folder: Path, source: str, *more: str) -> str:
    (folder / "test_it.py").write_text(source, encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
    command = [sys.executable, "-m", "pytest", "--strict-markers", "-p", "no:cacheprovider", *more]
    env = {name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"}
    env["PAYWELCOME_MKEY"] = "before"
    ended = subprocess.run(
        command, cwd=folder, env=env, capture_output=True, text=True, encoding="utf-8", timeout=6 * GUARD
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def test_a_run_that_does_not_use_it_imports_nothing(tmp_path: Path) -> None:
    assert "1 passed" in pytest_run(tmp_path, PLAIN)


def test_a_merchants_run(tmp_path: Path) -> None:
    assert "5 passed" in pytest_run(tmp_path, MERCHANT)


def test_it_is_listed(tmp_path: Path) -> None:
    said = pytest_run(tmp_path, PLAIN, "--fixtures")
    assert "paywelcome_sandbox" in said and "A fresh sandbox gateway" in said
    assert "paywelcome_sandbox(**settings)" in pytest_run(tmp_path, PLAIN, "--markers")


def test_in_this_very_run(paywelcome_sandbox: Sandbox, paywelcome_client: paywelcome.Client) -> None:
    tid = paywelcome_sandbox.approve(price=1000)
    assert paywelcome_client.cancel(pay_type="card", tid=tid, price=1000).tid == tid
