"""``python -m paywelcome sandbox``, as scripts use it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import ssl
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


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
@pytest.mark.parametrize("arguments", [[], ["--tls", "--mid", "it's"], ["--sign-key", "my own"]], ids=str)
def test_in_a_terminal_it_prints_what_to_copy(arguments: list[str]) -> None:
    import pty

    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "paywelcome", "sandbox", *arguments]
    with subprocess.Popen(command, stdout=theirs, stderr=subprocess.PIPE) as program:
        os.close(theirs)
        watch = threading.Timer(GUARD, program.kill)
        watch.start()
        written = b""
        # The end of a terminal is an error on Linux.
        with contextlib.suppress(OSError):
            while more := os.read(ours, 4096):
                written += more
                if b"PAYWELCOME_BASE_URL" in written:
                    program.send_signal(signal.SIGTERM)
        os.close(ours)
        assert (program.wait(), program.stderr.read() if program.stderr else b"") == (0, b"")
        watch.cancel()
    line, _, said = written.decode().replace("\r\n", "\n").partition("\n")
    ready = json.loads(line)
    exports = "".join(line for line in said.splitlines(keepends=True) if line.startswith("export "))
    # As a shell takes it.
    shell = ["sh", "-c", f"{exports}env"]
    told = subprocess.run(shell, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=True).stdout
    expected = {
        "PAYWELCOME_MID": ready["mid"],
        "PAYWELCOME_SIGN_KEY": ready["sign_key"],
        "PAYWELCOME_BASE_URL": ready["url"],
    }
    found = dict(line.split("=", 1) for line in told.splitlines() if line.startswith("PAYWELCOME_"))
    assert found == {name: value for name, value in expected.items() if value is not None}
    assert "my own" not in said and ("the key that you gave" in said) == ("--sign-key" in arguments)
    assert ("/_sandbox/ca.pem" in said) == ("--tls" in arguments)


def test_a_name_is_in_the_certificate_and_the_url(tmp_path: Path) -> None:
    with Program("--tls", "--name", "gateway.test", "--name=127.0.0.9") as program:
        url = program.ready()["url"]
        port = url.rpartition(":")[2]
        assert url == f"https://gateway.test:{port}"
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/_sandbox/ca.pem", timeout=GUARD) as answer:
            trusting = ssl.create_default_context(cadata=answer.read().decode())
        for name in ("gateway.test", "127.0.0.9", "localhost"):
            with socket.create_connection(("127.0.0.1", int(port)), timeout=GUARD) as plain:
                trusting.wrap_socket(plain, server_hostname=name).close()
        plain = socket.create_connection(("127.0.0.1", int(port)), timeout=GUARD)
        with plain, pytest.raises(ssl.SSLCertVerificationError):
            trusting.wrap_socket(plain, server_hostname="other.test")
        assert program.end(signal.SIGTERM) == (0, "", "")


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
        (["--host", "0.0.0.0", "--name", "gateway"], "loopback"),
        (["--name", "https://gateway"], "not a name of a host"),
        (["--name"], "--name needs a name"),
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
    assert (code, errors) == (0, "") and output.startswith("usage: python -m paywelcome sandbox [options]\n")
    for option in ("--port", "--host", "--name", "--tls", "--seed", "--ca-file", "--help"):
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
