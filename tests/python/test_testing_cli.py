"""``python -m paywelcome sandbox``, as scripts use it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path
from typing import Any

import pytest

import paywelcome
from merchant import GUARD


class Program:
    """The running program; killed at the end of the ``with`` block if it has not ended by itself."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "paywelcome", "sandbox", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self._watch = threading.Timer(1.2 * GUARD, self.process.kill)
        self._watch.start()

    def ready(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        told: dict[str, Any] = json.loads(self.process.stdout.readline())
        return told

    def end(self, number: int) -> tuple[int, str, str]:
        self.process.send_signal(number)
        output, errors = self.process.communicate(timeout=GUARD)
        return self.process.returncode, output, errors

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()
        self._watch.cancel()
        self._watch.join()


def run(*arguments: str) -> tuple[int, str, str]:
    command = [sys.executable, "-m", "paywelcome", *arguments]
    ended = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=GUARD)
    return ended.returncode, ended.stdout, ended.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_a_signal(number: int) -> None:
    with Program() as program:
        ready = program.ready()
        assert set(ready) == {"url", "mid", "sign_key", "inspector", "ca_file"}
        request = urllib.request.Request(
            f"{ready['url']}/_sandbox/api/approve", b'{"price": 1000}', {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=GUARD) as answer:
            tid = json.load(answer)["tid"]
        settings = {"mid": ready["mid"], "sign_key": ready["sign_key"], "base_url": ready["url"]}
        with paywelcome.Client(**settings) as client:
            client.cancel(pay_type="card", tid=tid, price=1000)
        assert program.end(number) == (0, "", "")


def test_tls_and_a_seed(tmp_path: Path) -> None:
    seed, ca_file = tmp_path / "seed.json", tmp_path / "ca.pem"
    seed.write_text('{"payments": [{"price": 1000, "tid": "first"}]}', encoding="utf-8")
    with Program("--tls", "--ca-file", str(ca_file), "--seed", str(seed), "--mid=sandbox007") as program:
        ready = program.ready()
        assert (ready["ca_file"], ready["mid"]) == (str(ca_file), "sandbox007")
        settings = {"mid": ready["mid"], "sign_key": ready["sign_key"], "base_url": ready["url"]}
        with paywelcome.Client(**settings, ca_bundle=ca_file) as client:
            assert client.cancel(pay_type="card", tid="first", price=1000).tid == "first"
        assert program.end(signal.SIGTERM) == (0, "", "")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--port", "many"], "--port needs a number"),
        (["--port"], "--port needs a number"),
        (["--loud"], "unknown argument: --loud"),
        (["--ca-file", "x"], "--ca-file needs --tls"),
        (["--host", "0.0.0.0"], "loopback"),
        (["--mid", "elevenchars"], "mid"),
    ],
)
def test_a_wrong_command_line(arguments: list[str], words: str) -> None:
    code, output, errors = run("sandbox", *arguments)
    assert (code, output) == (2, "")
    assert errors.startswith("python -m paywelcome sandbox: ") and words in errors
    assert errors.endswith("\nTry --help.\n") and "Traceback" not in errors


@pytest.mark.parametrize("text", [None, "{", "[]", '{"payments": [{"price": 0}]}'])
def test_a_seed_that_can_not_be(text: str | None, tmp_path: Path) -> None:
    seed = tmp_path / "seed.json"
    if text is not None:
        seed.write_text(text, encoding="utf-8")
    code, output, errors = run("sandbox", "--seed", str(seed))
    assert (code, output) == (1, "") and "--seed" in errors and "Traceback" not in errors


def test_a_port_that_is_taken() -> None:
    with Program() as program:
        port = program.ready()["url"].rpartition(":")[2]
        code, output, errors = run("sandbox", "--port", port)
        assert (code, output) == (1, "") and errors.startswith("python -m paywelcome sandbox: ")


def test_help() -> None:
    code, output, errors = run("sandbox", "--help")
    assert (code, errors) == (0, "") and output.startswith("usage: python -m paywelcome sandbox [--port N]")
    for option in ("--port", "--host", "--tls", "--seed", "--ca-file", "--help"):
        assert f"  {option} " in output
    for arguments in ([], ["--help"], ["-h"]):
        code, output, errors = run(*arguments)
        assert (code, errors) == (0, "") and output.startswith("usage: python -m paywelcome <command>")
    assert run("--version") == (0, f"paywelcome {paywelcome.__version__}\n", "")
    code, output, errors = run("explode")
    assert (code, output) == (2, "") and "there is no command explode" in errors


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")
def test_a_ready_line_that_nobody_takes() -> None:
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "paywelcome", "sandbox"]
        ended = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=GUARD)
    assert ended.returncode == 1 and "Traceback" not in ended.stderr
    assert ended.stderr.startswith("python -m paywelcome sandbox: ")
