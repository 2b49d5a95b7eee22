"""What the clients for threads and for asyncio share: their settings."""

from __future__ import annotations

import os

from . import _native, _observing
from ._abandoned import Calls
from ._hooks import check
from .errors import PaywelcomeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Literal, NoReturn

    from .types import OnAttempt, OnSettled

exits: _native.Exits = _native.Exits()
"""Where the frame of a call records how it is left."""


class BaseClient:
    """The settings of `Client` and `AsyncClient`, and what both do with them."""

    def __init__(
        self,
        *,
        mid: str | None = None,
        sign_key: str | None = None,
        mkey: str | None = None,
        environment: Literal["test", "production"] | None = None,
        base_url: str | None = None,
        timeout: float = 30.0,
        connect_timeout: float = 5.0,
        connect_retries: int = 2,
        signature_format: Literal["name_value", "concatenated"] = "name_value",
        timestamp_format: Literal["kst", "epoch_ms"] = "kst",
        required_echoes: Collection[Literal["tid", "price", "remaining_price"]] = ("tid", "price", "remaining_price"),
        proxy: str | None = None,
        ca_bundle: str | os.PathLike[str] | None = None,
        trust_env: bool = True,
        on_settled: OnSettled | None = None,
        on_attempt: OnAttempt | None = None,
    ) -> None:
        try:
            opened = _native.Core.open(
                {
                    "mid": mid,
                    "sign_key": sign_key,
                    "mkey": mkey,
                    "environment": environment,
                    "base_url": base_url,
                    "timeout": timeout,
                    "connect_timeout": connect_timeout,
                    "connect_retries": connect_retries,
                    "signature_format": signature_format,
                    "timestamp_format": timestamp_format,
                    "required_echoes": required_echoes,
                    "proxy": proxy,
                    "ca_bundle": ca_bundle,
                    "trust_env": trust_env,
                },
                {name: os.environ.get(name) for name in _native.Core.VARIABLES},
            )
        finally:
            # A traceback that is shown with its locals must not show these.
            sign_key = mkey = proxy = None
        if isinstance(opened, PaywelcomeError):
            raise opened
        check("on_settled", on_settled, "the settled call", opened)
        check("on_attempt", on_attempt, "an attempt", opened)
        if opened.warning is not None:
            from logging import getLogger

            getLogger("paywelcome").warning("%s", opened.warning)
        self._core = opened
        self._calls = Calls(on_settled)
        self._on_attempt = on_attempt
        self._prepare()

    def _prepare(self) -> None:
        """Imports what calls need: an import that is interrupted may leave a lock held."""

    @property
    def mid(self) -> str:
        """The merchant id (가맹점ID)."""
        return self._core.mid

    @property
    def base_url(self) -> str:
        """The gateway's address, with no slash at its end."""
        return self._core.base_url

    def _watch(self, call: _native.Call) -> _observing.Watch | None:
        try:
            watch = _observing.watch(call, self._on_attempt, self._core)
            if watch is not None:
                call.observer = watch
            return watch
        except Exception:
            # Whatever fails here must not hide what becomes of the money.
            return None

    def __repr__(self) -> str:
        if not hasattr(self, "_core"):
            return f"{type(self).__name__}(not made)"
        return f"{type(self).__name__}(mid={self.mid!r}, base_url={self.base_url!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a client holds a key and connections; make one in each process instead of pickling it")
