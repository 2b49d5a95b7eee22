"""Makes calls while a child sends signals whose handler raises, and prints what was lost: nothing may be."""

import asyncio
import collections
import json
import logging
import os
import random
import signal
import subprocess
import sys
import traceback

import paywelcome
import paywelcome._default
from paywelcome.testing import Sandbox

way, seen, calls = sys.argv[1], sys.argv[2], int(sys.argv[3])
PEST = """
import os, random, sys, time
while os.getppid() == int(sys.argv[1]):
    time.sleep(random.uniform(0.0002, 0.003))
    for _ in range(random.choice((1, 2, 2, 3))):
        os.kill(int(sys.argv[1]), 10)
        until = time.perf_counter() + random.uniform(0.00001, 0.0004)
        while time.perf_counter() < until:
            pass
"""


class Soft(Exception):
    """As Celery's."""


class Ready(logging.Handler):
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


def is_ours(reason):
    return any("paywelcome" in frame.filename for frame in traceback.extract_tb(reason.__traceback__))


def interrupted(call):
    """Returns what leaves the package: where a test's own handler is interrupted, it is further down."""
    global left
    reason = None
    try:
        try:
            left = 2
            call()
            left = 0
        except BaseException as first:
            left = 0
            reason = first
    except BaseException as second:
        left = 0
        reason = ours(second)
    return reason


def ours(reason):
    """Returns what left the package: Python 3.10 answers signals where the test's own handler begins, too."""
    while reason.__context__ is not None and not is_ours(reason):
        reason = reason.__context__
    return reason


class Sink:
    """Learns the end of an attempt."""

    def __init__(self):
        self.result = None
        self.lates = []

    def late(self, result):
        self.lates.append(result)

    def ends(self):
        ends = [*self.lates, self.result]
        return [getattr(end, "outcome", "done") for end in ends if end is not None]


log = logging.getLogger("paywelcome")
log.propagate = False
log.addHandler(Ready())
log.setLevel(logging.DEBUG if seen == "log" else logging.WARNING)
told = collections.Counter()
gateway = Sandbox()
settings = {"mid": gateway.mid, "sign_key": gateway.sign_key, "base_url": gateway.url}
hooks = {"on_settled": lambda settled: told.update([settled.reference])}
if seen == "on_attempt":
    hooks["on_attempt"] = lambda _: sum(range(100))
client = paywelcome.Client(**settings, **hooks)
async_client = paywelcome.AsyncClient(**settings, **hooks)
paywelcome._default._default = client
tids = [gateway.approve(price=1) for _ in range(calls)]
# Half of the calls take about as long as a signal takes to come; the others are interrupted at their ends, too.
gateway.arm("stall", ms=1, times=0, probability=0.5, seed=7)
ends = {}
sinks = {}
signal.signal(signal.SIGUSR1, handler)
pest = subprocess.Popen([sys.executable, "-c", PEST, str(os.getpid())])
while not has_begun:
    pass


def threads(number, arguments):
    if way == "attempt":
        sinks[number] = sink = Sink()
        # Some waits are over by themselves.
        wait = 0.001 if number % 3 == 0 else None
        ends[number] = interrupted(lambda: client._attempt("cancel", arguments, began=None, wait=wait, sink=sink))
        return
    call = client.cancel if way == "method" else paywelcome.cancel
    ends[number] = interrupted(lambda: call(**arguments))


def loops(number, arguments):
    global left

    async def call():
        try:
            try:
                if way == "asyncio-attempt":
                    sinks[number] = Sink()
                    return await async_client._attempt("cancel", arguments, began=None, wait=None, sink=sinks[number])
                return await async_client.cancel(**arguments)
            except BaseException as first:
                ends[number] = first
                raise
        except BaseException as second:
            if ends[number] is None:
                ends[number] = ours(second)
            raise

    loop = asyncio.new_event_loop()
    task = loop.create_task(call())
    ends[number] = None
    # What waits for a timer that was interrupted waits for ever.
    guards = [loop.call_later(seconds, loop.stop) for seconds in (1, 2)]
    interrupted(lambda: loop.run_until_complete(asyncio.sleep(random.uniform(0, 0.002))))
    task.cancel()
    for guard in guards:
        guard.cancel()
    # A loop that was interrupted may stop once more, or have forgotten the task: that is asyncio's own.
    for _ in range(3):
        try:
            loop.run_until_complete(asyncio.wait([task], timeout=1))
            break
        except RuntimeError:
            pass
    if not task.done():
        task._log_destroy_pending = False
        ends[number] = "forgotten"
    try:
        loop.close()
    except RuntimeError:
        # It takes itself for running, for good.
        asyncio.events._set_running_loop(None)


for number, tid in enumerate(tids):
    arguments = {"pay_type": "card", "tid": tid, "price": 1, "reference": str(number)}
    (loops if way.startswith("asyncio") else threads)(number, arguments)
pest.kill()
pest.wait()
asyncio.events._set_running_loop(None)
still_open = client.close(20) + asyncio.run(async_client.aclose(20))

wrong = []
counts = collections.Counter()
for number, end in ends.items():
    outcome = getattr(end, "outcome", None)
    counts[str(outcome)] += 1
    moved = gateway.payment(tids[number]).remaining == 0
    if outcome == "not_sent" and moved:
        wrong.append([number, "not sent, and moved"])
    if outcome == "unknown" and (told[str(number)] != 1 or (end.tid, end.reference) != (tids[number], str(number))):
        wrong.append([number, "unknown", told[str(number)], end.tid, end.reference])
    if isinstance(end, (Soft, KeyboardInterrupt)) and outcome is None and is_ours(end) and moved:
        wrong.append([number, "moved without a word"])
    # A task that a loop forgot is given up where it is collected.
    is_forgotten = end == "forgotten" or isinstance(end, GeneratorExit)
    if told[str(number)] > is_forgotten and outcome != "unknown":
        wrong.append([number, "told without need"])
for number, sink in sinks.items():
    learnt, end = sink.ends(), ends[number]
    moved = gateway.payment(tids[number]).remaining == 0
    begun = getattr(end, "outcome", None) is not None or moved
    # What a loop forgot is told when the program ends.
    if begun and not learnt and end != "forgotten":
        wrong.append([number, "the sink does not know", repr(end)])
    if any(("done" in learnt) != moved and each != "unknown" for each in learnt) or len(sink.lates) > 1:
        wrong.append([number, "the sink was told what is not so", learnt, moved])
    counts["sink, " + ("late" if sink.lates else "result" if sink.result else "nothing")] += 1
print(json.dumps([wrong, [each.to_dict() if hasattr(each, "to_dict") else repr(each) for each in still_open], counts]))
sys.stdout.flush()
os._exit(0)
