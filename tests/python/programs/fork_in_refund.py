"""Forks at a use of the store while a refund is processed; prints what the child and then the parent say of it.

Takes how the child's use of the store ends, the number of the use, a client's settings, and the file of the ledger.
"""

import json
import os
import sys
from contextlib import contextmanager

import paywelcome
from paywelcome.refunds import Refunds, SQLiteStore

how, use, settings, path = sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3]), json.loads(sys.argv[4])
PARENT = os.getpid()


def say(*what):
    os.write(1, (json.dumps(what) + "\n").encode())


def fork():
    """Forks, and gives true in the child, whose end the parent waits for."""
    pid = os.fork()
    if pid != 0:
        os.waitpid(pid, 0)
    return pid == 0


class Forking(SQLiteStore):
    uses = -100

    def used(self):
        self.uses += 1
        if self.uses == use and fork() and how == "fails":
            raise OSError("the child's connection is its parent's")

    def query(self, pieces, values):
        rows = super().query(pieces, values)
        self.used()
        return rows

    @contextmanager
    def transaction(self):
        with super().transaction() as query:
            yield query
        self.used()


client = paywelcome.Client(**settings)
refunds = Refunds(client, Forking(path), quiet=0)
# The first use of all looks for the tables.
refunds.get("refund-17")
refunds._store.uses = 0
who = "child"
try:
    try:
        refund = refunds.process("refund-17")
    finally:
        who = "parent" if os.getpid() == PARENT else "child"
    say(who, refund.state)
except paywelcome.refunds.RefundsError as error:
    say(who, error.kind)
except OSError as error:
    say(who, type(error).__name__)
if who == "child":
    # What the ledger says before its parent continues.
    say("recorded", Refunds(client, SQLiteStore(path), quiet=0).get("refund-17").state)
    os._exit(0)
