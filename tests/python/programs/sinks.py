"""Makes one attempt with a sink, leaves it in the way that is asked for, and prints what the sink learns."""

# ruff: noqa: E402
import sys

way = sys.argv[1]
if way == "gevent":
    from gevent import monkey

    monkey.patch_all()

import json
import os
import signal
import threading

import paywelcome
from paywelcome import _native

settings, arguments = json.loads(sys.argv[2]), json.loads(sys.argv[3])


def say(*what):
    os.write(1, (json.dumps(what) + "\n").encode())


def outcome(end):
    return None if end is None else getattr(end, "outcome", "done")


class Sink:
    result = None
    lates = 0

    def late(self, result):
        self.lates += 1
        say("late", outcome(result))


def attempt(client, **more):
    wait = arguments.pop("wait", None)
    return client._attempt("cancel", arguments, began=more.get("began"), wait=wait, sink=sink)


def left(client, **more):
    try:
        end = attempt(client, **more)
    except BaseException as reason:
        end = reason
    say("left", type(end).__name__, outcome(end), outcome(sink.result))


signal.signal(signal.SIGINT, signal.default_int_handler)
hooks = {"on_settled": lambda settled: say("settled", settled.outcome)}
sink = Sink()
if way in ("sync", "gevent"):
    client = paywelcome.Client(**settings, **hooks)
    say("ready")
    left(client)
elif way == "began":
    client = paywelcome.Client(**settings, **hooks)
    began = _native.moment()
    say("ready")
    sys.stdin.readline()
    left(client, began=began)
elif way == "daemon":
    client = paywelcome.Client(**settings, **hooks)
    threading.Thread(target=attempt, args=(client,), daemon=True).start()
    say("ready")
    sys.stdin.readline()
elif way == "loop":
    import asyncio

    loop = asyncio.new_event_loop()
    task = loop.create_task(attempt(paywelcome.AsyncClient(**settings, **hooks)))  # noqa: RUF006
    loop.run_until_complete(asyncio.sleep(0))
    say("ready")
    sys.stdin.readline()
    # Nobody runs this loop any more.
elif way == "fork":
    client = paywelcome.Client(**settings, **hooks)

    def fork(_signal, _frame):
        global child
        child = os.fork()

    signal.signal(signal.SIGUSR1, fork)

    def forks():
        sys.stdin.readline()
        os.kill(os.getpid(), signal.SIGUSR1)

    threading.Thread(target=forks).start()
    child = None
    say("ready")
    try:
        end = attempt(client)
    except BaseException as reason:
        end = reason
    if child == 0:
        say("child", outcome(end), outcome(sink.result), sink.lates)
        os._exit(0)
    os.waitpid(child, 0)
    say("left", type(end).__name__, outcome(end), outcome(sink.result))
