"""Refunds in FastAPI. Who may call this is your app's own business: put your login before it."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

import paywelcome
from fastapi import FastAPI, HTTPException, Response
from pydantic import BaseModel, Field

import store

log = logging.getLogger(__name__)


# [region: lifespan]
@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    await asyncio.to_thread(store.create)
    app.state.client = paywelcome.AsyncClient(timeout=20, on_settled=settled)
    app.state.under_way = set()
    yield
    # Requests have ended by now; refunds whose caller has gone may not have.
    if app.state.under_way:
        await asyncio.wait(app.state.under_way)
    for call in await app.state.client.aclose() or []:
        log.critical("still open at the end: %s", call)


def settled(end: paywelcome.Settled) -> None:
    """Writes down the end of a call whose wait was given up; the library calls it in a thread of its own."""
    assert end.reference, "every call here has one"
    store.record(int(end.reference), end.outcome, str(end.error or "after the wait was given up"))


# [end]


app = FastAPI(lifespan=lifespan)


# [region: refund]
class Ask(BaseModel):
    amount: int = Field(gt=0)
    remaining: int = Field(gt=0)  # as the page showed it: a form that is posted twice fits once


async def refund(client: paywelcome.AsyncClient, order_id: int, ask: Ask) -> str | None:
    """Claims, sends and writes down; None if it may not be refunded."""
    claimed = await asyncio.to_thread(store.claim, order_id, ask.amount, ask.remaining)
    if claimed is None:
        return None
    # The reference is never sent: it comes back to settled(), so that a late end finds its refund.
    about = {"pay_type": claimed.pay_type, "tid": claimed.tid, "reference": str(claimed.id)}
    outcome, detail = "done", ""
    try:
        if claimed.amount == claimed.price:
            await client.cancel(**about, price=claimed.amount)
        else:
            await client.partial_cancel(**about, cancel_price=claimed.amount, confirm_price=claimed.remaining)
    except paywelcome.PaywelcomeError as error:
        outcome, detail = error.outcome, str(error)
    except BaseException as interruption:
        # Also says what is known; the end of one that is unknown comes later, to settled().
        outcome = getattr(interruption, "outcome", "unknown")
        await asyncio.to_thread(store.record, claimed.id, outcome, repr(interruption))
        raise
    await asyncio.to_thread(store.record, claimed.id, outcome, detail)
    return outcome


@app.post("/orders/{order_id}/refunds")
async def ask_refund(order_id: int, ask: Ask, response: Response) -> dict[str, str]:
    # A task of its own: a request is cancelled when its client goes away (a middleware may see to that) or at a
    # time limit, and what was claimed must be written down all the same.
    task = asyncio.create_task(refund(app.state.client, order_id, ask))
    app.state.under_way.add(task)
    task.add_done_callback(app.state.under_way.discard)
    outcome = await asyncio.shield(task)
    if outcome is None:
        raise HTTPException(409, "it is being refunded, or not as much remains")
    response.status_code = {"done": 200, "unknown": 202, "declined": 409, "not_sent": 503}[outcome]
    return {"outcome": outcome}


# [end]


@app.get("/refunds/open")
def open_refunds() -> list[dict[str, object]]:
    return store.open_refunds()


class Ruling(BaseModel):
    found: Literal["done", "void"]  # done: the money went back; void: it did not


@app.post("/refunds/{refund_id}/ruling")
def rule(refund_id: int, ruling: Ruling) -> dict[str, str]:
    if not store.rule(refund_id, ruling.found):
        raise HTTPException(409, "it is not open, or so young that the request may still be under way")
    return {"found": ruling.found}
