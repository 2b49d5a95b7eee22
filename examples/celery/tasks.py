"""Refunds in Celery: the database is the queue, and a message only wakes a worker up."""

import os

import paywelcome
from celery import Celery
from paywelcome.refunds import Refund, Refunds, SQLiteStore
from paywelcome.refunds.celery import add_tasks

app = Celery("tasks")
app.config_from_object("celeryconfig")

# [region: tasks]
# Made once, before the worker forks. In production, a store of your own database: its rows commit with the refund's.
refunds = Refunds(paywelcome.Client(timeout=20), SQLiteStore(os.environ.get("SHOP_DATABASE", "shop.sqlite3")))
process, sweep = add_tasks(app, refunds)  # beat calls the sweep every 10 seconds


def ask(key: str, *, tid: str, amount: int, paid: int) -> Refund:
    """What a web request calls: records the refund, commits, and only then wakes a worker up."""
    refund = refunds.request(key, tid=tid, amount=amount, paid=paid, pay_type="card")
    process.delay(key)
    return refund


# [end]
