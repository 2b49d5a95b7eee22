"""Lives all lives, before the first is judged."""

from __future__ import annotations

import asyncio
import time
import traceback
from collections import Counter
from dataclasses import dataclass

from batch import Batch, Lived
from databases import Databases
from lives import LANES, Lane, Life, groups, points, product
from workers import LANGUAGES, Worker

from paywelcome.testing import Sandbox

SIZE = {"sqlite": 60, "postgres": 24}
"""Lives of one batch; in PostgreSQL each that stops within a transaction keeps a connection."""
AT_ONCE = {"sqlite": 4, "postgres": 3}
ROUNDS = 3


@dataclass
class Run:
    """All lives, as they went."""

    lived: list[Lived]
    labels: dict[str, list[str]]
    """The boundaries of a life, by store."""
    is_full: bool
    again: int
    """How many were lived again."""
    seconds: float

    def of(self, lane: Lane, kind: str) -> list[Lived]:
        return [each for each in self.lived if each.life.lane == lane and each.life.row.kind == kind]

    def lines(self) -> list[str]:
        """The figures."""
        lives = self.lived
        ends = Counter(each.end.state if each.end else "nothing" for each in lives)
        rests = Counter(each.rest.stands if each.rest else "nothing" for each in lives)
        how = "in full" if self.is_full else "in short: languages, guard and the ways of each kind in turn"
        told = ", ".join(f"{len(labels) + 2} points on {store}" for store, labels in self.labels.items())
        doubled, lost = (sum(word in wrong for each in lives for wrong in each.wrong) for word in ("doubled", "lost"))
        return [
            f"crash points: {len(lives)} lives ({how}); {told}, "
            f"{len({each.life.row.kind for each in lives})} kinds of faults, "
            f"{len({each.life.lane for each in lives})} lanes; {self.again} lived again; {self.seconds:.0f} s",
            f"  when no worker could do more: {dict(rests.most_common())}",
            f"  when a person had ruled: {dict(ends.most_common())}",
            f"  doubled {doubled}, lost {lost}, {sum(bool(each.wrong) for each in lives)} with anything wrong",
        ]


async def _traced(worker: Worker, databases: Databases, stores: list[str]) -> dict[str, list[str]]:
    """Returns the boundaries of a life on each store, as a worker meets them."""
    found = {}
    for store in stores:
        with Sandbox(mid=f"t{worker.language}") as gateway:
            client = {"mid": gateway.mid, "sign_key": gateway.sign_key, "base_url": gateway.url}
            told = {"store": databases.tables(store).told, "client": client, "enforced": False, "quiet": 1}
            await worker.ask("open", book=store, **told)
            tid = gateway.approve(price=1_000)
            request = {"key": "trace", "tid": tid, "amount": 100, "paid": 1_000, "pay_type": "card"}
            traced = await worker.ask("trace", book=store, request=request)
            assert traced["state"] == "done", traced
            found[store] = traced["labels"]
    return found


async def play(databases: Databases, wanted: set[tuple[Lane, str]], is_full: bool) -> Run:
    """Lives the lives of these lanes and kinds."""
    began = time.monotonic()
    stores = [store for store in SIZE if store not in databases.missing]
    languages = [language for language in LANGUAGES if language not in databases.missing]
    heirs = dict(zip(languages, await asyncio.gather(*(Worker(each).start() for each in languages)), strict=True))
    try:
        labels, *others = [await _traced(heir, databases, stores) for heir in heirs.values()]
        assert all(each == labels for each in others), f"the languages live otherwise: {labels}, {others}"
        lanes = [each for each in LANES if each.store in stores and each.language in languages]
        lives = product({store: points(each) for store, each in labels.items()}, lanes, is_full)
        lives = [life for life in lives if (life.lane, life.row.kind) in wanted]
        slots = {store: asyncio.Semaphore(many) for store, many in AT_ONCE.items()}

        async def together(each: list[Life]) -> list[Lived]:
            async with slots[each[0].lane.store]:
                batch = Batch(each, databases, heirs)
                try:
                    return await batch.play()
                except Exception:
                    # The others are played all the same.
                    for lived in batch.lived:
                        lived.wrong.append(f"could not be lived: {traceback.format_exc()}")
                    return batch.lived

        found: dict[Life, Lived] = {}
        tries = 0
        for round_ in range(ROUNDS):
            # What did not come to its point, since a busy machine was too slow, is lived again with fewer others.
            left = [life for life in lives if life not in found or (found[life].missed and not found[life].wrong)]
            tries += len(left)
            batches = [group for store in stores for group in groups(_of(left, store), SIZE[store] >> round_)]
            for lived in await asyncio.gather(*map(together, batches)):
                found.update({each.life: each for each in lived})
        return Run(list(found.values()), labels, is_full, tries - len(lives), time.monotonic() - began)
    finally:
        await asyncio.gather(*(heir.end() for heir in heirs.values()))


def _of(lives: list[Life], store: str) -> list[Life]:
    return [life for life in lives if life.lane.store == store]
