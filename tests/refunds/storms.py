"""Which storms there are, and many of them: `make storm MINUTES=10 SEED=7` plays one after the other.

A violation prints what plays its storm again; how workers and kills fall together is up to the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import sys
import time
import traceback
from collections.abc import Sequence
from dataclasses import replace
from random import SystemRandom

from databases import Databases, opened
from queue_storm import QueueStorm
from storm import PAYMENTS, Played, Scene, Storm
from workers import PROGRAMS

PYTHON, NODE, BOTH = ("python",) * 4, ("node",) * 4, ("python", "python", "node", "node")
USUAL = Scene(("usual",) * 4, "sqlite", False)
"""What is usually written by hand, to compare with."""
SHORT = [
    Scene(languages, store, guard)
    for languages, store in ((PYTHON, "sqlite"), (PYTHON, "postgres"), (BOTH, "sqlite"), (BOTH, "postgres"))
    for guard in (True, False)
]
QUEUES = [
    Scene(("bullmq",) * 2, "postgres", True, payments=20, queue="redis"),
    Scene(("pg-boss",) * 2, "postgres", False, payments=20, queue="postgres"),
    Scene(("celery-prefork",) * 2, "postgres", False, payments=20, queue="redis"),
    Scene(("celery-threads",) * 2, "postgres", True, payments=20, queue="rabbitmq"),
    Scene(("procrastinate",) * 2, "postgres", False, payments=20, queue="postgres"),
]
"""On queues that merchants have, in short."""
LONG = [
    *SHORT,
    *(Scene(NODE, store, guard) for store in ("sqlite", "postgres") for guard in (True, False)),
    *(
        replace(scene, languages=scene.languages[:1] * 4, guard=guard, payments=PAYMENTS)
        for scene in QUEUES
        for guard in (True, False)
    ),
]
USUAL_QUEUES = [
    replace(scene, languages=(language,) * len(scene.languages), guard=False)
    for scene in LONG
    for language in (f"usual-{scene.languages[0]}", f"usual-{scene.languages[0]}-once")
    if scene.queue is not None and scene.guard and language in PROGRAMS
]
"""On the same queues, what is usually written by hand: `make storm ONLY=usual`."""
AT_ONCE = 2
"""Storms under way in the short form, which mostly wait for each other's pace."""
_merchants = itertools.count(1)


async def _one(databases: Databases, scene: Scene, seed: int) -> Played:
    mid = f"s{next(_merchants)}"
    if scene.queue is not None:
        return await QueueStorm(scene, seed, mid).play()
    return await Storm(scene, databases.tables(scene.store), seed, mid).play()


async def play(databases: Databases, scenes: Sequence[Scene], seed: int) -> dict[Scene, Played]:
    """Plays all that can be played here."""
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(scene: Scene) -> Played:
        async with slots:
            try:
                return await _one(databases, scene, seed)
            except Exception:
                # The others are played all the same.
                return Played(scene, seed, wrong=[f"could not be played: {traceback.format_exc()}"])

    here = [scene for scene in scenes if databases.why_not(scene.needs) is None]
    return dict(zip(here, await asyncio.gather(*map(one, here)), strict=True))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(2**31), help="draws the same storms again")
    parser.add_argument("--only", default="", help="those with this word in their name")
    arguments = parser.parse_args()
    until = time.monotonic() + 60 * arguments.minutes
    count = violations = kills = requests = 0
    with opened() as databases:
        for why in databases.missing.values():
            print(why, flush=True)
        every = [*LONG, *QUEUES, *USUAL_QUEUES] if arguments.only else LONG
        wanted = [scene for scene in every if arguments.only in str(scene)]
        scenes = [scene for scene in wanted if databases.why_not(scene.needs) is None]
        for number, scene in enumerate(itertools.cycle(scenes)):
            if count and time.monotonic() > until:
                break
            played = asyncio.run(_one(databases, scene, arguments.seed + number // len(scenes)))
            print(played, flush=True)
            for wrong in played.wrong:
                print(f"  VIOLATION: {wrong}")
            count, violations = count + 1, violations + len(played.wrong)
            kills, requests = kills + played.kills, requests + played.requests
    print(
        f"{count} storms, {kills} kills, {requests} requests: {violations} violations; "
        f"again with make storm SEED={arguments.seed} MINUTES={arguments.minutes:g}"
        + (f" ONLY='{arguments.only}'" if arguments.only else "")
    )
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
