"""A merchant of the gateway."""

from __future__ import annotations

from typing import Any

from paywelcome.async_client import AsyncClient
from paywelcome.client import Client


class Merchant:
    """A merchant that the gateway knows."""

    def __init__(self, mid: str, sign_key: str, base_url: str, ca_bundle: str | None) -> None:
        self.mid = mid
        """The merchant id."""
        self.sign_key = sign_key
        """The merchant's sign key."""
        self._base_url = base_url
        self._ca_bundle = ca_bundle

    def client(self, **settings: Any) -> Client:
        """Makes a client of this merchant.

        Args:
            settings: Any of `Client`, which replace those that lead here.
        """
        try:
            return Client(**self._settings(settings))
        finally:
            settings.clear()

    def async_client(self, **settings: Any) -> AsyncClient:
        """Makes an asyncio client of this merchant.

        Args:
            settings: Any of `AsyncClient`, which replace those that lead here.
        """
        try:
            return AsyncClient(**self._settings(settings))
        finally:
            settings.clear()

    def _settings(self, given: dict[str, Any]) -> dict[str, Any]:
        mine: dict[str, Any] = {"mid": self.mid, "sign_key": self.sign_key, "base_url": self._base_url}
        if "mkey" in given:
            del mine["sign_key"]
        if self._ca_bundle is not None:
            mine["ca_bundle"] = self._ca_bundle
        return {**mine, **given}

    def __repr__(self) -> str:
        return f"Merchant(mid={self.mid!r})"
