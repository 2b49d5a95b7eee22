"""The ``PAYWELCOME_*`` variables: what they may replace, and how they are named where they are wrong."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest

import paywelcome
from faces import Face
from merchant import MID, SIGN_KEY
from paywelcome.testing import Sandbox

Open = Callable[..., Face]
HOSTS = {"production": "https://payapi.paywelcome.co.kr", "test": "https://tpayapi.paywelcome.co.kr"}
KEYED: dict[str, Any] = {"mid": MID, "sign_key": SIGN_KEY}
BOTH = (paywelcome.Client, paywelcome.AsyncClient)


@pytest.mark.parametrize("environment", HOSTS)
@pytest.mark.parametrize("away", ["https://gateway.example", "https://10.0.0.1", "https://127.0.0.1.example"])
def test_a_host_that_code_names_is_not_replaced(monkeypatch: pytest.MonkeyPatch, environment: Any, away: str) -> None:
    monkeypatch.setenv("PAYWELCOME_BASE_URL", away)
    for make in BOTH:
        with pytest.raises(paywelcome.ConfigurationError) as caught:
            make(**KEYED, environment=environment)
        (error,) = caught.value.errors
        assert error.field == "base_url" and caught.value.outcome == "not_sent"
        assert error.message.startswith("PAYWELCOME_BASE_URL ")
        assert away in error.message and HOSTS[environment] in error.message


def test_the_other_environments_host_does_not_replace_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAYWELCOME_BASE_URL", HOSTS["production"])
    assert paywelcome.Client(**KEYED, environment="production").base_url == HOSTS["production"]
    with pytest.raises(paywelcome.ConfigurationError, match="PAYWELCOME_BASE_URL leads to https://payapi"):
        paywelcome.Client(**KEYED, environment="test")


def test_a_sandbox_may_stand_in_and_is_warned_of_once(
    face: Open, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("PAYWELCOME_BASE_URL", sandbox.url)
    opened = face(mid=sandbox.mid, sign_key=sandbox.sign_key, environment="production")
    assert opened.client.base_url == sandbox.url
    for _ in range(2):
        opened.cancel(pay_type="card", tid=sandbox.approve(price=10), price=10)
    (record,) = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert (record.name, record.levelname) == ("paywelcome", "WARNING")
    for part in ("PAYWELCOME_BASE_URL", sandbox.url, HOSTS["production"]):
        assert part in record.getMessage()
    assert sandbox.executions == 2


def test_what_code_leaves_open_is_not_warned_of(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for variables in ({}, {"PAYWELCOME_ENVIRONMENT": "production"}):
        for base_url in ("http://127.0.0.1:9", "https://gateway.example"):
            for name, value in {**variables, "PAYWELCOME_BASE_URL": base_url}.items():
                monkeypatch.setenv(name, value)
            assert paywelcome.Client(**KEYED).base_url == base_url
    assert caplog.records == []


def test_a_base_url_that_code_gives_is_never_replaced(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("PAYWELCOME_BASE_URL", "http://127.0.0.1:9")
    for given in ({}, {"environment": "production"}, {"environment": "test"}):
        for make in BOTH:
            assert make(**KEYED, base_url="https://a.example", **given).base_url == "https://a.example"
    assert caplog.records == []


# What a copy and paste or a template leaves, and a word of what is said of it.
DEBRIS = {
    '"PLANTED"': "quotes",
    "'PLANTED'": "quotes",
    "“PLANTED”": "quotes",
    "PLANTED'": "quote",
    "\ufeffPLANTED": "U+FEFF",
    "PLAN\u200bTED": "U+200B",
    "PLANTED\u200d": "U+200D",
    "PLAN\xa0TED": "U+00A0",
    "PLAN\u3164TED": "U+3164",
    "PLANTED\n": "line break",
    "PLANTED\r\n": "line break",
    "PLANTED ": "white space",
    "${PLANTED}": "variable",
    "$(cat PLANTED)": "variable",
    "{{ PLANTED }}": "variable",
    "$PLANTED": "variable",
    "<PLANTED>": "variable",
    "undefined": "missing",
    "None": "missing",
    "***": "mask",
    "Bearer PLANTED": "Bearer",
}
VARIABLES = {
    "mid": "PAYWELCOME_MID",
    "sign_key": "PAYWELCOME_SIGN_KEY",
    "mkey": "PAYWELCOME_MKEY",
    "environment": "PAYWELCOME_ENVIRONMENT",
    "base_url": "PAYWELCOME_BASE_URL",
}


@pytest.mark.parametrize("setting", VARIABLES)
@pytest.mark.parametrize("value", DEBRIS, ids=ascii)
def test_the_rest_of_a_paste_is_named_and_not_shown(monkeypatch: pytest.MonkeyPatch, setting: str, value: str) -> None:
    good: dict[str, Any] = {**KEYED, "environment": "test"}
    good.pop("sign_key" if setting == "mkey" else setting, None)
    if setting == "base_url":
        del good["environment"]

    def said(**given: str) -> str:
        with pytest.raises(paywelcome.ConfigurationError) as caught:
            paywelcome.Client(**good, **given)
        (error,) = caught.value.errors
        assert error.field == setting
        assert DEBRIS[value] in error.message, error.message
        assert "PLANTED" not in str(caught.value) + repr(caught.value) + repr(vars(caught.value))
        return error.message

    assert VARIABLES[setting] not in said(**{setting: value})
    monkeypatch.setenv(VARIABLES[setting], value)
    assert said().startswith(f"{VARIABLES[setting]} ")


def test_an_environment_in_quotes_is_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAYWELCOME_ENVIRONMENT", '"production"')
    with pytest.raises(paywelcome.ConfigurationError, match="PAYWELCOME_ENVIRONMENT has quotes around it"):
        paywelcome.Client(**KEYED)


def test_a_ca_bundle_that_is_named_oddly_is_said_to_be() -> None:
    for path, words in {"'/etc/ca.pem'": "quotes", "${CA}": "variable", "~/ca.pem": "~"}.items():
        with pytest.raises(paywelcome.ConfigurationError, match="can't be read") as caught:
            paywelcome.Client(**KEYED, environment="test", ca_bundle=path)
        assert words in str(caught.value)
