"""The package's two clients, and the two kinds of event loop, behind one way to call them."""

from __future__ import annotations

import asyncio
from typing import Any, Protocol

import uvloop

import paywelcome


class Face(Protocol):
    client: paywelcome.Client | paywelcome.AsyncClient

    def cancel(self, **arguments: Any) -> paywelcome.CancelReceipt: ...
    def partial_cancel(self, **arguments: Any) -> paywelcome.PartialCancelReceipt: ...
    def close(self) -> None:
        """Closes the client, which can still be called, in vain."""

    def end(self) -> None:
        """Closes what the calls needed, too."""


class Sync:
    def __init__(self, **settings: Any) -> None:
        self.client = paywelcome.Client(**settings)

    def cancel(self, **arguments: Any) -> paywelcome.CancelReceipt:
        return self.client.cancel(**arguments)

    def partial_cancel(self, **arguments: Any) -> paywelcome.PartialCancelReceipt:
        return self.client.partial_cancel(**arguments)

    def close(self) -> None:
        self.client.close()

    def end(self) -> None:
        self.close()


class Asyncio:
    def __init__(self, **settings: Any) -> None:
        self.client = paywelcome.AsyncClient(**settings)
        self._loop = self._new_loop()

    def _new_loop(self) -> asyncio.AbstractEventLoop:
        return asyncio.new_event_loop()

    def cancel(self, **arguments: Any) -> paywelcome.CancelReceipt:
        return self._loop.run_until_complete(self.client.cancel(**arguments))

    def partial_cancel(self, **arguments: Any) -> paywelcome.PartialCancelReceipt:
        return self._loop.run_until_complete(self.client.partial_cancel(**arguments))

    def close(self) -> None:
        self._loop.run_until_complete(self.client.aclose())

    def end(self) -> None:
        self.close()
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()


class Uvloop(Asyncio):
    def _new_loop(self) -> asyncio.AbstractEventLoop:
        return uvloop.new_event_loop()


FACES: list[type[Sync] | type[Asyncio]] = [Sync, Asyncio, Uvloop]
