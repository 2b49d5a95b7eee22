"""Lives that are lived together: by a worker that is killed, by one that takes over, and by a person who looks."""

from __future__ import annotations

import asyncio
import itertools
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

from databases import Databases
from elsewhere import TLS
from gateway import Ledger, ledgers, quiet, until
from lives import PAID, Life, breaks_connections, is_tls
from on_the_way import Relay
from tables import Tables, Written
from verdict import wrong_with, wrong_with_payment
from workers import Worker

from paywelcome.testing import Sandbox

TIMEOUT, QUIET = 1.0, 0.2
RELAYED = 4.0
"""Seconds of calls that are on their way when their worker dies, which on a busy machine takes its time."""
POLL = 0.02
PATIENCE = 60.0
_merchants = itertools.count(1)


@dataclass
class Lived:
    """One life, as it went."""

    life: Life
    tid: str = ""
    tables: Tables | None = None
    missed: str | None = None
    """What became of it if it never came to the point where it was to stop; it is judged all the same."""
    rest: Written | None = None
    """When no worker could do anything more."""
    end: Written | None = None
    """When a person had ruled on all."""
    ledger: Ledger = field(default_factory=lambda: Ledger(0))
    wrong: list[str] = field(default_factory=list)
    rulings: list[str] = field(default_factory=list)


class Batch:
    """Lives of one lane at one sandbox."""

    def __init__(self, lives: list[Life], databases: Databases, heirs: dict[str, Worker]) -> None:
        self._databases = databases
        self._number = next(_merchants)
        self._lane = lives[0].lane
        self._breaks = lives[0].row if breaks_connections(lives[0].row) else None
        self._tls = is_tls(lives)
        self.lived = [Lived(life) for life in lives]
        # One language takes over from the other as often as not.
        self._heir = list(heirs.values())[self._number % len(heirs)]

    async def play(self) -> list[Lived]:
        async with AsyncExitStack() as stack:
            rules = {"confirm_price": "enforced" if self._lane.guard else "ignored"}
            mid = f"m{self._number}"
            self._gateway = stack.enter_context(Sandbox(mid=mid, tls=self._tls, rules=rules))
            self._prepare()
            places = {each.tid: each.life.point.place for each in self.lived if each.life.point.place}
            self._relay = await stack.enter_async_context(Relay(self._gateway.url, places))
            victim = await Worker(self._lane.language).start()
            try:
                self._break(stack)
                await self._live(victim)
            finally:
                await victim.kill()
            self._mend()
            await self._arrive(is_slow=False)
            await self._take_over()
            await self._arrive(is_slow=True)
            await self._until_rest()
            self._judge(is_over=False)
            await self._rule()
            self._judge(is_over=True)
            for book in self._books:
                self._heir.tell("stop", n=0, book=book)
        return self.lived

    def _prepare(self) -> None:
        shared = self._databases.tables(self._lane.store)
        self._books: dict[str, Tables] = {f"{self._number}": shared}
        for each in self.lived:
            life = each.life
            # Of a life that is refused by any gateway.
            more = {"partially_cancellable": False} if life.is_refused and not life.is_whole else {}
            each.tid = self._gateway.approve(price=PAID + (life.is_refused and life.is_whole), **more)
            each.tables = shared
            if self._lane.store == "sqlite" and life.point.is_in_transaction:
                # Nobody else can write into a file meanwhile.
                each.tables = self._databases.tables("sqlite")
                self._books[self._book_of(each)] = each.tables
            if self._breaks is None and life.row.kind != "none":
                path = "cancel" if life.is_whole else "repay"
                self._gateway.command("arm", tid=each.tid, **life.arm(f"{self._gateway.url}/cancel/{path}"))

    def _book_of(self, each: Lived) -> str:
        is_own = self._lane.store == "sqlite" and each.life.point.is_in_transaction
        return f"{self._number} {each.life.key}" if is_own else f"{self._number}"

    def _opened(self, book: str, tables: Tables, **more: Any) -> dict[str, Any]:
        client: dict[str, Any] = {
            "mid": self._gateway.mid,
            "sign_key": self._gateway.sign_key,
            "base_url": self._gateway.url,
            "timeout": TIMEOUT,
        }
        if self._gateway.ca_bundle is not None:
            client["ca_bundle"] = self._gateway.ca_bundle
        client.update(more)
        guard = self._lane.guard
        return {"book": book, "store": tables.told, "client": client, "enforced": guard, "quiet": QUIET}

    def _break(self, stack: AsyncExitStack) -> None:
        """Breaks what all meet alike."""
        self._more: dict[str, Any] = {}
        if self._breaks is None:
            return
        kind, parameters = self._breaks.kind, self._breaks.parameters
        if kind.startswith(TLS):
            self._gateway.command("set_tls", mode=kind.removeprefix(TLS))
            self._more = {"connect_timeout": 0.2, "connect_retries": 1} if kind.endswith("stall") else {}
        elif kind == "proxy_refusal":
            proxy = stack.enter_context(Sandbox())
            proxy.command("arm", kind=kind, times=0, **parameters)
            self._more = {"proxy": proxy.url}
        else:
            self._gateway.command("arm", kind=kind, **parameters)

    def _mend(self) -> None:
        if self._breaks is not None:
            self._gateway.disarm()
            if self._tls:
                self._gateway.set_tls("normal")

    async def _live(self, victim: Worker) -> None:
        """Has the worker live all lives up to their points, which is where it is killed."""
        for book, tables in self._books.items():
            await victim.ask("open", **self._opened(book, tables, **self._more))
        shared = f"{self._number}"
        await victim.ask(
            "open", **self._opened("relay", self._books[shared], base_url=self._relay.url, timeout=RELAYED)
        )
        on_the_way = [each for each in self.lived if each.life.point.place]
        for each in self.lived:
            if each not in on_the_way:
                self._begin(victim, each, self._book_of(each))
        await victim.until_at({each.life.key for each in self.lived if not each.life.point.place})
        # Last of all, since they wait for nobody.
        for each in on_the_way:
            self._begin(victim, each, "relay")
        await until(
            lambda: all(each.tid in self._relay.kept or each.life.key in victim.at for each in on_the_way),
            what=lambda: (self._relay.kept, victim.at, on_the_way),
        )
        for each in on_the_way:
            if each.life.point.place == "arrived" and each.tid in self._relay.kept:
                await self._has_arrived(each.tid)
        for each in self.lived:
            each.missed = victim.at.get(each.life.key)

    def _begin(self, victim: Worker, each: Lived, book: str) -> None:
        victim.tell("live", book=book, request=self._request(each), point=each.life.point.number)

    def _request(self, each: Lived) -> dict[str, Any]:
        life = each.life
        return {"key": life.key, "tid": each.tid, "amount": life.amount, "paid": PAID, "pay_type": "card"}

    async def _has_arrived(self, tid: str) -> None:
        await until(lambda: self._arrived(tid))
        self._relay.hang_up(tid)

    async def _arrive(self, is_slow: bool) -> None:
        """Lets requests arrive that had left when their worker died."""
        for each in self.lived:
            if each.life.point.place == "left" and each.life.is_slow == is_slow:
                before = self._arrived(each.tid)
                if await self._relay.deliver(each.tid):
                    await until(lambda tid=each.tid, before=before: self._arrived(tid) > before)
                self._relay.hang_up(each.tid)

    def _arrived(self, tid: str) -> int:
        """How many requests of a payment have come."""
        return len(self._gateway.command("requests", tid=tid)["requests"])

    async def _take_over(self) -> None:
        """Has another worker ask for the same again and continue, until there is nothing more that a worker can do."""
        rows: dict[str, list[dict[str, Any]]] = {}
        for each in self.lived:
            rows.setdefault(self._book_of(each), []).append(self._request(each))
        for book, tables in self._books.items():
            await self._heir.ask("open", **self._opened(book, tables))
            if book in rows:
                await self._heir.ask("request", book=book, rows=rows[book])
        shared = f"{self._number}"
        self._heir.tell("run", n=0, book=shared, concurrency=8, poll=POLL)
        await self._until_rest()

    async def _until_rest(self) -> None:
        await asyncio.gather(*(self._go_on(each) for each in self.lived if self._book_of(each) != f"{self._number}"))
        await until(lambda: not self._books[f"{self._number}"].is_busy(self._gateway.mid), PATIENCE)
        await quiet(self._gateway)

    async def _go_on(self, each: Lived) -> None:
        await self._heir.ask("take_over", book=self._book_of(each), key=each.life.key, seconds=PATIENCE)

    async def _rule(self) -> None:
        """A person looks at the merchant admin, and rules on what waits for that."""
        ways = itertools.cycle(("void", "retry", "resend") if self._lane.guard else ("void", "retry"))
        for _ in range(3):
            waiting = [each for each in self.lived if each.end is not None and each.end.state == "review"]
            if not waiting:
                return
            seen = ledgers(self._gateway, [each.tid for each in waiting])
            await asyncio.gather(*(self._rule_on(each, seen[each.tid], next(ways)) for each in waiting))
            await self._until_rest()
            self._read()

    async def _rule_on(self, each: Lived, seen: Ledger, way: str) -> None:
        has_moved = any(cancel["amount"] == each.life.amount for cancel in seen.cancels)
        ruling = "done" if has_moved else "void" if each.rulings else way
        # What is told to remain guards against a slip; of a payment that was said to be smaller it is another number.
        told = {"remaining": seen.remaining} if each.life.number % 2 and seen.remaining <= PAID else {}
        ruled = await self._heir.ask("resolve", book=self._book_of(each), key=each.life.key, ruling=ruling, **told)
        each.rulings.append(ruling)
        if ruled["state"] is None:
            each.wrong.append(f"a ruling was refused: {ruled['refused']}")

    def _read(self) -> None:
        found = {book: tables.read(self._gateway.mid) for book, tables in self._books.items()}
        for each in self.lived:
            each.end = found[self._book_of(each)].get(each.life.key)

    def _judge(self, *, is_over: bool) -> None:
        self._read()
        seen = ledgers(self._gateway, [each.tid for each in self.lived])
        for each in self.lived:
            each.ledger = seen[each.tid]
            if each.end is None:
                each.wrong.append("lost: it is not recorded")
                continue
            if not is_over:
                each.rest = each.end
            told = "at the end" if is_over else "at rest"
            guard = self._lane.guard
            wrong = wrong_with(each.end, each.ledger, guard, is_over=is_over)
            # A payment that was said to be smaller than it is never agrees.
            is_smaller = each.life.is_refused and each.life.is_whole
            wrong += wrong_with_payment([each.end], each.ledger, is_over=is_over and not is_smaller)
            each.wrong += [f"{told}: {each_wrong}" for each_wrong in wrong]
