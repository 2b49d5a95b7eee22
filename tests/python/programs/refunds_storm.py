"""Processes refunds while a child sends signals whose handler raises, and prints how they then stand."""

import collections
import json
import logging
import os
import signal
import subprocess
import sys
import tempfile

import paywelcome
from paywelcome.refunds import Refunds, SQLiteStore
from paywelcome.testing import Sandbox

number = int(sys.argv[1])
PEST = """
import os, random, sys, time
while os.getppid() == int(sys.argv[1]):
    time.sleep(random.uniform(0.0005, 0.006))
    for _ in range(random.choice((1, 1, 2))):
        os.kill(int(sys.argv[1]), 10)
        until = time.perf_counter() + random.uniform(0.00001, 0.001)
        while time.perf_counter() < until:
            pass
"""


class Soft(Exception):
    """As Celery's."""


class Silent(logging.Handler):
    """Takes lines without a lock: what logging itself leaves behind is not looked at here."""

    def handle(self, record):
        return True


left = 0
has_begun = False


def handler(_signal, _frame):
    global has_begun, left
    has_begun = True
    if left > 0:
        left -= 1
        raise Soft if left else KeyboardInterrupt


log = logging.getLogger("paywelcome")
log.propagate = False
log.addHandler(Silent())
gateway = Sandbox()
client = paywelcome.Client(mid=gateway.mid, sign_key=gateway.sign_key, base_url=gateway.url, timeout=10)
store = SQLiteStore(os.path.join(tempfile.mkdtemp(), "refunds.db"))
refunds = Refunds(client, store, quiet=0)
tids = [gateway.approve(price=2, pay_type="card") for _ in range(number)]
refunds.request_many([{"key": tid, "tid": tid, "amount": 1, "paid": 2, "pay_type": "card"} for tid in tids])
gateway.arm("stall", ms=1, times=0, probability=0.5, seed=7)
signal.signal(signal.SIGUSR1, handler)
pest = subprocess.Popen([sys.executable, "-c", PEST, str(os.getpid())])
while not has_begun:
    pass
interrupted = 0
for tid in tids:
    try:
        try:
            left = 2
            refunds.process(tid)
            left = 0
        except BaseException:
            left = 0
            interrupted += 1
    except BaseException:
        left = 0
        interrupted += 1
pest.kill()
pest.wait()
still_open = client.close()
states = collections.Counter()
for tid in tids:
    state = refunds.get(tid).state
    moved = "moved" if gateway.payment(tid).remaining == 1 else "not moved"
    states[f"{state}, {moved}"] += 1
print(json.dumps({"interrupted": interrupted, "open": len(still_open), "states": states}))
