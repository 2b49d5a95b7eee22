"""The matrix at random: every fault, time limit, cancelled task, abort, fork and kill, mixed for minutes.

Every call is judged as in the matrix, and at the end every won in the ledgers. The seed draws the same rounds again;
how they fall together is up to the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from random import SystemRandom
from typing import Any

from cases import FACES, SCHEMES
from drivers import Driver, DriverEnded
from faults import Row
from gateways import executed_of, length_of, requests_of, settings, until
from judge import Asked, Seen, Server, lies, timidities
from paywelcome.testing import NotFoundError, Sandbox
from soak_plan import GATEWAYS, LATE_MS, Plan, Step, arguments_of, plan
from soak_report import Tally

AT_ONCE = 48
"""Rounds under way."""
ONLY_TIMES = 200
"""How often a single round is played."""
LATE_GUARD = 0.5
"""Seconds after which a late cancel was declined unseen, once it was due."""


@dataclass
class Made:
    """A call that was made."""

    asked: Asked
    step: Step
    seen: Seen | None
    settled: Seen | None = None
    complaints: list[str] = field(default_factory=list)
    server: Server = field(default_factory=Server)
    faked: bool = False

    def wrong(self, executed: list[Asked]) -> list[str]:
        """Returns every breach of the promise."""
        self.server.executed = [done for done in executed if done.amount == self.asked.amount]
        told = [self.seen] if self.settled is None else [self.seen, self.settled]
        return [
            *self.complaints,
            *(lie for seen in told for lie in lies(self.asked, seen, self.server, faked=self.faked)),
        ]


class Soak:
    def __init__(self, seed: int, gateways: dict[tuple[str, int], Sandbox], drivers: dict[str, Driver]) -> None:
        self.seed = seed
        self.gateways = gateways
        self.drivers = drivers
        self.tally = Tally(seed)
        self._judged: dict[tuple[str, str], tuple[int, list[Made], int]] = {}
        """By the sandbox's address and the tid: the round, its calls, and what was given back when it was judged."""
        self._rows: dict[tuple[str, int], Row] = {}
        self._clients = itertools.count()

    async def round(self, drawn: Plan) -> None:
        """Plays a round, and judges it."""
        gateway = self.gateways[drawn.scheme, drawn.gateway]
        tid = gateway.approve(price=drawn.price)
        world = asyncio.create_task(self._world(drawn, gateway))
        made: list[Made] = []
        driver = self.drivers[drawn.face]
        client = self._client(drawn, gateway)
        for at, step in enumerate(drawn.steps):
            await asyncio.sleep(step.pause_ms / 1000)
            last = drawn.client is None and at == len(drawn.steps) - 1
            made.append(await self._call(drawn, step, gateway, driver, {**client, "last": last}, tid, len(made)))
            if made[-1].seen is None:
                break
        await world
        await self._quiet(gateway, tid)
        self._judge(drawn, gateway, tid, made)

    async def _call(
        self,
        drawn: Plan,
        step: Step,
        gateway: Sandbox,
        driver: Driver,
        client: dict[str, Any],
        tid: str,
        earlier: int,
    ) -> Made:
        remaining = gateway.command("payment", tid=tid)["remaining"]
        asked, arguments = _ask(drawn, step, tid, remaining, earlier)
        fault = None
        if step.row is not None:
            path = "cancel" if step.operation == "cancel" else "repay"
            armed = arguments_of(step, step.row, f"{gateway.url}/cancel/{path}")
            fault = gateway.command("arm", tid=tid, **armed)["id"]
            self._rows[gateway.url, fault] = step.row
        line = {**client, "operation": step.operation, "arguments": {**arguments, "timeout": step.timeout}}
        if step.give_up_ms is not None:
            line["give_up_ms"] = step.give_up_ms
        if step.fork:
            line["fork"] = True
            # A child that gives up would have to report on its own.
            line.pop("give_up_ms", None)
        made = Made(asked, step, None)
        told_before = len(driver.settled.get(tid, []))
        try:
            made.seen = await driver.call(**line)
            if made.seen.gave_up and made.seen.outcome == "unknown":
                await self._settled(driver, tid, told_before, made)
        except DriverEnded:
            if not driver.killed:
                made.complaints.append(f"the program that made the call ended by itself: {driver.errors}")
        except TimeoutError:
            made.complaints.append("the call hung")
        if fault is not None:
            # One that fired is gone.
            try:
                gateway.command("disarm", id=fault)
            except NotFoundError:
                pass
        told = len(driver.settled.get(tid, [])) - told_before
        if told != (made.settled is not None) and made.seen is not None:
            made.complaints.append(f"settled {told} times")
        return made

    async def _settled(self, driver: Driver, tid: str, before: int, made: Made) -> None:
        """Waits for the result of an abandoned call."""
        try:
            await until(lambda: driver.killed or len(driver.settled.get(tid, [])) > before)
        except TimeoutError:
            made.complaints.append("given up as unknown, and never settled")
            return
        for line in driver.settled.get(tid, [])[before:]:
            made.settled = Seen(**line["seen"])
            if not line["agrees"]:
                made.complaints.append(f"a report that does not agree with itself: {line}")

    async def _quiet(self, gateway: Sandbox, tid: str) -> None:
        """Waits until nothing of the payment is under way any more."""
        for _ in range(int((LATE_MS / 1000 + LATE_GUARD) / 0.05)):
            requests = requests_of(gateway, tid)
            late = [request for request in requests if (request["fault"] or {}).get("when") == "late"]
            if not any(request["result_code"] == "00" and not request["executed"] for request in late):
                return
            await asyncio.sleep(0.05)

    def _judge(self, drawn: Plan, gateway: Sandbox, tid: str, made: list[Made]) -> None:
        requests = requests_of(gateway, tid)
        for each in made:
            name = "price" if each.asked.operation == "cancel" else "cancelPrice"
            mine = [request for request in requests if dict(request["fields"]).get(name) == str(each.asked.amount)]
            kept = [{"result_code": request["result_code"], "fault": request["fault"]} for request in mine]
            each.server = Server([], kept, length_of(mine))
            each.faked = self._faked(gateway, mine)
            timid = bool(timidities(each.seen, each.server))
            self.tally.count(drawn, each.step, each.seen, each.settled, mine, timid)
        self._hold(gateway, tid, drawn.number, made)

    def _hold(self, gateway: Sandbox, tid: str, number: int, made: list[Made]) -> None:
        """Holds what was seen against the ledger."""
        executed = executed_of(gateway, tid)
        for each in made:
            for lie in each.wrong(executed):
                self.tally.violation(number, f"{lie}\n  {plan(self.seed, number).face}: {each}")
        if {done.amount for done in executed} - {each.asked.amount for each in made}:
            self.tally.violation(number, f"executed what nobody asked for: {executed}")
        self._judged[gateway.url, tid] = number, made, sum(done.amount for done in executed)

    def _faked(self, gateway: Sandbox, requests: list[dict[str, Any]]) -> bool:
        """Whether the sandbox was told to say that it did what it had not."""
        met = requests[0]["fault"] if requests else None
        return met is not None and met["when"] != "after_applying" and bool(self._rows[gateway.url, met["id"]].faithful)

    async def _world(self, drawn: Plan, gateway: Sandbox) -> None:
        """What befalls everybody."""
        if drawn.shut_ms is not None:
            self.tally.world["doors shut"] += 1
            gateway.command("arm", kind="refuse_connections", ms=drawn.shut_ms, close_open=drawn.close_open)
        if drawn.handshake is not None:
            self.tally.world[f"handshakes {drawn.handshake}"] += 1
            gateway.command("set_tls", mode=drawn.handshake)
            await asyncio.sleep(drawn.handshake_ms / 1000)
            gateway.command("set_tls", mode="normal")
        if drawn.kill:
            self.tally.world[f"kills of {drawn.face}"] += 1
            fallen, self.drivers[drawn.face] = self.drivers[drawn.face], await Driver(drawn.face).start()
            await fallen.kill()

    def _client(self, drawn: Plan, gateway: Sandbox) -> dict[str, Any]:
        limits = {"connect_timeout": 0.3, "connect_retries": 2}
        # A plain http gateway has no proxy. The sandbox as one refuses the tunnel.
        if drawn.proxied and drawn.scheme == "https":
            proxy = self.gateways["http", drawn.gateway].url
            return {"client": f"p{next(self._clients)}", "settings": {**settings(gateway), **limits, "proxy": proxy}}
        name = f"n{next(self._clients)}" if drawn.client is None else f"{gateway.url} {drawn.client}"
        return {"client": name, "settings": {**settings(gateway), **limits}}

    def audit(self) -> tuple[int, int]:
        """Holds every won in the ledgers against what was judged; gives the payments and the won that moved."""
        payments = won = 0
        for gateway in self.gateways.values():
            for payment in gateway.payments():
                payments += 1
                won += payment.cancelled
                if sum(cancel.amount for cancel in payment.cancels) != payment.cancelled:
                    self.tally.violation(None, f"the ledger does not add up: {payment}")
                if payment.cancelled + payment.remaining != payment.price:
                    self.tally.violation(None, f"the ledger does not add up: {payment}")
                number, made, moved = self._judged[gateway.url, payment.tid]
                if payment.cancelled != moved:
                    # A request may have been read when nobody waited for it any more; it has to be true all the same.
                    self.tally.world["executed after their round was over"] += 1
                    self._hold(gateway, payment.tid, number, made)
        return payments, won


def _ask(drawn: Plan, step: Step, tid: str, remaining: int, earlier: int) -> tuple[Asked, dict[str, Any]]:
    """What the call asks for; no two calls about a payment ask for the same amount, so that the ledger tells them."""
    arguments: dict[str, Any] = {"pay_type": "card", "tid": tid}
    if step.operation == "cancel":
        asked = Asked(tid, "cancel", drawn.price - step.refused, 0)
        return asked, {**arguments, "price": asked.amount}
    # The last digit says which call it is.
    most = max(int(remaining * step.share), 10)
    amount = most - most % 10 + earlier + 1
    asked = Asked(tid, "partial_cancel", amount, max(remaining - amount, 0) + step.refused)
    return asked, {**arguments, "cancel_price": amount, "confirm_price": asked.remaining}


async def soak(minutes: float, seed: int, only: int | None) -> int:
    with ExitStack() as stack:
        gateways = {
            (scheme, at): stack.enter_context(Sandbox(tls=scheme == "https"))
            for scheme in SCHEMES
            for at in range(GATEWAYS)
        }
        drivers = {face: await Driver(face).start() for face in FACES}
        run = Soak(seed, gateways, drivers)
        began = time.monotonic()

        def numbers() -> Iterator[int]:
            if only is not None:
                yield from itertools.repeat(only, ONLY_TIMES)
                return
            for number in itertools.count(1):
                if time.monotonic() - began > 60 * minutes or run.tally.enough:
                    return
                yield number

        drawn = numbers()

        async def worker() -> None:
            for number in drawn:
                await run.round(plan(seed, number))

        await asyncio.gather(*(worker() for _ in range(AT_ONCE)))
        took = time.monotonic() - began
        for face, driver in drivers.items():
            code = await driver.end()
            if code != 0 or driver.errors:
                run.tally.violation(None, f"{face} ended with {code}: {''.join(driver.errors)[:2000]}")
        payments, won = run.audit()
    return run.tally.show(took, payments, won)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=None, help="a new one by default; it is printed")
    parser.add_argument("--only", type=int, default=None, help=f"play this round only, {ONLY_TIMES} times")
    given = parser.parse_args()
    seed = SystemRandom().randrange(1_000_000) if given.seed is None else given.seed
    print(f"seed {seed}", flush=True)
    return asyncio.run(soak(given.minutes, seed, given.only))


if __name__ == "__main__":
    sys.exit(main())
