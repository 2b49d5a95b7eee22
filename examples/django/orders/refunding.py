"""The only place that calls the gateway."""

import asyncio
from functools import cache

import paywelcome
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connection

from orders.models import Refund


# [region: send]
@cache
def client():
    return paywelcome.Client(timeout=settings.REFUND_TIMEOUT, on_settled=settled)


def ask(client, refund):
    """Calls the gateway; with an AsyncClient, gives what is to be awaited."""
    order = refund.order
    # The reference is never sent: it comes back to settled(), so that a late end finds its refund.
    about = {"pay_type": order.pay_type, "tid": order.tid, "reference": str(refund.pk)}
    if refund.amount == order.price:
        return client.cancel(**about, price=refund.amount)
    return client.partial_cancel(**about, cancel_price=refund.amount, confirm_price=refund.remaining)


def send(refund):
    """Sends a refund that was claimed, and writes down what became of it. Never call it twice for the same one."""
    try:
        ask(client(), refund)
    except BaseException as error:
        # An interruption (a worker's end, a task's time limit) carries an outcome, too. The end of one that is
        # unknown because of an interruption comes later, to settled().
        refund.record(getattr(error, "outcome", "unknown"), str(error))
        if not isinstance(error, paywelcome.PaywelcomeError):
            raise
    else:
        refund.record("done")
    return refund


def settled(end):
    """Writes down the end of a call whose wait was given up; the library calls it in a thread of its own."""
    try:
        refund = Refund.objects.get(pk=end.reference)
        refund.record(end.outcome, str(end.error or "after the wait was given up"))
    finally:
        connection.close()


# [end]


# [region: async]
@cache
def async_client():
    return paywelcome.AsyncClient(timeout=settings.REFUND_TIMEOUT, on_settled=settled)


async def claim_and_send(order_id, amount, remaining):
    """Claims, sends and writes down; None if it may not be refunded."""
    refund = await sync_to_async(Refund.claim)(order_id, amount, remaining)
    if refund is None:
        return None
    try:
        await ask(async_client(), refund)
    except BaseException as error:
        await sync_to_async(refund.record)(getattr(error, "outcome", "unknown"), str(error))
        if not isinstance(error, paywelcome.PaywelcomeError):
            raise
    else:
        await sync_to_async(refund.record)("done")
    return refund


async def to_its_end(coroutine):
    """Awaits a coroutine to its end before giving in to a cancellation: Django cancels a view whose client has gone.

    Meanwhile the request counts as running, so that a server that stops waits for it.
    """
    task = asyncio.create_task(coroutine)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


# [end]
