"""Whatever is passed as settings: a client is made of them, or every wrong one is named, and neither shows the key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import hostile
import paywelcome
from drawn import BROKEN, NO_TEXT, STRANGE, TIMEOUT, Given, lying, same, texts

KEY = "planted-key-of-the-settings"


def word(*words: str) -> st.SearchStrategy[Given]:
    return st.one_of(
        lying(st.sampled_from(words)), NO_TEXT, BROKEN.map(same), lying(st.just(words[0].upper())).map(no_posted)
    )


def no_posted(given: Given) -> Given:
    return Given(given.make, given.name)


def made(given: Given) -> object:
    """What is passed, where it can be made at all."""
    try:
        return given.make()
    except BaseException:
        return None


URLS = st.one_of(
    lying(
        st.sampled_from(["http://127.0.0.1:1", "https://gateway.invalid", "http://[::1]:1/", "http://localhost:1/x"])
    ),
    NO_TEXT,
    BROKEN.map(same),
    st.sampled_from(
        ["http://gateway.invalid", "ftp://127.0.0.1", "https://u:p@a.invalid", "https://a.invalid/?q", "//"]
    ).map(same),
    st.text(max_size=30).filter(lambda text: "://" not in text).map(same),
)
RETRIES = st.one_of(
    st.integers(0, 10).map(lambda value: same(value, "")),
    st.sampled_from([-1, 11, 10**5000, True, 1.0, "2", "", b"1"]).map(same),
    st.integers(max_value=-1).map(same),
    STRANGE,
)
TRUST = st.one_of(
    st.booleans().map(lambda value: same(value, "")),
    st.sampled_from([1, 0, "yes", "", 1.0, b""]).map(same),
    STRANGE,
)
ECHOES = st.one_of(
    st.lists(st.sampled_from(["tid", "price", "remaining_price"]), unique=True).map(lambda value: same(value, "")),
    st.sets(st.sampled_from(["tid", "price"])).map(lambda value: same(value, "")),
    st.lists(st.sampled_from(["tid", "price", "", "x", "TID", None, 1, b"tid"]), min_size=4).map(same),
    st.sampled_from(["tid", "", b"tid", 1, True, {"tid": 1}, [["tid"]]]).map(same),
    STRANGE.filter(lambda given: isinstance(given, Given) and not issubclass(type(made(given)), list | tuple)),
    STRANGE.map(lambda given: Given(lambda: [given.make()], f"[{given.name}]")),
)
SETTINGS = {
    "mid": st.one_of(lying(texts(1, 10)), NO_TEXT, BROKEN.map(same), texts(11, 20).map(same)),
    "sign_key": st.one_of(
        lying(texts(1, 80)),
        lying(st.just(KEY)),
        st.just(Given(lambda: KEY.encode(), "bytes")),
        st.just(same(f"{KEY}\n")),
        NO_TEXT,
        BROKEN.filter(lambda text: len(text) < 100).map(same),
    ),
    "environment": word("test", "production"),
    "base_url": URLS,
    "timeout": TIMEOUT,
    "connect_timeout": TIMEOUT,
    "connect_retries": RETRIES,
    "signature_format": word("name_value", "concatenated"),
    "timestamp_format": word("kst", "epoch_ms"),
    "required_echoes": ECHOES,
    "trust_env": TRUST,
}
# The order in which the settings are checked, and named.
ORDER = [
    *("mid", "sign_key", "environment", "base_url", "timeout", "connect_timeout", "connect_retries"),
    *("signature_format", "timestamp_format", "required_echoes", "trust_env"),
]


@given(
    drawn=st.fixed_dictionaries({}, optional=SETTINGS), cls=st.sampled_from([paywelcome.Client, paywelcome.AsyncClient])
)
def test_settings(drawn: dict[str, Given], cls: Any) -> None:
    right = {"mid": "welcometst", "sign_key": KEY, "base_url": "http://127.0.0.1:1"}
    wrong = [name for name in ORDER if name in drawn and drawn[name].posted is None]
    passed = {**right, **{name: value.make() for name, value in drawn.items()}}
    try:
        client = cls(**passed)
    except paywelcome.ConfigurationError as error:
        assert [entry.field for entry in error.errors] == wrong
        assert (error.outcome, error.kind) == ("not_sent", "configuration")
        assert KEY not in str(error) + repr(error) + repr(vars(error))
        assert len(str(error)) < 3000 and "\n" not in str(error)
    else:
        assert wrong == []
        assert client.mid == (drawn["mid"].posted if "mid" in drawn else right["mid"])
        assert KEY not in repr(client) + repr(vars(client)) or client.mid == KEY


@given(strange=STRANGE)
def test_a_strange_path_or_proxy(strange: Given) -> None:
    """A path is asked what it is, so what it raises comes out, or is told; no client is made."""
    for name in ("ca_bundle", "proxy"):
        value = strange.make()
        with pytest.raises(BaseException) as caught:
            paywelcome.Client(mid="welcometst", sign_key=KEY, base_url="http://127.0.0.1:1", **{name: value})
        if isinstance(caught.value, paywelcome.ConfigurationError):
            assert [entry.field for entry in caught.value.errors] == [name]
        else:
            assert name == "ca_bundle"
            assert type(caught.value) in (KeyboardInterrupt, SystemExit, *EXPECTED)
            assert KEY not in repr(caught.value)


# Of Says and RaisingPath.
EXPECTED = (RuntimeError, RecursionError, MemoryError, GeneratorExit)


@given(path=st.one_of(st.text(max_size=50), BROKEN, st.sampled_from(["/dev/null", "/", ".", "x" * 5000, "a/../b"])))
def test_any_text_as_a_path(path: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder: Path = tmp_path_factory.getbasetemp()
    for value in (path, hostile.Text(path), f"{folder}/{path}"):
        with pytest.raises(paywelcome.ConfigurationError) as caught:
            paywelcome.Client(mid="welcometst", sign_key=KEY, base_url="http://127.0.0.1:1", ca_bundle=value)
        assert [entry.field for entry in caught.value.errors] == ["ca_bundle"]
