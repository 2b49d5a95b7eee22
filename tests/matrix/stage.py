"""Plays the cases: real calls over real connections, many at once, each about a payment of its own."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from cases import FACES, SCHEMES, Case
from drivers import Driver, DriverEnded
from faults import NONE, TLS
from gateways import (
    bytes_received,
    executed_of,
    length_of,
    open_connections,
    requests_of,
    server_of,
    settings,
    until,
)
from judge import Asked, Seen, Server
from paywelcome.testing import Sandbox

PRICE = 12_000
LONG = 20.0
ROUNDS = ((24, 1.0), (12, 2.0), (4, 4.0), (2, 8.0), (1, 16.0))
"""Cases under way for each face, and the seconds of calls whose answer never comes. What showed nothing, since a busy
machine was too slow, is played again with fewer and more."""
ALONE = 6
"""Sandboxes of each scheme that one case has to itself."""
PROBATION = 0.13
"""Seconds a connection must be idle and stay open before the library uses it again: 100 ms (core/src/reuse.rs)."""
LATE_MS = 100


class Void(Exception):
    """What was to be shown could not be: the connection was not the same, or the fault was not met."""


@dataclass
class Observed:
    """One case, as it went."""

    asked: Asked
    seen: Seen
    server: Server
    void: str = ""


@dataclass
class Stage:
    """What the cases are played on."""

    drivers: dict[str, Driver]
    shared: dict[tuple[str, str], Sandbox]
    alone: dict[str, asyncio.Queue[Sandbox]]
    accounted: Counter[str] = field(default_factory=Counter)
    """The bytes of every request that was looked at, by the sandbox's address."""
    tries: int = 0
    stalling: float = 0.0
    _names: Iterator[int] = field(default_factory=itertools.count)

    async def play(self, cases: list[Case]) -> dict[str, Observed]:
        """Plays every case until it shows what it is about."""
        told: dict[str, Observed] = {}
        for at_once, self.stalling in ROUNDS:
            left = [case for case in cases if case.id not in told or told[case.id].void]
            self.tries += len(left)
            slots = {face: asyncio.Semaphore(at_once) for face in FACES}

            async def once(case: Case, slots: dict[str, asyncio.Semaphore] = slots) -> None:
                async with slots[case.face]:
                    told[case.id] = await self._once(case)

            await asyncio.gather(*map(once, left))
        return told

    async def _once(self, case: Case) -> Observed:
        try:
            if not case.alone:
                return await self._shared(case, self.shared[case.face, case.scheme])
            free = self.alone["http" if case.kind == "proxy_refusal" else case.scheme]
            gateway = await free.get()
            try:
                return await self._alone(case, gateway)
            finally:
                free.put_nowait(gateway)
        except (Void, TimeoutError, DriverEnded) as void:
            return Observed(Asked("", case.operation, 0, 0), Seen("", ""), Server(), repr(void))

    async def _shared(self, case: Case, gateway: Sandbox) -> Observed:
        """A case among others at the same sandbox: the fault is armed for its payment."""
        client = self._client(case, gateway)
        warmed = await self._warm(case, gateway, client)
        asked, arguments = self._ask(case, gateway)
        if case.kind != NONE:
            self._arm(case, gateway, asked.tid)
        seen = await self._call(case, client, arguments, last=True)
        if case.when == "late" and case.ask == "granted" and requests_of(gateway, asked.tid):
            await until(lambda: executed_of(gateway, asked.tid))
        server = server_of(gateway, asked.tid)
        self.accounted[gateway.url] += server.bytes
        if case.ask != "invalid":
            self._proven(case, server, warmed)
        return Observed(asked, seen, server)

    async def _alone(self, case: Case, gateway: Sandbox) -> Observed:
        """A case that breaks connections; every byte the sandbox gets is the case's."""
        proxied = {"proxy": gateway.url, **settings(self.shared[case.face, "https"])}
        client = self._client(case, gateway, **(proxied if case.kind == "proxy_refusal" else {}))
        await until(lambda: open_connections(gateway) == 0)
        warmed = await self._warm(case, gateway, client)
        if case.kind == "close_idle" and case.connection == "reused":
            await self._close_idle(case, gateway, client, warmed)
        asked, arguments = self._ask(case, gateway)
        before = bytes_received(gateway)
        last = gateway.command("stats")["last_request"]
        try:
            if case.kind.startswith(TLS):
                gateway.command("set_tls", mode=case.kind.removeprefix(TLS))
            elif case.kind != "close_idle" or case.connection == "fresh":
                gateway.command("arm", kind=case.kind, **case.parameters)
            if case.kind == "refuse_connections" and case.parameters.get("close_open", True):
                await until(lambda: open_connections(gateway) == 0)
            seen = await self._call(case, client, arguments, last=True)
        finally:
            gateway.disarm()
            if gateway.ca_bundle is not None:
                gateway.set_tls("normal")
        server = server_of(gateway, asked.tid)
        tunnels = gateway.command("requests", since=last, limit=1000, bytes=True)["requests"]
        server.bytes = bytes_received(gateway) - before - length_of([r for r in tunnels if r["method"] == "CONNECT"])
        if case.kind == "proxy_refusal" and not any(request["fault"] for request in tunnels):
            raise Void("no tunnel was asked for")
        if case.connection == "reused" and case.parameters.get("close_open") is False:
            self._same(server, warmed)
        return Observed(asked, seen, server)

    async def _close_idle(self, case: Case, gateway: Sandbox, client: dict[str, Any], warmed: str) -> None:
        """One more call, on the connection that then closes: at once, or when it is used again."""
        tid = gateway.approve(price=1)
        gateway.command("arm", kind=case.kind, tid=tid, **case.parameters)
        await self._call(case, client, {"pay_type": "card", "tid": tid, "price": 1}, operation="cancel")
        (request,) = requests_of(gateway, tid)
        if request["peer"] != warmed:
            raise Void("the connection that closes is another one")
        if case.parameters["at"] == "after_answer":
            # The sandbox waits for the other side's close, too.
            await until(lambda: requests_of(gateway, tid)[0]["ended"] is not None)

    async def _warm(self, case: Case, gateway: Sandbox, client: dict[str, Any]) -> str:
        """Lets the gateway show that it keeps connections; gives the address of the one that is kept."""
        if case.connection == "fresh":
            return ""
        tid = gateway.approve(price=2)
        for left in (1, 0):
            arguments = {"pay_type": "card", "tid": tid, "cancel_price": 1, "confirm_price": left}
            await self._call(case, client, arguments, operation="partial_cancel")
            if left:
                await asyncio.sleep(PROBATION)
        requests = requests_of(gateway, tid)
        self.accounted[gateway.url] += length_of(requests)
        peers = [request["peer"] for request in requests]
        if len(peers) != 2 or len(set(peers)) != 1:
            raise Void(f"the connection was not kept: {peers}")
        return str(peers[0])

    def _ask(self, case: Case, gateway: Sandbox) -> tuple[Asked, dict[str, Any]]:
        tid = gateway.approve(price=PRICE)
        arguments: dict[str, Any] = {"pay_type": "card", "tid": tid}
        off = {"granted": 0, "refused": 1, "invalid": PRICE + 1}[case.ask]
        if case.operation == "cancel":
            asked = Asked(tid, case.operation, PRICE - off, 0)
            return asked, {**arguments, "price": asked.amount}
        asked = Asked(tid, case.operation, 3_000, 9_000 - off)
        return asked, {**arguments, "cancel_price": asked.amount, "confirm_price": asked.remaining}

    def _arm(self, case: Case, gateway: Sandbox, tid: str) -> None:
        path = "cancel" if case.operation == "cancel" else "repay"
        # Whoever follows it comes back here, and is seen.
        place = {"location": f"{gateway.url}/cancel/{path}"} if case.kind == "redirect" else {}
        late = {"late_ms": LATE_MS} if case.when == "late" else {}
        gateway.command("arm", kind=case.kind, tid=tid, when=case.when, **place, **late, **case.parameters)

    def _proven(self, case: Case, server: Server, warmed: str) -> None:
        """Whether the case showed what it is about."""
        if not server.requests:
            raise Void("the request did not come")
        if warmed:
            self._same(server, warmed)
        met = server.requests[0]["fault"]
        if (NONE if met is None else met["kind"]) != case.kind:
            raise Void(f"the fault was not met, but {met}")
        if bool(server.executed) is not (case.ask == "granted" and case.when != "before_applying"):
            raise Void(f"the sandbox executed {server.executed}")

    def _same(self, server: Server, warmed: str) -> None:
        if not server.requests or server.requests[0]["peer"] != warmed:
            raise Void("the connection was not used again")

    def _client(self, case: Case, gateway: Sandbox, **more: Any) -> dict[str, Any]:
        limits = {"connect_timeout": LONG}
        if case.kind == f"{TLS}handshake_stall":
            limits = {"connect_timeout": 0.2, "connect_retries": 1}
        elif case.kind == "refuse_connections" and "ms" in case.parameters:
            limits["connect_retries"] = 6
        return {"client": f"c{next(self._names)}", "settings": {**settings(gateway), **limits, **more}}

    async def _call(
        self, case: Case, client: dict[str, Any], arguments: dict[str, Any], operation: str = "", last: bool = False
    ) -> Seen:
        timeout = self.stalling if case.stalls and last else LONG
        return await self.drivers[case.face].call(
            **client, operation=operation or case.operation, arguments={**arguments, "timeout": timeout}, last=last
        )


@asynccontextmanager
async def stage() -> AsyncIterator[Stage]:
    """Sets the stage, and clears it away."""
    async with AsyncExitStack() as stack:
        gateways = stack.enter_context(ExitStack())

        def gateway(scheme: str) -> Sandbox:
            return gateways.enter_context(Sandbox(tls=scheme == "https"))

        drivers = dict(zip(FACES, await asyncio.gather(*(Driver(face).start() for face in FACES)), strict=True))
        for driver in drivers.values():
            stack.push_async_callback(_ended, driver)
        alone: dict[str, asyncio.Queue[Sandbox]] = {scheme: asyncio.Queue() for scheme in SCHEMES}
        for scheme in SCHEMES:
            for _ in range(ALONE):
                alone[scheme].put_nowait(gateway(scheme))
        shared = {(face, scheme): gateway(scheme) for face in FACES for scheme in SCHEMES}
        yield Stage(drivers, shared, alone)


async def _ended(driver: Driver) -> None:
    code = await driver.end()
    if code != 0 or driver.errors:
        raise AssertionError(f"the driver of {driver.face} ended with {code}: {''.join(driver.errors)}")
