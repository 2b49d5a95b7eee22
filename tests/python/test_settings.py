"""Settings that make no client; the vectors have many more of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import paywelcome
from hostile import RAISES, BytesPath, RaisingPath, made
from merchant import settings

URL = "http://127.0.0.1:1"


@pytest.mark.parametrize("value", [RAISES, b"x", object(), 1.5, "\ud800", "", ["x"]], ids=lambda v: type(v).__name__)
@pytest.mark.parametrize(
    "name", ["mid", "sign_key", "environment", "base_url", "connect_retries", "signature_format", "timestamp_format"]
)
def test_a_setting_that_is_none_is_refused(name: str, value: Any) -> None:
    with pytest.raises(paywelcome.ConfigurationError) as caught:
        paywelcome.Client(**settings(URL, **{name: made(value)}))
    assert [error.field for error in caught.value.errors] == [name]


def test_the_proxy_and_the_ca_bundle_are_checked(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_bytes(b"")
    for name, value in [
        ("proxy", b"x"),
        ("proxy", object()),
        ("ca_bundle", tmp_path / "no such file"),
        ("ca_bundle", tmp_path / "empty.pem"),
        ("ca_bundle", b"x"),
        ("ca_bundle", tmp_path),
        ("ca_bundle", 3),
        ("trust_env", 1),
        ("trust_env", "yes"),
    ]:
        with pytest.raises(paywelcome.ConfigurationError) as caught:
            paywelcome.Client(**settings(URL, **{name: value}))
        assert [error.field for error in caught.value.errors] == [name]


def test_a_path_that_raises_makes_no_client() -> None:
    with pytest.raises((RuntimeError, paywelcome.ConfigurationError)):
        paywelcome.Client(**settings(URL, ca_bundle=RaisingPath()))
    with pytest.raises(paywelcome.ConfigurationError):
        paywelcome.Client(**settings(URL, ca_bundle=BytesPath()))
