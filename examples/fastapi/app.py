"""Refunds in FastAPI. Who may call this is your app's own business: put your login before it."""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from typing import Annotated, Any

import paywelcome
from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from paywelcome.refunds import AsyncRefunds, AsyncSQLiteStore, RefundsError
from pydantic import BaseModel

DATABASE = os.environ.get("SHOP_DATABASE", "shop.sqlite3")


# [region: lifespan]
@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    stop = asyncio.Event()
    async with paywelcome.AsyncClient(timeout=20) as client:
        app.state.refunds = AsyncRefunds(client, AsyncSQLiteStore(DATABASE))
        # Sends what no request waits for: what was not sent, and what a worker that died has left.
        worker = asyncio.create_task(app.state.refunds.run(stop=stop))
        yield
        stop.set()
        await worker


# [end]

app = FastAPI(lifespan=lifespan)


def order_of(order_id: int) -> tuple[str, int]:
    with closing(sqlite3.connect(DATABASE)) as database:
        found: tuple[str, int] | None = database.execute(
            "SELECT tid, paid FROM orders WHERE id = ?", (order_id,)
        ).fetchone()
    if found is None:
        raise HTTPException(404, "there is no such order")
    return found


# [region: refund]
class Ask(BaseModel):
    number: int  # the page's own: a form that is posted twice is one refund
    amount: int


@app.post("/orders/{order_id}/refunds")
async def refund(
    order_id: int, ask: Ask, order: Annotated[tuple[str, int], Depends(order_of)], response: Response
) -> dict[str, Any]:
    refunds: AsyncRefunds = app.state.refunds
    key = f"order-{order_id}-{ask.number}"
    tid, paid = order
    await refunds.request(key, tid=tid, amount=ask.amount, paid=paid, pay_type="card")
    # Cancelled, as by a middleware when the browser goes away, it is sent and recorded all the same.
    refund = await refunds.process(key, wait=2)
    response.status_code = 200 if refund.is_ended else 202
    return refund.to_dict()


@app.exception_handler(paywelcome.InvalidRequestError)
async def refuse(_: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"error": str(error)}, 400)  # such as: more than remains


# [end]


# [region: review]
@app.get("/refunds/review")
async def in_review() -> list[dict[str, Any]]:
    return [refund.to_dict() for refund in await app.state.refunds.in_review()]


class Ruled(BaseModel):
    ruling: str
    remaining: int | None = None  # what the merchant admin shows as left


@app.post("/refunds/{key}/ruling")
async def rule(key: str, ruled: Ruled) -> dict[str, Any]:
    refunds: AsyncRefunds = app.state.refunds
    return (await refunds.resolve(key, by="staff", **ruled.model_dump())).to_dict()


@app.exception_handler(RefundsError)
async def refuse_ruling(_: Request, error: RefundsError) -> JSONResponse:
    return JSONResponse({"error": str(error)}, 404 if error.kind == "not_found" else 409)  # 409, such as: too early


# [end]


@app.get("/refunds/{key}")
async def status(key: str) -> dict[str, Any]:
    refunds: AsyncRefunds = app.state.refunds
    return (await refunds.get(key)).to_dict()
