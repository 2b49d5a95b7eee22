"""``doctor`` against hosts that something keeps it from: old TLS, a block, a page of a firewall."""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import trustme

from paywelcome.testing import Sandbox
from person import environment, run

Serve = Callable[[socket.socket], None]
PRODUCTION = "https://payapi.paywelcome.co.kr"


class Host:
    """Serves each connection as it is told."""

    def __init__(self, serve: Serve) -> None:
        self._serve = serve
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.asked: list[str] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._each, args=(connection,), daemon=True).start()

    def _each(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            connection.settimeout(20)
            self._serve(connection)

    def close(self) -> None:
        self._listener.close()


@contextmanager
def serving(serve: Serve) -> Iterator[Host]:
    host = Host(serve)
    try:
        yield host
    finally:
        host.close()


def answering(status: str, body: str = "", asked: list[str] | None = None, only: str = "") -> Serve:
    """Answers one request, or those whose path is `only`; others get a 404."""

    def serve(connection: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head and (more := connection.recv(4096)):
            head += more
        if not head:
            return
        method, path, _ = head.decode("latin-1").split(" ", 2)
        if asked is not None:
            asked.append(f"{method} {path}")
        line = status if only in ("", path) else "404 Not Found"
        content = body.encode()
        lines = [
            f"HTTP/1.1 {line}",
            "Content-Type: text/html; charset=utf-8",
            f"Content-Length: {len(content)}",
            "Connection: close",
        ]
        answer = "\r\n".join(lines).encode() + b"\r\n\r\n"
        connection.sendall(answer if method == "HEAD" else answer + content)

    return serve


def over_tls(context: ssl.SSLContext, serve: Serve) -> Serve:
    def served(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as within:
            serve(within)

    return served


@pytest.fixture(scope="module")
def ca() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def ca_file(ca: trustme.CA, tmp_path: Path) -> str:
    ca.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return str(tmp_path / "ca.pem")


@pytest.fixture
def context(ca: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("127.0.0.1").configure_cert(context)
    return context


def examined(url: str, *options: str, code: int, **variables: str) -> dict[str, dict[str, Any]]:
    """What is found, each by what it is about; of several the last."""
    ended = run(environment(url, **variables), "doctor", "--json", "--timeout", "20", *options)
    assert ended.returncode == code, ended.stdout + ended.stderr
    told = json.loads(ended.stdout)
    assert told["ok"] == (code == 0)
    checks: dict[str, dict[str, Any]] = {}
    for check in told["checks"]:
        if checks.get(check["about"], {"ok": True})["ok"]:
            checks[check["about"]] = check
    for check in checks.values():
        assert check["ok"] or check["advice"] or check["about"] in ("connection", "name", "PAYWELCOME_MKEY"), check
    return checks


@pytest.mark.parametrize(
    ("version", "offered", "missing"),
    [
        (ssl.TLSVersion.TLSv1_2, "TLS 1.2: ECDHE_", "TLS 1.3: not"),
        (ssl.TLSVersion.TLSv1_3, "TLS 1.3: AES_", "TLS 1.2: not"),
    ],
)
def test_one_version_is_enough(
    context: ssl.SSLContext, ca_file: str, version: ssl.TLSVersion, offered: str, missing: str
) -> None:
    context.minimum_version = context.maximum_version = version
    with serving(over_tls(context, answering("200 OK"))) as host:
        found = examined(f"https://127.0.0.1:{host.port}", "--ca-bundle", ca_file, code=0)
    assert offered in found["tls"]["detail"] and missing in found["tls"]["detail"]


def test_each_cipher_is_asked_for_alone(context: ssl.SSLContext, ca_file: str) -> None:
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES128-GCM-SHA256")
    with serving(over_tls(context, answering("200 OK"))) as host:
        found = examined(f"https://127.0.0.1:{host.port}", "--ca-bundle", ca_file, code=0)
    (cipher,) = found["tls"]["detail"].split("TLS 1.2: ")[1].split(", ")
    assert cipher.endswith("_AES_128_GCM_SHA256")


def test_tls_is_compared_with_that_of_a_rehearsal(context: ssl.SSLContext, ca_file: str, tmp_path: Path) -> None:
    kept, gone = "TLS 1.3 TLS_AES_256_GCM_SHA384", "TLS 1.2 TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    file = tmp_path / "rehearsal.json"

    def compared(port: int, offers: list[str]) -> list[dict[str, Any]]:
        rehearsal = {
            "format": "paywelcome-rehearsal",
            "version": 1,
            "gateway": {"base_url": f"https://127.0.0.1:{port}", "kind": "loopback"},
            "mid": "welcometst",
            "findings": {"tls": {"version": "TLS 1.3", "cipher": "TLS_AES_256_GCM_SHA384", "offers": offers}},
        }
        file.write_text(json.dumps(rehearsal), encoding="utf-8")
        env = environment(f"https://127.0.0.1:{port}")
        ended = run(env, "doctor", "--json", "--timeout", "20", "--ca-bundle", ca_file, "--rehearsal", str(file))
        assert ended.returncode == 0, ended.stdout
        return [check for check in json.loads(ended.stdout)["checks"] if check["about"] == "tls"]

    with serving(over_tls(context, answering("200 OK"))) as host:
        offered, changed = compared(host.port, [kept, gone])
        names = offered["detail"].split("TLS 1.3: ")[1].split(";")[0].split(", ")
        now = [f"TLS 1.3 TLS_{name}" for name in names]
        assert changed["doubtful"] and f"no longer offered: {gone}; new: " in changed["detail"]
        (_, same) = compared(host.port, now)
        assert not same["doubtful"] and same["detail"] == "as in the rehearsal"


@pytest.mark.parametrize("cipher", ["AES128-SHA", "ECDHE-ECDSA-AES256-SHA:ECDHE-RSA-AES256-SHA"])
def test_a_host_that_has_old_ciphers_alone(context: ssl.SSLContext, ca_file: str, cipher: str) -> None:
    key = trustme.CA(key_type=trustme.KeyType.RSA)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    key.issue_cert("127.0.0.1", key_type=trustme.KeyType.RSA).configure_cert(context)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(f"{cipher}:@SECLEVEL=0")
    with serving(over_tls(context, answering("200 OK"))) as host:
        found = examined(f"https://127.0.0.1:{host.port}", "--ca-bundle", ca_file, code=3)
    assert "chooses TLS 1.2 with TLS_" in found["tls"]["detail"] and "_CBC_SHA" in found["tls"]["detail"]
    assert "Ask the gateway" in found["tls"]["advice"]
    assert "block" not in found


def test_a_certificate_that_is_not_trusted_is_no_block(context: ssl.SSLContext) -> None:
    with serving(over_tls(context, answering("200 OK"))) as host:
        found = examined(f"https://127.0.0.1:{host.port}", code=3)
    assert "ca_bundle" in found["connection"]["detail"] and "AES_128_GCM" in found["tls"]["detail"]
    assert "--ca-bundle" in found["certificate"]["advice"]
    assert "block" not in found


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def reset_after_hello(connection: socket.socket) -> None:
    connection.recv(10)
    reset(connection)


@pytest.mark.parametrize("serve", [reset, reset_after_hello, lambda connection: connection.close()])
def test_a_host_that_breaks_off_at_once_looks_blocked(serve: Serve) -> None:
    with serving(serve) as host:
        found = examined(f"https://127.0.0.1:{host.port}", code=3)
    assert "looks like a block" in found["block"]["detail"]


def test_a_host_that_nobody_listens_at() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    found = examined(f"https://127.0.0.1:{port}", code=3)
    assert "refuses" in found["block"]["detail"] and "sandbox" in found["block"]["advice"]


def test_a_host_that_speaks_no_tls() -> None:
    def plain(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")

    with serving(plain) as host:
        found = examined(f"https://127.0.0.1:{host.port}", code=3)
    assert "not in TLS" in found["tls"]["detail"]


@pytest.mark.parametrize(
    ("alert", "about", "words"),
    [(40, "tls", "HandshakeFailure"), (49, "block", "denied"), (112, "tls", "another name")],
)
def test_an_alert_is_told(alert: int, about: str, words: str) -> None:
    def refuse(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(bytes([21, 3, 1, 0, 2, 2, alert]))

    with serving(refuse) as host:
        found = examined(f"https://127.0.0.1:{host.port}", code=3)
    assert words in found[about]["detail"] + found[about]["advice"]


def test_a_proxy_that_refuses_and_one_that_is_blocked_itself() -> None:
    asked: list[str] = []
    with serving(answering("403 Forbidden", asked=asked)) as proxy:
        through = f"http://127.0.0.1:{proxy.port}"
        found = examined("https://gateway.invalid", "--proxy", through, code=3)
        assert "must allow CONNECT to gateway.invalid, port 443" in found["connection"]["advice"]
        assert len(asked) == 2
        # A password that is wrong is not tried again.
        asked.clear()
        examined("https://gateway.invalid", "--proxy", through.replace("//", "//user:word@"), code=3)
        assert len(asked) == 1

    def tunnel_to_nowhere(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        connection.recv(4096)

    with serving(tunnel_to_nowhere) as proxy:
        found = examined("https://gateway.invalid", "--proxy", f"http://127.0.0.1:{proxy.port}", code=3)
    assert "behind the proxy" in found["connection"]["advice"] and "looks like a block" in found["block"]["detail"]


def test_a_page_that_blocks_everything_is_told_with_its_words() -> None:
    asked: list[str] = []
    page = "<html><body><h1>해외 접속이 차단되었습니다</h1></body></html>"
    with serving(answering("403 Forbidden", page, asked)) as host:
        found = examined(f"http://127.0.0.1:{host.port}", code=3)
    assert "403" in found["block"]["detail"] and "해외 접속이 차단되었습니다" in found["block"]["detail"]
    # Nothing is asked of the pages that move money.
    assert all("cancel" not in line and not line.startswith("POST") for line in asked), asked


def test_a_front_page_that_is_forbidden_is_no_block() -> None:
    with serving(answering("403 Forbidden", only="/")) as host:
        found = examined(f"http://127.0.0.1:{host.port}", code=0)
    assert "404" in found["block"]["detail"] and found["block"]["ok"]


def test_why_a_proxy_is_used_or_not(sandbox: Sandbox, context: ssl.SSLContext) -> None:
    nobody = "http://127.0.0.1:1"
    with_proxy = examined("https://gateway.invalid", code=3, HTTPS_PROXY=nobody, ALL_PROXY=nobody)
    assert with_proxy["proxy"]["detail"] == f"{nobody}, from HTTPS_PROXY, which comes before ALL_PROXY"
    assert "CONNECT" in with_proxy["connection"]["advice"] and "block" not in with_proxy
    exempt = examined("https://gateway.invalid", code=3, HTTPS_PROXY=nobody, NO_PROXY=".invalid")
    assert "NO_PROXY names gateway.invalid" in exempt["proxy"]["detail"]
    local = examined(sandbox.url, code=0, HTTPS_PROXY=nobody)
    assert "this machine" in local["proxy"]["detail"]
    plain = examined("https://gateway.invalid", code=3, HTTP_PROXY=nobody)
    assert plain["HTTP_PROXY"]["doubtful"] and "HTTPS_PROXY" in plain["HTTP_PROXY"]["advice"]


def test_handshakes_go_through_the_proxy(context: ssl.SSLContext, ca_file: str) -> None:
    tunnels: list[str] = []
    with serving(over_tls(context, answering("200 OK"))) as gateway:

        def tunnel(connection: socket.socket) -> None:
            head = b""
            while b"\r\n\r\n" not in head:
                head += connection.recv(4096)
            tunnels.append(head.decode())
            with socket.create_connection(("127.0.0.1", gateway.port)) as far:
                connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")

                def copy() -> None:
                    with suppress(OSError):
                        while more := connection.recv(65536):
                            far.sendall(more)
                        far.shutdown(socket.SHUT_WR)

                threading.Thread(target=copy, daemon=True).start()
                while more := far.recv(65536):
                    connection.sendall(more)

        with serving(tunnel) as proxy:
            url = f"https://127.0.0.1:{gateway.port}"
            through = f"http://user:word@127.0.0.1:{proxy.port}"
            found = examined(url, "--ca-bundle", ca_file, "--proxy", through, code=0)
    assert "TLS 1.3: AES_" in found["tls"]["detail"]
    # Nine handshakes beside the call, each with what the proxy asks for.
    assert len(tunnels) >= 10 and all("proxy-authorization: basic" in tunnel.lower() for tunnel in tunnels)


@pytest.mark.parametrize(
    ("key", "words", "code"),
    [
        ("SU5JTElURV9UUklQTEVERVNfS0VZUw", "lost its padding", 0),
        ("SU5JTElURV9UUklQTEVERVNfS0VZUw%3D%3D", "percent", 0),
        ("0123456789abcdef" * 4, "64 hex digits", 0),
        ("YOUR-KEY!", "placeholder", 3),
        ("'SU5JTElURV9UUklQTEVERVNfS0VZUw=='", "quotes", 2),
        ("\ufeffSU5JTElURV9UUklQTEVERVNfS0VZUw==", "U+FEFF", 2),
        ("SU5JTElURV9U\u200bUklQTEVERVNfS0VZUw==", "U+200B", 2),
        ("SU5JTElURV9UUklQTEVERVNfS0VZUw==\n", "line break", 2),
    ],
)
def test_a_key_that_looks_damaged_is_named_and_not_shown(sandbox: Sandbox, key: str, words: str, code: int) -> None:
    ended = run(environment(sandbox.url, "welcometst", PAYWELCOME_SIGN_KEY=key), "doctor")
    assert ended.returncode == code, ended.stdout
    assert words in ended.stdout, ended.stdout
    for at in range(len(key) - 5):
        assert key[at : at + 6] not in ended.stdout, ended.stdout


def test_a_whole_key_is_left_alone(sandbox: Sandbox) -> None:
    found = examined(sandbox.url, code=0, PAYWELCOME_SIGN_KEY="SU5JTElURV9UUklQTEVERVNfS0VZUw==")
    assert found["PAYWELCOME_SIGN_KEY"]["detail"] == "set, not shown"


def test_settings_that_disagree_are_named(sandbox: Sandbox) -> None:
    key = {"PAYWELCOME_SIGN_KEY": "made-up"}
    elsewhere = examined(sandbox.url, code=3, PAYWELCOME_ENVIRONMENT="production", **key)
    assert "disagree" in elsewhere["PAYWELCOME_BASE_URL"]["detail"]
    assert "PAYWELCOME_BASE_URL" in elsewhere["PAYWELCOME_BASE_URL"]["advice"]
    assert examined(sandbox.url, code=0, PAYWELCOME_ENVIRONMENT="test", **key)
    # Nobody listens there, so that the gateway itself is not asked.
    away = {"HTTPS_PROXY": "http://127.0.0.1:1", **key}
    mid = examined(PRODUCTION, code=3, PAYWELCOME_MID="welcometst", **away)
    assert "test merchant" in mid["mid"]["detail"] and "PAYWELCOME_MID" in mid["mid"]["advice"]
    test = examined(PRODUCTION, code=3, PAYWELCOME_MID="shop000001", PAYWELCOME_ENVIRONMENT="test", **away)
    assert "disagree" in test["PAYWELCOME_BASE_URL"]["detail"]
    other = examined("https://gateway.invalid", code=3, **away)
    assert other["PAYWELCOME_BASE_URL"]["doubtful"]
    both = examined(sandbox.url, code=2, PAYWELCOME_MKEY="0" * 64, **key)
    assert "exactly one" in both["PAYWELCOME_MKEY"]["detail"]
    typo = examined(sandbox.url, code=0, PAYWELCOME_SIGNKEY="made-up")
    assert typo["PAYWELCOME_SIGNKEY"]["advice"] == "the variable is called PAYWELCOME_SIGN_KEY"
