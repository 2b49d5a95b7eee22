"""A key that is planted, and ways to look for it, and for what is made from it, wherever somebody may read."""

from __future__ import annotations

import copy
import hashlib
import json
import pickle
import re
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import paywelcome
from merchant import MID, signature

PLANTED = "PLANTED+key/열쇠=9f8e7d"
MKEY = hashlib.sha256(PLANTED.encode()).hexdigest()
PACKAGE = Path(paywelcome.__file__).parent


def planted(url: str, **more: Any) -> dict[str, Any]:
    """Returns the settings of a client that has the planted key."""
    return {"mid": MID, "sign_key": PLANTED, "base_url": url, **more}


def forms_of(secret: str) -> list[str]:
    """The ways to write a secret that a gateway, or a log, may choose."""
    escaped = "".join(f"\\u{ord(c):04x}" for c in secret)
    dumped = json.dumps(secret)[1:-1]
    encoded = "".join(f"%{byte:02X}" for byte in secret.encode())
    entities = "".join(f"&#{ord(c)};" for c in secret)
    return [
        *(secret, secret.upper(), secret.lower(), dumped, dumped.replace("/", "\\/")),
        *(quote(secret, safe=""), quote(secret, safe="").lower(), encoded, encoded.lower(), escaped),
        *(escaped.upper().replace("\\U", "\\u"), entities, "".join(f"&#X{ord(c):x};" for c in secret)),
    ]


SECRETS = [*forms_of(PLANTED), PLANTED[:7], "9f8e7d", *forms_of(MKEY), MKEY[:16]]


def clean(text: str | bytes, what: str) -> None:
    """Asserts that a text holds neither the key nor what is made from it."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace") + ascii(text)
    for secret in SECRETS:
        assert secret not in text, f"{what} shows the key"
    assert re.search(r"(?<![0-9a-fA-F])[0-9a-fA-F]{64}(?![0-9a-fA-F])", text) is None, f"{what} shows a signature"


def shown_by_a_debugger(value: Any) -> str:
    """Shows a local variable, as crash reporters do, which forgive one that can't be shown."""
    try:
        return repr(value)
    except Exception as error:
        return repr(error)


def reached(value: Any, seen: set[int] | None = None) -> Iterator[Any]:
    """Everything that a crash reporter reaches from a value: items, attributes, slots, and what a function holds."""
    seen = set() if seen is None else seen
    if id(value) in seen or isinstance(value, type | types.ModuleType):
        return
    seen.add(id(value))
    yield value
    inner: list[Any] = []
    if isinstance(value, dict):
        inner += [*value.keys(), *value.values()]
    elif isinstance(value, list | tuple | set | frozenset):
        inner += value
    if isinstance(value, types.FunctionType):
        inner += [*(value.__defaults__ or ()), *(value.__closure__ or ())]
    else:
        inner += [vars(value)] if hasattr(value, "__dict__") else []
        slots = [name for cls in type(value).__mro__ for name in getattr(cls, "__slots__", ())]
        names = [*slots, "__self__", "__func__", "__cause__", "__context__", "cell_contents"]
        inner += [getattr(value, name) for name in names if hasattr(value, name)]
    for each in inner:
        yield from reached(each, seen)


def clean_error(error: BaseException) -> None:
    """Looks into an exception, and into all that is reached from the locals of every frame of the package it passed."""
    name = type(error).__name__
    stamp = getattr(error, "timestamp", None)
    attributes = {key: getattr(error, key, None) for key in dir(error) if key != "__traceback__"}
    shown = [str(error), repr(error), repr(error.args), repr(attributes), repr(getattr(error, "__notes__", []))]
    shown += [json.dumps(getattr(error, "raw", None), ensure_ascii=False)]
    if isinstance(error, paywelcome.PaywelcomeError):
        shown += [repr(pickle.dumps(error, protocol)) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)]
    shown += [repr(made) for made in (copy.copy(error), copy.copy(vars(error)), error.__reduce_ex__(2))]
    for text in shown:
        clean(text, name)
        assert stamp is None or signature(stamp, mkey=MKEY) not in text.lower(), f"{name} shows its signature"
    at = error.__traceback__
    while at is not None:
        if Path(at.tb_frame.f_code.co_filename).is_relative_to(PACKAGE):
            for local, value in at.tb_frame.f_locals.items():
                for each in reached(value):
                    clean(shown_by_a_debugger(each), f"{name}, {local} of {at.tb_frame.f_code.co_name}")
        at = at.tb_next
