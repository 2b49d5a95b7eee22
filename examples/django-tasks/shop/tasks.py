# [region: tasks]
from functools import partial

import paywelcome
from django.db import transaction
from django.tasks import task
from paywelcome.refunds import Refunds
from paywelcome.refunds.django import DjangoStore

refunds = Refunds(paywelcome.Client(timeout=20), DjangoStore())


@task(queue_name="refunds")
def process(key):
    return refunds.process(key).state


def ask(key, *, tid, amount, paid):
    """What a view calls: records the refund, and wakes a worker up after the commit."""
    with transaction.atomic():  # together with the view's own rows
        refund = refunds.request(key, tid=tid, amount=amount, paid=paid, pay_type="card")
        transaction.on_commit(partial(process.enqueue, key), robust=True)
    return refund


# [end]
