"""Processes a refund in the way that is asked for, and prints what comes of it."""

# ruff: noqa: E402
import sys

way = sys.argv[1]
if way == "gevent":
    from gevent import monkey

    monkey.patch_all()

import json
import logging
import os
import signal
import threading

import paywelcome
from paywelcome.refunds import Refunds, SQLiteStore

settings, path, more = (json.loads(argument) for argument in sys.argv[2:5])


def say(*what):
    os.write(1, (json.dumps(what) + "\n").encode())


class Told(logging.Handler):
    def emit(self, record):
        say("critical", record.paywelcome["key"], json.loads(record.paywelcome["answer"])["outcome"])


class Watched:
    """A store that tells of its uses, and does what is asked at one of them."""

    dialect = "sqlite"

    def __init__(self):
        self.store = SQLiteStore(path)
        self.uses = 0
        self.after = {}
        self.in_transaction = self.store.in_transaction
        self.transaction = self.used(self.store.transaction)

    def query(self, pieces, values):
        self.uses += 1
        rows = self.store.query(pieces, values)
        self.after.get(self.uses, int)()
        return rows

    def used(self, transaction):
        from contextlib import contextmanager

        @contextmanager
        def watched():
            self.uses += 1
            use = self.uses
            with transaction() as query:
                yield query
            self.after.get(use, int)()

        return watched


def left(refunds, **how):
    try:
        refund = refunds.process("refund-17", **how)
    except BaseException as reason:
        say("left", type(reason).__name__)
    else:
        say(refund.state, refund.outcome, refund.kind)


class SoftLimit(Exception):
    pass


def soft_limit(_signal, _frame):
    raise SoftLimit


logging.getLogger("paywelcome").addHandler(told := Told(logging.CRITICAL))
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGUSR1, soft_limit)
store = Watched()
client = paywelcome.Client(**settings)
refunds = Refunds(client, store, **more)
refunds.counts()
store.uses = 0

if way == "plain":
    say("ready")
    left(refunds)
elif way == "stop":
    # Stopped right after the claim, as by a suspended machine.
    store.after[2] = lambda: os.kill(os.getpid(), signal.SIGSTOP)
    left(refunds)
elif way == "die":
    store.after[int(sys.argv[5])] = lambda: os.kill(os.getpid(), signal.SIGKILL)
    left(refunds)
elif way == "interrupted":
    # By a signal that comes in the middle of a use.
    store.after[int(sys.argv[5])] = lambda: signal.raise_signal(signal.SIGINT)
    left(refunds)
    client.close()
    say("closed", refunds.get("refund-17").state)
elif way == "daemon":
    threading.Thread(target=left, args=(refunds,), daemon=True).start()
    say("ready")
    sys.stdin.readline()
elif way == "gevent":
    import gevent

    say("ready")
    with gevent.Timeout(0.2, False):
        left(refunds)
    say("continued")
    client.close()
    say("closed", refunds.get("refund-17").state)
elif way == "forks":
    pids = []
    for _ in range(4):
        pid = os.fork()
        if pid == 0:
            left(refunds)
            client.close()
            os._exit(0)
        pids.append(pid)
    for pid in pids:
        os.waitpid(pid, 0)
    say("closed", refunds.get("refund-17").state)
elif way == "run":
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    say("ready")
    say("ran", refunds.run(stop=stop, poll=0.05), refunds.counts()["done"].refunds)
elif way.startswith("loop"):
    import asyncio
    from contextlib import suppress

    from books import ThreadedFile
    from paywelcome.refunds import AsyncRefunds

    async def main():
        client = paywelcome.AsyncClient(**settings)
        process = asyncio.ensure_future(AsyncRefunds(client, ThreadedFile(store.store), **more).process("refund-17"))
        say("ready")
        with suppress(asyncio.CancelledError):
            await (asyncio.wait([process], timeout=0.2) if way == "loop stops" else process)
        if way == "loop stops":
            process.cancel()

    if way == "loop ends":
        # Ctrl-C cancels the program's main task, and all others at the end.
        try:
            asyncio.run(main())
        except BaseException as reason:
            say("left", type(reason).__name__)
        say("closed", refunds.get("refund-17").state)
    else:
        loop = asyncio.new_event_loop()
        loop.run_until_complete(main())
        if way == "loop stops":
            loop.close()
            say("closed", refunds.get("refund-17").state)
