"""The admin in a headless Chromium, as a person uses it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from shutil import which
from typing import Any

import pytest
from browsing import browser
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.test.testcases import LiveServerThread

from paywelcome.refunds import Refunds
from paywelcome.testing import Sandbox

HERE = Path(__file__).parent
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
MODULES = HERE.parent.parent / "node_modules/playwright-core"

pytestmark = pytest.mark.skipif(
    not (Path(CHROMIUM).exists() and MODULES.exists() and which("node")),
    reason=f"THE ADMIN WAS NOT TESTED IN A BROWSER: it takes node, npm ci, and a Chromium at {CHROMIUM}",
)


@pytest.fixture
def url() -> Iterator[str]:
    server = LiveServerThread("127.0.0.1", StaticFilesHandler)
    server.daemon = True
    server.start()
    server.is_ready.wait()
    assert server.error is None
    yield f"http://127.0.0.1:{server.port}"
    server.terminate()


def test_a_person_rules_and_pauses(url: str, refunds: Refunds, gateway: Sandbox, asked: Any) -> None:
    refunds.request("refund-1", **asked(), batch="concert-17")
    gateway.arm("close", when="after_applying")
    assert refunds.process("refund-1").state == "review"
    kim = browser("view_refund", "rule_refund", "view_batch", "pause_batch")
    given = {"url": url, "session": kim.cookies["sessionid"].value, "key": "refund-1", "batch": "concert-17"}
    given["folder"] = os.environ.get("PICTURES")
    command = ["node", "browser.mjs", json.dumps(given)]
    ended = subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=100)
    assert ended.stdout == "walked\n", ended.stderr
    refund = refunds.get("refund-1")
    assert (refund.state, refund.ruled_by, refund.remaining) == ("done", "kim", 9000)
    assert refund.ruling_note == "상점관리자에서 확인"
    progress = refunds.progress("concert-17")
    assert (progress.state, progress.paused_by, progress.pause_note) == ("paused", "kim", "the artist calls")
