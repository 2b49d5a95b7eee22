"""Refunds in Celery: the table is the queue, and a message only wakes a worker up."""

from functools import cache

import paywelcome
from celery import Celery, Task

import store

app = Celery("tasks")
app.config_from_object("celeryconfig")


# [region: tasks]
@cache
def client() -> paywelcome.Client:
    return paywelcome.Client(timeout=20, on_settled=settled)


def settled(end: paywelcome.Settled) -> None:
    """Writes down the end of a call whose wait was given up; the library calls it in a thread of its own."""
    assert end.reference, "every call here has one"
    store.record(int(end.reference), end.outcome, str(end.error or "after the wait was given up"))


# No autoretry_for: it would run the task again after an outcome that is unknown, too.
@app.task(bind=True, max_retries=8)
def refund(self: Task, refund_id: int) -> str:
    claimed = store.claim(refund_id)
    if claimed is None:
        return "somebody else has it"  # delivered twice, or sent by a worker that died
    # The reference is never sent: it comes back to settled(), so that a late end finds its refund.
    about = {"pay_type": claimed.pay_type, "tid": claimed.tid, "reference": str(refund_id)}
    try:
        if claimed.amount == claimed.price:
            client().cancel(**about, price=claimed.amount)
        else:
            client().partial_cancel(**about, cancel_price=claimed.amount, confirm_price=claimed.remaining)
    except paywelcome.NotSentError as error:
        if self.request.retries == self.max_retries:
            store.record(refund_id, "not_sent", str(error))
            return "not_sent"
        store.put_back(refund_id)
        raise self.retry(countdown=2**self.request.retries) from error
    except paywelcome.PaywelcomeError as error:
        store.record(refund_id, error.outcome, str(error))
        return error.outcome
    except BaseException as interruption:
        # A time limit, or the worker's end. It says what is known; what isn't yet may still come to settled().
        store.record(refund_id, getattr(interruption, "outcome", "unknown"), repr(interruption))
        raise
    store.record(refund_id, "done")
    return "done"


def ask(order_id: int, amount: int, remaining: int) -> int | None:
    """What a web request calls: writes it down, commits, and only then wakes a worker up."""
    refund_id = store.ask(order_id, amount, remaining)
    if refund_id is not None:
        refund.delay(refund_id)
    return refund_id


@app.task
def sweep(minutes: int = 5) -> None:
    for refund_id in store.waiting(minutes):
        refund.delay(refund_id)


# [end]
