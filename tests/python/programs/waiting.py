"""Makes one call whose wait is over before its end, and ends; under gevent if that is asked for."""

import sys

if sys.argv[3:] == ["gevent"]:
    from gevent import monkey

    monkey.patch_all()

import json
import threading
import time

import paywelcome

settings, arguments = json.loads(sys.argv[1]), json.loads(sys.argv[2])
turns = 0


def say(*what):
    print(json.dumps(what), flush=True)


def beat():
    global turns
    while True:
        turns += 1
        time.sleep(0.001)


if sys.argv[3:] == ["gevent"]:
    # A greenlet, since threads are.
    threading.Thread(target=beat, daemon=True).start()
client = paywelcome.Client(**settings, on_settled=lambda settled: say("settled", settled.outcome))
before = turns
try:
    client.cancel(**arguments)
except paywelcome.OutcomeUnknownError as error:
    say(error.kind, error.outcome)
if sys.argv[3:] == ["gevent"]:
    say("other greenlets continued", turns > before + 5)
