"""Refunds in Procrastinate: its jobs are rows of the same PostgreSQL, and a job only wakes a worker up."""

import math
import os
import random

import paywelcome
from paywelcome.refunds import Refund, Refunds
from paywelcome.refunds.psycopg import PsycopgStore
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued

DATABASE = os.environ["DATABASE_URL"]

# [region: tasks]
app = App(connector=PsycopgConnector(conninfo=DATABASE))
refunds = Refunds(paywelcome.Client(timeout=20), PsycopgStore(DATABASE))


@app.task(queue="refunds")  # no retry: the refund's own row knows what is still to be done
def process(key: str) -> str:
    refund = refunds.process(key)
    if refund.due_in is not None and refund.due_in < 5:  # what takes longer is left to the sweep
        wake(key, refund.due_in + random.uniform(0, 5))  # many that wait for a batch's pace come back spread out
    return refund.state


def wake(key: str, seconds: float = 0) -> None:
    try:
        process.configure(queueing_lock=key, schedule_in={"seconds": math.ceil(seconds)}).defer(key=key)
    except AlreadyEnqueued:
        pass  # a job of this refund waits already


@app.periodic(cron="* * * * * */10")  # every ten seconds
@app.task(queue="refunds", queueing_lock="sweep")
def sweep(timestamp: int) -> None:
    for key in refunds.due():
        wake(key)


def ask(key: str, *, tid: str, amount: int, paid: int) -> Refund:
    """What a web request calls, after ``app.open()``."""
    refund = refunds.request(key, tid=tid, amount=amount, paid=paid, pay_type="card")
    wake(key)
    return refund


# [end]
