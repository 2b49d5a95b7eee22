"""The FastAPI example behind a middleware that cancels a request whose client has gone, as many do."""

from __future__ import annotations

import asyncio
from typing import Any

from app import app as shop


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        await shop(scope, receive, send)
        return
    body = await receive()
    handed = asyncio.Event()

    async def again() -> Any:
        if not handed.is_set():
            handed.set()
            return body
        return await asyncio.Event().wait()

    request = asyncio.create_task(shop(scope, again, send))
    gone = asyncio.create_task(receive())
    await asyncio.wait([request, gone], return_when=asyncio.FIRST_COMPLETED)
    if not request.done():
        print("the client has gone", flush=True)
        request.cancel()
    else:
        gone.cancel()
    try:
        await request
    except asyncio.CancelledError:
        print("the request was cancelled", flush=True)
