"""Makes calls of every outcome, in rounds, and prints after each what the process holds.

Takes settings, those of a client whose gateway refuses connections, the number of calls of a round, and of rounds.
"""

import asyncio
import gc
import json
import logging
import os
import signal
import sys
import threading
from collections import Counter

import paywelcome

settings, refused = json.loads(sys.argv[1]), json.loads(sys.argv[2])
calls, rounds = int(sys.argv[3]), int(sys.argv[4])
KINDS = ("done", "declined", "lost", "given up", "refused", "invalid")
# A thread is interrupted between slices of its wait, which takes its time.
INTERRUPTED_EVERY = 50

logging.getLogger("paywelcome").addHandler(logging.NullHandler())
logging.getLogger("paywelcome").propagate = False
ends = Counter()


class Interrupted(Exception):
    pass


def interrupt(_signal, _frame):
    raise Interrupted


def told(settled):
    ends[f"told {settled.outcome}"] += 1


def asked(kind):
    return {"pay_type": "card", "tid": kind, "price": 0 if kind == "invalid" else 12000}


def sync_round(count):
    for at in range(count):
        kind = KINDS[at % len(KINDS)]
        given_up = kind == "given up" and at // len(KINDS) % INTERRUPTED_EVERY == 0
        if kind == "given up" and not given_up:
            kind = "done"
        try:
            if given_up:
                signal.setitimer(signal.ITIMER_REAL, 0.005)
            (REFUSED if kind == "refused" else CLIENT).cancel(**asked(kind))
            ends["done"] += 1
        except (paywelcome.PaywelcomeError, Interrupted) as error:
            ends[f"{type(error).__name__} {error.outcome}"] += 1
        signal.setitimer(signal.ITIMER_REAL, 0)


async def give_up():
    call = asyncio.ensure_future(ASYNC.cancel(**asked("given up")))
    await asyncio.sleep(0.004)
    call.cancel()
    try:
        await call
        ends["done"] += 1
    except asyncio.CancelledError:
        ends["given up"] += 1


async def one(kind):
    if kind == "given up":
        return await give_up()
    try:
        await (ASYNC_REFUSED if kind == "refused" else ASYNC).cancel(**asked(kind))
        ends["done"] += 1
    except paywelcome.PaywelcomeError as error:
        ends[f"{type(error).__name__} {error.outcome}"] += 1


async def async_round(count):
    for first in range(0, count, 12):
        await asyncio.gather(*(one(KINDS[at % len(KINDS)]) for at in range(first, min(count, first + 12))))


def settle():
    for thread in threading.enumerate():
        if thread is not threading.main_thread():
            thread.join()


def held():
    gc.collect()
    with open("/proc/self/statm") as file:
        resident = int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    tasks, descriptors = len(os.listdir("/proc/self/task")), len(os.listdir("/proc/self/fd"))
    return {"rss": resident, "threads": tasks, "descriptors": descriptors, "objects": len(gc.get_objects())}


CLIENT = paywelcome.Client(**settings, on_settled=told)
REFUSED = paywelcome.Client(**refused)
ASYNC = paywelcome.AsyncClient(**settings, on_settled=told)
ASYNC_REFUSED = paywelcome.AsyncClient(**refused)
signal.signal(signal.SIGALRM, interrupt)
for _ in range(rounds):
    sync_round(calls // 2)
    asyncio.run(async_round(calls - calls // 2))
    settle()
    print(json.dumps(held()), flush=True)
print(json.dumps(ends))
