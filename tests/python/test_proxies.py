"""Proxies: one that is named is used with what was written, or refused by name; a request never goes out beside it."""

from __future__ import annotations

import os
import re
import sys
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import child
import paywelcome
from faces import Face
from merchant import CANCEL, TID, settings
from paywelcome import _native
from scripted import Script, Server, answer, http

Serve = Callable[[Script], Server]
Open = Callable[..., Face]
GATEWAY = "https://gateway.invalid"
NAMES = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")


@pytest.fixture
def proxy(serve: Serve) -> Server:
    """One that refuses every tunnel, which is enough to see that it was asked, and how."""
    return serve(lambda connection: connection.send(http(status=403)) if connection.request() else None)


def at(proxy: Server, before: str = "") -> str:
    return proxy.url.replace("//", f"//{before}")


def asked(proxy: Server) -> list[bytes]:
    """What a proxy was told of its user and password, for each tunnel that it was asked for."""
    assert {request.line for request in proxy.requests} == {"CONNECT gateway.invalid:443 HTTP/1.1"}
    headers = [request.header("proxy-authorization") for request in proxy.requests]
    return [b64decode(header[0].removeprefix("Basic ")) if header else b"" for header in headers]


def refuses(call: Callable[[], object]) -> paywelcome.NotSentError:
    with pytest.raises(paywelcome.NotSentError) as caught:
        call()
    assert caught.value.kind == "proxy"
    return caught.value


CREDENTIALS = [
    ("", b""),
    ("user@", b"user:"),
    ("user:word@", b"user:word"),
    ("user:p%40ss%23@", b"user:p@ss#"),
    ("user:p@ss@", b"user:p@ss"),
    ("user:p:ss@", b"user:p:ss"),
    ("user:p%zs@", b"user:p%zs"),
    ("CORP\\user:word@", b"CORP\\user:word"),
    ("CORP%5Cuser:word@", b"CORP\\user:word"),
    ('user:^|{}<>"` x@', b'user:^|{}<>"` x'),
    ("user:비밀@", "user:비밀".encode()),
    ("user:%BA%F1@", b"user:\xba\xf1"),
]


@pytest.mark.parametrize(("before", "told"), CREDENTIALS, ids=lambda value: ascii(value))
def test_a_proxy_is_told_what_was_written(
    face: Open, proxy: Server, monkeypatch: pytest.MonkeyPatch, before: str, told: bytes
) -> None:
    in_code = face(**settings(GATEWAY, proxy=at(proxy, before), connect_retries=0))
    refuses(lambda: in_code.cancel(**CANCEL))
    monkeypatch.setenv("HTTPS_PROXY", f' "{at(proxy, before)}"\n')
    of_environment = face(**settings(GATEWAY, connect_retries=0))
    refuses(lambda: of_environment.cancel(**CANCEL))
    assert asked(proxy) == [told, told]
    assert TID.encode() not in proxy.received
    for shown in (repr(in_code.client), repr(vars(in_code.client))):
        assert "word" not in shown and "p@ss" not in shown


REFUSED = [
    "http://user:PLANTED#x@127.0.0.1:1",
    "http://user:PLANTED/x@127.0.0.1:1",
    "http://user:PLANTED?x@127.0.0.1:1",
    "http://user:12#PLANTED@127.0.0.1:1",
    "http://user:PLANTED%0A@127.0.0.1:1",
    "http://us%3Aer:PLANTED@127.0.0.1:1",
    "http://user:PLANTED\u200b@127.0.0.1:1",
    "http://user:${PLANTED}@127.0.0.1:1",
    "http://user:PLANTED@pro xy:1",
    "http://user:PLANTED@proxy:",
    "http://user:PLANTED@proxy:port",
    "http://user:PLANTED@::1:1",
    "socks5://user:PLANTED@127.0.0.1:1",
    "http:127.0.0.1:1",
    "http://",
]


@pytest.mark.parametrize("url", REFUSED, ids=ascii)
def test_what_is_not_understood_makes_no_client(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    for variable in (None, *NAMES):
        with monkeypatch.context() as patch:
            if variable:
                patch.setenv(variable, url)
            for make in (paywelcome.Client, paywelcome.AsyncClient):
                with pytest.raises(paywelcome.ConfigurationError) as caught:
                    make(**settings(GATEWAY, **({} if variable else {"proxy": url})))
                (error,) = caught.value.errors
                assert error.field == "proxy" and error.message.startswith(f"{variable} " if variable else "")
                assert "PLANTED" not in str(caught.value) + repr(caught.value) + repr(vars(caught.value))


def test_the_module_functions_name_the_variable_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("paywelcome._default._default", None)
    for name, value in {"PAYWELCOME_MID": "m", "PAYWELCOME_SIGN_KEY": "k", "PAYWELCOME_ENVIRONMENT": "test"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("ALL_PROXY", "http://")
    with pytest.raises(paywelcome.ConfigurationError, match="ALL_PROXY has no host"):
        paywelcome.cancel(**CANCEL)


@pytest.mark.skipif(sys.platform == "win32", reason="variables are text there")
def test_a_variable_that_is_no_text_is_named() -> None:
    os.environb[b"HTTPS_PROXY"] = b"http://user:\xba\xf1@127.0.0.1:1"
    try:
        with pytest.raises(paywelcome.ConfigurationError, match="HTTPS_PROXY holds an unpaired surrogate"):
            paywelcome.Client(**settings(GATEWAY))
    finally:
        del os.environ["HTTPS_PROXY"]


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "http://localhost:9", "http://[::1]:9"])
def test_no_proxy_reads_what_goes_to_a_plain_http_gateway(proxy: Server, url: str) -> None:
    for given in (proxy.url, "http://proxy.example:3128", "https://proxy.example"):
        for make in (paywelcome.Client, paywelcome.AsyncClient):
            with pytest.raises(paywelcome.ConfigurationError, match="plain http") as caught:
                make(**settings(url, proxy=given))
            assert [error.field for error in caught.value.errors] == ["proxy"]
    assert proxy.connections == []


def test_the_environments_proxies_are_not_asked_about_this_machine(serve: Serve) -> None:
    server, proxy = serve(answer()), serve(answer(http(status=500)))
    env = dict.fromkeys((*NAMES, "http_proxy", "HTTP_PROXY"), proxy.url)
    assert child.run("call.py", "client", settings(server.url), CANCEL, env=env)[0]["price"] == 12000
    assert (len(server.requests), proxy.connections) == (1, [])


@pytest.mark.parametrize("how", ["client", "async"])
@pytest.mark.parametrize("trust", [True, False])
def test_the_environments_proxies_are_asked_about_others_if_trusted(proxy: Server, how: str, trust: bool) -> None:
    given = settings(GATEWAY, trust_env=trust, connect_retries=0)
    (said,) = child.run("call.py", how, given, CANCEL, env={"HTTPS_PROXY": proxy.url, "REQUEST_METHOD": "POST"})
    assert said["class"] == "NotSentError"
    assert said["kind"] == "proxy" if trust else said["kind"] in ("dns", "timeout")
    assert [request.line for request in proxy.requests] == ["CONNECT gateway.invalid:443 HTTP/1.1"] * trust


# The variables, with P for the proxy and X for one that nobody must ask; and whether P is asked.
CONVENTIONS: list[tuple[dict[str, str], bool]] = [
    ({"https_proxy": "P", "HTTPS_PROXY": "X", "ALL_PROXY": "X"}, True),
    ({"HTTPS_PROXY": "P", "all_proxy": "X"}, True),
    ({"all_proxy": "P", "ALL_PROXY": "X"}, True),
    ({"https_proxy": "", "HTTPS_PROXY": "P"}, True),
    ({"https_proxy": " ", "HTTPS_PROXY": '""', "ALL_PROXY": "P"}, True),
    ({"http_proxy": "X", "HTTP_PROXY": "X"}, False),
    ({"HTTPS_PROXY": "X", "no_proxy": "*"}, False),
    ({"HTTPS_PROXY": "X", "NO_PROXY": "gateway.invalid"}, False),
    ({"HTTPS_PROXY": "X", "NO_PROXY": "GATEWAY.INVALID"}, False),
    ({"HTTPS_PROXY": "X", "NO_PROXY": ".invalid"}, False),
    ({"HTTPS_PROXY": "X", "NO_PROXY": "*.invalid"}, False),
    ({"HTTPS_PROXY": "X", "NO_PROXY": "a.example, gateway.invalid"}, False),
    ({"HTTPS_PROXY": "X", "NO_PROXY": "a.example gateway.invalid"}, False),
    ({"HTTPS_PROXY": "X", "NO_PROXY": "gateway.invalid:443"}, False),
    ({"HTTPS_PROXY": "P", "NO_PROXY": "gateway.invalid:80"}, True),
    ({"HTTPS_PROXY": "P", "NO_PROXY": "way.invalid"}, True),
    ({"HTTPS_PROXY": "P", "NO_PROXY": "*.gateway.invalid"}, True),
    ({"HTTPS_PROXY": "P", "no_proxy": "other.example", "NO_PROXY": "*"}, True),
    ({"HTTPS_PROXY": "X", "no_proxy": "", "NO_PROXY": "*"}, False),
]


@pytest.mark.parametrize(("variables", "is_asked"), CONVENTIONS, ids=str)
def test_variables_mean_what_they_mean_to_curl(
    face: Open, serve: Serve, proxy: Server, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], is_asked: bool
) -> None:
    other = serve(answer(http(status=500)))
    for name, value in variables.items():
        monkeypatch.setenv(name, value.replace("P", proxy.url).replace("X", other.url))
    with pytest.raises(paywelcome.NotSentError) as caught:
        face(**settings(GATEWAY, connect_retries=0, timeout=5)).cancel(**CANCEL)
    assert (caught.value.kind == "proxy") is is_asked
    assert (len(proxy.requests), other.connections) == (int(is_asked), [])


@pytest.mark.parametrize(
    ("entry", "gateway"),
    [("192.0.2.0/24", "192.0.2.1"), ("2001:db8::/32", "[2001:db8::1]"), ("[2001:db8::1]", "[2001:db8::1]")],
)
def test_networks_and_addresses_are_left_alone(
    proxy: Server, monkeypatch: pytest.MonkeyPatch, entry: str, gateway: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    given: dict[str, Any] = settings(f"https://{gateway}:1", connect_retries=0, timeout=0.2)
    refuses(lambda: paywelcome.Client(**given).cancel(**CANCEL))
    monkeypatch.setenv("NO_PROXY", entry)
    with pytest.raises(paywelcome.NotSentError) as caught:
        paywelcome.Client(**given).cancel(**CANCEL)
    assert (caught.value.kind == "proxy", len(proxy.requests)) == (False, 1)


def test_the_page_names_the_variables_in_their_order() -> None:
    page = (Path(__file__).parents[2] / "docs/settings.md").read_text(encoding="utf-8")
    (listed,) = re.findall(r"^The first that is set is taken: (.*?)\. ", page, re.MULTILINE)
    read = [name for name in _native.Core.VARIABLES if name.lower().endswith("_proxy")]
    assert re.findall(r"`(\w+)`", listed) == read[:-2] == list(NAMES)
    assert re.search(r"^`no_proxy`, or else `NO_PROXY`", page, re.MULTILINE) and read[-2:] == ["no_proxy", "NO_PROXY"]


def test_a_tunnel_that_is_refused_was_sent_nothing(face: Open, serve: Serve) -> None:
    proxy = serve(answer(http(status=407)))
    client = face(**settings(GATEWAY, proxy=proxy.url, connect_retries=0))
    refuses(lambda: client.cancel(**CANCEL))
    assert TID.encode() not in proxy.received
