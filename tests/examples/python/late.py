"""Gives up the wait for a refund of the FastAPI example that is under way, and prints what is then written down."""

import asyncio
import os

import app
import store

from paywelcome.testing import Sandbox


async def main(gateway: Sandbox) -> None:
    async with app.lifespan(app.app):
        with store.transaction() as database:
            (order,) = database.execute(
                "INSERT INTO orders (tid, price, remaining) VALUES (?, 12000, 12000) RETURNING id",
                (gateway.approve(price=12000),),
            ).fetchone()
        gateway.arm("stall", ms=1500)
        ask = app.Ask(amount=3000, remaining=12000)
        refund = asyncio.ensure_future(app.refund(app.app.state.client, order, ask))
        assert await asyncio.to_thread(gateway.wait_until, lambda: gateway.executions, timeout=60)
        refund.cancel()
        await asyncio.wait([refund])
    with store.transaction() as database:
        print(*database.execute("SELECT status, detail FROM refunds WHERE order_id = ?", (order,)).fetchone())
        print(*database.execute("SELECT remaining, refunding FROM orders WHERE id = ?", (order,)).fetchone())


with Sandbox() as gateway:
    os.environ.update(gateway.environment)
    asyncio.run(main(gateway))
