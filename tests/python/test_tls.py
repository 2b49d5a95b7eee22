"""The default path: TLS, verified, with a CA file; and each way in which it must fail before anything is sent."""

from __future__ import annotations

import asyncio
import datetime
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import trustme

import paywelcome
from paywelcome.testing import Sandbox


class Front:
    """Ends TLS in front of a sandbox, and counts the bytes that came out of it: what a gateway would see."""

    def __init__(self, url: str, context: ssl.SSLContext) -> None:
        self._gateway = (urlsplit(url).hostname or "", urlsplit(url).port or 0)
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.connections = 0
        self.received = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                plain, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(plain,), daemon=True).start()

    def _serve(self, plain: socket.socket) -> None:
        try:
            with (
                self._context.wrap_socket(plain, server_side=True) as client,
                socket.create_connection(self._gateway) as gateway,
            ):
                while request := client.recv(65536):
                    self.received += len(request)
                    gateway.sendall(request)
                    client.sendall(gateway.recv(65536))
        except OSError:
            plain.close()

    def close(self) -> None:
        self._listener.close()


@contextmanager
def front(url: str, certificate: trustme.LeafCert, **limits: object) -> Iterator[Front]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    for name, value in limits.items():
        setattr(context, name, value)
    server = Front(url, context)
    try:
        yield server
    finally:
        server.close()


@pytest.fixture(scope="module")
def ca() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def ca_file(ca: trustme.CA, tmp_path: Path) -> Path:
    path = tmp_path / "ca.pem"
    ca.cert_pem.write_to_path(path)
    return path


@pytest.fixture
def gateway() -> Iterator[Sandbox]:
    with Sandbox() as gateway:
        yield gateway


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_ca_file_is_trusted_besides_the_bundled_roots(
    gateway: Sandbox, ca: trustme.CA, ca_file: Path, host: str
) -> None:
    tid = gateway.approve(price=12_000)
    with front(gateway.url, ca.issue_cert("localhost", "127.0.0.1")) as server:
        with gateway.client(base_url=f"https://{host}:{server.port}", ca_bundle=ca_file) as client:
            part = client.partial_cancel(pay_type="card", tid=tid, cancel_price=5_000, confirm_price=7_000)
            rest = client.partial_cancel(pay_type="card", tid=tid, cancel_price=7_000, confirm_price=0)
        assert (part.price, rest.price) == (5_000, 7_000)
        assert gateway.payment(tid).remaining == 0


def test_a_connection_is_reused_once_the_server_has_shown_that_it_keeps_them(
    gateway: Sandbox, ca: trustme.CA, ca_file: Path
) -> None:
    tid = gateway.approve(price=10_000)
    with front(gateway.url, ca.issue_cert("localhost")) as server:
        with gateway.client(base_url=f"https://localhost:{server.port}", ca_bundle=ca_file) as client:
            for remaining in range(9_999, 0, -1):
                client.partial_cancel(pay_type="card", tid=tid, cancel_price=1, confirm_price=remaining)
                if server.connections < gateway.executions:
                    break
        assert server.connections < gateway.executions


def test_fifty_at_once_on_asyncio(gateway: Sandbox, ca: trustme.CA, ca_file: Path) -> None:
    async def all_at_once(port: int) -> None:
        tids = [gateway.approve(price=1_000) for _ in range(50)]
        async with gateway.async_client(base_url=f"https://localhost:{port}", ca_bundle=str(ca_file)) as client:
            await asyncio.gather(*(client.cancel(pay_type="card", tid=tid, price=1_000) for tid in tids))

    with front(gateway.url, ca.issue_cert("localhost")) as server:
        asyncio.run(all_at_once(server.port))
    assert gateway.executions == 50


def refused(gateway: Sandbox, server: Front, **settings: object) -> paywelcome.NotSentError:
    tid = gateway.approve(price=1_000)
    client = gateway.client(base_url=f"https://localhost:{server.port}", connect_retries=0, **settings)
    with pytest.raises(paywelcome.NotSentError) as caught:
        client.cancel(pay_type="card", tid=tid, price=1_000)
    assert server.received == 0
    assert gateway.request_count == 0
    assert caught.value.outcome == "not_sent"
    assert caught.value.safe_to_resend
    return caught.value


def test_an_unknown_issuer_is_refused(gateway: Sandbox, ca: trustme.CA) -> None:
    with front(gateway.url, ca.issue_cert("localhost")) as server:
        assert refused(gateway, server).kind == "tls"


def test_another_issuers_file_does_not_help(gateway: Sandbox, ca: trustme.CA, tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(other)
    with front(gateway.url, ca.issue_cert("localhost")) as server:
        assert refused(gateway, server, ca_bundle=other).kind == "tls"


def test_a_certificate_of_another_name_is_refused(gateway: Sandbox, ca: trustme.CA, ca_file: Path) -> None:
    with front(gateway.url, ca.issue_cert("payapi.example.com")) as server:
        assert refused(gateway, server, ca_bundle=ca_file).kind == "tls"


def test_an_expired_certificate_is_refused(gateway: Sandbox, ca: trustme.CA, ca_file: Path) -> None:
    past = datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)
    with front(gateway.url, ca.issue_cert("localhost", not_after=past)) as server:
        assert refused(gateway, server, ca_bundle=ca_file).kind == "tls"


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_tls_before_1_2_is_refused(gateway: Sandbox, ca: trustme.CA, ca_file: Path) -> None:
    with front(gateway.url, ca.issue_cert("localhost"), maximum_version=ssl.TLSVersion.TLSv1_1) as server:
        assert refused(gateway, server, ca_bundle=ca_file).kind == "tls"


def test_tls_1_2_works(gateway: Sandbox, ca: trustme.CA, ca_file: Path) -> None:
    tid = gateway.approve(price=1_000)
    with front(gateway.url, ca.issue_cert("localhost"), maximum_version=ssl.TLSVersion.TLSv1_2) as server:
        client = gateway.client(base_url=f"https://localhost:{server.port}", ca_bundle=ca_file)
        assert client.cancel(pay_type="card", tid=tid, price=1_000).price == 1_000


def test_a_plain_server_behind_https_is_refused(gateway: Sandbox) -> None:
    client = gateway.client(base_url=gateway.url.replace("http://", "https://"), connect_retries=0)
    with pytest.raises(paywelcome.NotSentError) as caught:
        client.cancel(pay_type="card", tid="T", price=1)
    assert caught.value.kind == "tls"
    assert gateway.executions == 0


@contextmanager
def tunnel(answer: bytes | None) -> Iterator[tuple[int, list[bytes]]]:
    """A proxy that answers every CONNECT with `answer`, or with a tunnel to where it was asked for."""
    listener = socket.create_server(("127.0.0.1", 0))
    asked: list[bytes] = []

    def pump(source: socket.socket, target: socket.socket) -> None:
        try:
            while received := source.recv(65536):
                target.sendall(received)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def serve(client: socket.socket) -> None:
        with client:
            head = b""
            while b"\r\n\r\n" not in head:
                head += client.recv(65536)
            asked.append(head)
            if answer is not None:
                client.sendall(answer)
                return
            host, _, port = head.split()[1].decode().rpartition(":")
            with socket.create_connection((host, int(port))) as server:
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                back = threading.Thread(target=pump, args=(server, client), daemon=True)
                back.start()
                pump(client, server)
                back.join()

    def accept() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(client,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listener.getsockname()[1], asked
    finally:
        listener.close()


def test_a_proxy_sees_only_the_tunnel(gateway: Sandbox, ca: trustme.CA, ca_file: Path) -> None:
    tid = gateway.approve(price=1_000)
    with front(gateway.url, ca.issue_cert("localhost")) as server, tunnel(None) as (port, asked):
        client = gateway.client(
            base_url=f"https://localhost:{server.port}", ca_bundle=ca_file, proxy=f"http://user:word@127.0.0.1:{port}"
        )
        assert client.cancel(pay_type="card", tid=tid, price=1_000).price == 1_000
        assert len(asked) == 1
        assert asked[0].startswith(b"CONNECT localhost:%d HTTP/1.1\r\n" % server.port)
        assert b"basic dXNlcjp3b3Jk" in asked[0].lower() or b"Basic dXNlcjp3b3Jk" in asked[0]
        assert b"signature" not in asked[0]


@pytest.mark.parametrize("status", ["403 Forbidden", "407 Proxy Authentication Required", "502 Bad Gateway"])
def test_a_proxy_that_refuses_is_named(gateway: Sandbox, ca: trustme.CA, ca_file: Path, status: str) -> None:
    refusal = f"HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n".encode()
    with front(gateway.url, ca.issue_cert("localhost")) as server, tunnel(refusal) as (port, asked):
        error = refused(gateway, server, ca_bundle=ca_file, proxy=f"http://user:word@127.0.0.1:{port}")
        assert error.kind == "proxy"
        assert "word" not in str(error)
        assert len(asked) == 1


def test_a_certificate_inside_a_tunnel_is_verified_too(gateway: Sandbox, ca: trustme.CA) -> None:
    with front(gateway.url, ca.issue_cert("localhost")) as server, tunnel(None) as (port, _):
        assert refused(gateway, server, proxy=f"http://127.0.0.1:{port}").kind == "tls"


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "can't be read"), (b"", "holds no certificate"), (b"-----BEGIN CERTIFICATE-----\nAAAA\n", "PEM")],
)
def test_a_ca_file_that_is_none_is_named(tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(paywelcome.ConfigurationError) as caught:
        paywelcome.Client(mid="m", sign_key="k", environment="test", ca_bundle=path)
    assert [(error.field, message in error.message) for error in caught.value.errors] == [("ca_bundle", True)]
