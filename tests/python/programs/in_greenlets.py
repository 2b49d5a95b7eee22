"""Makes calls under gevent's monkey patching, and prints how they and the other greenlets fare."""

# ruff: noqa: E402
from gevent import monkey

monkey.patch_all()

import json
import os
import sys

import gevent
import gevent.threadpool

import paywelcome

settings, arguments = json.loads(sys.argv[1]), json.loads(sys.argv[2])
turns = 0
told = []


def on_settled(settled):
    gevent.sleep(0)
    told.append([settled.reference, settled.outcome, gevent.getcurrent() is not main])


def beat():
    global turns
    while True:
        turns += 1
        gevent.sleep(0.001)


def say(*what):
    os.write(1, (json.dumps([*what]) + "\n").encode())


def go_on():
    """Waits for the test in a way that lets greenlets run."""
    gevent.get_hub().threadpool.apply(sys.stdin.readline)


def call(reference):
    try:
        return client.cancel(**arguments, reference=reference).price
    except BaseException as reason:
        return [type(reason).__name__, reason.outcome, reason.tid, reason.reference]


main = gevent.getcurrent()
client = paywelcome.Client(**settings, on_settled=on_settled)
gevent.spawn(beat)

# Eight at once, each of which is answered when all have come.
jobs = [gevent.spawn(call, str(number)) for number in range(8)]
gevent.joinall(jobs)
say("eight", [job.value for job in jobs])

job = gevent.spawn(call, "slow")
go_on()
before = turns
gevent.sleep(0.01)
say("beats", turns > before and not job.ready())
job.join()
say("slow", job.value)

for way in ("timeout", "kill"):
    job = gevent.spawn(call, way)
    go_on()
    job.kill(gevent.Timeout(1) if way == "timeout" else gevent.GreenletExit(), block=False)
    job.join()
    say(way, job.value)

# A thread of the system's own.
own = gevent.threadpool.ThreadPool(1)
job = own.spawn(call, "own")
go_on()
say("own", job.get())
job = gevent.spawn(call, "closing")
go_on()
say("open", sorted(each.reference for each in client.close(timeout=0)))
closing = gevent.spawn(client.close)
before = turns
gevent.sleep(0.01)
say("closes", turns > before)
go_on()
say("closed", closing.get(), job.get(), sorted(told))

# And one whose end only the end of the program waits for.
client = paywelcome.Client(**settings, on_settled=lambda settled: say("at the end", settled.outcome))
job = gevent.spawn(call, "last")
go_on()
job.kill(block=True)
say("last", job.value)
