"""The sandbox is given the planted key: neither its journal, its commands, its page nor its command line shows it."""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

import pytest

import paywelcome
from merchant import GUARD
from paywelcome.testing import Sandbox
from planted import MKEY, PLANTED, clean, clean_error, forms_of


def test_the_sandbox_shows_no_key() -> None:
    with Sandbox(sign_key=PLANTED) as gateway:
        tid = gateway.approve(price=1000)
        with gateway.client() as client:
            client.cancel(pay_type="card", tid=tid, price=1000)
        with gateway.client(sign_key="another") as client, pytest.raises(paywelcome.DeclinedError) as caught:
            client.cancel(pay_type="card", tid=tid, price=1000)
        clean_error(caught.value)
        for shown in (repr(gateway), repr(vars(gateway)), repr(gateway.payments()), repr(gateway.payment(tid))):
            clean(shown, "the sandbox")
        for request in gateway.requests():
            # What arrived is what the sandbox is there to tell: the signature, which was sent, and nothing else.
            shown = repr({name: value for name, value in request.fields.items() if name != "signature"})
            clean(shown + repr(request.result_msg), "the sandbox's journal")


def test_a_sandbox_that_is_refused_shows_no_key() -> None:
    with pytest.raises(ValueError) as caught:
        Sandbox(sign_key=PLANTED, mid="too long for a mid")
    clean_error(caught.value)
    with Sandbox() as gateway, pytest.raises(paywelcome.ConfigurationError) as refused:
        gateway.client(sign_key=PLANTED, timeout=0)
    clean_error(refused.value)


def get(url: str, data: bytes | None = None, headers: dict[str, str] | None = None) -> bytes:
    request = urllib.request.Request(url, data, headers or {})
    try:
        with urllib.request.urlopen(request, timeout=GUARD) as answer:
            return bytes(str(answer.headers), "utf-8") + answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return bytes(str(error.headers), "utf-8") + error.read()


def post_the_key(url: str, mid: str, tid: str) -> None:
    """Makes the mistakes that put a key on the wire."""
    stamp = "20260930151000"
    plain = {"payType": "card", "mid": mid, "tid": tid, "price": "1000", "currency": "WON", "timestamp": stamp}
    for secret in (PLANTED, MKEY, MKEY.upper(), PLANTED.lower(), PLANTED.upper()):
        text = f"mid={mid}&mkey={secret}&timestamp={stamp}"
        signed = hashlib.sha256(text.encode()).hexdigest()
        forms: list[dict[str, Any]] = [
            {**plain, "signature": signed},
            {**plain, "signature": text},
            {**plain, "signature": secret, "mkey": secret},
            {**plain, "signature": signed, "signKey": secret, secret: secret},
            {**plain, "signature": signed, "tid": secret[:40], "price": secret},
            {**plain, "signature": signed, "mid": secret[:10], "moid": f"<{secret}>"},
        ]
        quoted = urllib.parse.quote(secret)
        for form in forms:
            get(f"{url}/cancel/cancel", urllib.parse.urlencode(form).encode(), {"X-Key": quoted, "Cookie": quoted})
        get(f"{url}/cancel/cancel?mkey={quoted}", json.dumps({"mkey": secret}).encode())
        get(f"{url}/{quoted}")
        get(f"{url}/_sandbox/api/{quoted}", b"{}", {"Content-Type": "application/json"})


READ = [
    *("info", "commands", "payments", "requests", "requests?bytes=true", "events", "rules", "clock", "merchants"),
    *("balances", "faults", "tls", "stats", "request?number=1"),
]


def clean_of_the_key(told: bytes, what: str) -> None:
    """As `clean`, but for signatures: those arrived, and a sandbox is there to show them."""
    text = told.decode("utf-8", "replace")
    for secret in [*forms_of(PLANTED), *forms_of(MKEY)]:
        assert secret not in text, f"{what} shows the key"


def test_no_command_and_no_page_shows_the_key() -> None:
    with Sandbox(sign_key=PLANTED) as gateway:
        tid = gateway.approve(price=1000)
        gateway.arm("close", tid=PLANTED[:20])
        gateway.disarm()
        post_the_key(gateway.url, gateway.mid, tid)
        assert len(gateway.requests()) >= 30
        assert any(request.explanation for request in gateway.requests())
        for name in READ:
            clean_of_the_key(get(f"{gateway.url}/_sandbox/api/{name}"), name)
        for request in gateway.requests():
            clean_of_the_key(repr(vars(request) if hasattr(request, "__dict__") else request).encode(), "a request")
            told = get(f"{gateway.url}/_sandbox/api/request?number={request.number}")
            clean_of_the_key(told, f"request {request.number}")
        for page in ("", "index.html", "app.js"):
            clean_of_the_key(get(f"{gateway.url}/_sandbox/{page}"), f"the page {page}")
        clean_of_the_key(repr(gateway.command("events", since=0)).encode(), "the events")


def test_the_command_line_shows_no_key() -> None:
    command = [sys.executable, "-m", "paywelcome", "sandbox", "--mid", "welcometst", "--sign-key", PLANTED]
    program = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    watch = threading.Timer(1.2 * GUARD, program.kill)
    watch.start()
    try:
        assert program.stdout is not None
        line = program.stdout.readline()
        ready = json.loads(line)
        post_the_key(ready["url"], ready["mid"], "no such payment")
        program.send_signal(signal.SIGTERM)
        rest, errors = program.communicate(timeout=GUARD)
    finally:
        watch.cancel()
        watch.join()
        program.kill()
        program.communicate()
    assert (program.returncode, ready["sign_key"]) == (0, None)
    clean(line + rest + errors, "the command line")


@pytest.mark.parametrize(
    "wrong",
    [["--mid", "far too long for it"], ["--port", PLANTED], ["--seed", PLANTED], [PLANTED], ["--host", PLANTED]],
)
def test_a_command_line_that_is_refused_shows_no_key(wrong: list[str]) -> None:
    command = [sys.executable, "-m", "paywelcome", "sandbox", "--sign-key", PLANTED, *wrong]
    ended = subprocess.run(command, capture_output=True, timeout=GUARD)
    assert ended.returncode in (1, 2)
    if PLANTED not in wrong:
        clean(ended.stdout + ended.stderr, "the command line")
    clean_of_mkey = (ended.stdout + ended.stderr).decode()
    assert MKEY not in clean_of_mkey.lower()
